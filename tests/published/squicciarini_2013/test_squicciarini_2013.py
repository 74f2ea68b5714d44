"""Patent quality and technology measures as in the literature, by the same query and functions that users run."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

import kejin.engines.on_duckdb  # noqa: F401  gives Ibis the names that it expects
from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.evaluation.citation_breadth import citation_breadth
from kejin.evaluation.citation_truncation import scaled_up
from kejin.evaluation.patent_quality import QualityFigures, with_quality
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView, ibis_schema
from kejin.numerics import diversity, specialisation
from kejin.numerics.concentration import entropy_nats, herfindahl
from kejin.policy import Lookups, RuleBook
from kejin.workflows.fill_rules import fill_rules

HERE = Path(__file__).parent
TOLERANCE = 1e-12
DAY = date(2026, 3, 31)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def floats(text: str) -> list[float]:
    return [float(part) for part in text.split()]


def breadth(citing: list[str]) -> dict[str, Any]:
    """The breadth of one patent that is cited by patents with these symbols."""
    backend = ibis_over(connect_memory())
    given = {
        "patent_citation": [
            {"citing_number": f"C{k}", "cited_number": "P", "cited_on": date(2021, 1, 1), "citing_ipc_all": text}
            for k, text in enumerate(citing)
        ],
        "patent": [{"publication_number": "P"}],
    }
    for name, some in given.items():
        schema = ibis_schema(ALL_TABLES[name])
        complete = [dict.fromkeys(schema.names) | {"known_on": date(2000, 1, 1), "source": "t"} | row for row in some]
        backend.create_table(name, pa.Table.from_pylist(complete, schema=schema.to_pyarrow()))
    view = FactsView(DAY, lambda name: backend.table(name) if name in given else None, lambda _: False)
    patents = ibis.memtable(pa.Table.from_pylist([{"publication_number": "P", "published_on": date(2020, 1, 1)}]))
    others = ibis.memtable([], schema=ibis.schema({"publication_number": "string", "kept_number": "string"}))
    (row,) = backend.to_pyarrow(citation_breadth(patents, view, DAY, others)).to_pylist()
    return dict(row)


def symbols(text: str) -> str:
    """H04L:2 H04W:1 as a list of symbols, two of the one and one of the other subclass."""
    listed = []
    for part in text.split():
        name, _, number = part.partition(":")
        listed += [f"{name} {k + 1}/00" for k in range(int(number))]
    return "; ".join(listed)


@pytest.mark.parametrize("case", rows("generality.csv"), ids=lambda case: case["citing_patents"])
def test_generality_over_shares_of_symbols(case: dict[str, str]) -> None:
    found = breadth([symbols(one) for one in case["citing_patents"].split("|")])
    assert found["generality"] == pytest.approx(float(case["generality"]), abs=TOLERANCE)
    assert found["generality"] == pytest.approx(int(case["numerator"]) / int(case["denominator"]), abs=1e-15)
    assert found["citing_known"] == 4


@pytest.mark.parametrize("case", rows("hall.csv"), ids=lambda case: case["counts"])
def test_one_symbol_each_is_hall(case: dict[str, str]) -> None:
    classes = ["A01B", "B01D", "C01B", "D01F", "E01C"]
    counts = [int(n) for n in case["counts"].split()]
    found = breadth([f"{name} 1/00" for name, n in zip(classes, counts, strict=False) for _ in range(n)])
    assert found["citing_known"] == sum(counts)
    assert found["generality"] == pytest.approx(float(case["generality"]), abs=TOLERANCE)
    assert found["generality_unbiased"] == pytest.approx(float(case["generality_unbiased"]), abs=TOLERANCE)


def test_the_composites_of_one_patent() -> None:
    expected = {row["column"]: row["value"] for row in rows("composite.csv")}
    names = list(rows("cohort.csv")[0])
    own = {name: float(expected[name]) for name in names}
    cohort = [{name: float(row[name]) for name in names} for row in rows("cohort.csv")]
    listed = [own, *cohort, *cohort]  # twice, so that the cohort is large enough; its largest values are the same
    filed = date(2010, 1, 1)
    table = pa.Table.from_pylist(
        [
            {
                "publication_number": f"P{k}",
                "field": 4,
                "filing_year": 2010,
                "filed_on": filed,
                "granted_on": filed + timedelta(days=int(row["grant_lag_days"])),
                "is_granted": True,
                "maintained_days": 4000,
                "classes": 1,
                "inventor_count": 2,
                "originality": 0.5,
                **{name: int(row[name]) for name in names if name not in ("generality", "grant_lag_days")},
                "generality": row["generality"],
            }
            for k, row in enumerate(listed)
        ],
    )
    figures = fill_rules(QualityFigures, Lookups(RuleBook.shipped(), DAY))
    result = with_quality(ibis.memtable(table), figures, {"4": "electrical_engineering"})
    result = result.filter(result.publication_number == "P0")
    (row,) = ibis.duckdb.connect().to_pyarrow(result).to_pylist()
    for name, value in expected.items():
        if name == "breakthrough":
            assert row[name] is (value == "true")
        elif name.startswith("quality") or name.endswith("index"):
            assert row[name] == pytest.approx(float(value), abs=TOLERANCE), name
    assert row["quality_4"] == row["quality_4_low"] == row["quality_4_high"]


@pytest.mark.parametrize("case", rows("diversity.csv"), ids=lambda case: case["sizes"])
def test_diversity(case: dict[str, str]) -> None:
    sizes = floats(case["sizes"])
    found = {
        "shannon_bits": entropy_nats(sizes) / np.log(2),
        "normalised": diversity.evenness(sizes),
        "effective_number_hhi": diversity.effective_number(sizes),
        "effective_number_exp": diversity.effective_number_by_entropy(sizes),
        "gini_simpson": 1 - herfindahl(sizes),
        "renyi2": diversity.renyi_entropy_2_nats(sizes),
        "berger_parker": diversity.largest_share(sizes),
        "tsallis2": diversity.tsallis_entropy_2(sizes),
    }
    for name, value in found.items():
        assert value == pytest.approx(float(case[name]), abs=TOLERANCE), name


@pytest.mark.parametrize("case", rows("inequality.csv"), ids=lambda case: case["sizes"])
def test_inequality(case: dict[str, str]) -> None:
    sizes = floats(case["sizes"])
    assert diversity.gini(sizes) == pytest.approx(float(case["gini"]), abs=TOLERANCE)
    assert diversity.gini_unbiased(sizes) == pytest.approx(float(case["gini_unbiased"]), abs=TOLERANCE)
    assert diversity.theil(sizes) == pytest.approx(float(case["theil"]), abs=TOLERANCE)


def test_a_size_of_nothing_is_unequal_and_no_part() -> None:
    assert diversity.gini([0, 1]) == pytest.approx(0.5, abs=TOLERANCE)
    assert diversity.theil([0, 1]) == pytest.approx(np.log(2), abs=TOLERANCE)
    assert diversity.effective_number([0, 1]) == 1.0
    nothing = [diversity.gini([0, 0]), diversity.theil([]), diversity.evenness([3]), diversity.largest_share([])]
    assert np.isnan(nothing).all()


def test_revealed_advantage() -> None:
    cells = rows("advantage.csv")
    counts = np.array([float(cell["count"]) for cell in cells]).reshape(3, 3)
    advantage = specialisation.revealed_advantage(counts)
    symmetric = specialisation.symmetric_advantage(advantage)
    # The reference gives 15 significant digits.
    for cell in cells:
        place = int(cell["row"]), int(cell["column"])
        assert advantage[place] == pytest.approx(float(cell["advantage"]), abs=1e-12, rel=1e-14)
        assert symmetric[place] == pytest.approx(float(cell["symmetric"]), abs=TOLERANCE)


def test_cycle_time_and_truncation() -> None:
    (ages,) = rows("cycle_time.csv")
    assert specialisation.cycle_time_years(floats(ages["ages_years"])) == float(ages["median"])
    (cut,) = rows("truncation.csv")
    value = scaled_up(ibis.literal(int(cut["citations"])), ibis.literal(float(cut["share_due"])))
    (found,) = ibis.duckdb.connect().to_pyarrow(value.name("scaled").as_table())["scaled"].to_pylist()
    assert found == pytest.approx(float(cut["scaled"]), abs=1e-12, rel=1e-14)


def test_a_wrong_figure_is_noticed() -> None:
    """The comparisons above fail on a figure that is off by one in the last digit."""
    assert breadth([symbols("H04L:2 H04W:1"), symbols("H04L:1")])["generality"] != pytest.approx(
        0.676215277777778, abs=TOLERANCE
    )
    assert diversity.gini([1, 2, 3, 4, 10]) != pytest.approx(0.4000000001, abs=TOLERANCE)

"""The query of patent quality against its second derivation in fractions, on random small portfolios."""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import ibis
import patent_quality_oracle as oracle
import pyarrow as pa
import pytest

from kejin.evaluation.citation_breadth import citation_breadth
from kejin.evaluation.patent_quality import QualityFigures, with_quality
from kejin.evaluation.patent_states import superseded_publications
from kejin.policy import Lookups, RuleBook
from kejin.workflows.fill_rules import fill_rules

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "evaluation"))
from patent_tables import AS_OF, facts, patent, rows_of

CLASSES = ["A01B", "G06F", "G06N", "H04L", "H04W", "B23K"]


def _symbols(rng: random.Random, most: int = 16) -> str:
    return "; ".join(f"{rng.choice(CLASSES)} {k + 1}/00" for k in range(rng.randrange(1, most + 1)))


@pytest.mark.parametrize("seed", [1, 2])
def test_breadth(seed: int) -> None:
    rng = random.Random(seed)
    patents, citations = [], []
    received: dict[str, list[str]] = {}
    made: dict[str, list[str]] = {}
    own: dict[str, str | None] = {}
    for k in range(25):
        name = f"P{k}"
        own[name] = _symbols(rng, 4) if rng.random() < 0.9 else None
        patents.append(patent(name, ipc_main=None, ipc_all=own[name]))
        received[name], made[name] = [], []
        for c in range(rng.randrange(5)):
            late = rng.random() < 0.2
            text = _symbols(rng)
            day = date(2025, 12, 1) if late else date(2022, 3, 4)
            both = rng.random() < 0.7
            citations.append(
                {"citing_number": f"X{k}-{c}", "cited_number": name, "cited_on": day}
                | ({"citing_ipc_all": text} if both else {"citing_ipc": text.split(";")[0]})
            )
            if not late:
                received[name].append(text if both else text.split(";")[0])
        for c in range(rng.randrange(5)):
            text = _symbols(rng)
            citations.append(
                {
                    "citing_number": name,
                    "cited_number": f"Y{k}-{c}",
                    "cited_on": date(2020, 7, 1),
                    "cited_ipc_all": text,
                }
            )
            made[name].append(text)
    view = facts(patent=patents, patent_citation=citations)
    table = view.table("patent").select("publication_number", "published_on")
    result = citation_breadth(table, view, AS_OF, superseded_publications(view, AS_OF))
    found = {row["publication_number"]: row for row in rows_of(view, result, "publication_number")}
    assert len(found) == 25
    for name, row in found.items():
        plain, unbiased = oracle.generality(received[name])
        expected = {
            "generality": plain,
            "generality_unbiased": unbiased,
            "originality": oracle.originality(made[name]),
            "originality_unbiased": oracle.generality(made[name])[1],
            "radicalness": oracle.radicalness(made[name], own[name]),
        }
        for column, value in expected.items():
            assert row[column] == (None if value is None else pytest.approx(float(value), abs=1e-12)), (name, column)
        assert row["citing_known"] == (len(received[name]) or None)
        assert row["classes"] == (None if own[name] is None else len(set(oracle.subclasses(own[name]))))


NAMES = {
    "citations": "citations_index",
    "family": "family_index",
    "claims": "claims_index",
    "generality": "generality_index",
    "backward": "backward_index",
    "lag": "grant_speed_index",
    "four": "quality_4",
    "four_low": "quality_4_low",
    "four_high": "quality_4_high",
    "six": "quality_6",
    "six_low": "quality_6_low",
    "six_high": "quality_6_high",
}


@pytest.mark.parametrize(("seed", "count"), [(1, 14), (2, 60)])
def test_composites(seed: int, count: int) -> None:
    rng = random.Random(seed)

    def some(value: Any, gap: float = 0.1) -> Any:
        return None if rng.random() < gap else value

    rows, given = [], []
    for k in range(count):
        citations = some(rng.choice([0, 0, 0, 1, 1, 2, 5, 30]))
        general = Fraction(rng.randrange(9), 10) if citations else None
        row = {
            "citations": citations,
            "family": some(rng.randrange(1, 6)),
            "claims": some(rng.randrange(1, 30)),
            "backward": some(rng.randrange(12)),
            "lag": some(rng.randrange(300, 2000), 0.3),
        }
        given.append(
            {name: None if value is None else Fraction(value) for name, value in row.items()}
            | {"generality": Fraction(0) if citations == 0 else general}
        )
        filed = date(2020, 1, 1)
        rows.append(
            {
                "publication_number": f"P{k:03}",
                "field": 6,
                "filing_year": 2020,
                "filed_on": filed,
                "granted_on": None if row["lag"] is None else filed + timedelta(days=row["lag"]),
                "is_granted": row["lag"] is not None,
                "maintained_days": 1000,
                "classes": 1,
                "inventor_count": 2,
                "originality": 0.5,
                "forward_citations_5y": citations,
                "family_size": row["family"],
                "claims": row["claims"],
                "backward_citations": row["backward"],
                "generality": None if general is None else float(general),
            }
        )
    figures = fill_rules(QualityFigures, Lookups(RuleBook.shipped(), AS_OF))
    expected = oracle.cohort_quality(given, Fraction(98, 100), 10)
    table = with_quality(ibis.memtable(pa.Table.from_pylist(rows)), figures, {"6": "electrical_engineering"})
    found = ibis.duckdb.connect().to_pyarrow(table.order_by("publication_number")).to_pylist()
    for row, value in zip(found, expected, strict=True):
        for name, column in NAMES.items():
            wanted = value[name]
            assert row[column] == (None if wanted is None else pytest.approx(float(wanted), abs=1e-12)), column
        assert row["quality_percentile_ppm"] == value["ppm"]
        assert row["cohort_level"] == 1


def test_the_comparison_notices_a_wrong_weight() -> None:
    """A cap of another level gives other indices."""
    rows = [{name: Fraction(k) for name in ("citations", "family", "claims", "generality", "backward", "lag")}
            for k in range(1, 101)]  # fmt: skip
    right, wrong = (oracle.cohort_quality(rows, level, 10) for level in (Fraction(98, 100), Fraction(1)))
    assert right[0]["four"] != wrong[0]["four"]

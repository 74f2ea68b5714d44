"""What must hold of patent quality whatever the facts are: the whole query on random small portfolios."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from patent_tables import AS_OF, facts, keep_in, patent, rows_of

from kejin.policy import Lookups, RuleBook
from kejin.workflows.patent_quality_query import patent_quality_table

Tables = dict[str, list[dict[str, Any]]]
SYMBOLS = ["G06F 3/00", "H04L 12/00", "H04N 21/23", "H04N 5/00", "A61B 5/00", "G06N 3/08"]


def some_facts(seed: int, count: int = 90) -> Tables:
    """Random facts with gaps, ties, families, several publications of an application, citations and judgements."""
    rng = random.Random(seed)
    day, gap, symbols = _makers(rng)
    citations = []
    for k in range(2 * count):
        citing, cited = f"C{k}", f"P{rng.randrange(count)}"
        if rng.random() < 0.3:
            citing, cited = cited, f"Y{k}"
        citations.append(
            {
                "citing_number": citing, "cited_number": cited, "cited_on": day(2017, 2026),
                "citing_office": gap(rng.choice(["CN", "US"])), "citing_family_id": gap(f"G{rng.randrange(60)}"),
                "citing_ipc": gap(rng.choice(SYMBOLS)), "cited_ipc": gap(rng.choice(SYMBOLS)),
                "citing_ipc_all": gap(symbols(), 0.5), "cited_ipc_all": gap(symbols(), 0.5),
            }
        )  # fmt: skip
    events = [
        {
            "publication_number": f"P{rng.randrange(count)}", "happened_on": day(2019, 2026), "reference": str(k),
            "event_kind": rng.choice(["licence", "pledge", "lapse", "restoration"]), "until_on": gap(date(2027, 1, 1)),
        }
        for k in range(count // 3)
    ]  # fmt: skip
    scores = [
        {
            "publication_number": f"P{k % 20}", "profile": "gbt_42748", "item": rng.choice(["stability", "dependence"]),
            "expert": f"E{k}", "scored_on": date(2025, 1, 1), "score": rng.randrange(11) / 10,
        }
        for k in range(30)
    ]  # fmt: skip
    patents = _patents(rng, count)
    return {"patent": patents, "patent_citation": citations, "patent_event": events, "patent_expert_score": scores}


def _makers(rng: random.Random) -> tuple[Any, Any, Any]:
    """Functions that draw a day, a value that may be missing, and a list of symbols."""

    def day(first: int, last: int) -> date:
        return date(first, 1, 1) + timedelta(days=rng.randrange(365 * (last - first)))

    def gap(value: Any, share: float = 0.15) -> Any:
        return None if rng.random() < share else value

    def symbols() -> str:
        return "; ".join(rng.sample(SYMBOLS, rng.randrange(1, 4)))

    return day, gap, symbols


def _patents(rng: random.Random, count: int) -> list[dict[str, Any]]:
    day, gap, symbols = _makers(rng)
    patents = []
    for place in range(count):
        filed = day(2016, 2018)
        patents.append(
            patent(
                f"P{place}",
                company_id=f"K{rng.randrange(5)}",
                office=rng.choice(["CN", "CN", "US", None]),
                application_number=gap(f"X{rng.randrange(count)}", 0.8),
                patent_kind=rng.choice(["invention", "invention", "utility_model", "design"]),
                filed_on=filed,
                published_on=gap(filed + timedelta(days=300), 0.05),
                granted_on=gap(filed + timedelta(days=rng.randrange(500, 1500)), 0.3),
                ended_on=gap(filed + timedelta(days=rng.randrange(600, 4000)), 0.8),
                ipc_main=rng.choice(SYMBOLS),
                ipc_all=gap(symbols()),
                family_id=gap(f"F{rng.randrange(60)}"),
                family_size=gap(rng.randrange(1, 5)),
                claims=gap(rng.randrange(1, 30)),
                backward_citations=gap(rng.randrange(8)),
                inventor_count=gap(rng.randrange(1, 5)),
                forward_citations=gap(0, 0.5),
                in_use=gap(rng.random() < 0.5),
            )
        )
    return patents


def results(tables: Tables, *, threads: int = 2) -> dict[str, dict[str, Any]]:
    view = facts(**tables)
    view.connection.raw_sql(f"set threads = {threads}")  # type: ignore[attr-defined]
    table = patent_quality_table(view, Lookups(RuleBook.shipped(), AS_OF), keep_in(view))
    return {row["publication_number"]: row for row in rows_of(view, table, "publication_number")}


@pytest.fixture(scope="module")
def tables() -> Tables:
    return some_facts(1)


@pytest.fixture(scope="module")
def before(tables: Tables) -> dict[str, dict[str, Any]]:
    return results(tables)


def test_order_and_facts_known_later_change_nothing(tables: Tables, before: dict[str, dict[str, Any]]) -> None:
    late: Tables = {name: random.Random(9).sample(rows, len(rows)) for name, rows in tables.items()}
    new = {"known_on": AS_OF + timedelta(days=1)}
    late["patent"] += [row | new | {"claims": 1, "family_size": 9} for row in tables["patent"][:30]]
    late["patent"] += [patent(f"N{k}", forward_citations=50, **new) for k in range(30)]
    late["patent_citation"] += [
        {"citing_number": f"late{k}", "cited_number": f"P{k}", "cited_on": date(2019, 1, 1), **new} for k in range(50)
    ]
    late["patent_event"] += [
        {"publication_number": f"P{k}", "event_kind": "licence", "happened_on": date(2020, 1, 1), "reference": "late"}
        | new
        for k in range(30)
    ]
    late["patent_expert_score"] += [
        {"publication_number": f"P{k}", "profile": "gbt_42748", "item": "stability", "expert": "late", "score": 1.0}
        | {"scored_on": date(2025, 1, 1)}
        | new
        for k in range(30)
    ]
    assert results(late, threads=1) == before


def test_the_figures_are_there_and_ties_share(before: dict[str, dict[str, Any]]) -> None:
    for column in ("quality_4", "generality", "originality", "radicalness", "technology_relevance", "market_coverage"):
        values = [row[column] for row in before.values() if row[column] is not None]
        assert len(set(values)) > 3, column
        assert all(value >= 0 for value in values), column
    by_value: dict[Any, set[Any]] = {}
    for row in before.values():
        if row["quality_4"] is not None:
            key = row["quality_4"], row["filing_year"], row["quality_cohort_size"], row["field"]
            by_value.setdefault(key, set()).add(row["quality_percentile_ppm"])
        if row["quality_4_low"] is not None:
            assert 0 <= row["quality_4_low"] <= row["quality_4_high"] <= 1
            assert row["quality_4"] is None or row["quality_4"] == row["quality_4_low"] == row["quality_4_high"]
        if row["gbt_42748_score_low"] is not None:
            assert 0 <= row["gbt_42748_score_low"] <= row["gbt_42748_score_high"] <= 100
        assert (row["gbt_42748_score_low"] is None) == (row["patent_kind"] == "design")
    assert {len(shared) for shared in by_value.values()} == {1}


def test_more_citations_never_lower_it(tables: Tables, before: dict[str, dict[str, Any]]) -> None:
    """A citation of unknown class leaves the breadth as it is; a known class may narrow it (see the page)."""
    name = next(
        name
        for name, row in before.items()
        if row["quality_4"] is not None and row["generality"] is not None and row["citations_index"] < 1
    )
    day = next(row["published_on"] for row in tables["patent"] if row["publication_number"] == name)
    more = [
        {"citing_number": f"M{k}", "cited_number": name, "cited_on": day + timedelta(days=400), "citing_office": "CN"}
        for k in range(3)
    ]
    after = results(tables | {"patent_citation": [*tables["patent_citation"], *more]})[name]
    assert after["forward_citations_5y"] == before[name]["forward_citations_5y"] + 3
    for column in ("quality_4", "quality_6_low", "quality_percentile_ppm", "citations_index", "technology_relevance"):
        assert after[column] >= before[name][column], column
    assert after["quality_4"] > before[name]["quality_4"]

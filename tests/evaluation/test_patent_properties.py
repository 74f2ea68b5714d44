"""What must hold of patents whatever the facts are."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patent_tables import AS_OF, FIELDS, TERMS, facts, keep_in, patent, rows_of

from kejin.evaluation.concentration import concentration
from kejin.evaluation.patent_cohorts import with_cohort_percentile
from kejin.evaluation.patent_portfolio import company_patents, patents_with_standing
from kejin.evaluation.rights_inputs import HighValueRules, rights_inputs
from kejin.facts.view import FactsView

Tables = dict[str, list[dict[str, Any]]]
SYMBOLS = ["G06F3/00", "H04L 12/00", "H04N21/23", "h04n 5/00", "H10D1/00", "A61B5/00", "ZZZ", None]


def some_facts(seed: int, count: int = 120) -> Tables:
    """Random facts of ten companies with gaps, ties, several publications of an application, and events."""
    rng = random.Random(seed)

    def day(first: int, last: int) -> date:
        return date(first, 1, 1) + timedelta(days=rng.randrange(365 * (last - first)))

    def gap(value: Any, share: float = 0.2) -> Any:
        return None if rng.random() < share else value

    patents, inventors = [], []
    for place in range(count):
        filed = day(2004, 2026)
        more: dict[str, Any] = {
            "company_id": f"K{rng.randrange(10)}",
            "office": rng.choice(["CN", "CN", "US", "WO", None]),
            "application_number": gap(f"X{rng.randrange(count)}"),
            "patent_kind": rng.choice(["invention", "utility_model", "design"]),
            "is_pct": gap(rng.random() < 0.3),
            "filed_on": filed,
            "published_on": gap(filed + timedelta(days=300)),
            "granted_on": gap(filed + timedelta(days=700), 0.4),
            "ended_on": gap(filed + timedelta(days=rng.randrange(4000)), 0.8),
            "ipc_main": rng.choice(SYMBOLS),
            "family_id": gap(f"F{rng.randrange(40)}"),
            "claims": gap(rng.randrange(1, 30)),
            "forward_citations": gap(rng.randrange(6), 0.3),
            "how_obtained": gap(rng.choice(["own", "assigned", "licence"])),
            "serves_main_product": gap(rng.random() < 0.5),
        }
        patents.append(patent(f"P{place}", **more))
        inventors += [{"publication_number": f"P{place}", "inventor_id": f"V{rng.randrange(20)}-{k}"} for k in range(2)]
    citations = [
        {"citing_number": f"C{k}", "cited_number": f"P{rng.randrange(count)}", "cited_on": day(2010, 2026)}
        for k in range(count)
    ]
    kinds = ["lapse", "restoration", "invalidated", "invalidity_rejected", "pledge"]
    events = [
        {
            "publication_number": f"P{rng.randrange(count)}",
            "event_kind": rng.choice(kinds),
            "happened_on": day(2012, 2026),
            "reference": str(k),
            "amount_cny": gap(Decimal(rng.randrange(1000))),
        }
        for k in range(count // 3)
    ]
    return {
        "company": [{"company_id": f"K{k}", "industry_code": rng.choice(["C3921", "6510", None])} for k in range(12)],
        "patent": patents,
        "patent_inventor": inventors,
        "patent_citation": citations,
        "patent_event": events,
    }


def results(view: FactsView) -> list[list[dict[str, Any]]]:
    keep = keep_in(view)
    arguments: dict[str, Any] = {"fields": FIELDS, "terms": TERMS, "min_cohort_size": 3}
    patents = keep("stored", patents_with_standing(view, AS_OF, keep=keep, **arguments))
    loaded = {"patent", "patent_inventor", "patent_citation", "patent_event"}
    portfolio = company_patents(
        view, AS_OF, loaded=loaded, usual_fields={"39": [2, 6]}, patents=patents, keep=keep, **arguments
    )
    value = HighValueRules(frozenset({"overseas_family", "long_maintained", "pledge_finance"}), 10, Decimal(500))
    rights = rights_inputs(view, AS_OF, ["invention"], ["utility_model", "design"], TERMS, high_value=value)
    return [rows_of(view, portfolio, "company_id"), rows_of(view, rights, "company_id")]


@pytest.mark.parametrize("seed", [1, 2])
def test_order_and_partitions_change_nothing(seed: int) -> None:
    tables = some_facts(seed)
    shuffled = {name: random.Random(seed + 9).sample(rows, len(rows)) for name, rows in tables.items()}
    one_thread = facts(**shuffled)
    one_thread.connection.raw_sql("set threads = 1")  # type: ignore[attr-defined]
    assert results(facts(**tables)) == results(one_thread)


def _later(tables: Tables) -> Tables:
    """The same facts and, known a day too late, changed rows, new rows and rows that undo others."""
    day = AS_OF + timedelta(days=1)
    late = {name: list(rows) for name, rows in tables.items()}
    late["patent"] += [row | {"known_on": day, "company_id": "K11", "claims": 1} for row in tables["patent"][:40]]
    late["patent"] += [patent(f"N{k}", company_id="K1", known_on=day, forward_citations=50) for k in range(30)]
    new = {"citing_number": "late", "cited_on": date(2022, 1, 1), "known_on": day}
    late["patent_citation"] += [new | {"cited_number": f"P{k}"} for k in range(50)]
    late["patent_inventor"] += [
        {"publication_number": f"P{k}", "inventor_id": "late", "known_on": day} for k in range(50)
    ]
    event = {"event_kind": "lapse", "happened_on": date(2020, 1, 1), "reference": "late", "known_on": day}
    late["patent_event"] += [event | {"publication_number": f"P{k}"} for k in range(50)]
    return late


def test_facts_known_later_change_nothing() -> None:
    tables = some_facts(3)
    assert results(facts(**tables)) == results(facts(**_later(tables)))


def test_the_later_facts_matter_once_they_are_known() -> None:
    """The property above would be empty if the added rows changed nothing anyway."""
    tables = some_facts(3)
    known = {name: [row | {"known_on": AS_OF} for row in rows] for name, rows in _later(tables).items()}
    first = {name: [row | {"known_on": date(2000, 1, 1)} for row in rows] for name, rows in tables.items()}
    together = {name: first[name] + known[name][len(rows) :] for name, rows in first.items()}
    assert results(facts(**tables)) != results(facts(**together))


def _ranked(values: list[int | None]) -> list[int | None]:
    rows = [{"place": place, "field": 6, "filing_year": 2020, "value": value} for place, value in enumerate(values)]
    kinds = {"place": "int64", "field": "int64", "filing_year": "int64", "value": "int64"}
    table = with_cohort_percentile(ibis.memtable(rows, schema=ibis.schema(kinds)), "value", min_cohort_size=1)
    return list(ibis.duckdb.connect().to_pyarrow(table.order_by("place"))["percentile_ppm"].to_pylist())


@settings(max_examples=25)
@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=1, max_size=12), st.data())
def test_a_further_citation_never_lowers_the_standing(values: list[int | None], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    before = _ranked(values)
    after = _ranked([*values[:place], (values[place] or 0) + 1, *values[place + 1 :]])
    assert after[place] is not None
    assert before[place] is None or after[place] >= before[place]


def test_a_citation_on_file_never_lowers_the_standing_it_has_by_the_source() -> None:
    """A first citation on file does not replace a larger number that the source counted."""
    tables = some_facts(4)
    tables["patent_citation"] = []

    def standing(rows: Tables) -> dict[str, Any]:
        view = facts(**rows)
        table = patents_with_standing(view, AS_OF, fields=FIELDS, terms=TERMS, min_cohort_size=1, keep=keep_in(view))
        return {row["publication_number"]: row["percentile_ppm"] for row in rows_of(view, table, "publication_number")}

    before = standing(tables)
    cited = next(name for name, value in before.items() if value is not None and value > 700_000)
    citation = {"citing_number": "C", "cited_number": cited, "cited_on": date(2025, 1, 1)}
    assert standing(tables | {"patent_citation": [citation]})[cited] >= before[cited]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_concentration_lies_within_its_limits(counts: list[int], rng: random.Random) -> None:
    shuffled = rng.sample(counts, len(counts))
    rows = [{"company_id": "A", "n": n} for n in counts] + [{"company_id": "B", "n": n} for n in shuffled]
    table = ibis.memtable(rows, schema=ibis.schema({"company_id": "string", "n": "int64"}))
    result = ibis.duckdb.connect().to_pyarrow(concentration(table, "company_id", "n", "").order_by("company_id"))
    first, second = ({k: v for k, v in row.items() if k != "company_id"} for row in result.to_pylist())
    assert first == second, "the order of the groups changes nothing, not even the last digit"
    assert 1 / len(counts) - 1e-12 <= first["hhi"] <= 1.0
    assert first["hhi_unbiased"] is None or -1e-15 <= first["hhi_unbiased"] <= first["hhi"] + 1e-15
    assert first["entropy_nats"] >= -1e-12

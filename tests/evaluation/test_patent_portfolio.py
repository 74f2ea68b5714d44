"""The patents of a company in one row: a small portfolio worked out by hand."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from typing import Any

import pytest
from patent_tables import AS_OF, FIELDS, TERMS, application, facts, keep_in, patent, rows_of

from kejin.errors import InputError
from kejin.evaluation.patent_portfolio import COLUMNS, PATENT_COLUMNS, company_patents, patents_with_standing
from kejin.facts.view import FactsView

LOADED = {"company", "patent", "patent_inventor", "patent_citation"}
USUAL = {"C39": [4, 8], "3921": [4], "65": [6]}


def portfolio(view: FactsView, **more: Any) -> dict[str, dict[str, Any]]:
    arguments: dict[str, Any] = {"loaded": LOADED, "usual_fields": USUAL, "min_cohort_size": 2} | more
    table = company_patents(view, AS_OF, fields=FIELDS, terms=TERMS, keep=keep_in(view), **arguments)
    assert table.columns == ("company_id", *COLUMNS)
    return {row.pop("company_id"): row for row in rows_of(view, table, "company_id")}


def example() -> FactsView:
    """Company A: 8 applications. B: one pending. C: none. D: only an ended one."""
    return facts(
        company=[
            {"company_id": "A", "industry_code": "C3922"},
            {"company_id": "B", "industry_code": "A0111"},
            {"company_id": "C", "industry_code": "6510"},
            {"company_id": "D"},
        ],
        patent=[
            patent("A1", ipc_main="H04L1/00", claims=10, family_size=1, forward_citations=0),
            patent("A2", ipc_main="H04L1/00", claims=20, family_size=4, forward_citations=5, how_obtained="assigned"),
            patent("A3", ipc_main="G06F3/00", claims=None, family_size=None, forward_citations=7, how_obtained=None),
            patent("A4", patent_kind="utility_model", ipc_main="H10D1/00", filed_on=date(2024, 1, 1), claims=6),
            application("A5", ipc_main=None, how_obtained="licence"),
            patent("A6", patent_kind="design", ipc_main=None, ended_on=date(2023, 1, 1), end_reason="fee_unpaid"),
            application("A7", office="WO", claims=99),
            patent("A8", ipc_main="H04L1/00", ended_on=date(2022, 1, 1), end_reason="abandoned", forward_citations=9),
            application("B1", company_id="B", ipc_main="G06F3/00", forward_citations=7),
            patent("D1", company_id="D", end_reason="fee_unpaid", ended_on=date(2021, 1, 1), granted_on=None),
        ],
        patent_inventor=[
            {"publication_number": number, "inventor_id": person}
            for number, people in {"A1": "xy", "A2": "x", "A3": "xz", "A6": "w", "A8": "w"}.items()
            for person in people
        ],
    )


@cache
def of_example() -> dict[str, dict[str, Any]]:
    return portfolio(example())


def test_counts_by_kind_and_state() -> None:
    row = of_example()["A"]
    counts = {name: row[name] for name in COLUMNS if name.split("_")[-1] in {"filed", "granted", "pending", "ended"}}
    counts |= {name: row[name] for name in COLUMNS if name.endswith("in_force")}
    assert {name: value for name, value in counts.items() if value} == {
        "patents_filed": 8,
        "patents_granted": 6,
        "patents_in_force": 4,
        "patents_pending": 1,
        "patents_ended": 2,
        "inventions_filed": 6,
        "inventions_granted": 4,
        "inventions_in_force": 3,
        "inventions_pending": 1,
        "inventions_ended": 1,
        "utility_models_filed": 1,
        "utility_models_granted": 1,
        "utility_models_in_force": 1,
        "designs_filed": 1,
        "designs_granted": 1,
        "designs_ended": 1,
        "patents_own_filed": 2,
    }
    assert row["pct_applications"] == 1
    assert (row["patents_live"], row["patents_bought"], row["patents_origin_unknown"]) == (5, 1, 1)


def test_means_shares_and_breadth() -> None:
    row = of_example()["A"]
    old, new = (AS_OF - date(2020, 1, 1)).days, (AS_OF - date(2024, 1, 1)).days
    assert row["age_in_force_years_mean"] == pytest.approx((3 * old + new) / 4 / 365.25, rel=1e-15)
    assert (row["claims_mean"], row["claims_max"]) == (12.0, 20)  # 10, 20, 6 are known
    assert (row["family_size_mean"], row["family_size_max"]) == (2.5, 4)
    assert row["maintained_share"] == 4 / 6
    ended = (date(2023, 1, 1) - date(2020, 1, 1)).days + (date(2022, 1, 1) - date(2020, 1, 1)).days
    assert row["maintained_years_mean"] == pytest.approx((3 * old + new + ended) / 6 / 365.25, rel=1e-15)
    # Live fields: 4, 4, 6, 8. Shares 1/2, 1/4, 1/4.
    assert (row["field_patents"], row["field_count"]) == (4, 3)
    assert row["field_hhi"] == 6 / 16
    assert row["field_hhi_unbiased"] == (2 * 1) / (4 * 3)
    assert row["field_entropy_nats"] == pytest.approx(1.5 * math.log(2), abs=1e-12)
    assert row["field_entropy_miller_madow_nats"] == pytest.approx(1.5 * math.log(2) + 2 / 8, abs=1e-12)


def test_citations_and_their_standing() -> None:
    row = of_example()["A"]
    assert row["forward_citations_total"] == 12  # live ones only
    # Cohort field 4, 2020: 0, 5, 9 (the ended one is a member too) -> 1/6, 3/6. Field 6, 2020: 7, 7 -> 1/2.
    assert row["cohort_patents"] == 3
    assert row["citation_percentile_mean"] == pytest.approx((166_666 + 500_000 + 500_000) / 3e6, rel=1e-15)
    assert (row["top_decile_patents"], row["top_decile_share"]) == (0, 0.0)
    small = portfolio(example(), min_cohort_size=3)["A"]
    assert (small["cohort_patents"], small["small_cohort_patents"]) == (2, 1)


def test_top_decile() -> None:
    view = facts(
        company=[{"company_id": "A"}],
        patent=[patent(f"P{n}", forward_citations=n) for n in range(10)],
    )
    row = portfolio(view, min_cohort_size=10)["A"]
    assert (row["top_decile_patents"], row["top_decile_share"], row["cohort_patents"]) == (1, 0.1, 10)


def test_fit_to_the_business() -> None:
    found = of_example()
    # A is in 3922: fields 4 and 8 are usual for 39. In force with a known field: 4, 4, 6, 8.
    assert (found["A"]["business_fit_patents"], found["A"]["business_fit_share"]) == (4, 0.75)
    assert found["B"]["business_fit_share"] is None, "its industry is not in the map"
    assert found["C"]["business_fit_share"] is None, "it has no patent"
    exact = portfolio(example(), usual_fields={"39": [6], "3922": [8]})["A"]
    assert exact["business_fit_share"] == 0.25, "the longer code decides"
    assert portfolio(example(), usual_fields=None)["A"]["business_fit_share"] is None
    assert portfolio(example(), usual_fields={"39": [35]})["A"]["business_fit_share"] == 0.0
    with pytest.raises(InputError, match="GB/T 4754"):
        portfolio(example(), usual_fields={"chips": [8]})


def test_key_inventors() -> None:
    row = of_example()["A"]
    # Live patents A1 (x, y), A2 (x), A3 (x, z): x is on all three; namings 3, 1, 1.
    assert (row["inventors"], row["inventor_patents"], row["top_inventor_share"]) == (3, 3, 1.0)
    assert row["inventor_hhi"] == pytest.approx(11 / 25, rel=1e-15)
    assert row["inventor_hhi_unbiased"] == (3 * 2) / (5 * 4)


def test_inventors_of_two_publications_count_once() -> None:
    view = facts(
        company=[{"company_id": "A"}],
        patent=[application("PA", application_number="1"), patent("PB", application_number="1"), patent("Q")],
        patent_inventor=[
            {"publication_number": number, "inventor_id": person} for number, person in (("PA", "x"), ("PB", "x"))
        ]
        + [{"publication_number": "Q", "inventor_id": "y"}],
    )
    row = portfolio(view)["A"]
    assert (row["inventors"], row["inventor_patents"], row["top_inventor_share"]) == (2, 2, 0.5)


def test_missing_is_not_zero() -> None:
    found = of_example()
    none = found["C"]
    assert none["patents_filed"] == none["patents_live"] == none["field_count"] == none["inventors"] == 0
    assert none["forward_citations_total"] == 0
    assert none["maintained_share"] is None
    assert none["field_hhi"] is None
    assert none["claims_max"] is None
    ended = found["D"]
    assert (ended["patents_ended"], ended["patents_live"], ended["maintained_share"]) == (1, 0, None)
    pending = found["B"]
    assert (pending["field_hhi"], pending["field_hhi_unbiased"]) == (1.0, None)
    assert pending["inventors"] is None, "its patent's inventors are not known"
    assert pending["inventor_patents"] == 0
    assert portfolio(example(), loaded={"company", "patent"})["C"]["inventors"] is None
    unloaded = portfolio(example(), loaded={"company"})
    assert set(unloaded) == {"A", "B", "C", "D"}
    assert {value for row in unloaded.values() for value in row.values()} == {None}


def test_unknown_citations_are_no_zero() -> None:
    view = facts(company=[{"company_id": "A"}], patent=[patent("P")])
    row = portfolio(view)["A"]
    assert (row["forward_citations_total"], row["cohort_patents"], row["citation_percentile_mean"]) == (None, 0, None)


def test_stored_patents_give_the_same() -> None:
    view = example()
    table = patents_with_standing(view, AS_OF, fields=FIELDS, terms=TERMS, min_cohort_size=2)
    assert table.columns == PATENT_COLUMNS
    stored = keep_in(view)("stored", table)
    assert portfolio(view, patents=stored) == of_example()

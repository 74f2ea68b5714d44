"""The city's facts keep every declared check, and leave no column empty."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kejin.facts.tables import ALL_TABLES

from .declared_checks import problems, uscc_is_right


@pytest.mark.parametrize("name", ALL_TABLES)
def test_table_keeps_its_declaration(name: str, facts: dict[str, pa.Table]) -> None:
    assert problems(ALL_TABLES[name], facts[name], facts) == []


@pytest.mark.parametrize("name", ALL_TABLES)
def test_every_column_holds_something(name: str, facts: dict[str, pa.Table]) -> None:
    rows = facts[name]
    assert rows.num_rows > 0
    assert [column for column in rows.schema.names if rows[column].null_count == rows.num_rows] == []


def test_nothing_is_known_after_the_last_day(facts: dict[str, pa.Table]) -> None:
    for name, rows in facts.items():
        assert pc.max(rows["known_on"]).as_py() <= date(2026, 9, 30), name


HAPPENED = {
    "institution": ("technology_unit_since_on",),
    "company": ("established_on", "ended_on"),
    "title": ("granted_on", "revoked_on"),
    "patent": ("filed_on", "published_on", "granted_on", "ended_on"),
    "patent_event": ("happened_on",),
    "patent_citation": ("cited_on",),
    "loan": ("applied_on", "approved_on", "granted_on"),
    "loan_state": ("month_end",),
    "invoice": ("issued_on",),
    "equity_round": ("closed_on",),
    "fund_investment": ("invested_on", "exited_on"),
    "insurance_claim": ("occurred_on", "reported_on", "settled_on"),
    "court_case": ("filed_on", "closed_on"),
    "penalty": ("decided_on",),
    "ownership": ("since_on", "until_on"),
    "park_tenancy": ("since_on", "until_on"),
    "consent": ("given_on", "withdrawn_on"),
    "research_project": ("started_on", "ended_on"),
    "account": ("opened_on", "closed_on"),
}


@pytest.mark.parametrize("name", HAPPENED)
def test_nothing_is_known_before_it_happens(name: str, facts: dict[str, pa.Table]) -> None:
    for column in HAPPENED[name]:
        early = pc.sum(pc.greater(facts[name][column], facts[name]["known_on"])).as_py() or 0
        assert early == 0, (name, column)


def test_checks_see_planted_faults(facts: dict[str, pa.Table]) -> None:
    rows, table = facts["annual_report"].slice(0, 50), ALL_TABLES["annual_report"]
    swapped = rows.set_column(
        rows.schema.get_field_index("main_revenue_cny"), "main_revenue_cny", rows["total_assets_cny"]
    )
    assert any("main_revenue_cny > revenue_cny" in one for one in problems(table, swapped, facts))
    twice = pa.concat_tables([rows, rows])
    assert any("repeat" in one for one in problems(table, twice, facts))
    strangers = rows.set_column(0, "company_id", pa.array(["911100000000000000"] * 50))
    assert any("refers to no company" in one for one in problems(table, strangers, facts))
    wrong = facts["company"].slice(0, 1)
    code = wrong["company_id"][0].as_py()
    broken = wrong.set_column(0, "company_id", pa.array([code[:-1] + ("0" if code[-1] != "0" else "1")]))
    assert any("check character" in one for one in problems(ALL_TABLES["company"], broken, facts))
    odd = wrong.set_column(wrong.schema.get_field_index("status"), "status", pa.array(["asleep"]))
    assert any("choices" in one for one in problems(ALL_TABLES["company"], odd, facts))


def test_uscc_check_knows_a_published_code() -> None:
    assert uscc_is_right("91350100M000100Y43")  # the worked example that circulates with GB 32100-2015
    assert not uscc_is_right("91350100M000100Y34")

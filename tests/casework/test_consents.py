"""What do several consents cover together? The rule, by hand-made rows; and every table of facts has its group."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kejin.casework.access import may_read, tables_readable
from kejin.casework.consents import check_covered, covered_tables, standing_consents
from kejin.casework.people import Person
from kejin.errors import InputError
from kejin.facts.table_groups import (
    COMPANY_TABLES,
    GROUPS,
    NOT_OF_A_COMPANY,
    missing_groups,
    tables_named,
    tables_of,
    tables_text,
)
from kejin.facts.tables import ALL_TABLES

TODAY = date(2026, 11, 26)
OFFICER = Person("officer", "经办", "relationship_manager", "BANK01-02", None, "zh", False, True)


def row(number: str, tables: str, **other: Any) -> dict[str, Any]:
    """A row of the register."""
    return {
        "consent_id": number,
        "company_id": "C1",
        "institution_id": "BANK01-02",
        "purpose": "credit",
        "tables": tables,
        "given_on": date(2026, 1, 5),
        "valid_until": None,
        "withdrawn_on": None,
        "known_on": date(2026, 1, 5),
    } | other


def said(number: int, kind: str, tables: str = "", **other: Any) -> dict[str, Any]:
    """Something said in the store."""
    return {
        "number": number,
        "company_id": "C1",
        "institution_id": "BANK01",
        "purpose": "credit",
        "kind": kind,
        "tables": tables,
        "valid_until": None,
        "happened_at": datetime(2026, 6, 1, 9, tzinfo=UTC),
    } | other


def covered(facts: list[dict[str, Any]], here: list[dict[str, Any]] | None = None) -> set[str]:
    return covered_tables(standing_consents(facts, here or []), "BANK01", "credit", TODAY).get("C1", set())


def test_every_table_is_in_one_group_or_named_as_no_companys() -> None:
    found = Counter([table for group in GROUPS.values() for table in group.tables] + list(NOT_OF_A_COMPANY))
    assert set(found) == set(ALL_TABLES)
    assert set(found.values()) == {1}


def test_what_holds_is_the_union_of_consents_in_force() -> None:
    two = [row("A", "tax_month"), row("B", "annual_report; patent", institution_id="BANK01-07")]
    assert covered(two) == {"tax_month", "annual_report", "patent"}
    assert covered([two[0] | {"valid_until": date(2026, 11, 25)}, two[1]]) == {"annual_report", "patent"}
    assert covered([two[0] | {"valid_until": TODAY}, two[1]]) == {"tax_month", "annual_report", "patent"}
    assert covered([row("A", ""), row("B", "nonsense")]) == set()
    assert covered([row("A", "tax_month", purpose="monitoring"), row("B", "patent", institution_id="BANK011")]) == set()


def test_a_later_row_of_the_same_number_replaces_and_undoes_no_other() -> None:
    first, gone = row("A", "tax_month"), row("A", "tax_month", withdrawn_on=TODAY, known_on=TODAY)
    other = row("B", "patent", given_on=date(2025, 1, 1), known_on=date(2025, 1, 1))
    assert covered([gone, other, first]) == {"patent"}  # in whatever order the rows come
    assert covered([first, row("A", "staffing", known_on=TODAY)]) == {"staffing"}


def test_what_is_said_here_adds_up_and_a_withdrawal_ends_all_until_then() -> None:
    facts = [row("A", "tax_month")]
    assert covered(facts, [said(1, "given", "patent")]) == {"tax_month", "patent"}
    assert covered(facts, [said(1, "given", "patent"), said(2, "withdrawn")]) == set()
    again = [said(1, "given", "patent"), said(2, "withdrawn"), said(3, "given", "staffing")]
    assert covered(facts, again) == {"staffing"}
    later = row("B", "loan", given_on=date(2026, 6, 2), known_on=date(2026, 6, 2))
    assert covered([*facts, later], [said(1, "withdrawn")]) == {"loan"}
    assert covered(facts, [said(1, "withdrawn", purpose="insurance")]) == {"tax_month"}


def test_readers_and_lists_have_the_same_rule() -> None:
    standing = standing_consents([row("A", "tax_month"), row("C", "patent", company_id="C2")], [])
    by_company = covered_tables(standing, "BANK01", "credit", TODAY)
    for company in ("C1", "C2", "C3"):
        own = [one for one in standing if one.company_id == company]
        assert tables_readable(OFFICER, company, own, TODAY) == by_company.get(company, set())
        assert may_read(OFFICER, company, own, TODAY) == (company in by_company)


def test_missing_groups_are_named_and_an_application_needs_them_all() -> None:
    assert missing_groups(("tax_month", "institution", "company", "title"), {"company"}) == ("registry", "tax")
    with pytest.raises(InputError) as refused:
        check_covered("C1", "BANK01-02", "credit", ("tax_month", "patent"), standing_consents([row("A", "patent")], []))
    assert refused.value.code == "casework.consent_not_enough"
    assert "税务" in refused.value.part("what", "zh")
    assert "Tax" in refused.value.part("what", "en")
    check_covered("C1", "BANK01-02", "credit", ("patent", "institution"), standing_consents([row("A", "patent")], []))


def test_a_text_of_tables_is_read_as_it_was_written() -> None:
    assert tables_named(tables_text(COMPANY_TABLES)) == COMPANY_TABLES
    assert tables_named(" tax_month ;; consent;fund ") == {"tax_month"}
    assert tables_of(["tax", "loans"]) == {*GROUPS["tax"].tables, *GROUPS["loans"].tables}

"""Which rows of a table say something of a company on a day? The newest version of each, and their codes in words."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from kejin.casework.people import head_office
from kejin.facts.tables import ALL_TABLES

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

ROWS_MAX = 2_000  # of one table and company; a portfolio has hundreds, the largest some thousands
# These see the lenders and insurers of a company by name; others only their own house.
_SEE_ALL_HOUSES = frozenset({"company", "supervisor", "auditor"})


@cache
def _query(table: str) -> str:
    """The newest rows of a company by the table's own key, which is searched first so that no other row is read."""
    key = ", ".join(ALL_TABLES[table].key)
    return (
        f"SELECT * EXCLUDE (newest) FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY known_on DESC) "
        f"AS newest FROM {table} WHERE known_on <= $as_of AND ({key}) IN "
        f"(SELECT ({key}) FROM {table} WHERE company_id = $company)) "
        f"WHERE newest = 1 AND company_id = $company ORDER BY {key} LIMIT {ROWS_MAX}"
    )


def known_rows(ask: Ask, table: str, company_id: str, as_of: date | None = None) -> list[dict[str, Any]]:
    """The rows of a company in one table of facts, as known on the day."""
    day = ask.as_of if as_of is None else as_of
    return ask.serving.rows(f"of_company:{table}", _query(table), company=company_id, as_of=day)


def code_word(table: str, column: str, code: object, lang: str) -> str | None:
    """A code of the facts in words; itself where the table names none, None where it is missing."""
    if code is None or code == "":
        return None
    found = next((one for one in ALL_TABLES[table].column(column).choices or () if one.code == code), None)
    return str(code) if found is None else (found.zh if lang == "zh" else found.en)


def house_name(ask: Ask, institution_id: str | None) -> str:
    """The name of a bank or insurer, or only that it is another one: what a reader needs not know is not shown."""
    if institution_id is None:
        return "-"
    own = ask.person.head_office is not None and head_office(institution_id) == ask.person.head_office
    if own or ask.person.role in _SEE_ALL_HOUSES:
        return ask.serving.institution_name(institution_id)
    return ask.t("another institution")

"""May this person look at this company's data today, and who looked before? Scope, consent, and the log of looks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select

from kejin.casework.consents import Consent, covered_tables
from kejin.casework.people import Person, head_office
from kejin.casework.permissions import BY_OFFICE, PURPOSES, WITHOUT_CONSENT, Scope
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import access_table
from kejin.facts.table_groups import COMPANY_TABLES

_A = access_table.c


def within(person: Person, scope: Scope, institution_id: str | None, company_id: str | None) -> bool:
    """Whether an object of an institution and a company lies in a person's scope."""
    if scope == "all":
        return True
    if scope == "own":
        return company_id is not None and company_id == person.company_id
    if institution_id is None or person.institution_id is None:
        return False
    if scope == "branch":
        return institution_id == person.institution_id
    return head_office(institution_id) == person.head_office


def purpose_of(person: Person) -> str | None:
    """For what a person reads; None where no consent is asked of them."""
    return PURPOSES.get(person.role)


def tables_readable(
    person: Person, company_id: str, consents: Iterable[Consent], today: date, dealt_with: bool = False
) -> frozenset[str]:
    """The tables of a company's facts that a person may read today: its own people and offices by law all of them.

    dealt_with   whether the person's institution has lent to the company or insured it; auditors need this, or a
                 consent that the company ever gave their institution, in force or not.
    """
    if person.role == "company":
        return COMPANY_TABLES if person.company_id == company_id else frozenset()
    if person.role in WITHOUT_CONSENT:
        return COMPANY_TABLES
    if person.head_office is None:
        return frozenset()
    if person.role in BY_OFFICE:
        ever = dealt_with or any(one.institution_id == person.head_office for one in consents)
        return COMPANY_TABLES if ever else frozenset()
    purpose = purpose_of(person)
    if purpose is None:
        return frozenset()
    return frozenset(covered_tables(consents, person.head_office, purpose, today).get(company_id, ()))


def may_read(
    person: Person, company_id: str, consents: Iterable[Consent], today: date, dealt_with: bool = False
) -> bool:
    """Whether a person may read any of a company's data today; which, says `tables_readable`."""
    return bool(tables_readable(person, company_id, consents, today, dealt_with))


class AccessLog:
    """Who looked at what, when."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    def write(
        self,
        person: Person,
        page: str,
        kind: str = "seen",
        *,
        company_id: str | None = None,
        case_id: str | None = None,
        file_name: str | None = None,
    ) -> None:
        row = {
            "at": now(),
            "person_id": person.person_id,
            "institution_id": person.institution_id,
            "company_id": company_id,
            "case_id": case_id,
            "page": page,
            "kind": kind,
            "file_name": file_name,
        }
        with self.store.writing() as connection:
            connection.execute(access_table.insert().values(**row))

    def find(self, *, company_id: str | None = None, case_id: str | None = None, newest: int = 200) -> list[Any]:
        query = select(access_table).order_by(_A.number.desc()).limit(newest)
        if company_id is not None:
            query = query.where(_A.company_id == company_id)
        if case_id is not None:
            query = query.where(_A.case_id == case_id)
        return list(self.store.rows(query))

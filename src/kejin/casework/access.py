"""May this person look at this company's data today, and who looked before? Scope, consent, and the log of looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from kejin.casework.people import Person, head_office
from kejin.casework.permissions import BY_OFFICE, PURPOSES, WITHOUT_CONSENT, Scope
from kejin.casework.store import CaseStore, next_number, now
from kejin.casework.tables import access_table, consent_event_table
from kejin.errors import InputError
from kejin.journal import Record

_C, _A = consent_event_table.c, access_table.c
ACT = "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What holds between a company and an institution for a purpose.

    source   facts: from the loaded consent register; here: given or withdrawn in this store, which is later knowledge.
    """

    company_id: str
    institution_id: str
    purpose: str
    given: bool
    valid_until: date | None
    source: str
    happened: date | datetime

    def holds(self, on: date) -> bool:
        return self.given and (self.valid_until is None or self.valid_until >= on)


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


class Consents:
    """Consents given here, over those of the facts.

    from_facts   (company, head office) -> rows of the facts' consent table as of the day, newest last.
    """

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    def of_company(self, company_id: str, from_facts: Iterable[Mapping[str, Any]]) -> list[Consent]:
        """The consent in force or withdrawn for every institution and purpose; what was said here counts last."""
        found: dict[tuple[str, str], Consent] = {}
        for row in from_facts:
            key = (head_office(row["institution_id"]), row["purpose"])
            # A consent that names no table covers none: that is how the facts declare it.
            given = row["withdrawn_on"] is None and bool((row["tables"] or "").strip())
            found[key] = Consent(company_id, *key, given, row["valid_until"], "facts", row["given_on"])
        query = select(consent_event_table).where(_C.company_id == company_id).order_by(_C.number)
        for row in self.store.rows(query):
            key = (row["institution_id"], row["purpose"])
            given = row["kind"] == "given"
            found[key] = Consent(company_id, *key, given, row["valid_until"], "here", row["happened_at"])
        return [found[key] for key in sorted(found)]

    def say(
        self,
        person: Person,
        company_id: str,
        institution_id: str,
        purpose: str,
        *,
        given: bool,
        valid_until: date | None = None,
        reference: str | None = None,
    ) -> int:
        """The company gives or withdraws its consent; the journal entry's number.

        reference   of the signed form, where somebody else than the company records it.
        Raises      InputError casework.consent_reference_missing.
        """
        own = person.role == "company" and person.company_id == company_id
        if not own and not (given and reference and reference.strip()):
            raise InputError("casework.consent_reference_missing", company=company_id)
        head = head_office(institution_id)
        result: dict[str, Any] = {
            "company_id": company_id,
            "institution_id": head,
            "purpose": purpose,
            "given": given,
            "valid_until": valid_until,
            "basis": "self" if own else "paper",
            "reference": None if own else reference,
        }
        at = now()
        with self.store.writing() as connection:
            entry = self.store.record(
                connection,
                Record(
                    act=ACT,
                    actor=person.person_id,
                    role=person.role,
                    inputs={"basis": result["basis"]},
                    result=result,
                    as_of=at.date(),
                    subject=company_id,
                ),
            )
            connection.execute(
                consent_event_table.insert().values(
                    number=next_number(connection, consent_event_table),
                    kind="given" if given else "withdrawn",
                    happened_at=at,
                    actor=person.person_id,
                    journal_entry=entry.sequence,
                    **{name: value for name, value in result.items() if name != "given"},
                )
            )
        return entry.sequence


def purpose_of(person: Person) -> str | None:
    """For what a person reads; None where no consent is asked of them."""
    return PURPOSES.get(person.role)


def may_read(
    person: Person, company_id: str, consents: Iterable[Consent], today: date, dealt_with: bool = False
) -> bool:
    """Whether a person may read a company's data today: its own people, offices by law, others with its consent.

    dealt_with   whether the person's institution has lent to the company or insured it; auditors need this, or a
                 consent that the company ever gave their institution, in force or not.
    """
    if person.role == "company":
        return person.company_id == company_id
    if person.role in WITHOUT_CONSENT:
        return True
    if person.head_office is None:
        return False
    here = [one for one in consents if one.institution_id == person.head_office]
    if person.role in BY_OFFICE:
        return dealt_with or bool(here)
    purpose = purpose_of(person)
    return purpose is not None and any(one.purpose == purpose and one.holds(today) for one in here)


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

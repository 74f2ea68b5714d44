"""What did a company agree to? One rule for one company and for lists: what a consent covers, and until when.

The rule. Each consent stands by itself: it names the tables it covers (one that names none covers none), a last day,
and a withdrawal of its own. What an institution may read for a purpose is the union of what its consents in force
cover, its branches' consents included. A later row of the same consent number replaces the earlier one, so that a
withdrawal in the register ends that consent and no other. Consents given here are numbered by their entry. A
withdrawal said here ends every consent of that institution and purpose that was given until then.
To cover less than before, a company withdraws and gives consent anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from kejin.casework.people import Person, head_office
from kejin.casework.store import CaseStore, database_of, next_number, now
from kejin.casework.tables import consent_event_table
from kejin.errors import InputError
from kejin.facts.table_groups import COMPANY_TABLES, GROUPS, missing_groups, tables_named, tables_text
from kejin.journal import Entry, Journal, Record, value_hash

_C = consent_event_table.c
ACT = "consent"
_named = lru_cache(maxsize=4_096)(tables_named)


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent of a company to an institution, with its branches, for a purpose.

    consent_id   its number in the register; `here-N` for one given in this store.
    tables       the tables of facts it covers.
    source       facts: from the loaded consent register; here: given or withdrawn in this store.
    """

    company_id: str
    institution_id: str
    purpose: str
    consent_id: str
    given: bool
    tables: frozenset[str]
    valid_until: date | None
    source: str
    happened: date | datetime

    def holds(self, on: date) -> bool:
        return self.given and bool(self.tables) and (self.valid_until is None or self.valid_until >= on)


def standing_consents(from_facts: Iterable[Mapping[str, Any]], said_here: Iterable[Mapping[str, Any]]) -> list[Consent]:
    """Every consent as it stands, by company, institution and purpose, in the order they were given.

    from_facts   rows of the consent register with known_on, of one company or of many.
    said_here    rows of what was said in this store, in the order of their numbers.
    """
    found: dict[str, Consent] = {}
    for row in sorted(from_facts, key=lambda row: row["known_on"]):
        found[f"facts {row['consent_id']}"] = Consent(
            row["company_id"],
            head_office(row["institution_id"]),
            row["purpose"],
            row["consent_id"],
            row["withdrawn_on"] is None,
            _named(row["tables"]),
            row["valid_until"],
            "facts",
            row["given_on"],
        )
    about: dict[tuple[str, str, str], list[str]] = {}
    for name, one in found.items():
        about.setdefault((one.company_id, one.institution_id, one.purpose), []).append(name)
    for row in said_here:
        key, at = (row["company_id"], row["institution_id"], row["purpose"]), row["happened_at"]
        if row["kind"] == "given":
            number = f"here-{row['number']}"
            found[number] = Consent(*key, number, True, _named(row["tables"]), row["valid_until"], "here", at)
            about.setdefault(key, []).append(number)
            continue
        for name in about.get(key, ()):
            one = found[name]
            if one.given and (one.source == "here" or one.happened <= at.date()):
                found[name] = replace(one, given=False, source="here", happened=at)
    return sorted(found.values(), key=lambda one: (one.company_id, one.institution_id, one.purpose))


def covered_tables(consents: Iterable[Consent], institution_id: str, purpose: str, on: date) -> dict[str, set[str]]:
    """Company -> the tables that its consents in force to an institution and purpose cover together."""
    head, found = head_office(institution_id), dict[str, set[str]]()
    for one in consents:
        if one.institution_id == head and one.purpose == purpose and one.holds(on):
            found.setdefault(one.company_id, set()).update(one.tables)
    return found


def group_names(codes: Iterable[str], lang: str) -> str:
    """Groups of tables in words."""
    return ("、" if lang == "zh" else ", ").join(GROUPS[code].of(lang) for code in codes)


def in_both(codes: Iterable[str]) -> str:
    """Groups of tables in both languages, for the sentences of errors."""
    return "; ".join(f"{GROUPS[code].zh} {GROUPS[code].en}" for code in codes)


def check_covered(
    company_id: str, institution_id: str, purpose: str, needed: Iterable[str], consents: Iterable[Consent]
) -> None:
    """Raises InputError casework.consent_not_enough, which names the groups that no consent in force covers."""
    covered = covered_tables(consents, institution_id, purpose, now().date()).get(company_id, set())
    if missing := missing_groups(needed, covered):
        raise InputError(
            "casework.consent_not_enough",
            company=company_id,
            institution=head_office(institution_id),
            groups=in_both(missing),
        )


class Consents:
    """Consents given here, over those of the facts."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    def of_company(self, company_id: str, from_facts: Iterable[Mapping[str, Any]]) -> list[Consent]:
        """Every consent of a company as it stands.

        from_facts   rows of the facts' consent register about the company, as known today.
        """
        query = select(consent_event_table).where(_C.company_id == company_id).order_by(_C.number)
        return standing_consents(from_facts, self.store.rows(query))

    def to_institution(
        self, institution_id: str, purpose: str, from_facts: Iterable[Mapping[str, Any]]
    ) -> list[Consent]:
        """Every consent to an institution and purpose, of all companies: for lists."""
        head = head_office(institution_id)
        query = select(consent_event_table).where(_C.institution_id == head, _C.purpose == purpose)
        return standing_consents(from_facts, self.store.rows(query.order_by(_C.number)))

    def newest(self, institution_id: str, purpose: str) -> int:
        """The number of the last thing said here about an institution and purpose; 0 where nothing was."""
        query = select(func.max(_C.number)).where(
            _C.institution_id == head_office(institution_id), _C.purpose == purpose
        )
        with self.store.reading() as connection:
            return int(connection.scalar(query) or 0)

    def say(
        self,
        person: Person,
        company_id: str,
        institution_id: str,
        purpose: str,
        *,
        given: bool,
        tables: Collection[str] = COMPANY_TABLES,
        valid_until: date | None = None,
        reference: str | None = None,
    ) -> int:
        """The company gives or withdraws its consent; the journal entry's number.

        tables      what a consent covers; a withdrawal ends all of them.
        reference   of the signed form, where somebody else than the company records it.
        Raises      InputError casework.consent_reference_missing, casework.consent_covers_nothing.
        """
        own = person.role == "company" and person.company_id == company_id
        if not own and not (given and reference and reference.strip()):
            raise InputError("casework.consent_reference_missing", company=company_id)
        covered = tables_text(COMPANY_TABLES.intersection(tables)) if given else ""
        if given and not covered:
            raise InputError("casework.consent_covers_nothing", company=company_id)
        head = head_office(institution_id)
        said: dict[str, Any] = {
            "company_id": company_id,
            "institution_id": head,
            "purpose": purpose,
            "tables": covered,
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
                    inputs={"basis": said["basis"]},
                    result=_told(said | {"kind": "given" if given else "withdrawn"}),
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
                    **said,
                )
            )
        return entry.sequence


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of a row: everything but numbers and clocks; the tables as a list."""
    names = ("company_id", "institution_id", "purpose", "valid_until", "basis", "reference")
    tables = [name for name in row["tables"].split(";") if name]
    return {name: row[name] for name in names} | {"given": row["kind"] == "given", "tables": tables}


def replay_consent(workspace: Path, entry: Entry) -> str:
    """The hash of what the stored row behind an entry says.

    Raises InputError casework.consent_differs where there is no such row, or another person's.
    """
    with Journal.open(database_of(workspace), create=False) as journal, journal.reading() as connection:
        query = select(consent_event_table).where(_C.journal_entry == entry.sequence)
        rows = connection.execute(query).mappings().all()
    if len(rows) != 1 or rows[0]["actor"] != entry.actor or rows[0]["company_id"] != entry.subject:
        raise InputError("casework.consent_differs", entry=entry.sequence)
    told = _told(dict(rows[0]))
    if "tables" not in dict(entry.result or {}):  # an entry from before consents named their tables
        del told["tables"]
    return value_hash(told, entry.algorithm)

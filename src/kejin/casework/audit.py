"""What may an auditor see of the record, and who decided against the advice how often?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from kejin.casework.people import Person, head_office
from kejin.casework.permissions import Scope
from kejin.casework.store import CaseStore
from kejin.casework.tables import access_table, case_event_table, person_table
from kejin.errors import InputError
from kejin.journal import Entry
from kejin.journal.canonical import decode
from kejin.journal.tables import entry_table

_E, _P, _A, _C = entry_table.c, person_table.c, access_table.c, case_event_table.c
_JUDGED = ("proposed", "approved", "declined")


@dataclass(frozen=True, slots=True)
class Overrides:
    """How often somebody proposed or decided, and how often against the advice of the model."""

    person_id: str
    name: str
    role: str
    proposed: int
    proposed_against: int
    decided: int
    decided_against: int
    reasons: tuple[tuple[str, str], ...]  # case, reason; newest first


class Audit:
    """The record as one person may see it: all, or what their institution's people did and runs over everything."""

    def __init__(self, store: CaseStore, person: Person, scope: Scope) -> None:
        self.store = store
        self._colleagues = None if scope == "all" else self._people_of(person.head_office)

    def _people_of(self, head: str | None) -> list[str]:
        rows = self.store.rows(select(_P.person_id, _P.institution_id))
        return [
            row["person_id"]
            for row in rows
            if head is not None and row["institution_id"] is not None and head_office(row["institution_id"]) == head
        ]

    def _visible(self) -> list[ColumnElement[bool]]:
        if self._colleagues is None:
            return []
        own = _E.actor.in_(self._colleagues) if self._colleagues else false()
        return [or_(own, and_(_E.subject.is_(None)))]

    def search(
        self,
        *,
        act: str | None = None,
        actor: str | None = None,
        subject: str | None = None,
        as_of: date | None = None,
        before: int | None = None,
        newest: int = 50,
    ) -> list[Entry]:
        """The newest entries that fit, newest first.

        before   only entries with smaller numbers: the next page.
        Raises   InputError journal.entry_changed at an entry whose bytes do not fit its hash.
        """
        wanted = {"act": act, "actor": actor, "subject": subject, "as_of": as_of.isoformat() if as_of else None}
        filters = [_E[name] == value for name, value in wanted.items() if value]
        if before is not None:
            filters.append(_E.sequence < before)
        query = select(_E.sequence).where(*filters, *self._visible()).order_by(_E.sequence.desc()).limit(newest)
        return [self.store.journal.get(row["sequence"]) for row in self.store.rows(query)]

    def entry(self, sequence: int) -> Entry:
        """One entry. Raises InputError journal.entry_absent, casework.object_not_found."""
        found = self.store.journal.get(sequence)
        if self._colleagues is not None and found.subject is not None and found.actor not in self._colleagues:
            raise InputError("casework.object_not_found", subject=sequence)
        return found

    def entries(self) -> Iterator[Entry]:
        """Every entry that may be seen, in order."""
        for found in self.store.journal.entries():
            if self._colleagues is None or found.subject is None or found.actor in self._colleagues:
                yield found

    def acts(self) -> list[str]:
        """The acts that there are, to choose from."""
        return [row["act"] for row in self.store.rows(select(_E.act).distinct().order_by(_E.act))]

    def overrides(self) -> list[Overrides]:
        """Per person: proposals and decisions, and those against the advice; most against it first."""
        people = {row["person_id"]: row for row in self.store.rows(select(_P.person_id, _P.name, _P.role))}
        counts: dict[str, dict[str, Any]] = {}
        query = select(_C.case_id, _C.kind, _C.actor, _C.details).where(_C.kind.in_(_JUDGED)).order_by(_C.number.desc())
        for row in self.store.rows(query):
            if self._colleagues is not None and row["actor"] not in self._colleagues:
                continue
            kept = counts.setdefault(row["actor"], {"proposed": [0, 0], "decided": [0, 0], "reasons": []})
            details: Mapping[str, Any] = decode(row["details"])
            which = kept["proposed" if row["kind"] == "proposed" else "decided"]
            which[0] += 1
            if details.get("override"):
                which[1] += 1
                kept["reasons"].append((row["case_id"], str(details.get("override_reason") or "")))
        found = [
            Overrides(
                actor,
                people[actor]["name"] if actor in people else actor,
                people[actor]["role"] if actor in people else "",
                kept["proposed"][0],
                kept["proposed"][1],
                kept["decided"][0],
                kept["decided"][1],
                tuple(kept["reasons"][:20]),
            )
            for actor, kept in counts.items()
        ]
        return sorted(found, key=lambda one: (-(one.proposed_against + one.decided_against), one.person_id))

    def looks(
        self,
        *,
        person_id: str | None = None,
        company_id: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        newest: int = 200,
    ) -> list[Mapping[str, Any]]:
        """Who looked at, downloaded or was refused what; newest first."""
        query = select(access_table).order_by(_A.number.desc()).limit(newest)
        for column, value in ((_A.person_id, person_id), (_A.company_id, company_id), (_A.kind, kind)):
            if value:
                query = query.where(column == value)
        if since is not None:
            query = query.where(_A.at >= since)
        if self._colleagues is not None:
            query = query.where(_A.person_id.in_(self._colleagues))
        return self.store.rows(query)

    def last(self) -> int:
        """The number of the last entry; 0 where there is none."""
        with self.store.reading() as connection:
            return int(connection.scalar(select(func.max(_E.sequence))) or 0)

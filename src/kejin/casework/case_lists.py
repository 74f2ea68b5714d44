"""Which loan cases are there, what waits for whom, and how often does each person go against the advice?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from kejin.casework.case_states import OVER
from kejin.casework.people import Person, head_office
from kejin.casework.permissions import Scope
from kejin.casework.store import CaseStore
from kejin.casework.tables import case_event_table, case_table
from kejin.journal.canonical import decode

_C, _E = case_table.c, case_event_table.c
SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class OverrideCount:
    """How often one person proposed or decided, and how often against the advice or above the limit."""

    person_id: str
    proposals: int
    proposals_over: int
    decisions: int
    decisions_over: int

    @property
    def share(self) -> float:
        return (self.proposals_over + self.decisions_over) / (self.proposals + self.decisions)


@dataclass(frozen=True, slots=True)
class Override:
    """One act against the advice."""

    case_id: str
    company_name: str
    person_id: str
    kind: str
    advice: str | None
    reason: str
    happened_at: Any
    journal_entry: int


def cases_of(
    store: CaseStore,
    person: Person,
    scope: Scope,
    *,
    state: str = "",
    advice: str = "",
    words: str = "",
    company_id: str | None = None,
    most: int = SHOWN_MAX,
) -> list[Mapping[str, Any]]:
    """The rows of the cases in a person's scope, those changed last first."""
    query = _in_scope(select(case_table), person, scope)
    if state == "open":
        query = query.where(_C.state.not_in(sorted(OVER)))
    elif state:
        query = query.where(_C.state == state)
    if advice:
        query = query.where(_C.advice == advice)
    if company_id is not None:
        query = query.where(_C.company_id == company_id)
    if words:
        query = query.where(
            _C.company_name.contains(words, autoescape=True) | (_C.case_id == words) | (_C.company_id == words)
        )
    return store.rows(query.order_by(_C.changed_at.desc(), _C.case_id).limit(most))


def overrides(store: CaseStore, person: Person, scope: Scope) -> tuple[list[OverrideCount], list[Override]]:
    """Counts a person, highest share first, and the acts behind them, newest first."""
    kinds = ("proposed", "approved", "declined")
    query = select(_E.case_id, _E.kind, _E.actor, _E.details, _E.happened_at, _E.journal_entry, _C.company_name)
    query = query.join(case_table, _C.case_id == _E.case_id).where(_E.kind.in_(kinds))
    counted: dict[str, list[int]] = {}
    acts = []
    for row in store.rows(_in_scope(query, person, scope).order_by(_E.number.desc())):
        details = decode(row["details"])
        place = 0 if row["kind"] == "proposed" else 2
        counts = counted.setdefault(row["actor"], [0, 0, 0, 0])
        counts[place] += 1
        if details["override"]:
            counts[place + 1] += 1
            named = {name: row[name] for name in ("case_id", "company_name", "kind", "happened_at", "journal_entry")}
            acts.append(
                Override(
                    person_id=row["actor"], advice=details["advice"], reason=details["override_reason"] or "", **named
                )
            )
    found = [OverrideCount(name, *counts) for name, counts in counted.items()]
    return sorted(found, key=lambda one: (-one.share, one.person_id)), acts


def _in_scope(query: Select[Any], person: Person, scope: Scope) -> Select[Any]:
    if scope == "all":
        return query
    if scope == "own":
        return query.where(_C.company_id == (person.company_id or ""))
    if person.institution_id is None:
        return query.where(_C.case_id == "")
    if scope == "branch":
        return query.where(_C.institution_id == person.institution_id)
    head = head_office(person.institution_id)
    return query.where((_C.institution_id == head) | _C.institution_id.startswith(head + "-", autoescape=True))

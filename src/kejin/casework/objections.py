"""Is this figure about us wrong? A company objects, a risk manager of the institution answers within the deadline.

An objection (征信异议) is a matter: opened by somebody of the company, answered once by a risk manager of the
institution that uses the figure, who is never the same person. Each step is an event with its journal entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from kejin.casework.events import Event, append_event, events_of
from kejin.casework.history_check import says_the_same, state_told
from kejin.casework.people import Person, head_office
from kejin.casework.permissions import ROLES
from kejin.casework.store import CaseStore, database_of, now
from kejin.casework.tables import matter_event_table, matter_table
from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record, value_hash
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import Figure, from_rule
from kejin.workflows.evaluate_companies import rule_use
from kejin.workflows.fill_rules import fill_rules

KIND = "objection"
OPEN_ACT, ANSWER_ACT = "objection_open", "objection_answer"
STATES = ("open", "corrected", "upheld")  # corrected: the company was right; upheld: the figure stays
TEXT_LENGTH_MIN = 5
_M = matter_table.c


@dataclass(frozen=True)
class ObjectionRules:
    """How long an institution may take to answer."""

    answer_days: Figure = from_rule("casework/objection_answer_days")


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection with its history."""

    matter_id: str
    company_id: str
    institution_id: str
    figure: str
    state: str
    version: int
    maker: str
    due_on: date
    events: tuple[Event, ...]

    def is_late(self, today: date) -> bool:
        return self.state == "open" and today > self.due_on


def open_objection(
    store: CaseStore, overlay: Path | None, person: Person, institution_id: str, figure: str, as_of: date, reason: str
) -> Objection:
    """The company says what is wrong with a figure, as an institution saw it on a day.

    overlay   the institution's own rule files.
    Raises    InputError casework.object_not_found for somebody who is not of a company; .objection_reason_missing;
              .objection_open_already for a figure that waits for an answer.
    """
    if person.role != "company" or person.company_id is None:
        raise InputError("casework.object_not_found", subject=figure)
    _check_text(reason)
    today = now().date()
    lookups = Lookups(RuleBook.shipped(overlay), today, today)
    due_on = today + timedelta(days=int(fill_rules(ObjectionRules, lookups).answer_days.value))
    head, subject = head_office(institution_id), f"{person.company_id}:{figure}"
    details = {
        "company": person.company_id,
        "institution": head,
        "figure": figure,
        "as_of": as_of,
        "due_on": due_on,
        "reason": reason.strip(),
    }
    with store.writing() as connection:
        same = (_M.kind == KIND) & (_M.subject == subject) & (_M.institution_id == head) & (_M.state == "open")
        if connection.execute(select(_M.matter_id).where(same)).first():
            raise InputError("casework.objection_open_already", figure=figure)
        count = int(connection.scalar(select(func.count()).where(_M.kind == KIND)) or 0)
        matter_id = f"OBJ-{today.year}-{count + 1:06d}"
        record = _record(OPEN_ACT, person, matter_id, 1, "opened", details, "open", lookups)
        event = append_event(connection, store.journal, matter_event_table, matter_id, 0, "opened", record, details)
        connection.execute(
            matter_table.insert().values(
                matter_id=matter_id,
                kind=KIND,
                subject=subject,
                institution_id=head,
                company_id=person.company_id,
                state="open",
                maker=person.person_id,
                checker=None,
                version=1,
                due_on=due_on,
                changed_at=event.happened_at,
            )
        )
    return _folded(matter_id, [event])


def answer_objection(
    store: CaseStore, person: Person, matter_id: str, seen_version: int, corrected: bool, reason: str
) -> Objection:
    """The institution's answer, once.

    corrected   the company was right: the figure is to be corrected at its source.
    Raises      InputError casework.not_allowed for another role, .object_not_found for another institution's,
                .objection_answered, .objection_reason_missing, .version_old, .one_person.
    """
    if person.role != "risk_manager":
        role = ROLES[person.role]
        raise InputError("casework.not_allowed", role_zh=role.zh, role_en=role.en, action="objection.answer")
    _check_text(reason)
    with store.writing() as connection:
        before = _found(connection, matter_id)
        if before.institution_id != person.head_office:
            raise InputError("casework.object_not_found", subject=matter_id)
        if before.state != "open":
            raise InputError("casework.objection_answered", objection=matter_id)
        if before.maker == person.person_id:
            raise InputError("casework.objection_one_person", objection=matter_id)
        state = "corrected" if corrected else "upheld"
        details = {"state": state, "reason": reason.strip()}
        version = before.version + 1
        record = _record(
            ANSWER_ACT, person, matter_id, version, "answered", details, state, None, before.company_id, before.events
        )
        event = append_event(
            connection, store.journal, matter_event_table, matter_id, seen_version, "answered", record, details
        )
        connection.execute(
            matter_table.update()
            .where(_M.matter_id == matter_id)
            .values(state=state, checker=person.person_id, version=version, changed_at=event.happened_at)
        )
    return _folded(matter_id, [*before.events, event])


def objection(store: CaseStore, matter_id: str) -> Objection:
    """One objection. Raises InputError casework.object_not_found."""
    with store.reading() as connection:
        return _found(connection, matter_id)


def objections(store: CaseStore, *, company_id: str | None = None, head: str | None = None) -> list[Objection]:
    """Objections of a company or to an institution, those that wait first, by their day."""
    query = select(_M.matter_id).where(_M.kind == KIND)
    if company_id is not None:
        query = query.where(_M.company_id == company_id)
    if head is not None:
        query = query.where(_M.institution_id == head)
    with store.reading() as connection:
        names = connection.execute(query.order_by(_M.state != "open", _M.due_on, _M.matter_id).limit(500)).scalars()
        return [_found(connection, name) for name in names.all()]


def replay(workspace: Path, entry: Entry) -> str:
    """The hash of the state that the stored history of an objection gives at an entry's step.

    Raises InputError casework.objection_differs where history, entry and row do not tell the same.
    """
    matter_id, version = str(entry.inputs["objection"]), int(entry.inputs["version"])
    with Journal.open(database_of(workspace), create=False) as journal, journal.reading() as connection:
        events = events_of(connection, matter_event_table, matter_id)
        row = connection.execute(select(matter_table).where(_M.matter_id == matter_id)).mappings().first()
    _, step = state_told(
        entry,
        events,
        lambda until: _folded(matter_id, list(until)) if until else None,
        lambda told: says_the_same(row, row_of(told)),
        InputError("casework.objection_differs", objection=matter_id, version=version),
    )
    return value_hash(_state(matter_id, version, step.kind, step.details), entry.algorithm)


def row_of(told: Objection) -> dict[str, Any]:
    """What the row beside the history must say."""
    return {
        "kind": KIND,
        "subject": f"{told.company_id}:{told.figure}",
        "institution_id": told.institution_id,
        "company_id": told.company_id,
        "state": told.state,
        "maker": told.maker,
        "checker": None if told.state == "open" else told.events[-1].actor,
        "version": told.version,
        "due_on": told.due_on,
    }


def _check_text(reason: str) -> None:
    if len(reason.strip()) < TEXT_LENGTH_MIN:
        raise InputError("casework.objection_reason_missing", least=TEXT_LENGTH_MIN)


def _found(connection: Connection, matter_id: str) -> Objection:
    events = events_of(connection, matter_event_table, matter_id)
    if not events or "figure" not in events[0].details:
        raise InputError("casework.object_not_found", subject=matter_id)
    return _folded(matter_id, events)


def _folded(matter_id: str, events: list[Event]) -> Objection:
    first, last = events[0], events[-1]
    told = first.details
    return Objection(
        matter_id,
        str(told["company"]),
        str(told["institution"]),
        str(told["figure"]),
        str(last.details.get("state", "open")),
        last.version,
        first.actor,
        told["due_on"],
        tuple(events),
    )


def _state(matter_id: str, version: int, kind: str, details: Mapping[str, Any]) -> dict[str, Any]:
    return {"objection": matter_id, "version": version, "kind": kind, "details": dict(details)}


def _record(
    act: str,
    person: Person,
    matter_id: str,
    version: int,
    kind: str,
    details: Mapping[str, Any],
    state: str,
    lookups: Lookups | None,
    company_id: str | None = None,
    before: tuple[Event, ...] = (),
) -> Record:
    """The journal's record of a step; the deadline cites its rule."""
    today = now().date()
    return Record(
        act=act,
        actor=person.person_id,
        role=person.role,
        subject=company_id or person.company_id,
        inputs={"objection": matter_id, "version": version, "kind": kind, "details": dict(details)},
        result={"state": state, "due_on": details.get("due_on")},
        result_hash=value_hash(_state(matter_id, version, kind, details)),
        as_of=today,
        refers_to=tuple(event.journal_entry for event in before),
        known_on=None if lookups is None else today,
        rule_edition=None if lookups is None else lookups.edition,
        rules_used=() if lookups is None else tuple(rule_use(one) for one in lookups.records()),
    )

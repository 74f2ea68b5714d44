"""What did two people decide about something that is no loan case: a money trail, a warning, an objection, a rule?

A matter is opened, proposed by a maker with a comment, and confirmed or sent back by a checker, who is somebody else.
Each step is an event with its journal entry in one transaction; the state is what the events fold to.

```text
open ──propose──▶ proposed ──confirm──▶ closed
                   ▲    │
                   │    └──send back──▶ returned
                   └──────propose──────────┘
```
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from kejin.casework.events import Event, append_event, events_of
from kejin.casework.history_check import says_the_same, state_told
from kejin.casework.people import Person
from kejin.casework.store import CaseStore, database_of, now
from kejin.casework.tables import matter_event_table, matter_table
from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record, value_hash
from kejin.journal.canonical import Value

KINDS = ("trail", "warning", "objection", "rule", "model", "exemption")
STATES = ("open", "proposed", "returned", "closed")
COMMENT_LENGTH_MIN, COMMENT_LENGTH_MAX = 4, 4_000
_M = matter_table.c
# Event -> the states in which it may happen.
_ALLOWED = {"propose": ("open", "returned"), "confirm": ("proposed",), "send_back": ("proposed",)}
EVENTS = ("open", *_ALLOWED)


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter as it stands.

    about       what it was opened with: the figures that were there to see.
    proposal    what the last maker proposes or proposed; empty before.
    makers      everybody who ever proposed in it: none of them may confirm.
    """

    matter_id: str
    kind: str
    subject: str
    institution_id: str | None
    company_id: str | None
    state: str
    maker: str
    checker: str | None
    version: int
    due_on: date | None
    about: Mapping[str, Any] = field(default_factory=dict)
    proposal: Mapping[str, Any] = field(default_factory=dict)
    makers: tuple[str, ...] = ()
    comment: str | None = None

    def as_plain(self) -> dict[str, Any]:
        plain = asdict(self)
        return plain | {"makers": list(self.makers), "about": dict(self.about), "proposal": dict(self.proposal)}


class Matters:
    """The matters of a store."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, matter_id: str) -> Matter | None:
        """One matter, folded from its history; None where there is none."""
        with self.store.reading() as connection:
            return fold(matter_id, events_of(connection, matter_event_table, matter_id))

    def history(self, matter_id: str) -> list[Event]:
        """What happened to it, in order."""
        with self.store.reading() as connection:
            return events_of(connection, matter_event_table, matter_id)

    def rows(
        self,
        kind: str,
        *,
        head_office: str | None = None,
        company_id: str | None = None,
        states: Sequence[str] = STATES,
        newest: int = 1_000,
    ) -> list[Mapping[str, Any]]:
        """The rows beside the histories, those changed last first.

        head_office   only of this institution and its branches.
        """
        query = select(matter_table).where(_M.kind == kind, _M.state.in_(states))
        if head_office is not None:
            of_branch = _M.institution_id.startswith(f"{head_office}-", autoescape=True)
            query = query.where((_M.institution_id == head_office) | of_branch)
        if company_id is not None:
            query = query.where(_M.company_id == company_id)
        return self.store.rows(query.order_by(_M.changed_at.desc(), _M.matter_id).limit(newest))

    def of_subject(self, kind: str, subject: str, institution_id: str | None) -> Matter | None:
        """The newest matter about a subject at an institution; None where there is none."""
        query = (
            select(_M.matter_id)
            .where(_M.kind == kind, _M.subject == subject, _same(institution_id))
            .order_by(_M.changed_at.desc())
        )
        row = self.store.row(query)
        return None if row is None else self.find(row["matter_id"])

    # ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(
        self,
        person: Person,
        kind: str,
        subject: str,
        *,
        institution_id: str | None,
        company_id: str | None = None,
        about: Mapping[str, Value] | None = None,
        due_on: date | None = None,
        as_of: date | None = None,
    ) -> Matter:
        """A new matter. Raises InputError casework.matter_open_already where one about this is not closed yet."""
        assert kind in KINDS, kind
        matter_id = f"{kind}-{secrets.token_hex(6)}"
        details: dict[str, Value] = {
            "kind": kind,
            "subject": subject,
            "institution_id": institution_id,
            "company_id": company_id,
            "about": dict(about or {}),
            "due_on": due_on,
        }
        with self.store.writing() as connection:
            query = select(_M.matter_id).where(
                _M.kind == kind, _M.subject == subject, _same(institution_id), _M.state != "closed"
            )
            if (there := connection.scalar(query)) is not None:
                raise InputError("casework.matter_open_already", subject=subject, matter=there)
            return self._step(connection, person, matter_id, "open", 0, details, as_of)

    def propose(
        self, person: Person, matter_id: str, seen_version: int, comment: str, proposal: Mapping[str, Value]
    ) -> Matter:
        """A maker says what should be done, and why.

        Raises InputError casework.matter_comment_missing, .object_not_found, .matter_state_wrong, .version_old.
        """
        details: dict[str, Value] = {"comment": checked_comment(comment), "proposal": dict(proposal)}
        with self.store.writing() as connection:
            self._check(connection, matter_id, "propose")
            return self._step(connection, person, matter_id, "propose", seen_version, details)

    def confirm(self, person: Person, matter_id: str, seen_version: int, comment: str) -> Matter:
        """A checker, who is somebody else than every maker, says yes; the matter is closed.

        Raises InputError as `propose`, and casework.matter_own_proposal.
        """
        return self._answer(person, matter_id, seen_version, "confirm", comment)

    def send_back(self, person: Person, matter_id: str, seen_version: int, comment: str) -> Matter:
        """A checker says no, and why; a maker may propose again. Raises as `confirm`."""
        return self._answer(person, matter_id, seen_version, "send_back", comment)

    def _answer(self, person: Person, matter_id: str, seen_version: int, kind: str, comment: str) -> Matter:
        details: dict[str, Value] = {"comment": checked_comment(comment)}
        with self.store.writing() as connection:
            matter = self._check(connection, matter_id, kind)
            if person.person_id in matter.makers:
                raise InputError("casework.matter_own_proposal", subject=matter.subject)
            return self._step(connection, person, matter_id, kind, seen_version, details)

    def _check(self, connection: Connection, matter_id: str, kind: str) -> Matter:
        matter = fold(matter_id, events_of(connection, matter_event_table, matter_id))
        if matter is None:
            raise InputError("casework.object_not_found", subject=matter_id)
        if matter.state not in _ALLOWED[kind]:
            raise InputError("casework.matter_state_wrong", subject=matter.subject, state=matter.state)
        return matter

    def _step(
        self,
        connection: Connection,
        person: Person,
        matter_id: str,
        kind: str,
        seen_version: int,
        details: dict[str, Value],
        as_of: date | None = None,
    ) -> Matter:
        """One event, its journal entry and the row beside the history, in the transaction of `connection`."""
        events = events_of(connection, matter_event_table, matter_id)
        coming = Event(seen_version + 1, kind, now(), person.person_id, details, 0)
        matter = fold(matter_id, [*events, coming])
        assert matter is not None
        record = Record(
            act=act_of(kind),
            actor=person.person_id,
            role=person.role,
            inputs={"matter": matter_id, "kind": kind, "version": seen_version + 1, "details": details},
            result=result_of(matter),
            as_of=as_of or now().date(),
            subject=matter.subject,
            refers_to=tuple(event.journal_entry for event in events[-1:]),
        )
        append_event(connection, self.store.journal, matter_event_table, matter_id, seen_version, kind, record, details)
        row = row_of(matter) | {"changed_at": now()}
        if events:
            connection.execute(matter_table.update().where(_M.matter_id == matter_id).values(**row))
        else:
            connection.execute(matter_table.insert().values(**row))
        return matter


def fold(matter_id: str, events: Sequence[Event]) -> Matter | None:
    """The matter that a history tells; None for an empty one."""
    matter: Matter | None = None
    for event in events:
        said = event.details
        if matter is None:
            matter = Matter(
                matter_id,
                said["kind"],
                said["subject"],
                said["institution_id"],
                said["company_id"],
                "open",
                event.actor,
                None,
                event.version,
                said["due_on"],
                said["about"],
            )
        elif event.kind == "propose":
            makers = tuple(dict.fromkeys((*matter.makers, event.actor)))
            matter = replace(
                matter,
                state="proposed",
                maker=event.actor,
                checker=None,
                makers=makers,
                proposal=said["proposal"],
                comment=said["comment"],
                version=event.version,
            )
        else:
            state = "closed" if event.kind == "confirm" else "returned"
            matter = replace(matter, state=state, checker=event.actor, comment=said["comment"], version=event.version)
    return matter


def row_of(matter: Matter) -> dict[str, Any]:
    """What the row beside the history must say."""
    names = ("matter_id", "kind", "subject", "institution_id", "company_id", "state", "maker", "checker", "version")
    return {name: getattr(matter, name) for name in names} | {
        "due_on": None if matter.state == "closed" else matter.due_on
    }


def act_of(kind: str) -> str:
    """The act in the journal of a kind of event."""
    return f"matter_{kind}"


def result_of(matter: Matter) -> dict[str, Any]:
    """What an entry holds as its result: the state that the history folds to."""
    return {"state": matter.as_plain()}


def checked_comment(text: str) -> str:
    """Raises InputError casework.matter_comment_missing."""
    said = text.strip()
    if not COMMENT_LENGTH_MIN <= len(said) <= COMMENT_LENGTH_MAX:
        raise InputError("casework.matter_comment_missing", least=COMMENT_LENGTH_MIN, most=COMMENT_LENGTH_MAX)
    return said


def replay_matter(workspace: Path, entry: Entry) -> str:
    """The hash of the state that the stored history gives at an entry's step.

    Raises InputError casework.matter_differs where history, entry and row do not tell the same.
    """
    matter_id = str(entry.inputs["matter"])
    with Journal.open(database_of(workspace), create=False) as journal, journal.reading() as connection:
        events = events_of(connection, matter_event_table, matter_id)
        row = connection.execute(select(matter_table).where(_M.matter_id == matter_id)).mappings().first()
    matter, _ = state_told(
        entry,
        events,
        lambda until: fold(matter_id, list(until)),
        lambda matter: says_the_same(row, row_of(matter)),
        InputError("casework.matter_differs", matter=matter_id, version=int(entry.inputs["version"])),
    )
    return value_hash(result_of(matter), entry.algorithm)


def _same(institution_id: str | None) -> Any:
    return _M.institution_id.is_(None) if institution_id is None else _M.institution_id == institution_id


REPLAYERS = {act_of(kind): replay_matter for kind in EVENTS}

"""What happened to one thing, in order? Appending and reading the events of loan cases and matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.exc import IntegrityError

from kejin.casework.store import next_number, now
from kejin.casework.webhooks import announce
from kejin.errors import InputError
from kejin.journal import Journal, Record
from kejin.journal.canonical import Value, decode, encode


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the history of a case or matter."""

    version: int
    kind: str
    happened_at: datetime
    actor: str
    details: Mapping[str, Any]
    journal_entry: int


def events_of(connection: Connection, table: Table, key: str) -> list[Event]:
    """The events of one case or matter in order; empty where there is none."""
    rows = connection.execute(select(table).where(_key(table) == key).order_by(table.c.version)).all()
    return [
        Event(row.version, row.kind, row.happened_at, row.actor, decode(row.details), row.journal_entry) for row in rows
    ]


def append_event(
    connection: Connection,
    journal: Journal,
    table: Table,
    key: str,
    seen_version: int,
    kind: str,
    record: Record,
    details: Mapping[str, Value],
) -> Event:
    """One more event and its journal entry, in the transaction of `connection`.

    seen_version   the version that the actor saw; 0 for the first event.
    Raises         InputError casework.version_old where somebody was quicker; nothing is then written.
    """
    stored = int(connection.scalar(select(func.max(table.c.version)).where(_key(table) == key)) or 0)
    if stored != seen_version:
        raise InputError("casework.version_old", subject=key, seen=seen_version, now=stored)
    entry = journal.append(record, connection)
    at = now()
    row = {
        _key(table).name: key,
        "number": next_number(connection, table),
        "version": seen_version + 1,
        "kind": kind,
        "happened_at": at,
        "actor": record.actor,
        "details": encode(dict(details)),
        "journal_entry": entry.sequence,
    }
    try:
        connection.execute(table.insert().values(**row))
    except IntegrityError as error:
        raise InputError("casework.version_old", subject=key, seen=seen_version, now=stored + 1) from error
    announce(connection, f"{table.name.removesuffix('_event')}.{kind}", key, seen_version + 1, entry.sequence)
    return Event(seen_version + 1, kind, at, record.actor, dict(details), entry.sequence)


def entries_of(events: Sequence[Event]) -> tuple[int, ...]:
    """The journal entries behind a history."""
    return tuple(event.journal_entry for event in events)


def _key(table: Table) -> Any:
    """The column that names the thing: case_id or matter_id."""
    return table.c.case_id if "case_id" in table.c else table.c.matter_id

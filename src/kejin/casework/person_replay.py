"""Does the table of people still tell what the journal says? Who was added, let in, shut out, given a new password."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kejin.casework.store import database_of
from kejin.casework.tables import person_table
from kejin.errors import InputError
from kejin.journal import Entry, Journal, value_hash

ADDED, ACTIVATED, DEACTIVATED, RESET = "person_added", "person_activated", "person_deactivated", "password_reset"
ACTS = (ADDED, ACTIVATED, DEACTIVATED, RESET)
_LETS_IN = {ADDED: True, ACTIVATED: True, DEACTIVATED: False}


def replay_person(workspace: Path, entry: Entry) -> str:
    """The hash of what the store tells of a person at an entry's step.

    Role and place are as they were given, nobody changes them; whether somebody may log in is told by the newest act
    of this kind, which the row must repeat; of a password only that a new one was due can be told.
    Raises   InputError casework.person_differs where the row is not there or does not say what the journal says.
    """
    person_id = str(entry.inputs["person_id"])
    with Journal.open(database_of(workspace), create=False) as journal:
        with journal.reading() as connection:
            query = select(person_table).where(person_table.c.person_id == person_id)
            row = connection.execute(query).mappings().first()
        newest = max((one.sequence for act in _LETS_IN for one in journal.find(act=act, subject=person_id)), default=0)
    differs = InputError("casework.person_differs", person=person_id, entry=entry.sequence)
    if row is None or entry.subject != person_id:
        raise differs
    if entry.act in _LETS_IN and entry.sequence == newest and bool(row["active"]) != _LETS_IN[entry.act]:
        raise differs
    told = _told(entry.act, dict(row))
    # Entries of an earlier version say less; what they say must hold.
    return value_hash({name: value for name, value in told.items() if name in (entry.result or {})}, entry.algorithm)


def _told(act: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if act == RESET:
        return {"must_change": True}
    place = {name: row[name] for name in ("role", "institution_id", "company_id")} if act == ADDED else {}
    return place | {"active": _LETS_IN[act]}

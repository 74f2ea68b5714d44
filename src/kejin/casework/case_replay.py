"""Does the stored history of a case still tell what the journal says? It is folded anew and compared."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from kejin.casework.case_record import in_journal, result_of, row_of
from kejin.casework.case_states import fold
from kejin.casework.events import events_of
from kejin.casework.store import database_of
from kejin.casework.tables import case_event_table, case_table
from kejin.errors import InputError
from kejin.journal import Entry, Journal, value_hash


def replay_case(workspace: Path, entry: Entry) -> str:
    """The hash of the state that the stored history gives at an entry's step.

    The history must tell what the entry tells, and for the newest step the row beside it must say the same.
    Raises   InputError casework.history_differs where it does not.
    """
    case_id, version = str(entry.inputs["case"]), int(entry.inputs["version"])
    with Journal.open(database_of(workspace), create=False) as journal, journal.reading() as connection:
        events = events_of(connection, case_event_table, case_id)
        row = connection.execute(select(case_table).where(case_table.c.case_id == case_id)).mappings().first()
    until = [event for event in events if event.version <= version]
    state = fold(case_id, until)
    if state is None or state.version != version:
        raise InputError("casework.history_differs", case=case_id, version=version)
    step = until[-1]
    told = (step.kind, step.actor, step.journal_entry, value_hash(in_journal(step.details)))
    if told != (entry.inputs["kind"], entry.actor, entry.sequence, value_hash(dict(entry.inputs["details"]))):
        raise InputError("casework.history_differs", case=case_id, version=version)
    if version == events[-1].version and (
        row is None or any(row[name] != said for name, said in row_of(state).items())
    ):
        raise InputError("casework.history_differs", case=case_id, version=version)
    return value_hash(result_of(state, step.details), entry.algorithm)

"""Does the stored history of a case still tell what the journal says? It is folded anew and compared."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from kejin.casework.case_record import in_journal, result_of, row_of
from kejin.casework.case_states import fold
from kejin.casework.events import events_of
from kejin.casework.history_check import says_the_same, state_told
from kejin.casework.store import database_of
from kejin.casework.tables import case_event_table, case_table
from kejin.errors import InputError
from kejin.journal import Entry, Journal, value_hash


def replay_case(workspace: Path, entry: Entry) -> str:
    """The hash of the state that the stored history gives at an entry's step.

    The history must tell what the entry tells, and for the newest step the row beside it must say the same.
    Raises   InputError casework.history_differs where it does not.
    """
    case_id = str(entry.inputs["case"])
    with Journal.open(database_of(workspace), create=False) as journal, journal.reading() as connection:
        events = events_of(connection, case_event_table, case_id)
        row = connection.execute(select(case_table).where(case_table.c.case_id == case_id)).mappings().first()
    state, step = state_told(
        entry,
        events,
        lambda until: fold(case_id, list(until)),
        lambda state: says_the_same(row, row_of(state)),
        InputError("casework.history_differs", case=case_id, version=int(entry.inputs["version"])),
        in_journal,
    )
    return value_hash(result_of(state, step.details), entry.algorithm)

"""The same journal on PostgreSQL: one chain from two writers, guards, tampering found.

On the database of KEJIN_TEST_POSTGRES, e.g. postgresql+psycopg://user@host/name, else on a server of the run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from journal_samples import record
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kejin.journal import ExportFile, Journal, verify

APPENDER = Path(__file__).with_name("append_entries.py")


def test_two_writers_guards_and_tampering(postgres_schema: str, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, str(APPENDER), postgres_schema, "50", name, "1"]) for name in ("one", "two")
    ]
    assert [writer.wait(timeout=300) for writer in writers] == [0, 0]
    with Journal.open(postgres_schema, create=False) as journal:
        assert journal.verify().ok
        assert journal.head().sequence == 100
        assert len(list(journal.find(actor="one"))) == 50
        assert journal.export(tmp_path / "journal.jsonl") == 100
        assert verify(ExportFile(tmp_path / "journal.jsonl"), [journal.anchor()]).ok
        for change in ("UPDATE journal_entry SET act = 'x'", "DELETE FROM journal_entry", "TRUNCATE journal_entry"):
            refused(journal, change)
        with journal.transaction() as connection:
            connection.execute(text("ALTER TABLE journal_entry DISABLE TRIGGER ALL"))
            connection.execute(text("UPDATE journal_entry SET body = set_byte(body, 100, 1) WHERE sequence = 7"))
            connection.execute(text("DELETE FROM journal_entry WHERE sequence = 9"))
        found = {(finding.code, finding.sequence) for finding in journal.verify().findings}
        assert {("journal.entry_changed", 7), ("journal.entries_missing", 9), ("journal.guard_absent", None)} <= found
        assert journal.append(record(1)).sequence == 101


def refused(journal: Journal, change: str) -> None:
    with journal._engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(change))

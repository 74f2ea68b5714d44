"""Records to try a journal with, and the ways to tamper with it that somebody with the file in hand has."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from kejin.journal import Journal, Record, RuleUse
from kejin.journal.tables import SQLITE_GUARDS

COLUMNS = ("previous_hash", "entry_hash", "body", "act", "actor", "subject", "as_of", "recorded_at")


def record(number: int, actor: str = "李四") -> Record:
    """A loan decision, different for every number."""
    return Record(
        act="assess_loan" if number % 3 else "value_patents",
        actor=actor,
        role="loan_officer",
        subject=f"9144030{number:011d}" if number % 5 else None,
        as_of=date(2026, 1, 1) + timedelta(days=number) if number % 7 else None,
        known_on=date(2026, 12, 31),
        inputs={"amount_cny": Decimal(number) * 1000, "purpose": "研发"},
        result={"decision": "refuse", "reasons": ["credit.debt_high"], "default_probability_1y": number / 7},
        rows_hash="a" * 64,
        row_counts={"company": 1, "loan": number},
        rule_edition="e" * 64,
        rules_used=(
            RuleUse(name="credit/limit", value=Decimal("0.7"), from_=None, document=None, confidence="unverified"),
        ),
        model_versions={"default": "1.0"},
    )


class Ticking:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 31, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def make_journal(path: Path, entries: int, algorithm: str | None = None) -> Path:
    with Journal.open(path, algorithm, clock=Ticking()) as journal:
        journal.append_all(record(number) for number in range(1, entries + 1))
    return path


def copy_of(path: Path, folder: Path) -> Path:
    return Path(shutil.copy(path, folder / "copy.sqlite"))


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file with the guards off; they are back when it closes, as a forger would leave them."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    try:
        for name in SQLITE_GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        connection.commit()
        yield connection
        for name, body in SQLITE_GUARDS.items():
            connection.execute(f"CREATE TRIGGER {name} {body}")
        connection.commit()
    finally:
        connection.close()


def raw(connection: sqlite3.Connection, column: str, sequence: int) -> bytes | None:
    query = f"SELECT CAST({column} AS BLOB) FROM journal_entry WHERE sequence = ?"
    return connection.execute(query, (sequence,)).fetchone()[0]


def put(connection: sqlite3.Connection, column: str, sequence: int, value: bytes | None) -> None:
    kind = "BLOB" if column == "body" else "TEXT"
    query = f"UPDATE journal_entry SET {column} = CAST(? AS {kind}) WHERE sequence = ?"
    connection.execute(query, (value, sequence))
    connection.commit()


def renumber(connection: sqlite3.Connection, old: int, new: int) -> None:
    connection.execute("UPDATE journal_entry SET sequence = ? WHERE sequence = ?", (new, old))

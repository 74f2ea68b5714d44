"""Where are cases, people and consents kept? In the journal's store: an act and its entry stand or fall together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Table, func, select

from kejin.casework.tables import metadata
from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record
from kejin.journal.place import database_of

_MIGRATIONS = Path(__file__).parent / "migrations"


class CaseStore:
    """An open store of cases with its journal. Close it or use it in a `with`; threads may share it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    @classmethod
    def open(cls, database: Path | str, *, algorithm: str | None = None) -> CaseStore:
        """Opens the store, makes it where it is not there, brings older tables up to date.

        Raises as `Journal.open`; InputError casework.store_newer where a later program made the tables.
        """
        journal = Journal.open(database, algorithm)
        try:
            with journal.transaction() as connection:
                _migrate(connection)
        except BaseException:
            journal.close()
            raise
        return cls(journal)

    def close(self) -> None:
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A short write transaction; other writers wait."""
        with self.journal.transaction() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self.journal.reading() as connection:
            yield connection

    def record(self, connection: Connection, record: Record) -> Entry:
        """The journal entry of an act, in the transaction of what it changes."""
        return self.journal.append(record, connection)

    def rows(self, query: Any) -> list[Mapping[str, Any]]:
        """The rows of a select, as mappings."""
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, query: Any) -> Mapping[str, Any] | None:
        """The first row of a select; None where there is none."""
        with self.reading() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else dict(found)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def next_number(connection: Connection, table: Table) -> int:
    """The number of the next event; the transaction holds other writers off."""
    return int(connection.scalar(select(func.max(table.c.number))) or 0) + 1


def alembic_config(connection: Connection) -> Config:
    """Alembic over an open connection; no file names the place of the store."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection) -> None:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    script = ScriptDirectory.from_config(config)
    has = MigrationContext.configure(connection, opts={"version_table": "casework_version"}).get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    if unknown := set(has) - known:
        raise InputError("casework.store_newer", found=", ".join(sorted(unknown)), known=", ".join(script.get_heads()))
    if set(has) != set(script.get_heads()):
        command.upgrade(config, "heads")


__all__ = ["CaseStore", "alembic_config", "database_of", "metadata", "next_number", "now"]

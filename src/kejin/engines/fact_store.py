"""The stored facts of a workspace: one DuckDB table a declared table, a log of loads, and what the store is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb

from kejin.engines.on_duckdb import plain_errors
from kejin.errors import InputError
from kejin.facts.declaration import Table
from kejin.facts.tables import ALL_TABLES, SCHEMA_VERSION

LOAD_LOG = """CREATE TABLE load_log (
    load_id BIGINT, file VARCHAR, sha256 VARCHAR, table_name VARCHAR, mapping VARCHAR,
    rows_read BIGINT, rows_loaded BIGINT, rows_rejected BIGINT, rows_unchanged BIGINT,
    known_on_default DATE, loaded_at TIMESTAMP)"""
# From so many rows on, finding one company's rows by an index beats reading the column.
INDEXED_FROM_ROWS = 50_000
META = "CREATE TABLE meta (name VARCHAR, value VARCHAR)"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def fingerprint(tables: dict[str, Table] = ALL_TABLES) -> str:
    """What tells two schemas apart: SHA-256 over the names, storage types and keys of all tables."""
    shape = {
        table.name: {"key": table.key, "columns": [[column.name, column.storage] for column in table.columns]}
        for table in tables.values()
    }
    return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()


def create_table_sql(table: Table) -> str:
    """The statement that makes a declared table."""
    columns = ", ".join(f"{quoted(column.name)} {column.storage}" for column in table.columns)
    return f"CREATE TABLE {quoted(table.name)} ({columns})"


class FactStore:
    """Declared tables in one DuckDB file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._versions: dict[str, bool] | None = None

    def create(self) -> None:
        """Lays out an empty store."""
        with plain_errors(self.path):
            self.connection.execute("BEGIN")
            for table in ALL_TABLES.values():
                self.connection.execute(create_table_sql(table))
            self.connection.execute(LOAD_LOG)
            self.connection.execute(META)
            self.write_meta("schema_version", str(SCHEMA_VERSION))
            self.write_meta("fingerprint", fingerprint())
            self.connection.execute("COMMIT")

    def read_meta(self, name: str) -> str | None:
        rows = self.connection.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchall()
        return str(rows[0][0]) if rows else None

    def write_meta(self, name: str, value: str) -> None:
        self.connection.execute("DELETE FROM meta WHERE name = ?", [name])
        self.connection.execute("INSERT INTO meta VALUES (?, ?)", [name, value])

    def has_versions(self, table: str) -> bool:
        """Whether some key of the table has more than one row."""
        if self._versions is None:
            rows = self.connection.execute("SELECT name FROM meta WHERE name LIKE 'has_versions.%'").fetchall()
            self._versions = {str(row[0]).removeprefix("has_versions."): True for row in rows}
        return self._versions.get(table, False)

    def note_versions(self, table: str) -> None:
        """From now on the table holds rows that supersede others."""
        self.write_meta(f"has_versions.{table}", "yes")
        self._versions = None

    def forget(self) -> None:
        """Drops what was read before, after a transaction that may have been rolled back."""
        self._versions = None

    def stored_columns(self) -> dict[str, dict[str, str]]:
        """Table -> column -> storage type as it is in the file."""
        found: dict[str, dict[str, str]] = {}
        rows = self.connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE NOT internal AND schema_name = 'main' AND database_name = current_database()"
        ).fetchall()
        for table, column, storage in rows:
            found.setdefault(table, {})[column] = storage
        return found

    def missing_parts(self) -> list[tuple[str, str | None]]:
        """What the declared schema has and the store lacks: (table, column), or (table, None) for a whole table.

        Raises engines.store_unreadable when it is no store of facts, facts.schema_newer when a later Kejin wrote
        it, and facts.schema_changed when a stored column has another type or is declared no more.
        """
        stored = self.stored_columns()
        if "meta" not in stored or "load_log" not in stored:
            raise InputError("engines.store_unreadable", path=self.path, said="no table named meta")
        version = int(self.read_meta("schema_version") or 0)
        if version > SCHEMA_VERSION:
            raise InputError("facts.schema_newer", path=self.path, found=version, known=SCHEMA_VERSION)
        if self.read_meta("fingerprint") == fingerprint():
            return []
        missing: list[tuple[str, str | None]] = []
        for table in ALL_TABLES.values():
            columns = stored.get(table.name)
            if columns is None:
                missing.append((table.name, None))
                continue
            self._refuse_changes(table, columns)
            missing += [(table.name, column.name) for column in table.columns if column.name not in columns]
        return missing

    def _refuse_changes(self, table: Table, columns: dict[str, str]) -> None:
        declared = {column.name: column.storage for column in table.columns}
        for name, storage in columns.items():
            if declared.get(name) != storage:
                raise InputError(
                    "facts.schema_changed",
                    path=self.path,
                    table=table.name,
                    column=name,
                    found=storage,
                    declared=declared.get(name, "-"),
                )
        for name in table.key:
            if name not in columns:
                raise InputError(
                    "facts.schema_changed", path=self.path, table=table.name, column=name, found="-", declared="key"
                )

    def is_current(self) -> bool:
        return self.read_meta("fingerprint") == fingerprint() and self.read_meta("schema_version") == str(
            SCHEMA_VERSION
        )

    def migrate(self, missing: list[tuple[str, str | None]]) -> None:
        """Adds what is missing, in one transaction."""
        with plain_errors(self.path):
            self.connection.execute("BEGIN")
            for table_name, column_name in missing:
                table = ALL_TABLES[table_name]
                if column_name is None:
                    self.connection.execute(create_table_sql(table))
                    continue
                storage = table.column(column_name).storage
                self.connection.execute(f"ALTER TABLE {quoted(table_name)} ADD COLUMN {quoted(column_name)} {storage}")
            self.write_meta("schema_version", str(SCHEMA_VERSION))
            self.write_meta("fingerprint", fingerprint())
            self.connection.execute("COMMIT")

    def index_companies(self) -> None:
        """Makes one company's rows quick to find in every table that has grown large; later rows are added to it.

        Not part of a load's transaction: interrupted, it is made after the next load.
        """
        made = {str(row[0]) for row in self.connection.execute("SELECT index_name FROM duckdb_indexes()").fetchall()}
        for table in ALL_TABLES.values():
            name = f"company_of_{table.name}"
            if "company_id" not in table.column_names or name in made:
                continue
            if self.row_count(table.name) >= INDEXED_FROM_ROWS:
                with plain_errors(self.path):
                    self.connection.execute(f"CREATE INDEX {quoted(name)} ON {quoted(table.name)} (company_id)")

    def row_count(self, table: str) -> int:
        return self.single(f"SELECT count(*) FROM {quoted(table)}")

    def single(self, query: str) -> int:
        """The one number a query gives."""
        # Fetched to the end: an open result would keep the connection from other work.
        rows: list[Any] = self.connection.execute(query).fetchall()
        return int(rows[0][0])

    def state(self) -> str:
        """A text that changes with every load that changed rows: results kept from before are then out of date."""
        rows = self.connection.execute(
            "SELECT count(*), coalesce(sum(rows_loaded), 0), max(loaded_at) FROM load_log WHERE rows_loaded > 0"
        ).fetchall()
        return f"{rows[0]}"

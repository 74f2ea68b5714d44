"""Facts as of a day: for each table the rows known by then, the latest version of each key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Protocol

import ibis
import ibis.expr.types as ir

from kejin.errors import InputError
from kejin.facts.declaration import Column, Kind, Table
from kejin.facts.tables import ALL_TABLES

IBIS_TYPES: dict[Kind, str] = {
    "text": "string",
    "code": "string",
    "date": "date",
    "timestamp": "timestamp(6)",
    "integer": "int64",
    "money": "decimal(18, 2)",
    "number": "float64",
    "ratio": "float64",
    "flag": "boolean",
}


def ibis_schema(table: Table) -> ibis.Schema:
    """The columns of a declared table with their Ibis types."""
    return ibis.schema({column.name: IBIS_TYPES[column.kind] for column in table.columns})


class Facts(Protocol):
    """What is known as of a day: one expression a table, newest version of each row only."""

    def table(self, name: str) -> ibis.Table:
        """The rows of a declared table."""


class FactsView:
    """What was known on a day, table by table, as Ibis expressions on one engine.

    as_of         only rows with known_on <= as_of are seen.
    stored        gives the stored rows of a declared table, or None when the engine has no such table.
    has_versions  says whether a table holds rows that supersede others; where it holds none, no window is needed.
    """

    def __init__(
        self,
        as_of: date,
        stored: Callable[[str], ir.Table | None],
        has_versions: Callable[[str], bool],
    ) -> None:
        self.as_of = as_of
        self._stored = stored
        self._has_versions = has_versions

    def table(self, name: str) -> ir.Table:
        """The rows of one table known on the day, latest version per key, with the declared columns in order.

        A table that the engine does not hold is an empty table of the right types; a column it lacks is missing.
        Raises facts.table_undeclared.
        """
        declared = ALL_TABLES.get(name)
        if declared is None:
            raise InputError("facts.table_undeclared", table=name, tables=", ".join(ALL_TABLES))
        stored = self._stored(name)
        if stored is None:
            return ibis.memtable([], schema=ibis_schema(declared))
        if self._has_versions(name):
            known = latest_versions(stored, declared.key, self.as_of)
        else:
            known = stored.filter(stored.known_on <= ibis.literal(self.as_of))
        return with_declared_columns(known, declared)

    def with_rows(self, names: Iterable[str]) -> frozenset[str]:
        """Which of the tables hold a row that was known on the day? One query for all."""
        found = []
        for name in names:
            stored = self._stored(name)
            if stored is not None:
                known = stored.filter(stored.known_on <= ibis.literal(self.as_of))
                found.append(known.limit(1).select(table_name=ibis.literal(name)))
        rows = ibis.union(*found).to_pyarrow().to_pylist() if found else []
        return frozenset(row["table_name"] for row in rows)


def latest_versions(stored: ir.Table, key: tuple[str, ...], as_of: date) -> ir.Table:
    """Of the rows of each key the one that was known last on the day."""
    # Key and known_on together are unique in facts, so one row a key is left. Most keys have one row only: finding the
    # few that have more, from the key columns alone, takes a fraction of the time and memory of ranking whole rows.
    narrow = stored.select(*key, "known_on")
    narrow = narrow.filter(narrow.known_on <= ibis.literal(as_of))
    several = narrow.group_by(*key).agg(rows_of_key=narrow.count(), newest_known_on=narrow.known_on.max())
    several = several.filter(several.rows_of_key > 1).drop("rows_of_key")
    known = stored.filter(stored.known_on <= ibis.literal(as_of))
    marked = known.left_join(several, list(key))
    newest = marked.filter(marked.newest_known_on.isnull() | (marked.known_on == marked.newest_known_on))
    return newest.select(*stored.columns)


def with_declared_columns(rows: ir.Table, declared: Table) -> ir.Table:
    """The declared columns in order, each of the declared type; one that the rows lack is missing."""
    present = rows.schema()
    return rows.select(**{column.name: _typed(rows, present, column) for column in declared.columns})


def _typed(rows: ir.Table, present: ibis.Schema, column: Column) -> ir.Value:
    wanted = ibis.dtype(IBIS_TYPES[column.kind])
    if column.name not in present:
        return ibis.null(wanted)
    value = rows[column.name]
    found = present[column.name]
    same = found.copy(nullable=True) == wanted or (found.is_timestamp() and wanted.is_timestamp())
    return value if same else value.cast(wanted)

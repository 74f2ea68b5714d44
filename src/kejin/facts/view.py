"""Facts as of a day: for each table the rows known by then, the latest version of each key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

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

_VERSION = "version_from_latest"


def ibis_schema(table: Table) -> ibis.Schema:
    """The columns of a declared table with their Ibis types."""
    return ibis.schema({column.name: IBIS_TYPES[column.kind] for column in table.columns})


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
        known = stored.filter(stored.known_on <= ibis.literal(self.as_of))
        if self._has_versions(name):
            known = latest_versions(known, declared.key)
        return with_declared_columns(known, declared)


def latest_versions(rows: ir.Table, key: tuple[str, ...]) -> ir.Table:
    """Of the rows of each key the one that was known last."""
    # Key and known_on together are unique in facts, so the order is total.
    window = ibis.window(group_by=list(key), order_by=ibis.desc("known_on"))
    numbered = rows.mutate(**{_VERSION: ibis.row_number().over(window)})
    return numbered.filter(numbered[_VERSION] == 0).drop(_VERSION)


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

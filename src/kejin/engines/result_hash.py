"""The hash of a result: of its rows as a set, whatever order, partition or engine they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis.expr.datatypes as dt
import ibis.expr.schema as sch
import ibis.expr.types as ir

from kejin.engines.content_hash import hash_batches
from kejin.facts.declaration import Column, Kind, Table

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 65_536


def result_hash(expression: ir.Table, name: str) -> tuple[int, str]:
    """Rows of a result and the hash of them, in the byte form of content_hash.

    name  stands in the hashed head in place of a declared table's name.
    """
    return hash_batches(_declared(expression.schema(), name), expression.to_pyarrow_batches(chunk_size=_BATCH_ROWS))


def arrow_hash(rows: pa.Table, name: str) -> tuple[int, str]:
    """The same for rows at hand, with the columns in the order of their names."""
    ordered = rows.select(sorted(rows.column_names))
    declared = _declared(sch.Schema.from_pyarrow(ordered.schema), name)
    return hash_batches(declared, ordered.to_batches(max_chunksize=_BATCH_ROWS))


def _declared(schema: sch.Schema, name: str) -> Table:
    """Every column of a result is hashed; the two columns that facts always carry are not part of one."""
    columns = tuple(Column(column, _kind(kind), "", "") for column, kind in schema.items())
    return _Bare(Table(name, "", "", (), columns))


class _Bare(Table):
    """A declaration whose columns are its own only."""

    __slots__ = ()

    def __init__(self, table: Table) -> None:
        super().__init__(table.name, table.zh, table.en, table.key, table.own_columns)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.own_columns


def _kind(kind: dt.DataType) -> Kind:
    if kind.is_boolean():
        return "flag"
    if kind.is_integer():
        return "integer"
    if kind.is_floating():
        return "number"
    if kind.is_date():
        return "date"
    assert kind.is_string(), f"a result has no column of type {kind}"
    return "text"

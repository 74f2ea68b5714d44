"""Running a query: an Ibis expression to Arrow or to a Parquet file, on whichever engine it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    import pyarrow as pa

# Our layered projections share values by name; fused, Ibis would write every shared value out again and again.
ibis.options.sql.fuse_selects = False


def to_arrow(expression: ir.Table) -> pa.Table:
    """All rows of a query as an Arrow table."""
    return expression.to_pyarrow()


def to_parquet(expression: ir.Table, path: Path, *, rows_a_group: int | None = None) -> None:
    """The rows of a query written to one Parquet file, streamed, so that memory does not grow with the rows.

    rows_a_group  rows of a row group where the engine's own number does not fit: finding one row reads a whole group.
    """
    options = {} if rows_a_group is None else {"row_group_size": rows_a_group}
    expression.to_parquet(path, **options)


def rows_of(backend: Any, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a compiled query (DuckDB's text with $names) for some values, as dicts."""
    found: list[dict[str, Any]] = backend.con.execute(sql, dict(values)).fetch_arrow_table().to_pylist()
    return found


def sql_of(expression: ir.Table) -> str:
    """The text that the engine will run; compiling is the slow part of a small query, so callers keep it."""
    return str(ibis.to_sql(expression, pretty=False))


def read_parquet(backend: Any, path: Path) -> ir.Table:
    """A Parquet file as a table of the engine."""
    return backend.read_parquet(str(path))

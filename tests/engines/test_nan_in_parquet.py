"""NaN that comes straight from a Parquet file is missing, whatever the file's statistics make DuckDB believe."""

from __future__ import annotations

import math
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.engines.run_query import to_arrow
from kejin.schemes.compile_table import nan_as_missing

NAN, INFINITY = math.nan, math.inf
COLUMNS = {
    "others differ": [1.0, NAN, 3.0],
    "others are the same": [1.0, NAN, 1.0],
    "others are 0": [0.0, NAN, -0.0],
    "none but NaN": [NAN, NAN, NAN],
    "with infinity": [INFINITY, NAN, -INFINITY],
    "infinity only": [INFINITY, NAN, INFINITY],
    "with a gap": [None, NAN, 2.0],
    "no NaN": [1.0, 2.0, 3.0],
}


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS.keys())
def test_nan_of_a_parquet_file_is_missing(values: list[float | None], tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"x": pa.array(values, pa.float64())}), path)
    connection = connect_memory()
    connection.execute(f"CREATE VIEW x AS SELECT * FROM '{path}'")
    table = ibis_over(connection).table("x")
    found = to_arrow(table.select(x=nan_as_missing(table.x)))["x"].to_pylist()
    assert found == [None if value is None or math.isnan(value) else value for value in values]
    filled = to_arrow(table.select(x=nan_as_missing(table.x).fill_null(ibis.literal(-1.0))))["x"].to_pylist()
    assert filled == [-1.0 if value is None or math.isnan(value) else value for value in values]

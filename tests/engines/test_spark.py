"""The same evaluation on Spark: every column equal, with ties, missing values and NaN."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "evaluation"))

from whole_evaluation import differences, evaluate

from kejin.city import write_city
from kejin.workflows.evaluate_companies import TABLES_READ

AS_OF = date(2026, 9, 30)
COMPANIES = 1_000

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city with NaN put in among its ratios, and ties among its amounts."""
    directory = tmp_path_factory.mktemp("spark_city")
    write_city(directory, COMPANIES, 3, tables=TABLES_READ)
    _change(directory, "business_profile", "niche_share_national", lambda values: _every_fifth(values, float("nan")))
    _change(directory, "staffing", "external_expert_months", lambda values: _every_fifth(values, float("nan")))
    _change(directory, "annual_report", "rd_expense_cny", lambda values: _every_fifth(values, None))
    return directory


def _change(directory: Path, table: str, column: str, change: object) -> None:
    for path in (directory / "facts" / table).glob("*.parquet"):
        rows = pq.read_table(path)
        place = rows.column_names.index(column)
        pq.write_table(rows.set_column(place, rows.schema.field(column), change(rows[column])), path)  # type: ignore[operator]


def _every_fifth(values: pa.ChunkedArray, put: float | None) -> pa.ChunkedArray:
    chosen = pa.array([number % 5 == 0 for number in range(len(values))])
    return pc.if_else(chosen, pa.scalar(put, type=values.type), values)


def test_every_column_is_equal_on_spark(city: Path, spark_session: object, tmp_path: Path) -> None:
    from kejin.engines.on_spark import facts_on_spark, storing

    store = storing(spark_session, tmp_path)

    def read(result: object) -> pa.Table:
        """Through a file: Spark's own way to Arrow goes through pandas, where missing and NaN are one."""
        store(result)  # type: ignore[arg-type]
        return pq.read_table(max(tmp_path.glob("stored_*"), key=lambda folder: int(folder.name.split("_")[1])))

    on_duckdb = evaluate(city, AS_OF)
    on_spark = evaluate(city, AS_OF, facts_on_spark(city, AS_OF, spark_session), store, read)
    assert on_duckdb.num_rows == COMPANIES
    assert len(on_duckdb.column_names) > 200
    assert differences(on_duckdb, on_spark) == []

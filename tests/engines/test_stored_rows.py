"""One company's row from kept row groups is the row that a query gives."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kejin.engines import stored_rows
from kejin.engines.stored_rows import StoredRows, stored_row

NUMBERS = range(23)


def written(path: Path, scale: float = 1.0) -> Path:
    """23 companies in groups of four, out of order, with every type that a result has and missing values."""
    rows = [
        {
            "company_id": f"C{(number * 7) % 23:02}",
            "score": None if number % 5 == 0 else number * scale,
            "nan": float("nan") if number % 3 == 0 else 1.5,
            "count": None if number % 4 == 0 else number,
            "paid_cny": Decimal(number) / 4,
            "day": date(2026, 1, 1 + number),
            "met": None if number % 6 == 0 else number % 2 == 0,
            "words": [str(number)] * (number % 3),
            "a__percentile": number / 23,
        }
        for number in NUMBERS
    ]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=4)
    return path


def queried(path: Path, company_id: str) -> dict[str, object]:
    with duckdb.connect() as connection:
        found = connection.sql(f"SELECT * FROM read_parquet('{path}') WHERE company_id = '{company_id}'")
        return found.to_arrow_table().to_pylist()[0]


def same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)


def test_every_row_is_that_of_a_query(tmp_path: Path) -> None:
    path = written(tmp_path / "result.parquet")
    for number in NUMBERS:
        company = f"C{number:02}"
        mine, theirs = stored_row(path, company), queried(path, company)
        assert mine is not None
        assert mine.keys() == theirs.keys()
        assert all(same(mine[name], theirs[name]) for name in theirs), company
        assert all(type(mine[name]) is type(theirs[name]) for name in theirs), company


def test_only_the_columns_wanted_and_only_companies_that_are_there(tmp_path: Path) -> None:
    path = written(tmp_path / "result.parquet")
    assert stored_row(path, "C03", "company_id|.*__percentile") == {
        "company_id": "C03",
        "a__percentile": queried(path, "C03")["a__percentile"],
    }
    assert stored_row(path, "C99") is None


def test_a_result_written_again_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "result.parquet")
    before = stored_row(path, "C03")
    written(path, scale=2.0)
    os.utime(path, ns=(1, 1))
    after = stored_row(path, "C03")
    assert before is not None
    assert after is not None
    assert after["score"] == 2 * before["score"]


def test_few_groups_and_few_files_are_kept(tmp_path: Path) -> None:
    rows = StoredRows(written(tmp_path / "result.parquet"), ".*")
    rows_kept = stored_rows._GROUPS_KEPT
    assert len({rows.row(f"C{number:02}")["company_id"] for number in NUMBERS}) == 23  # type: ignore[index]
    assert len(rows._groups) <= rows_kept
    for number in range(stored_rows._FILES_KEPT + 3):
        assert stored_row(written(tmp_path / f"{number}.parquet"), "C05") is not None
    assert len(stored_rows._files) == stored_rows._FILES_KEPT

"""The same rows in every file format, and every declared table in each of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from facts.conftest import Load, Row, codes, credit_code, rows_of, write_csv
from kejin.facts.tables import ALL_TABLES
from kejin.workflows.workspace import Workspace

COMPANIES: list[Row] = [
    {
        "company_id": credit_code(1),
        "name": '甲,“乙”"丙"科技',
        "established_on": date(2015, 6, 1),
        "status": "active",
        "registered_capital_cny": Decimal("12345678.90"),
        "listed": False,
        "known_on": date(2024, 1, 31),
        "source": "登记机关",
    },
    {
        "company_id": credit_code(2),
        "name": "=SUM 科技 \\N 𠮷",
        "established_on": None,
        "status": None,
        "registered_capital_cny": Decimal("0.30"),
        "listed": True,
        "known_on": date(2024, 1, 31),
        "source": "登记机关",
    },
]
REPORTS: list[Row] = [
    {
        "company_id": credit_code(1),
        "fiscal_year": 2023,
        "net_profit_cny": Decimal("-1234567.89"),
        "known_on": date(2024, 6, 30),
        "source": "年报",
    },
]
TRANSFERS: list[Row] = [
    {
        "transfer_id": "T1",
        "from_account_id": "A",
        "to_account_id": "B",
        "happened_at": datetime(2024, 1, 2, 3, 4, 5),  # noqa: DTZ001
        "amount_cny": Decimal("100000000.01"),
        "entrusted": True,
        "known_on": date(2024, 6, 30),
        "source": "流水",
    },
]
TABLES: dict[str, list[Row]] = {"company": COMPANIES, "annual_report": REPORTS, "transfer": TRANSFERS}
STATUS_ZH = {"active": "存续", None: None}


def text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def as_csv(folder: Path, encoding: str) -> None:
    for name, rows in TABLES.items():
        declared = ALL_TABLES[name]
        header = [declared.column(column).zh for column in rows[0]]
        body = [[text_of(STATUS_ZH.get(v, v) if k == "status" else v) for k, v in row.items()] for row in rows]
        write_csv(folder / f"{declared.zh}.csv", header, body, encoding)


def as_parquet(folder: Path, *, floats: bool) -> None:
    for name, rows in TABLES.items():
        columns = {}
        for column in rows[0]:
            values = [row[column] for row in rows]
            if floats and isinstance(values[0], Decimal):
                values = [float(value) for value in values]
            columns[column] = values
        parquet.write_table(pa.table(columns), folder / f"{name}.parquet")


def as_excel(folder: Path) -> None:
    book = Workbook()
    for name, rows in TABLES.items():
        page = book.create_sheet(ALL_TABLES[name].zh)
        page.append([ALL_TABLES[name].column(column).zh for column in rows[0]])
        for row in rows:
            page.append([float(value) if isinstance(value, Decimal) else value for value in row.values()])
            for cell in page[page.max_row]:
                if cell.data_type == "f":
                    cell.data_type = "s"
    book.remove(book["Sheet"])
    book.save(folder / "all.xlsx")


WRITERS = {
    "utf8": lambda folder: as_csv(folder, "utf-8"),
    "utf8_mark": lambda folder: as_csv(folder, "utf-8-sig"),
    "gb18030": lambda folder: as_csv(folder, "gb18030"),
    "parquet": lambda folder: as_parquet(folder, floats=False),
    "parquet_floats": lambda folder: as_parquet(folder, floats=True),
    "excel": as_excel,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_rows(kind: str, load: Load, workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    WRITERS[kind](folder)
    report = load(folder)
    assert codes(report) <= {"facts.unit_doubtful"}
    for name, rows in TABLES.items():
        empty = dict.fromkeys(ALL_TABLES[name].column_names)
        assert rows_of(workspace, name) == sorted((empty | row for row in rows), key=str)


def test_titles_of_columns_are_unique_within_each_table() -> None:
    for table in ALL_TABLES.values():
        titles = [column.zh for column in table.columns]
        assert len(titles) == len(set(titles)), table.name
    assert len({table.zh for table in ALL_TABLES.values()}) == len(ALL_TABLES)


def test_every_reference_is_to_a_table_that_loads_before() -> None:
    order = list(ALL_TABLES)
    for table in ALL_TABLES.values():
        for column in table.columns:
            if column.refers is not None:
                other, name = column.refers.split(".")
                assert name in ALL_TABLES[other].column_names
                assert order.index(other) < order.index(table.name)

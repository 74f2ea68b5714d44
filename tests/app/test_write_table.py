"""Tables in every format: read back by other programs, formulas kept as text, limits said plainly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejin.app import write_table as module
from kejin.app.column_labels import ColumnLabel, result_labels
from kejin.app.write_table import write_table
from kejin.errors import InputError, KejinError, UseError
from kejin.schemes.scheme import Label
from kejin.workflows.evaluation_rules import rules_of_day

RISKY = ["=1+1", "+86", "-2", "@SUM(A1)", '=HYPERLINK("http://x","y")']
LABELS = {
    "name": ColumnLabel(Label("企业名称", "Company")),
    "rd": ColumnLabel(Label("研发费用", "R&D expense"), "fen"),
    "share": ColumnLabel(Label("占比", "Share"), "ratio"),
    "district": ColumnLabel(Label("所在区", "District"), codes={"440305": Label("南山区", "Nanshan")}),
    "yes": ColumnLabel(Label("符合", "Qualifies"), "flag"),
}


def sample() -> pa.Table:
    return pa.table(
        {
            "name": [*RISKY, "云海虚拟芯片(演示)有限公司", None],
            "rd": pa.array([405_000_000, 1.0, None, float("nan"), 0.0, -2.0, 3.0], pa.float64()),
            "share": pa.array([0.027, None, 1.0, 0.0, 0.5, 0.25, 0.125], pa.float64()),
            "district": ["440305", None, "440305", "440305", None, None, "x"],
            "yes": [True, False, None, True, True, True, True],
            "day": pa.array([date(2026, 3, 31)] * 7, pa.date32()),
            "exact": pa.array([Decimal("0.10")] * 7, pa.decimal128(18, 2)),
        }
    )


def test_excel_has_labels_units_and_text_that_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_table(sample(), path, "zh", LABELS)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [cell.value for cell in sheet[1]] == ["企业名称", "研发费用（元）", "占比", "所在区", "符合", "day", "exact"]
    names = [sheet.cell(row, 1) for row in range(2, 7)]
    assert [cell.value for cell in names] == RISKY
    assert {cell.data_type for cell in names} == {"s"}
    assert all(cell.style.quotePrefix if hasattr(cell.style, "quotePrefix") else cell.quotePrefix for cell in names)
    assert [sheet.cell(row, 2).value for row in range(2, 9)] == [4_050_000, 0.01, None, None, 0, -0.02, 0.03]
    assert sheet["B2"].number_format == "#,##0.00"
    assert (sheet["C2"].value, sheet["C2"].number_format) == (0.027, "0.00%")
    assert [sheet.cell(row, 4).value for row in (2, 3, 8)] == ["南山区", None, "x"]
    assert [sheet.cell(row, 5).value for row in (2, 3, 4)] == ["是", "否", None]
    assert sheet["F2"].value.date() == date(2026, 3, 31)
    assert sheet.freeze_panes == "C2"


def test_excel_says_which_day_and_rules_it_is_of(tmp_path: Path) -> None:
    rules = rules_of_day(date(2026, 3, 31))
    table = pa.table({"company_id": ["91440300MA5XUNIT0A"], "tech_sme__qualifies": [True]})
    path = tmp_path / "t.xlsx"
    write_table(table, path, "zh", rules=rules)
    book = openpyxl.load_workbook(path)
    assert [cell.value for cell in book.worksheets[0][1]] == ["统一社会信用代码", "科技型中小企业：是否符合"]
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert about["截至"] == "2026-03-31"
    assert about["规则版本"] == rules.edition
    assert "life_cycle/start_up_age_years_max" in "".join(
        str(row[1].value) for row in book["说明"].iter_rows() if row[0].value == "未核实的规则"
    )


def test_every_column_of_a_result_has_a_label() -> None:
    rules = rules_of_day(date(2026, 9, 30))
    labels = result_labels(rules)
    steps = {name for scheme in rules.schemes for name, _ in scheme.program.steps}
    assert {name for name in steps if name.endswith(("__qualifies", "__score__low", "__score__high"))} <= set(labels)
    assert all(label.label.zh and label.label.en for label in labels.values())


def test_csv_opens_in_excel_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_table(sample(), path, "zh", LABELS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows[:5]] == [f"'{text}" for text in RISKY]
    assert rows[5]["name"] == "云海虚拟芯片(演示)有限公司"
    assert [row["rd"] for row in rows[2:4]] == ["", ""]  # missing and NaN are both empty, not 0
    assert rows[5]["rd"] == "-2"
    assert rows[0]["exact"] == "0.10"


def test_json_is_valid_and_exact(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    write_table(sample(), path, "en")
    rows = json.loads(path.read_text("utf-8"), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert rows[0] == {
        "name": "=1+1",
        "rd": 405_000_000.0,
        "share": 0.027,
        "district": "440305",
        "yes": True,
        "day": "2026-03-31",
        "exact": "0.10",
    }
    assert rows[3]["rd"] is None


def test_parquet_keeps_every_value(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_table(sample(), path, "zh", rules=rules_of_day(date(2026, 9, 30)))
    back = pq.read_table(path)
    assert back.schema.metadata["截至".encode()] == b"2026-09-30"
    assert back.replace_schema_metadata(None).drop(["rd"]).equals(sample().drop(["rd"]))
    assert [str(one) for one in back["rd"].to_pylist()] == [str(one) for one in sample()["rd"].to_pylist()]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx", ".json"])
def test_a_query_is_written_as_its_rows_are(tmp_path: Path, suffix: str) -> None:
    rows = pa.table({"name": [f"n{number}" for number in range(40_000)], "x": list(range(40_000))})
    pq.write_table(rows, tmp_path / "rows.parquet")
    query = ibis.duckdb.connect().read_parquet(str(tmp_path / "rows.parquet"))
    write_table(query, tmp_path / f"query{suffix}", "zh")
    write_table(rows, tmp_path / f"rows_out{suffix}", "zh")
    if suffix in (".csv", ".json"):
        assert (tmp_path / f"query{suffix}").read_bytes() == (tmp_path / f"rows_out{suffix}").read_bytes()
    elif suffix == ".parquet":
        assert pq.read_table(tmp_path / "query.parquet").cast(rows.schema).equals(rows)
    else:
        sheet = openpyxl.load_workbook(tmp_path / "query.xlsx").worksheets[0]
        assert [tuple(row) for row in sheet.iter_rows(min_row=40_001, values_only=True)] == [("n39999", 39_999)]
    assert not list(tmp_path.glob("*.part"))
    assert not list(tmp_path.glob(".rows-*"))


def _error(act: Callable[[], None], kind: type[KejinError]) -> KejinError:
    with pytest.raises(kind) as caught:
        act()
    assert all("{" not in caught.value.text(lang) for lang in ("zh", "en"))
    return caught.value


@pytest.mark.parametrize("name", ["t.xls", "t", "t.csv.gz"])
def test_an_unknown_suffix_is_a_sentence(tmp_path: Path, name: str) -> None:
    error = _error(lambda: write_table(sample(), tmp_path / name, "zh"), UseError)
    assert error.code == "app.suffix_unknown"
    assert ".xlsx" in error.text("zh")
    assert not list(tmp_path.iterdir())


def test_a_table_too_long_for_excel_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = pa.table({"x": pa.nulls(1_048_576, pa.int64())})
    error = _error(lambda: write_table(long, tmp_path / "t.xlsx", "zh"), InputError)
    assert error.code == "app.table_too_long"
    assert "1,048,576" in error.text("zh")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(module, "EXCEL_ROWS_MAX", 8)
    write_table(sample(), tmp_path / "just.xlsx", "zh")  # 7 rows and a header fit in 8


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    error = _error(lambda: write_table(sample(), tmp_path / "file" / "t.csv", "zh"), InputError)
    assert error.code == "app.file_not_written"


def test_a_very_long_text_is_cut_in_excel_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_table(pa.table({"x": ["长" * 40_000]}), path, "zh")
    value = openpyxl.load_workbook(path).worksheets[0]["A2"].value
    assert len(value) == 32_767
    assert value.endswith("…")


def test_an_empty_table_is_a_header(tmp_path: Path) -> None:
    for suffix in (".csv", ".parquet", ".xlsx", ".json"):
        write_table(sample().slice(0, 0), tmp_path / f"t{suffix}", "zh", LABELS)
    assert json.loads((tmp_path / "t.json").read_text("utf-8")) == []
    assert openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0].max_row == 1

"""Files that are wrong as a whole or in a row: each is told clearly, and nothing that is right is lost."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from facts.conftest import (
    COMPANY_HEADER,
    Load,
    codes,
    company_rows,
    credit_code,
    found,
    rows_of,
    write_csv,
)
from kejin.errors import InputError
from kejin.facts import read_csv
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

GOOD = company_rows(3)


def test_bad_file_beside_a_good_one(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    """Every kind of bad file in one command: each has its finding, and the good file loads."""
    write_csv(tmp_path / "company.csv", COMPANY_HEADER, GOOD)
    (tmp_path / "park.csv").write_bytes(b"")
    (tmp_path / "title.csv").write_bytes(b"\xff\xfecompany_id,\x80\xff\n\xff\xff\n")
    (tmp_path / "loan.parquet").write_bytes(b"PAR1 no parquet at all PAR1")
    (tmp_path / "fund.xlsx").write_bytes(b"PK but no workbook")
    (tmp_path / "account.parquet").write_bytes(b"")
    (tmp_path / "something.csv").write_text("a,b\n1,2\n")
    write_csv(tmp_path / "patent.csv", ["publication_number", "known_on"], [["CN1", "2024-01-01"]])
    write_csv(tmp_path / "award.csv", ["award_id", "award_id", "known_on"], [["1", "2", "2024-01-01"]])
    write_csv(tmp_path / "staffing.csv", ["company_id", "fiscal_year", "staff_total"], [[GOOD[0][0], "2023", "5"]])
    report = load(tmp_path)
    told = {(one.code, one.file) for one in report.findings.kept if one.severity == "error"}
    assert told == {
        ("facts.file_empty", "park.csv"),
        ("facts.encoding_unknown", "title.csv"),
        ("facts.parquet_unreadable", "loan.parquet"),
        ("facts.excel_unreadable", "fund.xlsx"),
        ("facts.file_empty", "account.parquet"),
        ("facts.table_unknown", "something.csv"),
        ("facts.column_missing", "patent.csv"),
        ("facts.header_repeated", "award.csv"),
        ("facts.known_on_missing", "staffing.csv"),
    }
    assert report.exit_status == 1
    assert [row["company_id"] for row in rows_of(workspace, "company")] == sorted(row[0] for row in GOOD)
    assert len(rows_of(workspace, "staffing")) == 0
    for finding in report.findings.kept:
        assert "{" not in finding.text("en") + finding.text("zh")


def test_known_on_given_for_the_file(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    from datetime import date

    rows = [row[:4] for row in GOOD]
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER[:4], rows), known_on=date(2024, 5, 1))
    assert report.exit_status == 0
    assert {row["known_on"] for row in rows_of(workspace, "company")} == {date(2024, 5, 1)}
    assert {row["source"] for row in rows_of(workspace, "company")} == {"company.csv"}


def test_header_without_rows_loads_nothing(load: Load, tmp_path: Path) -> None:
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, []))
    assert (report.exit_status, report.rows_loaded) == (0, 0)


def test_strict_loads_nothing(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    rows = [*GOOD, ["91440300000000001X", "坏代码", "2015-06-01", "5000000", "2024-01-31"]]
    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows)
    report = load(file, strict=True)
    assert report.refused
    assert found(report) == {("facts.credit_code_invalid", 5, "company_id")}
    assert rows_of(workspace, "company") == []
    assert workspace.store.row_count("load_log") == 0
    assert [(row.row, row.cells["name"]) for row in report.rejected_rows] == [(5, "坏代码")]
    assert load(file).rows_loaded == 3


def test_ragged_rows_and_an_open_quote(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    lines = [",".join(row) for row in company_rows(6)]
    lines[1] += ",more"
    lines[3] = "short"
    lines[4] = lines[4].replace(",公司5,", ',"公司5,')
    file = tmp_path / "company.csv"
    file.write_text("\n".join([",".join(COMPANY_HEADER), *lines]) + "\n", "utf-8")
    report = load(file)
    assert found(report) == {
        ("facts.row_ragged", 3, None),
        ("facts.row_ragged", 5, None),
        ("facts.quote_unclosed", 6, None),
    }
    assert len(rows_of(workspace, "company")) == 2
    assert (report.sources[0].read, report.rows_rejected) == (5, 3)


def test_row_numbers_count_blank_lines_and_quoted_lines(load: Load, tmp_path: Path) -> None:
    first, second, third = (list(row) for row in GOOD)
    first[1] = "两行\n名称"
    third[0] = "wrong"
    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, [first, ["", "", "", "", ""], second, third])
    report = load(file)
    assert found(report) == {("facts.credit_code_invalid", 5, "company_id")}
    assert report.sources[0].read == 3


def test_cell_of_ten_million_characters(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    rows = [list(row) for row in GOOD]
    rows[1][1] = "长" * 10_000_000
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows))
    assert found(report) == {("facts.text_too_long", 3, "name")}
    assert "(10,000,000)" in report.findings.kept[0].value or len(report.findings.kept[0].value) < 300
    assert len(rows_of(workspace, "company")) == 2


def test_line_longer_than_allowed(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    monkeypatch.setattr(read_csv, "LINE_BYTES_MAX", 1_000)
    rows = [list(row) for row in GOOD]
    rows[1][1] = "长" * 400
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows))
    assert codes(report) == {"facts.line_too_long"}
    assert rows_of(workspace, "company") == []


@pytest.mark.parametrize("unit", ["元", "万元"])
def test_wrong_unit_is_flagged_by_plausibility(
    unit: str, companies: list[str], load: Load, workspace: Workspace, tmp_path: Path
) -> None:
    header = ["company_id", "fiscal_year", f"营业收入（{unit}）", "known_on"]
    rows = [
        [company, str(year), f"{1200 + year}.5", f"{year + 1}-06-30"] for company in companies for year in (2022, 2023)
    ]
    report = load(write_csv(tmp_path / "annual_report.csv", header, rows))
    if unit == "万元":
        assert codes(report) == set()
        assert rows_of(workspace, "annual_report")[0]["revenue_cny"] == 32_225_000
    else:
        assert found(report) == {("facts.unit_suspect", None, "revenue_cny")}
        assert (report.rows_loaded, report.rows_rejected) == (0, 10)
        assert "units: {revenue_cny: 万元}" in report.findings.kept[0].part("do", "en")


def test_few_small_amounts_are_doubted_but_load(companies: list[str], load: Load, tmp_path: Path) -> None:
    header = ["company_id", "fiscal_year", "revenue_cny", "known_on"]
    amounts = ["5000", "0", "800000", "900000", "1000000"]
    rows = [[company, "2023", amount, "2024-06-30"] for company, amount in zip(companies, amounts, strict=True)]
    report = load(write_csv(tmp_path / "annual_report.csv", header, rows))
    assert found(report) == {("facts.unit_doubtful", 2, "revenue_cny")}
    assert (report.rows_loaded, report.exit_status) == (5, 0)


def test_days_that_cannot_be(companies: list[str], load: Load, workspace: Workspace, tmp_path: Path) -> None:
    header = ["company_id", "title_code", "granted_on", "valid_until", "known_on"]
    rows = [
        [companies[0], "high_tech", "2024-03-01", "2027-03-01", "2024-03-01"],
        [companies[1], "high_tech", "2024-03-02", "2027-03-01", "2024-03-01"],
        [companies[2], "high_tech", "2024-03-01", "2023-03-01", "2024-03-01"],
        [companies[3], "high_tech", "2024-03-01", "2027-03-01", "2026-07-01"],
    ]
    report = load(write_csv(tmp_path / "title.csv", header, rows))
    assert found(report) == {
        ("facts.after_known_on", 3, "granted_on"),
        ("facts.dates_reversed", 4, "granted_on"),
        ("facts.known_on_ahead", 5, "known_on"),
    }
    assert [row["company_id"] for row in rows_of(workspace, "title")] == [companies[0]]


def test_part_above_whole_and_a_year_not_yet_over(companies: list[str], load: Load, tmp_path: Path) -> None:
    header = ["company_id", "fiscal_year", "staff_total", "rd_staff", "known_on"]
    rows = [
        [companies[0], "2023", "10", "11", "2024-06-30"],
        [companies[1], "2025", "10", "9", "2024-06-30"],
        [companies[2], "2023", "10", "10", "2024-06-30"],
        [companies[3], "2023", "10", "", "2024-06-30"],
    ]
    report = load(write_csv(tmp_path / "staffing.csv", header, rows))
    assert found(report) == {("facts.part_above_whole", 2, "rd_staff"), ("facts.after_known_on", 3, "fiscal_year")}
    assert report.rows_loaded == 2


def test_nan_and_infinity_in_parquet(companies: list[str], load: Load, workspace: Workspace, tmp_path: Path) -> None:
    amounts = [1e6, float("nan"), float("inf"), 0.1 + 0.2, 1_000_000.005]
    table = pa.table(
        {
            "company_id": companies,
            "fiscal_year": np.full(5, 2023, np.int32),
            "net_profit_cny": amounts,
            "known_on": pa.array(["2024-06-30"] * 5).cast(pa.date32()),
        }
    )
    parquet.write_table(table, tmp_path / "annual_report.parquet")
    report = load(tmp_path / "annual_report.parquet")
    assert found(report) == {
        ("facts.not_finite", 2, "net_profit_cny"),
        ("facts.not_finite", 3, "net_profit_cny"),
        ("facts.money_too_fine", 5, "net_profit_cny"),
    }
    assert [str(row["net_profit_cny"]) for row in rows_of(workspace, "annual_report")] == ["1000000.00", "0.30"]


def workbook(path: Path, rows: list[list[object]], sheet: str = "企业") -> Path:
    """A workbook with one sheet."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def test_formulas_and_error_values_are_not_data(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    header = ["统一社会信用代码", "企业名称", "注册资本", "获知日期"]
    rows = [
        header,
        [credit_code(1), "甲", 5_000_000, "2024-01-31"],
        [credit_code(2), "乙", "=1+1", "2024-01-31"],
        [credit_code(3), "#REF!", 5_000_000, "2024-01-31"],
        [credit_code(4), "丁", 0.1 + 0.2, "2024-01-31"],
    ]
    file = workbook(tmp_path / "file.xlsx", rows)
    report = load(file)
    assert found(report) == {
        ("facts.formula_cell", 3, "registered_capital_cny"),
        ("facts.error_cell", 4, "name"),
        ("facts.unit_doubtful", 5, "registered_capital_cny"),
    }
    assert "=1+1" in next(one.value for one in report.findings.kept if one.code == "facts.formula_cell")
    assert [row["name"] for row in rows_of(workspace, "company")] == ["甲", "丁"]


def test_zip_bomb_is_not_opened(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "company.xlsx"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(b"<row/>" * 200_000)
    assert file.stat().st_size < 3_000_000
    report = load(file)
    assert codes(report) == {"facts.excel_bomb"}
    assert "360,000,000" in report.findings.kept[0].part("what")


def test_sheets_that_are_no_tables_are_named(load: Load, tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "说明"  # type: ignore[union-attr]
    book["说明"].append(["anything"])
    page = book.create_sheet("我的备注")
    page.append(["a", "b"])
    book.save(tmp_path / "both.xlsx")
    report = load(tmp_path / "both.xlsx")
    assert [(one.code, one.severity) for one in report.findings.kept] == [("facts.sheet_ignored", "note")]
    assert report.exit_status == 0


def test_missing_path(load: Load, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path / "nowhere.csv")
    assert caught.value.code == "facts.path_missing"


def test_findings_are_counted_beyond_those_listed(workspace: Workspace, tmp_path: Path) -> None:
    rows = [[f"bad{number}", "名", "2015-06-01", "5000000", "2024-01-31"] for number in range(500)]
    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows)
    report = load_facts(workspace, [file], findings_limit=10)
    assert len(report.findings.kept) == 10
    assert report.findings.total("error") == 500
    assert len(report.rejected_rows) == 500

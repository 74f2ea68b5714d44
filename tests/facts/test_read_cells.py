"""Cells of every kind: what each becomes, or what is said of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from facts.conftest import Load, codes, found, rows_of, write_csv
from kejin.workflows.workspace import Workspace

READ: list[tuple[str, str, str, Any]] = [
    ("annual_report", "revenue_cny", "1234567.8", Decimal("1234567.80")),
    ("annual_report", "revenue_cny", " 1234567.89 ", Decimal("1234567.89")),
    ("annual_report", "revenue_cny", "1,234,567.89", Decimal("1234567.89")),
    ("annual_report", "revenue_cny", "１２３４５６７．８９", Decimal("1234567.89")),
    ("annual_report", "revenue_cny", "１，２３４，５６７", Decimal(1234567)),
    ("annual_report", "revenue_cny", "9999999999999999.99", Decimal("9999999999999999.99")),
    ("annual_report", "revenue_cny", "1234567.8900000001", Decimal("1234567.89")),
    ("annual_report", "net_profit_cny", "-0.01", Decimal("-0.01")),
    ("annual_report", "net_profit_cny", "+5", Decimal(5)),
    ("annual_report", "net_profit_cny", "0", Decimal(0)),
    ("annual_report", "net_profit_cny", "", None),
    ("annual_report", "net_profit_cny", "　", None),
    ("staffing", "staff_total", "120", 120),
    ("staffing", "staff_total", "1,200", 1200),
    ("staffing", "staff_total", "120.0", 120),
    ("staffing", "rd_staff_full_time_equivalent", "12.5", 12.5),
    ("staffing", "rd_staff_full_time_equivalent", "1.25e1", 12.5),
    ("business_profile", "niche_share_national", "15%", 0.15),
    ("business_profile", "niche_share_national", "29%", 0.29),
    ("business_profile", "niche_share_national", "0.15", 0.15),
    ("business_profile", "software_company", "是", True),
    ("business_profile", "software_company", "FALSE", False),
    ("business_profile", "software_company", "0", False),
    ("business_profile", "high_tech_field", "电子信息", "electronics"),
    ("business_profile", "high_tech_field", "Electronic information", "electronics"),
    ("business_profile", "high_tech_field", "electronics", "electronics"),
    ("business_profile", "niche_started_on", "2019-03-01", date(2019, 3, 1)),
    ("business_profile", "niche_started_on", "2019/3/1", date(2019, 3, 1)),
    ("business_profile", "niche_started_on", "2019.03.01", date(2019, 3, 1)),
    ("business_profile", "niche_started_on", "2019年3月1日", date(2019, 3, 1)),
    ("business_profile", "niche_started_on", "20190301", date(2019, 3, 1)),
    ("business_profile", "niche_started_on", "2019-03-01 00:00:00", date(2019, 3, 1)),
    ("business_profile", "main_product", '  a,"b"\nc  ', 'a,"b"\nc'),
]

WRONG: list[tuple[str, str, str, str]] = [
    ("annual_report", "revenue_cny", "1234567.891", "facts.money_too_fine"),
    ("annual_report", "revenue_cny", "12,34,567", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "1,23", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "1.2E+08", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "1_000_000", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "约一百万", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "(1000000)", "facts.not_a_number"),
    ("annual_report", "revenue_cny", "NaN", "facts.not_finite"),
    ("annual_report", "revenue_cny", "inf", "facts.not_finite"),
    ("annual_report", "revenue_cny", "-Infinity", "facts.not_finite"),
    ("annual_report", "revenue_cny", "99999999999999999", "facts.number_too_large"),
    ("annual_report", "revenue_cny", "-5000000", "facts.out_of_range"),
    ("staffing", "staff_total", "12.5", "facts.not_whole"),
    ("staffing", "staff_total", "-1", "facts.out_of_range"),
    ("staffing", "staff_total", "nan", "facts.not_finite"),
    ("staffing", "rd_staff_full_time_equivalent", "nan", "facts.not_finite"),
    ("staffing", "rd_staff_full_time_equivalent", "1_2", "facts.not_a_number"),
    ("business_profile", "niche_share_national", "15", "facts.out_of_range"),
    ("business_profile", "software_company", "maybe", "facts.not_yes_or_no"),
    ("business_profile", "high_tech_field", "炼金术", "facts.choice_unknown"),
    ("business_profile", "niche_started_on", "2019-02-30", "facts.not_a_date"),
    ("business_profile", "niche_started_on", "43525", "facts.not_a_date"),
    ("business_profile", "niche_started_on", "01/03/2019", "facts.not_a_date"),
    ("business_profile", "niche_started_on", "2019-03-01 08:00", "facts.not_a_date"),
    ("business_profile", "niche_started_on", "1019-03-01", "facts.out_of_range"),
    ("business_profile", "main_product", "a\x07b", "facts.control_character"),
    ("business_profile", "main_product", "长" * 10_001, "facts.text_too_long"),
]


def yearly(path: Path, company: str, table: str, column: str, cells: list[str]) -> Path:
    """A file of one table with a key of company and year, one row a cell."""
    header = ["company_id", "fiscal_year", column, "known_on"]
    return write_csv(
        path / f"{table}.csv", header, [[company, str(1990 + n), cell, "2025-06-30"] for n, cell in enumerate(cells)]
    )


@pytest.mark.parametrize(("table", "column"), sorted({(table, column) for table, column, _, _ in READ}))
def test_cells_that_can_be_read(
    table: str, column: str, companies: list[str], load: Load, workspace: Workspace, tmp_path: Path
) -> None:
    cases = [(cell, value) for one, name, cell, value in READ if (one, name) == (table, column)]
    report = load(yearly(tmp_path, companies[0], table, column, [cell for cell, _ in cases]))
    assert codes(report) <= {"facts.unit_doubtful"}
    values = {row["fiscal_year"] - 1990: row[column] for row in rows_of(workspace, table)}
    assert [values[number] for number in range(len(cases))] == [value for _, value in cases]


@pytest.mark.parametrize(("table", "column"), sorted({(table, column) for table, column, _, _ in WRONG}))
def test_cells_that_are_wrong(
    table: str, column: str, companies: list[str], load: Load, workspace: Workspace, tmp_path: Path
) -> None:
    cases = [(cell, code) for one, name, cell, code in WRONG if (one, name) == (table, column)]
    report = load(yearly(tmp_path, companies[0], table, column, [cell for cell, _ in cases]))
    assert found(report) == {(code, number, column) for number, (_, code) in enumerate(cases, 2)}
    assert (report.rows_loaded, report.rows_rejected) == (0, len(cases))
    assert report.exit_status == 1
    assert rows_of(workspace, table) == []
    for finding in report.findings.kept:
        for lang in ("en", "zh"):
            assert "{" not in finding.text(lang)
            assert len(finding.text(lang)) < 600


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("H04L 12/28", "H04L 12/28"),
        ("H04L  12/28", "H04L 12/28"),
        ("H04L12/28", "H04L 12/28"),
        ("G06F 17/30 (2006.01)", "G06F 17/30"),
        ("H04L", "H04L"),
        ("I04L 12/28", None),
        ("H4L 12/28", None),
        ("H04L 12-28", None),
        ("H04", None),
    ],
)
def test_ipc_symbols(
    text: str, kept: str | None, companies: list[str], load: Load, workspace: Workspace, tmp_path: Path
) -> None:
    header = ["publication_number", "company_id", "patent_kind", "filed_on", "ipc_main", "ipc_all", "known_on"]
    row = ["CN1A", companies[0], "发明", "2015-05-05", text, f"{text}; {text}", "2020-01-01"]
    report = load(write_csv(tmp_path / "patent.csv", header, [row]))
    if kept is None:
        assert found(report) == {("facts.ipc_invalid", 2, "ipc_main"), ("facts.ipc_invalid", 2, "ipc_all")}
    else:
        assert codes(report) == set()
        assert rows_of(workspace, "patent")[0]["ipc_main"] == kept


def test_times_and_patterns(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    header = ["transfer_id", "from_account_id", "to_account_id", "happened_at", "amount_cny", "known_on"]
    cells = ["2025-01-02 03:04:05", "2025/1/2 3:04", "2025-01-02T03:04:05.25", "2025-01-02 03:04:05+08:00", "25:00"]
    rows = [[f"T{number}", "A", "B", cell, "1", "2025-02-01"] for number, cell in enumerate(cells)]
    report = load(write_csv(tmp_path / "transfer.csv", header, rows))
    assert found(report) == {("facts.not_a_time", 5, "happened_at"), ("facts.not_a_time", 6, "happened_at")}
    assert [row["happened_at"] for row in rows_of(workspace, "transfer")] == [
        datetime(2025, 1, 2, 3, 4, 5),  # noqa: DTZ001
        datetime(2025, 1, 2, 3, 4),  # noqa: DTZ001
        datetime(2025, 1, 2, 3, 4, 5, 250_000),  # noqa: DTZ001
    ]

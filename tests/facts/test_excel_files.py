"""Templates that load when filled, and files of rejected rows that cannot run anything."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
import typer
from openpyxl import load_workbook
from typer.testing import CliRunner

from facts.conftest import COMPANY_HEADER, Load, company_rows, credit_code, rows_of, write_csv
from kejin.app.load_command import load as load_command
from kejin.app.write_excel import example_of, neutral_text, write_rejected, write_template
from kejin.facts.tables import ALL_TABLES
from kejin.workflows.workspace import Workspace

app = typer.Typer()
app.command()(load_command)


def test_template_has_every_table_and_explains_every_column(tmp_path: Path) -> None:
    write_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == [*(table.zh for table in ALL_TABLES.values()), "说明"]
    for table in ALL_TABLES.values():
        header = [cell.value for cell in book[table.zh][1]]
        assert header == [column.zh for column in table.columns]
    meanings = list(book["说明"].iter_rows(min_row=2, values_only=True))
    assert len(meanings) == sum(len(table.columns) for table in ALL_TABLES.values())
    revenue = next(row for row in meanings if row[2] == "revenue_cny")
    assert revenue[0] == "年度财务"
    assert revenue[5] == "元"


def test_filled_template_loads(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    """Every table filled with the examples of the sheet of meanings."""
    write_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    for table in ALL_TABLES.values():
        page = book[table.zh]
        for place, column in enumerate(table.columns, 1):
            value = "2026-01-31" if column.name == "known_on" else example_of(column)
            assert value, f"{table.name}.{column.name} has no example"
            # References between tables hold because an identifier's example is the title of its column.
            if column.refers not in (None, "company.company_id"):
                other, name = str(column.refers).split(".")
                value = example_of(ALL_TABLES[other].column(name))
            page.cell(2, place, value)
    book.save(tmp_path / "filled.xlsx")
    report = load(tmp_path / "filled.xlsx")
    assert [finding.text() for finding in report.findings.kept if finding.severity == "error"] == []
    assert {one.table: one.loaded for one in report.sources} == dict.fromkeys(ALL_TABLES, 1)


def test_template_of_some_tables(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--template", str(tmp_path / "t.xlsx"), "--tables", "company,专利"])
    assert result.exit_code == 0
    assert load_workbook(tmp_path / "t.xlsx").sheetnames == ["企业", "专利", "说明"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-5.2", "-5.2"),
        ("-x", "'-x"),
        ("普通", "普通"),
        ("", ""),
    ],
)
def test_text_that_looks_like_a_formula(text: str, written: str) -> None:
    assert neutral_text(text) == written


def test_rejected_rows_have_their_reasons_beside_them(load: Load, tmp_path: Path) -> None:
    rows = company_rows(2)
    rows += [["=HYPERLINK(1)", "坏", "2015-02-30", "abc", "2024-01-31"], ["", "空", "2015-02-01", "1", "2024-01-31"]]
    report = load(write_csv(tmp_path / "company.csv", COMPANY_HEADER, rows))
    write_rejected(tmp_path / "r.xlsx", report, "zh")
    book = load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["企业", "问题清单"]
    lines = list(book["企业"].iter_rows(values_only=True))
    assert lines[0][:5] == ("原因", "文件", "行", "统一社会信用代码", "企业名称")
    assert [line[2] for line in lines[1:]] == ["4", "5"]
    assert lines[1][3] == "'=HYPERLINK(1)"
    for word in ("不是有效的统一社会信用代码", "不是日期", "不是普通数字"):
        assert word in str(lines[1][0])
    assert "为空" in str(lines[2][0])
    write_rejected(tmp_path / "r.csv", report, "en")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["row"] for row in table] == ["4", "5"]
    assert table[0]["established_on"] == "2015-02-30"


def test_command_makes_a_workspace_loads_and_answers(tmp_path: Path) -> None:
    runner = CliRunner()
    file = write_csv(tmp_path / "company.csv", COMPANY_HEADER, company_rows(3))
    workspace = str(tmp_path / "ws")
    first = runner.invoke(app, [workspace, str(file), "--json"])
    assert first.exit_code == 0
    assert json.loads(first.stdout)["sources"] == [
        {"file": "company.csv", "table": "company", "read": 3, "loaded": 3, "rejected": 0, "unchanged": 0}
    ]
    bad = write_csv(tmp_path / "title.csv", ["company_id", "title_code", "granted_on"], [[credit_code(9), "x", "y"]])
    options = ["--known-on", "2025-01-01", "--rejected", str(tmp_path / "r.xlsx"), "--lang", "en"]
    second = runner.invoke(app, [workspace, str(bad), *options])
    assert second.exit_code == 1
    assert "facts.choice_unknown" in second.stderr
    assert (tmp_path / "r.xlsx").exists()
    with Workspace.open(workspace) as opened:
        assert len(rows_of(opened, "company")) == 3
        assert rows_of(opened, "company", date(2020, 1, 1)) == []

"""Mapping files: foreign names, codes, units and days; several tables from one file; files beside each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from facts.conftest import Load, codes, credit_code, found, rows_of, write_csv
from kejin.errors import InputError
from kejin.facts.mapping import parse_mapping, read_mapping, shipped_mappings
from kejin.facts.uscc import is_valid
from kejin.workflows.workspace import Workspace


def mapping_file(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", sorted(shipped_mappings()))
def test_shipped_mappings_can_be_read(name: str) -> None:
    mapping = read_mapping(name)
    assert mapping.targets
    assert set(mapping.about) == {"en", "zh"}


def test_torch_form_feeds_three_tables(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    header = ["统一社会信用代码", "企业名称", "年度", "从业人员期末人数", "科技活动人员", "硕士"]
    header += ["营业收入", "研究开发费用合计", "年末资产", "净利润", "实际上缴税费总额", "期末有效专利数"]
    row = [credit_code(1), "甲科技", "2023", "120", "40", "-", "56789.12", "3456", "98,765", "-1,234.5", "", "7"]
    report = load(write_csv(tmp_path / "form.csv", header, [row]), mapping="torch_enterprise")
    assert codes(report) == set()
    assert {(one.table, one.loaded) for one in report.sources} == {
        ("company", 1),
        ("annual_report", 1),
        ("staffing", 1),
    }
    figures = rows_of(workspace, "annual_report")[0]
    assert figures["revenue_cny"] == Decimal("56789120.00")
    assert figures["rd_expense_cny"] == Decimal(3_456_000)
    assert figures["total_assets_cny"] == Decimal(98_765_000)
    assert figures["net_profit_cny"] == Decimal("-1234500.00")
    assert figures["tax_paid_cny"] is None
    assert (figures["basis"], figures["known_on"]) == ("self_reported", date(2024, 6, 30))
    staff = rows_of(workspace, "staffing")[0]
    assert (staff["staff_total"], staff["tech_staff"], staff["masters"]) == (120, 40, None)
    assert staff["source"] == "火炬统计企业年报"


@pytest.mark.parametrize(
    ("name", "direction", "own", "other"),
    [
        ("vat_invoice_export", "issued", "销方税号", "购方税号"),
        ("vat_invoice_received", "received", "购方税号", "销方税号"),
    ],
)
def test_vat_export(
    name: str,
    direction: str,
    own: str,
    other: str,
    companies: list[str],
    load: Load,
    workspace: Workspace,
    tmp_path: Path,
) -> None:
    header = ["发票代码", "发票号码", "开票日期", own, other, "金额", "税额", "价税合计", "发票状态"]
    rows = [
        ["4403212130", "00000001", "2024-05-06", companies[0], companies[1], "100.00", "13.00", "113.00", " 有效发票 "],
        ["4403212130", "00000002", "2024/5/7", companies[0], "9144030", "-100.00", "-13.00", "-113.00", "作废发票"],
        ["4403212130", "00000003", "2024/5/7", companies[0], "", "1", "0", "1", "丢失"],
    ]
    report = load(write_csv(tmp_path / "export.csv", header, rows, "gb18030"), mapping=name)
    assert found(report) == {("facts.choice_unknown", 4, "status")}
    first, second = rows_of(workspace, "invoice")
    assert (first["direction"], first["invoice_id"], first["status"]) == (direction, "00000001", "valid")
    assert (first["company_id"], first["counterparty_id"]) == (companies[0], companies[1])
    assert (second["status"], second["total_cny"], second["known_on"]) == ("void", Decimal(-113), date(2024, 5, 7))


OWN = """
about: {en: own, zh: 自有}
table: patent
source: 局数据
skip_rows: 1
missing: [N/A]
columns: {publication_number: 号, company_id: 权利人, patent_kind: 类, filed_on: 日, claims: 项}
values: {patent_kind: {A: invention, B: utility_model}}
date_format: "%d.%m.%Y"
known_on: {column: 日, months: 18}
derive: {family_id: "{号}/{类}"}
"""


def test_own_mapping(companies: list[str], load: Load, workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "anything.csv"
    body = f"导出于 2025\n号,权利人,类,日,项\nCN1,{companies[0]},A,31.08.2020,N/A\nCN2,{companies[0]},C,2020-08-31,3\n"
    file.write_text(body, "utf-8")
    report = load(file, mapping=mapping_file(tmp_path / "own.yaml", OWN))
    assert found(report) == {("facts.choice_unknown", 4, "patent_kind"), ("facts.not_a_date", 4, "filed_on")} | {
        ("facts.not_a_date", 4, "known_on")
    }
    row = rows_of(workspace, "patent")[0]
    assert (row["filed_on"], row["known_on"]) == (date(2020, 8, 31), date(2022, 2, 28))
    assert (row["patent_kind"], row["claims"], row["family_id"], row["source"]) == (
        "invention",
        None,
        "CN1/A",
        "局数据",
    )


JOINED = """
about: {en: joined, zh: 关联}
source: test
id_space: joined
targets:
  - table: company
    file: owner.csv
    columns: {company_id: owner, name: title}
    issue_ids: company_id
    known_on: {day: 2020-01-01}
  - table: patent
    file: patents.parquet
    joins:
      - {file: owners_of.parquet, on: number, lowest: place, required: true}
      - {file: symbols.csv, on: number, where: {symbol: {starts_with: [G, H]}}, lowest: symbol, gather: {all: symbol}}
    columns: {publication_number: number, company_id: owner, ipc_main: symbol, ipc_all: all, holder_rank: place}
    derive: {filed_on: "{year}-07-01"}
    constants: {patent_kind: invention}
    issue_ids: company_id
    known_on: {day: 2020-01-01}
"""


def test_files_beside_each_other(load: Load, workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_csv(folder / "owner.csv", ["owner", "title"], [["7", "甲"], ["8", "乙"]])
    write_csv(
        folder / "symbols.csv", ["number", "symbol"], [["1", "H04L  1/00"], ["1", "G06F  3/00"], ["1", "Y02E 1/00"]]
    )
    parquet.write_table(pa.table({"number": [1, 2, 3], "year": [2001, 2002, 2003]}), folder / "patents.parquet")
    owners = {"number": [1, 1, 2], "owner": [8, 7, 8], "place": [2, 1, 3]}
    parquet.write_table(pa.table(owners), folder / "owners_of.parquet")
    report = load(folder, mapping=mapping_file(tmp_path / "joined.yaml", JOINED))
    assert codes(report) == set()
    assert [(one.value, one.code) for one in report.findings.kept if "unmatched" in one.code] == [
        ("1", "facts.rows_unmatched")
    ]
    by_name = {row["name"]: row["company_id"] for row in rows_of(workspace, "company")}
    assert all(is_valid(code) for code in by_name.values())
    first, second = rows_of(workspace, "patent")
    assert (first["company_id"], first["holder_rank"]) == (by_name["甲"], 1)
    assert (first["ipc_main"], first["ipc_all"]) == ("G06F 3/00", "G06F 3/00; H04L 1/00")
    assert (second["company_id"], second["ipc_main"], second["filed_on"]) == (by_name["乙"], None, date(2002, 7, 1))


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "link.csv", "..\\secret.csv"])
def test_path_outside_the_directory(name: str, load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_csv(tmp_path / "secret.csv", ["owner", "title"], [["7", "甲"]])
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    text = JOINED.replace("owner.csv", name.replace("\\", "\\\\")).replace(f"file: {name}", f"file: '{name}'")
    with pytest.raises(InputError) as caught:
        load(folder, mapping=mapping_file(tmp_path / "m.yaml", text))
    assert caught.value.code == "facts.path_outside"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("table: patent", "table: patnet"), "no table"),
        (("claims: 项", "clams: 项"), "no column clams"),
        (("skip_rows: 1", "skiprows: 1"), "skiprows"),
        (("months: 18", "months: -1"), "months"),
        (("known_on: {column: 日, months: 18}", "known_on: {months: 18}"), "known_on"),
        (("source: 局数据", "source: 局数据\nunits: {claims: 斤}"), "斤"),
        (("source: 局数据", "source: [局数据"), "line"),
        (("family_id:", "claims:"), "twice"),
    ],
)
def test_wrong_mappings_are_refused(change: tuple[str, str], said: str) -> None:
    assert parse_mapping(OWN.encode(), "own", "own.yaml").targets
    with pytest.raises(InputError) as caught:
        parse_mapping(OWN.replace(*change).encode(), "own", "own.yaml")
    assert caught.value.code == "facts.mapping_invalid"
    assert said in str(caught.value.details["said"])


def test_unknown_mapping_and_one_that_wants_a_directory(load: Load, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_mapping("no_such_mapping")
    assert caught.value.code == "facts.mapping_unknown"
    file = write_csv(tmp_path / "x.csv", ["a"], [["1"]])
    with pytest.raises(InputError) as caught:
        load(file, mapping="cumcm_labelled")
    assert caught.value.code == "facts.mapping_not_fitting"


@pytest.mark.real_data
def test_contest_companies_and_invoices(load: Load, workspace: Workspace, shared_data: Path) -> None:
    report = load(shared_data / "cumcm2020c", mapping="cumcm_labelled")
    assert codes(report) == set()
    # Counted with pyarrow over the files: rows, and distinct (company, number, counterparty, day).
    assert [(one.table, one.read, one.loaded) for one in report.sources] == [
        ("company", 123, 123),
        ("invoice", 162_484, 158_048),
        ("invoice", 210_947, 210_144),
    ]
    void = workspace.store.single("SELECT count(*) FROM invoice WHERE status = 'void' AND direction = 'received'")
    assert 7_500 < void <= 7_608
    assert all(is_valid(row["company_id"]) for row in rows_of(workspace, "company"))


@pytest.mark.real_data
def test_patents_with_inventors_in_china(load: Load, workspace: Workspace, shared_data: Path) -> None:
    report = load(shared_data / "patstat_cn", mapping="patstat_cn")
    assert codes(report) == set()
    # 26,415 of the 27,904 patents have an applicant in the extract (counted with Python sets).
    assert [(one.table, one.loaded) for one in report.sources] == [("company", 7_014), ("patent", 26_415)]
    shenzhen = load(shared_data / "patstat_cn", mapping="patstat_shenzhen")
    assert (shenzhen.sources[1].unchanged, shenzhen.rows_loaded, shenzhen.exit_status) == (10_563, 0, 0)

"""Excel files that people fill in or read: templates of the tables of facts, and rows that did not load."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from kejin.errors import Lang, UseError
from kejin.facts.declaration import Column, Table
from kejin.facts.findings import Finding
from kejin.facts.read_excel import MEANINGS_SHEETS
from kejin.facts.tables import ALL_TABLES
from kejin.facts.uscc import issued_code
from kejin.workflows.load_facts import LoadReport, RejectedRow

_LIST_CHARACTERS_MAX = 255  # Excel refuses longer lists of choices in a cell's menu
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_YES_NO = ("是", "否")


def neutral_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe in front."""
    if not text.startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def write_template(path: Path, tables: Sequence[str] | None = None) -> None:
    """A workbook to fill in: one sheet a table with Chinese headers, and the sheet 说明 that explains each column.

    tables   names, English or Chinese; all when not given. Raises facts.table_undeclared.
    """
    chosen = [_table(name) for name in tables] if tables else list(ALL_TABLES.values())
    with xlsxwriter.Workbook(str(path)) as book:
        looks = {
            "required": book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1, "text_wrap": True}),
            "optional": book.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1, "text_wrap": True}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "timestamp": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "plain": book.add_format({}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        for table in chosen:
            _template_sheet(book, table, looks)
        _meanings_sheet(book, chosen, looks)


def _table(name: str) -> Table:
    for table in ALL_TABLES.values():
        if name in (table.name, table.zh):
            return table
    raise UseError("facts.table_undeclared", table=name, tables=", ".join(ALL_TABLES))


def _template_sheet(book: Any, table: Table, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet(table.zh)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 32)
    for place, column in enumerate(table.columns):
        look = looks.get(column.kind, looks["text"] if column.kind in ("text", "code") else looks["plain"])
        sheet.set_column(place, place, max(12, min(36, 2 * len(column.zh) + 4)), look)
        needed = column.required and column.name != "source"
        sheet.write_string(0, place, column.zh, looks["required" if needed else "optional"])
        sheet.write_comment(0, place, _meaning(column), {"x_scale": 2})
        menu = _menu(column)
        if menu:
            sheet.data_validation(1, place, 1_048_575, place, {"validate": "list", "source": list(menu)})


def _menu(column: Column) -> tuple[str, ...]:
    """What the cells of a column offer to choose from; nothing when Excel cannot hold the list."""
    if column.kind == "flag":
        return _YES_NO
    labels = tuple(choice.zh for choice in column.choices or ())
    fits = len(",".join(labels)) <= _LIST_CHARACTERS_MAX and not any("," in label for label in labels)
    return labels if fits else ()


def _meaning(column: Column) -> str:
    parts = [column.zh, column.en]
    if column.unit is not None:
        parts.append(f"单位:{unit_zh(column)}")
    if column.required and column.name != "source":
        parts.append("必填")
    return "\n".join(parts)


def unit_zh(column: Column) -> str:
    """A unit as Chinese readers write it."""
    words = {"CNY": "元", "1": "比例(0–1)", "person": "人", "year": "年", "day": "天", "patent": "件", "point": "分"}
    return words.get(column.unit or "", column.unit or "")


def _meanings_sheet(book: Any, tables: Iterable[Table], looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet(MEANINGS_SHEETS[0])
    heads = ("表", "列", "英文名", "含义", "类型", "单位", "必填", "可选值", "示例")
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, looks["required"])
    for place, width in enumerate((14, 22, 26, 48, 10, 12, 8, 60, 24)):
        sheet.set_column(place, place, width, looks["wrap"])
    row = 1
    for table in tables:
        for column in table.columns:
            needed = column.required and column.name != "source"
            labels = _YES_NO if column.kind == "flag" else [choice.zh for choice in column.choices or ()]
            texts = (
                table.zh,
                column.zh,
                column.name,
                _remark(column),
                KIND_ZH[column.kind],
                unit_zh(column) if column.unit else "",
                "是" if needed else "",
                "、".join(labels),
                example_of(column),
            )
            for place, text in enumerate(texts):
                sheet.write_string(row, place, text)
            row += 1


KIND_ZH = {
    "text": "文本",
    "code": "编码",
    "date": "日期",
    "timestamp": "时间",
    "integer": "整数",
    "money": "金额",
    "number": "数值",
    "ratio": "比例",
    "flag": "是否",
}


def _remark(column: Column) -> str:
    extra = {
        "known_on": " 从哪天起可以知道这一行;更正已装载的行时填写更晚的日期。",
        "source": " 不填则为文件名。",
    }.get(column.name, "")
    return column.en + extra


def example_of(column: Column) -> str:
    """A value that the column would take."""
    if column.choices:
        return column.choices[0].zh
    if column.check == "uscc" or column.refers == "company.company_id":
        return issued_code("example", "1")
    if column.check is not None:
        return "H04L 12/28"
    if column.pattern is not None:
        return {r"[A-Z]{2}": "CN", r"[A-T]?\d{2,4}": "3921"}.get(column.pattern, "")
    by_kind = {
        "date": "2024-03-31",
        "timestamp": "2024-03-31 09:30:00",
        "integer": str(int(max(column.low or 0, 3 if (column.high or 99) < 1980 else (column.low or 0) + 44))),
        "money": "1234567.89",
        "number": "1",
        "ratio": "0.15",
        "flag": "是",
    }
    if column.name == "fiscal_year":
        return "2024"
    return by_kind.get(column.kind, column.zh)


def write_rejected(path: Path, report: LoadReport, lang: Lang) -> None:
    """The rows that did not load with the reasons beside them: an .xlsx with a sheet a table, or one .csv."""
    if path.suffix.lower() == ".csv":
        _rejected_csv(path, report, lang)
        return
    if path.suffix.lower() != ".xlsx":
        raise UseError("facts.rejected_kind", path=path)
    reasons = _reasons(report.findings.kept, lang)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        for name in dict.fromkeys(row.table for row in report.rejected_rows):
            rows = [row for row in report.rejected_rows if row.table == name]
            columns = _columns_of(rows)
            sheet = book.add_worksheet(ALL_TABLES[name].zh if lang == "zh" else name)
            sheet.freeze_panes(1, 0)
            for place, head in enumerate(_heads(name, columns, lang)):
                sheet.write_string(0, place, head, bold)
            for number, row in enumerate(rows, 1):
                for place, text in enumerate(_cells(row, columns, reasons)):
                    sheet.write_string(number, place, text[:32_767])
        _findings_sheet(book, report, lang, bold)


def _findings_sheet(book: Any, report: LoadReport, lang: Lang, bold: Any) -> None:
    """Every finding that was kept, also those of whole files, which have no row."""
    zh = lang == "zh"
    sheet = book.add_worksheet("问题清单" if zh else "findings")
    heads = ("级别", "代码", "位置", "问题", "原因", "办法") if zh else ("kind", "code", "where", "what", "why", "do")
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
    for number, finding in enumerate(report.findings.kept, 1):
        parts = [finding.part(part, lang) for part in ("what", "why", "do")]
        for place, text in enumerate((finding.severity, finding.code, finding.place(lang), *parts)):
            sheet.write_string(number, place, neutral_text(text)[:32_767])


def _rejected_csv(path: Path, report: LoadReport, lang: Lang) -> None:
    reasons = _reasons(report.findings.kept, lang)
    columns = _columns_of(report.rejected_rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        heads = ["原因", "表", "文件", "行"] if lang == "zh" else ["reason", "table", "file", "row"]
        writer.writerow([*heads, *columns])
        for row in report.rejected_rows:
            reason, file_name, number, *cells = _cells(row, columns, reasons)
            writer.writerow([reason, row.table, file_name, number, *cells])


def _reasons(findings: Iterable[Finding], lang: Lang) -> dict[tuple[str, str, int], str]:
    """Why each row did not load: all its findings in one text."""
    reasons: dict[tuple[str, str, int], list[str]] = {}
    for finding in findings:
        if finding.severity == "error" and finding.row is not None:
            place = (finding.file, finding.table or "", finding.row)
            reasons.setdefault(place, []).append(f"{finding.part('what', lang)} {finding.part('do', lang)}".strip())
    return {place: "; ".join(texts) for place, texts in reasons.items()}


def _columns_of(rows: Iterable[RejectedRow]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row.cells))


def _heads(table: str, columns: Sequence[str], lang: Lang) -> list[str]:
    declared = ALL_TABLES[table]
    heads = ["原因", "文件", "行"] if lang == "zh" else ["reason", "file", "row"]
    return heads + [declared.column(name).zh if lang == "zh" else name for name in columns]


def _cells(row: RejectedRow, columns: Sequence[str], reasons: dict[tuple[str, str, int], str]) -> list[str]:
    reason = reasons.get((row.file, row.table, row.row), "")
    cells = [row.cells.get(name) or "" for name in columns]
    return [neutral_text(text) for text in (reason, row.file, str(row.row), *cells)]

"""A table as the bytes of a workbook: texts that look like formulas stay texts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from kejin.app.write_excel import neutral_text, write_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CELL_CHARACTERS_MAX = 32_767


def excel_bytes(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], note: str | None = None) -> bytes:
    """One sheet: heads, rows, and a last line of note, such as the source and the as-of day."""
    kept = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(kept, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("".join("_" if sign in "[]:*?/\\" else sign for sign in title)[:31] or "1")
        sheet.freeze_panes(1, 0)
        for place, head in enumerate(heads):
            sheet.write_string(0, place, neutral_text(head), bold)
        number = 0
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row):
                _write(sheet, number, place, value, day)
        if note:
            sheet.write_string(number + 2, 0, neutral_text(note))
        sheet.autofit(300)
    return kept.getvalue()


def template_bytes(tables: Sequence[str] | None) -> bytes:
    """The workbook to fill in for these tables, or all. Raises facts.table_undeclared."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path, tables)
        return path.read_bytes()


def _write(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, datetime):
        sheet.write_string(row, place, value.isoformat(sep=" ", timespec="seconds"))
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, day)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value)
    else:
        sheet.write_string(row, place, neutral_text(str(value))[:_CELL_CHARACTERS_MAX])

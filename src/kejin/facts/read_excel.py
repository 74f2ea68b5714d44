"""Excel workbooks as rows of text, one sheet a table. Formulas are refused: their value is a result, not data."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejin.errors import InputError
from kejin.facts.findings import shown
from kejin.facts.row_source import CellProblem, RowSource, batch_schema, trimmed_batch

# A workbook is a zip archive; these limits are far above any real form and far below what hurts a machine.
UNPACKED_BYTES_MAX = 2 << 30
PART_RATIO_MAX = 200  # a sheet of equal rows packs about 1:60
PART_BYTES_TRUSTED = 16 << 20  # a small part may be packed as tightly as it likes
PARTS_MAX = 10_000

MEANINGS_SHEETS = ("说明", "填写说明", "meanings", "readme")
_BATCH_ROWS = 50_000
_FORMULA = re.compile(rb"<f[ />]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and where its header stands."""

    name: str
    header: tuple[str, ...]
    header_row: int


def guard_against_bombs(path: Path) -> None:
    """Refuses a workbook that would unpack to far more than it should, before anything is unpacked.

    Raises facts.excel_unreadable, facts.excel_bomb, facts.file_empty.
    """
    if path.stat().st_size == 0:
        raise InputError("facts.file_empty", file=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError("facts.excel_unreadable", file=path.name, said=str(error)) from error
    total = sum(part.file_size for part in parts)
    for part in parts:
        packed = max(part.compress_size, 1)
        if part.file_size > PART_BYTES_TRUSTED and part.file_size / packed > PART_RATIO_MAX:
            raise _bomb(path, total)
    if total > UNPACKED_BYTES_MAX or len(parts) > PARTS_MAX:
        raise _bomb(path, total)


def _bomb(path: Path, total: int) -> InputError:
    return InputError("facts.excel_bomb", file=path.name, packed=f"{path.stat().st_size:,}", unpacked=f"{total:,}")


def open_workbook(path: Path, *, values: bool = True) -> Any:
    """The workbook, read row by row; values, or formulas as they were typed. Raises as guard_against_bombs."""
    from openpyxl import load_workbook

    guard_against_bombs(path)
    try:
        return load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its XML and zip readers raise
        raise InputError("facts.excel_unreadable", file=path.name, said=_said(error)) from error


def sheets_of(path: Path, skip_rows: int = 0) -> list[Sheet]:
    """The sheets with a header, in order, without the sheets of meanings."""
    book = open_workbook(path)
    try:
        return [
            sheet
            for worksheet in book.worksheets
            if worksheet.title.strip().lower() not in MEANINGS_SHEETS
            and (sheet := _sheet(worksheet, skip_rows)) is not None
        ]
    except InputError:
        raise
    except Exception as error:
        raise InputError("facts.excel_unreadable", file=path.name, said=_said(error)) from error
    finally:
        book.close()


def _sheet(worksheet: Any, skip_rows: int) -> Sheet | None:
    """The first row with anything in it, after those to skip, is the header."""
    worksheet.reset_dimensions()
    for number, row in enumerate(worksheet.iter_rows(values_only=True), 1):
        if number <= skip_rows:
            continue
        header = ["" if value is None else str(value).strip().removesuffix("*").strip() for value in row]
        while header and not header[-1]:
            header.pop()
        if header:
            return Sheet(worksheet.title, tuple(header), number)
    return None


def read_sheet(path: Path, sheet: Sheet) -> RowSource:
    """The rows below a sheet's header as text."""
    source = RowSource((path,), sheet.header, sheet=sheet.name)

    def batches() -> pa.RecordBatchReader:
        source.problems.clear()
        schema = batch_schema(len(sheet.header))
        return pa.RecordBatchReader.from_batches(schema, _guarded(_batches(path, sheet, source), source))

    source.batches = batches
    return source


def _guarded(batches: Iterator[pa.RecordBatch], source: RowSource) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Exception as error:
        source.failure = InputError("facts.excel_unreadable", file=source.shown(), said=_said(error))
        raise source.failure from error


def _batches(path: Path, sheet: Sheet, source: RowSource) -> Iterator[pa.RecordBatch]:
    formulas = _formula_cells(path, sheet) if _has_formulas(path) else {}
    schema = batch_schema(len(sheet.header))
    book = open_workbook(path)
    try:
        worksheet = book[sheet.name]
        worksheet.reset_dimensions()
        rows: list[list[str | None]] = []
        numbers: list[int] = []
        for number, cells in enumerate(worksheet.iter_rows(), 1):
            if number <= sheet.header_row:
                continue
            texts = [_text_of(cell, number, sheet, source) for cell in cells[: len(sheet.header)]]
            texts += [None] * (len(sheet.header) - len(texts))
            for place, formula in formulas.get(number, ()):
                _note_formula(source, sheet, number, place, formula, texts[place])
            if any(text is not None for text in texts):
                rows.append(texts)
                numbers.append(number)
            if len(rows) >= _BATCH_ROWS:
                yield _batch(rows, numbers, schema)
                rows, numbers = [], []
        yield _batch(rows, numbers, schema)
    finally:
        book.close()


def _note_formula(source: RowSource, sheet: Sheet, row: int, place: int, formula: str, result: str | None) -> None:
    value = shown(f"{formula} → {'' if result is None else result}")
    source.problems.append(CellProblem(row, sheet.header[place], "facts.formula_cell", value))


def _batch(rows: list[list[str | None]], numbers: list[int], schema: pa.Schema) -> pa.RecordBatch:
    columns: Iterable[tuple[str | None, ...]] = zip(*rows, strict=True) if rows else [()] * (len(schema) - 1)
    arrays = [pa.array(column, pa.string()) for column in columns]
    return trimmed_batch(arrays, pa.array(numbers, pa.int64()))


def _text_of(cell: Any, row: int, sheet: Sheet, source: RowSource) -> str | None:
    """A cell's value as plain text: days as YYYY-MM-DD, numbers with all their digits, no thousands separators."""
    value = cell.value
    if value is None:
        return None
    if isinstance(value, str):
        if cell.data_type == "e":
            place = cell.column - 1
            source.problems.append(CellProblem(row, sheet.header[place], "facts.error_cell", shown(value)))
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _has_formulas(path: Path) -> bool:
    """Whether any sheet holds a formula, looked for in its XML so that most workbooks are read once only."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            tail = b""
            with archive.open(name) as part:
                while chunk := part.read(1 << 20):
                    if _FORMULA.search(tail + chunk):
                        return True
                    tail = chunk[-2:]
    return False


def _formula_cells(path: Path, sheet: Sheet) -> dict[int, list[tuple[int, str]]]:
    """Row -> (place, formula) of the cells below the header that hold formulas."""
    found: dict[int, list[tuple[int, str]]] = {}
    book = open_workbook(path, values=False)
    try:
        worksheet = book[sheet.name]
        worksheet.reset_dimensions()
        for number, cells in enumerate(worksheet.iter_rows(), 1):
            if number <= sheet.header_row:
                continue
            for place, cell in enumerate(cells[: len(sheet.header)]):
                if cell.data_type == "f":
                    found.setdefault(number, []).append((place, str(getattr(cell.value, "text", cell.value))))
        return found
    finally:
        book.close()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]

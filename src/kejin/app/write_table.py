"""Writing a table of results to CSV, Parquet, Excel or JSON, by the suffix; streamed, whole or not at all."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from kejin.app.column_labels import ColumnLabel, result_labels
from kejin.app.shown import rule_title
from kejin.engines.run_query import to_parquet
from kejin.errors import InputError, UseError
from kejin.units import FEN_PER_CNY

if TYPE_CHECKING:
    import xlsxwriter

    from kejin.workflows.evaluation_rules import EvaluationRules

EXCEL_ROWS_MAX = 1_048_576  # the header's row included
EXCEL_COLUMNS_MAX = 16_384
EXCEL_LETTERS_MAX = 32_767
BATCH_ROWS = 16_384
_BOM = b"\xef\xbb\xbf"  # by it Excel knows UTF-8
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_BEGINS_DANGEROUSLY = r"^[=+\-@\t\r]"
_FORMATS = {"fen": "#,##0.00", "ratio": "0.00%", "point": "0.##", "count": "#,##0", "person": "#,##0"}
_WORDS = {
    "zh": {
        "rows": "结果",
        "about": "说明",
        "cny": "{}（元）",
        "yes": "是",
        "no": "否",
        "as_of": "截至",
        "known_on": "规则按此日所知",
        "edition": "规则版本",
        "blank": "空白单元格",
        "blank_means": "缺失或待定；缺失不等于零",
        "unverified": "未核实的规则",
        "absent": "当日未生效",
    },
    "en": {
        "rows": "Result",
        "about": "About",
        "cny": "{} (CNY)",
        "yes": "yes",
        "no": "no",
        "as_of": "As of",
        "known_on": "Rules as known on",
        "edition": "Rule edition",
        "blank": "Empty cell",
        "blank_means": "missing or open; missing is not zero",
        "unverified": "Unverified rules",
        "absent": "Not in force on the day",
    },
}


@dataclass(frozen=True, slots=True)
class _Batches:
    """Rows to write: their schema, their number, and the batches, which can be read once."""

    schema: pa.Schema
    rows: int
    batches: Iterator[pa.RecordBatch]


def write_table(
    table: Any,
    path: Path,
    lang: str,
    labels: Mapping[str, ColumnLabel] | None = None,
    rules: EvaluationRules | None = None,
) -> None:
    """Write a table to .csv, .parquet, .xlsx or .json.

    table    an Arrow table, or a query (an Ibis table), which its engine then streams.
    labels   headers, units and names of codes for Excel; those of an evaluation when not given but rules are.
    rules    the rules of the run: their day, edition and unverified parts go with the file where it can hold them.
    Missing  an empty cell, null in JSON. CSV, Parquet and JSON keep the names of columns and amounts in fen.
    Raises   UseError app.suffix_unknown; InputError app.table_too_long, app.file_not_written.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UseError("app.suffix_unknown", path=path, suffix=path.suffix or "-", known=", ".join(_WRITERS))
    shown = labels if labels is not None else result_labels(rules) if rules is not None else {}
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _batches(table, path.parent) as rows:
            if writer is _excel:
                _fits_a_sheet(rows, path)
            writer(rows, beside, "zh" if lang == "zh" else "en", shown, rules)
        beside.replace(path)
    except OSError as error:
        raise InputError("app.file_not_written", path=path, said=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _fits_a_sheet(rows: _Batches, path: Path) -> None:
    columns = len(rows.schema.names)
    if rows.rows > EXCEL_ROWS_MAX - 1 or columns > EXCEL_COLUMNS_MAX:
        counts = {"rows": f"{rows.rows:,}", "columns": f"{columns:,}", "most": f"{EXCEL_ROWS_MAX - 1:,}"}
        raise InputError("app.table_too_long", path=path, **counts)


@contextmanager
def _batches(table: Any, folder: Path) -> Iterator[_Batches]:
    """The rows in batches; a query is streamed by its engine to a file first, so that its rows never fill memory."""
    if isinstance(table, pa.Table):
        yield _Batches(table.schema, table.num_rows, iter(table.to_batches(max_chunksize=BATCH_ROWS)))
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".rows-") as place:
        file = Path(place) / "rows.parquet"
        to_parquet(table, file)
        with pq.ParquetFile(file) as opened:
            yield _Batches(opened.schema_arrow, opened.metadata.num_rows, opened.iter_batches(BATCH_ROWS))


# ── CSV, Parquet, JSON ───────────────────────────────────────────────────────────────────────────────────────────────


def _csv(rows: _Batches, path: Path, *_: Any) -> None:
    """UTF-8 with a mark by which Excel opens Chinese; text that a spreadsheet would run begins with an apostrophe."""
    schema = pa.schema([pa.field(field.name, _csv_type(field.type)) for field in rows.schema])
    with path.open("wb") as file:
        file.write(_BOM)
        header = pa.csv.WriteOptions(include_header=False)
        names = (_quoted(name) for name in schema.names)
        file.write((",".join(names) + "\n").encode("utf-8"))
        with pa.csv.CSVWriter(file, schema, write_options=header) as writer:
            for batch in rows.batches:
                columns = [_csv_column(column, kind) for column, kind in zip(batch.columns, schema.types, strict=True)]
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _quoted(name: str) -> str:
    safe = f"'{name}" if name.startswith(_DANGEROUS) else name
    return '"' + safe.replace('"', '""') + '"'


def _csv_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_decimal(kind) or pa.types.is_nested(kind) else kind


def _csv_column(column: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    if column.type != kind:
        return pa.array([None if one is None else str(one) for one in column.to_pylist()], kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        risky = pc.match_substring_regex(column, _BEGINS_DANGEROUSLY)
        apostrophe, nothing = pa.scalar("'", kind), pa.scalar("", kind)
        return pc.if_else(risky, pc.binary_join_element_wise(apostrophe, column, nothing), column)
    return column


def _parquet(rows: _Batches, path: Path, lang: str, _: object, rules: EvaluationRules | None) -> None:
    notes = {name.encode(): value.encode() for name, value in _notes(rules, lang)}
    schema = rows.schema.with_metadata({**(rows.schema.metadata or {}), **notes})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows.batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _json(rows: _Batches, path: Path, *_: Any) -> None:
    """A list of records; days in ISO form, exact amounts as text, NaN as null."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        between = "\n"
        for batch in rows.batches:
            for record in batch.to_pylist():
                clean = {name: _plain(value) for name, value in record.items()}
                file.write(between + json.dumps(clean, ensure_ascii=False, default=str, allow_nan=False))
                between = ",\n"
        file.write("\n]\n")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date | datetime) else value


# ── Excel ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Sheet:
    """One sheet that is filled row by row, so that memory does not grow with the rows."""

    def __init__(self, book: xlsxwriter.Workbook, name: str, lang: str) -> None:
        self.sheet = book.add_worksheet(name)
        self.words = _WORDS[lang]
        self.lang = lang
        self.header = book.add_format({"bold": True, "bg_color": "#12395B", "font_color": "#FFFFFF", "text_wrap": True})
        # Excel keeps such text as text even when someone edits the cell.
        self.quoted = book.add_format({"quote_prefix": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.numbers = {unit: book.add_format({"num_format": text}) for unit, text in _FORMATS.items()}

    def cells(self, column: pa.Array, shown: ColumnLabel | None) -> tuple[list[Any], Callable[..., None]]:
        """The values of a column as Excel takes them, and what writes one of them; missing is None."""
        values = column.to_pylist()
        kind, unit = column.type, "" if shown is None else shown.unit
        if shown is not None and shown.codes:
            names = {code: label.of(self.lang) for code, label in shown.codes.items()}
            return [None if one is None else str(names.get(one, one)) for one in values], self.text
        if pa.types.is_boolean(kind):
            words = {True: self.words["yes"], False: self.words["no"], None: None}
            return [words[one] for one in values], self.text
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            least = FEN_PER_CNY if unit == "fen" else 1
            style = self.numbers.get(unit)
            return [_excel_number(one, least) for one in values], partial(self._number, style=style)
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            return values, self._day
        return [None if one is None else str(one) for one in values], self.text

    def text(self, row: int, place: int, text: str) -> None:
        """Text as text: never a formula or a link."""
        if len(text) > EXCEL_LETTERS_MAX:
            text = text[: EXCEL_LETTERS_MAX - 1] + "…"
        self.sheet.write_string(row, place, text, self.quoted if text.startswith(_DANGEROUS) else None)

    def _number(self, row: int, place: int, number: float, style: Any) -> None:
        self.sheet.write_number(row, place, number, style)

    def _day(self, row: int, place: int, day: date) -> None:
        bare = day.replace(tzinfo=None) if isinstance(day, datetime) else day
        self.sheet.write_datetime(row, place, bare, self.day)


def _excel_number(value: float | Decimal | None, least: int) -> float | None:
    """A number in the unit that the header names; Excel has neither NaN nor infinity."""
    if value is None or not math.isfinite(value):
        return None
    return float(value) / least


def _excel(
    rows: _Batches, path: Path, lang: str, labels: Mapping[str, ColumnLabel], rules: EvaluationRules | None
) -> None:
    import xlsxwriter

    words = _WORDS[lang]
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = _Sheet(book, words["rows"], lang)
        shown = [labels.get(name) for name in rows.schema.names]
        _head(sheet, rows.schema.names, shown, lang)
        first = 1
        for batch in rows.batches:
            columns = [sheet.cells(column, label) for column, label in zip(batch.columns, shown, strict=True)]
            for row in range(batch.num_rows):
                for place, (values, write) in enumerate(columns):
                    if values[row] is not None:
                        write(first + row, place, values[row])
            first += batch.num_rows
        if first > 1 and shown:
            sheet.sheet.autofilter(0, 0, first - 1, len(shown) - 1)
        _about(_Sheet(book, words["about"], lang), rules, lang)


def _head(sheet: _Sheet, names: list[str], shown: list[ColumnLabel | None], lang: str) -> None:
    """The header row, frozen, with columns as wide as their headers need."""
    for place, (name, label) in enumerate(zip(names, shown, strict=True)):
        header = _header(name, label, lang)
        letters = sum(2 if ord(letter) > 0x2E7F else 1 for letter in header)
        sheet.sheet.set_column(place, place, 40 if name == "name" else min(max(letters + 2, 11), 26))
        sheet.sheet.write_string(0, place, header, sheet.header)
    sheet.sheet.freeze_panes(1, min(2, len(names)))


def _header(name: str, label: ColumnLabel | None, lang: str) -> str:
    if label is None:
        return name
    text = label.label.of(lang)
    return _WORDS[lang]["cny"].format(text) if label.unit == "fen" else text


def _about(sheet: _Sheet, rules: EvaluationRules | None, lang: str) -> None:
    sheet.sheet.set_column(0, 0, 24)
    sheet.sheet.set_column(1, 1, 90)
    notes = [*_notes(rules, lang), (sheet.words["blank"], sheet.words["blank_means"])]
    for row, (term, text) in enumerate(notes):
        sheet.text(row, 0, term)
        sheet.text(row, 1, text)


def _notes(rules: EvaluationRules | None, lang: str) -> list[tuple[str, str]]:
    """Day, edition, and what a reader must know of the rules."""
    if rules is None:
        return []
    words = _WORDS[lang]
    notes = [
        (words["as_of"], str(rules.as_of)),
        (words["known_on"], str(rules.known_on)),
        (words["edition"], rules.edition),
    ]
    notes += [(words["absent"], error.part("what", lang)) for _, error in rules.absent]
    return notes + [(words["unverified"], f"{rule_title(rule, lang)} ({rule})") for rule in rules.unverified]


Writer = Callable[[_Batches, Path, str, Mapping[str, ColumnLabel], "EvaluationRules | None"], None]
_WRITERS: dict[str, Writer] = {".csv": _csv, ".parquet": _parquet, ".xlsx": _excel, ".json": _json}

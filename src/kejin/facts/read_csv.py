"""CSV files as rows of text: UTF-8 with or without its mark, or GB18030; never guessed, always decoded strictly."""

from __future__ import annotations

import codecs
import csv
import io
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from kejin.errors import InputError
from kejin.facts.findings import shown
from kejin.facts.row_source import CellProblem, RowSource, batch_schema, trimmed_batch

ENCODINGS = ("utf-8", "gb18030")
_CHUNK_BYTES = 4 << 20
_BLOCK_BYTES = 8 << 20
LINE_BYTES_MAX = 256 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """What one pass over the bytes tells: the encoding that decodes them all, and the longest line."""

    encoding: str
    line_bytes_max: int


def read_csv(path: Path, *, encoding: str | None = None, delimiter: str = ",", skip_rows: int = 0) -> RowSource:
    """The rows of a CSV file; the first row after skip_rows holds the headers.

    encoding   of the file; without it UTF-8 and then GB18030 are tried, each on the whole file.
    Raises facts.file_empty, facts.encoding_unknown, facts.line_too_long.
    """
    shape = shape_of(path, encoding)
    header, lines, separator = _read_header(path, shape.encoding, delimiter, skip_rows)
    if not any(name for name in header):
        raise InputError("facts.file_empty", file=path.name)
    source = RowSource((path,), tuple(header))

    def batches() -> pa.RecordBatchReader:
        source.problems.clear()
        return _open_batches(path, shape, separator, lines, skip_rows, source)

    source.batches = batches
    return source


def shape_of(path: Path, encoding: str | None = None) -> Shape:
    """The encoding that decodes the whole file, and its longest line.

    Raises facts.file_empty, facts.encoding_unknown, facts.line_too_long.
    """
    if path.stat().st_size == 0:
        raise InputError("facts.file_empty", file=path.name)
    candidates = (encoding,) if encoding is not None else ENCODINGS
    positions = []
    for candidate in candidates:
        decoder = _decoder(candidate, path)
        position, longest = _decode_all(path, decoder)
        if position is None:
            if longest > LINE_BYTES_MAX:
                raise InputError("facts.line_too_long", file=path.name, limit=f"{LINE_BYTES_MAX >> 20} MiB")
            return Shape(candidate, longest)
        positions.append(f"{candidate}: byte {position:,}")
    raise InputError("facts.encoding_unknown", file=path.name, tried="; ".join(positions))


def _decoder(encoding: str, path: Path) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)("strict")
    except LookupError as error:
        raise InputError("facts.encoding_unknown", file=path.name, tried=encoding) from error


def _decode_all(path: Path, decoder: codecs.IncrementalDecoder) -> tuple[int | None, int]:
    """Byte position where decoding fails (None when it never does), and the longest line in bytes."""
    done, longest, open_line = 0, 0, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return done + error.start, longest
            if not chunk:
                return None, max(longest, open_line)
            ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord("\n"))
            if len(ends):
                longest = max(longest, open_line + int(ends[0]), int(np.diff(ends).max(initial=0)))
                open_line = len(chunk) - int(ends[-1])
            else:
                open_line += len(chunk)
            done += len(chunk)


def _read_header(path: Path, encoding: str, delimiter: str, skip_rows: int) -> tuple[list[str], int, str]:
    """Headers, physical lines up to their end, and the separator (tab or semicolon where no comma is there)."""
    with path.open("r", encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
        for _ in range(skip_rows):
            file.readline(LINE_BYTES_MAX)
        head = file.read(1 << 20)
    first = head.split("\n", 1)[0]
    separator = delimiter
    if delimiter == "," and "," not in first:
        separator = next((other for other in "\t;" if other in first), delimiter)
    csv.field_size_limit(1 << 28)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=separator)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise InputError("facts.csv_unreadable", file=path.name, said=str(error)) from error
    return [name.strip() for name in header], skip_rows + reader.line_num, separator


def _open_batches(
    path: Path, shape: Shape, separator: str, lines: int, skip_rows: int, source: RowSource
) -> pa.RecordBatchReader:
    header_row = skip_rows + 1
    width = len(source.columns)
    names = [f"c{number}" for number in range(width)]
    left_out: list[int] = []  # record numbers, counted from 1 after the header, that give no row

    def on_wrong_width(row: arrow_csv.InvalidRow) -> str:
        left_out.append(int(row.number) - lines)
        blank = not row.text.strip(f'{separator} \t\r\n"')
        if not blank:
            code = "facts.quote_unclosed" if "\n" in row.text.strip() else "facts.row_ragged"
            value = f"{row.actual_columns}/{row.expected_columns}: {shown(row.text)}"
            source.problems.append(CellProblem(left_out[-1] + header_row, None, code, value))
        return "skip"

    try:
        stream = arrow_csv.open_csv(
            path,
            # One thread: only then rows are numbered; parsing overlaps with the checks anyway.
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=max(_BLOCK_BYTES, 2 * shape.line_bytes_max + 1024),
                skip_rows=lines,
                column_names=names,
                encoding="utf8" if shape.encoding == "utf-8" else shape.encoding,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=on_wrong_width,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.RecordBatchReader.from_batches(batch_schema(width), iter(()))
        raise InputError("facts.csv_unreadable", file=path.name, said=_first_line(error)) from error
    return pa.RecordBatchReader.from_batches(batch_schema(width), _numbered(stream, left_out, header_row, source))


def _numbered(
    stream: Iterator[pa.RecordBatch], left_out: list[int], header_row: int, source: RowSource
) -> Iterator[pa.RecordBatch]:
    """Batches with the number of each row in the file."""
    record = 0
    batches = iter(stream)
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except pa.ArrowInvalid as error:
            # The engine that reads the batches wraps what is raised here; the loader looks for it in the source.
            source.failure = InputError("facts.csv_unreadable", file=source.shown(), said=_first_line(error))
            raise source.failure from error
        numbers = _next_numbers(record, batch.num_rows, left_out)
        record = int(numbers[-1]) if len(numbers) else record
        yield trimmed_batch(batch.columns, pa.array(numbers + header_row))


def _next_numbers(after: int, count: int, left_out: list[int]) -> np.ndarray:
    """The next so many record numbers after one, without those left out (which are in rising order)."""
    numbers = np.arange(after + 1, after + 1 + count, dtype=np.int64)
    for gap in left_out[bisect_left(left_out, after + 1) :]:
        if not count or gap > numbers[-1]:
            break
        numbers[np.searchsorted(numbers, gap) :] += 1
    return numbers


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]

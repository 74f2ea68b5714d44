"""Which rows did a run use? A hash of them that no order, partition or engine changes.

Byte form, version 1 (the journal stores the result, so it never changes; a new form gets a new number):

1. Each value of a column that is not text becomes nine bytes: 01 and a signed 64-bit number, most significant byte
   first; or nine bytes 00 when it is missing. The number is
     date        days since 1970-01-01
     timestamp   microseconds since 1970-01-01 00:00:00
     integer     itself
     money       whole fen, e.g. -1230 for CNY -12.30
     number, ratio   the bits of the IEEE 754 double; -0.0 counts as 0.0
     flag        1 or 0
   Each text or code becomes UTF-8; in it a backslash is written as two, and the unit separator (byte 1F) as a
   backslash and u. A missing one is written as a backslash and N.
2. A row's bytes are those of its columns that are not text, in declared order, and then its texts in declared order
   joined by byte 1F.
3. A row's digest is SHA-256 of its bytes.
4. The table's hash is SHA-256 of a head and then the digests of all rows in rising order (equal rows each count).
   The head is the UTF-8 text `kejin-rows-1`, a line feed, the table's name, a line feed, the column names joined by
   commas, a line feed.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
from pyarrow import compute

from kejin.facts.declaration import Column, Table
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView

FORM = "kejin-rows-1"
DIGEST_BYTES = 32
SEPARATOR = "\x1f"
ROWS_IN_MEMORY_MAX = 4_000_000
_BUCKETS = 256
_BATCH_ROWS = 65_536
_NUMBER = np.dtype([("there", "u1"), ("value", ">i8")])


def content_hash(view: FactsView, tables: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Rows and hash of each table as the view shows it; table -> (rows, hexadecimal digest).

    Memory is bounded: digests of more than four million rows of a table are put aside in a temporary folder.
    """
    return {name: hash_batches(ALL_TABLES[name], _batches(view, name)) for name in tables}


def _batches(view: FactsView, name: str) -> Iterator[pa.RecordBatch]:
    yield from view.table(name).to_pyarrow_batches(chunk_size=_BATCH_ROWS)


def hash_batches(
    table: Table, batches: Iterable[pa.RecordBatch], rows_in_memory_max: int = ROWS_IN_MEMORY_MAX
) -> tuple[int, str]:
    """Rows and hash of a declared table from Arrow batches in any order."""
    with _Digests(rows_in_memory_max) as digests:
        for batch in batches:
            digests.add(row_digests(table, batch))
        total = hashlib.sha256(f"{FORM}\n{table.name}\n{','.join(table.column_names)}\n".encode())
        for part in digests.in_order():
            total.update(part)
        return digests.rows, total.hexdigest()


def row_digests(table: Table, batch: pa.RecordBatch) -> np.ndarray:
    """The digest of each row of a batch, shape (rows, 32) bytes."""
    plain = [column for column in table.columns if column.kind not in ("text", "code")]
    numbers = np.zeros((batch.num_rows, len(plain)), dtype=_NUMBER)
    for place, column in enumerate(plain):
        values = batch.column(column.name)
        numbers["there"][:, place] = np.asarray(values.is_valid())
        numbers["value"][:, place] = whole_numbers(column, values)
    texts = [
        compute.fill_null(_escaped(batch.column(column.name).cast(pa.string())), "\\N")
        for column in table.columns
        if column.kind in ("text", "code")
    ]
    rows = compute.binary_join_element_wise(*texts, SEPARATOR).cast(pa.binary()).to_pylist()
    width, front = _NUMBER.itemsize * len(plain), numbers.tobytes()
    sha256 = hashlib.sha256
    places = range(0, width * len(rows), width)
    each = [sha256(front[place : place + width] + text).digest() for place, text in zip(places, rows, strict=True)]
    joined = b"".join(each)
    return np.frombuffer(joined, np.uint8).reshape(-1, DIGEST_BYTES)


def whole_numbers(column: Column, values: pa.Array) -> np.ndarray:
    """The values of a column that is not text as 64-bit numbers, as the byte form says; 0 where missing."""
    match column.kind:
        case "money":
            # The low half of Arrow's 128 bits is the amount in fen, as amounts have at most 18 digits.
            amounts = values.cast(pa.decimal128(18, 2))
            halves = np.frombuffer(amounts.buffers()[1], np.int64).reshape(-1, 2)
            low = halves[amounts.offset : amounts.offset + len(amounts), 0]
            return np.where(np.asarray(amounts.is_valid()), low, 0)
        case "number" | "ratio":
            doubles = np.asarray(values.cast(pa.float64()).fill_null(0.0)) + 0.0  # -0.0 + 0.0 is 0.0
            return doubles.view(np.int64)
        case "date":
            whole = values.cast(pa.date32()).cast(pa.int32())
        case "timestamp":
            whole = values.cast(pa.timestamp("us")).cast(pa.int64())
        case "flag":
            whole = values.cast(pa.bool_()).cast(pa.int8())
        case _:
            whole = values
    return np.asarray(whole.cast(pa.int64()).fill_null(0))


def _escaped(text: pa.Array) -> pa.Array:
    content = text.buffers()[2]
    raw = b"" if content is None else content.to_pybytes()  # a look through the bytes at once is quick
    for plain, written in (("\\", "\\\\"), (SEPARATOR, "\\u")):
        if plain.encode() in raw:
            text = compute.replace_substring(text, plain, written)
    return text


class _Digests:
    """Digests that come in any order and go out in rising order, in bounded memory."""

    def __init__(self, rows_in_memory_max: int) -> None:
        self.rows = 0
        self._limit = rows_in_memory_max
        self._held: list[np.ndarray] = []
        self._held_rows = 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, digests: np.ndarray) -> None:
        self.rows += len(digests)
        self._held.append(digests)
        self._held_rows += len(digests)
        if self._held_rows >= self._limit:
            self._put_aside()

    def in_order(self) -> Iterator[bytes]:
        """All digests in rising order, as bytes in parts."""
        if self._folder is None:
            yield _sorted(np.concatenate(self._held)).tobytes() if self._held else b""
            return
        self._put_aside()
        for bucket in range(_BUCKETS):
            file = Path(self._folder.name) / str(bucket)
            if file.exists():
                yield _sorted(np.fromfile(file, np.uint8).reshape(-1, DIGEST_BYTES)).tobytes()

    def _put_aside(self) -> None:
        """Appends what is held to one file a first byte, so that each file can be sorted by itself."""
        if not self._held:
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="kejin-rows-")
        digests = _sorted(np.concatenate(self._held))
        starts = np.searchsorted(digests[:, 0], np.arange(_BUCKETS + 1))
        for bucket in range(_BUCKETS):
            part = digests[starts[bucket] : starts[bucket + 1]]
            if len(part):
                with (Path(self._folder.name) / str(bucket)).open("ab") as file:
                    file.write(part.tobytes())
        self._held, self._held_rows = [], 0


def _sorted(digests: np.ndarray) -> np.ndarray:
    """Digests in rising order: by their first eight bytes, and by all of them where those are equal."""
    parts = np.ascontiguousarray(digests).view(">u8").astype(np.uint64)
    order = np.argsort(parts[:, 0], kind="stable")
    first = parts[order, 0]
    if (first[1:] == first[:-1]).any():
        order = np.lexsort((parts[:, 3], parts[:, 2], parts[:, 1], parts[:, 0]))
    return np.ascontiguousarray(digests)[order]

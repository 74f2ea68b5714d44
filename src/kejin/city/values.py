"""How do numbers become Arrow columns? Money, days, codes and texts built without a Python loop over rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kejin.city.streams import Bytes, Flags, Floats, Ints

Text = pa.Array  # a text column
Rows = dict[str, pa.Array]
_MONEY = pa.decimal128(18, 2)


def money(fen: Ints, missing: Flags | None = None) -> pa.Array:
    """DECIMAL(18,2) from whole fen."""
    fen = np.ascontiguousarray(fen, dtype=np.int64)
    words = np.empty((len(fen), 2), dtype=np.int64)
    words[:, 0] = fen
    words[:, 1] = fen >> 63  # the sign fills the upper half of a 128-bit number
    return pa.Array.from_buffers(_MONEY, len(fen), [_validity(missing), pa.py_buffer(words)])


def fen(cny: Floats) -> Ints:
    """Whole fen from a float amount in CNY; the city's figures are rounded here and then stay exact."""
    return np.rint(cny * 100.0).astype(np.int64)


def whole(x: Ints, missing: Flags | None = None) -> pa.Array:
    """64-bit whole numbers."""
    return _plain(pa.int64(), np.ascontiguousarray(x, dtype=np.int64), missing)


def number(x: Floats, missing: Flags | None = None) -> pa.Array:
    """64-bit floating-point numbers."""
    return _plain(pa.float64(), np.ascontiguousarray(x, dtype=np.float64), missing)


def days(x: Ints, missing: Flags | None = None) -> pa.Array:
    """Dates from days since 1970-01-01."""
    return _plain(pa.date32(), np.ascontiguousarray(x, dtype=np.int32), missing)


def moments(microseconds: Ints) -> pa.Array:
    """Timestamps from microseconds since 1970-01-01 00:00."""
    return _plain(pa.timestamp("us"), np.ascontiguousarray(microseconds, dtype=np.int64), None)


def flags(x: Flags, missing: Flags | None = None) -> pa.Array:
    """Yes or no."""
    return pa.array(np.asarray(x, dtype=bool), mask=missing)


def picked(words: Sequence[str], which: Ints, missing: Flags | None = None) -> pa.Array:
    """words[which] as a text column."""
    return pa.array(list(words), pa.string()).take(pa.array(np.asarray(which, dtype=np.int64), mask=missing))


def same(word: str, rows: int) -> pa.Array:
    """One text in every row."""
    return picked([word], np.zeros(rows, dtype=np.int64))


def texts(words: Sequence[str | None]) -> pa.Array:
    """A text column from Python texts."""
    return pa.array(list(words), pa.string())


def no_text(rows: int) -> pa.Array:
    """A text column in which every value is missing."""
    return pa.nulls(rows, pa.string())


def no_day(rows: int) -> pa.Array:
    """A column of days in which every value is missing."""
    return pa.nulls(rows, pa.date32())


def no_money(rows: int) -> pa.Array:
    """A column of money in which every value is missing."""
    return pa.nulls(rows, _MONEY)


def chosen(condition: Flags, yes: pa.Array, no: pa.Array) -> pa.Array:
    """yes where the condition holds, no elsewhere."""
    return pc.if_else(pa.array(condition), yes, no)


def digits(x: Ints, width: int) -> Bytes:
    """Decimal digits with leading zeros, one row of bytes a number."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((np.asarray(x, dtype=np.int64)[:, None] // powers) % 10 + ord("0")).astype(np.uint8)


def letters(words: Sequence[str], which: Ints) -> Bytes:
    """words[which] as bytes; all words are ASCII and equally long."""
    table = np.array([list(word.encode("ascii")) for word in words], dtype=np.uint8)
    return np.asarray(table[which])


def fixed(*blocks: str | Bytes, missing: Flags | None = None) -> pa.Array:
    """Texts of one width, put together from constant pieces and byte blocks; at least one block is bytes."""
    rows = next(len(block) for block in blocks if not isinstance(block, str))
    parts = [
        np.broadcast_to(np.frombuffer(block.encode("ascii"), dtype=np.uint8), (rows, len(block)))
        if isinstance(block, str)
        else block
        for block in blocks
    ]
    joined_bytes = np.ascontiguousarray(np.concatenate(parts, axis=1))
    width = joined_bytes.shape[1]
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.Array.from_buffers(
        pa.string(), rows, [_validity(missing), pa.py_buffer(offsets), pa.py_buffer(joined_bytes)]
    )


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts joined row by row; missing where any part is missing."""
    return pc.binary_join_element_wise(*parts, "")


def hidden(column: pa.Array, missing: Flags) -> pa.Array:
    """The column with some values taken away."""
    return pc.if_else(pa.array(missing), pa.scalar(None, column.type), column)


def lists_joined(words: Sequence[str], which: Ints, counts: Ints, separator: str = ";") -> pa.Array:
    """One text a row of several words; `which` holds the words of all rows one after another."""
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), picked(words, which))
    return pc.binary_join(lists, separator)


def take(rows: Rows, which: Ints | Flags) -> Rows:
    """Some rows of a set of columns."""
    chosen = np.flatnonzero(which) if which.dtype == np.bool_ else which
    index = pa.array(chosen)
    return {name: column.take(index) for name, column in rows.items()}


def stacked(*pieces: Rows) -> Rows:
    """Sets of columns one below the other."""
    first = pieces[0]
    return {name: pa.concat_arrays([piece[name] for piece in pieces]) for name in first}


def _plain(kind: pa.DataType, x: np.ndarray[tuple[int, ...], np.dtype[np.generic]], missing: Flags | None) -> pa.Array:
    return pa.Array.from_buffers(kind, len(x), [_validity(missing), pa.py_buffer(x)])


def _validity(missing: Flags | None) -> pa.Buffer | None:
    if missing is None:
        return None
    return pa.py_buffer(np.packbits(~np.asarray(missing, dtype=bool), bitorder="little"))

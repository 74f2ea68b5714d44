"""The declared checks, written a second time in plain pyarrow, without the readers that the project ships."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from kejin.facts.declaration import Table

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# GB 32100-2015 prints these weights for the first 17 places.
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
IPC = re.compile(r"[A-H]\d\d[A-Z] \d{1,4}/\d{2,6}")
TYPES = {
    "text": pa.string(), "code": pa.string(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    "integer": pa.int64(), "money": pa.decimal128(18, 2), "number": pa.float64(), "ratio": pa.float64(),
    "flag": pa.bool_(),
}  # fmt: skip


def uscc_is_right(code: str) -> bool:
    """GB 32100-2015: the weighted sum of all 18 places leaves no remainder modulo 31."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(code, WEIGHTS, strict=False))
    return len(code) == 18 and (total + ALPHABET.index(code[17])) % 31 == 0


def problems(table: Table, rows: pa.Table, others: dict[str, pa.Table]) -> list[str]:
    """What is wrong with the rows of a table, as sentences; empty when nothing is."""
    found = [f"{table.name}: columns {rows.schema.names}"] if rows.schema.names != list(table.column_names) else []
    for column in table.columns:
        found += [f"{table.name}.{column.name}: {what}" for what in _column_problems(column, rows, others)]
    for order in table.date_orders:
        found += _compare(table.name, rows, order.earlier, order.later)
    for part in table.at_most:
        found += _compare(table.name, rows, part.part, part.whole)
    key = [*table.key, "known_on"]
    groups = rows.select(key).group_by(key).aggregate([([], "count_all")])
    if groups.num_rows != rows.num_rows:
        found.append(f"{table.name}: {rows.num_rows - groups.num_rows} rows repeat a key and a day")
    return found


def _compare(name: str, rows: pa.Table, smaller: str, larger: str) -> list[str]:
    bad = pc.sum(pc.greater(rows[smaller], rows[larger])).as_py() or 0
    return [f"{name}: {smaller} > {larger} in {bad} rows"] if bad else []


def _column_problems(column: object, rows: pa.Table, others: dict[str, pa.Table]) -> list[str]:
    values = rows[column.name]
    found = []
    if values.type != TYPES[column.kind]:
        found.append(f"type {values.type}")
    if column.required and values.null_count:
        found.append(f"{values.null_count} missing")
    if column.choices is not None:
        allowed = pa.array([choice.code for choice in column.choices])
        if not pc.all(pc.is_in(values.drop_null(), allowed)).as_py() and len(values.drop_null()):
            found.append("a code that is not among the choices")
    if column.low is not None and len(values.drop_null()) and pc.min(values).as_py() < column.low:
        found.append(f"below {column.low}: {pc.min(values)}")
    if column.high is not None and len(values.drop_null()) and pc.max(values).as_py() > column.high:
        found.append(f"above {column.high}: {pc.max(values)}")
    if (
        column.kind in {"number", "ratio"}
        and not pc.all(pc.is_finite(values.drop_null())).as_py()
        and len(values.drop_null())
    ):
        found.append("not finite")
    if column.pattern is not None:
        found += [f"pattern {one}" for one in _unique(values) if not re.fullmatch(column.pattern, one)][:1]
    if column.refers is not None:
        table, _, name = column.refers.partition(".")
        known = pc.is_in(values.drop_null(), others[table][name].combine_chunks())
        if len(known) and not pc.all(known).as_py():
            found.append(f"refers to no {column.refers}")
    if column.check == "uscc":
        found += [f"check character {one}" for one in _unique(values) if not uscc_is_right(one)][:1]
    if column.check in {"ipc", "ipc_list"}:
        found += [f"ipc {one}" for one in _unique(values) if not all(IPC.fullmatch(piece) for piece in one.split(";"))][
            :1
        ]
    return found


def _unique(values: pa.ChunkedArray) -> list[str]:
    return [one for one in pc.unique(values).to_pylist() if one is not None]

"""The hash of rows: its byte form derived a second time, and what may and may not change it."""

from __future__ import annotations

import hashlib
import random
import struct
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from kejin.engines.content_hash import content_hash, hash_batches
from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.facts.declaration import Table
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView, ibis_schema

ARROW = {
    "text": pa.string(),
    "code": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "money": pa.decimal128(18, 2),
    "number": pa.float64(),
    "ratio": pa.float64(),
    "flag": pa.bool_(),
}
TEXTS = ["", "甲", "a\\b", "\x1f", "\\N", "a\x1fb", "x" * 300, None]
Row = dict[str, Any]


def some_value(kind: str, chance: random.Random) -> Any:
    if chance.random() < 0.3:
        return None
    return {
        "text": lambda: chance.choice(TEXTS),
        "code": lambda: chance.choice(TEXTS),
        "date": lambda: date(1800 + chance.randrange(400), 1 + chance.randrange(12), 1 + chance.randrange(28)),
        "timestamp": lambda: datetime(2024, 1, 1, chance.randrange(24), 0, 0, chance.randrange(10**6)),  # noqa: DTZ001
        "integer": lambda: chance.randrange(-(2**62), 2**62),
        "money": lambda: Decimal(chance.randrange(-(10**17), 10**17)) / 100,
        "number": lambda: chance.choice([0.0, 0.1, -1.5e300, 5e-324]),
        "ratio": lambda: chance.choice([0.0, 1 / 3, 1.0]),
        "flag": lambda: chance.random() < 0.5,
    }[kind]()


def rows_for(table: Table, count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    return [{column.name: some_value(column.kind, chance) for column in table.columns} for _ in range(count)]


def arrow(table: Table, rows: list[Row]) -> pa.RecordBatch:
    schema = pa.schema([(column.name, ARROW[column.kind]) for column in table.columns])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def by_hand(table: Table, rows: list[Row]) -> str:
    """The hash, from the words of the specification."""
    digests = []
    for row in rows:
        front, texts = b"", []
        for column in table.columns:
            value = row[column.name]
            if column.kind in ("text", "code"):
                texts.append("\\N" if value is None else value.replace("\\", "\\\\").replace("\x1f", "\\u"))
                continue
            if value is None:
                front += bytes(9)
                continue
            if column.kind in ("number", "ratio"):
                front += b"\x01" + struct.pack(">d", value)
                continue
            number = {
                "date": lambda v: v.toordinal() - date(1970, 1, 1).toordinal(),
                "timestamp": lambda v: round((v - datetime(1970, 1, 1)).total_seconds() * 10**6),  # noqa: DTZ001
                "integer": int,
                "money": lambda v: int(v * 100),
                "flag": int,
            }[column.kind](value)
            front += b"\x01" + number.to_bytes(8, "big", signed=True)
        digests.append(hashlib.sha256(front + "\x1f".join(texts).encode()).digest())
    head = f"kejin-rows-1\n{table.name}\n{','.join(table.column_names)}\n".encode()
    return hashlib.sha256(head + b"".join(sorted(digests))).hexdigest()


@pytest.mark.parametrize("name", ALL_TABLES)
def test_byte_form_of_every_table(name: str) -> None:
    table = ALL_TABLES[name]
    rows = rows_for(table, 30, 1)
    assert hash_batches(table, [arrow(table, rows)]) == (30, by_hand(table, rows))
    assert hash_batches(table, []) == (0, by_hand(table, []))


def test_order_partition_and_memory_do_not_matter() -> None:
    table = ALL_TABLES["annual_report"]
    rows = rows_for(table, 2_000, 2)
    expected = (2_000, by_hand(table, rows))
    chance = random.Random(3)
    for limit in (10**9, 700, 1):
        chance.shuffle(rows)
        cuts = sorted(chance.sample(range(2_000), 5))
        edges = zip([0, *cuts], [*cuts, 2_000], strict=True)
        parts = [arrow(table, rows[start:end]) for start, end in edges]
        assert hash_batches(table, parts, rows_in_memory_max=limit) == expected


def changed_rows(table: Table, rows: list[Row]) -> Iterator[list[Row]]:
    """The rows with one small change each."""
    yield rows[1:]
    yield [*rows, rows[0]]
    for column in table.columns:
        value = rows[0][column.name]
        if isinstance(value, bool):
            other: Any = not value
        elif isinstance(value, int | float | Decimal):
            other = value + 1
        elif isinstance(value, str):
            other = value + " "
        else:
            other = None
        yield [rows[0] | {column.name: other}, *rows[1:]]
        yield [rows[0] | {column.name: None}, *rows[1:]]


def test_any_change_of_content_changes_the_hash() -> None:
    table = ALL_TABLES["transfer"]
    row: Row = {
        "transfer_id": "T",
        "from_account_id": "A",
        "to_account_id": "B",
        "happened_at": datetime(2024, 1, 1),  # noqa: DTZ001
        "sequence": 0,
        "amount_cny": Decimal("1.00"),
        "entrusted": False,
        "memo": "",
        "known_on": date(2024, 1, 2),
        "source": "s",
    }
    rows = [dict.fromkeys(table.column_names) | row, *rows_for(table, 3, 4)]
    seen = {hash_batches(table, [arrow(table, rows)])[1]}
    changes = list(changed_rows(table, rows))
    same = [change for change in changes if change == rows]
    for change in changes:
        if change != rows:
            seen.add(hash_batches(table, [arrow(table, change)])[1])
    distinct = {str(change) for change in changes if change != rows}
    assert len(seen) == len(distinct) + 1
    assert len(same) < len(changes)


def test_shifting_text_between_columns_changes_the_hash() -> None:
    table = ALL_TABLES["park"]
    empty = dict.fromkeys(table.column_names)
    first = empty | {"park_id": "a\x1fb", "name": "c"}
    second = empty | {"park_id": "a", "name": "b\x1fc"}
    third = empty | {"park_id": "a\\", "name": "ub"}
    hashes = {hash_batches(table, [arrow(table, [row])])[1] for row in (first, second, third)}
    assert len(hashes) == 3


def test_negative_zero_is_zero() -> None:
    table = ALL_TABLES["utility_month"]
    rows = [dict.fromkeys(table.column_names) | {"electricity_kwh": value} for value in (0.0, -0.0)]
    assert hash_batches(table, [arrow(table, rows[:1])]) == hash_batches(table, [arrow(table, rows[1:])])


def test_hash_of_a_view_counts_what_the_view_shows() -> None:
    connection = connect_memory(threads=2)
    table = ALL_TABLES["park"]
    rows = [
        dict.fromkeys(table.column_names) | {"park_id": f"P{n % 3}", "name": f"N{n}", "known_on": date(2024, 1, 1 + n)}
        for n in range(6)
    ]
    connection.register("park", pa.Table.from_batches([arrow(table, rows)]))
    backend = ibis_over(connection)
    view = FactsView(date(2024, 1, 4), lambda name: backend.table(name) if name == "park" else None, lambda _name: True)
    # Rows 0-3 are known; row 3 supersedes row 0.
    assert content_hash(view, ["park", "company"]) == {
        "park": (3, by_hand(table, rows[1:4])),
        "company": (0, by_hand(ALL_TABLES["company"], [])),
    }
    assert view.table("company").schema() == ibis_schema(ALL_TABLES["company"])

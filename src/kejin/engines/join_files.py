"""Columns of other files put beside the rows of a mapped one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kejin.engines.fact_store import FactStore, quoted
from kejin.engines.parse_values import listed, text_literal
from kejin.errors import InputError
from kejin.facts.find_files import PARQUET_ENDINGS, parquet_source
from kejin.facts.mapping import Condition, Join, file_inside
from kejin.facts.read_csv import read_csv


def joined_relation(store: FactStore, relation: str, joins: Sequence[Join], directory: Path) -> str:
    """The relation with the joined files' columns; a column that both have keeps the first file's values.

    Raises facts.path_outside, facts.path_missing, facts.column_missing and what reading raises.
    """
    for number, join in enumerate(joins):
        file = file_inside(directory, join.file)
        if not file.is_file():
            raise InputError("facts.path_missing", path=file)
        other = _relation_of(store, file, number)
        present = _columns(store, relation)
        offered = _columns(store, other)
        for name in (join.on, *join.where, *join.gather.values(), *filter(None, (join.lowest, join.highest))):
            if name not in offered:
                raise InputError("facts.column_missing", table=file.name, columns=name, found=", ".join(offered))
        if join.on not in present:
            raise InputError("facts.column_missing", table=file.name, columns=join.on, found=", ".join(present))
        added = [name for name in offered if name != join.on and name not in present]
        kind = "JOIN" if join.required else "LEFT JOIN"
        picked = _one_row_each(join, other, added)
        extra = "".join(f", other.{quoted(name)}" for name in (*added, *join.gather))
        on = quoted(join.on)
        relation = f"(SELECT main.*{extra} FROM {relation} main {kind} {picked} other ON main.{on} = other.{on})"
    return relation


def _relation_of(store: FactStore, file: Path, number: int) -> str:
    if file.suffix.lower() in PARQUET_ENDINGS:
        parquet_source((file,))
        return f"read_parquet({text_literal(str(file))})"
    source = read_csv(file)
    assert source.batches is not None, "a CSV file has batches"
    name = f"joined_{number}"
    # Kept as a table: a stream can be read once only.
    columns = ", ".join(f"c{place} AS {quoted(title)}" for place, title in enumerate(source.columns) if title)
    store.connection.register(f"{name}_batches", source.batches())
    store.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns} FROM {name}_batches")
    store.connection.unregister(f"{name}_batches")
    return name


def _columns(store: FactStore, relation: str) -> list[str]:
    rows = store.connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return [str(row[0]) for row in rows]


def _one_row_each(join: Join, other: str, added: Sequence[str]) -> str:
    """At most one row a value of the joining column."""
    where = " AND ".join(_condition(quoted(name), condition) for name, condition in join.where.items()) or "true"
    by = join.lowest or join.highest
    parts = []
    for name in added:
        column = quoted(name)
        if by is not None:
            parts.append(f"{'arg_min' if join.lowest else 'arg_max'}({column}, {quoted(by)}) AS {column}")
        else:
            parts.append(f"min({column}) AS {column}")
    for new, name in join.gather.items():
        text = f"{quoted(name)}::VARCHAR"
        parts.append(f"string_agg(DISTINCT {text}, '; ' ORDER BY {text}) AS {quoted(new)}")
    chosen = ", ".join([quoted(join.on), *parts])
    return f"(SELECT {chosen} FROM {other} WHERE {where} GROUP BY {quoted(join.on)})"


def _condition(column: str, condition: Condition) -> str:
    parts = [f"starts_with({column}::VARCHAR, {text_literal(start)})" for start in condition.starts_with]
    if condition.equals:
        parts.append(f"{column}::VARCHAR IN ({listed(condition.equals)})")
    return f"({' OR '.join(parts) or 'true'})"

"""Every company at once: a program as Ibis expressions over a table.

Steps are laid in levels, each level one projection that reads only earlier levels, so that a value used often is
computed once and the query's text stays short. (Run with Ibis' `sql.fuse_selects` off, or it writes them out again.)
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis
import ibis.expr.operations as ops

from kejin.schemes.expressions import (
    Arithmetic,
    Banded,
    Begins,
    Both,
    Column,
    Compare,
    Constant,
    Either,
    Expression,
    If,
    IsMissing,
    Not,
    OneOf,
    OrElse,
    Program,
    Root,
)

_TYPES = {"number": "float64", "flag": "boolean", "text": "string"}


def compile_table(program: Program, table: ibis.Table, keep: tuple[str, ...]) -> ibis.Table:
    """The table with the program's outputs as columns.

    keep      columns of the table to carry over (keys, names).
    Returns   columns: keep, then the outputs in the program's order. NaN in an input is missing.
    """
    steps = _with_shared_parts_named(program)
    level_of: dict[str, int] = dict.fromkeys(program.inputs, 0)
    levels: dict[int, dict[str, Expression]] = {}
    last_read: dict[str, int] = {}
    for name, step in steps:
        read = _columns(step)
        level = 1 + max((level_of[column] for column in read), default=0)
        level_of[name] = level
        levels.setdefault(level, {})[name] = step
        last_read.update({column: max(level, last_read.get(column, 0)) for column in read})
    kept = {*keep, *program.outputs}
    here = _inputs(program, table, keep)
    for level, layer in sorted(levels.items()):
        carried = [name for name in here.columns if name in kept or last_read.get(name, 0) > level]
        columns = {name: here[name] for name in carried} | {name: _ibis(step, here) for name, step in layer.items()}
        here = _projected(here, columns)
    return _projected(here, {name: here[name] for name in (*keep, *program.outputs)})


def _inputs(program: Program, table: ibis.Table, keep: tuple[str, ...]) -> ibis.Table:
    """The columns kept and read, with NaN made missing in the float columns that the program reads."""
    columns = {name: table[name] for name in keep}
    for name in program.inputs:
        value = table[name]
        columns[name] = nan_as_missing(value) if value.type().is_floating() else value
    return _projected(table, columns)


def nan_as_missing(value: Any) -> Any:
    """A float column with NaN made missing; infinity stays.

    Two tests of NaN, because DuckDB decides either one too early from a Parquet file whose statistics leave NaN out:
    isnan() where the numbers beside NaN differ, a comparison where they are all the same.
    """
    infinite = value.abs() == ibis.literal(float("inf"), "float64")
    is_nan = value.isnan() | ~(((value - value) == ibis.literal(0.0, "float64")) | infinite)
    return ibis.ifelse(is_nan, ibis.null("float64"), value)


def _projected(table: ibis.Table, columns: dict[str, Any]) -> ibis.Table:
    """A projection of expressions that are bound to the table already.

    Table.select would look every name up again in every column, which costs seconds on a table as wide as ours.
    """
    return ops.Project(table.op(), {name: column.op() for name, column in columns.items()}).to_expr()


def _columns(step: Expression) -> set[str]:
    if isinstance(step, Column):
        return {step.name}
    return set().union(*(_columns(child) for child in step.children())) if step.children() else set()


def _with_shared_parts_named(program: Program) -> list[tuple[str, Expression]]:
    """Steps in which a node used twice or more stands as a step of its own (hidden, named s1, s2 ...)."""
    uses: dict[int, int] = {}

    def count(node: Expression) -> None:
        uses[id(node)] = uses.get(id(node), 0) + 1
        if uses[id(node)] == 1:
            for child in node.children():
                count(child)

    for _, step in program.steps:
        count(step)
    steps: list[tuple[str, Expression]] = []
    shared: dict[int, Column] = {}

    def rewrite(node: Expression, top: bool) -> Expression:
        if isinstance(node, Column | Constant):
            return node
        if id(node) in shared:
            return shared[id(node)]
        rebuilt = _rebuilt(node, tuple(rewrite(child, top=False) for child in node.children()))
        if uses[id(node)] > 1 and not top:
            name = f"s{len(shared)}_"
            steps.append((name, rebuilt))
            shared[id(node)] = Column(name)
            return shared[id(node)]
        return rebuilt

    for name, step in program.steps:
        steps.append((name, rewrite(step, top=True)))
        shared.setdefault(id(step), Column(name))
    return steps


def _rebuilt(node: Expression, parts: tuple[Expression, ...]) -> Expression:
    match node:
        case Arithmetic() | Compare():
            return type(node)(node.operator, *parts)  # type: ignore[arg-type]
        case OneOf():
            return OneOf(parts[0], node.codes)
        case Begins():
            return Begins(parts[0], node.prefixes)
        case Banded():
            return Banded(parts[0], node.steps, node.below)
        case _:
            return type(node)(*parts)


def _ibis(node: Expression, table: ibis.Table) -> Any:
    if isinstance(node, Column):
        return table[node.name]
    if isinstance(node, Constant):
        return _literal(node)
    parts = [_ibis(child, table) for child in node.children()]
    match node:
        case Arithmetic():
            return _arithmetic(node.operator, parts[0], parts[1])
        case Compare():
            return _compare(node.operator, parts[0], parts[1])
        case OneOf():
            return _among(parts[0], node.codes)
        case Begins():
            return _begins(parts[0], node.prefixes)
        case Both():
            return parts[0] & parts[1]
        case Either():
            return parts[0] | parts[1]
        case Not():
            return ~parts[0]
        case IsMissing():
            return parts[0].isnull()
        case OrElse():
            return ibis.coalesce(parts[0], parts[1])
        case If():
            return ibis.cases((parts[0], parts[1]), (~parts[0], parts[2]))
        case Root():
            return ibis.cases((parts[0] >= 0, parts[0].sqrt()))
        case Banded():
            return _banded(node, parts[0])
        case _:
            raise AssertionError(f"no table form for {type(node).__name__}")


def _literal(node: Constant) -> Any:
    if node.value is None or node.kind != "number":
        return ibis.literal(node.value, type=_TYPES[node.kind])
    return _number(float(node.value))


def _number(value: float) -> Any:
    """A float64 constant; written as a cast, because DuckDB reads a plain 1.0 as a decimal."""
    return ibis.literal(repr(float(value))).cast("float64")


def _arithmetic(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right.nullif(0.0)


def _compare(operator: str, left: Any, right: Any) -> Any:
    match operator:
        case ">=":
            return left >= right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case "<":
            return left < right
        case _:
            return left == right


def _among(value: Any, codes: tuple[str, ...]) -> Any:
    # An empty list is written out, because engines answer it with no even where the value is missing.
    return value.isin(list(codes)) if codes else ibis.cases((value.notnull(), False))


def _begins(value: Any, prefixes: tuple[str, ...]) -> Any:
    lengths = sorted({len(prefix) for prefix in prefixes})
    found = [_among(value.left(length), tuple(p for p in prefixes if len(p) == length)) for length in lengths]
    return reduce(lambda one, other: one | other, found) if found else _among(value, ())


def _banded(node: Banded, value: Any) -> Any:
    number = [(value > edge if is_open else value >= edge, _number(points)) for edge, points, is_open in node.steps]
    below = _number(node.below)
    if not number:
        return ibis.cases((value.notnull(), below))
    # The last branch asks that the value is there, so that a missing value stays missing.
    return ibis.cases(*number, (value.notnull(), below))


def joined(tables: list[ibis.Table], key: str) -> ibis.Table:
    """Tables side by side on a key, keeping every row of the first."""
    return reduce(lambda left, right: left.left_join(right, key).drop(f"{key}_right"), tables)

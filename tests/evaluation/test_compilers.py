"""One expression has one meaning: as a function of one row, as a query on a table, in any order and any partition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.engines.run_query import to_arrow
from kejin.schemes.compile_arrays import CodedText, compile_arrays
from kejin.schemes.compile_row import compile_row
from kejin.schemes.compile_table import compile_table
from kejin.schemes.expressions import (
    MISSING_FLAG,
    MISSING_NUMBER,
    Banded,
    Column,
    Expression,
    If,
    Program,
    Root,
    combined,
    larger,
    lift,
    smaller,
)

# Ibis asks DuckDB for a schema by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

NUMBERS, FLAGS, TEXTS = ("n1", "n2", "n3"), ("f1", "f2"), ("t1", "t2")
TYPES = {
    **dict.fromkeys(NUMBERS, pa.float64()),
    **dict.fromkeys(FLAGS, pa.bool_()),
    **dict.fromkeys(TEXTS, pa.string()),
}
# Few values, so that ties, zeros of both signs and edges are met often.
VALUES = st.sampled_from([None, math.nan, 0.0, -0.0, 1.0, 2.0, 3.0, -1.0, 0.5, 0.1, 1e-9, 12_000_000_001.0])
WORDS = ["", "6510", "651", "C35", "seed", "种子轮"]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(NUMBERS, VALUES),
            **dict.fromkeys(FLAGS, st.sampled_from([True, False, None])),
            **dict.fromkeys(TEXTS, st.sampled_from([*WORDS, None])),
        }
    ),
    min_size=1,
    max_size=12,
)


def numbers(depth: int) -> st.SearchStrategy[Expression]:
    leaves = st.one_of(
        st.sampled_from([Column(name) for name in NUMBERS]),
        st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]).map(lift),
        st.just(MISSING_NUMBER),
    )
    if depth == 0:
        return leaves
    below, asked = numbers(depth - 1), flags(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, below).map(lambda pair: pair[0] + pair[1]),
        st.tuples(below, below).map(lambda pair: pair[0] - pair[1]),
        st.tuples(below, below).map(lambda pair: pair[0] * pair[1]),
        st.tuples(below, below).map(lambda pair: pair[0] / pair[1]),
        st.tuples(below, below).map(lambda pair: smaller(*pair)),
        st.tuples(below, below).map(lambda pair: larger(*pair)),
        st.tuples(below, below).map(lambda pair: pair[0].or_else(pair[1])),
        st.tuples(asked, below, below).map(lambda three: If(*three)),
        below.map(Root),
        st.tuples(below, bands()).map(lambda pair: Banded(pair[0], pair[1], -7.0)),
        below.map(lambda value: value + value * value),  # one node used three times
    )


def bands() -> st.SearchStrategy[tuple[tuple[float, float, bool], ...]]:
    edges = st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.5, 1.0, 2.0]), unique=True, max_size=4)
    return st.tuples(edges, st.lists(st.booleans(), min_size=4, max_size=4)).map(
        lambda pair: tuple(
            (edge, float(place), is_open)
            for place, (edge, is_open) in enumerate(zip(sorted(pair[0], reverse=True), pair[1], strict=False))
        )
    )


def flags(depth: int) -> st.SearchStrategy[Expression]:
    text = st.sampled_from([Column(name) for name in TEXTS])
    words = st.lists(st.sampled_from(WORDS), max_size=3)
    prefixes = st.lists(st.sampled_from(["6", "65", "C", "种子", "6510", "65101"]), max_size=3)
    leaves = st.one_of(
        st.sampled_from([Column(name) for name in FLAGS]),
        st.sampled_from([lift(True), lift(False), MISSING_FLAG]),
        st.tuples(text, words).map(lambda pair: pair[0].one_of(pair[1])),
        st.tuples(text, prefixes).map(lambda pair: pair[0].begins_with(pair[1])),
        text.map(lambda value: value.is_missing()),
    )
    if depth == 0:
        return leaves
    below, amount = flags(depth - 1), numbers(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(below, below).map(lambda pair: pair[0] & pair[1]),
        st.tuples(below, below).map(lambda pair: pair[0] | pair[1]),
        below.map(lambda value: ~value),
        st.tuples(amount, amount).map(lambda pair: pair[0] >= pair[1]),
        st.tuples(amount, amount).map(lambda pair: pair[0] > pair[1]),
        st.tuples(amount, amount).map(lambda pair: pair[0] <= pair[1]),
        st.tuples(amount, amount).map(lambda pair: pair[0] < pair[1]),
        st.tuples(amount, amount).map(lambda pair: pair[0].equals(pair[1])),
        amount.map(lambda value: value.is_missing()),
        st.tuples(below, below).map(lambda pair: pair[0].or_else(pair[1])),
        st.tuples(below, below, below).map(lambda three: If(*three)),
    )


def programs() -> st.SearchStrategy[Program]:
    """Five steps, the last two of which read earlier ones."""
    steps = st.tuples(numbers(3), flags(3), numbers(2), flags(2))
    return steps.map(
        lambda four: Program(
            (*NUMBERS, *FLAGS, *TEXTS),
            (
                ("a", four[0]),
                ("b", four[1]),
                ("c", If(Column("b"), Column("a"), four[2])),
                ("d", four[3] & (Column("c") >= Column("a"))),
                ("hidden", four[2]),
            ),
            frozenset({"hidden"}),
        )
    )


def on_table(program: Program, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The program's outputs for rows in a DuckDB table, in the order of the rows."""
    columns = {name: pa.array([row[name] for row in rows], kind, from_pandas=False) for name, kind in TYPES.items()}
    backend = ibis_over(connect_memory())
    try:
        table = backend.create_table("rows", pa.table({"place": pa.array(range(len(rows))), **columns}))
        found: list[dict[str, Any]] = to_arrow(compile_table(program, table, ("place",))).to_pylist()
    finally:
        backend.disconnect()
    return [{name: row[name] for name in program.outputs} for row in sorted(found, key=lambda row: row["place"])]


@settings(max_examples=40)
@given(programs(), ROWS)
def test_row_and_table_mean_the_same(program: Program, rows: list[dict[str, Any]]) -> None:
    evaluate = compile_row(program)
    assert on_table(program, rows) == [evaluate(row) for row in rows]


def on_arrays(program: Program, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The program's outputs for rows held as arrays; flags come back as 1 and 0."""
    columns: dict[str, Any] = {}
    for name in program.inputs:
        values = [row[name] for row in rows]
        if name in TEXTS:
            words = tuple(sorted({value for value in values if value is not None}))
            codes = [-1 if value is None else words.index(value) for value in values]
            columns[name] = CodedText(np.array(codes, np.int32), words)
        else:
            columns[name] = np.array([math.nan if value is None else float(value) for value in values])
    found = compile_arrays(program, TEXTS)(columns)
    lists = {name: [None if math.isnan(value) else value for value in values] for name, values in found.items()}
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


@settings(max_examples=8)  # each program is compiled to machine code
@given(programs(), ROWS)
def test_row_and_arrays_mean_the_same(program: Program, rows: list[dict[str, Any]]) -> None:
    evaluate = compile_row(program)
    assert on_arrays(program, rows) == [evaluate(row) for row in rows]


def test_arrays_take_flags_as_they_are() -> None:
    program = Program(("f1", "n1"), (("chosen", If(Column("f1"), Column("n1"), lift(0.0))), ("none", ~Column("f1"))))
    found = compile_arrays(program)({"f1": np.array([True, False, True]), "n1": np.array([1.5, 2.5, math.nan])})
    assert found["none"].tolist() == [0.0, 1.0, 0.0]
    assert found["chosen"][:2].tolist() == [1.5, 0.0]
    assert math.isnan(found["chosen"][2])


@settings(max_examples=6)
@given(programs(), ROWS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_order_and_partition_of_rows_change_nothing(
    program: Program, rows: list[dict[str, Any]], source: Any, cut: int
) -> None:
    whole = on_table(program, rows)
    places = list(range(len(rows)))
    source.shuffle(places)
    shuffled = on_table(program, [rows[place] for place in places])
    assert [shuffled[places.index(place)] for place in range(len(rows))] == whole
    halves = [part for part in (rows[:cut], rows[cut:]) if part]
    assert [result for part in halves for result in on_table(program, part)] == whole


def test_truth_tables_of_three_values() -> None:
    """Kleene's tables, written out by hand."""
    one, other = Column("one"), Column("other")
    steps = (("both", one & other), ("either", one | other), ("not", ~one), ("choice", If(one, other, ~other)))
    evaluate = compile_row(Program(("one", "other"), steps))
    # fmt: off
    table = {
        (True, True): (True, True, False, True),
        (True, False): (False, True, False, False),
        (True, None): (None, True, False, None),
        (False, True): (False, True, True, False),
        (False, False): (False, False, True, True),
        (False, None): (False, None, True, None),
        (None, True): (None, True, None, None),
        (None, False): (False, None, None, None),
        (None, None): (None, None, None, None),
    }
    # fmt: on
    for (first, second), expected in table.items():
        assert tuple(evaluate({"one": first, "other": second}).values()) == expected


def test_missing_nan_and_division_by_zero() -> None:
    value = Column("n1")
    program = Program(
        ("n1",),
        (
            ("ratio", lift(1.0) / value),
            ("reached", value >= 0.0),
            ("points", Banded(value, ((1.0, 5.0, False), (0.0, 3.0, True)), 0.0)),
            ("filled", value.or_else(9.0)),
        ),
    )
    expected = (
        (None, (None, None, None, 9.0)),
        (math.nan, (None, None, None, 9.0)),
        (0.0, (None, True, 0.0, 0.0)),
        (-0.0, (None, True, 0.0, 0.0)),
        (0.5, (2.0, True, 3.0, 0.5)),
        (1.0, (1.0, True, 5.0, 1.0)),
    )
    rows = [dict.fromkeys(TYPES) | {"n1": one} for one, _ in expected]
    wanted = [dict(zip(program.outputs, values, strict=True)) for _, values in expected]
    assert [compile_row(program)(row) for row in rows] == wanted
    assert on_table(program, rows) == wanted
    assert on_arrays(program, rows) == wanted


def test_a_row_without_an_input_is_a_mistake() -> None:
    evaluate = compile_row(Program(("n1",), (("twice", Column("n1") * 2.0),)))
    with pytest.raises(KeyError):
        evaluate({})


def test_combined_programs_read_each_other() -> None:
    first = Program(("n1",), (("twice", Column("n1") * 2.0),))
    second = Program(("twice", "n2"), (("sum", Column("twice") + Column("n2")),))
    both = combined((first, second))
    assert both.inputs == ("n1", "n2")
    assert compile_row(both)({"n1": 3.0, "n2": 1.0}) == {"twice": 6.0, "sum": 7.0}


def test_a_program_that_reads_ahead_is_refused() -> None:
    with pytest.raises(AssertionError, match="before it is there"):
        Program((), (("late", Column("later") + 1.0), ("later", lift(1.0))))
    with pytest.raises(AssertionError, match="edges must fall"):
        Banded(Column("n1"), ((1.0, 1.0, False), (2.0, 2.0, False)), 0.0)


def test_the_comparison_of_compilers_notices_a_planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table compiler that takes the edge of a band for outside gives another answer than the row compiler."""
    import kejin.schemes.compile_table as table_side

    program = Program(("n1",), (("points", Banded(Column("n1"), ((1.0, 5.0, False),), 0.0)),))
    rows = [dict.fromkeys(TYPES) | {"n1": one} for one in (0.0, 1.0, 2.0)]
    expected = [compile_row(program)(row) for row in rows]
    assert on_table(program, rows) == expected
    honest = table_side._banded
    monkeypatch.setattr(
        table_side,
        "_banded",
        lambda node, value: honest(
            Banded(node.value, tuple((edge, points, True) for edge, points, _ in node.steps), node.below), value
        ),
    )
    assert on_table(program, rows) != expected

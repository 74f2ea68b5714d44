"""A million companies in memory at once: a program as one compiled loop over columns.

For questions that are asked again and again of the same figures, such as what another threshold would change. One pass
reads every input once and writes every output once; what lies between stays in registers. Where facts are queried from
files, `compile_table.py` is the way.

Inside the loop every value is a float64 and missing is NaN, so that arithmetic passes missing on by itself; a flag is 1
or 0, a text is its place in a list of texts.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

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
    columns_of,
)

THREADS = os.cpu_count() or 1
ROWS_A_THREAD = 50_000
Floats = npt.NDArray[np.float64]
ArrayFunction = Callable[[Mapping[str, "Floats | npt.NDArray[np.bool_] | CodedText"]], dict[str, Floats]]


@dataclass(frozen=True, slots=True)
class CodedText:
    """A column of texts: `texts[code]` of each row, code -1 for a missing one."""

    codes: npt.NDArray[np.int32]
    texts: tuple[str, ...]


def compile_arrays(program: Program, texts: Collection[str] = ()) -> ArrayFunction:
    """A function columns -> outputs with the meaning of `expressions`.

    texts    inputs that hold texts; those that are compared with texts are known without it.

    The function takes every input of the program as an array of one length: numbers as float64 (NaN is missing), flags
    as bool or as float64 (1, 0, NaN), texts as CodedText. It returns an array a named output, in the program's order:
    numbers and flags as float64, NaN where missing. Compiled at the first call, for the types given.
    Limits   Outputs that are texts (a stage's code) are left out.
    Raises   KeyError where an input is not given (a programmer's mistake).
    """
    writer = _Writer(program, texts)
    scope: dict[str, Any] = {"sqrt": math.sqrt, "nan": math.nan}
    # The source is made of our own expressions only; no user text reaches it.
    exec(compile(writer.source(), "<scheme>", "exec"), scope)  # noqa: S102
    # Parts on threads of our own: Numba's own parallel loops take minutes to compile for a long program.
    kernel = numba.njit(nogil=True, error_model="numpy")(scope["evaluate"])

    def run(columns: Mapping[str, Any]) -> dict[str, Floats]:
        given = [columns[name] for name in writer.inputs]
        rows = len(_plain(given[0])) if given else 0
        tables = tuple(test.table(columns[test.column]) for test in writer.tests)
        outputs = {name: np.empty(rows) for name in writer.outputs}
        arguments = (*(_plain(column) for column in given), *tables, *outputs.values())
        parts = min(THREADS, 1 + rows // ROWS_A_THREAD)
        edges = [rows * part // parts for part in range(parts + 1)]
        with ThreadPoolExecutor(parts) as threads:
            runs = [threads.submit(kernel, *ends, *arguments) for ends in pairwise(edges)]
        for done in runs:
            done.result()
        return outputs

    return run


def _plain(column: Any) -> Any:
    """The array itself; yes and no as 1 and 0, from the same bytes."""
    if isinstance(column, CodedText):
        return column.codes
    return column.view(np.uint8) if column.dtype == np.bool_ else column


@dataclass(frozen=True, slots=True)
class _TextTest:
    """A question about a text column, answered once for each of its texts."""

    column: str
    holds: Callable[[str], bool]

    def table(self, coded: CodedText) -> Floats:
        """1 or 0 a text; the last place, which code -1 reads, is missing."""
        return np.array([*(float(self.holds(text)) for text in coded.texts), math.nan])


class _Writer:
    """Writes one assignment a node; nodes that are the same object are written once."""

    def __init__(self, program: Program, texts: Collection[str]) -> None:
        self.program = program
        self.lines: list[str] = []
        self.named: dict[str, str] = {}
        self.names: dict[int, str] = {}
        self.tests: list[_TextTest] = []
        self.texts = _text_columns(program) | set(texts)
        self.inputs = tuple(
            name for name in program.inputs if any(name in columns_of(step) for _, step in program.steps)
        )
        steps = dict(program.steps)
        self.outputs = tuple(name for name in program.outputs if not _is_text(steps[name], steps))

    def source(self) -> str:
        for number, name in enumerate(self.inputs):
            if name not in self.texts:
                self.named[name] = self.assign(f"float(c{number}[i])")
        for name, step in self.program.steps:
            if name in self.outputs or name in self.program.hidden:
                self.named[name] = self.write(step)
        outputs = [f"o{number}[i] = {self.named[name]}" for number, name in enumerate(self.outputs)]
        arguments = [
            "first",
            "end",
            *(f"c{number}" for number in range(len(self.inputs))),
            *(f"t{number}" for number in range(len(self.tests))),
            *(f"o{number}" for number in range(len(self.outputs))),
        ]
        body = "\n        ".join([*self.lines, *outputs, "pass"])
        return f"def evaluate({', '.join(arguments)}):\n    for i in range(first, end):\n        {body}\n"

    def assign(self, formula: str) -> str:
        variable = f"v{len(self.lines)}"
        self.lines.append(f"{variable} = {formula}")
        return variable

    def write(self, node: Expression) -> str:
        if isinstance(node, Column):
            return self.named[node.name]
        if isinstance(node, Constant):
            return _literal(node.value)
        if id(node) not in self.names:
            self.names[id(node)] = self.assign(self.text_test(node) or self.formula(node))
        return self.names[id(node)]

    def text_test(self, node: Expression) -> str | None:
        """The look-up that answers a question about a text column; None for any other node."""
        match node:
            case OneOf(value=Column(name), codes=codes):
                return self.look_up(name, lambda text: text in codes)
            case Begins(value=Column(name), prefixes=prefixes):
                return self.look_up(name, lambda text: text.startswith(prefixes))
            case Compare("==", Column(name), Constant(str(wanted))):
                return self.look_up(name, lambda text: text == wanted)
            case IsMissing(value=Column(name)) if name in self.texts:
                return f"1.0 if {self.look_up(name, lambda _: True)} != 1.0 else 0.0"
            case _:
                return None

    def look_up(self, column: str, holds: Callable[[str], bool]) -> str:
        self.tests.append(_TextTest(column, holds))
        return f"t{len(self.tests) - 1}[c{self.inputs.index(column)}[i]]"

    def formula(self, node: Expression) -> str:
        a, b, c = (*(self.write(child) for child in node.children()), "", "", "")[:3]
        match node:
            case Arithmetic(operator="/"):
                return f"{a} / {b} if {b} != 0.0 else nan"
            case Arithmetic():
                return f"{a} {node.operator} {b}"
            case Compare():
                return f"(1.0 if {a} {node.operator} {b} else 0.0) if {a} == {a} and {b} == {b} else nan"
            case Both():
                return f"0.0 if {a} == 0.0 or {b} == 0.0 else (1.0 if {a} == 1.0 and {b} == 1.0 else nan)"
            case Either():
                return f"1.0 if {a} == 1.0 or {b} == 1.0 else (0.0 if {a} == 0.0 and {b} == 0.0 else nan)"
            case Not():
                return f"1.0 - {a}"
            case IsMissing():
                return f"1.0 if {a} != {a} else 0.0"
            case OrElse():
                return f"{b} if {a} != {a} else {a}"
            case If():
                return f"{b} if {a} == 1.0 else ({c} if {a} == 0.0 else nan)"
            case Root():
                return f"sqrt({a}) if {a} >= 0.0 else nan"
            case Banded():
                return _banded(node, a)
            case _:
                raise AssertionError(f"no array form for {type(node).__name__}")


def _banded(node: Banded, value: str) -> str:
    steps = "".join(
        f"{points!r} if {value} {'>' if is_open else '>='} {edge!r} else (" for edge, points, is_open in node.steps
    )
    return f"({steps}{node.below!r}{')' * len(node.steps)}) if {value} == {value} else nan"


def _literal(value: float | bool | str | None) -> str:
    assert not isinstance(value, str), "a text stands in comparisons only"
    return "nan" if value is None else repr(float(value))


def _text_columns(program: Program) -> frozenset[str]:
    """Inputs that are asked about as texts."""
    found: set[str] = set()

    def search(node: Expression) -> None:
        match node:
            case OneOf(value=Column(name)) | Begins(value=Column(name)) | Compare("==", Column(name), Constant(str())):
                found.add(name)
            case _:
                pass
        for child in node.children():
            search(child)

    for _, step in program.steps:
        search(step)
    return frozenset(found)


def _is_text(node: Expression, steps: Mapping[str, Expression]) -> bool:
    """Does the step give a text?"""
    match node:
        case Constant():
            return node.kind == "text"
        case Column(name):
            return name in steps and _is_text(steps[name], steps)
        case If() | OrElse():
            return any(_is_text(child, steps) for child in _values(node))
        case _:
            return False


def _values(node: If | OrElse) -> Sequence[Expression]:
    return (node.then, node.otherwise) if isinstance(node, If) else (node.value, node.other)

"""One company in microseconds: a program as a plain Python function, written out and compiled once.

The function takes a mapping of input name -> value (None or NaN is missing) and returns a dict of the outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

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

RowFunction = Callable[[Mapping[str, Any]], dict[str, Any]]


def compile_row(program: Program) -> RowFunction:
    """A function row -> outputs with the meaning of `expressions`.

    Raises KeyError when the row lacks an input of the program (a programmer's mistake: pass None for missing).
    """
    writer = _Writer(program)
    source = writer.source()
    scope: dict[str, Any] = {"sqrt": math.sqrt, **writer.constants}
    # The source is made of our own expressions only; no user text reaches it (texts are passed as constants).
    exec(compile(source, "<scheme>", "exec"), scope)  # noqa: S102
    return scope["evaluate"]  # type: ignore[no-any-return]


class _Writer:
    """Writes one assignment a node; nodes that are the same object are written once.

    Numbers stand in the source as themselves, and a check for missing is left out where a value is always there: that
    halves the time of a scheme.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self.names: dict[int, str] = {}
        self.named: dict[str, str] = {}
        self.always: set[str] = set()  # variables and literals that are never missing
        self.kept: list[Expression] = []  # keeps nodes alive, so that an id is never used twice

    def source(self) -> str:
        used = {name for _, step in self.program.steps for name in columns_of(step)}
        for name in self.program.inputs:
            if name not in used:
                continue
            variable = self.variable()
            self.lines.append(f"{variable} = row[{name!r}]")
            # A float that is not equal to itself is NaN, and NaN is missing.
            self.lines.append(f"if {variable} != {variable}: {variable} = None")
            self.named[name] = variable
        for name, step in self.program.steps:
            self.named[name] = self.write(step)
        outputs = ", ".join(f"{name!r}: {self.named[name]}" for name in self.program.outputs)
        body = "\n    ".join([*self.lines, f"return {{{outputs}}}"])
        return f"def evaluate(row):\n    {body}\n"

    def variable(self) -> str:
        return f"v{len(self.lines)}"

    def constant(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def write(self, node: Expression) -> str:
        if isinstance(node, Column):
            return self.named[node.name]
        if isinstance(node, Constant):
            return self.literal(node.value)
        if id(node) not in self.names:
            parts = [self.write(child) for child in node.children()]
            missing = [part for part in parts if part not in self.always]
            formula = self.formula(node, parts, missing)
            variable = self.variable()
            self.lines.append(f"{variable} = {formula}")
            if self.is_always_there(node, parts, missing):
                self.always.add(variable)
            self.names[id(node)] = variable
            self.kept.append(node)
        return self.names[id(node)]

    def literal(self, value: float | bool | str | None) -> str:
        assert not isinstance(value, float) or math.isfinite(value), "a constant is a plain number"
        text = repr(value)
        if value is not None:
            self.always.add(text)
        return text

    def is_always_there(self, node: Expression, parts: list[str], missing: list[str]) -> bool:
        match node:
            case Arithmetic(operator="/") | Root():
                return False
            case IsMissing():
                return True
            case OrElse():
                return parts[0] in self.always or parts[1] in self.always
            case _:
                return not missing

    def formula(self, node: Expression, parts: list[str], missing: list[str]) -> str:
        """The node's formula; `missing` are the parts that may be missing."""
        none = " or ".join(f"{part} is None" for part in missing)
        unless = f"None if {none} else " if none else ""
        match node:
            case Arithmetic(operator="/"):
                base = f"{parts[0]} is None or not {parts[1]}" if parts[0] in missing else f"not {parts[1]}"
                return f"None if {base} else {parts[0]} / {parts[1]}"
            case Arithmetic() | Compare():
                return f"{unless}{parts[0]} {node.operator} {parts[1]}"
            case OneOf():
                return f"{unless}{parts[0]} in {self.constant(frozenset(node.codes))}"
            case Begins():
                return f"{unless}{parts[0]}.startswith({self.constant(node.prefixes)})"
            case Both():
                return f"False if {parts[0]} is False or {parts[1]} is False else {unless}True"
            case Either():
                return f"True if {parts[0]} is True or {parts[1]} is True else {unless}False"
            case Not():
                return f"{unless}not {parts[0]}"
            case IsMissing():
                return f"{parts[0]} is None" if missing else "False"
            case OrElse():
                return f"{parts[1]} if {parts[0]} is None else {parts[0]}" if parts[0] in missing else parts[0]
            case If():
                asked = f"None if {parts[0]} is None else " if parts[0] in missing else ""
                return f"{asked}{parts[1]} if {parts[0]} else {parts[2]}"
            case Root():
                below = f"{parts[0]} is None or {parts[0]} < 0" if missing else f"{parts[0]} < 0"
                return f"None if {below} else sqrt({parts[0]})"
            case Banded():
                steps = "".join(
                    f"{points!r} if {parts[0]} {'>' if is_open else '>='} {edge!r} else "
                    for edge, points, is_open in node.steps
                )
                return f"{unless}{steps}{node.below!r}"
            case _:
                raise AssertionError(f"no row form for {type(node).__name__}")

"""What is a scheme written in? Small expressions with three truth values: yes, no and missing.

One expression has one meaning on every engine: `compile_table.py` makes Ibis expressions of it for whole tables,
`compile_row.py` makes a plain Python function of it for one company. Their agreement is tested.

Meaning
    Numbers are float64 (money is whole fen, so that a ratio of two amounts is exact at a bracket's edge; see
    docs/decisions). Missing in arithmetic or a comparison gives missing; a division by zero gives missing.
    And, Or, Not follow Kleene: no AND missing = no, yes OR missing = yes.
    If with a missing condition is missing. A band look-up of a missing value is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Operator = Literal["+", "-", "*", "/"]
Comparison = Literal[">=", ">", "<=", "<", "=="]
Plain = float | int | Decimal | bool | str


class Expression:
    """A node; combine nodes with + - * / >= > <= < & | ~ and the methods below."""

    __slots__ = ()

    def __add__(self, other: Expression | Plain) -> Expression:
        return Arithmetic("+", self, lift(other))

    def __sub__(self, other: Expression | Plain) -> Expression:
        return Arithmetic("-", self, lift(other))

    def __mul__(self, other: Expression | Plain) -> Expression:
        return Arithmetic("*", self, lift(other))

    def __truediv__(self, other: Expression | Plain) -> Expression:
        return Arithmetic("/", self, lift(other))

    def __ge__(self, other: Expression | Plain) -> Expression:
        return Compare(">=", self, lift(other))

    def __gt__(self, other: Expression | Plain) -> Expression:
        return Compare(">", self, lift(other))

    def __le__(self, other: Expression | Plain) -> Expression:
        return Compare("<=", self, lift(other))

    def __lt__(self, other: Expression | Plain) -> Expression:
        return Compare("<", self, lift(other))

    def equals(self, other: Expression | Plain) -> Expression:
        return Compare("==", self, lift(other))

    def one_of(self, codes: Iterable[str]) -> Expression:
        return OneOf(self, tuple(sorted(codes)))

    def begins_with(self, prefixes: Iterable[str]) -> Expression:
        return Begins(self, tuple(sorted(prefixes)))

    def __and__(self, other: Expression) -> Expression:
        return Both(self, other)

    def __or__(self, other: Expression) -> Expression:
        return Either(self, other)

    def __invert__(self) -> Expression:
        return Not(self)

    def is_missing(self) -> Expression:
        return IsMissing(self)

    def or_else(self, other: Expression | Plain) -> Expression:
        """This value, or the other one where this is missing."""
        return OrElse(self, lift(other))

    def children(self) -> tuple[Expression, ...]:
        return ()


@dataclass(frozen=True, eq=False, slots=True)
class Column(Expression):
    """An input column, or an earlier named step of the program."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Constant(Expression):
    """A plain value; None is missing."""

    value: float | bool | str | None
    kind: Literal["number", "flag", "text"] = "number"


@dataclass(frozen=True, eq=False, slots=True)
class Arithmetic(Expression):
    """Plus, minus, times or divided by; missing where a side is missing or the divisor is 0."""

    operator: Operator
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, slots=True)
class Compare(Expression):
    """A comparison; missing where a side is missing."""

    operator: Comparison
    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, slots=True)
class OneOf(Expression):
    """Is the text one of the codes?"""

    value: Expression
    codes: tuple[str, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, eq=False, slots=True)
class Begins(Expression):
    """Does the text begin with one of the prefixes?"""

    value: Expression
    prefixes: tuple[str, ...]

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, eq=False, slots=True)
class Both(Expression):
    """Kleene AND: no where a side is no, else missing where a side is missing."""

    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, slots=True)
class Either(Expression):
    """Kleene OR: yes where a side is yes, else missing where a side is missing."""

    left: Expression
    right: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, slots=True)
class Not(Expression):
    """Kleene NOT: missing stays missing."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, eq=False, slots=True)
class IsMissing(Expression):
    """Yes where the value is missing; never missing itself."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, eq=False, slots=True)
class OrElse(Expression):
    """The value, or the other one where the value is missing."""

    value: Expression
    other: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value, self.other)


@dataclass(frozen=True, eq=False, slots=True)
class If(Expression):
    """One of two values; missing where the condition is missing."""

    condition: Expression
    then: Expression
    otherwise: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, eq=False, slots=True)
class Banded(Expression):
    """The points of the highest band that the value reaches.

    steps   (edge, points, open) with edges falling; the first edge that the value reaches decides: value >= edge, or
            value > edge where open.
    below   points when no edge is reached.
    """

    value: Expression
    steps: tuple[tuple[float, float, bool], ...]
    below: float

    def __post_init__(self) -> None:
        edges = [edge for edge, _, _ in self.steps]
        assert edges == sorted(edges, reverse=True), "band edges must fall"

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


@dataclass(frozen=True, eq=False, slots=True)
class Root(Expression):
    """The square root (growth a year over two years); missing for a negative value."""

    value: Expression

    def children(self) -> tuple[Expression, ...]:
        return (self.value,)


def lift(value: Expression | Plain) -> Expression:
    """A plain value as an expression."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool):
        return Constant(value, "flag")
    if isinstance(value, str):
        return Constant(value, "text")
    return Constant(float(value))


MISSING_NUMBER = Constant(None)
MISSING_FLAG = Constant(None, "flag")


def smaller(left: Expression, right: Expression) -> Expression:
    """The smaller of two; missing where one is missing (engines' own `least` skips missing)."""
    return If(left <= right, left, right)


def larger(left: Expression, right: Expression) -> Expression:
    """The larger of two; missing where one is missing."""
    return If(left >= right, left, right)


def all_of(conditions: Iterable[Expression]) -> Expression:
    """Kleene AND of many; yes for none."""
    result: Expression | None = None
    for condition in conditions:
        result = condition if result is None else result & condition
    return lift(True) if result is None else result


def any_of(conditions: Iterable[Expression]) -> Expression:
    """Kleene OR of many; no for none."""
    result: Expression | None = None
    for condition in conditions:
        result = condition if result is None else result | condition
    return lift(False) if result is None else result


def total(parts: Iterable[Expression]) -> Expression:
    """The sum in the order given (so that every engine adds in the same order); 0 for none."""
    result: Expression | None = None
    for part in parts:
        result = part if result is None else result + part
    return lift(0.0) if result is None else result


@dataclass(frozen=True)
class Program:
    """Named steps in order; a step may read inputs and earlier steps by Column(name).

    inputs   columns read from the row; a missing one is an error of the caller.
    hidden   steps that are not part of the result.
    """

    inputs: tuple[str, ...]
    steps: tuple[tuple[str, Expression], ...]
    hidden: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        seen = set(self.inputs)
        for name, expression in self.steps:
            lacking = {column for column in columns_of(expression) if column not in seen}
            assert not lacking, f"step {name} reads {sorted(lacking)} before it is there"
            assert name not in seen, f"two steps are named {name}"
            seen.add(name)

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.steps if name not in self.hidden)


def columns_of(expression: Expression) -> set[str]:
    """Names of all columns that an expression reads."""
    if isinstance(expression, Column):
        return {expression.name}
    found: set[str] = set()
    for child in expression.children():
        found |= columns_of(child)
    return found


def combined(programs: Iterable[Program]) -> Program:
    """Several programs as one, in order; a later one may read what an earlier one gives."""
    inputs: dict[str, None] = {}
    steps: list[tuple[str, Expression]] = []
    hidden: frozenset[str] = frozenset()
    made: set[str] = set()
    for program in programs:
        inputs.update(dict.fromkeys(name for name in program.inputs if name not in made))
        steps += program.steps
        made |= {name for name, _ in program.steps}
        hidden |= program.hidden
    return Program(tuple(inputs), tuple(steps), hidden)


def needed_for(program: Program, outputs: Collection[str]) -> Program:
    """The part of the program that these outputs hang on, with no other output."""
    wanted = set(outputs)
    steps = []
    for name, step in reversed(program.steps):
        if name in wanted:
            wanted |= columns_of(step)
            steps.append((name, step))
    inputs = tuple(name for name in program.inputs if name in wanted)
    hidden = frozenset(name for name, _ in steps if name not in outputs)
    return Program(inputs, tuple(reversed(steps)), hidden)

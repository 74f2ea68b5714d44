"""How is an official scheme written down? Gates, scored items and an answer, once, for tables and for one company.

Answer      yes, no, or open (missing) where the facts do not decide.
Score       an interval [low, high]: an item whose fact is missing counts from its fewest to its most points.
Lever       an input that a company can move; it says what value of the input reaches a given edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kejin.rule_values import BandTable, Citation, Figure
from kejin.schemes.compile_row import RowFunction, compile_row
from kejin.schemes.expressions import (
    MISSING_FLAG,
    Banded,
    Column,
    Expression,
    If,
    Program,
    any_of,
    columns_of,
    lift,
    smaller,
    total,
)

Sign = Literal[">=", ">", "<=", "<"]
Kind = Literal["answer", "score", "stage"]
Unit = Literal["ratio", "fen", "person", "count", "point", "year", "flag", "text", "rank", "month", "level"]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Input:
    """One input column: its unit, what it means, the tables it comes from."""

    name: str
    unit: Unit
    label: Label
    table: str


@dataclass(frozen=True, slots=True)
class Lever:
    """Input `column` reaches an edge of a value when it is edge * scale - less (scale 1 and less 0 where None).

    reach   what the input has to be, where that is not a line through the edge (compound growth).
    """

    column: str
    scale: Expression | None = None
    less: Expression | None = None
    reach: Expression | None = None

    def target(self, edge: float | Expression) -> Expression:
        """The value of the input that reaches the edge."""
        if self.reach is not None:
            return self.reach
        reached = lift(edge) if self.scale is None else self.scale * edge
        return reached if self.less is None else reached - self.less


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition.

    value      what is compared, shown to the reader; None for a yes/no fact.
    passes     yes, no or missing.
    threshold  the edge shown beside the value, with how it is compared.
    edge       the edge where it differs from company to company (then `threshold` is None); in units of the value.
    """

    name: str
    label: Label
    passes: Expression
    cites: tuple[Citation, ...]
    value: Expression | None = None
    unit: Unit = "flag"
    threshold: float | None = None
    comparison: Sign = ">="
    levers: tuple[Lever, ...] = ()
    edge: Expression | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A group of items with a full mark of its own: more than that does not count."""

    name: str
    label: Label
    maximum: float
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One scored item.

    low, high  points; equal where the fact is known and needs no judgement. Never missing.
    edges      values at which more points are reached, rising; with levers they say what would change the score.
    options    where the item is the best of several measures: those measures, each with its own value, edges, levers.
    """

    name: str
    label: Label
    block: str
    maximum: float
    low: Expression
    high: Expression
    cites: tuple[Citation, ...]
    value: Expression | None = None
    unit: Unit = "ratio"
    edges: tuple[float, ...] = ()
    levers: tuple[Lever, ...] = ()
    options: tuple[Item, ...] = ()

    @property
    def measures(self) -> tuple[Item, ...]:
        """The measures that are shown: the options, or the item itself."""
        return self.options or (self,)


@dataclass(frozen=True)
class Scheme:
    """A whole scheme of one version.

    qualifies  the answer over the scheme's own steps, which are columns named by `step`: `<id>__<gate>`,
               `<id>__<item>__low`, `<id>__<block>__block_low`, `<id>__score__low`, ... A scheme that gives a score or a
               stage but no yes or no leaves it missing, and says so in `kind`.
    blocks     groups of items that are capped; every item's block is then among them.
    before     further steps that the items read; `after`, further steps that read the gates.
    score_max  full mark of the score, where the items' full marks add up to more (weights that differ by stage).
    """

    id: str
    version: str
    label: Label
    gates: tuple[Gate, ...]
    items: tuple[Item, ...]
    qualifies: Expression = MISSING_FLAG
    blocks: tuple[Block, ...] = ()
    before: tuple[tuple[str, Expression], ...] = ()
    after: tuple[tuple[str, Expression], ...] = ()
    notes: tuple[Label, ...] = ()
    kind: Kind = "answer"
    score_max: float | None = None
    program: Program = field(init=False)
    detail: Program = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", _program(self, detail=False))
        object.__setattr__(self, "detail", _program(self, detail=True))

    @cached_property
    def evaluate_row(self) -> RowFunction:
        """The detail program as a function of one row; compiled on first use."""
        return compile_row(self.detail)

    @cached_property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """step -> the inputs that it reads, through earlier steps."""
        found: dict[str, frozenset[str]] = {name: frozenset({name}) for name in self.detail.inputs}
        for name, expression in self.detail.steps:
            found[name] = frozenset().union(*(found[column] for column in columns_of(expression)))
        return found

    def inputs_of(self, part: str) -> tuple[str, ...]:
        """The inputs that a gate or an item reads."""
        if part not in self._inputs_of:
            names = (step(self.id, part), step(self.id, part, "low"), step(self.id, part, "high"))
            self._inputs_of[part] = tuple(sorted(frozenset().union(*(self.reads.get(n, frozenset()) for n in names))))
        return self._inputs_of[part]

    @cached_property
    def _inputs_of(self) -> dict[str, tuple[str, ...]]:
        """Kept, because every profile asks for every part."""
        return {}

    def citations(self) -> tuple[Citation, ...]:
        """Every rule value that the scheme uses, each once, in order of first use."""
        found: dict[str, Citation] = {}
        parts = (self.gates, self.items, self.blocks)
        for cites in (part.cites for group in parts for part in group):
            for cite in cites:
                found.setdefault(cite.rule, cite)
        return tuple(found.values())


def step(scheme: str, *parts: str) -> str:
    """The column name of a step: scheme and parts joined by two underscores."""
    return "__".join((scheme, *parts))


def compared(
    name: str,
    label: Label,
    value: Expression,
    comparison: Sign,
    figure: Figure,
    unit: Unit,
    levers: tuple[Lever, ...] = (),
    scale: float = 1.0,
    undefined: Expression | None = None,
    slack: float = 0.0,
) -> Gate:
    """A gate that compares a value with one figure of a rule (times scale, e.g. fen in a CNY).

    undefined  where this is yes (e.g. sales are known to be 0) the value does not exist, and the gate is not passed.
    slack      for values that are not one division: so close to the edge counts as at the edge.
    """
    edge = figure.number * scale
    passes = held(value, comparison, edge, slack)
    if undefined is not None:
        passes = If(undefined.or_else(False), lift(False), passes)
    return Gate(name, label, passes, (figure.cite,), value, unit, edge, comparison, levers)


def held(value: Expression, comparison: Sign, edge: float | Expression, slack: float = 0.0) -> Expression:
    """Does the value stand as asked to the edge? Within `slack` of it, it counts as at the edge."""
    if slack:
        assert not isinstance(edge, Expression), "slack is for fixed edges"
        edge += {">=": -slack, ">": slack, "<=": slack, "<": -slack}[comparison]
    return {">=": value >= edge, ">": value > edge, "<=": value <= edge, "<": value < edge}[comparison]


def banded(
    name: str,
    label: Label,
    block: str,
    value: Expression,
    table: BandTable,
    unit: Unit = "ratio",
    levers: tuple[Lever, ...] = (),
    undefined: Expression | None = None,
    slack: float = 0.0,
    scale: float = 1.0,
) -> Item:
    """An item whose points come from a band table; a missing value gives the whole range of points.

    undefined  where this is yes (e.g. sales are known to be 0) the value does not exist: the fewest points.
    slack      for values that are not one division: so close to an edge counts as at the edge.
    scale      units of the value in one unit of the table (fen in a CNY).
    """
    low: Expression = Banded(value, _shifted(table.low_steps(), scale, slack), float(table.below_low))
    high: Expression = Banded(value, _shifted(table.high_steps(), scale, slack), float(table.below_high))
    if undefined is not None:
        known = undefined.or_else(False)
        low = If(known, lift(table.minimum), low)
        high = If(known, lift(table.minimum), high)
    return Item(
        name,
        label,
        block,
        table.maximum,
        low.or_else(table.minimum),
        high.or_else(table.maximum),
        (table.cite,),
        value,
        unit,
        tuple(float(band.edge) * scale for band in table.bands),
        levers,
    )


def _shifted(
    steps: tuple[tuple[float, float, bool], ...], scale: float, slack: float
) -> tuple[tuple[float, float, bool], ...]:
    return tuple((edge * scale + (slack if is_open else -slack), points, is_open) for edge, points, is_open in steps)


def score_gate(low: Expression, high: Expression, figure: Figure, strictly: bool = False) -> Expression:
    """Does a score interval pass a mark? Yes if even its low end does, no if not even its high end does."""
    mark = figure.number
    sure = low > mark if strictly else low >= mark
    possible = high > mark if strictly else high >= mark
    return If(sure, lift(True), If(possible, MISSING_FLAG, lift(False)))


def holds_any(flags: Iterable[str]) -> Expression:
    """Is any of the yes/no columns yes?"""
    return any_of(Column(name) for name in flags)


def _program(scheme: Scheme, detail: bool) -> Program:
    prefix = scheme.id
    steps: list[tuple[str, Expression]] = list(scheme.before)
    for item in scheme.items:
        if detail:
            steps += [
                (step(prefix, measure.name, "value"), measure.value)
                for measure in item.measures
                if measure.value is not None
            ]
        steps.append((step(prefix, item.name, "low"), item.low))
        steps.append((step(prefix, item.name, "high"), item.high))
    steps += _totals(scheme)
    for gate in scheme.gates:
        if detail and gate.value is not None:
            steps.append((step(prefix, gate.name, "value"), gate.value))
        if detail and gate.edge is not None:
            steps.append((step(prefix, gate.name, "edge"), gate.edge))
        steps.append((step(prefix, gate.name), gate.passes))
    steps += list(scheme.after)
    steps.append((step(prefix, "qualifies"), scheme.qualifies))
    if detail:
        steps += _lever_targets(scheme)
    own = {name for name, _ in steps}
    inputs = sorted({name for _, expression in steps for name in columns_of(expression)} - own)
    return Program(tuple(inputs), tuple(steps))


def _totals(scheme: Scheme) -> list[tuple[str, Expression]]:
    """Block totals (never above the block's full mark) and the score, at their low and at their high end."""
    steps: list[tuple[str, Expression]] = []
    for end in ("low", "high"):
        blocks: list[Expression] = []
        for block in scheme.blocks:
            mine = [Column(step(scheme.id, item.name, end)) for item in scheme.items if item.block == block.name]
            name = step(scheme.id, block.name, f"block_{end}")
            steps.append((name, smaller(total(mine), lift(block.maximum))))
            blocks.append(Column(name))
        parts = blocks or [Column(step(scheme.id, item.name, end)) for item in scheme.items]
        if parts:
            score = total(parts) if scheme.score_max is None else smaller(total(parts), lift(scheme.score_max))
            steps.append((step(scheme.id, "score", end), score))
    return steps


def _lever_targets(scheme: Scheme) -> list[tuple[str, Expression]]:
    """For each lever and edge, the value of the input that reaches the edge."""
    targets: list[tuple[str, Expression]] = []
    for gate in scheme.gates:
        edge = gate.threshold if gate.edge is None else gate.edge
        if edge is not None:
            for number, lever in enumerate(gate.levers):
                targets.append((step(scheme.id, gate.name, "target", str(number)), lever.target(edge)))
    for measure in (measure for item in scheme.items for measure in item.measures):
        for number, lever in enumerate(measure.levers):
            for place, edge in enumerate(measure.edges):
                targets.append((step(scheme.id, measure.name, "target", str(number), str(place)), lever.target(edge)))
    return targets

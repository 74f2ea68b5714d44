"""Which figures, conditions and items come up in several schemes? Written once, with one meaning.

Ratios of two amounts in whole fen are one division of whole numbers, so they are exact at a bracket's edge. The mean of
two growth rates is not one division: it counts as at an edge when it is within GROWTH_SLACK of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from kejin.evaluation.inputs import title_held
from kejin.rule_values import Band, BandTable, CaseFigure, Citation, CodeSet, Figure, RowTable
from kejin.schemes.expressions import (
    MISSING_FLAG,
    Column,
    Expression,
    If,
    Root,
    all_of,
    any_of,
    larger,
    lift,
    smaller,
    total,
)
from kejin.schemes.rule_expressions import in_case
from kejin.schemes.scheme import Gate, Item, Label, Lever, Sign, Unit, banded, held, step

FEN_PER_CNY = 100.0
# Rounding in the mean of two growth rates stays below 1e-15 near every edge of the schemes; one fen of revenue moves
# the mean by more than 1e-14 as long as revenue is below CNY 500 billion.
GROWTH_SLACK = 1e-14


def yearly(amount: str, back: int = 0) -> Column:
    """The yearly amount in fen, so many years before the last year known."""
    return Column(f"{amount}_fen_y{back}")


def growth(amount: str, newer: int, older: int) -> Expression:
    """How much the amount grew between two years: one division, exact at an edge."""
    return (yearly(amount, newer) - yearly(amount, older)) / yearly(amount, older)


def mean_growth(amount: str) -> Expression:
    """The plain mean of the last two yearly growth rates; not one division, see GROWTH_SLACK."""
    return (growth(amount, 1, 2) + growth(amount, 0, 1)) / 2.0


def mean_growth_lever(amount: str) -> Lever:
    """The last year's amount at which the mean of two growth rates reaches an edge."""
    before = yearly(amount, 1)
    return Lever(f"{amount}_fen_y0", before * 2.0, before * (growth(amount, 1, 2) - 1.0))


def years_together(amount: str, years: int, lived: Expression | None = None) -> Expression:
    """The amount of the last years together in fen; years before the company's first (of `lived`) do not count."""
    parts: list[Expression] = []
    for back in range(years):
        part: Expression = yearly(amount, back)
        if lived is not None and back > 0:
            part = If(lived > float(back), part, lift(0.0))
        parts.append(part)
    return total(parts)


# Gates


def record_gates() -> tuple[Gate, ...]:
    """What every title of the SME ladder asks of a company's record: on no list, no barred product."""
    listed = Column("on_abnormal_list") | Column("on_serious_breach_list")
    return (
        Gate("product", Label("产品不属于禁止、限制和淘汰类", "No barred product"), ~Column("restricted_product"), ()),
        Gate("not_listed", Label("未列入经营异常名录或严重失信主体名单", "On no list of failings"), ~listed, ()),
    )


def counted_gate(
    name: str,
    label: Label,
    ends: tuple[Expression, Expression],
    least: Expression | float,
    cites: tuple[Citation, ...],
    levers: tuple[Lever, ...] = (),
) -> Gate:
    """A gate on a count known between two ends: yes if even the low end is enough, no if not even the high end is."""
    low, high = ends
    passes = If(low >= least, lift(True), If(high >= least, MISSING_FLAG, lift(False)))
    if isinstance(least, Expression):
        # Where nothing is asked for, a missing count does not matter.
        return Gate(name, label, (least <= 0.0) | passes, cites, low, "count", None, ">=", levers, least)
    return Gate(name, label, passes, cites, low, "count", least, ">=", levers)


def right_ends(name: str) -> tuple[Column, Column]:
    """The low and high end of a count of rights."""
    return Column(f"{name}_low"), Column(f"{name}_high")


def each_year(
    name: str,
    label: Label,
    values: Sequence[Expression],
    figure: Figure,
    unit: Unit,
    levers: tuple[Lever, ...] = (),
    scale: float = 1.0,
    undefined: Sequence[Expression] = (),
) -> Gate:
    """A gate that every one of several years has to pass; the lowest value is shown."""
    edge = figure.number * scale
    passes: list[Expression] = [value >= edge for value in values]
    if undefined:
        passes = [If(where.or_else(False), lift(False), one) for where, one in zip(undefined, passes, strict=True)]
    return Gate(name, label, all_of(passes), (figure.cite,), reduce(smaller, values), unit, edge, ">=", levers)


def titles_gate(name: str, label: Label, titles: CodeSet) -> Gate:
    """Does the company hold one of the titles?"""
    return Gate(name, label, any_of(Column(title_held(code)) for code in sorted(titles.codes)), (titles.cite,))


def count_gate(name: str, label: Label, count: Expression, cites: tuple[Citation, ...]) -> Gate:
    """Is there at least one?"""
    return Gate(name, label, count >= 1.0, cites, count, "count", 1.0)


_UNITS = {
    "national": "units_national",
    "provincial": "units_provincial",
    "municipal": "units_municipal",
    "district": "units_other",
    "company": "units_other",
}


def research_units(levels: Iterable[str]) -> Expression:
    """The number of research units of the levels. Raises KeyError for a level that the facts do not tell apart."""
    return total(Column(count) for count in sorted({_UNITS[level] for level in levels}))


def all_gates(scheme: str, names: Iterable[str]) -> Expression:
    """Are all of the scheme's gates passed?"""
    return all_of(Column(step(scheme, name)) for name in names)


def any_gate(scheme: str, names: Iterable[str]) -> Expression:
    """Is any of the scheme's gates passed?"""
    return any_of(Column(step(scheme, name)) for name in names)


def score_ends(scheme: str) -> tuple[Column, Column]:
    """The low and high end of the scheme's score."""
    return Column(step(scheme, "score", "low")), Column(step(scheme, "score", "high"))


# Items


def counted_item(name: str, label: Label, block: str, ends: tuple[Column, Column], table: BandTable) -> Item:
    """An item on a count known between two ends."""
    low, high = ends
    sure = banded(name, label, block, low, table, "count", (Lever(low.name),))
    return replace(sure, high=banded(name, label, block, high, table, "count").high)


def best_of(name: str, label: Label, block: str, options: Sequence[Item]) -> Item:
    """An item that takes the best of several measures."""
    return Item(
        name,
        label,
        block,
        max(option.maximum for option in options),
        reduce(larger, (option.low for option in options)),
        reduce(larger, (option.high for option in options)),
        tuple(dict.fromkeys(cite for option in options for cite in option.cites)),
        unit=options[0].unit,
        options=tuple(options),
    )


def existence_table(points: Sequence[float], otherwise: float, cite: Citation) -> BandTable:
    """Points for one or more (a range where several may apply), other points for none."""
    least, most, none = (Decimal(str(number)) for number in (min(points), max(points), otherwise))
    return BandTable((Band(Decimal(1), False, least, most),), none, none, cite)


_RIGHTS = (
    ("class_one_high_value", "class_one_high_value_main", Label("Ⅰ类高价值知识产权", "High-value class-I rights")),
    ("class_one_own", "class_one_own_main", Label("自主研发的Ⅰ类知识产权", "Own class-I rights")),
    ("class_one", "class_one_main", Label("Ⅰ类知识产权", "Class-I rights")),
    ("class_two", "class_two_main", Label("Ⅱ类知识产权", "Class-II rights")),
)


def best_right(block: str, table: RowTable) -> Item:
    """Points for the best kind of right of which there is at least one."""
    none = table.number("none", "points")
    options = [
        counted_item(
            code, label, block, right_ends(count), existence_table([table.number(code, "points")], none, table.cite)
        )
        for code, count, label in _RIGHTS
    ]
    return best_of("ip", Label("与主导产品相关的知识产权", "Rights related to the main product"), block, options)


def flagged_points(flag: Expression, yes: float, no: float) -> tuple[Expression, Expression]:
    """Points for a yes/no fact: its low and its high end."""
    points = If(flag, lift(yes), lift(no))
    return points.or_else(min(yes, no)), points.or_else(max(yes, no))


def within_ends(points: Expression, least: Expression, most: Expression) -> Expression:
    """Points as judged, moved to the nearer end where they lie outside what the facts allow."""
    return larger(least, smaller(points, most))


def judged(item: Item, column: str) -> Item:
    """The item with a person's judgement in place of its range, where there is one."""
    points = within_ends(Column(column), item.low, item.high)
    return replace(item, low=points.or_else(item.low), high=points.or_else(item.high))


def judged_only(name: str, label: Label, block: str, column: str, maximum: float, cite: Citation) -> Item:
    """An item that only a person can judge: its whole range as long as nobody has."""
    judgement = Column(column)
    return judged(Item(name, label, block, maximum, lift(0.0), lift(maximum), (cite,), judgement, "point"), column)


@dataclass(frozen=True, slots=True)
class Line:
    """Points along a line: none below the floor, part of the weight at it, the weight from the full mark on.

    full   None where it was not found: from the floor on the points are open up to the weight.
    """

    floor: Expression
    full: Expression | None
    weight: float
    floor_mark: float = 0.0


def on_line(
    name: str,
    label: Label,
    block: str,
    value: Expression,
    line: Line,
    cites: tuple[Citation, ...],
    unit: Unit = "ratio",
    levers: tuple[Lever, ...] = (),
    edges: tuple[float, ...] = (),
    undefined: Expression | None = None,
) -> Item:
    """An item whose points rise along a line; a missing value or anchor gives the whole range of points."""
    at_floor = line.weight * line.floor_mark
    if line.full is None:
        low: Expression = If(value >= line.floor, lift(at_floor), lift(0.0))
        high: Expression = If(value >= line.floor, lift(line.weight), lift(0.0))
    else:
        share = (value - line.floor) / (line.full - line.floor)
        rising = share * (line.weight - at_floor) + at_floor
        points = If(value >= line.full, lift(line.weight), If(value >= line.floor, rising, lift(0.0)))
        low = high = points
    if undefined is not None:
        known = undefined.or_else(False)
        low, high = If(known, lift(0.0), low), If(known, lift(0.0), high)
    return Item(
        name, label, block, line.weight, low.or_else(0.0), high.or_else(line.weight), cites, value, unit, edges, levers
    )


def capped_flags(flags: Sequence[Expression], each: float, maximum: float) -> tuple[Expression, Expression]:
    """So many points for each yes, never more than the maximum: low and high end."""
    ends = [flagged_points(flag, each, 0.0) for flag in flags]
    cap = lift(maximum)
    return smaller(total(low for low, _ in ends), cap), smaller(total(high for _, high in ends), cap)


def fixed_cases(case: CaseFigure, value: Expression, sign: Sign) -> Expression:
    """Does the value stand as asked to the number of the company's case?"""
    return in_case(case, lambda figure: held(value, sign, figure.number))


def compound_growth_gate(name: str, label: Label, figure: Figure, periods: int) -> Gate:
    """Revenue of the last year against that of some years before, as compound growth a year.

    Compared as one division with (1 + figure) to the power of the periods, so that it is exact at the edge; shown as
    growth a year (for one or two periods). From no revenue there is no growth rate: then the gate is not passed.
    """
    last, first = yearly("revenue"), yearly("revenue", periods)
    factor = float((1 + figure.value) ** periods)
    times = last / first
    passes = If(first.equals(0).or_else(False), lift(False), times >= factor)
    shown = {1: times - 1.0, 2: Root(times) - 1.0}.get(periods)
    lever = Lever("revenue_fen_y0", reach=first * factor)
    return Gate(name, label, passes, (figure.cite,), shown, "ratio", figure.number, ">=", (lever,))

"""Plain arithmetic for the second derivations: fractions, yes / no / missing, intervals of points.

Written for the tests alone, without the package under test: None is missing, UNDEFINED is a ratio whose base is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

Answer = bool | None
Points = tuple[Fraction, Fraction]
Row = Mapping[str, Any]
FEN = 100
WAN = 10_000 * FEN
YI = 100_000_000 * FEN


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = _Undefined()
Value = Fraction | _Undefined | None


def number(row: Row, name: str) -> Fraction | None:
    """A figure of the row as the decimal that a person would write down."""
    value = row[name]
    return None if value is None else Fraction(str(value))


def fen(row: Row, name: str, back: int = 0) -> Fraction | None:
    return number(row, f"{name}_fen_y{back}")


def plus(*values: Fraction | None) -> Fraction | None:
    return None if any(value is None for value in values) else sum(values, Fraction(0))  # type: ignore[arg-type]


def share(part: Fraction | None, whole: Fraction | None) -> Value:
    if whole == 0:
        return UNDEFINED
    return None if part is None or whole is None else part / whole


def grown(now: Fraction | None, before: Fraction | None) -> Value:
    if before == 0:
        return UNDEFINED
    return None if now is None or before is None else now / before - 1


def settled(rate: Fraction) -> Fraction:
    """A mean of two growth rates to 13 decimals: the schemes say that closer to an edge than that is at the edge."""
    return round(rate, 13)


def yes_all(*answers: Answer) -> Answer:
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def yes_any(*answers: Answer) -> Answer:
    if any(answer is True for answer in answers):
        return True
    return None if any(answer is None for answer in answers) else False


def turned(answer: Answer) -> Answer:
    return None if answer is None else not answer


def reaches(value: Value, least: Fraction | int | str) -> Answer:
    if value is UNDEFINED:
        return False
    return None if value is None else value >= Fraction(least)  # type: ignore[operator]


def stays_within(value: Value, most: Fraction | int | str) -> Answer:
    if value is UNDEFINED:
        return False
    return None if value is None else value <= Fraction(most)  # type: ignore[operator]


def enough(low: Fraction | None, high: Fraction | None, least: int) -> Answer:
    """A count that is known between two ends."""
    if low is None:
        return None
    if low >= least:
        return True
    return None if high is None or high >= least else False


def points(value: Value, steps: Sequence[tuple[str, float, float]], below: tuple[float, float]) -> Points:
    """Steps from the top: (">= 0.30", fewest, most) or ("> 0", ...); below the last one, `below`."""
    every = [*((low, high) for _, low, high in steps), below]
    worst = Fraction(str(min(low for low, _ in every)))
    if value is UNDEFINED:
        return worst, worst
    if value is None:
        return worst, Fraction(str(max(high for _, high in every)))
    for condition, low, high in steps:
        sign, edge = condition.split()
        if value > Fraction(edge) or (sign == ">=" and value == Fraction(edge)):  # type: ignore[operator]
            return Fraction(str(low)), Fraction(str(high))
    return Fraction(str(below[0])), Fraction(str(below[1]))


def fixed(*steps: tuple[str, float]) -> list[tuple[str, float, float]]:
    return [(condition, given, given) for condition, given in steps]


def at_ends(low: Points, high: Points) -> Points:
    """Points of an item whose count is known between two ends."""
    return low[0], high[1]


def best(*options: Points) -> Points:
    return max(low for low, _ in options), max(high for _, high in options)


def added(*options: Points) -> Points:
    return sum((low for low, _ in options), Fraction(0)), sum((high for _, high in options), Fraction(0))


def capped(given: Points, most: int) -> Points:
    return min(given[0], Fraction(most)), min(given[1], Fraction(most))


def by_flag(answer: Answer, yes: int, no: int) -> Points:
    if answer is None:
        return Fraction(min(yes, no)), Fraction(max(yes, no))
    return (Fraction(yes),) * 2 if answer else (Fraction(no),) * 2  # type: ignore[return-value]


def judged_points(judgement: Fraction | None, allowed: Points) -> Points:
    """A person's points, held within what the facts allow; the whole allowed range where nobody has judged."""
    if judgement is None:
        return allowed
    moved = min(max(judgement, allowed[0]), allowed[1])
    return moved, moved


def passes_mark(score: Points, least: int, strictly: bool = False) -> Answer:
    low, high = score
    if low > least or (low == least and not strictly):
        return True
    return None if high > least or (high == least and not strictly) else False


def result(
    gates: Mapping[str, Answer], answer: Answer, items: Mapping[str, Points] | None = None, **totals: Points
) -> dict[str, Any]:
    """Everything in one flat mapping: gate -> answer, item -> points, `score` and block totals -> points."""
    return {**gates, "qualifies": answer, **(items or {}), **totals}

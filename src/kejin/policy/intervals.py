"""Bands: which interval does a figure fall in, and what does the rule give for it?

A band is written as an interval in mathematical notation, "[0.25, 0.30)": a square bracket includes the bound, a
round one leaves it out, nothing before or after the comma means without bound. So nobody has to guess whether
"10%以上" includes 10%.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

_INTERVAL = re.compile(r"([\[(])\s*(-?\d+(?:\.\d+)?)?\s*,\s*(-?\d+(?:\.\d+)?)?\s*([\])])\Z")


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of figures; a bound that is None is without limit on that side."""

    lower: Decimal | None
    lower_included: bool
    upper: Decimal | None
    upper_included: bool

    def __contains__(self, figure: object) -> bool:
        if not isinstance(figure, (Decimal, int, float)):
            return False
        if figure != figure:  # NaN lies in no interval  # noqa: PLR0124
            return False
        if self.lower is not None and (figure < self.lower or (figure == self.lower and not self.lower_included)):
            return False
        return self.upper is None or figure < self.upper or (figure == self.upper and self.upper_included)

    def __str__(self) -> str:
        lower = "" if self.lower is None else str(self.lower)
        upper = "" if self.upper is None else str(self.upper)
        return f"{'[' if self.lower_included else '('}{lower}, {upper}{']' if self.upper_included else ')'}"


@dataclass(frozen=True, slots=True)
class Band:
    """What a rule gives for one interval of the figure; low and high differ where a person sets the points."""

    interval: Interval
    points_low: Decimal
    points_high: Decimal

    @property
    def lower(self) -> Decimal | None:
        return self.interval.lower

    @property
    def lower_included(self) -> bool:
        return self.interval.lower_included

    @property
    def upper(self) -> Decimal | None:
        return self.interval.upper

    @property
    def upper_included(self) -> bool:
        return self.interval.upper_included

    @property
    def value(self) -> Decimal:
        """The single figure of the band; asking a band that leaves room for judgement is a programmer's mistake."""
        assert self.points_low == self.points_high, "the band gives a range: use points_low and points_high"
        return self.points_low

    def __contains__(self, figure: object) -> bool:
        return figure in self.interval


def parse_interval(text: str) -> Interval:
    """The interval that the text writes. Raises ValueError with the reason."""
    match = _INTERVAL.match(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not an interval such as '[0.25, 0.30)'")
    opening, low, high, closing = match.groups()
    lower, upper = (None if bound is None else Decimal(bound) for bound in (low, high))
    if (lower is None and opening == "[") or (upper is None and closing == "]"):
        raise ValueError(f"{text!r} includes a bound that it does not name")
    interval = Interval(lower, opening == "[", upper, closing == "]")
    if lower is not None and upper is not None:
        empty = lower > upper or (lower == upper and not (interval.lower_included and interval.upper_included))
        if empty:
            raise ValueError(f"{text!r} holds no figure")
    return interval


def partition_problem(intervals: Sequence[Interval], covers: Interval) -> str | None:
    """Why the intervals do not cover `covers` exactly once; None when they do. The order does not matter."""
    ordered = sorted(intervals, key=lambda i: (i.lower is not None, i.lower or 0, not i.lower_included))
    first, last = ordered[0], ordered[-1]
    if (first.lower, first.lower_included) != (covers.lower, covers.lower_included):
        return f"{covers} is to be covered, but the lowest band is {first}"
    if (last.upper, last.upper_included) != (covers.upper, covers.upper_included):
        return f"{covers} is to be covered, but the highest band is {last}"
    for below, above in pairwise(ordered):
        if below.upper is None or above.lower is None or below.upper > above.lower:
            return f"{below} and {above} overlap"
        if below.upper < above.lower:
            return f"nothing between {below} and {above}"
        if below.upper_included and above.lower_included:
            return f"{below} and {above} both hold {below.upper}"
        if not below.upper_included and not above.lower_included:
            return f"neither {below} nor {above} holds {below.upper}"
    return None


def band_of(bands: Sequence[Band], figure: Decimal | int | float) -> Band | None:
    """The band that holds the figure; None when the rule says nothing of it (outside what the bands cover, or NaN)."""
    return next((band for band in bands if figure in band.interval), None)

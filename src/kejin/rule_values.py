"""What does a scheme need from the rules of the day? Small frozen records, filled by a workflow.

A scheme declares a dataclass whose fields name their rule with `from_rule`; the model itself never looks rules up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a value stands: rule name, document, article, figure as printed, how sure we are of it."""

    rule: str
    document: str
    article: str
    printed: str
    confidence: str
    in_force_from: date
    in_force_until: date
    overridden_by: str | None = None

    @property
    def verified(self) -> bool:
        return self.confidence != "unverified"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a rule."""

    value: Decimal
    cite: Citation

    @property
    def number(self) -> float:
        return float(self.value)


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """One number of a rule, and other numbers for named cases.

    cases   (condition, number) with exceptions before what they override; the condition is a nested tuple over columns
            of facts: ("and" | "or", tree, ...), ("not", tree), (comparison, column, literal),
            ("in" | "not in", column, literals), ("starts_with", column, text).
    """

    otherwise: Figure
    cases: tuple[tuple[tuple[Any, ...], Figure], ...]

    @property
    def cites(self) -> tuple[Citation, ...]:
        return (self.otherwise.cite, *(figure.cite for _, figure in self.cases))


@dataclass(frozen=True, slots=True)
class Band:
    """From this edge on, so many points, or a range of points; `open` leaves the edge itself out."""

    edge: Decimal
    open: bool
    points_low: Decimal
    points_high: Decimal


@dataclass(frozen=True, slots=True)
class BandTable:
    """Bands with edges rising; below the first edge the points are `below_low` to `below_high`.

    floor   where the table begins to say anything; None without such a bound.
    """

    bands: tuple[Band, ...]
    below_low: Decimal
    below_high: Decimal
    cite: Citation
    floor: Decimal | None = None

    @property
    def maximum(self) -> float:
        return float(max([self.below_high, *(band.points_high for band in self.bands)]))

    @property
    def minimum(self) -> float:
        return float(min([self.below_low, *(band.points_low for band in self.bands)]))

    def low_steps(self) -> tuple[tuple[float, float, bool], ...]:
        """(edge, fewest points, open) with edges falling, as an expression wants them."""
        return tuple((float(band.edge), float(band.points_low), band.open) for band in reversed(self.bands))

    def high_steps(self) -> tuple[tuple[float, float, bool], ...]:
        """(edge, most points, open) with edges falling."""
        return tuple((float(band.edge), float(band.points_high), band.open) for band in reversed(self.bands))


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes that a rule names."""

    codes: frozenset[str]
    cite: Citation


@dataclass(frozen=True, slots=True)
class Wording:
    """A choice that a rule makes, as a code."""

    code: str
    cite: Citation


@dataclass(frozen=True, slots=True)
class CodeMap:
    """A table from a code (or code prefix) to a value."""

    entries: Mapping[str, str]
    cite: Citation


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where an item begins to count and where it earns its full mark (None where it was not found)."""

    floor: Decimal
    full: Decimal | None


@dataclass(frozen=True, slots=True)
class AnchorTable:
    """Anchors by key ("all" where there is one pair for everybody)."""

    anchors: Mapping[str, Anchor]
    cite: Citation


@dataclass(frozen=True, slots=True)
class RowTable:
    """A table of a rule: key -> column -> figure or code."""

    rows: Mapping[str, Mapping[str, Decimal | str]]
    cite: Citation

    def number(self, key: str, column: str) -> float:
        """The figure in a row. Raises KeyError for an unknown key or column."""
        return float(self.rows[key][column])


def from_rule(name: str) -> Any:
    """A dataclass field that is filled from the rule of this name; its annotation says in which form."""
    return field(metadata={"rule": name})

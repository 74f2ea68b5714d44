"""How do field, owner, claims and family enter a model? A design that is fixed by the rows it was fitted on.

A category is compared with its most frequent level; levels with too few rows count as unknown. A count enters as its
logarithm, less the mean of the fitted rows. What is missing (or a level never seen) enters as the average of the fitted
rows, and its spread among them is added to the spread of the answer: missing widens, it is never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]]
LEVEL_ROWS_MIN = 30


@dataclass(frozen=True, slots=True)
class Category:
    """A column of codes. `levels` in order of frequency, the first is the one that others are compared with."""

    column: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.column}={level}" for level in self.levels[1:])

    def encoded(self, values: NDArray[Any]) -> tuple[Floats, Flags]:
        """(rows, levels - 1) of 0 and 1, and where the level is missing or unknown (there: the shares)."""
        places = {level: place for place, level in enumerate(self.levels)}
        seen, back = np.unique(
            np.array(["" if _absent(value) else str(value) for value in values]), return_inverse=True
        )
        place = np.array([places.get(str(level), -1) for level in seen], dtype=np.int64)[back]
        table = (place[:, None] == np.arange(1, len(self.levels))[None, :]).astype(np.float64)
        table[place < 0] = self.shares[1:]
        return table, place < 0

    def spread(self, effects: Floats) -> float:
        """Variance of the effect among the fitted rows."""
        shares = np.asarray(self.shares)
        all_effects = np.concatenate(([0.0], effects))
        return float(shares @ all_effects**2 - (shares @ all_effects) ** 2)


@dataclass(frozen=True, slots=True)
class LogCount:
    """A column of counts, at least 1, as logarithms. `mean` and `variance` of the logarithm among the fitted rows."""

    column: str
    mean: float
    variance: float

    @property
    def names(self) -> tuple[str, ...]:
        return (f"log {self.column}",)

    def encoded(self, values: NDArray[Any]) -> tuple[Floats, Flags]:
        """(rows, 1), and where the count is missing. Raises valuation.count_wrong for one below 1."""
        counts = np.asarray(values, dtype=np.float64)
        missing = np.isnan(counts)
        if (bad := ~missing & ~(counts >= 1)).any():
            first = int(np.argmax(bad))
            raise InputError(
                "valuation.count_wrong", column=self.column, count=int(bad.sum()), first=first, value=counts[first]
            )
        with np.errstate(invalid="ignore"):
            centred = np.where(missing, 0.0, np.log(np.where(missing, 1.0, counts)) - self.mean)
        return centred[:, None], missing

    def spread(self, effects: Floats) -> float:
        return float(effects[0] ** 2 * self.variance)


Term = Category | LogCount


@dataclass(frozen=True, slots=True)
class Design:
    """The terms of a model in order; the intercept stands first."""

    terms: tuple[Term, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return ("intercept", *(name for term in self.terms for name in term.names))

    def matrix(self, columns: Columns, rows: int) -> tuple[Floats, Flags]:
        """(rows, names) with the intercept, and (rows, terms) saying what was missing.

        A column that is not given is missing for every row.
        """
        blocks, missing = [np.ones((rows, 1))], np.zeros((rows, len(self.terms)), dtype=bool)
        for place, term in enumerate(self.terms):
            values = columns.get(term.column)
            if values is None:
                values = np.full(rows, np.nan) if isinstance(term, LogCount) else np.full(rows, None, dtype=object)
            if len(values) != rows:
                raise InputError("valuation.column_length", column=term.column, rows=len(values), want=rows)
            block, missing[:, place] = term.encoded(values)
            blocks.append(block)
        return np.concatenate(blocks, axis=1), missing

    def predict(self, effects: Floats, columns: Columns, rows: int) -> tuple[Floats, Floats]:
        """(the linear predictor, the variance added by what is missing), each of shape (rows,)."""
        table, missing = self.matrix(columns, rows)
        added, at = np.zeros(rows), 1
        for place, term in enumerate(self.terms):
            width = len(term.names)
            added += term.spread(effects[at : at + width]) * missing[:, place]
            at += width
        return table @ effects, added


def design_of(columns: Columns, categories: Sequence[str], counts: Sequence[str]) -> Design:
    """The design that these rows give: levels and their shares, means and variances.

    A column that is absent, or the same in every row, gives no term.
    """
    levels = [_category(name, columns[name]) for name in categories if name in columns]
    terms: list[Term] = [category for category in levels if category is not None]
    for name in counts:
        if name not in columns:
            continue
        values = np.asarray(columns[name], dtype=np.float64)
        known = values[~np.isnan(values)]
        if known.size and not (known >= 1).all():
            LogCount(name, 0.0, 0.0).encoded(values)  # says which row is wrong
        logs = np.log(known)
        if logs.size > 1 and logs.var() > 0:
            terms.append(LogCount(name, float(logs.mean()), float(logs.var())))
    return Design(tuple(terms))


def _category(name: str, values: NDArray[Any]) -> Category | None:
    known = np.array([str(value) for value in values if not _absent(value)])
    levels, counts = np.unique(known, return_counts=True)
    order = np.lexsort((levels, -counts))
    kept = [place for place in order if counts[place] >= LEVEL_ROWS_MIN]
    if len(kept) < 2:
        return None
    shares = counts[kept] / counts[kept].sum()
    return Category(name, tuple(str(level) for level in levels[kept]), tuple(float(share) for share in shares))


def _absent(value: Any) -> bool:
    return value is None or value != value or value == ""  # noqa: PLR0124  NaN is not equal to itself

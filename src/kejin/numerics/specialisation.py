"""In what does somebody specialise, against everybody? And how old is what somebody builds on?

Sources  Revealed advantage (B. Balassa, 1965; of patents: revealed technology advantage, L. Soete, 1987), its symmetric
         form (K. Laursen, 1998). Cycle time: the median age of what is cited. Evidence:
         tests/published/squicciarini_2013.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kejin.errors import InputError


def revealed_advantage(counts: ArrayLike) -> NDArray[np.float64]:
    """Share of each column in a row, over its share in all rows; 1 = as everybody.

    counts   shape (who, field), every value >= 0.
    Returns  the same shape; NaN where a row or a column adds up to 0.
    Raises   numerics.size_negative.
    """
    table = np.asarray(counts, dtype=np.float64)
    if not (table >= 0).all():
        raise InputError("numerics.size_negative", count=int((~(table >= 0)).sum()))
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        advantage: NDArray[np.float64] = (table / rows) / (columns / table.sum())
    return advantage


def symmetric_advantage(advantage: NDArray[np.float64]) -> NDArray[np.float64]:
    """(a - 1) / (a + 1): -1 = none, 0 = as everybody, towards 1 = only here."""
    return (advantage - 1.0) / (advantage + 1.0)


def cycle_time_years(ages_years: Sequence[float]) -> float:
    """The median age of what is cited, in years; NaN without any. Raises numerics.size_negative."""
    ages = np.asarray(ages_years, dtype=np.float64)
    if not (ages >= 0).all():
        raise InputError("numerics.size_negative", count=int((~(ages >= 0)).sum()))
    return float(np.median(ages)) if ages.size else float("nan")

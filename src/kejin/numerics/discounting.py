"""What is a stream of amounts worth today? Annuities, growing annuities, present values.

Amounts of a year come at its end, or in its middle (`mid_year`), the convention of most valuers.
Sources  Textbook formulas of corporate finance; evidence in tests/published/relief_from_royalty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]


def discount_factors(rate: float, years: int, *, mid_year: bool = False) -> Floats:
    """What one unit of each year is worth today: shape (year,).

    rate     a year, > -1.
    Raises   numerics.discount_rate_wrong.
    """
    if not rate > -1:
        raise InputError("numerics.discount_rate_wrong", rate=rate)
    when = np.arange(1, years + 1) - (0.5 if mid_year else 0.0)
    return np.asarray((1.0 + rate) ** -when, dtype=np.float64)


def present_value(amounts: Sequence[float] | Floats, rate: float, *, mid_year: bool = False) -> float:
    """What are the amounts of year 1, 2, ... worth today?"""
    flows = np.asarray(amounts, dtype=np.float64)
    return float(flows @ discount_factors(rate, len(flows), mid_year=mid_year))


def annuity(rate: float, years: int, *, mid_year: bool = False) -> float:
    """What is one unit a year for so many years worth today?"""
    return float(discount_factors(rate, years, mid_year=mid_year).sum())


def growing_annuity(first: float, growth: float, rate: float, years: int) -> float:
    """What is an amount that grows by a constant rate, paid at the end of each year, worth today?

    Closed form first / (rate - growth) * (1 - ((1 + growth) / (1 + rate)) ** years); its limit where both rates agree.
    Raises   numerics.discount_rate_wrong.
    """
    if not (rate > -1 and growth > -1):
        raise InputError("numerics.discount_rate_wrong", rate=rate if not rate > -1 else growth)
    ratio = (1.0 + growth) / (1.0 + rate)
    if abs(rate - growth) < 1e-12:
        return first * years / (1.0 + rate)
    return first / (rate - growth) * float(-np.expm1(years * np.log(ratio)))

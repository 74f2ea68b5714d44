"""What does an owner save by not paying a royalty? The textbook method, one stream of revenue at a time.

Revenue of each year x royalty rate x (1 - tax rate), discounted; a buyer who may write the price off against tax pays
more by the tax amortisation benefit, 1 / (1 - tax / n * annuity of n years).

The valuation of many patents under uncertainty is in `royalty_income.py`; this file is what a valuer checks by hand.
Sources  Relief from royalty: standard valuation practice; 25% rule: Goldscheider, Jarosz, Mulhern (2002), a cross-check
         only since Uniloc v. Microsoft (Fed. Cir. 2011). Evidence: tests/published/relief_from_royalty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.numerics.discounting import annuity, present_value

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RoyaltyRelief:
    """Present value of the royalties saved, in the unit of the revenue.

    after_tax_royalty       of each year, shape (year,).
    amortisation_factor     what the write-off adds, as a factor on the value.
    """

    after_tax_royalty: Floats
    value: float
    amortisation_factor: float
    value_with_amortisation: float


def relief_from_royalty(
    revenue: Sequence[float] | Floats,
    royalty_rate: float,
    tax_rate: float,
    discount_rate: float,
    amortisation_years: int,
    *,
    mid_year: bool = False,
) -> RoyaltyRelief:
    """What are the royalties saved on the revenue of the coming years worth today?

    revenue             of year 1, 2, ... under the patent, >= 0.
    royalty_rate        of net sales, 0..1.
    amortisation_years  over which a buyer writes the price off in equal parts.
    Raises              valuation.royalty_rate_wrong, valuation.revenue_negative, valuation.tax_rate_wrong.
    """
    sales = np.asarray(revenue, dtype=np.float64)
    check_royalty(royalty_rate)
    if not 0 <= tax_rate < 1:
        raise InputError("valuation.tax_rate_wrong", rate=tax_rate)
    if (~(sales >= 0)).any():
        raise InputError("valuation.revenue_negative", count=int((~(sales >= 0)).sum()))
    saved = sales * royalty_rate * (1.0 - tax_rate)
    value = present_value(saved, discount_rate, mid_year=mid_year)
    factor = amortisation_factor(tax_rate, discount_rate, amortisation_years, mid_year=mid_year)
    return RoyaltyRelief(saved, value, factor, value * factor)


def amortisation_factor(tax_rate: float, discount_rate: float, years: int, *, mid_year: bool = False) -> float:
    """By which factor does the write-off of the price over so many years raise it?"""
    return 1.0 / (1.0 - tax_rate / years * annuity(discount_rate, years, mid_year=mid_year))


def check_amortisation_years(years: int | None) -> int | None:
    """The years given back. Raises valuation.amortisation_years_wrong unless they are None or 1 to 20."""
    if years is not None and not 1 <= years <= 20:
        raise InputError("valuation.amortisation_years_wrong", years=years)
    return years


def check_royalty(rate: float) -> None:
    """Raises valuation.royalty_rate_wrong for a royalty that is negative, above the whole, or not a number."""
    if not 0 <= rate <= 1:
        raise InputError("valuation.royalty_rate_wrong", rate=rate)


def royalty_by_profit_split(operating_margin: float, licensor_share: float = 0.25) -> float:
    """Which royalty on sales gives the licensor a share of the operating profit? A cross-check, never a value."""
    rate = operating_margin * licensor_share
    check_royalty(rate)
    return rate


def royalty_by_sharing_score(range_low: float, range_high: float, score: Floats) -> Floats:
    """Which royalty does the sharing-rate form (技术分成率) give? K = m + (n - m) r.

    range_low, range_high  m and n, the industry's range of royalties on net sales.
    score                  r, the weighted score of the patent, 0..1, shape (patent,).
    Raises                 valuation.royalty_rate_wrong, valuation.score_outside.
    """
    check_royalty(range_low)
    check_royalty(range_high)
    marks = np.asarray(score, dtype=np.float64)
    if (~((marks >= 0) & (marks <= 1))).any():
        raise InputError("valuation.score_outside", count=int((~((marks >= 0) & (marks <= 1))).sum()))
    return range_low + (range_high - range_low) * marks


def within_open_licence_caps(
    fixed_fee_cny: float | None,
    royalty_of_sales: float | None,
    royalty_of_profit: float | None,
    caps: tuple[float, float, float],
) -> tuple[bool | None, bool | None, bool | None]:
    """Are the terms of an open licence (开放许可) within the usual caps? None for a term that was not given.

    caps   fixed fee in CNY, royalty on net sales, royalty on profit; an amount equal to its cap is within it.
    """
    terms = (fixed_fee_cny, royalty_of_sales, royalty_of_profit)
    fixed, sales, profit = (None if term is None else bool(term <= cap) for term, cap in zip(terms, caps, strict=True))
    return fixed, sales, profit


def patent_value_degree(weights: Sequence[float], scores: Sequence[float]) -> float:
    """The value degree (专利价值度) of legal, technical and economic scores: their weighted sum.

    Raises  valuation.weights_wrong where the weights do not add up to 1.
    """
    if abs(sum(weights) - 1.0) > 1e-9 or len(weights) != len(scores):
        raise InputError("valuation.weights_wrong", total=sum(weights))
    return float(sum(weight * score for weight, score in zip(weights, scores, strict=True)))

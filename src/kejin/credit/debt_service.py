"""How large a debt can the company's cash flow carry? Debt service capacity.

cash for debt service  = operating profit + depreciation + interest, or the operating cash flow before interest
service at most        = that cash / coverage asked for - service of debt that is there already
debt                   = what an equal instalment of that service repays over the term at the rate
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.credit.input_checks import Floats, not_negative, positive, term
from kejin.rule_values import Figure, from_rule


@dataclass(frozen=True, slots=True)
class DebtServiceRules:
    """Cash to debt service, at least."""

    coverage_min: Figure = from_rule("credit/limit/debt_service_coverage_min")


def debt_service_capacity(
    cash_for_service_cny: Floats,
    existing_service_cny: Floats,
    rate_year: Floats,
    term_months: Floats,
    coverage_min: float,
) -> Floats:
    """Largest loan whose equal instalments the yearly cash flow covers; 0 where nothing is left, NaN where missing.

    cash_for_service_cny   a year, before interest; may be negative.
    existing_service_cny   interest and principal a year of debt that stays.
    rate_year              yearly rate of the new loan, >= 0; twelfth of it a month.
    term_months            whole months >= 1.
    Raises   credit.amount_negative, credit.amount_not_positive (coverage), credit.term_not_positive.
    """
    least = positive("coverage_min", coverage_min)
    service = not_negative("existing_service_cny", existing_service_cny, missing=True)
    rate, months = not_negative("rate_year", rate_year), term("term_months", term_months)
    free = np.maximum(np.asarray(cash_for_service_cny, dtype=np.float64) / least - service, 0.0)
    return np.asarray(free / 12.0 * annuity(rate / 12.0, months.astype(np.float64)), dtype=np.float64)


def annuity(rate: Floats, periods: Floats) -> Floats:
    """Worth today of 1 a period: (1 - (1 + rate)^-periods) / rate, and the number of periods where the rate is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = -np.expm1(-np.asarray(periods) * np.log1p(rate)) / rate
    return np.where(np.asarray(rate) == 0, periods, worth)


def coverage(cash_for_service_cny: Floats, service_cny: Floats) -> Floats:
    """Cash to debt service (DSCR); +inf without debt, NaN where a figure is missing."""
    service = not_negative("service_cny", service_cny, missing=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(cash_for_service_cny, dtype=np.float64) / service
    return np.where(service == 0, np.where(np.isnan(cash_for_service_cny), np.nan, np.inf), ratio)

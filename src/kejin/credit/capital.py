"""How much capital does a loan bind? The formula of internal ratings (IRB), and the weights of the standardised
approach.

    R    = low w + high (1 - w) - size effect x (1 - (S - floor) / (cap - floor)),  w = (1 - e^-kPD) / (1 - e^-k)
    b    = (0.11852 - 0.05478 ln PD)^2
    K    = (LGD N[(G(PD) + sqrt(R) G(0.999)) / sqrt(1 - R)] - PD LGD) (1 + (M - 2.5) b) / (1 - 1.5 b)
    risk weight = 12.5 K

Classes without maturity adjustment (retail) take the first bracket alone. The old factor 1.06 is not applied.
Source     BCBS, International Convergence of Capital Measurement (2006), paragraphs 271-273, 328-330, annex 5;
           《商业银行资本管理办法》 (2023) with its own size bounds. Evidence in tests/published/basel_irb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from kejin.credit.input_checks import Floats, not_negative, positive, probability, share
from kejin.errors import InputError
from kejin.rule_values import Figure, RowTable, from_rule

CAPITAL_PER_WEIGHT = 12.5  # the reciprocal of 8%


@dataclass(frozen=True, slots=True)
class CapitalRules:
    """Figures of the capital rules; the Chinese ones are from memory."""

    irb_classes: RowTable = from_rule("credit/capital/irb_classes")
    confidence: Figure = from_rule("credit/capital/irb_confidence")
    probability_min: Figure = from_rule("credit/capital/irb_probability_min")
    irb_loss_rates: RowTable = from_rule("credit/capital/irb_loss_rates")
    standard_weights: RowTable = from_rule("credit/capital/standard_weights")
    sme_revenue_cny_max: Figure = from_rule("credit/capital/sme_revenue_cny_max")
    small_micro_exposure_cny_max: Figure = from_rule("credit/capital/small_micro_exposure_cny_max")
    capital_to_weighted: Figure = from_rule("credit/capital/capital_to_weighted")


@dataclass(frozen=True, slots=True)
class IrbClass:
    """Figures of one class of exposures. Size in any one unit; `size_effect` 0: no size adjustment."""

    correlation_low: float
    correlation_high: float
    decay: float
    size_floor: float = 1.0
    size_cap: float = 2.0
    size_effect: float = 0.0
    with_maturity: bool = True
    confidence: float = 0.999


@dataclass(frozen=True, slots=True)
class Capital:
    """Correlation, capital and risk weight as ratios, shape (loan,)."""

    correlation: Floats
    maturity_slope: Floats
    capital: Floats
    risk_weight: Floats


def irb_class(rules: CapitalRules, name: str) -> IrbClass:
    """A class of the rules. Raises credit.class_unknown."""
    table = rules.irb_classes
    if name not in table.rows:
        raise InputError("credit.class_unknown", name=name, known=", ".join(table.rows))
    columns = ("correlation_low", "correlation_high", "decay", "size_floor", "size_cap", "size_effect")
    figures = {column: table.number(name, column) for column in columns}
    with_maturity = bool(table.number(name, "with_maturity"))
    return IrbClass(**figures, with_maturity=with_maturity, confidence=rules.confidence.number)


def irb_capital(
    default_probability: Floats, loss_rate: Floats, maturity_years: Floats, size: Floats, one: IrbClass
) -> Capital:
    """Capital by the formula of internal ratings.

    default_probability   one year, after the floor of the rules.
    maturity_years        effective maturity, from 1 to 5; left out of account in classes without it.
    size                  yearly sales in the unit of the class; cut at its floor and cap.
    Raises   credit.probability_outside, credit.share_outside, credit.maturity_outside, credit.amount_negative.
    """
    p = probability("default_probability", default_probability)
    lost, sales = share("loss_rate", loss_rate), not_negative("size", size)
    years = positive("maturity_years", maturity_years)
    if one.with_maturity and not ((years >= 1) & (years <= 5)).all():
        raise InputError("credit.maturity_outside", value=float(np.ravel(years)[0]))
    weight = (1 - np.exp(-one.decay * p)) / (1 - np.exp(-one.decay)) if one.decay > 0 else np.ones_like(p)
    within = np.clip(sales, one.size_floor, one.size_cap)
    smaller = one.size_effect * (1 - (within - one.size_floor) / (one.size_cap - one.size_floor))
    correlation = one.correlation_low * weight + one.correlation_high * (1 - weight) - smaller
    bad_year = ndtr((ndtri(p) + np.sqrt(correlation) * ndtri(one.confidence)) / np.sqrt(1 - correlation))
    slope = (0.11852 - 0.05478 * np.log(p)) ** 2
    capital = lost * (bad_year - p)
    if one.with_maturity:
        capital = capital * (1 + (years - 2.5) * slope) / (1 - 1.5 * slope)
    return Capital(correlation, slope, capital, CAPITAL_PER_WEIGHT * capital)


def standard_class(
    small_micro: NDArray[np.bool_], exposure_cny: Floats, mean_revenue_cny: Floats, rules: CapitalRules
) -> NDArray[np.str_]:
    """Class of the standardised approach of a company: small_micro, sme or corporate. Shape (loan,).

    small_micro        small or micro by the national size standard.
    mean_revenue_cny   of the last three years; NaN: missing, then the higher weight is taken.
    """
    exposure = not_negative("exposure_cny", exposure_cny)
    retail = small_micro & (exposure <= rules.small_micro_exposure_cny_max.number)
    medium = np.asarray(mean_revenue_cny) <= rules.sme_revenue_cny_max.number
    return np.select([retail, medium], ["small_micro", "sme"], "corporate")


def standard_capital(classes: NDArray[np.str_], rules: CapitalRules) -> Floats:
    """Capital as a share of the exposure: risk weight of the class x capital asked for a unit of weighted assets.

    Raises   credit.class_unknown.
    """
    names, where = np.unique(classes, return_inverse=True)
    if unknown := [str(name) for name in names if name not in rules.standard_weights.rows]:
        raise InputError("credit.class_unknown", name=unknown[0], known=", ".join(rules.standard_weights.rows))
    weights = np.array([rules.standard_weights.number(str(name), "risk_weight") for name in names])
    return np.asarray(weights[where] * rules.capital_to_weighted.number, dtype=np.float64)

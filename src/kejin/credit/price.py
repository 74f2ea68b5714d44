"""At what rate is the loan worth making? Price built up from its parts, return on the capital it binds, floor and cap.

    rate    = funding + cost + expected loss + capital x (target return / (1 - tax) - return on capital) - subsidy
    RAROC   = (rate + subsidy - funding - cost - expected loss + return on capital x capital) x (1 - tax) / capital

All rates are of a year and of the balance. The whole loan is funded at the funding rate, and the capital held
against it earns the return on capital beside: the convention "fund the whole amount"; funding the loan less its
capital is the same with return on capital = funding rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.credit.input_checks import Floats, not_negative, positive, share
from kejin.errors import InputError
from kejin.rule_values import Figure, RowTable, from_rule


@dataclass(frozen=True, slots=True)
class PriceRules:
    """A bank's figures for prices; all of a profile."""

    funding_rates: RowTable = from_rule("credit/price/funding_rates")
    operating_cost: Figure = from_rule("credit/price/operating_cost")
    target_return: Figure = from_rule("credit/price/target_return")
    tax_rate: Figure = from_rule("credit/price/tax_rate")
    return_on_capital: Figure = from_rule("credit/price/return_on_capital")
    rate_min: Figure = from_rule("credit/price/rate_min")
    rate_max: Figure = from_rule("credit/price/rate_max")


@dataclass(frozen=True, slots=True)
class Price:
    """The rate and its parts, each a ratio of a year, shape (loan,).

    rate      after floor and cap.
    wanted    before them.
    bound     "" | floor | cap: what moved the rate.
    raroc     return on capital after tax at `rate`.
    """

    rate: Floats
    wanted: Floats
    funding: Floats
    cost: Floats
    expected_loss: Floats
    capital_charge: Floats
    subsidy: Floats
    bound: NDArray[np.str_]
    raroc: Floats

    def parts(self) -> Mapping[str, Floats]:
        """What the wanted rate is made of; subsidy is taken off."""
        return {
            "funding": self.funding,
            "cost": self.cost,
            "expected_loss": self.expected_loss,
            "capital_charge": self.capital_charge,
            "subsidy": -self.subsidy,
        }


@dataclass(frozen=True, slots=True)
class PriceFigures:
    """The figures of a price as plain numbers, as rules or an institution give them."""

    operating_cost: float
    target_return: float
    tax_rate: float
    return_on_capital: float
    rate_min: float
    rate_max: float

    @classmethod
    def of_rules(cls, rules: PriceRules) -> PriceFigures:
        """The numbers of the rules of a day."""
        names = ("operating_cost", "target_return", "tax_rate", "return_on_capital", "rate_min", "rate_max")
        return cls(*(getattr(rules, name).number for name in names))


def price_loans(
    funding: Floats, expected_loss: Floats, capital: Floats, figures: PriceFigures, subsidy: Floats | float = 0.0
) -> Price:
    """Rate of each loan and the return it earns.

    funding         rate at which the bank funds the loan's term (`funding_rate`).
    expected_loss   yearly loss, as a share of the balance, after what others bear (>= 0).
    capital         held against the loan, as a share of the balance (> 0).
    subsidy         interest help and cheap funding, a year, as a share of the balance.
    Raises   credit.amount_negative, credit.amount_not_positive, credit.share_outside, credit.price_bounds_crossed.
    """
    loss, held = not_negative("expected_loss", expected_loss), positive("capital", capital)
    tax = float(share("tax_rate", figures.tax_rate))
    if not figures.rate_min <= figures.rate_max or tax >= 1:
        raise InputError("credit.price_bounds_crossed", low=figures.rate_min, high=figures.rate_max)
    fund, help_ = not_negative("funding", funding), not_negative("subsidy", subsidy)
    charge = held * (figures.target_return / (1 - tax) - figures.return_on_capital)
    cost = np.full_like(loss, figures.operating_cost)
    wanted = fund + cost + loss + charge - help_
    rate = np.clip(wanted, figures.rate_min, figures.rate_max)
    bound = np.select([wanted < figures.rate_min, wanted > figures.rate_max], ["floor", "cap"], "")
    earned = raroc(rate + help_ - fund, cost, loss, held, figures.return_on_capital, tax)
    fund, cost, loss, charge, help_ = np.broadcast_arrays(fund, cost, loss, charge, help_)
    return Price(rate, wanted, fund, cost, loss, charge, help_, bound, earned)


def raroc(
    spread: Floats | float, cost: Floats | float, expected_loss: Floats | float, capital: Floats | float,
    return_on_capital: float = 0.0, tax_rate: float = 0.0,
) -> Floats:  # fmt: skip
    """Return on the capital that a loan binds, after tax.

    Formula  (spread - cost - loss + return on capital x capital) (1 - tax) / capital.

    spread   rate and fees less funding; money or shares of the balance, the same for all arguments.
    Raises   credit.amount_not_positive for capital.
    Source   J. Hull, Risk Management and Financial Institutions; evidence in tests/published/hull_rmfi.
    """
    held = positive("capital", capital)
    earned = np.asarray(spread, dtype=np.float64) - cost - expected_loss + return_on_capital * held
    return np.asarray(earned * (1 - tax_rate) / held, dtype=np.float64)


def funding_rate(term_months: Floats, curve: Mapping[float, float]) -> Floats:
    """Rate of the funding curve at a term, straight between its points, flat beyond the ends.

    curve    months -> yearly rate, at least one point.
    Raises   credit.curve_empty, credit.amount_not_positive.
    """
    if not curve:
        raise InputError("credit.curve_empty")
    months = sorted(curve)
    return np.interp(positive("term_months", term_months), months, [curve[one] for one in months])


def curve_of(table: RowTable) -> dict[float, float]:
    """The funding curve of a rule: months -> yearly rate."""
    return {float(months): table.number(months, "rate") for months in table.rows}

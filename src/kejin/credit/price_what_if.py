"""What would the rate be with another term or another security? Prices on a grid of terms and securities.

Each cell prices the same borrower and amount: the balance falls by the way of repayment, expected loss comes from
the hazard over the term and the loss rate of the security, funding from the curve at the mean life of the balance,
and capital from the approach that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from kejin.credit.expected_loss import Scenario, loan_expected_loss, yearly_loss_rate
from kejin.credit.input_checks import Floats, positive, probability, share
from kejin.credit.price import PriceFigures, funding_rate, price_loans
from kejin.credit.repayment import Kind, RepaymentTerms, Schedule, repayment_schedule

FEN_PER_CNY = 100
CapitalOf = Callable[[float, float], float]  # (loss rate of the bank, maturity in years) -> share of the balance


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """Rates and their parts, shape (security, term).

    mean_life_years   of the balance, shape (term,): what the funding curve is asked for.
    """

    securities: tuple[str, ...]
    terms_months: tuple[int, ...]
    rate: Floats
    expected_loss: Floats
    funding: Floats
    capital: Floats
    mean_life_years: Floats

    def rate_of(self, security: str, months: int) -> float:
        """The rate of one cell."""
        return float(self.rate[self.securities.index(security), self.terms_months.index(months)])


def price_what_if(
    default_probability_1y: float,
    amount_cny: float,
    terms_months: Sequence[int],
    loss_rates: Mapping[str, float],
    curve: Mapping[float, float],
    figures: PriceFigures,
    capital_of: CapitalOf,
    *,
    repayment: Kind = "equal_principal",
    subsidy: float = 0.0,
    scenarios: Mapping[str, Scenario] | None = None,
    cycle_correlation: float = 0.0,
) -> PriceGrid:
    """Rates for each security and term.

    loss_rates   security -> share of the exposure that the bank loses, after what others bear.
    capital_of   capital as a share of the balance, for a loss rate and a maturity.
    Raises   credit.probability_outside, credit.amount_not_positive, credit.term_not_positive, credit.share_outside.
    """
    pd = probability("default_probability_1y", [default_probability_1y])
    amount = float(positive("amount_cny", amount_cny))
    rates = [float(share(name, rate)) for name, rate in loss_rates.items()]
    shape = (len(rates), len(terms_months))
    rate, loss, funds, capital = (np.zeros(shape) for _ in range(4))
    lives = np.zeros(len(terms_months))
    for column, months in enumerate(terms_months):
        schedule = _schedule(amount, months, repayment, figures, curve)
        lives[column] = mean_life_years(schedule)
        funding = funding_rate(np.array([lives[column] * 12]), curve)
        effective = funding + figures.operating_cost
        owed = schedule.balance_by_year_fen()[None, :] / FEN_PER_CNY
        for row, lost in enumerate(rates):
            args = (owed, np.array([lost]), effective, months / 12, scenarios, cycle_correlation)
            yearly = yearly_loss_rate(loan_expected_loss(pd, *args), owed, effective, months / 12)
            held = capital_of(lost, lives[column])
            price = price_loans(funding, yearly, np.array([held]), figures, subsidy)
            rate[row, column], loss[row, column] = price.rate[0], yearly[0]
            funds[row, column], capital[row, column] = funding[0], held
    return PriceGrid(tuple(loss_rates), tuple(terms_months), rate, loss, funds, capital, lives)


def mean_life_years(schedule: Schedule) -> float:
    """Mean time in years until a unit of principal is repaid."""
    return float(schedule.principal_fen @ schedule.month) / float(schedule.principal_fen.sum()) / 12.0


def _schedule(
    amount_cny: float, months: int, kind: Kind, figures: PriceFigures, curve: Mapping[float, float]
) -> Schedule:
    """A schedule at a rate near the price: the balance of equal instalments hardly hangs on it."""
    near = float(funding_rate(np.array([float(months)]), curve)[0]) + figures.operating_cost
    fen = round(amount_cny * FEN_PER_CNY)
    return repayment_schedule(RepaymentTerms(fen, Decimal(str(round(near, 6))), months, kind))

"""When is how much paid back? Repayment schedules to the fen, and what a loan really costs a year.

    equal_principal    等额本金   the same principal each period, interest on what is left
    equal_instalment   等额本息   the same payment each period
    bullet             到期还本   interest each period, principal at the end, reviewed every year on the way
    step_up            递增还款   payments that grow once a year

Each may begin with periods of grace, in which interest alone is paid. Interest of a period is balance x yearly rate x
months / 12 (every month counts as a twelfth of a year), rounded to the fen, halves up; the last period clears the
balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.numerics.internal_rate import effective_year_rate, internal_rate, nominal_year_rate

Whole = NDArray[np.int64]
Kind = Literal["equal_principal", "equal_instalment", "bullet", "step_up"]
KINDS: tuple[Kind, ...] = ("equal_principal", "equal_instalment", "bullet", "step_up")
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class RepaymentTerms:
    """What was agreed.

    amount_fen    principal, whole fen > 0.
    rate_year     yearly rate >= 0, a ratio.
    term_months   whole periods of `every_months`.
    grace_months  months at the beginning with interest alone; less than the term.
    step_year     growth of the payment from one year to the next (step_up), > -1.
    """

    amount_fen: int
    rate_year: Decimal
    term_months: int
    kind: Kind
    every_months: int = 1
    grace_months: int = 0
    step_year: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One line a period: shape (period,), whole fen.

    month          months since the loan was paid out.
    balance_fen    owed after the payment.
    review_months  months at which a bullet loan is reviewed; empty for the others.
    """

    terms: RepaymentTerms
    month: Whole
    principal_fen: Whole
    interest_fen: Whole
    balance_fen: Whole
    review_months: tuple[int, ...]

    @property
    def payment_fen(self) -> Whole:
        return self.principal_fen + self.interest_fen

    def balance_before_fen(self) -> Whole:
        """Owed during each period."""
        return self.balance_fen + self.principal_fen

    def balance_by_year_fen(self) -> Whole:
        """Owed at the beginning of each year: the exposure that expected loss needs. Shape (year,)."""
        first = [int(np.searchsorted(self.month, 12 * year, side="right")) for year in range(_years(self.terms))]
        return self.balance_before_fen()[first]


@dataclass(frozen=True, slots=True)
class YearCost:
    """A borrower's cost of a year: the rate without and with compounding."""

    nominal: float
    effective: float


def repayment_schedule(terms: RepaymentTerms) -> Schedule:
    """The payments that repay the loan. Principal adds up to the amount; nothing is negative; the balance ends at 0.

    Raises   credit.amount_not_positive, credit.rate_outside, credit.term_not_positive, credit.term_uneven,
             credit.grace_too_long, credit.repayment_unknown, credit.instalment_below_interest.
    """
    _check(terms)
    periods, grace = terms.term_months // terms.every_months, terms.grace_months // terms.every_months
    with localcontext(prec=50):
        wanted = _wanted_payments(terms, periods - grace)
        rate = terms.rate_year * terms.every_months / MONTHS_PER_YEAR
        principal, interest, balance = [], [], [terms.amount_fen]
        for period in range(periods):
            owed = balance[-1]
            cost = _rounded(owed * rate)
            if period == periods - 1:
                part = owed
            elif period < grace or terms.kind == "bullet":
                part = 0
            elif terms.kind == "equal_principal":
                part = terms.amount_fen // (periods - grace)
            else:
                part = wanted[period - grace] - cost
            if part < -1:  # one fen below 0 can come from rounding alone
                raise InputError("credit.instalment_below_interest", month=(period + 1) * terms.every_months)
            part = min(max(part, 0), owed)
            principal.append(part)
            interest.append(cost)
            balance.append(owed - part)
    months = np.arange(1, periods + 1, dtype=np.int64) * terms.every_months
    reviews = tuple(range(12, terms.term_months, 12)) if terms.kind == "bullet" else ()
    return Schedule(
        terms,
        months,
        np.array(principal, np.int64),
        np.array(interest, np.int64),
        np.array(balance[1:], np.int64),
        reviews,
    )


def year_cost(schedule: Schedule, paid_at_start_fen: int = 0, paid_each_period_fen: int = 0) -> YearCost:
    """What the loan costs the borrower a year, with fees: the internal rate of its cash flow, over a year.

    paid_at_start_fen      fees kept back or paid when the loan is paid out (guarantee fee, valuation).
    paid_each_period_fen   fees with each payment; negative: interest help received.
    Raises   numerics.payments_one_sided where the fees eat the loan up.
    """
    flows = np.concatenate(
        [[schedule.terms.amount_fen - paid_at_start_fen], -(schedule.payment_fen + paid_each_period_fen)]
    ).astype(np.float64)
    rate, periods = internal_rate(flows), MONTHS_PER_YEAR // schedule.terms.every_months
    return YearCost(nominal_year_rate(rate, periods), effective_year_rate(rate, periods))


def _wanted_payments(terms: RepaymentTerms, periods: int) -> list[int]:
    """Payments of the periods after grace that repay the amount with interest, each rounded to the fen."""
    if terms.kind not in ("equal_instalment", "step_up"):
        return []
    rate = terms.rate_year * terms.every_months / MONTHS_PER_YEAR
    step = terms.step_year if terms.kind == "step_up" else Decimal(0)
    growth = [(1 + step) ** (period * terms.every_months // MONTHS_PER_YEAR) for period in range(periods)]
    worth, discount = Decimal(0), Decimal(1)
    for grown in growth:
        discount /= 1 + rate
        worth += grown * discount
    first = Decimal(terms.amount_fen) / worth
    return [_rounded(first * grown) for grown in growth]


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _years(terms: RepaymentTerms) -> int:
    return -(-terms.term_months // MONTHS_PER_YEAR)


def _check(terms: RepaymentTerms) -> None:
    if not 0 < terms.amount_fen < 10**17:
        raise InputError(
            "credit.amount_not_positive", name="amount_fen", count=1, total=1, place=0, value=terms.amount_fen
        )
    for name, rate, low in (
        ("rate_year", terms.rate_year, Decimal(0)),
        ("step_year", terms.step_year, Decimal("-0.9")),
    ):
        if not (rate.is_finite() and low <= rate <= 10):
            raise InputError("credit.rate_outside", name=name, rate=rate)
    if not (terms.every_months in (1, 3, 6, 12) and 1 <= terms.term_months <= 1200):
        raise InputError(
            "credit.term_not_positive", name="term_months", count=1, total=1, place=0, value=terms.term_months
        )
    if terms.term_months % terms.every_months or terms.grace_months % terms.every_months:
        raise InputError("credit.term_uneven", term=terms.term_months, every=terms.every_months)
    if not 0 <= terms.grace_months < terms.term_months:
        raise InputError("credit.grace_too_long", grace=terms.grace_months, term=terms.term_months)
    if terms.kind not in KINDS:
        raise InputError("credit.repayment_unknown", kind=terms.kind, known=", ".join(KINDS))

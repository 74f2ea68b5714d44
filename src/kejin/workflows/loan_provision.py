"""What must be set aside for this loan if it is lent? Expected loss of twelve months and of its life, and its stage.

Over the schedule's balances, weighted over the scenarios of the rules. A loan starts in stage 1 unless the borrower is
late elsewhere already; nothing but days overdue can have risen since the grant on the day of the grant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.credit.expected_loss import impairment_stage, loan_expected_loss, scenarios_of
from kejin.credit.repayment import Schedule, YearCost
from kejin.workflows.loan_case import LoanCase

FEN_PER_CNY = 100.0
MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class Provision:
    """Of one loan, after others have borne their part of the loss.

    stage          1, 2 or 3; None where it is not known how late the borrower is.
    set_aside_cny  loss of twelve months in stage 1, of the whole life in stage 2, exposure x loss rate in stage 3.
    """

    stage: int | None
    year_cny: float
    lifetime_cny: float
    set_aside_cny: float | None


def loan_provision(case: LoanCase, schedule: Schedule | None, cost: YearCost | None) -> Provision | None:
    """The provision of a loan as its schedule has it; None where nothing is lent or there is no score."""
    if schedule is None or cost is None or case.score is None or case.figures is None:
        return None
    rules, rate = case.rules.figures.provision, case.figures.loss.bank
    chance = np.array([case.score.probability])
    found = loan_expected_loss(
        chance,
        schedule.balance_by_year_fen()[None, :] / FEN_PER_CNY,
        rate,
        np.array([cost.effective]),
        schedule.terms.term_months / MONTHS_PER_YEAR,
        scenarios_of(rules.scenarios),
        rules.cycle_correlation.number,
    )
    late = case.row.get("overdue_days")
    if late is None:
        return Provision(None, float(found.year_cny[0]), float(found.lifetime_cny[0]), None)
    stage = impairment_stage(np.array([float(late)]), np.array([False]), chance, chance, rules)
    whole = schedule.terms.amount_fen / FEN_PER_CNY * rate
    return Provision(
        int(stage[0]),
        float(found.year_cny[0]),
        float(found.lifetime_cny[0]),
        float(found.provision(stage, whole)[0]),
    )


def relent_rate(case: LoanCase, eligible: bool | None) -> float | None:
    """The rate if the central bank funds its part of the loan; None unless the loan is likely to be eligible.

    Formula  rate - funded share x (funding - re-lending rate), not below the lowest rate, not above the rate.
    Limits   Not the rate that is offered: the central bank's list decides, quota may be used up, and re-lending is of a
             year that may be extended, so that its rate is not certain when the loan is priced.
    """
    relending, figures = case.rules.relending_rules, case.figures
    if not eligible or relending is None or figures is None or case.rate is None:
        return None
    funding = float(figures.price.funding[0])
    saved = relending.funded_share.number * max(funding - relending.rate.number, 0.0)
    wanted = float(figures.price.wanted[0]) - saved
    low = case.rules.figures.price.rate_min.number
    return min(max(wanted, low), case.rate)

"""What does a loan lose on average, and what must be set aside? Expected loss of 12 months and of the whole life.

    12 months   sum over the periods of the first year of marginal probability x loss rate x exposure x discount
    lifetime    the same over all periods
    stage 1     performing: 12 months; stage 2: risk has risen significantly: lifetime; stage 3: in default: exposure
                x loss

Conventions   A loss is discounted at the effective rate, at the end or in the middle of its period (`timing`). In
              stage 3 the loss rate is that of today, so nothing is discounted again. Scenarios are weighted after
              the loss of each was worked out, because the loss is not linear in the state of the economy.
Source        CAS 22 (2017) and IFRS 9, illustrative examples; evidence in tests/published/ifrs9_examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kejin.credit.default_term import given_year, hazard_term, marginal
from kejin.credit.input_checks import Floats, not_negative, positive, probability, share
from kejin.errors import InputError
from kejin.rule_values import Figure, RowTable, from_rule

Timing = Literal["end", "middle"]
Stages = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StageRules:
    """When risk has risen significantly, when a loan is in default, and which scenarios are weighed."""

    significant_overdue_days: Figure = from_rule("credit/provision/significant_overdue_days")
    default_overdue_days: Figure = from_rule("credit/provision/default_overdue_days")
    probability_ratio: Figure = from_rule("credit/provision/probability_ratio")
    probability_rise: Figure = from_rule("credit/provision/probability_rise")
    scenarios: RowTable = from_rule("credit/provision/scenarios")
    cycle_correlation: Figure = from_rule("credit/provision/cycle_correlation")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state of the economy: its weight and its factor (negative is bad)."""

    weight: float
    factor: float


@dataclass(frozen=True, slots=True)
class ExpectedLoss:
    """In CNY, shape (loan,)."""

    year_cny: Floats
    lifetime_cny: Floats

    def provision(self, stage: Stages, default_cny: Floats) -> Floats:
        """What is set aside: by stage, with `default_cny` the loss of loans in default."""
        return np.select([stage == 1, stage == 2], [self.year_cny, self.lifetime_cny], default_cny)


def discounted_losses(
    cumulative: Floats, exposure_cny: Floats, loss_rate: Floats, effective_rate: Floats, times: Floats, timing: Timing
) -> Floats:
    """Loss of each period, discounted to today. Shape (loan, period).

    cumulative     probability of default up to the end of each period, not falling.
    exposure_cny   owed in each period.
    loss_rate      shape (loan,), from 0 to 1.
    effective_rate shape (loan,) or one figure, yearly.
    times          ends of the periods in years, rising.
    Raises   credit.share_outside, credit.amount_negative, credit.amount_not_positive.
    """
    ends = positive("times", times)
    owed, rate = not_negative("exposure_cny", exposure_cny), not_negative("effective_rate", effective_rate)
    share("cumulative", cumulative)
    at = ends if timing == "end" else ends - np.diff(ends, prepend=0.0) / 2
    discount = (1.0 + np.atleast_1d(rate))[:, None] ** -at[None, :]
    rates = np.atleast_1d(share("loss_rate", loss_rate))[:, None]
    return np.asarray(marginal(cumulative) * owed * rates * discount)


def expected_loss(losses: Floats, times: Floats) -> ExpectedLoss:
    """Losses of the periods that end within a year, and of all. `losses` from `discounted_losses`."""
    within = np.asarray(times) <= 1.0 + 1e-9
    return ExpectedLoss(losses[:, within].sum(axis=1), losses.sum(axis=1))


def loan_expected_loss(
    default_probability_1y: Floats,
    exposure_by_year_cny: Floats,
    loss_rate: Floats,
    effective_rate: Floats,
    term_years: float,
    scenarios: Mapping[str, Scenario] | None = None,
    cycle_correlation: float = 0.0,
    timing: Timing = "middle",
) -> ExpectedLoss:
    """Expected loss of loans of one term, weighted over scenarios.

    default_probability_1y   long-run (or point-in-time without scenarios), shape (loan,).
    exposure_by_year_cny     shape (loan, year) with ceil(term) years: owed at the beginning of each year.
    scenarios                each changes the first year's probability by its factor; None: none.
    Raises   credit.weights_not_one, credit.term_uneven and those of `discounted_losses`.
    """
    years = int(np.ceil(float(positive("term_years", term_years)) - 1e-9))
    owed = np.atleast_2d(exposure_by_year_cny)
    if owed.shape[1] != years:
        raise InputError("credit.term_uneven", term=term_years, every=owed.shape[1])
    times = np.minimum(np.arange(1, years + 1), term_years)
    p = np.atleast_1d(probability("default_probability_1y", default_probability_1y))
    weighed = {"one": Scenario(1.0, 0.0)} if scenarios is None else scenarios
    _check_weights(weighed)
    year, life = np.zeros(p.shape), np.zeros(p.shape)
    for scenario in weighed.values():
        now = p if scenarios is None else given_year(p, cycle_correlation, scenario.factor)
        term_first = hazard_term(now, times)
        # From the second year on the long-run hazard: a scenario is the state of the year that begins now.
        later = hazard_term(p, np.maximum(times - 1.0, 1e-12))
        survived = (1.0 - term_first[:, :1]) if times[0] >= 1.0 else np.ones((p.size, 1))
        cumulative = np.where(times[None, :] <= 1.0, term_first, 1.0 - survived * (1.0 - later))
        losses = discounted_losses(cumulative, owed, loss_rate, effective_rate, times, timing)
        found = expected_loss(losses, times)
        year, life = year + scenario.weight * found.year_cny, life + scenario.weight * found.lifetime_cny
    return ExpectedLoss(year, life)


def yearly_loss_rate(
    loss: ExpectedLoss, exposure_by_year_cny: Floats, effective_rate: Floats, term_years: float
) -> Floats:
    """Expected loss a year as a share of the balance: lifetime loss over the discounted balance-years. For prices."""
    owed = np.atleast_2d(exposure_by_year_cny)
    ends = np.minimum(np.arange(1, owed.shape[1] + 1), term_years)
    lengths = np.diff(ends, prepend=0.0)
    discount = (1.0 + np.atleast_1d(effective_rate))[:, None] ** -(ends - lengths / 2)[None, :]
    years = owed * lengths[None, :] * discount
    return np.asarray(loss.lifetime_cny / years.sum(axis=1), dtype=np.float64)


def impairment_stage(
    overdue_days: Floats,
    defaulted: NDArray[np.bool_],
    probability_then: Floats,
    probability_now: Floats,
    rules: StageRules,
) -> Stages:
    """Stage 1, 2 or 3 of each loan. Shape (loan,).

    probability_then, probability_now   one-year probability of default when the loan was granted, and today.
    Raises   credit.probability_outside, credit.amount_negative.
    """
    days = not_negative("overdue_days", overdue_days)
    then, now = probability("probability_then", probability_then), probability("probability_now", probability_now)
    third = defaulted | (days > rules.default_overdue_days.number)
    risen = (now >= then * rules.probability_ratio.number) & (now - then >= rules.probability_rise.number)
    second = (days > rules.significant_overdue_days.number) | risen
    return np.where(third, 3, np.where(second, 2, 1))


def scenarios_of(table: RowTable) -> dict[str, Scenario]:
    """Scenarios of a rule."""
    return {name: Scenario(table.number(name, "weight"), table.number(name, "factor")) for name in table.rows}


def weighted(losses: Mapping[str, Floats | float], weights: Mapping[str, float]) -> Floats:
    """Losses of scenarios, weighted. Raises credit.weights_not_one."""
    _check_weights({name: Scenario(weight, 0.0) for name, weight in weights.items()})
    return np.asarray(sum(np.asarray(losses[name]) * weight for name, weight in weights.items()), dtype=np.float64)


def matrix_provision(balance_cny: Floats, loss_rates: Floats) -> Floats:
    """Simplified approach: balance of each group times its historical loss rate with what lies ahead.

    Raises   credit.amount_negative, credit.share_outside.
    """
    return not_negative("balance_cny", balance_cny) * share("loss_rates", loss_rates)


def _check_weights(scenarios: Mapping[str, Scenario]) -> None:
    total = sum(one.weight for one in scenarios.values())
    if not (all(one.weight >= 0 for one in scenarios.values()) and abs(total - 1.0) <= 1e-9):
        raise InputError("credit.weights_not_one", total=total)

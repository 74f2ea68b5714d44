"""What is a patent worth, given that its owner has paid for it until now?

The owner of a patent earns a return r in its first year, lognormal among patents; each year it loses the share `decay`.
The owner pays the fee of a year while the year's return is above it, so a patent that lived to year k has
r >= fee(k) / (1 - decay)**(k - 1), and its remaining worth is the discounted sum of returns above fees until it will be
given up. That sum rises with r: every quantile of the worth is the worth at the same quantile of r, the mean is a sum
of partial means of the lognormal, and no simulation is needed. Where decisions are noisy, the same sums are taken over
the distribution of r that the payments leave (`renewal_posterior.py`).

Sources  A. Pakes, M. Schankerman (1984); M. Schankerman, A. Pakes, Estimates of the Value of Patent Rights, Economic
         Journal 96 (1986). Evidence: tests/published/schankerman_1986, tests/oracle/test_renewal_oracle.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from scipy.special import ndtr, ndtri

from kejin.errors import InputError
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_posterior import posterior_life, posterior_value
from kejin.valuation.renewal_state import (
    QUANTILES,
    Flags,
    Floats,
    Ints,
    PatentState,
    RemainingValue,
    ReturnProcess,
    check,
)

_Z90 = float(ndtri(0.9))
_SHAPE = (0.1, 0.5, 0.9)  # levels at which the worth's lognormal is matched


def thresholds(fees: Sequence[float] | Floats, decay: float) -> Floats:
    """The first-year return above which the fee of year 1, 2, ... is paid; shape of `fees`, year last."""
    table = np.asarray(fees, dtype=np.float64)
    return np.asarray(table / (1.0 - decay) ** np.arange(table.shape[-1]), dtype=np.float64)


def paying_chance(mean_log: float, sd_log: float, fees: Sequence[float] | Floats, decay: float) -> Floats:
    """The chance that a patent is kept to year 1, 2, ... by owners who follow the return alone. Shape of `fees`."""
    return np.asarray(ndtr((mean_log - np.log(thresholds(fees, decay))) / sd_log), dtype=np.float64)


def remaining_value(
    mean_log: Floats,
    sd_log: Floats,
    state: PatentState,
    schedule: FeeSchedule,
    process: ReturnProcess,
    discount_rate: float,
    probabilities: tuple[float, ...] = QUANTILES,
) -> RemainingValue:
    """What is each patent worth from now on, given that it lived until now?

    mean_log, sd_log  of the first year's return among patents like it, in the unit of the fees; shape (patent,).
    probabilities     of the quantiles wanted, each in (0, 1).
    Timing            fee and return of a year come at its start, as in the published cases; of the current year, if it
                      is paid, the part not yet passed counts; a current year not yet paid counts whole.
    Raises            valuation.return_wrong, valuation.age_wrong, valuation.fee_year_beyond_term,
                      valuation.discount_wrong, valuation.probability_wrong.
    """
    mean_log, sd_log = _shaped(mean_log, state), _shaped(sd_log, state)
    fees, terms = schedule.table()
    _check_inputs(mean_log, sd_log, state, terms, discount_rate, probabilities)
    way = _exact_value if process.decision_sd_log == 0 else posterior_value
    worth, mean, zero = way(
        mean_log, sd_log, state, fees, terms, process, discount_rate, np.array(probabilities), np.array(_SHAPE)
    )
    wanted = len(probabilities)
    nothing = zero >= 1
    with np.errstate(divide="ignore", invalid="ignore"):
        low, middle, high = np.log(worth[wanted:])
        mean_of_log = np.where(nothing, np.nan, middle)
        spread = np.where(nothing, np.nan, (high - low) / (2 * _Z90))
    return RemainingValue(probabilities, worth[:wanted], mean, zero, mean_of_log, spread)


def kept_chance(
    mean_log: Floats, sd_log: Floats, state: PatentState, schedule: FeeSchedule, process: ReturnProcess, years: int
) -> Floats:
    """The chance that each patent is kept 1, 2, ... years from now, given what was paid; (patent, year).

    0 from the day on which the term is over. Raises as remaining_value.
    """
    mean_log, sd_log = _shaped(mean_log, state), _shaped(sd_log, state)
    fees, terms = schedule.table()
    _check_inputs(mean_log, sd_log, state, terms, 0.0, ())
    if process.decision_sd_log > 0:
        return posterior_life(mean_log, sd_log, state, fees, terms, process, years)
    points = np.log(thresholds(fees, process.decay))
    paid = np.minimum(np.minimum(state.paid_year, state.year), terms[state.kind])
    bar = np.where(paid > 0, points[state.kind, np.maximum(paid, 1) - 1], -np.inf)
    living = ndtr((mean_log - bar) / sd_log)
    curve = np.zeros((len(paid), years))
    for ahead in range(1, years + 1):
        due = np.minimum(state.year + ahead, terms[state.kind])
        with np.errstate(divide="ignore", invalid="ignore"):
            kept = np.where(living > 0, ndtr((mean_log - points[state.kind, due - 1]) / sd_log) / living, 0.0)
        curve[:, ahead - 1] = np.where(state.alive & (state.age_years + ahead < terms[state.kind]), kept, 0.0)
    return curve


def _exact_value(
    mean_log: Floats, sd_log: Floats, state: PatentState, fees: Floats, terms: Ints, process: ReturnProcess,
    discount_rate: float, levels: Floats, levels_alive: Floats,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """(worth at the levels, then at the levels of the worth that is not nothing; mean; chance of nothing)."""
    points = np.log(thresholds(fees, process.decay))
    paid = np.minimum(state.paid_year, state.year)
    paid = np.minimum(paid, terms[state.kind])
    bar = np.where(paid > 0, points[state.kind, np.maximum(paid, 1) - 1], -np.inf)
    living = ndtr((mean_log - bar) / sd_log)
    zero = _zero_chance(mean_log, sd_log, state, paid, points, terms, living)
    wanted = [np.full_like(zero, level) for level in levels]
    wanted += [zero + (1 - zero) * level for level in levels_alive]
    with np.errstate(over="ignore"):
        starts = np.stack([mean_log - sd_log * ndtri((1 - level) * living) for level in wanted])
        # Far in the tail the chance itself is 0 to the machine; the return then lies at its bar.
        starts = np.where(living > 0, starts, np.where(np.isfinite(bar), bar, mean_log))
    worth, mean = _sum_over_years(
        np.maximum(starts, bar), mean_log, sd_log, state.kind, state.age_years, paid, state.alive, fees, points,
        terms, 1.0 - process.decay, 1.0 + discount_rate,
    )  # fmt: skip
    return worth, mean, zero


def _zero_chance(
    mean_log: Floats, sd_log: Floats, state: PatentState, paid: Ints, points: Floats, terms: Ints, living: Floats
) -> Floats:
    """The chance that nothing more is earned: surely for an ended right; never while a paid year runs."""
    over = ~state.alive | (state.age_years >= terms[state.kind])
    coming = np.clip(state.year, 1, terms[state.kind])
    with np.errstate(divide="ignore", invalid="ignore"):
        given_up = 1 - ndtr((mean_log - points[state.kind, coming - 1]) / sd_log) / living
    given_up = np.where(living > 0, given_up, 1.0)
    return np.where(over, 1.0, np.where(paid >= state.year, 0.0, np.clip(given_up, 0.0, 1.0)))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _normal_below(x: float) -> float:
    return 0.5 * math.erfc(-x * 0.7071067811865476)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sum_over_years(
    starts: Floats, mean_log: Floats, sd_log: Floats, kind: Ints, age: Floats, paid: Ints, alive: Flags, fees: Floats,
    points: Floats, terms: Ints, kept: float, growth: float,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Worth at each starting return (level, patent) and its mean (patent,), one pass over the years of each patent."""
    levels, patents = starts.shape
    worth, mean = np.zeros((levels, patents)), np.zeros(patents)
    for i in range(patents):
        k, term = kind[i], terms[kind[i]]
        if not alive[i] or age[i] >= term:
            continue
        year = int(age[i]) + 1
        whole = math.exp(mean_log[i] + 0.5 * sd_log[i] * sd_log[i])
        living, total, first = 1.0, 0.0, year
        if paid[i] > 0:
            living = _normal_below((mean_log[i] - points[k, paid[i] - 1]) / sd_log[i])
        if paid[i] >= year:
            left = kept ** (year - 1) * (year - age[i])
            total += left * whole * _normal_below((mean_log[i] - points[k, year - 1]) / sd_log[i] + sd_log[i])
            for level in range(levels):
                worth[level, i] += left * math.exp(starts[level, i])
            first = year + 1
        for t in range(first, term + 1):
            weight = growth ** -max(t - 1 - age[i], 0.0)
            share, fee, bar = kept ** (t - 1), fees[k, t - 1], points[k, t - 1]
            u = (mean_log[i] - bar) / sd_log[i]
            total += weight * (share * whole * _normal_below(u + sd_log[i]) - fee * _normal_below(u))
            for level in range(levels):
                if starts[level, i] >= bar:
                    worth[level, i] += weight * (share * math.exp(starts[level, i]) - fee)
        mean[i] = total / living if living > 0 else worth[levels - 2, i]
    return worth, mean


def _shaped(values: Floats, state: PatentState) -> Floats:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(values, dtype=np.float64), state.age_years.shape))


def _check_inputs(
    mean_log: Floats,
    sd_log: Floats,
    state: PatentState,
    terms: Ints,
    discount_rate: float,
    probabilities: tuple[float, ...],
) -> None:
    check(~(np.isfinite(mean_log) & (sd_log > 0) & np.isfinite(sd_log)), "valuation.return_wrong", sd_log)
    check(~(state.age_years >= 0), "valuation.age_wrong", state.age_years)
    beyond = (state.paid_year < 0) | (state.paid_year > terms[state.kind])
    beyond &= state.alive & (state.age_years < terms[state.kind])  # past its term it is worth 0, whatever was paid
    if beyond.any():
        row = int(np.argmax(beyond))
        year, term = int(state.paid_year[row]), int(terms[state.kind[row]])
        raise InputError("valuation.fee_year_beyond_term", count=int(beyond.sum()), year=year, term=term)
    if not (discount_rate >= 0):
        raise InputError("valuation.discount_wrong", rate=discount_rate)
    if not all(0 < level < 1 for level in probabilities):
        raise InputError("valuation.probability_wrong", levels=", ".join(map(str, probabilities)))

"""What do the fees paid say of a patent's return, where decisions are noisy? Worth and life over what is left possible.

The chance that the fee of year t is paid is Phi((ln r(t) - ln fee(t)) / noise). A patent that paid from its grant to
year k has a return distributed as the lognormal times the product of those chances. Both are smooth, so sums over an
even grid of ln r are exact to many digits (trapezoidal rule); tables on the grid are made once, by kind and year, and
every patent then needs one pass over the part of the grid that matters to it. A year whose return is below its fee adds
nothing to the worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.special import log_ndtr

from kejin.valuation.renewal_state import Flags, Floats, Ints, PatentState, ReturnProcess

REACH = 8.0  # standard deviations to both sides
FINENESS = 8.0  # grid points a standard deviation
GRID_MAX = 20_000


@dataclass(frozen=True, slots=True)
class _Tables:
    """On a grid of ln r: by kind and year.

    paid    (kind, year + 1, point) ln of the chance that all fees from 1 to year are paid.
    worth   (kind, year + 1, point) worth on the anniversary that ends the year, before the next fee is decided.
    """

    grid: Floats
    paid: Floats
    worth: Floats


def even_grid(mean_log: Floats, sd_log: Floats, noise: float) -> Floats:
    """Points of ln r that reach all patents, close enough for the narrower of spread and noise."""
    low = float((mean_log - REACH * sd_log).min())
    high = float((mean_log + REACH * sd_log).max())
    step = max(min(float(sd_log.min()), noise) / FINENESS, (high - low) / GRID_MAX)
    return np.arange(low, high + step, step, dtype=np.float64)


def log_payments(grid: Floats, fees: Floats, process: ReturnProcess) -> Floats:
    """Logarithm of the chance that a year's fee is paid, at each point: (kind, year, point); after the term -inf."""
    years = np.arange(fees.shape[1])
    with np.errstate(invalid="ignore"):
        bars = np.log(fees) - years * math.log1p(-process.decay)
        z = (grid[None, None, :] - bars[:, :, None]) / process.decision_sd_log
    return np.asarray(np.where(np.isnan(z), -np.inf, log_ndtr(np.nan_to_num(z))), dtype=np.float64)


def _tables(grid: Floats, fees: Floats, terms: Ints, process: ReturnProcess, growth: float) -> _Tables:
    payments = log_payments(grid, fees, process)
    kinds, years, points = payments.shape
    paid = np.zeros((kinds, years + 1, points))
    paid[:, 1:] = np.cumsum(payments, axis=1)
    worth = np.zeros((kinds, years + 1, points))
    first_return = np.exp(grid)
    for kind in range(kinds):
        for year in range(int(terms[kind]), 0, -1):
            net = np.maximum(first_return * (1 - process.decay) ** (year - 1) - fees[kind, year - 1], 0.0)
            worth[kind, year - 1] = np.exp(payments[kind, year - 1]) * (net + worth[kind, year] / growth)
    return _Tables(grid, paid, worth)


def posterior_value(
    mean_log: Floats, sd_log: Floats, state: PatentState, fees: Floats, terms: Ints, process: ReturnProcess,
    discount_rate: float, levels: Floats, levels_alive: Floats,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """(worth at the levels, then at the second levels; mean; chance of nothing, which is 0 or 1 here)."""
    tables = _tables(even_grid(mean_log, sd_log, process.decision_sd_log), fees, terms, process, 1 + discount_rate)
    over = ~state.alive | (state.age_years >= terms[state.kind])
    first, paid = _known_years(state, terms)
    worth, mean = _over_grid(
        mean_log, sd_log, state.kind, state.age_years, first, paid, over, fees, tables.grid, tables.paid, tables.worth,
        1.0 - process.decay, 1.0 + discount_rate, process.decision_sd_log, np.concatenate((levels, levels_alive)),
    )  # fmt: skip
    return worth, mean, over.astype(np.float64)


def posterior_life(
    mean_log: Floats, sd_log: Floats, state: PatentState, fees: Floats, terms: Ints, process: ReturnProcess, years: int
) -> Floats:
    """The chance to be kept 1, 2, ... years from now: (patent, year); 0 after the term."""
    tables = _tables(even_grid(mean_log, sd_log, process.decision_sd_log), fees, terms, process, 1.0)
    over = ~state.alive | (state.age_years >= terms[state.kind])
    first, paid = _known_years(state, terms)
    return np.asarray(
        _life_over_grid(
            mean_log, sd_log, state.kind, state.age_years, first, paid, over, terms, tables.grid, tables.paid, years
        )
    )


def _known_years(state: PatentState, terms: Ints) -> tuple[Ints, Ints]:
    """First and last fee year known to be paid, within the running year and the term."""
    paid = np.minimum(np.minimum(state.paid_year, state.year), terms[state.kind])
    first = np.where(paid > 0, np.clip(state.first_year, 1, np.maximum(paid, 1)), 0)
    return first, paid


@njit(cache=True)  # type: ignore[untyped-decorator]
def _weights(
    weights: Floats, mean: float, spread: float, first: int, paid: int, grid: Floats, sums: Floats
) -> tuple[int, int, float]:
    """Fill the posterior density at the grid's points from `begin` to `end`; their sum."""
    step = grid[1] - grid[0]
    begin = max(int((mean - REACH * spread - grid[0]) / step), 0)
    end = min(int((mean + REACH * spread - grid[0]) / step) + 2, len(grid))
    top = -1e300
    for j in range(begin, end):
        z = (grid[j] - mean) / spread
        value = -0.5 * z * z
        if paid > 0:
            value += sums[paid, j] - sums[first - 1, j]
        weights[j] = value
        top = max(top, value)
    total = 0.0
    for j in range(begin, end):
        weights[j] = math.exp(weights[j] - top)
        total += weights[j]
    return begin, end, total


@njit(cache=True)  # type: ignore[untyped-decorator]
def _worth_at(
    place: float, k: int, age: float, paid: int, fees: Floats, grid: Floats, worth: Floats, kept: float, growth: float,
    noise: float,
) -> float:  # fmt: skip
    """The worth at a point between grid points (interpolated in logarithms), for a patent of this age."""
    j = min(int(place), len(grid) - 2)
    part = place - j
    year = int(age) + 1
    later = worth[k, year, j]
    if part > 0:  # the worth rises like a power of the return: a straight line between logarithms
        after = worth[k, year, j + 1]
        later = later ** (1 - part) * after**part if later > 0 and after > 0 else later * (1 - part) + after * part
    later *= growth ** -(year - age)
    now = math.exp(grid[0] + place * (grid[1] - grid[0])) * kept ** (year - 1)
    if paid >= year:
        return float(now * (year - age) + later)
    fee = fees[k, year - 1]
    chance = 0.5 * math.erfc(-math.log(now / fee) / noise * 0.7071067811865476)
    return float(chance * (max(now - fee, 0.0) + later))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _over_grid(
    mean_log: Floats, sd_log: Floats, kind: Ints, age: Floats, first: Ints, paid: Ints, over: Flags, fees: Floats,
    grid: Floats, sums: Floats, worth: Floats, kept: float, growth: float, noise: float, levels: Floats,
) -> tuple[Floats, Floats]:  # fmt: skip
    patents = len(mean_log)
    at_levels, mean = np.zeros((len(levels), patents)), np.zeros(patents)
    weights, returns = np.zeros(len(grid)), np.exp(grid)
    for i in range(patents):
        if over[i]:
            continue
        k = kind[i]
        begin, end, total = _weights(weights, mean_log[i], sd_log[i], first[i], paid[i], grid, sums[k])
        year = int(age[i]) + 1
        if paid[i] >= year:
            now, later = kept ** (year - 1) * (year - age[i]), growth ** -(year - age[i])
            for j in range(begin, end):
                mean[i] += weights[j] * (now * returns[j] + later * worth[k, year, j])
        else:
            for j in range(begin, end):
                mean[i] += weights[j] * _worth_at(float(j), k, age[i], paid[i], fees, grid, worth, kept, growth, noise)
        mean[i] /= total
        for number in range(len(levels)):
            want, sums_to_here, passed, place = levels[number] * total, 0.0, 0.0, float(end - 1)
            for j in range(begin, end - 2):
                cell = 0.5 * (weights[j] + weights[j + 1])
                sums_to_here += cell
                after = sums_to_here - (weights[j + 2] - weights[j]) / 24  # Euler-Maclaurin: the sum's error at its end
                if after >= want:
                    # The density is nearly a straight line in the cell, so the mass up to a point is a parabola.
                    bend, rest = weights[j + 1] - weights[j], (want - passed) / (after - passed) * cell
                    root = math.sqrt(max(weights[j] * weights[j] + 2 * bend * rest, 0.0))
                    place = j + 2 * rest / (weights[j] + root)
                    break
                passed = after
            at_levels[number, i] = _worth_at(place, k, age[i], paid[i], fees, grid, worth, kept, growth, noise)
    return at_levels, mean


@njit(cache=True)  # type: ignore[untyped-decorator]
def _life_over_grid(
    mean_log: Floats, sd_log: Floats, kind: Ints, age: Floats, first: Ints, paid: Ints, over: Flags, terms: Ints,
    grid: Floats, sums: Floats, years: int,
) -> Floats:  # fmt: skip
    patents = len(mean_log)
    curve = np.zeros((patents, years))
    weights, chances = np.zeros(len(grid)), np.exp(sums)
    for i in range(patents):
        if over[i]:
            continue
        k, year = kind[i], int(age[i]) + 1
        begin, end, total = _weights(weights, mean_log[i], sd_log[i], first[i], paid[i], grid, sums[k])
        known = paid[i] if paid[i] > 0 else year - 1
        for ahead in range(1, years + 1):
            if age[i] + ahead >= terms[k]:
                break
            kept = 0.0
            for j in range(begin, end):
                if chances[k, known, j] > 0:
                    kept += weights[j] * chances[k, year + ahead, j] / chances[k, known, j]
            curve[i, ahead - 1] = kept / total
    return curve

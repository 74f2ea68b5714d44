"""What returns explain the renewals seen? Maximum likelihood of the renewal model.

With x = ln of the first year's return, normal among patents alike with mean X b and standard deviation s, the fee of
year t is paid with chance p(t | x) = Phi((x - ln fee(t) - (t - 1) d) / n): d is the rate of decay, n the noise of
decisions. A patent granted in year g that paid until year k and then not has the likelihood
    E[p(g) p(g+1) ... p(k) (1 - p(k+1))] / E[p(g)]
over x; one still alive the same without the last factor. That the fee of the grant's year was paid is known, hence the
denominator. The fees are the yardstick: how much payment falls when the fee steps up tells n, how it falls with
the years tells d and s, and the level follows in money. The sums over x are on an even grid (see renewal_posterior.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_ndtr

from kejin.errors import InputError
from kejin.rule_values import RowTable
from kejin.valuation.covariates import Design, design_of
from kejin.valuation.renewal_events import RenewalEvents
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_model import RenewalModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LAPSES_MIN = 30
CATEGORIES = ("patent_kind", "field", "owner_kind", "origin")
COUNTS = ("claims", "family_size", "inventor_count")
SCALES = ("sd_log", "decay_rate", "decision_sd_log")  # logarithms of these are estimated
SCALE_BOUNDS = ((-1.6, 2.3), (-6.0, 0.7), (-2.3, 2.3))
_START = (0.5, -2.3, 0.8)
REACH, FINENESS = 7.0, 4.0  # of the grid: standard deviations to both sides, points a standard deviation


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before any row is seen: (median, standard deviation of the logarithm) of a parameter."""

    sd_log: tuple[float, float]
    decay_rate: tuple[float, float]

    @classmethod
    def of_rule(cls, table: RowTable) -> Prior:
        """The prior that the rule valuation/renewal/prior states."""
        sd_log, decay_rate = (
            (table.number(name, "middle"), table.number(name, "spread_log")) for name in ("sd_log", "decay_rate")
        )
        return cls(sd_log, decay_rate)


@dataclass(frozen=True)
class _Data:
    """What the likelihood reads, worked out once.

    groups  (kind, grant year, last year paid, lapsed): what patents did.
    group   which of them each row did.
    """

    table: Floats
    groups: list[tuple[int, int, int, bool]]
    group: Ints
    log_fees: Floats
    prior: Prior | None


def fit_renewal(
    events: RenewalEvents,
    schedule: FeeSchedule,
    *,
    categories: tuple[str, ...] = CATEGORIES,
    counts: tuple[str, ...] = COUNTS,
    prior: Prior | None = None,
    design: Design | None = None,
    about: dict[str, Any] | None = None,
) -> RenewalModel:
    """The model that makes the renewals likeliest.

    categories, counts   columns of the events that may explain the return; absent ones are left out.
    prior                of spread and decay; None for maximum likelihood.
    design               use this design instead of one made from the events.
    about                what is to be kept with the model: source, days, hash of the data.
    Raises               valuation.too_few_lapses; valuation.fit_failed where the search does not come to rest.
    """
    lapses = int(events.lapsed.sum())
    if lapses < LAPSES_MIN:
        raise InputError("valuation.too_few_lapses", lapses=lapses, want=LAPSES_MIN, rows=len(events))
    chosen = design_of(events.columns, categories, counts) if design is None else design
    data = _data(events, schedule, chosen, prior)
    found = _search(data)
    width = data.table.shape[1]
    facts: dict[str, Any] = {
        "rows": len(events),
        "lapses": lapses,
        "log_likelihood": float(_log_likelihood(data, found)[0].sum()),
        "prior": None if prior is None else {"sd_log": list(prior.sd_log), "decay_rate": list(prior.decay_rate)},
        "skipped": dict(events.skipped),
    }
    facts |= about or {}
    return RenewalModel(chosen, found[:width], found[width:], _covariance(data, found), facts)


def renewal_log_likelihood(model: RenewalModel, events: RenewalEvents, schedule: FeeSchedule) -> Floats:
    """How likely does the model make each patent's renewals? Logarithms, shape (patent,); for comparing models."""
    data = _data(events, schedule, model.design, None)
    return _log_likelihood(data, np.concatenate((model.effects, model.scale)))[0]


def _data(events: RenewalEvents, schedule: FeeSchedule, design: Design, prior: Prior | None) -> _Data:
    table, _ = design.matrix(events.columns, len(events))
    fees, _ = schedule.table()
    kind = schedule.numbers(events.kind)
    keys = np.stack([kind, events.first_year, events.paid_year, events.lapsed.astype(np.int64)], axis=1)
    distinct, group = np.unique(keys, axis=0, return_inverse=True)
    groups = [(int(k), int(first), int(paid), bool(lapsed)) for k, first, paid, lapsed in distinct]
    return _Data(table, groups, group.reshape(-1).astype(np.int64), np.log(fees), prior)


def _log_likelihood(data: _Data, parameters: Floats) -> tuple[Floats, Floats]:
    """(log-likelihood of each row, its derivatives by each parameter: (row, parameter))."""
    rows, width = data.table.shape
    mean = data.table @ parameters[:width]
    spread, rate, noise = np.exp(parameters[width:])
    step = min(spread, noise) / FINENESS
    grid = np.arange(mean.min() - REACH * spread, mean.max() + REACH * spread + step, step)
    years = np.arange(data.log_fees.shape[1], dtype=np.float64)
    z = (grid[None, None, :] - data.log_fees[:, :, None] - years[None, :, None] * rate) / noise
    log_paid, log_not = log_ndtr(z), log_ndtr(-z)
    log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi)
    slope_paid, slope_not = np.exp(log_density - log_paid), -np.exp(log_density - log_not)
    by_rate, by_noise = -years[None, :, None] * rate / noise, -z
    tables = np.empty((2, 3, len(data.groups), len(grid)))  # (whole history, grant), (log, by rate, by noise), group, x
    for number, (kind, first, paid, lapsed) in enumerate(data.groups):
        whole, grant = tables[0, :, number], tables[1, :, number]
        kept, at = slice(first - 1, paid), first - 1
        whole[0] = log_paid[kind, kept].sum(axis=0)
        whole[1] = (slope_paid[kind, kept] * by_rate[0, kept]).sum(axis=0)
        whole[2] = (slope_paid[kind, kept] * by_noise[kind, kept]).sum(axis=0)
        if lapsed:
            whole[0] += log_not[kind, paid]
            whole[1] += slope_not[kind, paid] * by_rate[0, paid]
            whole[2] += slope_not[kind, paid] * by_noise[kind, paid]
        grant[0] = log_paid[kind, at]
        grant[1], grant[2] = slope_paid[kind, at] * by_rate[0, at], slope_paid[kind, at] * by_noise[kind, at]
    value, by_mean, by_scales = _sums(mean, float(spread), grid, data.group, tables)
    slopes = np.empty((rows, width + 3))
    slopes[:, :width] = by_mean[:, None] * data.table
    slopes[:, width:] = by_scales
    return value, slopes


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sums(mean: Floats, spread: float, grid: Floats, group: Ints, tables: Floats) -> tuple[Floats, Floats, Floats]:
    """Each row's log-likelihood, and its derivatives by the mean and by the logarithms of spread, rate and noise."""
    rows, step = len(mean), grid[1] - grid[0]
    value, by_mean, by_scales = np.zeros(rows), np.zeros(rows), np.zeros((rows, 3))
    exponents = np.empty(len(grid))
    for i in range(rows):
        begin = max(int((mean[i] - REACH * spread - grid[0]) / step), 0)
        end = min(int((mean[i] + REACH * spread - grid[0]) / step) + 2, len(grid))
        for part in range(2):
            sign, logs = 1.0 - 2.0 * part, tables[part, 0, group[i]]
            top = -1e300
            for j in range(begin, end):
                z = (grid[j] - mean[i]) / spread
                exponents[j] = logs[j] - 0.5 * z * z
                top = max(top, exponents[j])
            total, first, second, rate, noise = 0.0, 0.0, 0.0, 0.0, 0.0
            for j in range(begin, end):
                weight = math.exp(exponents[j] - top)
                z = (grid[j] - mean[i]) / spread
                total += weight
                first += weight * z
                second += weight * z * z
                rate += weight * tables[part, 1, group[i], j]
                noise += weight * tables[part, 2, group[i], j]
            value[i] += sign * (math.log(total) + top)
            by_mean[i] += sign * first / total / spread
            by_scales[i, 0] += sign * second / total
            by_scales[i, 1] += sign * rate / total
            by_scales[i, 2] += sign * noise / total
    return value, by_mean, by_scales


def _total(parameters: Floats, data: _Data) -> tuple[float, Floats]:
    value, slopes = _log_likelihood(data, parameters)
    total, slope = -float(value.sum()), -slopes.sum(axis=0)
    if data.prior is not None:
        width = data.table.shape[1]
        for place, (middle, spread) in ((width, data.prior.sd_log), (width + 1, data.prior.decay_rate)):
            off = (parameters[place] - np.log(middle)) / spread
            total += 0.5 * off * off
            slope[place] += off / spread
    return total, slope


def _search(data: _Data) -> Floats:
    """Where the likelihood is highest."""
    width = data.table.shape[1]
    bounds = [(None, None)] * width + list(SCALE_BOUNDS)
    begin = np.concatenate((np.zeros(width), _START))
    begin[0] = float(np.nanmean(data.log_fees)) + 3.0
    found = minimize(
        _total, begin, args=(data,), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-3},
    )  # fmt: skip
    if not (np.isfinite(found.fun) and np.isfinite(found.x).all()):
        raise InputError("valuation.fit_failed", rows=len(data.table))
    return np.asarray(found.x, dtype=np.float64)


def _covariance(data: _Data, found: Floats) -> Floats:
    """Inverse of the curvature; a parameter on its bound is held there and has no standard error."""
    width, size = data.table.shape[1], len(found)
    free = np.ones(size, dtype=bool)
    for place, (low, high) in enumerate(SCALE_BOUNDS):
        free[width + place] = low + 1e-3 < found[width + place] < high - 1e-3
    curvature = np.empty((size, size))
    for place in range(size):
        step = np.zeros(size)
        step[place] = 1e-3
        curvature[place] = (_total(found + step, data)[1] - _total(found - step, data)[1]) / 2e-3
    curvature = (curvature + curvature.T) / 2
    whole = np.full((size, size), np.nan)
    chosen = np.flatnonzero(free)
    whole[np.ix_(chosen, chosen)] = np.linalg.pinv(curvature[np.ix_(chosen, chosen)], hermitian=True)
    return whole

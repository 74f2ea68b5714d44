"""Are the probabilities right? Brier score and its parts, log-loss, Hosmer-Lemeshow, Spiegelhalter, slope,
single-rate tests.

Hosmer-Lemeshow depends on how rows are grouped, so the convention is part of the result: `rank` cuts the rows,
ordered by probability (equal ones in the order given), into groups of equal number; `quantile` cuts at the
quantiles of the probability (linear interpolation), so equal probabilities stay together. Degrees of freedom are
groups - 2 on the rows that the model was fitted on and groups on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from kejin.credit.calibration import log_odds_of
from kejin.credit.fit_logistic import fit_on_columns
from kejin.errors import InputError

Floats = NDArray[np.float64]
Grouping = Literal["rank", "quantile"]


@dataclass(frozen=True, slots=True)
class HosmerLemeshow:
    """statistic, p_value, and one row a group: (rows, defaults, sum of probabilities)."""

    statistic: float
    p_value: float
    grouping: Grouping
    degrees: int
    groups: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True)
class MurphyParts:
    """Brier score of grouped rows = reliability - resolution + uncertainty (and a remainder within groups)."""

    reliability: float
    resolution: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """Logistic regression of default on log-odds: slope 1 and intercept 0 are right; standard errors beside them.

    in_the_large  the intercept when the slope is held at 1: above 0 the probabilities are too low.
    """

    slope: float
    slope_error: float
    intercept: float
    intercept_error: float
    in_the_large: float


@dataclass(frozen=True, slots=True)
class RateTest:
    """One rate against one probability: is the observed number of defaults too high for it?

    binomial_p   P(defaults >= seen) if the probability is right.
    jeffreys_p   posterior chance that the true rate is at most the probability (Beta(1/2, 1/2) before).
    normal_z     (rate - probability) / standard deviation.
    low, high    Clopper-Pearson interval of the rate at 95%.
    """

    binomial_p: float
    jeffreys_p: float
    normal_z: float
    low: float
    high: float


def _checked(default: NDArray[np.generic], probability: Floats) -> tuple[Floats, Floats]:
    p = np.asarray(probability, dtype=np.float64)
    if (bad := ~((p >= 0) & (p <= 1))).any():
        raise InputError("credit.probability_wrong", rows=int(bad.sum()), first=p[bad][0])
    return np.asarray(default).astype(np.float64), p


def brier(default: NDArray[np.generic], probability: Floats) -> float:
    """Mean squared distance of probability and outcome. Raises credit.probability_wrong."""
    hit, p = _checked(default, probability)
    return float(np.mean((hit - p) ** 2))


def log_loss(default: NDArray[np.generic], probability: Floats) -> float:
    """Mean of -ln(probability given to what happened)."""
    hit, p = _checked(default, probability)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.where(hit == 1, np.log(p), np.log1p(-p))))


def hosmer_lemeshow(
    default: NDArray[np.generic],
    probability: Floats,
    groups: int = 10,
    grouping: Grouping = "rank",
    fitted_on_these: bool = False,
) -> HosmerLemeshow:
    """Sum over groups of (defaults - expected)^2 / (expected * (1 - expected / rows)), against chi-squared."""
    hit, p = _checked(default, probability)
    place = _groups(p, groups, grouping)
    rows = np.bincount(place, minlength=groups)
    hits = np.bincount(place, weights=hit, minlength=groups)
    expected = np.bincount(place, weights=p, minlength=groups)
    there = rows > 0
    rows, hits, expected = rows[there], hits[there], expected[there]
    spread = expected * (1.0 - expected / rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(spread > 0, (hits - expected) ** 2 / spread, np.where(hits == expected, 0.0, np.inf))
    statistic = float(parts.sum())
    degrees = max(len(rows) - (2 if fitted_on_these else 0), 1)
    table = tuple((int(n), int(d), float(e)) for n, d, e in zip(rows, hits, expected, strict=True))
    return HosmerLemeshow(statistic, float(stats.chi2.sf(statistic, degrees)), grouping, degrees, table)


def murphy_parts(
    default: NDArray[np.generic], probability: Floats, groups: int = 10, grouping: Grouping = "rank"
) -> MurphyParts:
    """Murphy's parts of the Brier score over groups, each group standing for its mean probability."""
    hit, p = _checked(default, probability)
    place = _groups(p, groups, grouping)
    rows = np.bincount(place, minlength=groups)
    there = rows > 0
    share = rows[there] / rows.sum()
    rate = np.bincount(place, weights=hit, minlength=groups)[there] / rows[there]
    mean = np.bincount(place, weights=p, minlength=groups)[there] / rows[there]
    overall = hit.mean()
    return MurphyParts(
        float(share @ (mean - rate) ** 2), float(share @ (rate - overall) ** 2), float(overall * (1 - overall))
    )


def spiegelhalter_z(default: NDArray[np.generic], probability: Floats) -> float:
    """Spiegelhalter's z of the Brier score: standard normal where the probabilities are right."""
    hit, p = _checked(default, probability)
    spread = np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum())
    return float(((hit - p) * (1 - 2 * p)).sum() / spread)


def calibration_line(default: NDArray[np.generic], probability: Floats) -> CalibrationLine:
    """Slope and intercept of the outcome on the log-odds. Raises credit.outcome_one_sided."""
    hit, p = _checked(default, probability)
    x = log_odds_of(p)
    fit = fit_on_columns(x[:, None], hit.astype(np.uint8), ridge=1e-9)
    large = 0.0
    for _ in range(60):
        chance = 1.0 / (1.0 + np.exp(-(x + large)))
        move = (hit - chance).sum() / max((chance * (1 - chance)).sum(), 1e-300)
        large += float(np.clip(move, -1, 1))
        if abs(move) < 1e-12:
            break
    errors = np.sqrt(np.diag(fit.covariance))
    return CalibrationLine(float(fit.weights[1]), float(errors[1]), float(fit.weights[0]), float(errors[0]), large)


def rate_test(rows: int, defaults: int, probability: float) -> RateTest:
    """Binomial, Jeffreys and normal test of one rate. Raises credit.counts_wrong, credit.probability_wrong."""
    if not (rows > 0 and 0 <= defaults <= rows):
        raise InputError("credit.counts_wrong", rows=rows, defaults=defaults)
    if not 0 < probability < 1:
        raise InputError("credit.probability_wrong", rows=1, first=probability)
    low = float(stats.beta.ppf(0.025, defaults, rows - defaults + 1)) if defaults else 0.0
    high = float(stats.beta.ppf(0.975, defaults + 1, rows - defaults)) if defaults < rows else 1.0
    return RateTest(
        float(stats.binom.sf(defaults - 1, rows, probability)),
        float(stats.beta.cdf(probability, defaults + 0.5, rows - defaults + 0.5)),
        float((defaults / rows - probability) / np.sqrt(probability * (1 - probability) / rows)),
        low,
        high,
    )


def _groups(p: Floats, groups: int, grouping: Grouping) -> NDArray[np.int64]:
    if grouping == "rank":
        place = np.empty(len(p), dtype=np.int64)
        place[np.argsort(p, kind="stable")] = (np.arange(len(p)) * groups) // len(p)
        return place
    cuts = np.quantile(p, np.arange(1, groups) / groups)
    return np.searchsorted(cuts, p, side="left").astype(np.int64)

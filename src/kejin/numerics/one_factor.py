"""How is the share of many like events distributed that one normal factor moves? The one-factor Gaussian model.

An event with unconditional probability p happens when sqrt(R) Z + sqrt(1 - R) e < G(p), Z and e independent standard
normal, R the correlation, G the inverse of the normal distribution. Among very many such events the share that
happens is N((G(p) - sqrt(R) Z) / sqrt(1 - R)): a low factor Z is a bad year.

Sources  O. Vasicek, The Distribution of Loan Portfolio Value, Risk, 2002; T. Wilde, Probing Granularity, Risk, 2001;
         R. Martin, T. Wilde, Unsystematic Credit Risk, Risk, 2002; D. B. Owen, Tables for Computing Bivariate Normal
         Probabilities, 1956. Evidence: tests/published/vasicek_2002.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr, ndtri, owens_t

from kejin.errors import InputError

Floats = NDArray[np.float64]
GRID_POINTS = 4096
FACTOR_REACH = 9.0  # beyond this many standard deviations a normal factor has no weight in double precision


def share_given_factor(probability: float | Floats, correlation: float, factor: float | Floats) -> Floats:
    """Share of the events that happen when the factor has this value; a negative factor is a bad year.

    Raises   numerics.probability_outside, numerics.correlation_outside.
    """
    p = _probability(probability)
    root, rest = _roots(correlation)
    return np.asarray(ndtr((ndtri(p) - root * np.asarray(factor, dtype=np.float64)) / rest))


def share_quantile(probability: float | Floats, correlation: float, level: float) -> Floats:
    """The share that is not exceeded with this probability: the share given the factor's quantile at 1 - level."""
    return share_given_factor(probability, correlation, -float(ndtri(_probability(level))))


def joint_probability(probability: float, correlation: float) -> float:
    """Probability that two of the events happen together."""
    threshold = float(ndtri(_probability(probability)))
    return bivariate_normal(threshold, threshold, correlation)


def share_deviation(probability: float, correlation: float) -> float:
    """Standard deviation of the share."""
    return math.sqrt(max(joint_probability(probability, correlation) - probability**2, 0.0))


def share_shortfall(probability: float, correlation: float, level: float) -> float:
    """Mean of the share beyond its quantile at this level (expected shortfall)."""
    threshold, tail = float(ndtri(_probability(probability))), -float(ndtri(_probability(level)))
    root, _ = _roots(correlation)
    return bivariate_normal(threshold, tail, root) / (1.0 - level)


def share_mode(probability: float, correlation: float) -> float:
    """Most likely share; NaN from a correlation of one half on, where the density has no inner peak."""
    _, rest = _roots(correlation)
    if correlation >= 0.5:
        return float("nan")
    return float(ndtr(rest / (1.0 - 2.0 * correlation) * float(ndtri(_probability(probability)))))


def mean_excess(probability: float, correlation: float, attach: float) -> float:
    """Mean of the part of the share above a level: E[max(share - attach, 0)]."""
    p = float(_probability(probability))
    if attach <= 0.0:
        return p - attach
    if attach >= 1.0:
        return 0.0
    root, rest = _roots(correlation)
    if root == 0.0:
        return max(p - attach, 0.0)
    # The share exceeds `attach` when the factor is below this value.
    edge = (float(ndtri(p)) - rest * float(ndtri(attach))) / root
    return max(bivariate_normal(float(ndtri(p)), edge, root) - attach * float(ndtr(edge)), 0.0)


def granularity_adjustment(probability: float, correlation: float, level: float, count: int) -> float:
    """What a quantile of the share gains because there are only so many equal events, to first order in 1 / count.

    Formula  -1 / (2 f(z)) d/dz [v(z) f(z) / m'(z)] at z = G(1 - level), with f the normal density, m the share given
             the factor and v = m (1 - m) / count its variance (Martin and Wilde).
    Raises   numerics.count_not_positive.
    """
    if count < 1:
        raise InputError("numerics.count_not_positive", count=count)
    p = float(_probability(probability))
    root, rest = _roots(correlation)
    z = float(ndtri(1.0 - float(_probability(level))))
    slope = -root / rest
    x = (float(ndtri(p)) - root * z) / rest
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    mean = float(ndtr(x))
    first, second = density * slope, -x * density * slope**2  # m'(z), m''(z)
    variance, variance_slope = mean * (1 - mean) / count, first * (1 - 2 * mean) / count
    return -0.5 * (variance_slope / first - variance * second / first**2 - variance * z / first)


def bivariate_normal(first: float, second: float, correlation: float) -> float:
    """Probability that two standard normal figures with this correlation are below two bounds (by Owen's T)."""
    if not -1.0 < correlation < 1.0:
        raise InputError("numerics.correlation_outside", value=correlation)
    rest = math.sqrt(1.0 - correlation**2)
    if first == 0.0 and second == 0.0:
        return 0.25 + math.asin(correlation) / (2 * math.pi)
    apart = 0.5 if first * second < 0 or (first * second == 0 and first + second < 0) else 0.0
    halves = 0.5 * (float(ndtr(first)) + float(ndtr(second)))
    return halves - _tail(first, second, correlation, rest) - _tail(second, first, correlation, rest) - apart


@cache
def factor_points(count: int) -> tuple[Floats, Floats]:
    """Values of a standard normal factor and their weights, which add up to 1: Gauss-Legendre on +-9 deviations."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    values = nodes * FACTOR_REACH
    density = weights * np.exp(-values * values / 2)
    weights = density / density.sum()
    values.flags.writeable = weights.flags.writeable = False  # the same arrays are handed out every time
    return values, weights


def gathered(thresholds: Floats, amounts: Floats) -> tuple[Floats, Floats]:
    """Many thresholds with amounts, as few: a grid and the amounts that stand on it. Shapes (point,), (row, point).

    An amount goes to the four grid points around its threshold with the weights of cubic interpolation, so that a sum
    of amount x smooth function of the threshold is kept to about eleven digits; the amounts are kept exactly.
    Up to `GRID_POINTS` thresholds are left as they are.

    amounts   shape (row, event).
    """
    if thresholds.size <= GRID_POINTS:
        return thresholds, amounts
    low, high = float(thresholds.min()), float(thresholds.max())
    if high == low:
        return np.array([low]), amounts.sum(axis=1, keepdims=True)
    step = (high - low) / (GRID_POINTS - 4)
    place = (thresholds - low) / step + 1.0
    before = np.floor(place).astype(np.int64)
    t = place - before
    weights = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    grid: Floats = low + (np.arange(GRID_POINTS, dtype=np.float64) - 1.0) * step
    standing = np.zeros((amounts.shape[0], GRID_POINTS))
    for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
        for row, amount in enumerate(amounts):
            standing[row] += np.bincount(before + offset, amount * weight, minlength=GRID_POINTS)
    return grid, standing


class FactorCurve:
    """A positive smooth function of the factor between the points where it was worked out; last axis factor.

    A cubic spline of the logarithm; where the function is 0 throughout it stays 0.
    """

    def __init__(self, points: Floats, values: Floats) -> None:
        logarithm = np.log(np.maximum(values, np.finfo(np.float64).tiny))
        self._spline = CubicSpline(points, logarithm, axis=-1)
        self._there = (np.max(values, axis=-1, keepdims=True) > 0).astype(np.float64)

    def at(self, factors: Floats) -> Floats:
        """Its values at these factors."""
        return np.asarray(np.exp(self._spline(factors)) * self._there)


def _tail(one: float, other: float, correlation: float, rest: float) -> float:
    if one == 0.0:  # the limit of T(h, a / h) as h falls to 0 from the side of the other's sign
        return 0.25 if other > 0 else -0.25
    return float(owens_t(one, (other - correlation * one) / (one * rest)))


def _roots(correlation: float) -> tuple[float, float]:
    if not 0.0 <= correlation < 1.0:
        raise InputError("numerics.correlation_outside", value=correlation)
    return math.sqrt(correlation), math.sqrt(1.0 - correlation)


def _probability(value: float | Floats) -> Floats:
    p = np.asarray(value, dtype=np.float64)
    if not ((p > 0) & (p < 1)).all():  # written this way round so that NaN is bad too
        raise InputError("numerics.probability_outside", count=int((~((p > 0) & (p < 1))).sum()))
    return p

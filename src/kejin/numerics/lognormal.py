"""What does a lognormal distribution say? Parameters from mean and median, quantiles, shares of the top, Gini.

A lognormal is written by the mean `mu` and the standard deviation `sigma` of its logarithm.
Sources  Closed forms of the lognormal; top shares and Gini by the Lorenz curve Phi(Phi^-1(p) - sigma).
         Evidence: tests/published/patent_value_distributions.
"""

from __future__ import annotations

from math import exp, log, sqrt

from scipy.special import ndtr, ndtri

from kejin.errors import InputError

Z80 = float(ndtri(0.9))  # half the width of an 80% interval, in standard deviations


def sigma_from_mean_and_median(mean: float, median: float) -> float:
    """The spread of the logarithm: sqrt(2 ln(mean / median)). Raises numerics.lognormal_impossible."""
    if not (mean >= median > 0):
        raise InputError("numerics.lognormal_impossible", mean=mean, median=median)
    return sqrt(2.0 * log(mean / median))


def sigma_from_quantile(median: float, quantile: float, level: float) -> float:
    """The spread that puts `quantile` at a level other than one half. Raises numerics.lognormal_impossible."""
    if not (median > 0 and quantile > 0 and 0 < level < 1 and level != 0.5):
        raise InputError("numerics.lognormal_impossible", mean=quantile, median=median)
    return float(log(quantile / median) / ndtri(level))


def quantile(mu: float, sigma: float, level: float) -> float:
    """The value below which a share `level` lies."""
    return exp(mu + sigma * float(ndtri(level)))


def mean(mu: float, sigma: float) -> float:
    """The mean."""
    return exp(mu + sigma * sigma / 2.0)


def mode(mu: float, sigma: float) -> float:
    """The most frequent value."""
    return exp(mu - sigma * sigma)


def top_share(sigma: float, part: float) -> float:
    """Share of the total that the largest `part` of all items holds: 1 - Phi(Phi^-1(1 - part) - sigma)."""
    return float(ndtr(sigma - ndtri(1.0 - part)))


def gini(sigma: float) -> float:
    """Gini coefficient: 2 Phi(sigma / sqrt 2) - 1."""
    return float(2.0 * ndtr(sigma / sqrt(2.0)) - 1.0)


def sigma_of_top_share(part: float, share: float) -> float:
    """The spread at which the largest `part` of all items holds `share` of the total."""
    return float(ndtri(share) + ndtri(1.0 - part))

"""What can be said of the probability of default where almost nobody defaulted? Pluto-Tasche bounds and Jeffreys.

Pluto and Tasche: the most prudent estimate that respects the order of the grades takes the companies of a grade and
of every worse grade together; the bound is the largest probability that is still compatible, at the confidence chosen,
with no more defaults than were seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import integrate, optimize, stats

from kejin.credit.discrimination import Estimate
from kejin.errors import InputError


def pluto_tasche(
    companies: Sequence[int], defaults: Sequence[int], confidence: float, correlation: float = 0.0
) -> tuple[float, ...]:
    """Upper bound of the default probability of each grade, best grade first.

    companies, defaults  of each grade, best first.
    confidence           e.g. 0.75: the bound p has P(no more defaults than seen | p) = 1 - confidence.
    correlation          of the asset values in the one-factor model, for one year; 0 means independent defaults.
    Raises               credit.counts_wrong, credit.confidence_wrong.
    Source               K. Pluto, D. Tasche, Estimating Probabilities of Default for Low Default Portfolios, 2005.
    """
    if not 0 < confidence < 1 or not 0 <= correlation < 1:
        raise InputError("credit.confidence_wrong", confidence=confidence, correlation=correlation)
    for n, d in zip(companies, defaults, strict=True):
        if not 0 <= d <= n:
            raise InputError("credit.counts_wrong", rows=n, defaults=d)
    bounds = []
    for grade in range(len(companies)):
        n, d = int(sum(companies[grade:])), int(sum(defaults[grade:]))
        bounds.append(_bound(n, d, confidence, correlation))
    return tuple(bounds)


def _bound(n: int, d: int, confidence: float, correlation: float) -> float:
    if n in (0, d):
        return 1.0
    if correlation == 0.0:
        return float(stats.beta.ppf(confidence, d + 1, n - d))

    def gap(log_odds: float) -> float:
        return _at_most(n, d, 1.0 / (1.0 + float(np.exp(-log_odds))), correlation) - (1.0 - confidence)

    return float(1.0 / (1.0 + np.exp(-optimize.brentq(gap, -30.0, 30.0, xtol=1e-12))))


def _at_most(n: int, d: int, p: float, correlation: float) -> float:
    """P(at most d defaults of n) in the one-factor model."""
    threshold = stats.norm.ppf(p)

    def given(factor: float) -> float:
        chance = stats.norm.cdf((threshold - np.sqrt(correlation) * factor) / np.sqrt(1.0 - correlation))
        return float(stats.binom.cdf(d, n, chance) * stats.norm.pdf(factor))

    return float(integrate.quad(given, -9.0, 9.0, limit=200)[0])


def jeffreys(companies: int, defaults: int, level: float = 0.9) -> Estimate:
    """Mean and interval of the default rate after Jeffreys' prior Beta(1/2, 1/2). Raises credit.counts_wrong."""
    if not 0 <= defaults <= companies:
        raise InputError("credit.counts_wrong", rows=companies, defaults=defaults)
    a, b = defaults + 0.5, companies - defaults + 0.5
    low = float(stats.beta.ppf((1 - level) / 2, a, b)) if defaults else 0.0
    high = float(stats.beta.ppf((1 + level) / 2, a, b)) if defaults < companies else 1.0
    return Estimate(a / (a + b), low, high)

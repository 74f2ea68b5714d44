"""What do the methods say together? A log-opinion pool, weighted by each method's own uncertainty.

The pooled density is proportional to the product of the methods' densities, each raised to a power a:

    p(v) ~ product over m of p_m(v) ** a_m,     a_m = N / (1 + (N - 1) rho) x reliability_m / sum of reliabilities

where N is the number of methods heard and rho the correlation of their errors. With rho = 1 the powers add up to 1
(N methods tell no more than one), with rho = 0 to N. Normal in the log, the pool is normal in the log:

    1 / sigma^2 = sum a_m / sigma_m^2,     mu = sigma^2 sum a_m mu_m / sigma_m^2

so a method's share in the middle value is a_m sigma^2 / sigma_m^2. A method that is silent has no share.
Methods whose middle values differ by more than a set factor are reported as disagreeing; the interval is not narrowed
by it, and no method's answer is hidden in the average: each stands beside the pool with its own interval.

Source   C. Genest, J. Zidek, Combining Probability Distributions, Statistical Science 1 (1986): logarithmic pools.
         Evidence: tests/oracle/test_patent_value_oracle.py, docs/evidence/patent_value_coverage.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kejin.valuation.figures import ValuationRules
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import Flags, Floats

METHODS = ("renewal", "income", "market", "real_option")


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """reliability by method in the order of METHODS; see the rules methods_correlation and disagreement_factor."""

    reliability: Floats
    correlation: float
    disagreement_factor: float
    deals_min: int


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pool of each patent, logs of CNY; NaN where no method was heard.

    shares         shape (patent, method): parts of the middle value, adding up to 1
    ratio          largest middle value over the smallest; 1 with a single method
    """

    opinion: Opinion
    shares: Floats
    ratio: Floats
    disagree: Flags


def pool_figures(rules: ValuationRules) -> PoolFigures:
    """The figures of the pool."""
    return PoolFigures(
        np.array([rules.method_reliability.number(method, "reliability") for method in METHODS]),
        rules.methods_correlation.number,
        rules.disagreement_factor.number,
        int(rules.deals_min.value),
    )


def pool(opinions: Mapping[str, Opinion], figures: PoolFigures) -> Pooled:
    """The pool of each patent. Methods that are not given are silent."""
    size = len(next(iter(opinions.values())).mu)
    precision, total, best, worst = (np.zeros(size) for _ in range(4))
    weights = np.zeros((size, len(METHODS)))
    powers = _powers(opinions, figures, size)
    best[:], worst[:] = -np.inf, np.inf
    for place, method in enumerate(METHODS):
        if method not in opinions:
            continue
        one, heard = opinions[method], opinions[method].heard
        weight = np.where(heard, powers[:, place] / np.where(heard, one.sigma, 1.0) ** 2, 0.0)
        mu = np.where(heard, one.mu, 0.0)
        weights[:, place] = weight
        precision += weight
        total += weight * mu
        best = np.where(heard, np.maximum(best, mu), best)
        worst = np.where(heard, np.minimum(worst, mu), worst)
    heard = precision > 0
    safe = np.where(heard, precision, 1.0)
    opinion = Opinion(np.where(heard, total / safe, np.nan), np.where(heard, safe**-0.5, np.nan))
    ratio = np.where(heard, np.exp(np.where(heard, best - worst, 0.0)), np.nan)
    return Pooled(opinion, weights / safe[:, None], ratio, heard & (ratio > figures.disagreement_factor))


def _powers(opinions: Mapping[str, Opinion], figures: PoolFigures, size: int) -> Floats:
    """The power of each method in the pool of each patent, shape (patent, method)."""
    heard = np.zeros((size, len(METHODS)))
    for place, method in enumerate(METHODS):
        if method in opinions:
            heard[:, place] = opinions[method].heard
    number = heard.sum(axis=1)
    together = number / np.maximum(1.0 + (number - 1.0) * figures.correlation, 1e-12)
    reliability = heard * figures.reliability
    total = reliability.sum(axis=1)
    powers: Floats = reliability * (together / np.where(total > 0, total, 1.0))[:, None]
    return powers

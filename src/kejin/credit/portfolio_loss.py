"""How much may a whole portfolio lose in a year? Distribution of the loss when one factor moves all borrowers.

Given the factor, borrowers fail independently of each other, each with N((G(p) - sqrt(R) Z) / sqrt(1 - R)); the loss
of many loans is then close to normal with the mean and the variance of its parts. The whole distribution is the
mixture over the factor, at points that carry its density. Nothing is simulated, so the same loans give the same
figures.

    mean given Z      sum of exposure x loss rate x probability given Z
    variance given Z  sum of (exposure x loss rate)^2 x probability x (1 - probability)

Limits   With few loans (below about fifty, or one that outweighs the rest) the normal law within a year of a given
         factor is rough: use CreditRisk+ there (`credit_risk_plus.py`).
Source   O. Vasicek, The Distribution of Loan Portfolio Value, 2002; evidence in tests/published/vasicek_2002.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from kejin.credit.input_checks import Floats, not_negative, probability, share
from kejin.errors import InputError
from kejin.numerics.one_factor import FactorCurve, factor_points, gathered
from kejin.rule_values import RowTable, from_rule

POINTS = 96
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(64)


@dataclass(frozen=True, slots=True)
class PortfolioRules:
    """Correlations of a profile, by the borrower's stage of life."""

    correlations: RowTable = from_rule("credit/portfolio/correlations")


@dataclass(frozen=True, slots=True)
class PortfolioLoss:
    """Figures of the loss in CNY.

    quantiles   level -> loss not exceeded with this probability.
    shortfalls  level -> mean loss beyond that quantile (expected shortfall).
    """

    expected_cny: float
    deviation_cny: float
    quantiles: Mapping[float, float]
    shortfalls: Mapping[float, float]

    def unexpected(self, level: float) -> float:
        """What the quantile adds to the expected loss: economic capital."""
        return self.quantiles[level] - self.expected_cny


@dataclass(frozen=True, slots=True)
class FactorLoss:
    """The loss at each point of the factor: factors rising, means and standard deviations, shape (point,).

    curve   means and deviations between the points.
    """

    factors: Floats
    weights: Floats
    means: Floats
    deviations: Floats
    curve: FactorCurve

    def below(self, loss_cny: float) -> float:
        """Probability that the loss is not above this."""
        weights, means, deviations = self._around(loss_cny)
        return float(ndtr(_distance(loss_cny, means, deviations)) @ weights)

    def quantile(self, level: float) -> float:
        """Loss not exceeded with this probability."""
        reach = 10.0 * self.deviations
        low, high = max(float((self.means - reach).min()), 0.0), float((self.means + reach).max())
        if high <= low or self.below(low) >= level:
            return low
        return float(brentq(lambda loss: self.below(loss) - level, low, high, xtol=1e-9 * high))

    def beyond(self, loss_cny: float) -> float:
        """Mean of the loss where it is above this, times the probability of that."""
        weights, means, deviations = self._around(loss_cny)
        distance = _distance(loss_cny, means, deviations)
        density = np.exp(-(distance**2) / 2) / math.sqrt(2 * math.pi)
        return float((means * ndtr(-distance) + deviations * density) @ weights)

    def _around(self, loss_cny: float) -> tuple[Floats, Floats, Floats]:
        """Weights, means and deviations at points that are dense where the loss goes from above to below this.

        With many loans the loss is nearly certain given the factor, so that the step is narrow: it gets points of its
        own, eight deviations to either side of the factor at which this loss is the mean.
        """
        first, last = float(self.factors[0]), float(self.factors[-1])
        edge = float(np.interp(-loss_cny, -self.means, self.factors))
        inside = self.curve.at(np.array([edge, edge + 1e-4]))
        slope = abs(float(inside[0, 1] - inside[0, 0])) / 1e-4
        width = 8.0 * float(inside[1, 0]) / slope if slope > 0 else last - first
        width = max(width, 0.02)  # the edge itself lies between points
        bounds = np.array([first, max(edge - width, first), min(edge + width, last), last])
        halves = np.diff(bounds)[:, None] / 2
        factors = (bounds[:-1, None] + halves * (NODES + 1)).ravel()
        weights = (halves * NODE_WEIGHTS).ravel() * np.exp(-(factors**2) / 2) / math.sqrt(2 * math.pi)
        means, deviations = self.curve.at(factors)
        return weights / weights.sum(), means, deviations


def _distance(loss_cny: float, means: Floats, deviations: Floats) -> Floats:
    """How many deviations the loss is above the mean; without deviation far above or far below."""
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (loss_cny - means) / deviations
    return np.clip(np.where(deviations > 0, distance, np.where(loss_cny >= means, 40.0, -40.0)), -40.0, 40.0)


def portfolio_loss(
    exposure_cny: Floats,
    loss_rate: Floats,
    default_probability: Floats,
    correlation: Floats | float,
    levels: Sequence[float] = (0.95, 0.99, 0.999),
) -> PortfolioLoss:
    """Distribution of the yearly loss of all loans together.

    exposure_cny          shape (loan,), >= 0.
    loss_rate             share of the exposure lost in default, from 0 to 1.
    default_probability   one year, in (0, 1).
    correlation           one figure or shape (loan,), in [0, 1).
    Raises   credit.amount_negative, credit.share_outside, credit.probability_outside, credit.portfolio_empty.
    """
    given = loss_given_factor(exposure_cny, loss_rate, default_probability, correlation)
    expected = float(given.means @ given.weights)
    spread = float((given.means**2 + given.deviations**2) @ given.weights) - expected**2
    quantiles = {level: given.quantile(float(probability("level", level))) for level in levels}
    shortfalls = {level: given.beyond(loss) / (1 - level) for level, loss in quantiles.items()}
    return PortfolioLoss(expected, math.sqrt(max(spread, 0.0)), quantiles, shortfalls)


def loss_given_factor(
    exposure_cny: Floats,
    loss_rate: Floats,
    default_probability: Floats,
    correlation: Floats | float,
    points: int = POINTS,
) -> FactorLoss:
    """Mean and deviation of the loss at points of the factor."""
    owed, lost = not_negative("exposure_cny", exposure_cny), share("loss_rate", loss_rate)
    p, related = probability("default_probability", default_probability), share("correlation", correlation)
    if owed.size == 0 or not (related < 1).all():
        raise InputError("credit.portfolio_empty", count=owed.size)
    factors, weights = factor_points(points)
    means, variances = np.zeros(points), np.zeros(points)
    amount, chance, link = (one.ravel() for one in np.broadcast_arrays(np.atleast_1d(owed * lost), p, related))
    for one in np.unique(link):
        rest, mine = math.sqrt(1.0 - one), link == one
        thresholds, standing = gathered(ndtri(chance[mine]) / rest, np.stack([amount[mine], amount[mine] ** 2]))
        given = ndtr(thresholds[:, None] - math.sqrt(one) / rest * factors)
        means += standing[0] @ given
        variances += standing[1] @ (given * (1.0 - given))
    deviations = np.sqrt(np.maximum(variances, 0.0))
    return FactorLoss(factors, weights, means, deviations, FactorCurve(factors, np.stack([means, deviations])))


def stressed_loss(
    exposure_cny: Floats, loss_rate: Floats, default_probability: Floats, correlation: Floats | float, level: float
) -> Floats:
    """Expected loss of each loan in a year as bad as the factor's quantile at this level, CNY. Shape (loan,)."""
    owed, lost = not_negative("exposure_cny", exposure_cny), share("loss_rate", loss_rate)
    p, related = probability("default_probability", default_probability), share("correlation", correlation)
    factor = -float(ndtri(float(probability("level", level))))
    return np.asarray(owed * lost * ndtr((ndtri(p) - np.sqrt(related) * factor) / np.sqrt(1 - related)))

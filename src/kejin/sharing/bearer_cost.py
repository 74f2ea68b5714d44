"""What does a contract cost each bearer, on average and in a bad year? For one loan and for a portfolio.

Per loan, before what the bearers have agreed for all loans together:
    expected cost = probability of default x due, the due from exposure x loss rate by the contract

For a portfolio the first losses, caps and pools count. Given the common factor Z, the sum of a bearer's dues is
close to normal with the mean and variance of its parts, and what it pays of it is min(max(sum - first loss, 0), cap):
    expected  = mean over the factor of that
    stressed  = that in a year as bad as the factor's quantile at a level
The keeper bears what is left of the whole loss, so the costs add up to the expected loss.

Limits   The normal law is rough for few loans (one loan alone is exact).
         Stop levels are left out of account: they stop new loans, and a portfolio's loans are there. Rounding to the
         fen is left out too: these are averages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from kejin.errors import InputError
from kejin.numerics.one_factor import FACTOR_REACH, FactorCurve, factor_points, gathered, share_given_factor
from kejin.rule_values import Figure, from_rule
from kejin.sharing.contract import FEN_MAX, LossShare, SharingContract
from kejin.sharing.settle_claims import Loans
from kejin.sharing.split_loss import split_loss

Floats = NDArray[np.float64]
POINTS = 96
FINE_POINTS = 8001  # a cap bends the cost as a function of the factor: fine steps between the points
FEN_PER_CNY = 100.0


@dataclass(frozen=True, slots=True)
class StressRules:
    """The bad year of a profile."""

    correlation: Figure = from_rule("sharing/stress/correlation")
    level: Figure = from_rule("sharing/stress/level")


@dataclass(frozen=True, slots=True)
class RiskyLoans:
    """Loans of a portfolio; each array has one value a loan.

    exposure_cny         owed in default, >= 0.
    loss_rate            share lost before anybody shares it, from 0 to 1.
    default_probability  one year, in (0, 1).
    class_number         place in the contract's classes.
    """

    exposure_cny: Floats
    loss_rate: Floats
    default_probability: Floats
    class_number: NDArray[np.int64]

    def loss_fen(self) -> NDArray[np.int64]:
        """Loss of each loan if it defaults. Raises sharing.loss_negative, sharing.probability_outside."""
        p = self.default_probability
        if (bad := ~((p > 0) & (p < 1))).any():
            raise InputError("sharing.probability_outside", count=int(bad.sum()), first=int(np.argmax(bad)))
        good = (self.exposure_cny >= 0) & (self.loss_rate >= 0) & (self.loss_rate <= 1)
        if (bad := ~good | (self.exposure_cny * FEN_PER_CNY > FEN_MAX)).any():
            raise InputError("sharing.loss_negative", count=int(bad.sum()), first=int(np.argmax(bad)))
        return np.rint(self.exposure_cny * self.loss_rate * FEN_PER_CNY).astype(np.int64)


@dataclass(frozen=True, slots=True)
class BearerCost:
    """A bearer's cost of a year in CNY.

    uncapped   mean of its dues, without first loss and cap.
    expected   mean of what it pays.
    stressed   mean of what it pays in the bad year.
    """

    uncapped: float
    expected: float
    stressed: float


def loan_dues(loans: RiskyLoans, contract: SharingContract) -> dict[str, Floats]:
    """What each bearer owes on each loan if it defaults, CNY, before first losses and caps; the keeper has the rest."""
    free = SharingContract(
        tuple(_without_totals(share) for share in contract.shares), contract.keeper, contract.classes, contract.recovery
    )
    alike = Loans.alike(loans.class_number.size)
    dues = split_loss(loans.loss_fen(), free, Loans(loans.class_number, alike.overdue_days, alike.granted_day))
    return {name: fen / FEN_PER_CNY for name, fen in dues.items()}


def loan_cost(loans: RiskyLoans, contract: SharingContract) -> dict[str, Floats]:
    """Expected cost of each loan to each bearer, CNY a year, before first losses and caps. Shape (loan,)."""
    return {name: due * loans.default_probability for name, due in loan_dues(loans, contract).items()}


def loan_stressed_cost(
    loans: RiskyLoans, contract: SharingContract, correlation: float, level: float = 0.99
) -> dict[str, Floats]:
    """The same in a year as bad as the common factor's quantile at this level. Shape (loan,).

    Raises   sharing.correlation_outside, sharing.level_outside.
    """
    _check_stress(correlation, level)
    dues = loan_dues(loans, contract)
    chance = share_given_factor(loans.default_probability, correlation, -float(ndtri(level)))
    return {name: due * chance for name, due in dues.items()}


def portfolio_cost(
    loans: RiskyLoans, contract: SharingContract, correlation: float, level: float = 0.99, points: int = POINTS
) -> Mapping[str, BearerCost]:
    """Expected and stressed cost of the portfolio to each bearer, the keeper last.

    correlation   of the borrowers, in [0, 1).
    level         the bad year is one that is exceeded in badness with probability 1 - level.
    Raises   sharing.correlation_outside, sharing.level_outside and those of `RiskyLoans.loss_fen`.
    """
    _check_stress(correlation, level)
    dues = loan_dues(loans, contract)
    factors, _ = factor_points(points)
    threshold = ndtri(loans.default_probability) / math.sqrt(1 - correlation)
    slope = math.sqrt(correlation / (1 - correlation))
    each = np.stack([dues[name] for name in contract.bearers])
    thresholds, standing = gathered(threshold, np.concatenate([each, each**2]))
    given = ndtr(thresholds[:, None] - slope * factors)
    means = standing[: len(each)] @ given
    variances = np.maximum(standing[len(each) :] @ (given * (1.0 - given)), 0.0)
    fine = np.append(np.linspace(-FACTOR_REACH, FACTOR_REACH, FINE_POINTS), -float(ndtri(level)))
    weights = np.append(np.exp(-(fine[:-1] ** 2) / 2), 0.0)
    weights /= weights.sum()
    means, variances = FactorCurve(factors, np.stack([means, variances])).at(fine)
    whole = means.sum(axis=0)
    if loans.exposure_cny.size == 1:  # one loan fails or does not: exact
        chance = ndtr(threshold[0] - slope * fine)
        paid = {share.bearer: chance * _paid(dues[share.bearer][0], share) for share in contract.shares}
    else:
        deviations = np.sqrt(variances)
        paid = {share.bearer: _between(means[k], deviations[k], share) for k, share in enumerate(contract.shares)}
    paid[contract.keeper] = whole - sum(paid.values())
    return {
        name: BearerCost(float(means[k] @ weights), float(paid[name] @ weights), float(paid[name][-1]))
        for k, name in enumerate(contract.bearers)
    }


def _check_stress(correlation: float, level: float) -> None:
    if not 0 <= correlation < 1:
        raise InputError("sharing.correlation_outside", value=correlation)
    if not 0 < level < 1:
        raise InputError("sharing.level_outside", value=level)


def _paid(due_cny: float, share: LossShare) -> float:
    """What a bearer pays of one due when it is the only one."""
    over = max(due_cny - share.first_loss_fen / FEN_PER_CNY, 0.0)
    return over if share.total_fen_max is None else min(over, share.total_fen_max / FEN_PER_CNY)


def _without_totals(share: LossShare) -> LossShare:
    return LossShare(share.bearer, share.ratios, share.basis, share.deductible_fen, share.loan_fen_max)


def _between(mean: Floats, deviation: Floats, share: LossShare) -> Floats:
    """Mean of min(max(sum - first loss, 0), cap) for a normal sum."""
    low = share.first_loss_fen / FEN_PER_CNY
    over = _excess(mean, deviation, low)
    if share.total_fen_max is None:
        return over if low > 0 else mean
    return over - _excess(mean, deviation, low + share.total_fen_max / FEN_PER_CNY)


def _excess(mean: Floats, deviation: Floats, edge: float) -> Floats:
    """Mean of max(sum - edge, 0) for a normal sum, kept within what any sum of dues >= 0 allows."""
    if edge <= 0:
        return mean - edge
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.clip((mean - edge) / deviation, -40.0, 40.0)
    density = np.exp(-(distance**2) / 2) / math.sqrt(2 * math.pi)
    normal = (mean - edge) * ndtr(distance) + deviation * density
    found = np.where(deviation > 0, normal, np.maximum(mean - edge, 0.0))
    return np.minimum(np.maximum(found, mean - edge), mean)

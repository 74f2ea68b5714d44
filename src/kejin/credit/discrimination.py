"""How well does a score part those that default from those that do not? AUC, Gini, KS, each with an interval.

AUC is the share of pairs (one default, one not) in which the default has the higher probability, ties counting
half. Its interval is DeLong's (normal on the AUC), or a bootstrap stratified by outcome. KS is the largest distance
between the two cumulative distributions over distinct scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its interval."""

    value: float
    low: float
    high: float


def _checked(default: NDArray[np.generic], score: Floats) -> NDArray[np.bool_]:
    hit = np.asarray(default).astype(bool)
    if not 0 < hit.sum() < len(hit):
        raise InputError("credit.outcome_one_sided", feature="-")
    if (bad := ~np.isfinite(score)).any():
        raise InputError("credit.score_not_a_number", rows=int(bad.sum()))
    return hit


def auc(default: NDArray[np.generic], score: Floats) -> float:
    """Area under the ROC curve; a higher score means a likelier default. Raises credit.outcome_one_sided."""
    hit = _checked(default, score)
    ranks = _mid_ranks(score)
    bad, good = int(hit.sum()), int((~hit).sum())
    return float((ranks[hit].sum() - bad * (bad + 1) / 2) / (bad * good))


def auc_delong(default: NDArray[np.generic], score: Floats, z: float = 1.959963984540054) -> Estimate:
    """AUC with DeLong's interval (DeLong, DeLong and Clarke-Pearson 1988), by mid-ranks in O(n log n), kept in 0..1."""
    value, variance = _auc_variance(default, score)
    reach = z * float(np.sqrt(variance))
    return Estimate(value, max(value - reach, 0.0), min(value + reach, 1.0))


def auc_difference(
    default: NDArray[np.generic], score: Floats, other: Floats, z: float = 1.959963984540054
) -> Estimate:
    """AUC of `score` less AUC of `other` on the same rows, with DeLong's interval of the difference."""
    hit = _checked(default, score)
    _checked(default, other)
    parts = [_structural(hit, one) for one in (score, other)]
    value = parts[0][0] - parts[1][0]
    above, below = parts[0][1] - parts[1][1], parts[0][2] - parts[1][2]
    variance = _variance_of_mean(above) + _variance_of_mean(below)
    reach = z * float(np.sqrt(variance))
    return Estimate(value, value - reach, value + reach)


def auc_bootstrap(
    default: NDArray[np.generic], score: Floats, repeats: int = 200, level: float = 0.95, seed: int = 1
) -> Estimate:
    """AUC with a bootstrap interval (percentiles), stratified by outcome."""
    value = auc(default, score)
    return _bootstrap(default, score, value, repeats, level, seed, "auc")


def ks(default: NDArray[np.generic], score: Floats) -> float:
    """Largest distance between the cumulative distributions of the score of defaults and of others."""
    hit = _checked(default, score)
    order = np.argsort(score, kind="stable")
    return _ks_of(score[order], hit[order].astype(np.float64), (~hit[order]).astype(np.float64))


def ks_bootstrap(
    default: NDArray[np.generic], score: Floats, repeats: int = 200, level: float = 0.95, seed: int = 1
) -> Estimate:
    """KS with a bootstrap interval (percentiles), stratified by outcome. It leans upward in small samples."""
    return _bootstrap(default, score, ks(default, score), repeats, level, seed, "ks")


def _mid_ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the mean of theirs."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    group = np.cumsum(first) - 1
    starts = np.flatnonzero(first)
    ends = np.concatenate([starts[1:], [len(values)]])
    ranks = np.empty(len(values))
    ranks[order] = ((starts + 1 + ends) / 2.0)[group]
    return ranks


def _structural(hit: NDArray[np.bool_], score: Floats) -> tuple[float, Floats, Floats]:
    """AUC; for each default the share of others below it; for each other the share of defaults above it."""
    bad, good = int(hit.sum()), int((~hit).sum())
    ranks = _mid_ranks(score)
    above = (ranks[hit] - _mid_ranks(score[hit])) / good
    below = 1.0 - (ranks[~hit] - _mid_ranks(score[~hit])) / bad
    return float(above.mean()), above, below


def _variance_of_mean(values: Floats) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.0


def _auc_variance(default: NDArray[np.generic], score: Floats) -> tuple[float, float]:
    hit = _checked(default, score)
    value, above, below = _structural(hit, score)
    return value, _variance_of_mean(above) + _variance_of_mean(below)


def _ks_of(ordered: Floats, bad: Floats, good: Floats) -> float:
    """KS from scores in order with the number of defaults and of others at each."""
    gap = np.cumsum(bad) / bad.sum() - np.cumsum(good) / good.sum()
    last = np.concatenate([ordered[1:] != ordered[:-1], [True]])
    return float(np.abs(gap[last]).max())


def _bootstrap(
    default: NDArray[np.generic], score: Floats, value: float, repeats: int, level: float, seed: int, what: str
) -> Estimate:
    """Rows are drawn with replacement as counts on the ordered scores: no sorting again."""
    hit = _checked(default, score)
    rng = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(score, kind="stable")
    ordered, hits = score[order], hit[order]
    bad_at, good_at = np.flatnonzero(hits), np.flatnonzero(~hits)
    found = np.empty(repeats)
    for number in range(repeats):
        bad, good = np.zeros(len(ordered)), np.zeros(len(ordered))
        bad[bad_at] = np.bincount(rng.integers(0, len(bad_at), len(bad_at)), minlength=len(bad_at))
        good[good_at] = np.bincount(rng.integers(0, len(good_at), len(good_at)), minlength=len(good_at))
        found[number] = _ks_of(ordered, bad, good) if what == "ks" else _auc_of(ordered, bad, good)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))


def _auc_of(ordered: Floats, bad: Floats, good: Floats) -> float:
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    b, g = np.add.reduceat(bad, starts), np.add.reduceat(good, starts)
    below = np.cumsum(g) - g
    return float((b * (below + g / 2.0)).sum() / (b.sum() * g.sum()))

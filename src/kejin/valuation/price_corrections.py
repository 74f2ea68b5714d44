"""What do recorded sales say of the methods' errors? Each method moved and spread by what patents were sold for.

Where enough sales are known, a method is moved by the mean of its errors on them, each kind of right by its own as far
as its sales bear it, and its spread is scaled to their size; then the pool likewise. Two things stand between a price
and the value of a patent that was not sold, and both are read off the facts of the day:

Noise       A price is the value and the noise of bargaining. Prices of one and the same patent differ by noise alone,
            so patents that changed hands more than once tell its variance. It is taken out of the size of the errors,
            or the interval would be one of prices. With few repeated deals nothing is taken out.
Selection   Buyers choose the better patents, by what valuers see of quality (the standing in the cohort) and by what
            they do not see. Taken that both parts of the value are chosen by alike, the mean of the unseen part u
            among the sold is

                E[u | sold] - E[u] = Var(u) x (E[x | sold] - E[x]) / Var(x),     x = slope x standing

            and the methods are lowered by it; its own doubt widens the pool. Nothing is done where the slope is not
            clearly above 0.

Fitted anew in every run, so a replay finds the same.
Limits   Two prices agreed by the same parties are nearer to each other than bargaining is wide. Buyers may know less
         than the formula takes, or more.
Source   selection on what is seen as the guide to what is not: J. Altonji, T. Elder, C. Taber, Journal of Political
         Economy 113 (2005); spread between groups by moments: R. DerSimonian, N. Laird, Controlled Clinical Trials 7
         (1986). Evidence: tests/valuation/test_price_corrections.py, docs/evidence/patent_value_coverage.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kejin.valuation.market_comparables import LICENCE, SLOPE, Deals, MarketFit, standing_score
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import KINDS, Flags, Floats, Ints, PatentColumns

_SPREAD_RANGE = (0.25, 4.0)
_CLEARLY = 2.0  # standard deviations of the slope above 0


@dataclass(frozen=True, slots=True)
class Correction:
    """By how much is a method's log value moved, and its spread multiplied? From `deals` recorded sales.

    by_kind   what a kind of right is moved beyond the shift, in the order of KINDS
    """

    shift: float = 0.0
    spread: float = 1.0
    deals: int = 0
    by_kind: tuple[float, ...] = (0.0,) * len(KINDS)


@dataclass(frozen=True, slots=True)
class Selection:
    """By how much more than seen were sold patents worth, in logs, and the doubt of it (a standard deviation)."""

    shift: float = 0.0
    doubt: float = 0.0


NO_SELECTION = Selection()


def correction(
    opinion: Opinion, patents: Ints, log_prices: Floats, deals_min: int, kind: Ints, noise_variance: float = 0.0
) -> Correction:
    """What do the errors on recorded sales say of a method? No correction with fewer sales than the minimum.

    patents, log_prices   the patent and today's log price of each sale.
    kind                  of every patent, places in KINDS.
    noise_variance        of a log price round the patent's value: it is no error of the method. 0 where not known.
    """
    heard = opinion.heard[patents] if len(patents) else np.zeros(0, dtype=bool)
    count = int(heard.sum())
    if count < deals_min:
        return Correction(deals=count)
    sold = patents[heard]
    error = log_prices[heard] - opinion.mu[sold]
    shift = float(error.mean())
    by_kind = _drawn_means(error - shift, kind[sold])
    squares = (error - shift - by_kind[kind[sold]]) ** 2 - noise_variance
    scaled = float((squares / opinion.sigma[sold] ** 2).mean())
    spread = float(np.clip(np.sqrt(max(scaled, 0.0)), *_SPREAD_RANGE))
    return Correction(shift, spread, count, tuple(by_kind.tolist()))


def corrected(opinion: Opinion, by: Correction, kind: Ints) -> Opinion:
    """The opinion moved and spread. `kind` is that of each patent."""
    return Opinion(opinion.mu + by.shift + np.array(by.by_kind)[kind], opinion.sigma * by.spread)


def price_noise(deals: Deals, fit: MarketFit, repeats_min: int) -> float:
    """How far do log prices of one and the same patent lie apart? Their variance round the patent's own mean.

    What is left of a price after the years of life and the licence's part differs, within one patent, by bargaining
    alone. 0, nothing known, with fewer repeated deals than the minimum.
    """
    known = deals.patent >= 0
    rest = (deals.log_price - deals.log_years - fit.mean[LICENCE] * deals.licence)[known]
    _, place, count = np.unique(deals.patent[known], return_inverse=True, return_counts=True)
    repeats = int((count - 1).sum())
    if repeats < max(repeats_min, 1):
        return 0.0
    mean = np.bincount(place, rest) / count
    return float(((rest - mean[place]) ** 2).sum()) / repeats


def selection(patents: PatentColumns, sold: Ints, fit: MarketFit, unseen_variance: float, deals_min: int) -> Selection:
    """By how much are patents that were sold worth more than others of the same kind and standing?

    sold              the patent of each sale; compared with patents in force of the same kind.
    unseen_variance   of the log value round what is seen of it.
    """
    score, slope = standing_score(patents.quality), float(fit.mean[SLOPE])
    known = ~np.isnan(patents.quality)
    rest: Flags = known & patents.in_force
    sold = sold[known[sold]]
    clear = slope > _CLEARLY * float(np.sqrt(fit.covariance[SLOPE, SLOPE]))
    if len(sold) < max(deals_min, 2) or not clear or rest.sum() < 2:
        return Selection()
    count = np.maximum(np.bincount(patents.kind[rest], minlength=len(KINDS)), 1)
    usual = np.bincount(patents.kind[rest], score[rest], len(KINDS)) / count
    variance = float(((score - usual[patents.kind])[rest] ** 2).mean())
    beyond = score[sold] - usual[patents.kind[sold]]
    if not variance > 0.0:
        return Selection()
    by_score = unseen_variance / (slope * variance)
    return Selection(by_score * float(beyond.mean()), by_score * float(beyond.std() / np.sqrt(len(beyond))))


def without_selection(found: Correction, by: Selection, deals_min: int) -> Correction:
    """A method's correction lowered by what the sold have more; one with too few sales was not moved and stays."""
    return found if found.deals < deals_min else replace(found, shift=found.shift - by.shift)


def widened(found: Correction, sigma: float, doubt: float) -> Correction:
    """The pool's correction with the doubt of the selection. `sigma` is the pool's usual spread before it."""
    return replace(found, spread=float(np.hypot(found.spread, doubt / sigma))) if sigma > 0 else found


def _drawn_means(error: Floats, kind: Ints) -> Floats:
    """The mean error of each kind, drawn towards 0 by its own doubt against the spread between kinds (by moments)."""
    count = np.bincount(kind, minlength=len(KINDS)).astype(np.float64)
    safe = np.maximum(count, 1.0)
    mean = np.bincount(kind, error, len(KINDS)) / safe
    freedom = len(error) - int((count > 0).sum())
    if freedom < 1:
        return np.zeros(len(KINDS))
    within = float(((error - mean[kind]) ** 2).sum()) / freedom
    if within <= 0.0:
        return np.where(count > 0, mean, 0.0)
    unit = count.sum() - (count**2).sum() / count.sum()
    beyond = float((count * mean**2).sum()) / within - ((count > 0).sum() - 1)
    between = within * max(beyond, 0.0) / unit if unit > 0 else 0.0
    drawn: Floats = mean * between / (between + within / safe)
    return drawn

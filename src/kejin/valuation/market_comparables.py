"""What do recorded sales and licences of comparable patents say? A regression with prior beliefs, fitted on facts.

log(price / years left) = level + slope x standing + kind + field + (licence: part of the value) + noise

`years left` is the discounted remaining life at the day of the deal (royalty_income.remaining_years), so a longer
life is
never worth less. Beliefs before any deal come from rules: the level from the statistics of recorded licences. With few
deals the answer stays near the belief and wide; with many it follows the deals. Kinds and fields are drawn towards the
whole as far as they have few deals. The noise of prices is part of the answer: it is a statement about a price. How
large the noise is, patents tell that were sold or licensed more than once: see price_corrections.

A patent that was itself sold is drawn towards its own price, by the part of the noise that belongs to the patent.
The slope is never below 0: a better standing is never worth less.
Limits   Free and running-royalty licences have no price. Prices are as recorded, whatever else changed hands.
Source   Bayesian linear regression with a normal prior (textbook). Evidence: tests/oracle/test_market_comparables.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.special import ndtri

from kejin.valuation.figures import ValuationRules
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import KINDS, Flags, Floats, Ints, PatentColumns

FIELDS = 36  # 0 stands for an unknown field
LEVEL, SLOPE, LICENCE, FIRST_KIND = 0, 1, 2, 3
FIRST_FIELD = FIRST_KIND + len(KINDS)
SIZE = FIRST_FIELD + FIELDS
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Deals:
    """Recorded sales and licences with a price; one value a deal.

    log_price    CNY; log_years of discounted life left at the deal
    licence      a licence; otherwise the patent was sold
    patent       place of the patent among the patents valued, -1 where it is not among them
    age_years    of the patent at the deal, for nothing but the reader
    """

    log_price: Floats
    log_years: Floats
    licence: Flags
    kind: Ints
    field: Ints
    quality: Floats
    patent: Ints

    def __len__(self) -> int:
        return len(self.log_price)


@dataclass(frozen=True, slots=True)
class DealBelief:
    """What is believed before deals are seen; logs."""

    level: float
    sigma: float
    sigma_deals: float
    deviations: Floats
    slope: float
    licence: float
    own_part: float


@dataclass(frozen=True, slots=True)
class MarketFit:
    """Posterior of the coefficients, shape (SIZE,) and (SIZE, SIZE); spread of a price around them; deals used."""

    mean: Floats
    covariance: Floats
    sigma: float
    deals: int
    own_part: float


def deal_belief(rules: ValuationRules, reference_years: float) -> DealBelief:
    """The belief of the rules: statistics of licences for the level, a profile for the rest.

    reference_years   discounted years of life that a typical licensed patent has left.
    """
    prior = {key: float(row["value"]) for key, row in rules.deal_prior.rows.items()}
    latest = max(rules.licence_statistics.rows)
    year = {name: float(value) for name, value in rules.licence_statistics.rows[latest].items()}
    mean_cny = year["fixed_fee_total_cny"] / year["fixed_fee_contracts"] * year["contracts"] / year["patents"]
    fee_log = np.log(mean_cny) - prior["sigma"] ** 2 / 2  # the middle of a lognormal with this mean
    level = fee_log - np.log(prior["licence_part_mean"]) - np.log(reference_years)
    deviations = np.array([
        prior["level_sigma"], prior["slope_sigma"], prior["licence_sigma"],
        *[prior["kind_sigma"]] * len(KINDS), *[prior["field_sigma"]] * FIELDS,
    ])  # fmt: skip
    return DealBelief(
        float(level), prior["sigma"], prior["sigma_deals"], deviations, prior["slope_mean"],
        float(np.log(prior["licence_part_mean"])), prior["own_part"],
    )  # fmt: skip


def standing_score(quality: Floats) -> Floats:
    """A standing in 0..1 as a normal score within ±2.33; 0, the middle, where it is unknown."""
    return np.where(np.isnan(quality), 0.0, ndtri(np.clip(np.nan_to_num(quality, nan=0.5), 0.01, 0.99)))


def fit_market(deals: Deals, belief: DealBelief) -> MarketFit:
    """Coefficients and spread after the deals. Without a deal it is the belief."""
    mean = np.zeros(SIZE)
    mean[LEVEL], mean[SLOPE], mean[LICENCE] = belief.level, belief.slope, belief.licence
    precision, variance = np.diag(belief.deviations**-2.0), belief.sigma**2
    if not len(deals):
        return MarketFit(mean, np.diag(belief.deviations**2), belief.sigma, 0, belief.own_part)
    design = np.zeros((len(deals), SIZE))
    rows = np.arange(len(deals))
    design[:, LEVEL], design[:, SLOPE] = 1.0, standing_score(deals.quality)
    design[:, LICENCE] = deals.licence
    design[rows, FIRST_KIND + deals.kind] = 1.0
    design[rows, FIRST_FIELD + deals.field] = 1.0
    target = deals.log_price - deals.log_years
    square, product = design.T @ design, design.T @ target
    for _ in range(_ROUNDS):
        covariance = np.asarray(np.linalg.inv(precision + square / variance), dtype=np.float64)
        posterior = covariance @ (precision @ mean + product / variance)
        residual = target - design @ posterior
        explained = np.einsum("ij,jk,ik->", design, covariance, design)
        squares = belief.sigma_deals * belief.sigma**2 + residual @ residual + explained
        variance = squares / (belief.sigma_deals + len(deals))
    posterior[SLOPE] = max(posterior[SLOPE], 0.0)
    return MarketFit(posterior, covariance, float(np.sqrt(variance)), len(deals), belief.own_part)


def market_opinion(patents: PatentColumns, log_years: Floats, fit: MarketFit, *, own_deals: bool = True) -> Opinion:
    """The price at which each patent would change hands.

    log_years   log of the discounted years left of each patent.
    own_deals   draw a patent that was sold itself towards its own price.
    """
    speaks = patents.alive & np.isfinite(log_years)
    score = standing_score(patents.quality)
    mu, variance = _predicted(patents.kind, patents.field, score, fit.mean, fit.covariance)
    variance = variance + fit.sigma**2 + np.where(np.isnan(patents.quality), fit.mean[SLOPE] ** 2, 0.0)
    mu = mu + log_years
    if own_deals:
        sold = np.isfinite(patents.own_deal_log) & speaks
        gap = np.where(sold, patents.own_deal_log, 0.0) - np.where(sold, mu, 0.0)
        mu = mu + fit.own_part * gap
        variance = np.where(sold, variance * (1.0 - fit.own_part**2), variance)
    return Opinion(np.where(speaks, mu, np.nan), np.where(speaks, np.sqrt(variance), np.nan))


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _predicted(kind: Ints, field: Ints, score: Floats, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of the coefficients' sum for each patent: four of them are not zero."""
    n = len(kind)
    mu, variance = np.empty(n), np.empty(n)
    place, weight = np.zeros(4, dtype=np.int64), np.ones(4)
    place[0], place[1] = LEVEL, SLOPE
    for i in range(n):
        place[2], place[3], weight[1] = FIRST_KIND + kind[i], FIRST_FIELD + field[i], score[i]
        total, square = 0.0, 0.0
        for a in range(4):
            total += weight[a] * mean[place[a]]
            for b in range(4):
                square += weight[a] * weight[b] * covariance[place[a], place[b]]
        mu[i], variance[i] = total, square
    return mu, variance

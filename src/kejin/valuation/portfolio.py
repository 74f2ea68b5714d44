"""What are a company's patents worth together, when their values move together?

The log values of two patents of one company are correlated, more so in one field:

    rho_ij = same_company + same_field x [same field],   i != j

The sum S of dependent lognormals has no closed form. Its quantiles are taken from E[S | L] with L = sum m_j ln V_j, m_j
the mean of each value: given L the terms are lognormal and rise with L together, so the quantile of the sum is the sum

    Q(u) = sum stands_i share_i exp(mu_i + r_i sigma_i z_u + (1 - r_i^2) sigma_i^2 / 2),   r_i = corr(ln V_i, L)

It costs one pass over the patents. Since r_i <= 1, the low value of the whole is at least the sum of the low values of
its parts: the gain of diversification. The high value is held to at most the sum of the high values.
A portfolio of one live patent is that patent.

Limits   E[S | L] varies a little less than S. The risk that a right falls is taken at its expectation where two
         patents or more stand together. Both are measured against simulation in docs/models/patent_portfolio_value.md.
Source   R. Kaas, J. Dhaene, M. Goovaerts, Upper and lower bounds for sums of random variables, Insurance:
         Mathematics and Economics 27 (2000). Evidence: tests/valuation/test_portfolio.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from kejin.rule_values import RowTable
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import Floats, Ints
from kejin.valuation.rights import LEVELS, Rights


@dataclass(frozen=True, slots=True)
class Portfolios:
    """One value a company, in the order of `company`.

    patents       live patents that carry value
    low, mid, high    of the whole, CNY; NaN where a live patent has no value at all
    sums_low, sums_high   sums of the patents' own low and high values
    mean          the sum of the means, CNY
    unvalued      live patents for which no method spoke; they are left out of the sums
    """

    company: Ints
    patents: Ints
    low: Floats
    mid: Floats
    high: Floats
    sums_low: Floats
    sums_high: Floats
    mean: Floats
    unvalued: Ints


def portfolio_values(
    company: Ints,
    field: Ints,
    opinion: Opinion,
    rights: Rights,
    values: tuple[Floats, Floats, Floats],
    correlation: RowTable,
) -> Portfolios:
    """The value of each company's patents together.

    values       low, mid and high of each patent, CNY.
    correlation  rows same_company and same_field; together at most 1.
    """
    same_company, same_field = (correlation.number(key, "correlation") for key in ("same_company", "same_field"))
    assert 0 <= same_company <= same_company + same_field <= 1, "correlations of a portfolio"
    owners, owner = np.unique(company, return_inverse=True)
    size = len(owners)
    counted = opinion.heard & (rights.stands * rights.share > 0)
    part = np.where(counted, rights.stands * rights.share, 0.0)
    mu, sigma = np.where(counted, opinion.mu, 0.0), np.where(counted, opinion.sigma, 0.0)
    mean = part * np.exp(mu + sigma**2 / 2)
    weight = mean * sigma
    _, cell = np.unique(owner * 64 + field, return_inverse=True)
    whole = np.bincount(owner, weight, size)[owner]
    of_field = np.bincount(cell, weight)[cell]
    together = same_company * whole + same_field * of_field + (1.0 - same_company - same_field) * weight
    spread = np.sqrt(np.bincount(owner, weight * together, size))[owner]
    r = np.minimum(np.divide(together, spread, out=np.ones_like(together), where=spread > 0), 1.0)
    rest = (1.0 - r**2) * sigma**2 / 2
    patents = np.bincount(owner, counted, size).astype(np.int64)
    sums: list[Floats] = [
        np.asarray(np.bincount(owner, np.where(counted, value, 0.0), size), dtype=np.float64) for value in values
    ]
    whole_at = [np.bincount(owner, part * np.exp(mu + r * sigma * ndtri(level) + rest), size) for level in LEVELS]
    single = patents <= 1
    low = np.where(single, sums[0], np.maximum(whole_at[0], sums[0]))
    high = np.where(single, sums[2], np.minimum(whole_at[2], sums[2]))
    mid = np.where(single, sums[1], np.clip(whole_at[1], low, high))
    unvalued = np.bincount(owner, (rights.stands * rights.share > 0) & ~opinion.heard, size).astype(np.int64)
    return Portfolios(
        owners,
        patents,
        low,
        mid,
        high,
        sums[0],
        sums[2],
        np.asarray(np.bincount(owner, mean, size), dtype=np.float64),
        unvalued,
    )

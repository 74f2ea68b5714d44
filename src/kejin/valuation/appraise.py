"""What is each patent worth, by every method and together? The valuation of many patents in one pass over arrays.

Order: the methods speak; each is corrected by its errors on recorded sales, where there are enough; the pool; the pool is
corrected likewise; rights and floor; low, middle and high: the 80% interval and the median.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kejin.valuation.combine_opinions import (
    METHODS,
    Correction,
    Pooled,
    corrected,
    correction,
    pool,
    pool_figures,
)
from kejin.valuation.figures import ValuationRules
from kejin.valuation.market_comparables import Deals, MarketFit, deal_belief, fit_market, market_opinion
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import Flags, Floats, Ints, PatentColumns
from kejin.valuation.project_option import option_opinion
from kejin.valuation.replacement_cost import cost_opinion, floor_cny
from kejin.valuation.rights import LEVELS, Rights, reason_flags, rights_figures, rights_of, value_quantile
from kejin.valuation.royalty_income import (
    REFERENCE_YEARS,
    decay_rate,
    income_figures,
    income_opinion,
    part_of_owner,
    sure_years,
)


@dataclass(frozen=True)
class Appraisal:
    """The result, one value a patent.

    values        low, middle and high value to the owner, CNY; NaN where no method spoke
    opinions      by method, corrected, before rights and shares; `cost` is the floor's
    pooled        the pool with each method's part
    corrections   by method, and of the pool
    reasons       flags by reason code
    """

    values: tuple[Floats, Floats, Floats]
    opinions: Mapping[str, Opinion]
    pooled: Pooled
    rights: Rights
    floor_cny: Floats
    corrections: Mapping[str, Correction]
    market: MarketFit
    reasons: Mapping[str, Flags]


def appraise(
    patents: PatentColumns,
    survival: Floats,
    deals: Deals,
    rules: ValuationRules,
    renewal: Opinion | None = None,
    royalty_shift: float = 0.0,
    methods: tuple[str, ...] = METHODS,
) -> Appraisal:
    """Value every patent.

    survival       shape (patent, year), see royalty_income.
    deals          recorded prices; `patent` points into the patents.
    renewal        the opinion of the renewal method, where it was fitted.
    royalty_shift  see income_figures.
    methods        those to hear; fewer for comparisons.
    """
    figures = income_figures(rules, royalty_shift)
    decay = decay_rate(figures, patents.obsolescence_group)
    with np.errstate(divide="ignore"):
        log_years = np.log(sure_years(patents.left_years, decay))
    fit = fit_market(deals, deal_belief(rules, _typical_years(decay)))
    part = part_of_owner(patents, figures)
    heard: dict[str, Opinion] = {
        "income": income_opinion(patents, survival, figures),
        "market": market_opinion(patents, log_years, fit, own_deals=False),
        "real_option": option_opinion(patents, part, rules.real_option),
    }
    if renewal is not None:
        heard["renewal"] = renewal
    heard = {method: heard[method] for method in METHODS if method in heard and method in methods}
    sold, today = _sales(patents, deals, log_years)
    limits = pool_figures(rules)
    corrections = {method: correction(one, sold, today, limits.deals_min) for method, one in heard.items()}
    heard = {method: corrected(one, corrections[method]) for method, one in heard.items()}
    corrections["pool"] = correction(pool(heard, limits).opinion, sold, today, limits.deals_min)
    if "market" in heard:  # only now: a patent's own price would judge itself
        own = market_opinion(patents, log_years, fit)
        heard["market"] = corrected(own, corrections["market"])
    pooled = pool(heard, limits)
    opinion = corrected(pooled.opinion, corrections["pool"])
    pooled = Pooled(opinion, pooled.shares, pooled.ratio, pooled.disagree)
    cost = cost_opinion(patents, rules.replacement_cost, figures.obsolescence)
    floor = floor_cny(cost)
    right_figures = rights_figures(rules)
    rights = rights_of(patents, right_figures)
    low, mid, high = (value_quantile(opinion, rights, floor, level) for level in LEVELS)
    number = np.sum([one.heard for one in heard.values()], axis=0)
    reasons = reason_flags(
        patents, right_figures, pooled.disagree, np.log(np.maximum(floor, 1e-9)) > opinion.mu, number
    )
    return Appraisal((low, mid, high), heard | {"cost": cost}, pooled, rights, floor, corrections, fit, reasons)


def _typical_years(decay: Floats) -> float:
    """Discounted years of a life of REFERENCE_YEARS at the mean decay of the patents; 3 without patents."""
    if not len(decay):
        return 3.0
    mean = np.array([decay.mean()])
    return float(sure_years(np.array([float(REFERENCE_YEARS)]), mean)[0])


def _sales(patents: PatentColumns, deals: Deals, log_years: Floats) -> tuple[Ints, Floats]:
    """Sales of patents that are in force: the patent, and its log price brought to what is left of its life today."""
    chosen = ~deals.licence & (deals.patent >= 0)
    chosen[chosen] &= patents.in_force[deals.patent[chosen]]
    patent = deals.patent[chosen]
    price = deals.log_price[chosen] - deals.log_years[chosen] + log_years[patent]
    good = np.isfinite(price)
    return patent[good], price[good]

"""What is each patent worth, by every method and together? The valuation of many patents in passes over arrays.

Two steps, so that the second can be asked again with other inputs. `learn` fits what all patents share: prices of
comparable patents, and the correction of each method by its errors on recorded sales. `apply` lets the methods speak,
pools them, and puts rights and floor on the pool: low, middle and high, the 80% interval and the median.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kejin.valuation.combine_opinions import METHODS, Pooled, PoolFigures, pool, pool_figures
from kejin.valuation.figures import ValuationRules
from kejin.valuation.market_comparables import Deals, MarketFit, deal_belief, fit_market, market_opinion
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import Flags, Floats, Ints, PatentColumns
from kejin.valuation.price_corrections import (
    NO_SELECTION,
    Correction,
    Selection,
    corrected,
    correction,
    price_noise,
    selection,
    widened,
    without_selection,
)
from kejin.valuation.project_option import option_opinion
from kejin.valuation.replacement_cost import cost_opinion, floor_cny
from kejin.valuation.rights import (
    LEVELS,
    Rights,
    RightsFigures,
    reason_flags,
    rights_figures,
    rights_of,
    value_quantile,
)
from kejin.valuation.royalty_income import (
    REFERENCE_YEARS,
    IncomeFigures,
    decay_rate,
    income_figures,
    income_opinion,
    part_of_owner,
    sure_years,
)


@dataclass(frozen=True)
class Frame:
    """What all patents of a run share.

    corrections   by method, and of the pool
    methods       those that are heard
    price_noise   variance of a log price round the value; 0 where repeated deals are too few to tell
    selection     by how much sold patents are worth more than others that look the same
    """

    rules: ValuationRules
    income: IncomeFigures
    limits: PoolFigures
    rights: RightsFigures
    market: MarketFit
    corrections: Mapping[str, Correction]
    methods: tuple[str, ...]
    price_noise: float = 0.0
    selection: Selection = NO_SELECTION


@dataclass(frozen=True)
class Appraisal:
    """The result, one value a patent.

    values        low, middle and high value to the owner, CNY; NaN where no method spoke
    opinions      by method, corrected, before rights and shares; `cost` is the floor's
    pooled        the pool with each method's part
    reasons       flags by reason code
    """

    frame: Frame
    values: tuple[Floats, Floats, Floats]
    opinions: Mapping[str, Opinion]
    pooled: Pooled
    rights: Rights
    floor_cny: Floats
    reasons: Mapping[str, Flags]


def appraise(
    patents: PatentColumns,
    survival: Floats,
    deals: Deals,
    rules: ValuationRules,
    renewal: Opinion | None = None,
    royalty_shift: float = 0.0,
    methods: tuple[str, ...] = METHODS,
    amortisation_years: int | None = None,
) -> Appraisal:
    """Learn from the deals and value every patent: `learn`, then `apply`."""
    frame = learn(patents, survival, deals, rules, renewal, royalty_shift, methods, amortisation_years)
    return apply(patents, survival, frame, renewal)


def learn(
    patents: PatentColumns,
    survival: Floats,
    deals: Deals,
    rules: ValuationRules,
    renewal: Opinion | None = None,
    royalty_shift: float = 0.0,
    methods: tuple[str, ...] = METHODS,
    amortisation_years: int | None = None,
) -> Frame:
    """What do recorded deals say of prices, and of the methods' errors?

    survival       shape (patent, year), see royalty_income.
    deals          recorded prices; `patent` points into the patents.
    renewal        the opinion of the renewal method, where it was fitted.
    royalty_shift  see income_figures; amortisation_years likewise.
    methods        those to hear; fewer for comparisons.
    """
    figures, limits = income_figures(rules, royalty_shift, amortisation_years), pool_figures(rules)
    decay = decay_rate(figures, patents.obsolescence_group)
    fit = fit_market(deals, deal_belief(rules, _typical_years(decay)))
    bare = Frame(rules, figures, limits, rights_figures(rules), fit, {}, methods)
    heard = _opinions(patents, survival, bare, renewal, own_deals=False)
    with np.errstate(divide="ignore"):
        log_years = np.log(sure_years(patents.left_years, decay))
    sold, today = _sales(patents, deals, log_years)
    noise = price_noise(deals, fit, limits.deals_min)

    def judged(one: Opinion) -> Correction:
        return correction(one, sold, today, limits.deals_min, patents.kind, noise)

    corrections = {method: judged(one) for method, one in heard.items()}
    heard = {method: corrected(one, corrections[method], patents.kind) for method, one in heard.items()}
    together = pool(heard, limits).opinion
    corrections["pool"] = judged(together)
    better, usual = NO_SELECTION, together.sigma[sold[together.heard[sold]]]
    if corrections["pool"].deals >= limits.deals_min:
        unseen = float((usual**2).mean()) * corrections["pool"].spread ** 2
        better = selection(patents, sold, fit, unseen, limits.deals_min)
        whole = widened(corrections.pop("pool"), float(usual.mean()), better.doubt)
        corrections = {
            method: without_selection(one, better, limits.deals_min) for method, one in corrections.items()
        } | {"pool": whole}
    return Frame(rules, figures, limits, bare.rights, fit, corrections, methods, noise, better)


def apply(patents: PatentColumns, survival: Floats, frame: Frame, renewal: Opinion | None = None) -> Appraisal:
    """The value of every patent with what was learnt."""
    heard = _opinions(patents, survival, frame, renewal, own_deals=True)
    none = Correction()
    heard = {method: corrected(one, frame.corrections.get(method, none), patents.kind) for method, one in heard.items()}
    pooled = pool(heard, frame.limits)
    opinion = corrected(pooled.opinion, frame.corrections.get("pool", none), patents.kind)
    pooled = Pooled(opinion, pooled.shares, pooled.ratio, pooled.disagree)
    cost = cost_opinion(patents, frame.rules.replacement_cost, frame.income.obsolescence)
    floor, rights = floor_cny(cost), rights_of(patents, frame.rights)
    low, mid, high = (value_quantile(opinion, rights, floor, level) for level in LEVELS)
    number = np.sum([one.heard for one in heard.values()], axis=0)
    floor_holds = opinion.heard & (np.log(np.maximum(floor, 1e-9)) > opinion.mu)
    reasons = reason_flags(patents, frame.rights, pooled.disagree, floor_holds, number)
    return Appraisal(frame, (low, mid, high), heard | {"cost": cost}, pooled, rights, floor, reasons)


def _opinions(
    patents: PatentColumns, survival: Floats, frame: Frame, renewal: Opinion | None, *, own_deals: bool
) -> dict[str, Opinion]:
    """What the methods say before correction, in the order of METHODS.

    own_deals   False where methods are judged by prices: a patent's own price would judge itself.
    """
    decay = decay_rate(frame.income, patents.obsolescence_group)
    with np.errstate(divide="ignore"):
        log_years = np.log(sure_years(patents.left_years, decay))
    heard = {
        "income": income_opinion(patents, survival, frame.income),
        "market": market_opinion(patents, log_years, frame.market, own_deals=own_deals),
        "real_option": option_opinion(patents, part_of_owner(patents, frame.income), frame.rules.real_option),
    }
    if renewal is not None:
        heard["renewal"] = renewal
    return {method: heard[method] for method in METHODS if method in heard and method in frame.methods}


def _typical_years(decay: Floats) -> float:
    """Discounted years of a life of REFERENCE_YEARS at the mean decay of the patents; 3 without patents."""
    if not len(decay):
        return 3.0
    return float(sure_years(np.array([float(REFERENCE_YEARS)]), np.array([decay.mean()]))[0])


def _sales(patents: PatentColumns, deals: Deals, log_years: Floats) -> tuple[Ints, Floats]:
    """Sales of patents that are in force: the patent, and its log price brought to what is left of its life today."""
    chosen = ~deals.licence & (deals.patent >= 0)
    chosen[chosen] &= patents.in_force[deals.patent[chosen]]
    patent = deals.patent[chosen]
    price = deals.log_price[chosen] - deals.log_years[chosen] + log_years[patent]
    good = np.isfinite(price)
    return patent[good], price[good]

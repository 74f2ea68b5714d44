"""Patent values against a second derivation that knows nothing of the code."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import patent_value_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "valuation"))
from sample_patents import no_deals, patents, rules, survival

from kejin.valuation.combine_opinions import METHODS, PoolFigures, pool
from kejin.valuation.market_comparables import (
    FIRST_FIELD,
    FIRST_KIND,
    LEVEL,
    SIZE,
    SLOPE,
    Deals,
    deal_belief,
    fit_market,
    market_opinion,
    standing_score,
)
from kejin.valuation.opinion import Opinion
from kejin.valuation.price_corrections import correction
from kejin.valuation.rights import Rights, value_quantile
from kejin.valuation.royalty_income import decay_rate, income_figures, income_opinion, remaining_years, sure_years


@settings(max_examples=30)
@given(st.floats(0.0, 20.0), st.floats(0.5, 1.0), st.floats(0.0, 1.0), st.floats(1e4, 1e10))
def test_income(left: float, yearly: float, standing: float, revenue: float) -> None:
    columns = patents(3, left_years=left, quality=standing, revenue_cny=revenue)
    figures = income_figures(rules())
    curve = survival(columns, yearly)
    low, high = figures.obsolescence[columns.obsolescence_group[0]]
    worth = oracle.years(list(curve[0]), left, sum(figures.discount) / 2, (low + high) / 2)
    decay = decay_rate(figures, columns.obsolescence_group)
    assert remaining_years(curve, columns.left_years, decay)[0] == pytest.approx(worth, rel=1e-10, abs=1e-12)
    found = income_opinion(columns, curve, figures)
    if left == 0:
        assert not found.heard.any()
        return
    royalty = tuple(figures.royalty[columns.royalty_group[0]])
    expected = oracle.income_log(revenue, 1 / 3, royalty, standing, figures.share, figures.tax_rate, worth)
    assert found.mu == pytest.approx(np.full(3, expected), rel=1e-9)
    known = oracle.range_log(*figures.share)[1] + oracle.range_log(*royalty)[1] + figures.forecast_sigma**2
    assert (found.sigma**2 > known).all()  # discount and decay add theirs


def test_sure_years_are_years_without_ends() -> None:
    left = np.array([0.0, 0.3, 1.0, 7.6, 20.0])
    decay = np.full(5, 0.4)
    ones = np.ones((5, 20))
    assert sure_years(left, decay) == pytest.approx(remaining_years(ones, left, decay), rel=1e-12)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(5, 20), st.floats(0.2, 4), st.floats(0.1, 1)), min_size=1, max_size=4),
    st.floats(0, 1),
)
def test_pool(said: list[tuple[float, float, float]], correlation: float) -> None:
    reliability = np.ones(len(METHODS))
    reliability[: len(said)] = [one[2] for one in said]
    opinions = {
        method: Opinion(np.array([one[0]]), np.array([one[1]])) for method, one in zip(METHODS, said, strict=False)
    }
    found = pool(opinions, PoolFigures(reliability, correlation, 10.0, 30))
    mean, spread, parts = oracle.pool(said, correlation)
    assert found.opinion.mu[0] == pytest.approx(mean)
    assert found.opinion.sigma[0] == pytest.approx(spread)
    assert found.shares[0, : len(said)] == pytest.approx(parts)
    assert found.disagree[0] == (max(one[0] for one in said) - min(one[0] for one in said) > np.log(10.0))


def test_a_silent_method_has_no_part() -> None:
    opinions = {
        "income": Opinion(np.array([np.nan, 12.0]), np.array([np.nan, 1.0])),
        "market": Opinion(np.array([11.0, 11.0]), np.array([1.0, 1.0])),
    }
    found = pool(opinions, PoolFigures(np.ones(4), 0.5, 10.0, 30))
    assert found.opinion.mu == pytest.approx([11.0, 11.5])
    assert list(found.shares[0]) == [0.0, 0.0, 1.0, 0.0]


@settings(max_examples=40)
@given(st.floats(0, 1), st.floats(0.1, 1), st.floats(0, 2e5), st.sampled_from([0.1, 0.5, 0.9]))
def test_quantile_of_a_risky_right(stands: float, share: float, floor: float, level: float) -> None:
    opinion = Opinion(np.array([11.0]), np.array([1.1]))
    found = value_quantile(opinion, Rights(np.array([stands]), np.array([share])), np.array([floor]), level)
    expected = oracle.quantile(11.0, 1.1, stands, share, floor, level)
    assert found[0] == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_market_without_deals_is_the_belief() -> None:
    belief = deal_belief(rules(), 3.0)
    columns = patents(quality=[0.5, 0.9, 0.1, np.nan])
    found = market_opinion(columns, np.zeros(4), fit_market(no_deals(), belief))
    assert found.mu == pytest.approx(belief.level + belief.slope * standing_score(columns.quality))
    assert found.sigma[3] > found.sigma[0]  # an unknown standing widens
    mean_fee = 10_210_000_000 / 6150 * 15603 / 36794
    assert belief.level == pytest.approx(np.log(mean_fee) - 1.8**2 / 2 - np.log(0.5) - np.log(3.0))


def test_market_after_one_deal() -> None:
    """The spread of prices is held by a belief worth a billion deals: then the answer has a closed form."""
    belief = replace(deal_belief(rules(), 3.0), sigma_deals=1e9)
    one = np.array([0])
    deal = Deals(np.array([14.0]), np.array([1.0]), np.array([False]), one, one + 6, np.array([0.8]), one)
    fit = fit_market(deal, belief)
    prior = np.zeros(SIZE)
    prior[LEVEL], prior[SLOPE], prior[2] = belief.level, belief.slope, belief.licence
    design = np.zeros(SIZE)
    design[[LEVEL, FIRST_KIND, FIRST_FIELD + 6]] = 1.0
    design[SLOPE] = standing_score(np.array([0.8]))[0]
    mean, variance = oracle.market_one_deal(list(prior), list(belief.deviations), list(design), 13.0, belief.sigma)
    assert fit.mean == pytest.approx(np.array(mean), abs=1e-6)
    assert design @ fit.covariance @ design == pytest.approx(variance, rel=1e-6)


def test_a_patents_own_price_draws_it() -> None:
    fit = fit_market(no_deals(), deal_belief(rules(), 3.0))
    plain = market_opinion(patents(1), np.zeros(1), fit)
    sold = market_opinion(patents(1, own_deal_log=plain.mu + 2.0), np.zeros(1), fit)
    assert sold.mu == pytest.approx(plain.mu + 2.0 * fit.own_part)
    assert (sold.sigma < plain.sigma).all()


def test_corrections_need_enough_sales() -> None:
    opinion = Opinion(np.full(50, 10.0), np.full(50, 1.0))
    which = np.arange(50)
    prices = 12.0 + 0.5 * np.tile([-1.0, 1.0], 25)
    kind = np.zeros(50, dtype=np.int64)
    few, many = correction(opinion, which[:29], prices[:29], 30, kind), correction(opinion, which, prices, 30, kind)
    assert (few.shift, few.spread, few.deals) == (0.0, 1.0, 29)
    assert (many.shift, many.spread, many.deals) == pytest.approx((2.0, 0.5, 50))


def test_a_planted_fault_is_noticed() -> None:
    columns = patents(3)
    figures = income_figures(rules())
    wrong = replace(figures, tax_rate=0.15)
    right = income_opinion(columns, survival(columns), figures).mu
    assert income_opinion(columns, survival(columns), wrong).mu != pytest.approx(right, rel=1e-9)

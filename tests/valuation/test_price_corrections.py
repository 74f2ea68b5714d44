"""Noise, selection and kinds of right in the correction on recorded sales: known truths found again."""

from __future__ import annotations

import numpy as np
import pytest
from sample_patents import no_deals, patents, rules, survival
from scipy.special import ndtr

from kejin.valuation.appraise import learn
from kejin.valuation.market_comparables import Deals, deal_belief, fit_market
from kejin.valuation.opinion import Opinion
from kejin.valuation.price_corrections import (
    Correction,
    Selection,
    corrected,
    correction,
    price_noise,
    selection,
    without_selection,
)

SIZE = 4_000


def _deals(patent: np.ndarray, log_price: np.ndarray, licence: np.ndarray, quality: np.ndarray) -> Deals:
    zeros = np.zeros(len(patent), dtype=np.int64)
    return Deals(log_price, np.zeros(len(patent)), licence, zeros, zeros + 6, quality, patent)


def _fit(deals: Deals):
    return fit_market(deals, deal_belief(rules(), 3.0))


def test_noise_of_prices_is_found_among_patents_of_any_value() -> None:
    """Values differ by a spread of 2, two prices of one patent by bargaining of 0.7."""
    rng = np.random.default_rng(5)
    patent = np.repeat(np.arange(2_000), 2)
    log_price = 11 + 2.0 * rng.standard_normal(2_000)[patent] + 0.7 * rng.standard_normal(len(patent))
    deals = _deals(patent, log_price, np.zeros(len(patent), dtype=bool), np.full(len(patent), 0.5))
    assert price_noise(deals, _fit(deals), 30) ** 0.5 == pytest.approx(0.7, rel=0.04)


def test_a_licence_and_a_sale_of_one_patent_differ_by_the_licences_part_too() -> None:
    rng = np.random.default_rng(6)
    patent = np.repeat(np.arange(3_000), 2)
    licence = np.tile([True, False], 3_000)
    log_price = 11 + rng.standard_normal(3_000)[patent] - 1.2 * licence + 0.3 * rng.standard_normal(len(patent))
    deals = _deals(patent, log_price, licence, np.full(len(patent), 0.5))
    assert price_noise(deals, _fit(deals), 30) ** 0.5 == pytest.approx(0.3, rel=0.05)


def test_few_repeated_deals_say_nothing_of_noise() -> None:
    patent = np.concatenate([np.arange(100), np.arange(29)])
    deals = _deals(patent, np.arange(129.0), np.zeros(129, dtype=bool), np.full(129, 0.5))
    assert price_noise(deals, _fit(deals), 30) == 0.0
    assert price_noise(no_deals(), _fit(no_deals()), 30) == 0.0


def test_the_spread_is_that_of_values_and_not_of_prices() -> None:
    rng = np.random.default_rng(7)
    value = 10 + 1.5 * rng.standard_normal(SIZE)
    price = value + 0.9 * rng.standard_normal(SIZE)
    which, kind = np.arange(SIZE), np.zeros(SIZE, dtype=np.int64)
    opinion = Opinion(np.full(SIZE, 10.0), np.full(SIZE, 1.0))
    assert correction(opinion, which, price, 30, kind, 0.81).spread == pytest.approx(1.5, rel=0.04)
    assert correction(opinion, which, price, 30, kind).spread == pytest.approx((1.5**2 + 0.81) ** 0.5, rel=0.04)


def test_noise_larger_than_the_errors_leaves_a_spread() -> None:
    which, kind = np.arange(40), np.zeros(40, dtype=np.int64)
    found = correction(Opinion(np.full(40, 10.0), np.ones(40)), which, np.linspace(9.5, 10.5, 40), 30, kind, 5.0)
    assert found.spread == 0.25


def test_kinds_are_moved_as_far_as_their_sales_bear_it() -> None:
    rng = np.random.default_rng(8)
    kind = np.repeat([0, 1, 2], [500, 480, 3])
    truth = np.array([1.0, -1.0, -1.0])
    prices = 10 + truth[kind] + rng.standard_normal(len(kind))
    opinion = Opinion(np.full(len(kind), 10.0), np.ones(len(kind)))
    found = correction(opinion, np.arange(len(kind)), prices, 30, kind)
    moved = corrected(opinion, found, kind)
    for one, loose in ((0, 0.15), (1, 0.15)):
        assert moved.mu[kind == one][0] == pytest.approx(10 + truth[one], abs=loose)
    assert abs(found.by_kind[2]) < abs(prices[kind == 2].mean() - 10 - found.shift)  # three sales: drawn to the whole
    alike = correction(opinion, np.arange(len(kind)), 10 + rng.standard_normal(len(kind)), 30, kind)
    assert max(map(abs, alike.by_kind)) < 0.15


def _market(chosen_by: float, seed: int = 9) -> tuple[Selection, float]:
    """A market in which buyers choose by value, seen and unseen alike; the selection found, and the true one."""
    rng = np.random.default_rng(seed)
    seen, unseen = rng.standard_normal(60_000), 0.8 * rng.standard_normal(60_000)
    odds = 0.02 * np.exp(chosen_by * (0.6 * seen + unseen))
    sold = np.flatnonzero(rng.random(60_000) < odds)
    columns = patents(60_000, quality=ndtr(seen))
    price = 11 + 0.6 * seen[sold] + unseen[sold] + 0.5 * rng.standard_normal(len(sold))
    deals = _deals(sold, price, np.zeros(len(sold), dtype=bool), ndtr(seen[sold]))
    return selection(columns, sold, _fit(deals), 0.8**2, 30), float(unseen[sold].mean())


def test_sold_patents_that_are_better_than_they_look_are_seen_as_such() -> None:
    found, truth = _market(0.5)
    assert truth > 0.25
    assert abs(found.shift - truth) < 3 * found.doubt
    assert found.shift > 3 * found.doubt


def test_sales_by_chance_move_nothing_beyond_the_doubt() -> None:
    found, truth = _market(0.0)
    assert abs(truth) < 0.1
    assert abs(found.shift) < 3 * found.doubt


def test_no_selection_without_sales_or_without_a_clear_slope() -> None:
    columns = patents(200, quality=np.linspace(0.01, 0.99, 200))
    few = np.arange(20)
    assert selection(columns, few, _fit(no_deals()), 1.0, 30) == Selection()
    many = np.arange(100, 200)
    assert selection(columns, many, _fit(no_deals()), 1.0, 30) == Selection()  # the belief alone is not clear


def test_a_method_without_sales_is_not_lowered() -> None:
    by = Selection(0.4, 0.1)
    assert without_selection(Correction(deals=3), by, 30) == Correction(deals=3)
    assert without_selection(Correction(1.0, 0.8, 90), by, 30).shift == pytest.approx(0.6)


def test_the_run_says_what_it_took_for_noise_and_selection() -> None:
    """Through the front door: every method but those without sales is lowered by the same step."""
    rng = np.random.default_rng(10)
    size = 400
    columns = patents(size, quality=rng.random(size), company=np.arange(size))
    value = 11 + 2.0 * (columns.quality - 0.5) + 0.8 * rng.standard_normal(size)
    patent = np.repeat(np.flatnonzero(value > 11.3), 2)
    price = value[patent] + 0.5 * rng.standard_normal(len(patent))
    deals = Deals(
        price, np.zeros(len(patent)), np.zeros(len(patent), dtype=bool), columns.kind[patent], columns.field[patent],
        columns.quality[patent], patent,
    )  # fmt: skip
    shared = learn(columns, survival(columns), deals, rules())
    assert shared.price_noise**0.5 == pytest.approx(0.5, rel=0.15)
    assert shared.selection.shift > 0.1
    assert set(shared.corrections) == {"income", "market", "real_option", "pool"}
    assert shared.corrections["real_option"] == Correction()

"""What always holds of binning, scorecards and stability, whatever the rows are."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.credit.bin_feature import BinnedFeature, BinningSettings, bin_categorical, bin_numeric
from kejin.credit.calibration import fit_calibration, probability_of, shift_to_rate
from kejin.credit.discrimination import auc
from kejin.credit.few_defaults import pluto_tasche
from kejin.credit.stability import stability_index

SETTINGS = BinningSettings(prebins_max=20, bins_max=4, share_min=0.05, defaults_min=2)


def _rows(seed: int, size: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=size), int(rng.integers(0, 3)))
    values[rng.random(size) < 0.1] = np.nan
    chance = 1 / (1 + np.exp(1.5 - rng.normal() * np.nan_to_num(values)))
    default = (rng.random(size) < chance).astype(np.uint8)
    default[:2] = (0, 1)
    return values, default


def _rates(feature: BinnedFeature) -> list[float]:
    return [b / (g + b) for g, b in zip(feature.good[:-1], feature.bad[:-1], strict=True)]


@given(st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    values, default = _rows(seed)
    order = np.random.default_rng(seed + 1).permutation(len(values))
    one, place = bin_numeric("x", values, default, SETTINGS)
    other, moved = bin_numeric("x", values[order], default[order], SETTINGS)
    assert one == other
    assert (place[order] == moved).all()


@given(st.integers(0, 10_000), st.sampled_from(["rising", "falling", "monotone"]))
def test_the_trend_holds(seed: int, trend: str) -> None:
    values, default = _rows(seed)
    feature, _ = bin_numeric("x", values, default, SETTINGS, trend)  # type: ignore[arg-type]
    steps = np.diff(_rates(feature))
    if trend == "rising" or feature.trend == "rising":
        assert (steps > 0).all()
    elif trend == "falling" or feature.trend == "falling":
        assert (steps < 0).all()
    assert feature.bins <= SETTINGS.bins_max
    known = int((~np.isnan(values)).sum())
    sizes = np.array(feature.good[:-1]) + np.array(feature.bad[:-1])
    assert sizes.sum() == known
    if feature.bins > 1:
        assert (sizes >= SETTINGS.share_min * known).all()


@given(st.integers(0, 10_000))
def test_missing_has_its_own_bin(seed: int) -> None:
    values, default = _rows(seed)
    feature, place = bin_numeric("x", values, default, SETTINGS)
    assert ((place == feature.bins) == np.isnan(values)).all()
    gone = np.isnan(values)
    assert feature.bad[-1] == default[gone].sum()
    codes = [None if gone[k] else str(int(values[k])) for k in range(len(values))]
    coded, where = bin_categorical("c", codes, default, SETTINGS)
    assert ((where == coded.bins) == gone).all()


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(lambda counts: sum(counts) > 0))
def test_equal_populations_are_stable(counts: list[int]) -> None:
    assert stability_index(counts, counts) == 0.0
    assert math.isclose(stability_index(counts, [3 * one for one in counts]), 0.0, abs_tol=1e-12)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=8), st.lists(st.integers(1, 1000), min_size=8, max_size=8))
def test_stability_is_symmetric_and_not_negative(one: list[int], other: list[int]) -> None:
    other = other[: len(one)]
    assert stability_index(one, other) >= 0
    assert math.isclose(stability_index(one, other), stability_index(other, one), rel_tol=1e-9, abs_tol=1e-12)


@given(st.integers(0, 10_000), st.floats(0.001, 0.5))
@settings(max_examples=30)
def test_the_long_run_rate_is_met_and_the_order_kept(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=200)
    assert math.isclose(probability_of(x + shift_to_rate(x, rate)).mean(), rate, rel_tol=1e-9)
    default = (rng.random(200) < probability_of(x - 1)).astype(np.uint8)
    default[:2] = (0, 1)
    for kind in ("platt", "isotonic"):
        fitted = fit_calibration(x, default, kind, long_run_rate=rate)  # type: ignore[arg-type]
        found = fitted.probability(np.sort(x))
        assert (np.diff(found) >= -1e-15).all()
        assert math.isclose(fitted.probability(x).mean(), rate, rel_tol=1e-9)


@given(st.integers(0, 10_000))
def test_auc_turns_round_with_the_score(seed: int) -> None:
    values, default = _rows(seed)
    score = np.nan_to_num(values)
    assert math.isclose(auc(default, score) + auc(default, -score), 1.0, abs_tol=1e-12)
    assert math.isclose(auc(default, score), auc(default, 3 * score + 7), abs_tol=1e-12)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), st.floats(0.5, 0.99))
def test_prudent_bounds_rise_with_the_grade_and_the_confidence(companies: list[int], confidence: float) -> None:
    none = [0] * len(companies)
    bounds = pluto_tasche(companies, none, confidence)
    assert list(bounds) == sorted(bounds)
    assert all(b < c for b, c in zip(bounds, pluto_tasche(companies, none, (1 + confidence) / 2), strict=True))

"""Fitting, calibrating, challenging: what a default model must keep to, on rows whose truth is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from scored_rows import FEATURES, SETTINGS, rows

from kejin.credit.bin_feature import BinningSettings, bin_categorical, bin_numeric
from kejin.credit.calibration import fit_calibration
from kejin.credit.challenger import BoostSettings, fit_challenger
from kejin.credit.discrimination import auc, auc_bootstrap, auc_delong, auc_difference, ks
from kejin.credit.fit_default import CalibrationPlan, fit_default_scorecard, fold_of
from kejin.credit.fit_logistic import fit_on_columns
from kejin.credit.fit_scorecard import FitSettings, fit_scorecard
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.reject_inference import fit_with_rejects
from kejin.credit.score_arrays import probabilities
from kejin.errors import InputError


def test_logistic_fit_is_the_known_optimum() -> None:
    """Against scikit-learn, with the same penalty."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(1)
    x = rng.normal(size=(800, 3))
    y = (rng.random(800) < 1 / (1 + np.exp(-(x @ [1.0, -0.5, 0.0] - 1)))).astype(np.uint8)
    ours = fit_on_columns(x, y, ridge=2.0).weights
    theirs = LogisticRegression(C=0.5, tol=1e-12, max_iter=1000).fit(x, y)
    assert ours == pytest.approx([*theirs.intercept_, *theirs.coef_[0]], abs=1e-5)


def test_calibrated_out_of_sample_and_by_stage() -> None:
    columns, default = rows(12_000)
    plan = CalibrationPlan("platt", "stage", folds=3)
    card = fit_default_scorecard(columns, default, FEATURES, np.arange(len(default)), SETTINGS, plan).scorecard
    later, outcome = rows(12_000, seed=77)
    found = probabilities(card, later)
    assert auc(outcome, found) > 0.72
    for stage in ("start_up", "growth", "mature"):
        own = later["stage"] == stage
        spread = np.sqrt(found[own].sum()) / own.sum()
        assert abs(found[own].mean() - outcome[own].mean()) < 4 * spread
    assert card.calibration.stage_shift["start_up"] > card.calibration.stage_shift["growth"] + 0.3


def test_challenger_is_monotone_repeatable_and_explained() -> None:
    columns, default = rows()
    settings = BoostSettings(rounds=40, threads=1)
    one = fit_challenger(columns, default, FEATURES, settings)
    assert fit_challenger(columns, default, FEATURES, settings).trees == one.trees
    assert auc(default, one.log_odds(columns)) > 0.72
    parts = one.contributions(columns)
    assert parts.sum(axis=1) == pytest.approx(one.log_odds(columns), abs=1e-9)
    grid: dict[str, Any] = {name: np.repeat(np.asarray(values[:1]), 50) for name, values in columns.items()}
    grid["margin"] = np.linspace(-3, 3, 50)
    assert (np.diff(one.log_odds(grid)) <= 1e-12).all()
    assert all(len(reasons) <= 4 for reasons in one.reasons(columns))


def test_folds_keep_a_company_together() -> None:
    groups = np.array(["a", "b", "a", "c", "b", "a"])
    fold = fold_of(groups, 2)
    assert len(set(fold[groups == "a"])) == 1
    assert (fold_of(groups[::-1], 2)[::-1] == fold).all()


def test_refused_applicants_count_only_when_asked() -> None:
    columns, default = rows(3000)
    rejects, _ = rows(1500, seed=9)
    rejects["margin"] = rejects["margin"] - 1.5
    without = fit_with_rejects(columns, default, FEATURES, SETTINGS, rejects)
    assert without.scorecard == fit_scorecard(columns, default, FEATURES, SETTINGS).scorecard
    with_them = fit_with_rejects(columns, default, FEATURES, SETTINGS, rejects, "fuzzy")
    assert with_them.scorecard.provenance["reject_inference"] == "fuzzy"
    assert with_them.scorecard.intercept != without.scorecard.intercept
    with pytest.raises(InputError) as caught:
        fit_with_rejects(columns, default, FEATURES, SETTINGS, rejects, "fuzzy", odds_factor=0.5)
    assert caught.value.code == "credit.odds_factor_wrong"


def test_intervals_of_the_area_agree() -> None:
    rng = np.random.default_rng(4)
    default = (rng.random(3000) < 0.1).astype(np.uint8)
    score = rng.normal(size=3000) + 0.8 * default
    delong, drawn = auc_delong(default, score), auc_bootstrap(default, score, 400)
    assert delong.value == drawn.value
    assert (delong.low, delong.high) == pytest.approx((drawn.low, drawn.high), abs=0.006)
    same = auc_difference(default, score, score)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert ks(default, score) > ks(default, rng.normal(size=3000))


@pytest.mark.parametrize(
    ("code", "work"),
    [
        ("credit.outcome_one_sided", lambda c, d: fit_scorecard(c, np.zeros_like(d), FEATURES)),
        ("credit.outcome_wrong", lambda c, d: fit_scorecard(c, np.where(d == 1, np.nan, 0.0), FEATURES)),
        ("credit.feature_missing", lambda c, d: fit_scorecard({"age": c["age"]}, d, FEATURES)),
        ("credit.nothing_tells", lambda c, d: fit_scorecard(c, d, FEATURES, FitSettings(iv_min=9.0))),
        ("credit.feature_infinite", lambda c, d: bin_numeric("x", c["age"] / 0.0, d, BinningSettings())),
        (
            "credit.categories_too_many",
            lambda c, d: bin_categorical("x", [str(k) for k in range(len(d))], d, BinningSettings()),
        ),
        ("credit.binning_settings_wrong", lambda c, d: BinningSettings(prebins_max=1)),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bad_input_is_a_sentence(code: str, work: Any) -> None:
    columns, default = rows(600)
    with pytest.raises(InputError) as caught:
        work(columns, default)
    assert caught.value.code == code
    assert caught.value.text("zh")


def _record() -> RegisteredModel:
    return RegisteredModel(
        "default", "1", "credit_approval", "high", "maker", date(2025, 6, 30), "a" * 64, "b" * 64, "c" * 64, "d" * 64
    )


def test_a_use_without_validation_says_so() -> None:
    def codes(model: RegisteredModel, day: date) -> list[str]:
        return [notice.code for notice in model.notices(day)]

    record = _record()
    assert codes(record, date(2025, 7, 1)) == ["credit.model_not_validated", "credit.model_person_decides"]
    with pytest.raises(InputError) as caught:
        record.validated(date(2025, 7, 2), "maker", 12)
    assert caught.value.code == "credit.validator_is_owner"
    checked = record.validated(date(2025, 7, 2), "checker", 12)
    assert codes(checked, date(2025, 7, 1))[0] == "credit.model_not_validated"
    assert codes(checked, date(2026, 7, 2)) == ["credit.model_person_decides"]
    assert checked.usable(date(2026, 7, 2))
    assert codes(checked, date(2026, 7, 3))[0] == "credit.model_validation_ended"
    assert not checked.usable(date(2026, 7, 3))
    gone = checked.retired(date(2026, 1, 1))
    assert codes(gone, date(2026, 1, 1))[0] == "credit.model_retired"
    assert codes(checked, date(2025, 6, 1))[0] == "credit.model_later_than_day"
    assert RegisteredModel.from_dict(gone.as_dict()) == gone


def test_slope_within_cohorts_is_not_flattened_by_years_of_different_rates() -> None:
    """True log-odds are level of the year + 1 * x; levels that differ much flatten the slope over all years."""
    rng = np.random.default_rng(5)
    year = rng.integers(0, 4, 40_000)
    x = rng.normal(-2.0, 1.0, len(year))
    truth = np.array([-2.5, 1.0, -1.5, 2.0])[year] + x
    default = (rng.random(len(x)) < 1.0 / (1.0 + np.exp(-truth))).astype(np.uint8)
    pooled, within = (fit_calibration(x, default, cohort=codes) for codes in (None, year))
    assert pooled.slope < 0.85
    assert within.slope == pytest.approx(1.0, abs=0.05)
    for fitted in (pooled, within):  # the level is that of all rows, either way
        assert fitted.probability(x).mean() == pytest.approx(default.mean(), abs=1e-6)


def test_missing_values_of_one_kind_tell_as_much_as_their_rows_bear() -> None:
    rng = np.random.default_rng(6)
    values = rng.normal(0.0, 1.0, 4_000)
    default = (rng.random(4_000) < 0.05).astype(np.uint8)
    values[:40], default[:40] = np.nan, 1  # forty without a value, all of them bad
    values[40:43], default[40:43] = np.nan, 0
    many, _ = bin_numeric("a", values, default, BinningSettings(defaults_min=5))
    good, bad = 3, 40
    odds = (len(default) - default.sum()) / default.sum()
    assert many.woe[-1] == pytest.approx(np.log((good + odds) / (bad + 1) / odds))
    assert many.woe[-1] < -2.0
    values[:40] = 0.0
    few, _ = bin_numeric("a", values, default, BinningSettings(defaults_min=5))  # three good rows say little
    assert 0.0 < few.woe[-1] < 0.35
    none, _ = bin_numeric("a", np.nan_to_num(values), default, BinningSettings(defaults_min=5))
    assert none.woe[-1] == 0.0

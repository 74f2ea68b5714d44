"""The fit: recovers what made the data, keeps and gives back models, refuses what says nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cohorts import benchmark

from kejin.errors import InputError
from kejin.valuation.life_curve import life_model_from_json
from kejin.valuation.life_fit import fit_life
from kejin.valuation.renewal_events import events_from_years
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_fit import Prior, fit_renewal, renewal_log_likelihood
from kejin.valuation.renewal_model import model_text, renewal_model_from_json
from kejin.valuation.renewal_state import current_state
from kejin.valuation.shipped_model import shipped_life, shipped_renewal

recovery = benchmark("renewal_recovery")
STATE = current_state(np.zeros(2, dtype=np.int64), np.array([4.5, 11.0]), np.ones(2, dtype=bool), np.array([3.0, 3.0]))


def test_one_cohort_is_found_again() -> None:
    truth = recovery.Truth()
    model = fit_renewal(recovery.simulated(truth, 6_000, 7), recovery.FEES)
    found = recovery.estimates(model)
    # Four standard errors of the published experiment (docs/evidence/renewal.md), scaled to this many patents.
    near = {"university": 0.5, "log_claims": 0.4, "sd_log": 0.9, "decay": 0.12, "decision_sd_log": 0.45}
    for name, width in near.items():
        assert found[name][0] == pytest.approx(getattr(truth, name), abs=width)
        assert found[name][1] < found[name][0] < found[name][2]
    # The likeliest model is at least as likely as the truth.
    events = recovery.simulated(truth, 6_000, 7)
    scale = np.log([truth.sd_log, -np.log1p(-truth.decay), truth.decision_sd_log])
    centre = model.design.terms[1].mean
    level = truth.level + truth.log_claims * (centre - np.log(6.5))
    real = replace(model, effects=np.array([level, truth.university, truth.log_claims]), scale=scale)
    score = renewal_log_likelihood(model, events, recovery.FEES).sum()
    assert score >= renewal_log_likelihood(real, events, recovery.FEES).sum() - 1e-6
    assert score == pytest.approx(model.about["log_likelihood"])


@pytest.mark.slow
def test_intervals_hold_the_truth() -> None:
    """A small version of the benchmark: 20 cohorts; 90% intervals may miss as chance allows."""
    truth = recovery.Truth()
    for name, values in recovery.recovery(truth, 2_500, 20, seed=3).items():
        known = ~np.isnan(values[:, 1])
        held = (values[known, 1] <= getattr(truth, name)) & (getattr(truth, name) <= values[known, 2])
        assert held.mean() >= 0.70, name  # three standard errors of a share of 0.90 among 20
        spread = values[:, 0].std() / np.sqrt(len(values))
        assert abs(np.median(values[:, 0]) - getattr(truth, name)) < 5 * spread + 0.02, name


def test_a_prior_pulls_and_narrows() -> None:
    events = recovery.simulated(recovery.Truth(), 800, 11)
    free = fit_renewal(events, recovery.FEES)
    held = fit_renewal(events, recovery.FEES, prior=Prior((1.8, 0.1), (0.12, 0.3)))
    assert abs(np.log(held.sd_log / 1.8)) <= abs(np.log(free.sd_log / 1.8))
    assert held.covariance[-3, -3] < 0.1**2 * 1.01
    assert held.about["log_likelihood"] <= free.about["log_likelihood"] + 1e-6


def test_too_few_lapses_are_refused() -> None:
    kind = np.array(["invention"] * 50, dtype=object)
    years = np.full(50, 4)
    events = events_from_years(kind, years, years + 3, np.arange(50) < 20, {}, {"invention": 20})
    with pytest.raises(InputError) as caught:
        fit_renewal(events, recovery.FEES)
    assert caught.value.code == "valuation.too_few_lapses"


def test_models_come_back_as_they_were() -> None:
    events = recovery.simulated(recovery.Truth(), 1_000, 5)
    model = fit_renewal(events, recovery.FEES)
    text = model_text(model.as_json())
    back = renewal_model_from_json(json.loads(text))
    assert model_text(back.as_json()) == text
    life = fit_life(events, recovery.FEES, renewal=model)
    again = life_model_from_json(json.loads(model_text(life.as_json())))
    columns = {"claims": np.array([3.0, np.nan])}
    mine, theirs = (one.in_force(columns, STATE, recovery.FEES, 12) for one in (life, again))
    assert (mine == theirs).all()
    for broken in ({}, {"format": 9, "model": "renewal"}, model.as_json() | {"values": [1.0]}):
        with pytest.raises(InputError) as caught:
            renewal_model_from_json(broken)
        assert caught.value.code == "valuation.model_file_wrong"


def test_lives_foretell_as_many_lapses_as_were_seen() -> None:
    """By age, for the rows the model was fitted on; late entry counted."""
    events = recovery.simulated(recovery.Truth(), 3_000, 2)
    life = fit_life(events, recovery.FEES)
    for decision in (4, 7, 10, 13):
        faced = (events.first_year <= decision) & (
            (events.paid_year > decision) | (events.lapsed & (events.paid_year == decision))
        )
        own = events.chosen(np.asarray(faced))
        rows = len(own)
        age = np.full(rows, decision - 0.5)
        state = current_state(np.zeros(rows, dtype=np.int64), age, np.ones(rows, dtype=bool), own.first_year - 1.0)
        told = (1 - life.in_force(own.columns, state, recovery.FEES, 1)[:, 0]).sum()
        assert told == pytest.approx((own.lapsed & (own.paid_year == decision)).sum(), rel=1e-6)


def test_effects_on_life_are_found_with_late_entry() -> None:
    rng = np.random.default_rng(1)
    rows = 8_000
    university = rng.random(rows) < 0.5
    first, last = rng.integers(1, 9, rows), rng.integers(9, 20, rows)
    end = first + rng.geometric(-np.expm1(-0.06 * np.exp(0.7 * university))) - 1
    lapsed = end < last
    columns = {"owner_kind": np.where(university, "university", "company").astype(object)}
    kind = np.array(["invention"] * rows, dtype=object)
    events = events_from_years(kind, first, np.where(lapsed, end, last), lapsed, columns, {"invention": 20})
    life = fit_life(events, FeeSchedule({"invention": (900.0,) * 20})).kinds["invention"]
    effect = life.effects[0] if life.design.names[1].endswith("university") else -life.effects[0]
    assert effect == pytest.approx(0.7, abs=0.1)


def test_shipped_models_say_what_they_are() -> None:
    model, life = shipped_renewal(), shipped_life()
    assert model.about["lapses"] >= 900
    assert "extrapolation" in model.about["limits"]
    assert model.about["level_sd_log"] > 0.5
    schedule = FeeSchedule({"invention": (900.0,) * 20, "utility_model": (600.0,) * 10})
    state = current_state(np.array([0, 1]), np.array([4.5, 4.5]), np.ones(2, dtype=bool), np.array([3.0, 1.0]))
    curve = life.in_force({}, state, schedule, 10)
    assert curve[1, 5] == 0  # the term of a utility model
    assert (curve[:, 0] > 0.7).all()
    text = Path(__file__).resolve().parents[2].joinpath("src/kejin/valuation/fitted/renewal_cn_2002.json").read_text()
    assert "CN0" not in text  # parameters only, no rows

"""What must hold of values and lives whatever the parameters: order, scale, ends, missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_state import PatentState, RemainingValue, ReturnProcess, current_state
from kejin.valuation.renewal_value import kept_chance, remaining_value
from kejin.valuation.shipped_model import shipped_life, shipped_renewal

FEES = (900.0,) * 3 + (1200.0,) * 3 + (2000.0,) * 3 + (4000.0,) * 3 + (6000.0,) * 3 + (8000.0,) * 5
SCHEDULE = FeeSchedule({"invention": FEES})
LEVELS = (0.1, 0.5, 0.9)

means = st.floats(7.0, 13.0)
spreads = st.floats(0.7, 2.5)
decays = st.floats(0.0, 0.4)
noises = st.one_of(st.just(0.0), st.floats(0.4, 3.0))
ages = st.floats(0.0, 19.9)


def _state(age: float, granted: bool = True, alive: bool = True) -> PatentState:
    grant = np.array([min(3.2, age) if granted else np.nan])
    return current_state(np.array([0]), np.array([age]), np.array([alive]), grant)


def _value(
    mean: float,
    spread: float,
    state: PatentState,
    process: ReturnProcess,
    schedule: FeeSchedule = SCHEDULE,
    discount: float = 0.1,
) -> RemainingValue:
    return remaining_value(np.array([mean]), np.array([spread]), state, schedule, process, discount, LEVELS)


def _not_below(high: RemainingValue, low: RemainingValue) -> None:
    # A quantile lies on a grid that moves with the parameters: one part in a hundred is the grid's.
    assert (high.quantiles >= low.quantiles * 0.99 - 1e-6).all()
    assert (high.mean >= low.mean * 0.999 - 1e-6).all()


@settings(max_examples=60)
@given(means, spreads, decays, st.floats(0.02, 0.3), noises, ages, st.booleans())
def test_lower_decay_never_lowers_a_value(
    mean: float, spread: float, decay: float, more: float, noise: float, age: float, granted: bool
) -> None:
    slow = _value(mean, spread, _state(age, granted), ReturnProcess(decay, noise))
    fast = _value(mean, spread, _state(age, granted), ReturnProcess(decay + more, noise))
    _not_below(slow, fast)


@settings(max_examples=40)
@given(means, spreads, decays, noises, ages, st.integers(1, 5), st.booleans())
def test_a_longer_term_never_lowers_a_value(
    mean: float, spread: float, decay: float, noise: float, age: float, longer: int, granted: bool
) -> None:
    long = FeeSchedule({"invention": FEES + (9000.0,) * longer})
    state, process = _state(age, granted), ReturnProcess(decay, noise)
    _not_below(_value(mean, spread, state, process, long), _value(mean, spread, state, process))
    curves = [kept_chance(np.array([mean]), np.array([spread]), state, one, process, 22) for one in (long, SCHEDULE)]
    assert (curves[0] >= curves[1] - 1e-12).all()


@settings(max_examples=40)
@given(means, spreads, decays, noises, ages, st.floats(0.01, 100.0))
def test_money_in_another_unit_scales_the_value(
    mean: float, spread: float, decay: float, noise: float, age: float, factor: float
) -> None:
    plain = _value(mean, spread, _state(age), ReturnProcess(decay, noise))
    scaled = _value(mean + np.log(factor), spread, _state(age), ReturnProcess(decay, noise), SCHEDULE.scaled(factor))
    assert scaled.quantiles == pytest.approx(plain.quantiles * factor, rel=5e-3)
    assert scaled.mean == pytest.approx(plain.mean * factor, rel=1e-5)


@settings(max_examples=30)
@given(means, spreads, decays, noises, ages, st.floats(0.0, 0.3))
def test_dearer_money_never_raises_a_value(
    mean: float, spread: float, decay: float, noise: float, age: float, more: float
) -> None:
    process = ReturnProcess(decay, noise)
    cheap = _value(mean, spread, _state(age), process, discount=0.05)
    _not_below(cheap, _value(mean, spread, _state(age), process, discount=0.05 + more))


@settings(max_examples=30)
@given(means, spreads, decays, noises, ages)
def test_what_ended_is_worth_nothing_from_that_day(
    mean: float, spread: float, decay: float, noise: float, age: float
) -> None:
    process = ReturnProcess(decay, noise)
    for state in (_state(age, alive=False), _state(20.0), _state(25.5)):
        worth = _value(mean, spread, state, process)
        assert (worth.quantiles == 0).all()
        assert (worth.mean == 0).all()
        assert (worth.zero == 1).all()
        assert np.isnan(worth.mean_log).all()
        assert (kept_chance(np.array([mean]), np.array([spread]), state, SCHEDULE, process, 5) == 0).all()


@settings(max_examples=40)
@given(means, spreads, decays, noises, ages, st.booleans())
def test_quantiles_rise_and_curves_fall(
    mean: float, spread: float, decay: float, noise: float, age: float, granted: bool
) -> None:
    state, process = _state(age, granted), ReturnProcess(decay, noise)
    worth = _value(mean, spread, state, process)
    assert (np.diff(worth.quantiles[:, 0]) >= 0).all()
    assert (worth.quantiles >= 0).all()
    curve = kept_chance(np.array([mean]), np.array([spread]), state, SCHEDULE, process, 21)[0]
    assert ((curve >= 0) & (curve <= 1 + 1e-9)).all()
    assert (np.diff(curve) <= 1e-9).all()
    assert curve[-1] == 0


@given(st.floats(0.0, 19.9), st.booleans())
@settings(max_examples=15)
def test_what_is_missing_widens_the_answer(age: float, know_owner: bool) -> None:
    model, state = shipped_renewal(), _state(age)
    known = {"owner_kind": np.array(["company"], dtype=object), "claims": np.array([7.0])}
    unknown = dict(known)
    if know_owner:
        unknown["claims"] = np.array([np.nan])
    else:
        unknown["owner_kind"] = np.array([None], dtype=object)
    narrow, wide = (model.returns(columns, 1)[1][0] for columns in (known, unknown))
    assert wide > narrow
    worth = model.value(unknown, state, SCHEDULE, 0.1)
    assert (worth.mean > 0).all()


@given(ages, st.integers(1, 25))
@settings(max_examples=20)
def test_the_three_ends_and_life_add_up(age: float, years: int) -> None:
    ends = shipped_life().ends({}, _state(age), SCHEDULE, years)
    whole = ends.in_force + ends.lapsed + ends.invalid + ends.expired
    assert whole == pytest.approx(np.ones_like(whole))
    assert (ends.lapsed >= -1e-12).all()
    assert ends.in_force == pytest.approx(shipped_life().in_force({}, _state(age), SCHEDULE, years), abs=1e-12)


def test_one_patent_and_many_have_one_answer() -> None:
    """A patent's answer moves with its neighbours by the grid only, which is a small part of a percent."""
    age = np.linspace(0.5, 19.5, 40)
    many = current_state(np.zeros(40, dtype=np.int64), age, np.ones(40, dtype=bool), np.minimum(age, 3.0))
    together = shipped_renewal().value({}, many, SCHEDULE, 0.1)
    for place in (0, 7, 39):
        alone = shipped_renewal().value({}, many.chosen(np.array([place])), SCHEDULE, 0.1)
        assert alone.quantiles[:, 0] == pytest.approx(together.quantiles[:, place], rel=5e-3)
        assert alone.mean[0] == pytest.approx(together.mean[place], rel=1e-6)

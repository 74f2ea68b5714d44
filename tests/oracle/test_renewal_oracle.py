"""Renewal model against a second derivation: worth, life and likelihood, with and without noise in decisions."""

from __future__ import annotations

import numpy as np
import pytest
import renewal_oracle as oracle

from kejin.valuation.covariates import Design
from kejin.valuation.renewal_events import events_from_years
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_fit import _data, _log_likelihood, renewal_log_likelihood
from kejin.valuation.renewal_model import RenewalModel
from kejin.valuation.renewal_state import PatentState, ReturnProcess
from kejin.valuation.renewal_value import kept_chance, remaining_value

FEES = [900.0] * 3 + [1200.0] * 3 + [2000.0] * 3 + [4000.0] * 3 + [6000.0] * 3 + [8000.0] * 5
SCHEDULE = FeeSchedule({"invention": tuple(FEES)})
DISCOUNT = 0.1
# mean, spread, decay, noise, age, first fee year, last fee year paid
CASES = [
    (9.0, 1.8, 0.15, 0.0, 0.0, 0, 0),
    (9.0, 1.8, 0.15, 0.0, 6.25, 3, 7),
    (8.0, 1.2, 0.05, 0.0, 11.5, 3, 11),  # the fee of the running year is not paid yet
    (9.5, 1.5, 0.10, 0.8, 0.0, 0, 0),
    (9.5, 1.5, 0.10, 0.8, 4.0, 3, 5),
    (9.5, 1.5, 0.10, 2.5, 12.75, 4, 13),
    (8.0, 2.2, 0.02, 3.0, 9.5, 2, 9),
    (12.0, 1.0, 0.30, 1.0, 19.5, 4, 20),
]


def _state(age: float, first: int, paid: int) -> PatentState:
    one = np.array([True])
    return PatentState(np.array([0]), np.array([age]), np.array([first]), np.array([paid]), one)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_worth(case: tuple[float, float, float, float, float, int, int]) -> None:
    mean, spread, decay, noise, age, first, paid = case
    levels = (0.1, 0.5, 0.9)
    found = remaining_value(
        np.array([mean]),
        np.array([spread]),
        _state(age, first, paid),
        SCHEDULE,
        ReturnProcess(decay, noise),
        DISCOUNT,
        levels,
    )
    told = oracle.mean_worth(mean, spread, FEES, age, first, paid, decay, noise, DISCOUNT)
    # Without noise a sum over points feels the bar that lies between two of them (the published cases are exact).
    assert found.mean[0] == pytest.approx(told, rel=2e-3 if noise else 2e-2)
    for level, value in zip(levels, found.quantiles[:, 0], strict=True):
        told = oracle.quantile_worth(mean, spread, FEES, age, first, paid, decay, noise, DISCOUNT, level)
        assert value == pytest.approx(told, rel=1e-2 if noise and level > 0.1 else 3e-2, abs=1.0 if noise else 200.0)


@pytest.mark.parametrize("case", [case for case in CASES if case[3] > 0 and case[4] < 15], ids=str)
def test_life(case: tuple[float, float, float, float, float, int, int]) -> None:
    mean, spread, decay, noise, age, first, paid = case
    curve = kept_chance(
        np.array([mean]), np.array([spread]), _state(age, first, paid), SCHEDULE, ReturnProcess(decay, noise), 5
    )[0]
    running = int(age) + 1
    for ahead in range(1, 6):
        told = oracle.kept(mean, spread, FEES, first or 1, paid, decay, noise, running + ahead)
        assert curve[ahead - 1] == pytest.approx(told if age + ahead < 20 else 0.0, rel=1e-5)


HISTORIES = [(3, 3, True), (3, 7, True), (2, 12, False), (5, 19, True), (4, 20, False), (3, 3, False)]


def _model(mean: float, spread: float, decay: float, noise: float) -> RenewalModel:
    scale = np.log([spread, -np.log1p(-decay), noise])
    return RenewalModel(Design(), np.array([mean]), scale, np.zeros((4, 4)))


@pytest.mark.parametrize(("spread", "decay", "noise"), [(1.6, 0.1, 0.8), (2.4, 0.03, 3.0), (1.2, 0.15, 0.5)])
def test_likelihood(spread: float, decay: float, noise: float) -> None:
    first, paid, lapsed = (np.array(values) for values in zip(*HISTORIES, strict=True))
    kind = np.array(["invention"] * len(first), dtype=object)
    events = events_from_years(kind, first, paid, lapsed, {}, {"invention": 20})
    found = renewal_log_likelihood(_model(9.5, spread, decay, noise), events, SCHEDULE)
    for value, (a, b, c) in zip(found, HISTORIES, strict=True):
        assert value == pytest.approx(oracle.log_likelihood(9.5, spread, FEES, a, b, c, decay, noise), abs=1e-4)


def test_slopes_of_the_likelihood() -> None:
    """The derivatives against differences of the likelihood itself."""
    first, paid, lapsed = (np.array(values) for values in zip(*HISTORIES, strict=True))
    kind = np.array(["invention"] * len(first), dtype=object)
    events = events_from_years(kind, first, paid, lapsed, {}, {"invention": 20})
    data = _data(events, SCHEDULE, Design(), None)
    here = np.array([9.5, np.log(1.6), np.log(0.1), np.log(0.9)])
    _, slopes = _log_likelihood(data, here)
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-5
        above, below = _log_likelihood(data, here + step)[0], _log_likelihood(data, here - step)[0]
        assert slopes[:, place] == pytest.approx((above - below) / 2e-5, abs=1e-3)

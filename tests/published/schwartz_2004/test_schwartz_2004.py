"""The value of a research project that may be given up, against an independent solution."""

from __future__ import annotations

import csv
import functools
from math import exp
from pathlib import Path

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.valuation.schwartz_option import Grid, OptionTable, ProjectDynamics, completed_value, option_table

with (Path(__file__).parent / "pde.csv").open(encoding="utf-8", newline="") as _file:
    CASES = list(csv.DictReader(_file))
OF_BASE = {"Schwartz_base", "Schwartz_T=10", "Schwartz_K0=80"}  # one solution answers all three
FINE = Grid(121, 401, 50)


def _dynamics(case: dict[str, str]) -> ProjectDynamics:
    names = ("alpha", "eta", "phi", "sigma", "rho", "lam", "r", "M")
    return ProjectDynamics(*(float(case[name]) for name in names))


@functools.cache
def _table(dynamics: ProjectDynamics, may_abandon: bool) -> OptionTable:
    return option_table(dynamics, 20, (2 * exp(-6), 2 * exp(6)), 40.0, FINE, may_abandon=may_abandon)


def _value(case: dict[str, str], may_abandon: bool) -> float:
    table = _table(_dynamics(case), may_abandon)
    cash, cost, spending, years = (np.array([float(case[name])]) for name in ("C0", "K0", "I", "T"))
    return float(table.value(cash, cost, spending, years)[0])


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if case["case"] in OF_BASE else pytest.mark.slow) for case in CASES],
    ids=lambda case: case["case"],
)
def test_value_with_and_without_the_option(case: dict[str, str]) -> None:
    with_option, without = _value(case, may_abandon=True), _value(case, may_abandon=False)
    assert with_option == pytest.approx(float(case["value_with_abandonment"]), abs=0.08)
    assert without == pytest.approx(float(case["value_without"]), abs=0.08)
    assert with_option >= max(without, 0.0)


def test_a_finished_project() -> None:
    value = float(completed_value(20.0, 20.0, _dynamics(CASES[0])))
    assert value == pytest.approx(248.793741722085, rel=1e-12)


def test_more_cash_and_longer_life_are_worth_more_and_more_cost_less() -> None:
    table = _table(_dynamics(CASES[0]), True)
    line = np.linspace(5.0, 200.0, 40)
    same = np.ones_like(line)
    by_cash = table.value(line, 100 * same, 10 * same, 20 * same)
    by_cost = table.value(20 * same, line, 10 * same, 20 * same)
    by_life = table.value(20 * same, 100 * same, 10 * same, np.linspace(0.0, 20.0, 40))
    assert (np.diff(by_cash) >= 0).all()
    assert (np.diff(by_cost) <= 0).all()
    assert (np.diff(by_life) >= 0).all()
    assert by_life[0] == 0.0


def test_value_scales_with_money() -> None:
    table = _table(_dynamics(CASES[0]), True)
    one, ten = (
        table.value(*(np.array([scale * amount]) for amount in (20.0, 100.0, 10.0)), np.array([13.5]))[0]
        for scale in (1.0, 10.0)
    )
    assert ten == pytest.approx(10 * one, rel=1e-12)


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="research project"):
        ProjectDynamics(0.02, 0.036, 0.0, 0.5, -0.1, 0.07, 0.05, 5.0)
    with pytest.raises(InputError, match="research project"):
        option_table(_dynamics(CASES[0]), 20, (2.0, 1.0), 40.0)

"""Renewal model without noise: thresholds, survival, mean and quantiles of the value, as recomputed from the paper."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_state import PatentState, ReturnProcess
from kejin.valuation.renewal_value import kept_chance, paying_chance, remaining_value, thresholds

HERE = Path(__file__).parent
TOLERANCE = 1e-9
LEVELS = {"q25": 0.25, "q50": 0.5, "q75": 0.75, "q90": 0.9, "q95": 0.95, "q99": 0.99}


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _years(case: str) -> list[dict[str, str]]:
    return [row for row in _rows("years.csv") if row["case"] == case]


@pytest.mark.parametrize("case", _rows("values.csv"), ids=lambda case: case["case"])
def test_thresholds_and_survival(case: dict[str, str]) -> None:
    years = _years(case["case"])
    fees = [float(row["fee"]) for row in years]
    decay = float(case["decay"])
    found = thresholds(fees, decay)
    kept = paying_chance(float(case["mu"]), float(case["sigma"]), fees, decay)
    for row, bar, chance in zip(years, found, kept, strict=True):
        assert bar == pytest.approx(float(row["threshold"]), rel=TOLERANCE)
        assert chance == pytest.approx(float(row["survival"]), rel=TOLERANCE)


@pytest.mark.parametrize("case", _rows("values.csv"), ids=lambda case: case["case"])
def test_mean_and_quantiles(case: dict[str, str]) -> None:
    schedule = FeeSchedule({"right": tuple(float(row["fee"]) for row in _years(case["case"]))})
    nothing = np.zeros(1, dtype=np.int64)
    state = PatentState(nothing, np.zeros(1), nothing, nothing, np.ones(1, dtype=bool))
    worth = remaining_value(
        np.array([float(case["mu"])]),
        np.array([float(case["sigma"])]),
        state,
        schedule,
        ReturnProcess(float(case["decay"])),
        float(case["discount"]),
        tuple(LEVELS.values()),
    )
    assert worth.mean[0] == pytest.approx(float(case["mean_value"]), rel=TOLERANCE)
    for name, value in zip(LEVELS, worth.quantiles[:, 0], strict=True):
        assert value == pytest.approx(float(case[name]), rel=TOLERANCE)
    assert worth.mean[0] / worth.quantiles[1, 0] == pytest.approx(float(case["mean_over_median"]), rel=TOLERANCE)
    first = float(_years(case["case"])[0]["survival"])
    assert worth.zero[0] == pytest.approx(1 - first, rel=TOLERANCE)


@pytest.mark.parametrize("case", _rows("values.csv"), ids=lambda case: case["case"])
def test_life_curve_follows_the_survival(case: dict[str, str]) -> None:
    """Kept from the first year on: the survival of a year over that of the first."""
    years = _years(case["case"])
    schedule = FeeSchedule({"right": tuple(float(row["fee"]) for row in years)})
    one = np.ones(1, dtype=np.int64)
    state = PatentState(np.zeros(1, dtype=np.int64), np.zeros(1), one, one, np.ones(1, dtype=bool))
    curve = kept_chance(
        np.array([float(case["mu"])]),
        np.array([float(case["sigma"])]),
        state,
        schedule,
        ReturnProcess(float(case["decay"])),
        len(years) - 1,
    )
    survival = [float(row["survival"]) for row in years]
    assert curve[0] == pytest.approx([kept / survival[0] for kept in survival[1:]], rel=TOLERANCE)


def test_fees_of_an_invention_add_up() -> None:
    assert sum(float(row["fee"]) for row in _years("REN_inv_A")) == 82_300

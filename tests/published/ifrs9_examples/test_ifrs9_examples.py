"""Expected credit loss as in the illustrative examples."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.default_term import given_year
from kejin.credit.expected_loss import discounted_losses, expected_loss, matrix_provision, weighted

HERE = Path(__file__).parent
TOLERANCE = 1e-10


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


RESULTS = {row["name"]: float(row["value"]) for row in _rows("results.csv")}


def _losses(timing: str) -> np.ndarray:
    rows = _rows("stages.csv")
    cumulative = np.cumsum([float(row["marginal"]) for row in rows])[None, :]
    owed = np.array([[float(row["exposure"]) for row in rows]])
    rate, effective = np.array([RESULTS["loss_rate"]]), np.array([RESULTS["effective_rate"]])
    return discounted_losses(cumulative, owed, rate, effective, np.arange(1.0, 6.0), timing)  # type: ignore[arg-type]


def test_losses_of_the_years() -> None:
    wanted = [float(row["term_year_end"]) for row in _rows("stages.csv")]
    assert _losses("end")[0] == pytest.approx(wanted, rel=TOLERANCE)


@pytest.mark.parametrize(("timing", "suffix"), [("end", "yearend"), ("middle", "mid")])
def test_stages_one_and_two(timing: str, suffix: str) -> None:
    found = expected_loss(_losses(timing), np.arange(1.0, 6.0))
    assert found.year_cny[0] == pytest.approx(RESULTS[f"stage1_12m_{suffix}"], rel=TOLERANCE)
    assert found.lifetime_cny[0] == pytest.approx(RESULTS[f"stage2_lifetime_{suffix}"], rel=TOLERANCE)


def test_provision_by_stage() -> None:
    found = expected_loss(np.repeat(_losses("end"), 3, axis=0), np.arange(1.0, 6.0))
    default = np.full(3, 1000 * RESULTS["loss_rate"])
    provision = found.provision(np.array([1, 2, 3]), default)
    wanted = [RESULTS[name] for name in ("stage1_12m_yearend", "stage2_lifetime_yearend", "stage3_EAD1000")]
    assert provision == pytest.approx(wanted, rel=TOLERANCE)


def test_example_8() -> None:
    # 1,000,000 x 0.5% x 25%, not discounted
    losses = discounted_losses(
        np.array([[0.005]]), np.array([[1e6]]), np.array([0.25]), np.array([0.0]), np.array([1.0]), "end"
    )
    assert expected_loss(losses, np.array([1.0])).year_cny[0] == pytest.approx(1250.0, rel=TOLERANCE)


def test_provision_matrix() -> None:
    rows = _rows("matrix.csv")
    found = matrix_provision(
        np.array([float(row["balance"]) for row in rows]), np.array([float(row["rate"]) for row in rows])
    )
    assert found == pytest.approx([float(row["line"]) for row in rows], rel=TOLERANCE)
    assert found == pytest.approx([float(row["printed"]) for row in rows], abs=0.5)


@pytest.mark.parametrize("row", _rows("loss_rates.csv"))
def test_loss_rates_of_groups(row: dict[str, str]) -> None:
    """Example 9: the present value of the losses over the gross amount; what lies ahead moves the rate."""
    gross = float(row["loans"]) * float(row["balance_each"])
    before, ahead = (float(row[name]) / gross for name in ("loss_before", "loss_ahead"))
    assert (before, ahead) == pytest.approx((float(row["rate_before"]), float(row["rate_ahead"])), rel=TOLERANCE)
    found = matrix_provision(np.array([gross]), np.array([float(row["rate_ahead"])]))
    assert found == pytest.approx([float(row["allowance"])], rel=TOLERANCE)


def test_weighted_scenarios() -> None:
    losses, weights = {"base": 100.0, "down": 180.0, "severe": 300.0}, {"base": 0.5, "down": 0.3, "severe": 0.2}
    assert weighted(losses, weights) == pytest.approx(164.0, rel=TOLERANCE)


@pytest.mark.parametrize("row", _rows("point_in_time.csv"))
def test_probability_in_a_year_of_known_factor(row: dict[str, str]) -> None:
    found = given_year(np.array([float(row["long_run"])]), float(row["correlation"]), float(row["factor"]))
    assert found[0] == pytest.approx(float(row["point_in_time"]), rel=TOLERANCE)


def test_a_wrong_timing_is_noticed() -> None:
    assert expected_loss(_losses("middle"), np.arange(1.0, 6.0)).year_cny[0] != pytest.approx(
        RESULTS["stage1_12m_yearend"], rel=TOLERANCE
    )

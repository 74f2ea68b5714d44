"""Figures that judge a probability of default: discrimination, calibration, stability, single rates."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.bin_feature import information_parts, weight_of_evidence
from kejin.credit.calibration_tests import (
    brier,
    hosmer_lemeshow,
    log_loss,
    murphy_parts,
    rate_test,
    spiegelhalter_z,
)
from kejin.credit.discrimination import auc, auc_delong, ks
from kejin.credit.stability import stability_index, stability_parts

HERE = Path(__file__).parent
REL = 1e-8


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _numbers(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


@pytest.fixture(scope="module")
def twenty() -> tuple[np.ndarray, np.ndarray]:
    rows = _rows("twenty_rows.csv")
    return np.array([int(row["default"]) for row in rows]), np.array([float(row["probability"]) for row in rows])


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return {row["figure"]: float(row["value"]) for row in _rows("twenty_figures.csv")}


def test_discrimination(twenty: tuple[np.ndarray, np.ndarray], figures: dict[str, float]) -> None:
    default, probability = twenty
    assert auc(default, probability) == pytest.approx(figures["AUC"], rel=REL)
    assert auc_delong(default, probability).value == pytest.approx(figures["AUC"], rel=REL)
    assert 2 * auc(default, probability) - 1 == pytest.approx(figures["Gini_AR"], rel=REL)
    assert ks(default, probability) == pytest.approx(figures["KS"], rel=REL)


def test_calibration(twenty: tuple[np.ndarray, np.ndarray], figures: dict[str, float]) -> None:
    default, probability = twenty
    assert brier(default, probability) == pytest.approx(figures["Brier"], rel=REL)
    assert log_loss(default, probability) == pytest.approx(figures["logloss"], rel=REL)
    assert spiegelhalter_z(default, probability) == pytest.approx(figures["spiegelhalter_z"], rel=REL)
    found = hosmer_lemeshow(default, probability, 5, "rank", fitted_on_these=True)
    assert found.statistic == pytest.approx(figures["HL5_rank"], rel=REL)
    assert found.p_value == pytest.approx(figures["HL5_rank_p"], rel=REL)
    for group, row in zip(found.groups, _rows("twenty_groups.csv"), strict=True):
        assert group == (int(row["rows"]), int(row["defaults"]), pytest.approx(float(row["expected"]), rel=REL))
    parts = murphy_parts(default, probability, 5, "rank")
    for name in ("reliability", "resolution", "uncertainty"):
        wanted = figures[f"murphy_{name}" if name == "uncertainty" else f"murphy_{name}_5rank"]
        assert getattr(parts, name) == pytest.approx(wanted, rel=REL)


@pytest.mark.parametrize("case", _rows("stability.csv"), ids=lambda case: case["case"])
def test_stability(case: dict[str, str]) -> None:
    expected, actual = _numbers(case["expected"]), _numbers(case["actual"])
    assert stability_index(expected, actual) == pytest.approx(float(case["index"]), rel=REL)
    assert stability_parts(expected, actual) == pytest.approx(_numbers(case["parts"]), rel=REL, abs=1e-15)


def test_weight_of_evidence() -> None:
    rows = _rows("weight_of_evidence.csv")
    good, bad = (np.array([float(row[side]) for row in rows]) for side in ("good", "bad"))
    assert weight_of_evidence(good, bad) == pytest.approx([float(row["woe"]) for row in rows], rel=REL, abs=1e-15)
    assert information_parts(good, bad) == pytest.approx([float(row["part"]) for row in rows], rel=REL, abs=1e-15)


@pytest.mark.parametrize("case", _rows("rate_tests.csv"), ids=lambda case: f"{case['rows']}-{case['defaults']}")
def test_single_rates(case: dict[str, str]) -> None:
    found = rate_test(int(case["rows"]), int(case["defaults"]), float(case["probability"]))
    for name in ("binomial_p", "jeffreys_p", "normal_z", "low", "high"):
        assert getattr(found, name) == pytest.approx(float(case[name]), rel=REL)


def test_small_examples() -> None:
    for row in _rows("small_examples.csv"):
        formula = {"auc": auc, "brier": brier}[row["figure"]]
        assert formula(_numbers(row["default"]), _numbers(row["score"])) == pytest.approx(float(row["value"]), rel=REL)


def test_another_grouping_gives_another_statistic(twenty: tuple[np.ndarray, np.ndarray]) -> None:
    """The convention matters, so a check that ignored it would be noticed."""
    default, probability = twenty
    by_rank = hosmer_lemeshow(default, probability, 4, "rank")
    by_quantile = hosmer_lemeshow(default, probability, 4, "quantile")
    assert by_rank.statistic != pytest.approx(by_quantile.statistic, rel=1e-3) or by_rank.groups == by_quantile.groups
    assert by_rank.degrees == 4
    assert hosmer_lemeshow(default, probability, 4, fitted_on_these=True).degrees == 2

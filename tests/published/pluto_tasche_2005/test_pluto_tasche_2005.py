"""Bounds of the default probability of grades in which nobody defaulted, as in the paper."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kejin.credit.few_defaults import pluto_tasche

HERE = Path(__file__).parent
TOLERANCE = 1e-8


def _rows() -> list[dict[str, str]]:
    with (HERE / "no_defaults.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", _rows(), ids=lambda case: case["confidence"])
def test_bounds_as_published(case: dict[str, str]) -> None:
    companies = [int(part) for part in case["companies"].split()]
    defaults = [int(part) for part in case["defaults"].split()]
    found = pluto_tasche(companies, defaults, float(case["confidence"]))
    for grade, bound in zip("abc", found, strict=True):
        assert bound == pytest.approx(float(case[f"grade_{grade}"]), rel=TOLERANCE)
        assert bound == pytest.approx(float(case[f"print_{grade}"]), abs=0.5e-4)


def test_correlation_raises_a_prudent_bound_and_vanishes_in_the_limit() -> None:
    independent = pluto_tasche([100, 400, 300], [0, 0, 0], 0.9)
    nearly = pluto_tasche([100, 400, 300], [0, 0, 0], 0.9, correlation=1e-6)
    correlated = pluto_tasche([100, 400, 300], [0, 0, 0], 0.9, correlation=0.12)
    assert nearly == pytest.approx(independent, rel=1e-2)
    assert all(one > other for one, other in zip(correlated, independent, strict=True))


def test_a_wrong_bound_is_noticed() -> None:
    assert pluto_tasche([100, 400, 300], [0, 0, 1], 0.5)[2] != pytest.approx(0.00230782347297664, rel=TOLERANCE)

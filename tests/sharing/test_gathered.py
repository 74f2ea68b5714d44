"""Gathering loans on a grid of thresholds changes nothing that can be seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from kejin.numerics.one_factor import GRID_POINTS, factor_points, gathered


def test_sums_over_the_grid_are_those_over_the_loans() -> None:
    random, rho = np.random.default_rng(3), 0.14
    p, amount = np.clip(random.beta(1.2, 45.0, 20_000), 0.0005, 0.6), random.lognormal(14.0, 1.0, 20_000)
    thresholds, slope = ndtri(p) / math.sqrt(1 - rho), math.sqrt(rho / (1 - rho))
    factors = factor_points(32)[0]
    factors = factors[abs(factors) < 6]
    grid, standing = gathered(thresholds, np.stack([amount, amount**2]))
    assert grid.size == GRID_POINTS
    assert standing.sum(axis=1) == pytest.approx([amount.sum(), (amount**2).sum()], rel=1e-12)
    loan_by_loan = ndtr(thresholds[:, None] - slope * factors)
    on_grid = ndtr(grid[:, None] - slope * factors)
    assert standing[0] @ on_grid == pytest.approx(amount @ loan_by_loan, rel=1e-11)
    variances = amount**2 @ (loan_by_loan * (1 - loan_by_loan))
    assert standing[1] @ (on_grid * (1 - on_grid)) == pytest.approx(variances, rel=1e-11)


def test_few_or_equal_thresholds_stay_as_they_are() -> None:
    few = np.array([-2.0, -1.0])
    assert gathered(few, np.ones((1, 2)))[0] is few
    grid, standing = gathered(np.full(GRID_POINTS + 1, -2.0), np.ones((1, GRID_POINTS + 1)))
    assert grid.tolist() == [-2.0]
    assert standing.tolist() == [[GRID_POINTS + 1.0]]


def test_a_planted_fault_is_noticed() -> None:
    """The nearest grid point instead of cubic weights would be seen at this tolerance."""
    thresholds = np.linspace(-3.0, 0.0, GRID_POINTS + 1000)
    grid = np.linspace(-3.0, 0.0, GRID_POINTS)
    nearest = ndtr(grid[np.abs(thresholds[:, None][:200] - grid).argmin(axis=1)]).sum()
    assert nearest != pytest.approx(ndtr(thresholds[:200]).sum(), rel=1e-11)

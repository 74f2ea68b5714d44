"""How likely is default by when? The term structure of default: from a one-year probability or from a transition
matrix.

    cumulative    probability of default up to the end of a year
    marginal      probability of default in that year, seen from today
    conditional   probability of default in that year, given survival until its beginning

Conventions   A one-year probability goes on with a constant hazard, or with a hazard that rises or falls (Weibull
              shape). A matrix whose printed rows do not add up to 1 is put right in a named way: `rownorm` divides
              each row by its sum, `diagfix` corrects the diagonal. A generator is the matrix logarithm, its negative
              rates outside the diagonal set to 0 and the diagonal taken so that rows add up to 0 (diagonal
              adjustment, Israel, Rosenthal and Wei 2001); fractions of a year are its exponential.
Evidence      tests/published/transition_matrices.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.linalg import expm, logm

from kejin.credit.input_checks import Floats, positive, probability
from kejin.errors import InputError
from kejin.numerics.one_factor import share_given_factor

Repair = Literal["rownorm", "diagfix"]


def hazard_term(default_probability_1y: Floats, times: Floats, shape: float = 1.0) -> Floats:
    """Cumulative probability of default at each time: 1 - (1 - p)^(t^shape). Shape (loan, time).

    times    years, > 0.
    shape    1: constant hazard; below 1 it falls as the company survives, above 1 it rises.
    Raises   credit.probability_outside, credit.amount_not_positive.
    """
    p = np.atleast_1d(probability("default_probability_1y", default_probability_1y))
    at = np.atleast_1d(positive("times", times)) ** float(positive("shape", shape))
    return -np.expm1(np.log1p(-p)[:, None] * at[None, :])


def marginal(cumulative: Floats) -> Floats:
    """Probability of default within each period; the last axis is time."""
    return np.diff(cumulative, axis=-1, prepend=0.0)


def conditional(cumulative: Floats) -> Floats:
    """Probability of default within each period for those who reached it; NaN where nobody does."""
    before = 1.0 - np.concatenate([np.zeros_like(cumulative[..., :1]), cumulative[..., :-1]], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0, marginal(cumulative) / before, np.nan)


def mean_hazard(cumulative_before: float, cumulative_after: float, years: float = 1.0) -> float:
    """Constant intensity that leads from one cumulative probability to the next."""
    return float(np.log((1.0 - cumulative_before) / (1.0 - cumulative_after)) / years)


def given_year(default_probability: Floats, correlation: float, factor: float) -> Floats:
    """A long-run probability of default as it is in a year of which the common factor is known.

    From through the cycle to point in time.

    factor   standard normal; negative is a bad year.
    Raises   credit.probability_outside; numerics.correlation_outside.
    """
    return share_given_factor(probability("default_probability", default_probability), correlation, factor)


def transition_matrix(rows: Floats, repair: Repair) -> Floats:
    """A matrix of yearly transitions, default last and absorbing, its rows adding up to 1.

    rows     square, ratios; row sums within 0.5% of 1.
    Raises   credit.matrix_wrong with the row.
    """
    matrix = np.array(rows, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError("credit.matrix_wrong", row=0, why=f"shape {matrix.shape}")
    bad = ~((matrix >= 0).all(axis=1) & (abs(matrix.sum(axis=1) - 1.0) <= 0.005))
    bad[-1] |= matrix[-1, -1] != 1.0
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError("credit.matrix_wrong", row=row, why=f"sum {matrix[row].sum():.6f}")
    if repair == "rownorm":
        return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))
    np.fill_diagonal(matrix, np.diag(matrix) + 1.0 - matrix.sum(axis=1))
    return matrix


def matrix_term(matrix: Floats, years: int) -> Floats:
    """Cumulative probability of default at the end of each year: powers of the matrix. Shape (grade, year)."""
    power, found = np.eye(matrix.shape[0]), []
    for _ in range(years):
        power = power @ matrix
        found.append(power[:-1, -1])
    return np.stack(found, axis=1)


def generator(matrix: Floats) -> Floats:
    """Rates of transition a year: the matrix logarithm with diagonal adjustment.

    Raises   credit.matrix_no_logarithm where the logarithm is not real.
    """
    logarithm = logm(matrix)
    if np.iscomplexobj(logarithm):
        if np.abs(np.imag(logarithm)).max() > 1e-9:
            raise InputError("credit.matrix_no_logarithm")
        logarithm = np.real(logarithm)
    rates = np.maximum(logarithm, 0.0)
    np.fill_diagonal(rates, 0.0)
    np.fill_diagonal(rates, -rates.sum(axis=1))
    return np.asarray(rates, dtype=np.float64)


def generator_term(rates: Floats, times: Floats) -> Floats:
    """Cumulative probability of default at any times in years, by grade: the exponential of the generator."""
    at = np.atleast_1d(positive("times", times))
    return np.stack([expm(rates * time)[:-1, -1] for time in at], axis=1)


def root_matrix(rates: Floats, periods: int) -> Floats:
    """The matrix of one of so many periods of a year; its power gives the year back."""
    return np.asarray(expm(rates / periods), dtype=np.float64)

"""Which weights of the features explain default best? Ridge logistic regression by Newton's method, in chunks of
rows.

The log-likelihood less ridge / 2 * (sum of squared weights) is maximised; the intercept is not penalised. Rows come
as bins (one byte a feature), values as a small table a feature, so that a million rows by 40 features take 40 MB,
not 320.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from kejin.errors import InputError

_CHUNK = 1 << 15
_STEPS_MAX = 60
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """Weights: intercept first, then one a feature; covariance of all: the inverse of the penalised information."""

    weights: Floats
    covariance: Floats
    steps: int


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _spread(places: NDArray[np.uint8], tables: Floats, first: int, out: Floats) -> None:
    """Rows of values from rows of bins; column 0 of `out` is the intercept's 1."""
    for feature in range(places.shape[0]):
        for row in range(out.shape[0]):
            out[row, feature + 1] = tables[feature, places[feature, first + row]]


def fit_on_bins(
    places: Sequence[NDArray[np.uint8]],
    values: Sequence[Sequence[float]],
    target: NDArray[np.uint8],
    ridge: float,
    weight: Floats | None = None,
) -> LogisticFit:
    """The fit of P(target = 1) = 1 / (1 + exp(-(intercept + sum of weights * value of the bin))).

    places  one array a feature, shape (row,): the row's bin.
    values  one table a feature: value of each bin.
    weight  of each row; 1 where not given.
    """
    tables = np.zeros((len(values), max((len(table) for table in values), default=1)))
    for feature, table in enumerate(values):
        tables[feature, : len(table)] = table
    stacked = np.stack(places) if len(places) else np.zeros((0, len(target)), dtype=np.uint8)

    def chunk(first: int, out: Floats) -> None:
        _spread(stacked, tables, first, out)

    return _newton(chunk, len(values), target, ridge, weight)


def fit_on_columns(columns: Floats, target: NDArray[np.uint8], ridge: float = 0.0) -> LogisticFit:
    """The same on values as they are, shape (row, feature)."""

    def chunk(first: int, out: Floats) -> None:
        out[:, 1:] = columns[first : first + len(out)]

    return _newton(chunk, columns.shape[1], target, ridge, None)


def _newton(  # type: ignore[no-untyped-def]
    chunk, features: int, target: NDArray[np.uint8], ridge: float, weight: Floats | None
) -> LogisticFit:
    total = float(len(target) if weight is None else weight.sum())
    hits = float(target.sum() if weight is None else weight[target == 1].sum())
    if not 0 < hits < total:
        raise InputError("credit.outcome_one_sided", feature="-")
    with threadpool_limits(1, "blas"):  # small products: a second thread would only wait, at full price
        return _climb(chunk, features, target, ridge, weight, total, hits)


def _climb(  # type: ignore[no-untyped-def]
    chunk, features: int, target: NDArray[np.uint8], ridge: float, weight: Floats | None, total: float, hits: float
) -> LogisticFit:
    """Newton's method with halved steps."""
    weights = np.zeros(features + 1)
    weights[0] = np.log(hits / (total - hits))
    penalty = np.full(features + 1, ridge)
    penalty[0] = 0.0
    buffer = np.ones((min(_CHUNK, len(target)), features + 1))
    likelihood, gradient, information = _pass(chunk, buffer, target, weight, weights)
    likelihood -= 0.5 * float(penalty @ weights**2)
    step = 0
    for step in range(1, _STEPS_MAX + 1):  # noqa: B007 — how many were needed is part of the result
        move = np.linalg.solve(
            information + np.diag(penalty + 1e-9 * total / (1 + features)), gradient - penalty * weights
        )
        scale = 1.0
        while True:  # halve until the likelihood does not fall
            tried = weights + scale * move
            new, new_gradient, new_information = _pass(chunk, buffer, target, weight, tried)
            new -= 0.5 * float(penalty @ tried**2)
            if new >= likelihood - 1e-9 * abs(likelihood) or scale < 1e-6:
                break
            scale /= 2
        done = float(np.abs(scale * move).max()) < 1e-9
        weights, likelihood, gradient, information = tried, new, new_gradient, new_information
        if done:
            break
    covariance = np.linalg.pinv(information + np.diag(penalty))
    return LogisticFit(weights, (covariance + covariance.T) / 2, step)


def _pass(chunk, buffer: Floats, target: NDArray[np.uint8], weight: Floats | None, weights: Floats):  # type: ignore[no-untyped-def]
    """Log-likelihood, its gradient and the information at some weights, in one pass over the rows."""
    size = len(weights)
    likelihood, gradient, information = 0.0, np.zeros(size), np.zeros((size, size))
    for first in range(0, len(target), len(buffer)):
        hit = target[first : first + len(buffer)]
        x = buffer[: len(hit)]
        chunk(first, x)
        linear = x @ weights
        chance = 1.0 / (1.0 + np.exp(-np.clip(linear, -500.0, 500.0)))
        part = hit * linear - np.logaddexp(0.0, linear)
        residual, spread = hit - chance, chance * (1.0 - chance)
        if weight is not None:
            own = weight[first : first + len(buffer)]
            part, residual, spread = part * own, residual * own, spread * own
        likelihood += float(part.sum())
        gradient += residual @ x
        root = x * np.sqrt(spread)[:, None]
        information += root.T @ root
    return likelihood, gradient, information

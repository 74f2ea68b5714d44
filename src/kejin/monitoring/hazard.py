"""How likely is a company's first default in the coming month? A discrete-time hazard: a logit per company-month.

The hazard of month t + 1 given no default up to t is 1 / (1 + exp(-(a + x b))); with one row for each company-month at
risk, the likelihood of all histories is that of a logit (Cox 1972; Allison 1982). Fitted by Newton's method with a
quadratic penalty on every coefficient but the intercept, so that rare defaults do not drive coefficients to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]
STEPS_MAX = 60
PENALTIES = (1.0, 3.0, 10.0, 20.0, 30.0, 50.0, 100.0)
FORWARD_FROM = (0.4, 0.6, 0.8)  # shares of the months after which the next ones are predicted


@dataclass(frozen=True, slots=True)
class Hazard:
    """A fitted hazard. coefficients has the intercept first; penalty is in units of log-likelihood."""

    coefficients: Floats
    penalty: float

    def log_odds(self, rows: Floats) -> Floats:
        found: Floats = self.coefficients[0] + rows @ self.coefficients[1:]
        return found

    def probability(self, rows: Floats) -> Floats:
        """Probability of a first default in the next month; shape (row,)."""
        return _logistic(self.log_odds(rows))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How hazards agree with what happened.

    slope      of a logit of outcomes on predicted log-odds; 1 is right, below 1 the predictions are too extreme.
    intercept  of the same logit with slope 1: 0 is right, above 0 more defaults came than were predicted.
    """

    slope: float
    slope_error: float
    intercept: float
    expected: float
    observed: int


def fit_hazard(rows: Floats, defaulted: Floats, penalty: float) -> Hazard:
    """The hazard that fits best under the penalty.

    rows       shape (company-month, indicator), standardised; no missing values.
    defaulted  shape (company-month,), 1 where the first default came in the month after.
    Raises     monitoring.hazard_not_converged.
    """
    design = np.column_stack([np.ones(len(rows)), rows])
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    coefficients, _ = _newton(design, defaulted, ridge, np.zeros(len(rows)))
    return Hazard(coefficients, penalty)


def choose_penalty(rows: Floats, defaulted: Floats, company: NDArray[np.int64], folds: int = 5) -> float:
    """The penalty with the best likelihood on companies left out of the fit; a company is never on both sides."""
    fold = company % folds
    losses = []
    for penalty in PENALTIES:
        loss = 0.0
        for held in range(folds):
            left, out = fold != held, fold == held
            chance = np.clip(fit_hazard(rows[left], defaulted[left], penalty).probability(rows[out]), 1e-9, 1 - 1e-9)
            loss -= float(np.sum(np.where(defaulted[out] > 0, np.log(chance), np.log1p(-chance))))
        losses.append(loss)
    return PENALTIES[int(np.argmin(losses))]


def choose_penalty_forward(rows: Floats, defaulted: Floats, month: NDArray[np.int64]) -> float:
    """The penalty with the best likelihood on later months, each predicted from the months before it only.

    What indicators say of defaults drifts. Companies left out of the same months cannot show that, and a penalty chosen
    on them gives hazards that are too extreme later on. A penalty weighs less the more defaults are learnt from, so in
    each trial it is scaled to the share of all defaults that the trial learns from.
    month    shape (company-month,): place of the month; outcomes of a month are known two months on.
    """
    first, end = int(month.min()), int(month.max()) + 1
    edges = [int(first + (end - first) * share) for share in FORWARD_FROM] + [end]
    worth = np.zeros(len(PENALTIES))
    for begin, until in pairwise(edges):
        before, now = month < begin - 1, (month >= begin) & (month < until)
        share = float(defaulted[before].sum() / max(defaulted.sum(), 1))
        if share == 0 or not now.any():
            continue
        for place, penalty in enumerate(PENALTIES):
            odds = fit_hazard(rows[before], defaulted[before], penalty * share).log_odds(rows[now])
            worth[place] += np.sum(defaulted[now] * odds - np.logaddexp(0.0, odds))
    return PENALTIES[int(np.argmax(worth))]


def calibration(log_odds: Floats, defaulted: Floats) -> Calibration:
    """Slope, its standard error, and intercept of outcomes on predictions that were made before."""
    none = np.zeros(len(log_odds))
    both = np.column_stack([np.ones(len(log_odds)), log_odds])
    fitted, covariance = _newton(both, defaulted, np.zeros(2), none)
    alone, _ = _newton(np.ones((len(log_odds), 1)), defaulted, np.zeros(1), log_odds)
    return Calibration(
        float(fitted[1]), float(np.sqrt(covariance[1, 1])), float(alone[0]),
        float(_logistic(log_odds).sum()), int(defaulted.sum()),
    )  # fmt: skip


def _newton(design: Floats, defaulted: Floats, ridge: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their covariance; every step is halved until the penalised likelihood rises."""
    if not (np.isfinite(design).all() and np.isfinite(defaulted).all() and np.isfinite(offset).all()):
        raise InputError("monitoring.hazard_not_converged", steps=0)
    at = np.zeros(design.shape[1])
    if np.all(design[:, 0] == 1.0):
        mean = min(max(float(defaulted.mean()), 1e-9), 1 - 1e-9)
        at[0] = np.log(mean / (1 - mean)) - float(offset.mean())
    worth = _worth(design, defaulted, ridge, offset, at)
    for _ in range(STEPS_MAX):
        chance = _logistic(offset + design @ at)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(ridge)
        slope = design.T @ (defaulted - chance) - ridge * at
        step = np.linalg.lstsq(curve, slope, rcond=None)[0]
        moved = _worth(design, defaulted, ridge, offset, at + step)
        while not moved >= worth - 1e-12 and np.max(np.abs(step)) > 1e-12:
            step = step / 2
            moved = _worth(design, defaulted, ridge, offset, at + step)
        at, worth = at + step, moved
        if np.max(np.abs(step)) < 1e-8:
            return at, np.asarray(np.linalg.pinv(curve), np.float64)
    raise InputError("monitoring.hazard_not_converged", steps=STEPS_MAX)


def _worth(design: Floats, defaulted: Floats, ridge: Floats, offset: Floats, at: Floats) -> float:
    odds = offset + design @ at
    return float(np.sum(defaulted * odds - np.logaddexp(0.0, odds)) - 0.5 * np.sum(ridge * at * at))


def _logistic(odds: Floats) -> Floats:
    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(odds, -700, 700)))
    return found

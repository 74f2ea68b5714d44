"""How does a score become a probability of default within a year? Platt, isotonic, to a long-run rate, by stage.

The model gives log-odds of default x. Platt: a + b * x; isotonic: a rising step function of x; both then take a
shift of the life-cycle stage and a shift to the long-run default rate. Everything is in log-odds, so a probability
never leaves (0, 1).

Where default rates differ from year to year, a slope over all years together is too flat: the score cannot know the
year. With `cohort` (observation day, fiscal year) the slope is that within the cohorts, and the level that of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kejin.credit.fit_logistic import fit_on_columns
from kejin.errors import InputError

Floats = NDArray[np.float64]
Kind = Literal["none", "platt", "isotonic"]
LOG_ODDS_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated log-odds = slope * x + intercept, or the step of x; then + stage shift + long-run shift.

    steps        isotonic: (from this x on, log-odds), x rising; below the first the first log-odds.
    stage_shift  by code of the column `stage_column`; another or a missing stage has shift 0.
    """

    kind: Kind = "none"
    slope: float = 1.0
    intercept: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()
    stage_column: str | None = None
    stage_shift: Mapping[str, float] = field(default_factory=dict)
    long_run_shift: float = 0.0
    long_run_rate: float | None = None

    def log_odds(self, x: Floats, stage: Any = None) -> Floats:
        """Calibrated log-odds of default, shape (row,); `stage` holds one code a row where stages count."""
        if self.kind == "isotonic":
            starts = np.array([start for start, _ in self.steps])
            heights = np.array([height for _, height in self.steps])
            found = heights[np.maximum(np.searchsorted(starts, x, side="right") - 1, 0)]
        else:
            found = self.slope * x + self.intercept
        if self.stage_column is not None and stage is not None:
            stages = np.asarray(stage, dtype=object)
            for code, shift in self.stage_shift.items():
                found = found + shift * (stages == code)
        return np.asarray(found + self.long_run_shift)

    def probability(self, x: Floats, stage: Any = None) -> Floats:
        """Probability of default within a year, shape (row,)."""
        return probability_of(self.log_odds(x, stage))

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Calibration:
        return Calibration(**{**content, "steps": tuple((float(a), float(b)) for a, b in content["steps"])})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def probability_of(log_odds: Floats) -> Floats:
    """1 / (1 + exp(-log_odds))."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(log_odds, -500.0, 500.0))))


def log_odds_of(probability: Floats) -> Floats:
    """The logarithm ln(p / (1 - p)), kept within +-30."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(probability) - np.log1p(-probability), -LOG_ODDS_LIMIT, LOG_ODDS_LIMIT))


def fit_calibration(
    x: Floats,
    default: NDArray[np.uint8],
    kind: Kind = "platt",
    stage: Any = None,
    stage_column: str | None = None,
    stage_prior: float = 10.0,
    long_run_rate: float | None = None,
    cohort: Any = None,
) -> Calibration:
    """Calibrate log-odds x on rows that the model was not fitted on.

    default        0 or 1, shape (row,).
    cohort         Platt: one code a row (day or year of observation); the slope is taken within cohorts.
    stage_prior    how strongly a stage's shift is drawn to 0: like so much information (defaults, roughly).
    long_run_rate  the mean probability that the rows together shall have; None leaves the rate of the rows.
    Raises         credit.outcome_one_sided, credit.long_run_rate_wrong.
    """
    if not 0 < default.sum() < len(default):
        raise InputError("credit.outcome_one_sided", feature="-")
    slope, intercept = 1.0, 0.0
    steps: tuple[tuple[float, float], ...] = ()
    if kind == "platt":
        intercept, slope = _platt(x, default, cohort)
    elif kind == "isotonic":
        steps = _isotonic_steps(x, default)
    before = Calibration(kind, slope, intercept, steps)
    shifts: dict[str, float] = {}
    if stage is not None and stage_column is not None:
        shifts = _stage_shifts(before.log_odds(x), default, np.asarray(stage, dtype=object), stage_prior)
    staged = Calibration(kind, slope, intercept, steps, stage_column if shifts else None, shifts)
    if long_run_rate is None:
        return staged
    shift = shift_to_rate(staged.log_odds(x, stage), long_run_rate)
    return Calibration(kind, slope, intercept, steps, staged.stage_column, shifts, shift, long_run_rate)


def _platt(x: Floats, default: NDArray[np.uint8], cohort: Any) -> tuple[float, float]:
    """Intercept and slope; with cohorts the slope that they share, each with a level of its own."""
    levels = np.zeros((len(x), 0))
    if cohort is not None:
        codes, place = np.unique(np.asarray(cohort).astype(str), return_inverse=True)
        levels = (place[:, None] == np.arange(1, len(codes))).astype(np.float64)
    fit = fit_on_columns(np.column_stack([x, levels]), default, ridge=1e-6)
    intercept, slope = float(fit.weights[0]), float(fit.weights[1])
    rate = float(default.mean())
    if not slope > 0:  # a score that orders the wrong way round carries no information: the rate for all
        return float(np.log(rate / (1 - rate))), 0.0
    return (shift_to_rate(slope * x, rate) if levels.shape[1] else intercept), slope


def shift_to_rate(log_odds: Floats, rate: float) -> float:
    """What to add to the log-odds so that the mean probability is the rate. Raises credit.long_run_rate_wrong."""
    if not 0 < rate < 1:
        raise InputError("credit.long_run_rate_wrong", rate=rate)
    low, high = -60.0, 60.0
    for _ in range(200):
        middle = (low + high) / 2
        if probability_of(log_odds + middle).mean() < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _isotonic_steps(x: Floats, default: NDArray[np.uint8]) -> tuple[tuple[float, float], ...]:
    """Pool adjacent violators; each pool's rate with half a default and half a survivor added, so never 0 or 1."""
    order = np.argsort(x, kind="stable")
    values, starts, counts = np.unique(x[order], return_index=True, return_counts=True)
    bad = np.add.reduceat(default[order].astype(np.float64), starts)
    pools: list[list[float]] = []  # first x, rows, bad
    for value, rows, hits in zip(values.tolist(), counts.tolist(), bad.tolist(), strict=True):
        pools.append([value, rows, hits])
        while len(pools) > 1 and pools[-2][2] * pools[-1][1] >= pools[-1][2] * pools[-2][1]:
            last = pools.pop()
            pools[-1][1] += last[1]
            pools[-1][2] += last[2]
    heights: list[float] = []
    for _, rows, hits in pools:
        rate = (hits + 0.5) / (rows + 1.0)
        heights.append(max(float(np.log(rate / (1.0 - rate))), heights[-1] if heights else -np.inf))
    return tuple((pool[0], height) for pool, height in zip(pools, heights, strict=True))


def _stage_shifts(log_odds: Floats, default: NDArray[np.uint8], stage: Any, prior: float) -> dict[str, float]:
    """By stage the shift d with sum(default - probability) = prior * d: less evidence, closer to 0."""
    shifts = {}
    for code in sorted({str(one) for one in stage if one is not None}):
        own = stage == code
        x, hits = log_odds[own], float(default[own].sum())
        shift = 0.0
        for _ in range(50):
            chance = probability_of(x + shift)
            move = (hits - chance.sum() - prior * shift) / ((chance * (1 - chance)).sum() + prior)
            shift += float(np.clip(move, -1.0, 1.0))
            if abs(move) < 1e-12:
                break
        shifts[code] = float(shift)
    return shifts

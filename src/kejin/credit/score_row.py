"""Will this one company default within a year? A scorecard as a plain Python function, one row in microseconds."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from kejin.credit.calibration import Calibration
from kejin.credit.scorecard import Scorecard, ScoredFeature


@dataclass(frozen=True, slots=True)
class Score:
    """The answer for one company.

    default_probability_1y  with low and high end of the interval of the scorecard's level.
    points                  sum of the points of the bins; more is better.
    reasons                 names of the features that cost most points against their best bin, most first.
    points_lost             what each of the reasons costs.
    missing                 features without a value.
    """

    default_probability_1y: float
    default_probability_1y_low: float
    default_probability_1y_high: float
    points: int
    reasons: tuple[str, ...]
    points_lost: tuple[int, ...]
    missing: tuple[str, ...]


RowScorer = Callable[[Mapping[str, Any]], Score]


def row_scorer(scorecard: Scorecard) -> RowScorer:
    """A function row -> Score; a row is a mapping of input -> value, None, NaN, infinite or absent meaning missing."""
    features = scorecard.features
    names = [feature.name for feature in features]
    placers = [_placer(feature) for feature in features]
    # One place more, for a category that was never seen: WOE 0 and the points of WOE 0.
    woes = [(*feature.woe, 0.0) for feature in features]
    points = [(*feature.points, neutral_points(scorecard)) for feature in features]
    best = [feature.points_best for feature in features]
    weights = [feature.weight for feature in features]
    missing_bins = [feature.missing_bin for feature in features]
    covariance = np.array(scorecard.covariance)
    calibrated, stage_column = _calibrated(scorecard.calibration), scorecard.calibration.stage_column
    z, reasons_max = scorecard.interval_z, scorecard.reasons_max

    def score(row: Mapping[str, Any]) -> Score:
        places = [placer(row.get(name)) for placer, name in zip(placers, names, strict=True)]
        values = [woe[place] for woe, place in zip(woes, places, strict=True)]
        log_odds = -scorecard.intercept
        for weight, value in zip(weights, values, strict=True):
            log_odds -= weight * value
        moved = np.array([1.0, *values])
        reach = z * math.sqrt(max(float(moved @ covariance @ moved), 0.0))
        stage = None if stage_column is None else row.get(stage_column)
        won = [table[place] for table, place in zip(points, places, strict=True)]
        lost = sorted(
            ((most - own, -k) for k, (most, own) in enumerate(zip(best, won, strict=True)) if most > own), reverse=True
        )[:reasons_max]
        return Score(
            _probability(calibrated(log_odds, stage)),
            _probability(calibrated(log_odds - reach, stage)),
            _probability(calibrated(log_odds + reach, stage)),
            sum(won),
            tuple(names[-k] for _, k in lost),
            tuple(points_lost for points_lost, _ in lost),
            tuple(name for name, place, gap in zip(names, places, missing_bins, strict=True) if place == gap),
        )

    return score


def neutral_points(scorecard: Scorecard) -> int:
    """The points of a bin with WOE 0."""
    scaling = scorecard.scaling
    return round((scaling.offset + scaling.factor * scorecard.intercept) / max(len(scorecard.features), 1))


def _placer(feature: ScoredFeature) -> Callable[[Any], int]:
    """value -> bin; the bin after the missing one is that of a category never seen."""
    gap = feature.missing_bin
    if feature.kind == "categorical":
        of_code = {code: place for place, codes in enumerate(feature.categories) for code in codes}
        unseen = gap + 1
        return lambda value: gap if value is None else of_code.get(value, unseen)
    edges = feature.edges
    return lambda value: gap if value is None or not isfinite(value) else bisect_right(edges, value)


def _calibrated(calibration: Calibration) -> Callable[[float, Any], float]:
    shifts, long_run = calibration.stage_shift, calibration.long_run_shift
    if calibration.kind == "isotonic":
        starts = [start for start, _ in calibration.steps]
        heights = [height for _, height in calibration.steps]
        return lambda x, stage: heights[max(bisect_right(starts, x) - 1, 0)] + shifts.get(stage, 0.0) + long_run
    slope, intercept = calibration.slope, calibration.intercept
    return lambda x, stage: slope * x + intercept + shifts.get(stage, 0.0) + long_run


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(log_odds, 500.0), -500.0)))

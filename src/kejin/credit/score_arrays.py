"""A scorecard on columns in memory: log-odds, points and probability of many rows, without a query engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.credit.bin_feature import place_of_codes
from kejin.credit.binning_kernels import add_binned, add_values, place_rows
from kejin.credit.fit_scorecard import numeric_column
from kejin.credit.score_row import neutral_points
from kejin.credit.scorecard import Scorecard, ScoredFeature

Floats = NDArray[np.float64]
_FEW_EDGES = 32


def score_columns(scorecard: Scorecard, columns: Mapping[str, Any]) -> tuple[Floats, NDArray[np.int64]]:
    """(log-odds of default before calibration, points), each of shape (row,); columns are read one at a time."""
    log_odds: Floats | None = None
    points: NDArray[np.int64] | None = None
    neutral = neutral_points(scorecard)
    for feature in scorecard.features:
        few = feature.kind == "numeric" and len(feature.edges) <= _FEW_EDGES
        rows = numeric_column(columns, feature.name) if few else feature_place(feature, columns)
        if log_odds is None or points is None:
            log_odds = np.full(len(rows), -scorecard.intercept)
            points = np.zeros(len(rows), dtype=np.int64)
        moves = np.array([-feature.weight * woe for woe in (*feature.woe, 0.0)])
        worth = np.array([*feature.points, neutral], dtype=np.int64)
        if few:
            add_binned(rows, np.array(feature.edges), moves, worth, log_odds, points)
        else:
            add_values(rows, moves, worth, log_odds, points)
    assert log_odds is not None
    assert points is not None
    return log_odds, points


def probabilities(scorecard: Scorecard, columns: Mapping[str, Any]) -> Floats:
    """The default_probability_1y of each row."""
    log_odds, _ = score_columns(scorecard, columns)
    stage = scorecard.calibration.stage_column
    return scorecard.calibration.probability(log_odds, None if stage is None else text_column(columns, stage))


def feature_place(feature: ScoredFeature, columns: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The bin of each row; the one after the missing bin for a category never seen."""
    if feature.kind == "numeric":
        return np.asarray(place_rows(numeric_column(columns, feature.name), np.array(feature.edges)))
    of_code = {code: place for place, codes in enumerate(feature.categories) for code in codes}
    return place_of_codes(columns[feature.name], of_code, feature.missing_bin)


def text_column(columns: Mapping[str, Any], name: str) -> Any:
    """A column of codes as an array of objects, None for missing."""
    values = columns[name]
    return np.array(values.to_pylist() if hasattr(values, "to_pylist") else list(values), dtype=object)

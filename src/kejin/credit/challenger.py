"""Does a model without the scorecard's form order companies better? LightGBM with monotone constraints, SHAP as
reasons.

The challenger is there to compare with, and to be used where its validation says so. A feature with a trend that
the field expects (`rising`, `falling`) is constrained to it; `monotone` follows the trend that binning found; other
features are free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.credit.bin_feature import BinnedFeature
from kejin.credit.calibration import Calibration
from kejin.credit.fit_scorecard import Feature, numeric_column, outcome_column
from kejin.errors import InputError

Floats = NDArray[np.float64]
_SMALL = 50_000  # with fewer rows two threads spend their time waiting for each other
_SIGN = {"rising": 1, "falling": -1}


@dataclass(frozen=True, slots=True)
class BoostSettings:
    """How many trees, how large, how fast; the seed and the order of columns make the fit repeatable."""

    rounds: int = 200
    rounds_without_gain: int = 30
    leaves: int = 15
    learning_rate: float = 0.05
    leaf_rows_min: int = 40
    feature_share: float = 0.8
    ridge: float = 5.0
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True)
class Challenger:
    """A fitted challenger: the trees as LightGBM writes them, the features in order, the calibration."""

    name: str
    version: str
    features: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]
    monotone: Mapping[str, int]
    trees: str
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def inputs(self) -> tuple[str, ...]:
        stage = self.calibration.stage_column
        return self.features if stage is None or stage in self.features else (*self.features, stage)

    @cached_property
    def booster(self) -> Any:
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def log_odds(self, columns: Mapping[str, Any]) -> Floats:
        """Log-odds of default before calibration, shape (row,)."""
        return np.asarray(self.booster.predict(self._matrix(columns), raw_score=True), dtype=np.float64)

    def probabilities(self, columns: Mapping[str, Any]) -> Floats:
        """default_probability_1y of each row."""
        from kejin.credit.score_arrays import text_column

        stage = self.calibration.stage_column
        return self.calibration.probability(
            self.log_odds(columns), None if stage is None else text_column(columns, stage)
        )

    def contributions(self, columns: Mapping[str, Any]) -> Floats:
        """SHAP values in log-odds of default, shape (row, feature + 1); the last column is what everybody has."""
        return np.asarray(self.booster.predict(self._matrix(columns), pred_contrib=True), dtype=np.float64)

    def reasons(self, columns: Mapping[str, Any], reasons_max: int = 4) -> list[tuple[str, ...]]:
        """For each row the features that raise its log-odds of default most, most first; ties by order of features."""
        parts = self.contributions(columns)[:, :-1]
        order = np.argsort(-parts, axis=1, kind="stable")[:, :reasons_max]
        return [tuple(self.features[k] for k in places if row[k] > 0) for row, places in zip(parts, order, strict=True)]

    def _matrix(self, columns: Mapping[str, Any]) -> Floats:
        return _matrix(columns, self.features, self.categories)


def fit_challenger(
    columns: Mapping[str, Any],
    default: Any,
    features: Sequence[Feature],
    settings: BoostSettings = BoostSettings(),
    name: str = "default_challenger",
    version: str = "1",
    binned: Sequence[BinnedFeature] = (),
    held_out: NDArray[np.bool_] | None = None,
    constrained: bool = True,
) -> Challenger:
    """Boosted trees of default.

    binned       the bins of the scorecard, whose trends decide the constraint of `monotone` features.
    held_out     rows that stop the growth when they gain nothing more; without them all rounds are grown.
    constrained  False leaves every feature free, to measure what the constraints cost.
    Raises       credit.outcome_wrong, credit.outcome_one_sided, credit.feature_missing.
    """
    import lightgbm

    hits = outcome_column(default)
    categories = {one.name: _codes_of(columns, one.name) for one in features if one.kind == "categorical"}
    found = {one.name: one.trend for one in binned}
    signs = {one.name: _SIGN.get(found.get(one.name, one.trend), 0) if constrained else 0 for one in features}
    signs |= dict.fromkeys(categories, 0)
    names = tuple(one.name for one in features)
    matrix = _matrix(columns, names, categories)
    kept = np.ones(len(hits), dtype=bool) if held_out is None else ~held_out
    parameters = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.leaf_rows_min,
        "feature_fraction": settings.feature_share,
        "lambda_l2": settings.ridge,
        "monotone_constraints": [signs[one] for one in names],
        "monotone_constraints_method": "basic",
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1 if len(hits) < _SMALL else settings.threads,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(
        matrix[kept], hits[kept], categorical_feature=[names.index(one) for one in categories], free_raw_data=True
    )
    watched, stops = [], []
    if held_out is not None and 0 < hits[held_out].sum() < held_out.sum():
        watched = [lightgbm.Dataset(matrix[held_out], hits[held_out], reference=rows)]
        stops = [lightgbm.early_stopping(settings.rounds_without_gain, verbose=False)]
        parameters["metric"] = "binary_logloss"
    booster = lightgbm.train(parameters, rows, settings.rounds, valid_sets=watched, callbacks=stops)
    best = booster.best_iteration if booster.best_iteration > 0 else None
    return Challenger(name, version, names, categories, signs, booster.model_to_string(num_iteration=best))


def _codes_of(columns: Mapping[str, Any], name: str) -> tuple[str, ...]:
    from kejin.credit.score_arrays import text_column

    return tuple(sorted({str(one) for one in text_column(columns, name) if one is not None}))


def _matrix(columns: Mapping[str, Any], names: Sequence[str], categories: Mapping[str, tuple[str, ...]]) -> Floats:
    from kejin.credit.score_arrays import text_column

    parts = []
    for name in names:
        if name not in columns:
            raise InputError("credit.feature_missing", feature=name)
        if name in categories:
            place = {code: float(k) for k, code in enumerate(categories[name])}
            parts.append(np.array([place.get(one, np.nan) for one in text_column(columns, name)]))
        else:
            parts.append(numeric_column(columns, name))
    return np.column_stack(parts)

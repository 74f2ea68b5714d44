"""From a table of features and outcomes to calibrated models: scorecard and challenger, each calibrated on rows it
did not see.

The calibration is cross-fitted: rows are parted into folds by company, each fold is scored by a model of the
others, and these scores, together, calibrate the model that was fitted on all. So no row calibrates a model that
knew it, and none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.credit.calibration import Kind, fit_calibration
from kejin.credit.challenger import BoostSettings, Challenger, fit_challenger
from kejin.credit.fit_scorecard import Feature, FitSettings, FittedScorecard, outcome_column
from kejin.credit.reject_inference import RejectInference, fit_with_rejects
from kejin.credit.score_arrays import score_columns, text_column

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """How probabilities are set: method, stage column, long-run rate, number of folds, column of cohorts."""

    kind: Kind = "platt"
    stage_column: str | None = None
    stage_prior: float = 10.0
    long_run_rate: float | None = None
    folds: int = 5
    cohort_column: str | None = None


class Rows(dict[str, Any]):
    """Some rows of a mapping of columns, taken when a column is asked for."""

    def __init__(self, columns: Mapping[str, Any], rows: NDArray[np.bool_]) -> None:
        super().__init__()
        self.columns, self.rows = columns, rows

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __getitem__(self, name: str) -> Any:
        values = self.columns[name]
        if hasattr(values, "filter"):  # Arrow
            import pyarrow as pa

            return values.filter(pa.array(self.rows))
        return np.asarray(values)[self.rows]


def fold_of(groups: Sequence[Any] | NDArray[Any], folds: int) -> NDArray[np.int64]:
    """The fold of each row: all rows of a group (a company) share one, whatever the order of rows."""
    _, place = np.unique(np.asarray(groups), return_inverse=True)
    return np.asarray(place * 2654435761 % 2**32 % folds, dtype=np.int64)


def fit_default_scorecard(
    columns: Mapping[str, Any],
    default: Any,
    features: Sequence[Feature],
    groups: Any,
    settings: FitSettings = FitSettings(),  # noqa: B008 — frozen
    plan: CalibrationPlan = CalibrationPlan(),
    rejects: Mapping[str, Any] | None = None,
    inference: RejectInference = "none",
    odds_factor: float = 1.5,
    **origin: Any,
) -> FittedScorecard:
    """A calibrated scorecard; `log_odds` of the result are the cross-fitted ones, before calibration."""
    hits = outcome_column(default)
    fitted = fit_with_rejects(columns, hits, features, settings, rejects, inference, odds_factor, **origin)
    fold = fold_of(groups, plan.folds)
    log_odds = np.zeros(len(hits))
    for number in range(plan.folds):
        own, others = fold == number, fold != number
        part = fit_with_rejects(
            Rows(columns, others), hits[others], features, settings, rejects, inference, odds_factor
        )
        log_odds[own], _ = score_columns(part.scorecard, Rows(columns, own))
    calibration = _calibrated(log_odds, hits, columns, plan)
    return replace(fitted, scorecard=replace(fitted.scorecard, calibration=calibration), log_odds=log_odds)


def fit_default_challenger(
    columns: Mapping[str, Any],
    default: Any,
    features: Sequence[Feature],
    groups: Any,
    settings: BoostSettings = BoostSettings(),  # noqa: B008 — frozen
    plan: CalibrationPlan = CalibrationPlan(),
    **more: Any,
) -> Challenger:
    """A calibrated challenger; the number of trees is the one at which held-out companies gain nothing more."""
    hits = outcome_column(default)
    fold = fold_of(groups, plan.folds)
    log_odds, rounds = np.zeros(len(hits)), []
    for number in range(plan.folds):
        own, others = fold == number, fold != number
        inner = fold[others] == (number + 1) % plan.folds
        part = fit_challenger(Rows(columns, others), hits[others], features, settings, held_out=inner, **more)
        rounds.append(part.booster.num_trees())
        log_odds[own] = part.log_odds(Rows(columns, own))
    final = replace(settings, rounds=max(int(np.mean(rounds) * 1.1), 5))
    fitted = fit_challenger(columns, hits, features, final, **more)
    return replace(fitted, calibration=_calibrated(log_odds, hits, columns, plan))


def _calibrated(log_odds: Floats, hits: NDArray[np.uint8], columns: Mapping[str, Any], plan: CalibrationPlan) -> Any:
    stage = None if plan.stage_column is None else text_column(columns, plan.stage_column)
    cohort = None if plan.cohort_column is None else text_column(columns, plan.cohort_column)
    return fit_calibration(
        log_odds, hits, plan.kind, stage, plan.stage_column, plan.stage_prior, plan.long_run_rate, cohort
    )

"""What would have become of the applicants who were refused? Fuzzy augmentation, only where somebody asks for it.

Off by default: what the refused would have done is not known, and a guess from the same model adds certainty that
is not there. Switched on, each refused row counts twice, as a default with weight p and as none with weight 1 - p,
where p is the first model's probability with its odds raised by a factor, because a refusal usually had a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from kejin.credit.calibration import probability_of
from kejin.credit.fit_scorecard import (
    Feature,
    FitSettings,
    FittedScorecard,
    fit_scorecard,
    numeric_column,
    outcome_column,
)
from kejin.credit.score_arrays import score_columns, text_column
from kejin.errors import InputError

RejectInference = Literal["none", "fuzzy"]


def fit_with_rejects(
    columns: Mapping[str, Any],
    default: Any,
    features: Sequence[Feature],
    settings: FitSettings,
    rejects: Mapping[str, Any] | None = None,
    inference: RejectInference = "none",
    odds_factor: float = 1.5,
    **origin: Any,
) -> FittedScorecard:
    """A scorecard of accepted rows, or of accepted and refused ones.

    rejects      the same features of refused applicants, whose outcome nobody saw.
    inference    "none" leaves them out.
    odds_factor  how much higher the odds of default of the refused are than the first model says; >= 1.
    Returns      log-odds of the accepted rows.
    Raises       credit.odds_factor_wrong, and those of fit_scorecard.
    """
    first = fit_scorecard(columns, default, features, settings, **origin)
    if inference == "none" or rejects is None:
        return first
    if not odds_factor >= 1:
        raise InputError("credit.odds_factor_wrong", factor=odds_factor)
    log_odds, _ = score_columns(first.scorecard, rejects)
    chance = probability_of(log_odds + np.log(odds_factor))
    hits = outcome_column(default)
    many = len(chance)
    together = {feature.name: _three(columns, rejects, feature) for feature in features}
    outcome = np.concatenate([hits, np.ones(many, np.uint8), np.zeros(many, np.uint8)])
    weight = np.concatenate([np.ones(len(hits)), chance, 1.0 - chance])
    provenance = {**origin.pop("provenance", {}), "reject_inference": inference, "rejects": many}
    second = fit_scorecard(together, outcome, features, settings, weight=weight, provenance=provenance, **origin)
    return replace(second, log_odds=second.log_odds[: len(hits)])


def _three(columns: Mapping[str, Any], rejects: Mapping[str, Any], feature: Feature) -> Any:
    """Accepted, refused, refused again."""
    read = text_column if feature.kind == "categorical" else numeric_column
    refused = read(rejects, feature.name)
    return np.concatenate([read(columns, feature.name), refused, refused])

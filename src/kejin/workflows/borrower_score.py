"""What does the default model say of a borrower? The registered model's score, and what must be said of its use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kejin.credit.default_features import labels_of
from kejin.credit.registered_model import RegisteredModel
from kejin.errors import KejinError
from kejin.schemes.scheme import Label


@dataclass(frozen=True, slots=True)
class BorrowerScore:
    """One company's score.

    probability   of default within a year, with the low and high end of its interval.
    reasons       features that cost most points, most first.
    model         name and version; model_hash says which scorecard exactly.
    usable        validated, and the validation holds on the day; notices say what must be said.
    """

    probability: float
    probability_low: float
    probability_high: float
    points: int
    reasons: tuple[Label, ...]
    model: str
    model_hash: str
    usable: bool
    notices: tuple[KejinError, ...] = ()


def borrower_score(
    row: Mapping[str, Any], reason_columns: Sequence[str], model: RegisteredModel, as_of: date
) -> BorrowerScore | None:
    """The score of a row of score_table; None where the model says nothing of the company."""
    if row["default_probability_1y"] is None:
        return None
    names = [str(row[column]) for column in reason_columns if row[column] is not None]
    features = labels_of(names)
    return BorrowerScore(
        float(row["default_probability_1y"]),
        float(row["default_probability_1y_low"]),
        float(row["default_probability_1y_high"]),
        int(row["points"]),
        tuple(Label(features[name].label_zh or name, features[name].label_en or name) for name in names),
        f"{model.name} {model.version}",
        model.model_hash,
        model.usable(as_of),
        model.notices(as_of),
    )

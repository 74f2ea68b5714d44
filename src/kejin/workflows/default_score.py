"""What does the default model say of a company? The score of the registered model, and what must be said of its use."""

from __future__ import annotations

from dataclasses import dataclass

from kejin.errors import KejinError
from kejin.schemes.scheme import Label


@dataclass(frozen=True, slots=True)
class DefaultScore:
    """One company's score.

    probability   of default within a year, with the low and high end of its interval.
    reasons       features that cost most points with the points lost, most first.
    model         name and version; model_hash says which scorecard exactly.
    usable        validated, and the validation holds on the day; notices say what must be said.
    """

    probability: float
    probability_low: float
    probability_high: float
    points: int
    reasons: tuple[tuple[Label, int], ...]
    model: str
    model_hash: str
    usable: bool
    notices: tuple[KejinError, ...] = ()

"""A fitted renewal model: what is each patent worth, and will it be kept? Fitted by `renewal_fit.py`, kept as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.valuation.covariates import Category, Columns, Design, LogCount
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_state import QUANTILES, PatentState, RemainingValue, ReturnProcess
from kejin.valuation.renewal_value import kept_chance, remaining_value

Floats = NDArray[np.float64]
FORMAT = 1
Z90 = 1.6448536269514722  # half the width of a 90% interval, in standard errors


@dataclass(frozen=True)
class RenewalModel:
    """Returns of patents as their renewals reveal them.

    effects      of the design's names on the logarithm of the first year's return (unit of the fees).
    scale        logarithms of (sd_log, decay rate, decision_sd_log) as estimated.
    covariance   of effects and then scale; rows of a parameter that lies on its bound are NaN.
    about        what it was fitted on: rows, lapses, days, data hash, source, log-likelihood.
    """

    design: Design
    effects: Floats
    scale: Floats
    covariance: Floats
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def sd_log(self) -> float:
        """Standard deviation of the logarithm of the first year's return among patents alike."""
        return float(np.exp(self.scale[0]))

    @property
    def process(self) -> ReturnProcess:
        return ReturnProcess(_decay_of_rate(self.scale[1]), _exp(self.scale[2]))

    def returns(self, columns: Columns, rows: int) -> tuple[Floats, Floats]:
        """(mean, standard deviation) of the logarithm of the first year's return, shape (rows,).

        The spread among patents alike and the spread of what is missing are in it, the uncertainty of the fit is not.
        """
        mean, added = self.design.predict(self.effects, columns, rows)
        return mean, np.sqrt(self.sd_log**2 + added)

    def value(
        self,
        columns: Columns,
        state: PatentState,
        schedule: FeeSchedule,
        discount_rate: float,
        probabilities: tuple[float, ...] = QUANTILES,
        *,
        level_sd: float | None = None,
    ) -> RemainingValue:
        """What is each patent worth from now on? See renewal_value.remaining_value.

        level_sd   uncertainty of the fit about the level of all values, as a standard deviation of the logarithm;
                   `about["level_sd_log"]` when not given. It widens quantiles and sd_log; median and mean stay.
        """
        mean, spread = self.returns(columns, len(state.age_years))
        known = remaining_value(mean, spread, state, schedule, self.process, discount_rate, probabilities)
        level = float(self.about.get("level_sd_log", 0.0)) if level_sd is None else level_sd
        return widened(known, level)

    def level_sd_log(self, schedule: FeeSchedule, discount_rate: float, kind: int = 0, age_years: float = 8.0) -> float:
        """How uncertain is the fit about the level of values? For the average patent of this age, standing in force.

        Standard deviation of the logarithm of its median worth, by the parameters' covariance (delta method).
        """
        values = np.concatenate((self.effects, self.scale))
        covariance: Floats = np.nan_to_num(self.covariance)
        one = np.array([age_years])
        state = PatentState(np.array([kind]), one, np.array([4]), np.array([int(age_years) + 1]), np.array([True]))

        def middle(parameters: Floats) -> float:
            moved = RenewalModel(self.design, parameters[:-3], parameters[-3:], self.covariance)
            return float(moved.value({}, state, schedule, discount_rate, (0.5,), level_sd=0.0).mean_log[0])

        slopes = np.zeros(len(values))
        for place in range(len(values)):
            step = np.zeros(len(values))
            step[place] = 1e-3
            slopes[place] = (middle(values + step) - middle(values - step)) / 2e-3
        return math.sqrt(max(float(slopes @ covariance @ slopes), 0.0))

    def life_curve(self, columns: Columns, state: PatentState, schedule: FeeSchedule, years: int) -> Floats:
        """The chance to be kept 1, 2, ... years from now, given what was paid; shape (patent, year).

        Lapse for want of a fee and the end of the term are in it; invalidity is not (see life_curve.py).
        """
        mean, spread = self.returns(columns, len(state.age_years))
        return kept_chance(mean, spread, state, schedule, self.process, years)

    def parameters(self) -> list[dict[str, Any]]:
        """Every parameter with its standard error and 90% interval; scales as themselves, not as logarithms."""
        names = [*self.design.names, "sd_log", "decay", "decision_sd_log"]
        values = np.concatenate((self.effects, self.scale))
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.covariance))
        ways: list[Way] = [_same] * len(self.effects) + [_exp, _decay_of_rate, _exp]
        rows = []
        for name, value, error, way in zip(names, values, errors, ways, strict=True):
            known = not np.isnan(error)
            rows.append(
                {
                    "name": name,
                    "value": way(value),
                    "standard_error": abs(way(value + 1e-6) - way(value - 1e-6)) / 2e-6 * float(error)
                    if known
                    else None,
                    "low_90": way(value - Z90 * error) if known else None,
                    "high_90": way(value + Z90 * error) if known else None,
                }
            )
        return rows

    def as_json(self) -> dict[str, Any]:
        """The model as plain JSON values; `from_json` gives it back bit for bit."""
        return {
            "format": FORMAT,
            "model": "renewal",
            "about": self.about,
            "design": design_json(self.design),
            "names": [*self.design.names, "log sd_log", "log decay_rate", "log decision_sd_log"],
            "values": [_plain(value) for value in np.concatenate((self.effects, self.scale))],
            "covariance": [[_plain(value) for value in row] for row in self.covariance],
            "parameters": self.parameters(),
        }


def widened(known: RemainingValue, level_sd: float) -> RemainingValue:
    """The same worth with an uncertain level: quantiles move away from the median, the median stays.

    ln(worth) is widened as a normal would be by an independent normal error with this standard deviation.
    """
    if level_sd == 0:
        return known
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.hypot(known.sd_log, level_sd)
        factor = np.where(known.sd_log > 0, spread / known.sd_log, 1.0)
        logs = known.mean_log + (np.log(known.quantiles) - known.mean_log) * factor
        quantiles = np.where(known.quantiles > 0, np.exp(logs), 0.0)
    return replace(known, quantiles=quantiles, sd_log=spread)


def renewal_model_from_json(loaded: dict[str, Any]) -> RenewalModel:
    """The model that as_json wrote. Raises valuation.model_file_wrong."""
    try:
        if loaded["format"] != FORMAT or loaded["model"] != "renewal":
            raise InputError("valuation.model_file_wrong", said=f"format {loaded['format']}, model {loaded['model']}")
        design = design_from_json(loaded["design"])
        values = np.array([_number(value) for value in loaded["values"]])
        covariance = np.array([[_number(value) for value in row] for row in loaded["covariance"]])
        width = len(design.names)
        if values.shape != (width + 3,) or covariance.shape != (width + 3, width + 3):
            raise InputError("valuation.model_file_wrong", said="the number of parameters does not fit the design")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("valuation.model_file_wrong", said=f"{type(error).__name__}: {error}") from error
    return RenewalModel(design, values[:width], values[width:], covariance, dict(loaded["about"]))


def model_text(loaded: dict[str, Any]) -> str:
    """A model's JSON as text that is the same for the same model."""
    return json.dumps(loaded, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


Way = Callable[[float], float]


def _same(value: float) -> float:
    return float(value)


def _exp(value: float) -> float:
    return float(np.exp(value))


def _decay_of_rate(log_rate: float) -> float:
    """Share lost a year, from the logarithm of the continuous rate."""
    return float(-np.expm1(-np.exp(log_rate)))


def _plain(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def design_json(design: Design) -> list[dict[str, Any]]:
    """A design as plain JSON values."""
    return [_term_json(term) for term in design.terms]


def design_from_json(loaded: list[dict[str, Any]]) -> Design:
    """The design that design_json wrote."""
    return Design(tuple(_term(one) for one in loaded))


def _term_json(term: Category | LogCount) -> dict[str, Any]:
    if isinstance(term, Category):
        return {"column": term.column, "levels": list(term.levels), "shares": list(term.shares)}
    return {"column": term.column, "mean_log": term.mean, "variance_log": term.variance}


def _term(loaded: dict[str, Any]) -> Category | LogCount:
    if "levels" in loaded:
        return Category(loaded["column"], tuple(loaded["levels"]), tuple(float(share) for share in loaded["shares"]))
    return LogCount(loaded["column"], float(loaded["mean_log"]), float(loaded["variance_log"]))

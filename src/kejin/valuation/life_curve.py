"""Will a patent still be in force then? The chance for each future year, and how the others ended.

Three ends compete. Lapse for want of a fee: a chance at each anniversary, by age and by what is known of the patent (a
proportional-hazards model, `life_fit.py`). Invalidity: a constant yearly chance. Expiry: the end of the term, certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.valuation.covariates import Columns, Design
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_model import RenewalModel, design_from_json, design_json, renewal_model_from_json
from kejin.valuation.renewal_state import PatentState

Floats = NDArray[np.float64]
FORMAT = 1


@dataclass(frozen=True)
class KindLife:
    """How one kind of right lapses.

    hazard   (year,) cumulative-hazard step at the anniversary that ends year 1, 2, ..., for an average patent.
    effects  of the design's names without the intercept, on the logarithm of the hazard.
    centre   the mean of the design's columns among the fitted rows.
    """

    design: Design
    hazard: Floats
    effects: Floats
    centre: Floats


@dataclass(frozen=True, slots=True)
class Ends:
    """What has become of each patent 1, 2, ... years from now; each (patent, year), together 1 in every place."""

    in_force: Floats
    lapsed: Floats
    invalid: Floats
    expired: Floats


@dataclass(frozen=True)
class LifeModel:
    """A fitted model of patents' lives.

    kinds           kind of right -> how it lapses; a kind that is absent follows `renewal`.
    invalid_yearly  chance a year of being declared invalid.
    renewal         the renewal model that stands in for kinds without enough lapses of their own.
    about           what it was fitted on.
    """

    kinds: Mapping[str, KindLife]
    invalid_yearly: float
    renewal: RenewalModel | None = None
    about: dict[str, Any] = field(default_factory=dict)

    def in_force(self, columns: Columns, state: PatentState, schedule: FeeSchedule, years: int) -> Floats:
        """The chance to be in force 1, 2, ... years from now: (patent, year).

        An application is taken as if it were granted today: multiply by its chance of grant.
        Raises valuation.kind_unfitted.
        """
        kept = self._kept(columns, state, schedule, years)
        return np.asarray(kept * (1 - self.invalid_yearly) ** np.arange(1, years + 1), dtype=np.float64)

    def ends(self, columns: Columns, state: PatentState, schedule: FeeSchedule, years: int) -> Ends:
        """How patents will have ended, year by year. One that ended before counts as lapsed."""
        kept = self._kept(columns, state, schedule, years)
        _, terms = schedule.table()
        rows = len(state.age_years)
        over = state.age_years[:, None] + np.arange(1, years + 1)[None, :] >= terms[state.kind][:, None]
        in_force, invalid, expired = (np.zeros((rows, years)) for _ in range(3))
        last, gone_invalid, gone_expired = state.alive.astype(np.float64), np.zeros(rows), np.zeros(rows)
        before = np.ones(rows)
        for year in range(years):
            gone_invalid = gone_invalid + last * self.invalid_yearly
            left = last * (1 - self.invalid_yearly)
            gone_expired = gone_expired + np.where(over[:, year], left, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(before > 0, kept[:, year] / before, 0.0)
            last = np.where(over[:, year], 0.0, left * step)
            before = kept[:, year]
            in_force[:, year], invalid[:, year], expired[:, year] = last, gone_invalid, gone_expired
        return Ends(in_force, 1.0 - in_force - invalid - expired, invalid, expired)

    def _kept(self, columns: Columns, state: PatentState, schedule: FeeSchedule, years: int) -> Floats:
        """The chance that fees are paid and the term lasts, invalidity left aside."""
        curve = np.zeros((len(state.age_years), years))
        for number, kind in enumerate(schedule.kinds):
            rows = np.flatnonzero(state.kind == number)
            if not rows.size:
                continue
            part = state.chosen(rows)
            own = {name: values[rows] for name, values in columns.items()}
            if kind in self.kinds:
                curve[rows] = _kept_by_hazard(self.kinds[kind], own, part, len(schedule.fees_cny[kind]), years)
            elif self.renewal is not None:
                curve[rows] = self.renewal.life_curve(own, part, schedule, years)
            else:
                raise InputError("valuation.kind_unfitted", kind=kind, known=", ".join(self.kinds) or "-")
        return curve

    def as_json(self) -> dict[str, Any]:
        """The model as plain JSON values."""
        return {
            "format": FORMAT,
            "model": "life",
            "about": self.about,
            "invalid_yearly": self.invalid_yearly,
            "kinds": {
                kind: {
                    "design": design_json(one.design),
                    "hazard": [float(value) for value in one.hazard],
                    "effects": [float(value) for value in one.effects],
                    "centre": [float(value) for value in one.centre],
                }
                for kind, one in self.kinds.items()
            },
            "renewal": None if self.renewal is None else self.renewal.as_json(),
        }


def life_model_from_json(loaded: dict[str, Any]) -> LifeModel:
    """The model that as_json wrote. Raises valuation.model_file_wrong."""
    try:
        if loaded["format"] != FORMAT or loaded["model"] != "life":
            raise InputError("valuation.model_file_wrong", said=f"format {loaded['format']}, model {loaded['model']}")
        kinds = {
            kind: KindLife(
                design_from_json(one["design"]),
                np.array(one["hazard"], dtype=np.float64),
                np.array(one["effects"], dtype=np.float64),
                np.array(one["centre"], dtype=np.float64),
            )
            for kind, one in loaded["kinds"].items()
        }
        renewal = None if loaded["renewal"] is None else renewal_model_from_json(loaded["renewal"])
        return LifeModel(kinds, float(loaded["invalid_yearly"]), renewal, dict(loaded["about"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("valuation.model_file_wrong", said=f"{type(error).__name__}: {error}") from error


def _kept_by_hazard(life: KindLife, columns: Columns, state: PatentState, term: int, years: int) -> Floats:
    """exp(-(hazard of the anniversaries to come) * exp(effects)): (patent, year), 0 from the end of the term."""
    table, _ = life.design.matrix(columns, len(state.age_years))
    ratio = np.exp((table[:, 1:] - life.centre) @ life.effects)
    steps = np.concatenate(([0.0], np.cumsum(life.hazard), np.zeros(0)))
    known = np.minimum(state.year - 1, term - 1)  # anniversaries behind it
    curve = np.zeros((len(ratio), years))
    for ahead in range(1, years + 1):
        coming = np.minimum(known + ahead, len(steps) - 1)
        kept = np.exp(-(steps[coming] - steps[np.minimum(known, len(steps) - 1)]) * ratio)
        curve[:, ahead - 1] = np.where(state.alive & (state.age_years + ahead < term), kept, 0.0)
    return curve

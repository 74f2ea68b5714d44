"""How long do patents live? Lapse by age and by what is known of them, and the rate of invalidity, from an event table.

Lapse: Cox's proportional hazards with late entry (a patent is at risk from its grant), ties by Efron, separately for
each kind of right, because fees and terms differ. Invalidity: events over years at risk. Both by lifelines.

Source   D. R. Cox, Regression Models and Life-Tables, JRSS B 34 (1972).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.valuation.covariates import design_of
from kejin.valuation.life_curve import KindLife, LifeModel
from kejin.valuation.renewal_events import RenewalEvents
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_fit import CATEGORIES, COUNTS, LAPSES_MIN
from kejin.valuation.renewal_model import RenewalModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
AT_RISK_MIN = 20  # an age with fewer patents at risk takes the hazard of the nearest age with enough
HAZARD_MAX = 5.0  # where everybody lapsed
PENALTY = 0.01  # of lifelines: keeps effects finite where a level never lapsed


def fit_life(
    events: RenewalEvents,
    schedule: FeeSchedule,
    *,
    categories: tuple[str, ...] = CATEGORIES,
    counts: tuple[str, ...] = COUNTS,
    renewal: RenewalModel | None = None,
    about: dict[str, Any] | None = None,
) -> LifeModel:
    """A model of lives, one baseline a kind of right with enough lapses.

    renewal  stands in for the other kinds.
    """
    kinds: dict[str, KindLife] = {}
    for kind in schedule.kinds:
        own = events.chosen(np.asarray(events.kind == kind))
        if int(own.lapsed.sum()) >= LAPSES_MIN:
            kinds[kind] = _fit_kind(own, len(schedule.fees_cny[kind]), categories, counts)
    facts: dict[str, Any] = {
        "rows": len(events),
        "lapses": int(events.lapsed.sum()),
        "invalid": int(events.invalid.sum()),
    }
    return LifeModel(kinds, _invalid_yearly(events), renewal, facts | (about or {}))


def _fit_kind(events: RenewalEvents, term: int, categories: tuple[str, ...], counts: tuple[str, ...]) -> KindLife:
    import pandas as pd
    from lifelines import CoxPHFitter

    wanted = tuple(name for name in categories if name != "patent_kind")
    design = design_of(events.columns, wanted, counts)
    table, _ = design.matrix(events.columns, len(events))
    # Decision t is the fee due on the t-th anniversary. At risk from the one after grant to the last one seen.
    last = np.where(events.lapsed, events.paid_year, events.paid_year - 1)
    seen = last >= events.first_year
    names = list(design.names[1:])
    entry, last = events.first_year[seen] - 1, last[seen]
    lapsed, table = events.lapsed[seen], table[seen, 1:]
    effects = np.zeros(0)
    if names:
        frame = pd.DataFrame(table, columns=names)
        frame["entry"], frame["last"], frame["lapsed"] = entry.astype(np.float64), last.astype(np.float64), lapsed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter = CoxPHFitter(penalizer=PENALTY)
            fitter.fit(frame, duration_col="last", event_col="lapsed", entry_col="entry")
        effects = fitter.params_.reindex(names).to_numpy(dtype=np.float64)
    centre = table.mean(axis=0)
    steps, at_risk = _baseline(entry, last, lapsed, np.exp((table - centre) @ effects), term)
    return KindLife(design, _steadied(steps, at_risk), effects, centre)


def _baseline(entry: Ints, last: Ints, lapsed: Flags, ratio: Floats, term: int) -> tuple[Floats, Ints]:
    """(cumulative-hazard step of decision 1, 2, ... term - 1 for a ratio of 1; how many patents faced it).

    The step at which as many lapses are expected as were seen, among those who had entered. (The baseline of lifelines
    0.30 leaves late entry out, and Breslow's estimator is too low where many lapse on the same day.)
    """
    steps, at_risk = np.zeros(term - 1), np.zeros(term - 1, dtype=np.int64)
    for decision in range(1, term):
        faced = (entry < decision) & (last >= decision)
        lapses = int((lapsed & (last == decision)).sum())
        at_risk[decision - 1] = int(faced.sum())
        if lapses:
            steps[decision - 1] = _step(ratio[faced], lapses)
    return steps, at_risk


def _step(ratio: Floats, lapses: int) -> float:
    """The h with sum(1 - exp(-h ratio)) = lapses."""
    from scipy.optimize import brentq

    if lapses >= len(ratio):
        return HAZARD_MAX
    return float(brentq(lambda h: float(-np.expm1(-h * ratio).sum()) - lapses, 0.0, 1e3 / float(ratio.min())))


def _steadied(steps: Floats, at_risk: Ints) -> Floats:
    """The steps, those of thinly seen ages replaced: young ones by the first well seen, old ones by a mean of three."""
    enough = np.flatnonzero(at_risk >= AT_RISK_MIN)
    if not enough.size:
        return steps
    steady = steps.copy()
    steady[: enough[0]] = steps[enough[0]]
    steady[enough[-1] + 1 :] = steps[enough[-3:]].mean()
    return steady


def _invalid_yearly(events: RenewalEvents) -> float:
    """Chance a year of being declared invalid: events over years in force, 0 where none was seen."""
    from lifelines import ExponentialFitter

    if not events.invalid.any():
        return 0.0
    lived = np.maximum(events.paid_year - events.first_year, 0) + 0.5  # half a year each at both ends
    fitter = ExponentialFitter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitter.fit(lived, event_observed=events.invalid)
    return float(-np.expm1(-1.0 / fitter.lambda_))

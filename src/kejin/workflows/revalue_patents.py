"""Revalue patents: one workspace on two days, what moved each value and why, and pledges no longer covered.

Nothing is written into the journal: the two valuations are; this compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from kejin.valuation.revaluation import STEPS, DayInputs, moves, uncovered
from kejin.workflows.valuation_arrays import numbers, places_in, texts
from kejin.workflows.valuation_result import Valued
from kejin.workflows.value_patents import Valuer
from kejin.workflows.workspace import Workspace


@dataclass(frozen=True)
class Revaluation:
    """table: one row a patent known on the later day; new: patents that were not known before."""

    before: date
    after: date
    table: pa.Table
    patents: int
    new: int
    alerts: int


def revalue_patents(workspace: Workspace, before: date, after: date) -> Revaluation:
    """What moved between two days?

    Returns  columns publication_number, company_id, value_cny_mid_before (missing for a patent not known then),
             value_cny_mid, change_cny, effect_<step>_cny for each step of revaluation.STEPS, effect_others_cny
             (patents of the owner that came or went), value_cny_low, secured_cny,
             uncovered.
    Raises   as value_patents.
    """
    old_valuer, new_valuer = Valuer(workspace, before), Valuer(workspace, after)
    for valuer in (old_valuer, new_valuer):
        valuer.check()
    with old_valuer.parts() as keep:
        old = old_valuer.values(keep)
    with new_valuer.parts() as keep:
        new = new_valuer.values(keep)
    names, known = texts(new.table, "publication_number"), texts(old.table, "publication_number")
    place = places_in(names, known)
    both = np.flatnonzero(place >= 0)
    moved = moves(_inputs(old, place[both]), _inputs(new, both))
    secured = numbers(new.table, "secured_cny")
    alert = uncovered(new.appraisal, secured, new_valuer.rules.cover_ratio_min.number)

    def spread(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Array:
        wide = np.full(len(names), np.nan)
        wide[both] = values
        return pa.array(np.round(wide, 2), from_pandas=True)

    low, mid, _ = new.appraisal.values
    old_mid = np.nan_to_num(old.appraisal.values[1][place[both]])
    change = np.nan_to_num(mid[both]) - old_mid
    # Patents that came or went change the parts of the others, which were valued here without them.
    others = change - np.sum(list(moved.effects.values()), axis=0)
    columns = {
        "publication_number": new.table["publication_number"].combine_chunks(),
        "company_id": new.table["company_id"].combine_chunks(),
        "value_cny_mid_before": spread(old_mid),
        "value_cny_mid": pa.array(np.round(mid, 2), from_pandas=True),
        "change_cny": spread(change),
        **{f"effect_{step}_cny": spread(moved.effects[step]) for step in STEPS},
        "effect_others_cny": spread(others),
        "value_cny_low": pa.array(np.round(low, 2), from_pandas=True),
        "secured_cny": pa.array(secured, from_pandas=True),
        "uncovered": pa.array(alert),
    }
    return Revaluation(before, after, pa.table(columns), len(names), len(names) - len(both), int(alert.sum()))


def _inputs(valued: Valued, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> DayInputs:
    """Some patents of a valuation. Parts of an owner are taken among these patents."""
    renewal = valued.renewal
    if renewal is not None:
        renewal = type(renewal)(renewal.mu[rows], renewal.sigma[rows])
    return DayInputs(valued.patents.take(rows), valued.survival[rows], renewal, valued.appraisal.frame)

"""What moved the value of a patent between two days, and why? Which pledges are no longer covered?

The inputs of the old day are replaced by those of the new day one group after another, in a fixed order, and the
patents are valued after each: the steps add up to the whole change, to the last digit. The order is part of the answer:

    life, revenue, quality, use, rights, methods

`life` is age, remaining term, survival and what renewals say; `revenue` the owner's reports; `rights` ends,
disputes, shares,
pledges, families; `methods` all that is fitted or looked up anew (prices of comparables, corrections, rules).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kejin.valuation.appraise import Appraisal, Frame, apply
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import Flags, Floats, PatentColumns

GROUPS: dict[str, tuple[str, ...]] = {
    "life": ("age_years", "left_years"),
    "revenue": ("revenue_cny", "revenue_prior_log", "revenue_prior_sigma", "research_cny", "royalty_group"),
    "quality": ("quality", "field", "obsolescence_group", "kind"),
    "use": ("use",),
    "rights": (
        "in_force", "pending", "holders", "disputed", "invalidity_pending", "fee_overdue", "licensed_out", "pledges",
        "family_place", "company",
    ),
    "methods": ("own_deal_log",),
}  # fmt: skip
STEPS = tuple(GROUPS)


@dataclass(frozen=True)
class DayInputs:
    """What a valuation of one day read."""

    patents: PatentColumns
    survival: Floats
    renewal: Opinion | None
    frame: Frame


@dataclass(frozen=True)
class Moves:
    """Middle values of the same patents on two days, CNY, and what each group of inputs did; shape (patent,)."""

    before: Floats
    after: Floats
    effects: dict[str, Floats]


def moves(old: DayInputs, new: DayInputs) -> Moves:
    """What moved each patent's middle value? Both hold the same patents in the same order."""
    assert len(old.patents) == len(new.patents), "the same patents on both days"
    now = old
    values = [_mid(now)]
    for step, columns in GROUPS.items():
        patents = replace(now.patents, **{name: getattr(new.patents, name) for name in columns})
        now = replace(now, patents=patents)
        if step == "life":
            now = replace(now, survival=new.survival, renewal=new.renewal)
        if step == "methods":
            now = replace(now, frame=new.frame)
        values.append(_mid(now))
    effects = {step: values[place + 1] - values[place] for place, step in enumerate(STEPS)}
    return Moves(values[0], values[-1], effects)


def uncovered(appraisal: Appraisal, secured_cny: Floats, cover_ratio_min: float) -> Flags:
    """Which pledged patents have a low value below the amount that they secure, times the ratio of the rule?

    secured_cny   NaN where nothing is secured.
    """
    low = appraisal.values[0]
    return (secured_cny > 0) & ~(low >= cover_ratio_min * np.nan_to_num(secured_cny))


def _mid(day: DayInputs) -> Floats:
    """Middle values; a patent on which no method speaks counts 0 on the way, because a change needs two numbers."""
    return np.nan_to_num(apply(day.patents, day.survival, day.frame, day.renewal).values[1])

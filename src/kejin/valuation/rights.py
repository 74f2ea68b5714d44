"""How much of a patent's value does its owner really have? Ends, shares, and risks that the right falls.

Ended       worth 0 from the day of the end.
Risk        the right stands with a probability (pending application, dispute, request for invalidity, overdue fee;
            figures of the rules, multiplied). With the rest it is worth 0, so the low value of a risky right may be 0.
Share       co-owners share equally (a number of holders that is missing is taken as one, and said); an owner who
            licensed the patent out keeps a part; of a family one member carries the value and the others 0.
Pledges     do not lower a value; they are said, and two at once are a finding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from kejin.valuation.figures import ValuationRules
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import YES, Flags, Floats, PatentColumns

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class RightsFigures:
    """Probabilities that a right of each state stands; the part left after licensing out; years to call an end near."""

    pending: float
    disputed: float
    invalidity_pending: float
    fee_overdue: float
    licensed_out_share: float
    expiry_soon_years: float


@dataclass(frozen=True, slots=True)
class Rights:
    """stands: probability that the right holds, 0 once it has ended; share: the owner's part of its value, 0..1."""

    stands: Floats
    share: Floats


def rights_figures(rules: ValuationRules) -> RightsFigures:
    """The figures for rights."""
    return RightsFigures(
        rules.right_stands.number("pending", "probability"),
        rules.right_stands.number("disputed", "probability"),
        rules.right_stands.number("invalidity_pending", "probability"),
        rules.right_stands.number("fee_overdue", "probability"),
        rules.licensed_out_share.number,
        rules.expiry_soon_years.number,
    )


def rights_of(patents: PatentColumns, figures: RightsFigures) -> Rights:
    """What the state of each right leaves of its value."""
    stands = np.where(patents.in_force, 1.0, np.where(patents.pending, figures.pending, 0.0))
    stands = stands * np.where(patents.disputed == YES, figures.disputed, 1.0)
    stands = stands * np.where(patents.invalidity_pending, figures.invalidity_pending, 1.0)
    stands = stands * np.where(patents.fee_overdue, figures.fee_overdue, 1.0)
    stands = np.where(patents.left_years > 0, stands, 0.0)
    share = 1.0 / np.where(np.isnan(patents.holders), 1.0, patents.holders)
    share = share * np.where(patents.licensed_out, figures.licensed_out_share, 1.0)
    return Rights(stands, np.where(patents.family_place == 0, share, 0.0))


def value_quantile(opinion: Opinion, rights: Rights, floor_cny: Floats, level: float) -> Floats:
    """The value below which lies a share `level` of what may be: shape (patent,), CNY; NaN where no method spoke.

    With probability 1 - stands the value is 0; otherwise it is lognormal, but at least the floor. An ended right is
    worth 0, whatever the methods know.
    """
    stands = rights.stands
    inside = np.divide(level - (1.0 - stands), stands, out=np.zeros_like(stands), where=stands > 0)
    holds = inside > 0
    normal = ndtri(np.where(holds, inside, 0.5))
    value = np.exp(opinion.mu + opinion.sigma * normal)
    value = np.where(holds, np.maximum(value, floor_cny) * rights.share, 0.0)
    return np.where((stands > 0) & ~opinion.heard, np.nan, value)


REASONS = (
    "ended", "pending", "family_counted_once", "co_owned", "holders_unknown", "licensed_out", "pledged",
    "pledged_twice", "disputed", "invalidity_pending", "fee_overdue", "expires_soon", "revenue_missing",
    "before_revenue", "quality_missing", "use_unknown", "field_unknown", "methods_disagree", "floor_holds",
    "one_method_only",
)  # fmt: skip


def reason_flags(
    patents: PatentColumns, figures: RightsFigures, disagree: Flags, floor_holds: Flags, methods: Floats
) -> dict[str, Flags]:
    """Why is the value what it is? One flag a reason, in the order of REASONS."""
    alive = patents.alive
    found = {
        "ended": ~alive,
        "pending": patents.pending,
        "family_counted_once": patents.family_place > 0,
        "co_owned": patents.holders > 1,
        "holders_unknown": np.isnan(patents.holders),
        "licensed_out": patents.licensed_out,
        "pledged": patents.pledges > 0,
        "pledged_twice": patents.pledges > 1,
        "disputed": patents.disputed == YES,
        "invalidity_pending": patents.invalidity_pending,
        "fee_overdue": patents.fee_overdue,
        "expires_soon": patents.left_years < figures.expiry_soon_years,
        "revenue_missing": np.isnan(patents.revenue_cny),
        "before_revenue": patents.revenue_cny == 0,
        "quality_missing": np.isnan(patents.quality),
        "use_unknown": patents.use < 0,
        "field_unknown": patents.field == 0,
        "methods_disagree": disagree,
        "floor_holds": floor_holds,
        "one_method_only": methods == 1,
    }
    return {name: found[name] & (alive | (name == "ended")) for name in REASONS}

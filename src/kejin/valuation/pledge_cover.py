"""Does a registered pledge still cover its loan, and what moved since it was last looked at?

    cover = pledge value / principal outstanding

An alert is raised where the cover is below the rule's minimum, where a reason now bars a patent, or where its value is
no longer known. What moved is told by stages: first the value, then the disposal factor, then the pledge ratio, then
patents that fell out; each stage's part is a difference of two products, and the last one is the remainder, so that the
parts add up to the whole change to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kejin.errors import InputError
from kejin.rule_values import Figure, from_rule
from kejin.units import round_cny
from kejin.valuation.pledge_value import PatentPledgeValue

ALERTS = ("patent_barred", "value_unknown", "cover_below_minimum")


@dataclass(frozen=True, slots=True)
class CoverRules:
    """What watching a pledge needs of the rules of the day."""

    cover_min: Figure = from_rule("patents/pledge/cover_min")


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover of one pledge on a day.

    ratio    pledge value over principal; None where nothing is outstanding.
    alerts   of ALERTS, in that order; empty where all is well.
    """

    pledge_cny: Decimal
    outstanding_cny: Decimal
    ratio: Decimal | None
    alerts: tuple[str, ...]


def cover(pledge_cny: Decimal, outstanding_cny: Decimal, cover_min: Decimal, *, barred: bool, unknown: bool) -> Cover:
    """Whether a pledge still covers its loan.

    pledge_cny       CNY, of the patents that may still be counted; outstanding_cny principal, CNY, both >= 0.
    barred, unknown  whether a reason bars some patent now; whether the value of one is missing.
    Raises           valuation.pledge_value_negative, .outstanding_negative.
    Limits           A loan that is repaid needs no cover: only barred patents alert then.
    """
    if pledge_cny.is_nan() or pledge_cny < 0:  # a decimal NaN cannot be compared
        raise InputError("valuation.pledge_value_negative", value=pledge_cny)
    if outstanding_cny.is_nan() or outstanding_cny < 0:
        raise InputError("valuation.outstanding_negative", value=outstanding_cny)
    # Compared as a product, not as the rounded ratio, so that the edge is exact.
    short = pledge_cny < cover_min * outstanding_cny
    alerts = tuple(name for name, on in zip(ALERTS, (barred, unknown, short), strict=True) if on)
    ratio = pledge_cny / outstanding_cny if outstanding_cny > 0 else None
    return Cover(pledge_cny, outstanding_cny, ratio, alerts)


@dataclass(frozen=True, slots=True)
class Movement:
    """Why the pledge value of a case changed: parts in CNY that add up to `total_cny`."""

    value_cny: Decimal
    disposal_factor_cny: Decimal
    ratio_cny: Decimal
    fallen_out_cny: Decimal
    total_cny: Decimal


def movement(before: Mapping[str, PatentPledgeValue], now: Mapping[str, PatentPledgeValue]) -> Movement:
    """What moved between two days, patents by number; one that is missing now fell out, one that is new came in.

    Returns  the parts in CNY, each rounded to the fen but the one for patents in and out, which is the remainder.
    """
    value = factor = ratio = Decimal(0)
    for number in sorted(before.keys() & now.keys()):
        old, new = before[number], now[number]
        value += (new.basis_cny - old.basis_cny) * old.disposal_factor * old.ratio
        factor += new.basis_cny * (new.disposal_factor - old.disposal_factor) * old.ratio
        ratio += new.basis_cny * new.disposal_factor * (new.ratio - old.ratio)
    total = _sum(now) - _sum(before)
    parts = (round_cny(value), round_cny(factor), round_cny(ratio))
    return Movement(*parts, total - sum(parts, Decimal(0)), total)


def _sum(values: Mapping[str, PatentPledgeValue]) -> Decimal:
    return sum((value.pledge_cny for value in values.values()), Decimal(0))

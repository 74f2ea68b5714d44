"""If it fails, what is lost, and on how much? Loss given default by security, and exposure at default.

    exposure   = drawn + accrued interest + conversion factor x undrawn
    collateral = sum over pledges of low value x (1 - haircut) x (1 - cost of sale) / (1 + rate)^(months to sell / 12),
                 less claims that come before, the exposure at most
    loss       = (exposure - collateral) x loss rate without security, the floor at least
    bank's     = loss x (1 - sum of what guarantors and pools bear x how surely they pay)

The pledge counts with the low end of its value. A pledge that was not valued counts nothing, and the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.credit.input_checks import Floats, not_negative, positive, share
from kejin.rule_values import Figure, RowTable, from_rule


@dataclass(frozen=True, slots=True)
class LossRules:
    """A bank's figures for losses; all of a profile."""

    unsecured_loss_rate: Figure = from_rule("credit/loss/unsecured_loss_rate")
    loss_rate_floor: Figure = from_rule("credit/loss/loss_rate_floor")
    collateral: RowTable = from_rule("credit/loss/collateral")
    conversion_factors: RowTable = from_rule("credit/loss/conversion_factors")
    payer_reliability: RowTable = from_rule("credit/loss/payer_reliability")


@dataclass(frozen=True, slots=True)
class CollateralTerms:
    """How a kind of pledge is turned into money: haircut and cost as ratios, months until it is sold."""

    haircut: float
    cost: float
    months: float


@dataclass(frozen=True, slots=True)
class LossGivenDefault:
    """Shares of the exposure, shape (loan,).

    collateral   recovered from pledges.
    whole        lost before anybody shares it (the loss that is claimed).
    bank         lost by the bank after guarantors and pools.
    unvalued     some pledge has no value and counted nothing.
    """

    collateral: Floats
    whole: Floats
    bank: Floats
    unvalued: NDArray[np.bool_]


def collateral_terms(table: RowTable) -> dict[str, CollateralTerms]:
    """Terms by kind of pledge, as a rule gives them."""
    return {
        kind: CollateralTerms(*(table.number(kind, column) for column in ("haircut", "cost", "months")))
        for kind in table.rows
    }


def exposure_at_default(
    drawn_cny: Floats, undrawn_cny: Floats, conversion_factor: Floats | float, accrued_cny: Floats | float = 0.0
) -> Floats:
    """Exposure when the company fails, CNY.

    Raises   credit.amount_negative, credit.share_outside.
    """
    drawn, undrawn = not_negative("drawn_cny", drawn_cny), not_negative("undrawn_cny", undrawn_cny)
    accrued, factor = not_negative("accrued_cny", accrued_cny), share("conversion_factor", conversion_factor)
    return drawn + accrued + factor * undrawn


def loss_given_default(
    exposure_cny: Floats,
    pledges_low_cny: Mapping[str, Floats],
    terms: Mapping[str, CollateralTerms],
    unsecured_loss_rate: float,
    *,
    prior_claims_cny: Floats | float = 0.0,
    borne_by_others: Mapping[str, tuple[Floats | float, float]] | None = None,
    discount_rate: float = 0.0,
    loss_rate_floor: float = 0.0,
) -> LossGivenDefault:
    """Share of the exposure that is lost, before and after others bear their part.

    exposure_cny      shape (loan,), > 0.
    pledges_low_cny   kind of pledge -> low end of its value, shape (loan,); 0: none, NaN: not valued.
    borne_by_others   bearer -> (share of the loss, how surely it pays); the shares from a sharing contract.
    loss_rate_floor   least share of the exposure that is lost, before others bear their part.
    Limits   More collateral never raises the loss; a pledge of unknown kind raises KeyError (a programmer's mistake).
    Raises   credit.amount_not_positive, credit.amount_negative, credit.share_outside.
    """
    exposure = positive("exposure_cny", exposure_cny)
    rate, floor = float(share("unsecured_loss_rate", unsecured_loss_rate)), float(share("floor", loss_rate_floor))
    worth, unvalued = np.zeros_like(exposure), np.zeros(exposure.shape, bool)
    for kind, values in pledges_low_cny.items():
        low, how = not_negative(kind, values, missing=True), terms[kind]
        kept = (1 - how.haircut) * (1 - how.cost) / (1 + discount_rate) ** (how.months / 12)
        unvalued |= np.isnan(low)
        worth = worth + np.nan_to_num(low) * kept
    worth = np.maximum(worth - not_negative("prior_claims_cny", prior_claims_cny), 0.0)
    collateral = np.minimum(worth / exposure, 1.0)
    whole = np.maximum((1.0 - collateral) * rate, floor)
    borne = np.zeros_like(exposure)
    for bearer, (part, surely) in (borne_by_others or {}).items():
        borne = borne + share(bearer, part) * float(share(bearer, surely))
    return LossGivenDefault(collateral, whole, whole * (1.0 - share("borne_by_others", borne)), unvalued)

"""How much may be lent, and what binds? The least of all caps, with the cap that sets it named.

A cap that does not apply to a company is +inf and says so; a cap that cannot be worked out because a figure is
missing is NaN, and then the limit is NaN too: nothing known is not "no limit".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.credit.input_checks import Floats, not_negative, share
from kejin.errors import InputError
from kejin.rule_values import Figure, from_rule

# In order of precedence: of equal caps the first is named.
CAPS = (
    "asked",
    "need",
    "debt_service",
    "pledge",
    "product",
    "borrower",
    "group",
    "single_borrower",
    "single_group",
)


@dataclass(frozen=True, slots=True)
class ConcentrationRules:
    """How much of a bank's capital one borrower and one group may take."""

    borrower_to_capital_max: Figure = from_rule("credit/limit/borrower_to_capital_max")
    group_to_tier1_max: Figure = from_rule("credit/limit/group_to_tier1_max")
    limit_step_cny: Figure = from_rule("credit/limit/limit_step_cny")


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of each company and what sets it.

    limit_cny   NaN where a cap could not be worked out.
    binding     name of the cap that sets the limit, or of the first that could not be worked out.
    caps_cny    every cap, for the reader; +inf does not apply, NaN could not be worked out.
    """

    limit_cny: Floats
    binding: NDArray[np.str_]
    caps_cny: Mapping[str, Floats]


def set_limit(caps_cny: Mapping[str, Floats], step_cny: float = 0.0) -> Limit:
    """The least of the caps, rounded down to a step, and which cap it is.

    caps_cny   name -> CNY, shape (company,) or one figure; each >= 0, +inf or NaN; in order of precedence.
    step_cny   limits are whole multiples of it; 0: to the fen.
    Raises     credit.caps_missing without any cap, credit.amount_negative for a negative one.
    """
    if not caps_cny:
        raise InputError("credit.caps_missing")
    names = list(caps_cny)
    for name in names:
        not_negative(name, np.where(np.isposinf(caps_cny[name]), 0.0, caps_cny[name]), missing=True)
    stacked = np.stack(np.broadcast_arrays(*(np.asarray(caps_cny[name], dtype=np.float64) for name in names)))
    unknown = np.isnan(stacked)
    least = np.argmin(np.where(unknown, -1.0, stacked), axis=0)  # an unknown cap comes before every figure
    lowest = np.min(stacked, axis=0)  # NaN where one is unknown
    # A relative 1e-12 keeps a limit that is a whole step from falling one step by the last digit of a double.
    step = step_cny if step_cny > 0 else 0.01
    limit = np.where(np.isinf(lowest), lowest, np.floor(lowest / step * (1 + 1e-12)) * step)
    limit = np.minimum(limit, lowest)
    return Limit(limit, np.asarray(names)[least], dict(zip(names, stacked, strict=True)))


def pledge_cap(pledge_value_low_cny: Floats, ratio_max: Floats, prior_claims_cny: Floats) -> Floats:
    """What the pledge carries: its value's low end times the pledge ratio, less claims that come before; at least 0.

    pledge_value_low_cny   NaN: not valued; +inf is not allowed.
    Raises   credit.amount_negative, credit.share_outside.
    """
    value = not_negative("pledge_value_low_cny", pledge_value_low_cny, missing=True)
    ratio, prior = share("ratio_max", ratio_max), not_negative("prior_claims_cny", prior_claims_cny, missing=True)
    return np.maximum(value * ratio - prior, 0.0)


def room_under(cap_cny: Floats, used_cny: Floats) -> Floats:
    """What is left under a cap that other loans already use, at least 0.

    For one borrower (product cap less its balance), a group, or a share of the bank's capital.
    Raises   credit.amount_negative.
    """
    used = not_negative("used_cny", used_cny, missing=True)
    return np.maximum(np.asarray(cap_cny, dtype=np.float64) - used, 0.0)


def concentration_caps(
    capital_net_cny: float,
    tier1_net_cny: float,
    borrower_used_cny: Floats,
    group_used_cny: Floats,
    rules: ConcentrationRules,
) -> dict[str, Floats]:
    """Room for one borrower and for its group under the bank's capital.

    Raises   credit.amount_negative.
    """
    capital, tier1 = not_negative("capital_net_cny", capital_net_cny), not_negative("tier1_net_cny", tier1_net_cny)
    return {
        "single_borrower": room_under(capital * rules.borrower_to_capital_max.number, borrower_used_cny),
        "single_group": room_under(tier1 * rules.group_to_tier1_max.number, group_used_cny),
    }

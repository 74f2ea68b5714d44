"""What may be lent on a patent? Low value times disposal factor times pledge ratio, and how the value has to be found.

    pledge value = low value x disposal factor x pledge ratio          (by kind of right, as of the day)

The low value is the low quantile of our own valuation (route `internal`), a value agreed with the company
(`negotiated`), an outside appraisal (`external`), or the lower of our own and the appraisal (`mixed`). Which routes
will do depends on the loan, the region and the day. A kind of right that the rule names no ratio for is not accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kejin.errors import InputError
from kejin.rule_values import Citation, CodeSet, Figure, RowTable, from_rule
from kejin.units import round_cny

ROUTES = ("internal", "negotiated", "external", "mixed")


@dataclass(frozen=True, slots=True)
class PledgeRules:
    """What every pledge needs of the rules of the day."""

    ratios: RowTable = from_rule("patents/pledge/ratio")
    disposal_factors: RowTable = from_rule("patents/pledge/disposal_factor")
    life_margin_months: Figure = from_rule("patents/pledge/life_margin_months")
    value_months_max: Figure = from_rule("patents/pledge/value_months_max")
    routes_above: CodeSet = from_rule("patents/pledge/valuation_route/routes_above")


@dataclass(frozen=True, slots=True)
class PilotRules:
    """What the pilot allows on days on which it is in force."""

    loan_cny_max: Figure = from_rule("patents/pledge/valuation_route/loan_cny_max")
    regions: CodeSet = from_rule("patents/pledge/valuation_route/regions")
    routes_within: CodeSet = from_rule("patents/pledge/valuation_route/routes_within")


@dataclass(frozen=True, slots=True)
class PatentPledgeValue:
    """One patent's pledge value and the three figures it is the product of.

    basis_cny   the value the route takes: own low value, agreed value, appraisal, or the lower of two.
    """

    basis_cny: Decimal
    disposal_factor: Decimal
    ratio: Decimal
    pledge_cny: Decimal


def pledge_value(basis_cny: Decimal, patent_kind: str, rules: PledgeRules) -> PatentPledgeValue | None:
    """What may be lent on one patent; None where the rule has no ratio for its kind.

    basis_cny   CNY, >= 0.
    Returns     the product rounded once, to the fen, halves up.
    Raises      valuation.pledge_value_negative.
    """
    if basis_cny.is_nan() or basis_cny < 0:  # a decimal NaN cannot be compared
        raise InputError("valuation.pledge_value_negative", value=basis_cny)
    if patent_kind not in rules.ratios.rows or patent_kind not in rules.disposal_factors.rows:
        return None
    ratio = Decimal(rules.ratios.rows[patent_kind]["ratio"])
    factor = Decimal(rules.disposal_factors.rows[patent_kind]["factor"])
    return PatentPledgeValue(basis_cny, factor, ratio, round_cny(basis_cny * factor * ratio))


@dataclass(frozen=True, slots=True)
class ValuationRoute:
    """Which ways of valuing will do for a loan, and why.

    reason   within_limit, above_limit, outside_regions, region_unknown or no_pilot.
    cites    where that stands.
    """

    allowed: frozenset[str]
    reason: str
    cites: tuple[Citation, ...]


def valuation_route(
    loan_cny: Decimal, region: str | None, rules: PledgeRules, pilot: PilotRules | None
) -> ValuationRoute:
    """Which valuation does this loan need? Up to the limit, in the pilot's regions and days, our own or an agreed one.

    loan_cny   the single loan, CNY, > 0; the limit itself is within.
    region     first two digits of the administrative division (31 Shanghai); None where it is unknown.
    pilot      None on days on which no pilot is in force.
    Raises     valuation.loan_not_positive.
    Limits     Of the pilot's 8 regions only those that were seen are in the rule; another one is outside until it is
               added, which errs towards an outside appraisal.
    """
    if loan_cny.is_nan() or loan_cny <= 0:
        raise InputError("valuation.loan_not_positive", value=loan_cny)
    strict = frozenset(rules.routes_above.codes)
    if pilot is None:
        return ValuationRoute(strict, "no_pilot", (rules.routes_above.cite,))
    if region is None:
        return ValuationRoute(strict, "region_unknown", (rules.routes_above.cite, pilot.regions.cite))
    if region not in pilot.regions.codes:
        return ValuationRoute(strict, "outside_regions", (rules.routes_above.cite, pilot.regions.cite))
    cites = (pilot.loan_cny_max.cite, pilot.regions.cite)
    if loan_cny > pilot.loan_cny_max.value:
        return ValuationRoute(strict, "above_limit", (*cites, rules.routes_above.cite))
    return ValuationRoute(frozenset(pilot.routes_within.codes), "within_limit", (*cites, pilot.routes_within.cite))


def basis_value(route: str, own_low_cny: Decimal | None, given_cny: Decimal | None) -> Decimal | None:
    """The value that a route takes; None where what it needs is missing.

    own_low_cny   low quantile of our own valuation, given_cny the agreed or appraised value; None where unknown.
    """
    if route == "internal":
        return own_low_cny
    if route in ("negotiated", "external"):
        return given_cny
    assert route == "mixed"
    return None if own_low_cny is None or given_cny is None else min(own_low_cny, given_cny)

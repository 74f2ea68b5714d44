"""May these patents be pledged for this loan? Every check with its result and reasons, and what may be lent.

Each check asks one thing of one patent, or of the loan as a whole. A failed check has a reason of
`pledge_reasons.REASONS`, whose order is the order of precedence. The answer is no where a reason bars, open where a
fact is missing, else yes. Missing is never taken for good: an unproven fee or an unknown number of holders leaves the
answer open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from kejin.dates import add_months
from kejin.errors import InputError
from kejin.rule_values import Citation
from kejin.valuation.pledge_reasons import BY_CODE, CHECKS, PLACE
from kejin.valuation.pledge_value import (
    ROUTES,
    PatentPledgeValue,
    PilotRules,
    PledgeRules,
    ValuationRoute,
    basis_value,
    pledge_value,
    valuation_route,
)

Result = Literal["pass", "fail", "open", "note"]
Answer = Literal["yes", "no", "open"]
_OF_LOAN = ("route", "amount")
_RESULT_OF: Mapping[str, Result] = {"bars": "fail", "open": "open", "notes": "note"}


@dataclass(frozen=True, slots=True)
class OtherPledge:
    """A pledge that stands registered on the day."""

    reference: str
    holder: str | None
    since: date


@dataclass(frozen=True, slots=True)
class OpenLicence:
    """A licence that has not ended on the day; `until` is missing where its end is unknown."""

    holder: str | None
    until: date | None


@dataclass(frozen=True, slots=True)
class PledgePatent:
    """One patent as known on the day.

    owner_relation   pledgor, group, other, or circular where control runs in a circle (`circle` names it).
    end_reason       why it is not in force; None where it is.
    fee              paid, overdue or unproven; fee_year is the year whose fee is asked for.
    own_low_cny, own_high_cny   our own valuation's range; None where there is none.
    given_cny, valued_on        the agreed or appraised value and its day; None where not given.
    """

    publication_number: str
    kind: str
    owner_id: str
    owner_relation: str
    granted: bool
    in_force: bool
    end_reason: str | None
    expires_on: date | None
    disputed: bool | None
    holder_count: int | None
    fee: str
    fee_year: int
    fee_overdue_since: date | None
    invalidity_since: date | None
    suit_since: date | None
    pledges: tuple[OtherPledge, ...]
    licences: tuple[OpenLicence, ...]
    circle: tuple[str, ...] = ()
    own_low_cny: Decimal | None = None
    own_high_cny: Decimal | None = None
    given_cny: Decimal | None = None
    valued_on: date | None = None


@dataclass(frozen=True, slots=True)
class PledgeRequest:
    """What is asked.

    route             internal, negotiated, external or mixed.
    consents          patents for which the co-owners' consent, or proof that there are none, is there.
    fee_receipts      patents for which a receipt of the current year's fee is there.
    region            first two digits of the pledgor's administrative division.
    loan_ends         the last day of a loan that runs already; as_of plus the term where None.
    """

    pledgor_id: str
    loan_cny: Decimal
    term_months: int
    as_of: date
    route: str
    consents: frozenset[str] = frozenset()
    fee_receipts: frozenset[str] = frozenset()
    region: str | None = None
    loan_ends: date | None = None

    @property
    def loan_until(self) -> date:
        """The last day of the loan; of one that begins on the day where no other is given."""
        return self.loan_ends or add_months(self.as_of, self.term_months)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one patent (of the whole loan where the number is None); `code` is its reason, None when passed."""

    publication_number: str | None
    check: str
    result: Result
    code: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PledgeAnswer:
    """The whole answer.

    results      every check of every patent and of the loan, in the order of CHECKS within each.
    reasons      the failed, open and noted ones in order of precedence.
    values       patent -> its pledge value; patents that a reason bars or that have no value are left out.
    pledge_cny   their sum: low values added without any gain from spreading, so a bound on the safe side.
    """

    answer: Answer
    results: tuple[CheckResult, ...]
    reasons: tuple[CheckResult, ...]
    values: Mapping[str, PatentPledgeValue]
    pledge_cny: Decimal
    route: ValuationRoute

    @property
    def cites(self) -> tuple[Citation, ...]:
        return self.route.cites


def check_pledge(
    patents: Iterable[PledgePatent], request: PledgeRequest, rules: PledgeRules, pilot: PilotRules | None
) -> PledgeAnswer:
    """Answer a request on some patents.

    Raises   valuation.pledge_without_patents, .term_not_positive, .route_unknown, .loan_not_positive,
             .pledge_value_negative, .pledge_patent_twice.
    """
    patents = tuple(patents)
    _sound(patents, request)
    route = valuation_route(request.loan_cny, request.region, rules, pilot)
    results: list[CheckResult] = []
    values: dict[str, PatentPledgeValue] = {}
    for patent in patents:
        own = _of_patent(patent, request, rules)
        results += own
        basis = basis_value(request.route, patent.own_low_cny, patent.given_cny)
        if basis is not None and all(one.result != "fail" for one in own):
            value = pledge_value(basis, patent.kind, rules)
            assert value is not None  # the kind was checked
            values[patent.publication_number] = value
    pledge_cny = sum((value.pledge_cny for value in values.values()), Decimal(0))
    known = all(one.check != "value" or one.result != "open" for one in results)
    results += _of_loan(request, route, pledge_cny, known=known)
    reasons = sorted((one for one in results if one.code is not None), key=lambda one: PLACE[one.code or ""])
    return PledgeAnswer(_answer(results), tuple(results), tuple(reasons), values, pledge_cny, route)


def _sound(patents: tuple[PledgePatent, ...], request: PledgeRequest) -> None:
    if not patents:
        raise InputError("valuation.pledge_without_patents")
    numbers = [patent.publication_number for patent in patents]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise InputError("valuation.pledge_patent_twice", patent=twice[0])
    if not request.term_months > 0:
        raise InputError("valuation.term_not_positive", months=request.term_months)
    if request.route not in ROUTES:
        raise InputError("valuation.route_unknown", route=request.route, routes=", ".join(ROUTES))


def _answer(results: list[CheckResult]) -> Answer:
    found = {one.result for one in results}
    return "no" if "fail" in found else "open" if "open" in found else "yes"


def _of_patent(patent: PledgePatent, request: PledgeRequest, rules: PledgeRules) -> list[CheckResult]:
    """Every check of one patent; one that passes has no code."""
    reasons: dict[str, tuple[str, dict[str, Any]]] = {}
    for code, details in (*_right(patent, request, rules), *_claims(patent), *_lasting(patent, request, rules)):
        reasons.setdefault(BY_CODE[code].check, (code, details))  # within a check the reason that comes first stands
    for code, details in _value(patent, request, rules):
        reasons.setdefault(BY_CODE[code].check, (code, details))
    number = patent.publication_number
    return [_result(number, check, *reasons.get(check, (None, {}))) for check in CHECKS if check not in _OF_LOAN]


def _result(number: str | None, check: str, code: str | None, details: dict[str, Any]) -> CheckResult:
    return CheckResult(number, check, "pass" if code is None else _RESULT_OF[BY_CODE[code].effect], code, details)


Found = list[tuple[str, dict[str, Any]]]


def _right(patent: PledgePatent, request: PledgeRequest, rules: PledgeRules) -> Found:
    """Who may give it, and is it there?"""
    found: Found = []
    who = {"owner": patent.owner_id, "pledgor": request.pledgor_id}
    match patent.owner_relation:
        case "pledgor":
            pass
        case "group":
            found.append(("owned_by_group", who))
        case "circular":
            found.append(("ownership_circular", who | {"circle": " → ".join(patent.circle)}))
        case _:
            found.append(("owned_by_other", who))
    if not patent.in_force:
        if not patent.granted and patent.end_reason is None:
            found.append(("not_granted", {}))
        else:
            found.append(("not_in_force", {"as_of": request.as_of, "end_reason": patent.end_reason or "unknown"}))
    if patent.kind not in rules.ratios.rows or patent.kind not in rules.disposal_factors.rows:
        found.append(("kind_without_ratio", {"kind": patent.kind}))
    return found


def _claims(patent: PledgePatent) -> Found:
    """What others have on it."""
    found: Found = []
    if patent.pledges:
        references = ", ".join(pledge.reference for pledge in patent.pledges)
        first = patent.pledges[0]
        code = "pledged_twice" if len(patent.pledges) > 1 else "pledged_already"
        found.append((code, {"references": references, "holder": first.holder, "since": first.since}))
    if patent.disputed:
        found.append(("disputed", {}))
    if patent.invalidity_since is not None:
        found.append(("invalidity_pending", {"since": patent.invalidity_since}))
    if patent.licences:
        last = patent.licences[-1]
        found.append(("licensed_out", {"holder": last.holder, "until": last.until}))
    if patent.suit_since is not None:
        found.append(("suit_pending", {"since": patent.suit_since}))
    return found


def _lasting(patent: PledgePatent, request: PledgeRequest, rules: PledgeRules) -> Found:
    """Will it stay, and does everybody agree?"""
    found: Found = []
    if not patent.in_force:
        pass  # no fee is due for a right that is not there
    elif patent.fee == "overdue":
        found.append(("fee_overdue", {"since": patent.fee_overdue_since}))
    elif patent.fee != "paid" and patent.publication_number not in request.fee_receipts:
        found.append(("fee_unproven", {"fee_year": patent.fee_year}))
    if patent.publication_number not in request.consents:
        if patent.holder_count is None:
            found.append(("holders_unknown", {}))
        elif patent.holder_count > 1:
            found.append(("co_owner_consent_missing", {"holders": patent.holder_count}))
    margin = int(rules.life_margin_months.value)
    needed = add_months(request.loan_until, margin)
    if patent.expires_on is not None and patent.expires_on < needed:
        details = {"expires_on": patent.expires_on, "loan_until": request.loan_until}
        found.append(("life_too_short", details | {"margin": margin, "needed_until": needed}))
    return found


def _value(patent: PledgePatent, request: PledgeRequest, rules: PledgeRules) -> Found:
    """Is the value there, young enough, and within what we think ourselves?"""
    found: Found = []
    if basis_value(request.route, patent.own_low_cny, patent.given_cny) is None:
        return [("value_absent", {"route": request.route})]
    months = int(rules.value_months_max.value)
    given = patent.given_cny if request.route != "internal" else None
    if given is not None and patent.valued_on is None:
        found.append(("value_undated", {}))
    elif given is not None and patent.valued_on is not None and add_months(patent.valued_on, months) < request.as_of:
        found.append(("value_too_old", {"valued_on": patent.valued_on, "as_of": request.as_of, "months": months}))
    if given is not None and patent.own_high_cny is not None and given > patent.own_high_cny:
        found.append(("value_above_range", {"given": given, "high": patent.own_high_cny}))
    return found


def _of_loan(request: PledgeRequest, route: ValuationRoute, pledge_cny: Decimal, known: bool) -> list[CheckResult]:
    """Checks of the loan as a whole; while a value is missing its amount is not compared, and so not listed."""
    if request.route in route.allowed:
        first = _result(None, "route", None, {"route": request.route, "why": route.reason})
    else:
        details = {
            "route": request.route,
            "why": route.reason,
            "allowed": tuple(one for one in ROUTES if one in route.allowed),
        }
        first = _result(None, "route", "route_not_allowed", details)
    if not known:
        return [first]
    code = None if request.loan_cny <= pledge_cny else "loan_above_pledge_value"
    return [first, _result(None, "amount", code, {"loan": request.loan_cny, "pledge": pledge_cny})]

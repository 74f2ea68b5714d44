"""Which pledges may somebody see, and what can be done with one? Cases of the register in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kejin.app.pledge_columns import LABELS
from kejin.app.pledge_text import STATE_WORDS, STEP_WORDS, case_row, check_rows, word, yuan_of
from kejin.app.web.company_rows import known_rows
from kejin.casework.access import within
from kejin.dates import parse_day
from kejin.errors import InputError, Lang
from kejin.valuation.pledge_reasons import ROUTE_REASONS, ROUTE_WORDS
from kejin.valuation.pledge_states import PledgeCase, PledgeEvent, steps_open
from kejin.workflows.check_pledge import PledgeCheck, PledgeQuestion
from kejin.workflows.pledge_cases import PledgeRegister
from kejin.workflows.pledge_flow import TERMS, PledgeDesk
from kejin.workflows.registration_office import LocalOffice

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

View = dict[str, Any]
PATENTS_SHOWN = 200


def register(ask: Ask) -> PledgeRegister:
    """The register of pledges in the server's store."""
    return PledgeRegister(ask.serving.store.journal)


def desk(ask: Ask) -> PledgeDesk:
    """Pledges with the local registration office, in the store of the cases."""
    journal = ask.serving.store.journal
    return PledgeDesk(journal, LocalOffice(journal))


def institution_of(ask: Ask, case: PledgeCase) -> str | None:
    """The branch of who drafted it; None for a draft of the command line by somebody who is no person here."""
    person = ask.serving.people.find(case.drafted_by)
    return None if person is None else person.institution_id


def visible(ask: Ask, case: PledgeCase) -> bool:
    """The pledges that lie in the scope of who asks."""
    return within(ask.person, ask.scope, institution_of(ask, case), case.terms["pledgor_id"])


def found_case(ask: Ask, case_id: str) -> PledgeCase:
    """A pledge in the person's scope. Raises InputError casework.object_not_found for all others alike."""
    try:
        case = register(ask).case(case_id)
    except InputError:
        ask.no_object(case_id)
    ask.check_object(case_id, institution_of(ask, case), case.terms["pledgor_id"])
    return case


def case_view(ask: Ask, case: PledgeCase, events: Sequence[PledgeEvent] = ()) -> View:
    """A case with its steps in words."""
    lang = ask.lang
    terms = case.terms
    proposed = (case.proposal or {}).get("terms") or {}
    kinds = {
        "drafted": "drafted",
        "proposed": "proposed",
        "approved": "approved",
        "rejected": "sent back",
        "sent": "sent to the office",
        "answered": "answered by the office",
    }
    return case_row(case, lang) | {
        "term_months": terms["term_months"],
        "loan_from": terms["loan_from"],
        "route": word(ROUTE_WORDS, terms["route"], lang),
        "route_reason": word(ROUTE_REASONS, terms["route_reason"], lang),
        "rows": terms["patents"],
        "unverified": terms["unverified"],
        "open_reasons": terms["open_reasons"],
        "proposed": case.proposed,
        "proposed_word": None if case.proposed is None else word(STEP_WORDS, case.proposed, lang),
        "maker": case.maker,
        "proposal": dict(case.proposal or {}),
        "proposed_rows": _proposed_rows(case),
        "proposed_terms": [
            (LABELS[name].label.of(lang), terms[name], value) for name, value in proposed.items() if name in TERMS
        ],
        "outstanding": case.outstanding,
        "steps": [(step, word(STEP_WORDS, step, lang)) for step in steps_open(case)],
        "ended": word(STATE_WORDS, case.state, lang) if case.state in ("released", "refused") else None,
        "events": [
            {
                "version": one.version,
                "day": one.happened,
                "kind": ask.t(kinds[one.kind]),
                "step": "" if one.step is None else word(STEP_WORDS, one.step, lang),
                "actor": one.actor,
                "reason": one.details.get("reason") or "",
            }
            for one in events
        ],
    }


def _proposed_rows(case: PledgeCase) -> list[View]:
    """The patents that a proposed change would hold, with their values; those it takes off are marked."""
    terms = (case.proposal or {}).get("terms") or {}
    if "patents" not in terms:
        return []
    now = {one["publication_number"]: one for one in case.terms["patents"]}
    kept = [
        dict(one)
        | {
            "mark": "" if one["publication_number"] in now else "added",
            "before_cny": now.get(one["publication_number"], {}).get("pledge_cny"),
        }
        for one in terms["patents"]
    ]
    wanted = {one["publication_number"] for one in kept}
    gone = [
        dict(one) | {"mark": "taken off", "before_cny": one["pledge_cny"], "pledge_cny": None}
        for number, one in now.items()
        if number not in wanted
    ]
    return [*kept, *gone]


def check_view(check: PledgeCheck, lang: Lang) -> View:
    """A finished check as its page shows it."""
    answer = check.answer
    return {
        "answer": answer.answer,
        "pledge_cny": answer.pledge_cny,
        "rows": check_rows(check, lang),
        "values": [(number, value) for number, value in answer.values.items()],
        "route": word(ROUTE_REASONS, answer.route.reason, lang),
        "allowed": [word(ROUTE_WORDS, one, lang) for one in sorted(answer.route.allowed)],
        "unverified": check.unverified,
        "pledgor": check.pledgor_name,
    }


def live_patents(ask: Ask, company_id: str) -> list[View]:
    """Patents of a company that have not ended on the day, newest filing first."""
    rows = [
        row for row in known_rows(ask, "patent", company_id) if row["ended_on"] is None or row["ended_on"] > ask.as_of
    ]
    return sorted(rows, key=lambda row: str(row["filed_on"] or ""), reverse=True)[:PATENTS_SHOWN]


def amount_from(loan: str) -> Decimal:
    """The amount of a loan as written in a form, above 0. Raises InputError app.field_wrong."""
    amount = yuan_of(loan)
    if amount is None or not amount > 0:
        raise InputError("app.field_wrong", field="loan_cny", said=loan)
    return amount


def terms_from(case: PledgeCase, loan: str, until: str, pledgee: str) -> View:
    """The terms of a registered pledge that a form changes; a field left empty or as it is changes nothing.

    Raises   InputError app.field_wrong and those of `parse_day`.
    """
    asked: View = {}
    if loan.strip():
        asked["loan_cny"] = amount_from(loan)
    if until.strip():
        asked["loan_until"] = parse_day(until.strip())
    if pledgee.strip():
        asked["pledgee_name"] = pledgee.strip()
    return {name: value for name, value in asked.items() if value != case.terms[name]}


def question_from(
    company_id: str,
    patents: Sequence[str],
    loan: str,
    months: int,
    route: str,
    consents: Sequence[str],
    receipts: Sequence[str],
) -> PledgeQuestion:
    """What a form asks. Raises InputError app.field_wrong."""
    amount = amount_from(loan)
    if route not in ROUTE_WORDS:
        raise InputError("app.field_wrong", field="route", said=route)
    if not patents:
        raise InputError("app.field_wrong", field="patent", said="-")
    return PledgeQuestion(
        patents=tuple(patents),
        loan_cny=amount,
        term_months=months,
        route=route,
        pledgor=company_id,
        consents=tuple(one for one in consents if one in patents),
        fee_receipts=tuple(one for one in receipts if one in patents),
    )

"""What do contract and registration form say? The data of both, from the frozen terms of a case.

The contract's hash is over its data in the journal's canonical form; it stands on both documents, so that a paper, a
JSON file and a signature can be held against each other. Our forms carry what a contract and a registration need; they
are not an authority's forms.
"""

from __future__ import annotations

from typing import Any

from kejin.journal import value_hash
from kejin.valuation.pledge_states import PledgeCase
from kejin.workflows.check_pledge import GivenValue, PledgeCheck, PledgeQuestion

CONTRACT_FORMAT = "kejin.pledge_contract.1"
FORM_FORMAT = "kejin.pledge_registration.1"
_ENTERED = {"changed": "change", "released": "release"}  # what the office entered last


def draft_terms(check: PledgeCheck, pledgee: str) -> dict[str, Any]:
    """The terms that a draft freezes: parties, loan, patents with their values, and the check they rest on."""
    request, answer, question = check.request, check.answer, check.question
    patents = []
    for patent in check.patents:
        number = patent.publication_number
        filed_on, granted_on = check.facts.dates[number]
        value = answer.values.get(number)
        paper = {check.facts.numbers[asked]: given for asked, given in question.given.items()}.get(number)
        patents.append(
            {
                "publication_number": number,
                "kind": patent.kind,
                "filed_on": filed_on,
                "granted_on": granted_on,
                "expires_on": patent.expires_on,
                "owner_id": patent.owner_id,
                "basis_cny": None if value is None else value.basis_cny,
                "disposal_factor": None if value is None else value.disposal_factor,
                "ratio": None if value is None else value.ratio,
                "pledge_cny": None if value is None else value.pledge_cny,
                "given_cny": None if paper is None else paper.value_cny,
                "valued_on": None if paper is None else paper.valued_on,
                "consent": number in request.consents,
                "fee_receipt": number in request.fee_receipts,
            }
        )
    return {
        "pledgor_id": request.pledgor_id,
        "pledgor_name": check.pledgor_name,
        "pledgee_name": pledgee,
        "loan_cny": request.loan_cny,
        "term_months": request.term_months,
        "loan_from": request.as_of,
        "loan_until": request.loan_until,
        "route": request.route,
        "route_reason": answer.route.reason,
        "pledge_cny": answer.pledge_cny,
        "patents": patents,
        "answer": answer.answer,
        "open_reasons": [one.code for one in answer.reasons if one.result == "open"],
        "check_entry": None if check.entry is None else check.entry.sequence,
        "rule_edition": check.edition,
        "unverified": list(check.unverified),
    }


def question_of(case: PledgeCase) -> PledgeQuestion:
    """The question that the terms of a case answer, to be asked again on another day."""
    terms = case.terms
    given = {
        patent["publication_number"]: GivenValue(patent["given_cny"], patent["valued_on"])
        for patent in terms["patents"]
        if patent["given_cny"] is not None
    }
    return PledgeQuestion(
        patents=tuple(patent["publication_number"] for patent in terms["patents"]),
        loan_cny=terms["loan_cny"],
        term_months=terms["term_months"],
        route=terms["route"],
        pledgor=terms["pledgor_id"],
        given=given,
        consents=tuple(patent["publication_number"] for patent in terms["patents"] if patent["consent"]),
        fee_receipts=tuple(patent["publication_number"] for patent in terms["patents"] if patent["fee_receipt"]),
        case=case.case_id,
        loan_ends=terms["loan_until"],
    )


def contract_data(case: PledgeCase) -> dict[str, Any]:
    """The contract's data sheet, with the hash that the parties sign."""
    data = {"format": CONTRACT_FORMAT, "case": case.case_id} | dict(case.terms)
    return data | {"contract_hash": value_hash(data)}


def registration_form(case: PledgeCase) -> dict[str, Any]:
    """What the office needs to enter, change or release the pledge of a case."""
    terms = case.terms
    changed: dict[str, Any] = dict((case.proposal or {}).get("terms") or {})
    now = {**terms, **changed}
    return {
        "format": FORM_FORMAT,
        "case": case.case_id,
        "step": case.outstanding or _ENTERED.get(case.state, "file"),
        "registration_number": case.registration_number,
        "pledgor_id": now["pledgor_id"],
        "pledgor_name": now["pledgor_name"],
        "pledgee_name": now["pledgee_name"],
        "loan_cny": now["loan_cny"],
        "loan_from": now["loan_from"],
        "loan_until": now["loan_until"],
        "route": now["route"],
        "pledge_cny": now["pledge_cny"],
        "patents": [
            {name: patent[name] for name in ("publication_number", "kind", "filed_on", "granted_on", "expires_on")}
            for patent in now["patents"]
        ],
        "co_owner_consent": [patent["publication_number"] for patent in now["patents"] if patent["consent"]],
        "changed": changed,
        "contract_hash": contract_data(case)["contract_hash"],
    }

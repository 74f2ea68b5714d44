"""Loan cases for programs: apply, each step, decide; the same checks, people and records as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Body, Path
from sqlalchemy import select

from kejin.app.web.api_shapes import (
    PROBLEMS,
    CaseShown,
    CaseWanted,
    CheckMade,
    ConditionsMet,
    Contract,
    Decision,
    Ending,
    Payment,
    Proposal,
    Seen,
    Withdrawal,
)
from kejin.app.web.case_view import case_words
from kejin.app.web.routes.api import case_row
from kejin.app.web.routes.case_list import decimal_of, given_facts, open_case
from kejin.app.web.routes.case_steps import assess_frozen, found_case, freeze_and_assess
from kejin.app.web.site import Ask, Site
from kejin.casework.case_states import STEPS, CaseState
from kejin.casework.loan_cases import LoanCases
from kejin.casework.tables import case_table
from kejin.workflows.case_rules import CaseRules
from kejin.workflows.loan_application import Application

SITE = Site()
_Case = Annotated[str, Path(max_length=40)]
_SHAPE: dict[str, Any] = {"response_model": CaseShown, "responses": PROBLEMS, "tags": ["cases"]}


@SITE.post("/api/cases", "case.open", status_code=201, **_SHAPE)
def apply(ask: Ask, wanted: Annotated[CaseWanted, Body()]) -> dict[str, Any]:
    """A new case. The company must have consented to everything that the decision reads."""
    given = given_facts(wanted.pledge_value, wanted.given)

    def asked(bank: str) -> Application:
        return Application(
            company_id=wanted.company_id,
            product=wanted.product,
            amount_cny=decimal_of(wanted.amount_cny),
            term_months=wanted.term_months,
            purpose=wanted.purpose,
            bank=bank,
            sharing=wanted.sharing,  # type: ignore[arg-type]
            repayment=wanted.repayment or None,  # type: ignore[arg-type]
            grace_months=wanted.grace_months,
            given=given,
        )

    return _shown(ask, open_case(ask, wanted.company_id, wanted.branch, wanted.comment, asked).case_id)


@SITE.get("/api/cases/{case_id}", "case.see", **_SHAPE)
def one_case(ask: Ask, case_id: _Case) -> dict[str, Any]:
    """One case as it stands."""
    found_case(ask, case_id)
    return _shown(ask, case_id)


@SITE.post("/api/cases/{case_id}/assess", "case.propose", **_SHAPE)
def assess(ask: Ask, case_id: _Case, seen: Annotated[Seen, Body()]) -> dict[str, Any]:
    """Freezes the inputs and works the advice out on them, in this order: the grade is not known before."""
    state, _ = found_case(ask, case_id)
    if state.state == "frozen":  # something came between the two
        assess_frozen(ask, case_id, seen.version)
    else:
        freeze_and_assess(ask, case_id, seen.version)
    return _shown(ask, case_id)


@SITE.post("/api/cases/{case_id}/propose", "case.propose", **_SHAPE)
def propose(ask: Ask, case_id: _Case, said: Annotated[Proposal, Body()]) -> dict[str, Any]:
    """The maker's proposal."""
    return _act(
        ask,
        case_id,
        lambda cases, rules: cases.propose(
            ask.person,
            case_id,
            said.version,
            said.recommendation,
            said.amount_cny,
            said.comment,
            said.override_reason,
            rules,
        ),
    )


@SITE.post("/api/cases/{case_id}/decide", "case.decide", **_SHAPE)
def decide(ask: Ask, case_id: _Case, said: Annotated[Decision, Body()]) -> dict[str, Any]:
    """The checker's decision; never by somebody who made a part of the case."""
    return _act(
        ask,
        case_id,
        lambda cases, rules: cases.decide(
            ask.person,
            case_id,
            said.version,
            said.decision,
            said.amount_cny,
            said.comment,
            said.override_reason,
            said.told,
            rules,
        ),
    )


@SITE.post("/api/cases/{case_id}/withdraw", "case.open", **_SHAPE)
def withdraw(ask: Ask, case_id: _Case, said: Annotated[Withdrawal, Body()]) -> dict[str, Any]:
    """Takes an application back."""
    return _act(ask, case_id, lambda cases, _: cases.withdraw(ask.person, case_id, said.version, said.comment))


@SITE.post("/api/cases/{case_id}/conditions", "case.disburse", **_SHAPE)
def conditions(ask: Ask, case_id: _Case, said: Annotated[ConditionsMet, Body()]) -> dict[str, Any]:
    """The proof of each condition."""
    return _act(
        ask,
        case_id,
        lambda cases, rules: cases.meet_conditions(ask.person, case_id, said.version, said.proofs, said.comment, rules),
    )


@SITE.post("/api/cases/{case_id}/contract", "case.disburse", **_SHAPE)
def contract(ask: Ask, case_id: _Case, said: Annotated[Contract, Body()]) -> dict[str, Any]:
    """Enters the data of the signed contract."""
    return _act(
        ask,
        case_id,
        lambda cases, rules: cases.sign(
            ask.person, case_id, said.version, said.number, said.signed_on, said.rate, rules
        ),
    )


@SITE.post("/api/cases/{case_id}/payments", "case.disburse", **_SHAPE)
def pay(ask: Ask, case_id: _Case, said: Annotated[Payment, Body()]) -> dict[str, Any]:
    """Enters a payment of the loan; all of them together never exceed the contract."""
    return _act(
        ask,
        case_id,
        lambda cases, _: cases.pay_out(
            ask.person,
            case_id,
            said.version,
            said.amount_cny,
            said.paid_on,
            said.payee,
            said.reference,
            entrusted=said.entrusted,
        ),
    )


@SITE.post("/api/cases/{case_id}/checks", "case.disburse", **_SHAPE)
def check(ask: Ask, case_id: _Case, said: Annotated[CheckMade, Body()]) -> dict[str, Any]:
    """Enters a check after payment."""
    return _act(
        ask,
        case_id,
        lambda cases, _: cases.check(
            ask.person, case_id, said.version, said.check, said.finding, said.comment, said.next_on
        ),
    )


@SITE.post("/api/cases/{case_id}/close", "case.disburse", **_SHAPE)
def close(ask: Ask, case_id: _Case, said: Annotated[Ending, Body()]) -> dict[str, Any]:
    """Ends a case."""
    return _act(ask, case_id, lambda cases, _: cases.close(ask.person, case_id, said.version, said.how, said.comment))


def _act(ask: Ask, case_id: str, act: Callable[[LoanCases, CaseRules], CaseState]) -> dict[str, Any]:
    """One step of a case that the person may see; casework itself refuses what may not be."""
    state, _ = found_case(ask, case_id)
    act(LoanCases(ask.serving.store), case_words(ask, state.as_of).rules)
    return _shown(ask, case_id)


def _shown(ask: Ask, case_id: str) -> dict[str, Any]:
    state = LoanCases(ask.serving.store).state(case_id)
    row = ask.serving.store.row(select(case_table).where(case_table.c.case_id == case_id))
    assert row is not None
    money = {name: getattr(state, name) for name in ("approved_cny", "paid_cny")}
    return case_row(ask, row) | {
        **{name: None if value is None else f"{value:.2f}" for name, value in money.items()},
        "conditions": list(state.conditions) if ask.may("case.inside") else [],
        "steps_open": [kind for kind, step in STEPS.items() if state.state in step.before],
    }

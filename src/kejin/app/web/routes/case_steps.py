"""One loan case: its page for the bank, its page for the company, and every step that somebody takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.case_paper import case_paper, stored_report
from kejin.app.web.case_view import (
    ENDINGS,
    advice_text,
    case_words,
    history_view,
    last_of,
    person_text,
    sharing_names,
    state_text,
    why_not,
)
from kejin.app.web.charts_cases import sharing_chart
from kejin.app.web.routes.case_list import check_evaluated
from kejin.app.web.site import Ask, Site
from kejin.casework.case_states import DECISIONS, OVER, CaseState, left_to_pay
from kejin.casework.events import Event
from kejin.casework.loan_cases import LoanCases
from kejin.dates import parse_day
from kejin.errors import InputError

SITE = Site()
TEXT = Annotated[str, Form(max_length=4_000)]
SHORT = Annotated[str, Form(max_length=80)]
SEEN = Annotated[int, Form(ge=0)]


def found_case(ask: Ask, case_id: str) -> tuple[CaseState, list[Event]]:
    """A case in the person's scope whose company consents; the look is written down with the case.

    Raises   InputError casework.object_not_found, casework.consent_missing, casework.consent_not_covering.
    """
    cases = LoanCases(ask.serving.store)
    state = cases.state(case_id)
    ask.check_object(case_id, state.institution_id, state.company_id)
    ask.check_company(state.company_id, case_id, "decision")
    return state, cases.history(case_id)


@SITE.get("/cases/{case_id}", "case.see")
def case_page(ask: Ask, case_id: str) -> Response:
    """The whole case for the bank; for the company its state and plain reasons."""
    state, events = found_case(ask, case_id)
    if not ask.may("case.inside"):
        return _own_page(ask, state, events)
    words, assessed = case_words(ask, state.as_of), last_of(events, "assessed")
    paper = report = chart = None
    if assessed is not None and state.assessed:
        paper = assessed.details["paper"][ask.lang]
        report = stored_report(assessed.details["paper"], ask.lang, assessed.details["assessment_entry"])
        chart = sharing_chart(assessed.details["decision"]["shares_cny"], ask.lang)
    product = words.products.get(state.application["product"])
    purpose = words.purposes.get(state.application["purpose"])
    proposed = last_of(events, "proposed")
    return ask.page(
        "case.html",
        case=state,
        over=state.state in OVER,
        state_text=state_text(state.state, ask.lang),
        advice_text=advice_text(state.advice, ask.lang),
        product=state.application["product"] if product is None else product.of(ask.lang),
        purpose=state.application["purpose"] if purpose is None else purpose.of(ask.lang),
        paper=paper,
        report=report,
        chart=chart,
        left=left_to_pay(state),
        payments=[event for event in events if event.kind == "disbursed"],
        model=None if state.frozen is None else state.frozen["model"],
        proposed=proposed,
        conditions=[] if assessed is None else _labels(assessed.details["conditions"], ask.lang),
        checks=[] if assessed is None else _labels(assessed.details["checks"], ask.lang),
        endings={code: label.of(ask.lang) for code, label in ENDINGS.items()},
        sharings=sharing_names(ask.lang),
        makers=[person_text(ask.serving, one, ask.lang) for one in state.makers],
        barred=why_not(ask, LoanCases(ask.serving.store).check_checker, state) if ask.may("case.decide") else None,
        history=history_view(ask, events),
        unverified_handling=words.unverified,
    )


def _labels(named: Any, lang: str) -> list[tuple[str, str]]:
    return [(one["code"], one[lang]) for one in named]


def _own_page(ask: Ask, state: CaseState, events: list[Event]) -> Response:
    """What the company sees: never a grade before it is decided, never the bank's figures."""
    decided = last_of(events, *DECISIONS)
    assessed = last_of(events, "assessed")
    shown = decided is not None and assessed is not None and state.state not in ("frozen", "assessed", "proposed")
    paper = assessed.details["paper"][ask.lang] if shown and assessed is not None else None
    words = case_words(ask, state.as_of)
    product = words.products.get(state.application["product"])
    visible = ("applied", "proposed", "withdrawn", *DECISIONS, "contracted", "disbursed", "closed")
    return ask.page(
        "case_own.html",
        case=state,
        over=state.state in OVER,
        state_text=state_text(state.state, ask.lang),
        product=state.application["product"] if product is None else product.of(ask.lang),
        bank=ask.serving.institution_name(state.institution_id),
        reasons=paper["told"] if paper is not None and state.state in ("declined", "returned") else [],
        levers=paper["levers"] if paper is not None and state.state in ("declined", "returned") else [],
        told=decided.details.get("told") if shown and decided is not None else None,
        steps=[line for line, event in zip(history_view(ask, events), events, strict=True) if event.kind in visible],
    )


# ── steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _act(ask: Ask, case_id: str, act: Callable[[LoanCases, CaseState], CaseState], said: str) -> Response:
    """One step of a case that the person may see; casework itself refuses what may not be."""
    state, _ = found_case(ask, case_id)
    act(LoanCases(ask.serving.store), state)
    return ask.go(f"/cases/{case_id}", said)


@SITE.post("/cases/{case_id}/freeze", "case.propose")
def freeze(ask: Ask, case_id: str, seen: SEEN) -> Response:
    """Freezes the inputs, then works the advice out on them: two steps, in this order."""
    freeze_and_assess(ask, case_id, seen)
    return ask.go(f"/cases/{case_id}", ask.t("The inputs are frozen and the advice is worked out."))


def freeze_and_assess(ask: Ask, case_id: str, seen: int) -> None:
    """Both steps, for a page or a program."""
    state, _ = found_case(ask, case_id)
    cases = LoanCases(ask.serving.store)
    as_of = state.as_of if state.state == "applied" else ask.as_of
    check_evaluated(ask, as_of)
    rules = case_words(ask, as_of).rules
    with ask.serving.pool.reader() as reader:
        desk = reader.desk(as_of)
        frozen = cases.freeze(ask.person, case_id, seen, desk, rules)
        cases.assess(ask.person, case_id, frozen.version, desk, rules, case_paper)


@SITE.post("/cases/{case_id}/assess", "case.propose")
def assess(ask: Ask, case_id: str, seen: SEEN) -> Response:
    """Works the advice out where freezing was done and this was not."""
    found_case(ask, case_id)
    assess_frozen(ask, case_id, seen)
    return ask.go(f"/cases/{case_id}", ask.t("The inputs are frozen and the advice is worked out."))


def assess_frozen(ask: Ask, case_id: str, seen: int) -> None:
    """The advice on inputs that are frozen already."""
    state = LoanCases(ask.serving.store).state(case_id)
    rules = case_words(ask, state.as_of).rules
    with ask.serving.pool.reader() as reader:
        cases = LoanCases(ask.serving.store)
        cases.assess(ask.person, case_id, seen, reader.desk(state.as_of), rules, case_paper)


@SITE.post("/cases/{case_id}/propose", "case.propose")
def propose(
    ask: Ask, case_id: str, seen: SEEN, recommendation: SHORT, comment: TEXT, amount: SHORT = "",
    override_reason: TEXT = "",
) -> Response:  # fmt: skip
    """The maker's proposal."""

    def act(cases: LoanCases, state: CaseState) -> CaseState:
        rules = case_words(ask, state.as_of).rules
        return cases.propose(ask.person, case_id, seen, recommendation, amount, comment, override_reason, rules)

    return _act(ask, case_id, act, ask.t("The proposal is with the approver."))


@SITE.post("/cases/{case_id}/decide", "case.decide")
def decide(
    ask: Ask, case_id: str, seen: SEEN, decision: SHORT, comment: TEXT, amount: SHORT = "",
    override_reason: TEXT = "", told: TEXT = "",
) -> Response:  # fmt: skip
    """The checker's decision."""

    def act(cases: LoanCases, state: CaseState) -> CaseState:
        rules = case_words(ask, state.as_of).rules
        return cases.decide(ask.person, case_id, seen, decision, amount, comment, override_reason, told, rules)

    return _act(ask, case_id, act, ask.t("The decision is recorded."))


@SITE.post("/cases/{case_id}/withdraw", "case.open")
def withdraw(ask: Ask, case_id: str, seen: SEEN, comment: TEXT) -> Response:
    """Takes an application back."""
    return _act(
        ask,
        case_id,
        lambda cases, _: cases.withdraw(ask.person, case_id, seen, comment),
        ask.t("The application is withdrawn."),
    )


@SITE.post("/cases/{case_id}/conditions", "case.disburse")
def conditions(
    ask: Ask,
    case_id: str,
    seen: SEEN,
    comment: TEXT,
    code: Annotated[list[str], Form(max_length=40)] = [],  # noqa: B006 a form's list, never changed
    proof: Annotated[list[str], Form(max_length=40)] = [],  # noqa: B006
) -> Response:
    """The proof of each condition: codes and proofs in the same order."""
    proofs = dict(zip(code, proof, strict=False))

    def act(cases: LoanCases, state: CaseState) -> CaseState:
        rules = case_words(ask, state.as_of).rules
        return cases.meet_conditions(ask.person, case_id, seen, proofs, comment, rules)

    return _act(ask, case_id, act, ask.t("The conditions are met."))


@SITE.post("/cases/{case_id}/contract", "case.disburse")
def contract(ask: Ask, case_id: str, seen: SEEN, number: SHORT, signed_on: SHORT, rate: SHORT) -> Response:
    """Enters the data of the signed contract."""

    def act(cases: LoanCases, state: CaseState) -> CaseState:
        rules = case_words(ask, state.as_of).rules
        return cases.sign(ask.person, case_id, seen, number, parse_day(signed_on), rate, rules)

    return _act(ask, case_id, act, ask.t("The contract is recorded."))


@SITE.post("/cases/{case_id}/pay", "case.disburse")
def pay(
    ask: Ask, case_id: str, seen: SEEN, amount: SHORT, paid_on: SHORT, payee: SHORT, reference: SHORT,
    entrusted: SHORT = "",
) -> Response:  # fmt: skip
    """Enters a payment of the loan: one of several, or the whole."""

    def act(cases: LoanCases, _: CaseState) -> CaseState:
        day, to_others = parse_day(paid_on), entrusted == "yes"
        return cases.pay_out(ask.person, case_id, seen, amount, day, payee, reference, entrusted=to_others)

    return _act(ask, case_id, act, ask.t("The payment is recorded."))


@SITE.post("/cases/{case_id}/check", "case.disburse")
def check(
    ask: Ask, case_id: str, seen: SEEN, check: SHORT, finding: SHORT, comment: TEXT, next_on: SHORT = ""
) -> Response:
    """Enters a check after payment."""
    following: date | None = parse_day(next_on) if next_on else None

    def act(cases: LoanCases, _: CaseState) -> CaseState:
        return cases.check(ask.person, case_id, seen, check, finding, comment, following)

    return _act(ask, case_id, act, ask.t("The check is recorded."))


@SITE.post("/cases/{case_id}/close", "case.disburse")
def close(ask: Ask, case_id: str, seen: SEEN, how: SHORT, comment: TEXT) -> Response:
    """Ends a case."""
    return _act(
        ask,
        case_id,
        lambda cases, _: cases.close(ask.person, case_id, seen, how, comment),
        ask.t("The case is closed."),
    )


@SITE.post("/cases/{case_id}/duty", "case.evidence")
def duty(ask: Ask, case_id: str, seen: SEEN, duty: SHORT, proof: TEXT) -> Response:
    """Ticks an item of due diligence, with its proof."""
    state, _ = found_case(ask, case_id)
    rules = case_words(ask, state.as_of).rules
    LoanCases(ask.serving.store).prove_duty(ask.person, case_id, seen, duty, proof, rules)
    return ask.go(f"/cases/{case_id}/docket", ask.t("The proof is recorded."))


@SITE.post("/cases/{case_id}/exemption", "case.exempt")
def exemption(ask: Ask, case_id: str, seen: SEEN, outcome: SHORT, comment: TEXT) -> Response:
    """Proposes whether somebody is exempt from liability."""
    found_case(ask, case_id)
    LoanCases(ask.serving.store).propose_exemption(ask.person, case_id, seen, outcome, comment)
    return ask.go(f"/cases/{case_id}/docket", ask.t("The exemption is proposed; a second person decides."))


@SITE.post("/cases/{case_id}/exemption-decision", "case.exempt_confirm")
def exemption_decision(ask: Ask, case_id: str, seen: SEEN, agreed: SHORT, comment: TEXT) -> Response:
    """Decides on the proposal; another person than who made it."""
    found_case(ask, case_id)
    if agreed not in ("yes", "no"):
        raise InputError("app.field_wrong", field="agreed", said=agreed)
    LoanCases(ask.serving.store).decide_exemption(ask.person, case_id, seen, agreed == "yes", comment)
    return ask.go(f"/cases/{case_id}/docket", ask.t("The decision on exemption is recorded."))

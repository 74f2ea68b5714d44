"""Beside a loan case: what if it were another loan, the due-diligence report, and the docket of who did what when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi.responses import Response

from kejin.app.assess_loan_command import write_report
from kejin.app.case_paper import stored_report, summary
from kejin.app.web.case_view import (
    OUTCOMES,
    case_words,
    history_view,
    last_of,
    person_text,
)
from kejin.app.web.routes.case_steps import found_case
from kejin.app.web.site import Ask, Site
from kejin.casework.case_states import CaseState
from kejin.casework.loan_cases import LoanCases
from kejin.errors import InputError
from kejin.workflows.borrower_score import BorrowerScore
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.lending_rules import LendingRules
from kejin.workflows.loan_application import Application, check_application, given_value
from kejin.workflows.loan_case import judge
from kejin.workflows.loan_decision import decided

SITE = Site()
_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
_AMOUNT_TIMES_MAX = 3


@dataclass(frozen=True)
class Known:
    """What a question about another loan needs of a company and a bank."""

    borrower: Mapping[str, Any]
    bank: Mapping[str, Any]
    score: BorrowerScore | None
    rules: LendingRules


def _known(ask: Ask, state: CaseState) -> Known:
    """Kept by the server, so that a slider's answer reads no file."""

    def made(desk: LendingDesk) -> Known:
        bank = state.application["bank"]
        return Known(
            desk.borrower(state.company_id),
            {} if bank is None else desk.bank(bank),
            desk.score(state.company_id),
            desk.rules,
        )

    key = ("what_if", state.company_id, state.application["bank"], state.as_of)
    return ask.serving.kept(key, lambda reader: made(reader.desk(state.as_of)))


@SITE.get("/cases/{case_id}/what-if", "case.inside")
def what_if(
    ask: Ask, case_id: str, amount: int = 0, term: int = 0, sharing: str = "usual", pledge: str = ""
) -> Response:
    """The answer for another amount, term or security; nothing is stored, and only after the grade was shown."""
    state = LoanCases(ask.serving.store).state(case_id)
    ask.check_object(case_id, state.institution_id, state.company_id)
    if not ask.may_read(state.company_id, "decision"):
        ask.no_object(case_id)
    if not state.assessed:
        raise InputError("casework.not_assessed", case=case_id)
    asked = Application.from_plain(state.application)
    given = dict(asked.given)
    if pledge.strip():
        given["pledge_value_fen_low"] = given_value("pledge_value_fen_low", pledge.replace(",", "").strip())
        given |= {"pledge_right_kind": "invention", "pledge_valuation": "internal"}
    tried = replace(
        asked,
        amount_cny=Decimal(amount) if amount > 0 else asked.amount_cny,
        term_months=term if term > 0 else asked.term_months,
        grace_months=0 if 0 < term <= asked.grace_months else asked.grace_months,
        sharing=sharing,  # type: ignore[arg-type]
        given=given,
    )
    known = _known(ask, state)
    check_application(tried, known.rules)
    case = judge(tried, known.borrower, known.bank, known.score, known.rules)
    decision = decided(case, ())
    monthly = None
    if decision.schedule is not None:
        monthly = int((decision.schedule.principal_fen + decision.schedule.interest_fen).max()) / 100
    return ask.page("case_what_if.html", tried=tried, said=summary(decision, ask.lang), monthly=monthly)


@SITE.get("/cases/{case_id}/report.{kind}", "case.inside")
def report(ask: Ask, case_id: str, kind: str) -> Response:
    """The due-diligence report as it was stored with the advice: Word to go on writing in, PDF to keep."""
    if kind not in _KINDS:
        raise InputError("app.page_unknown", path=ask.request.url.path)
    state, events = found_case(ask, case_id)
    assessed = last_of(events, "assessed")
    if assessed is None or not state.assessed:
        raise InputError("casework.not_assessed", case=case_id)
    whole = stored_report(assessed.details["paper"], ask.lang, assessed.details["assessment_entry"])
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{kind}"
        write_report(whole, path, ask.lang)
        content = path.read_bytes()
    return ask.file(content, f"{whole.title}_{case_id}.{kind}", _KINDS[kind], state.company_id, case_id)


@SITE.get("/cases/{case_id}/docket", "case.inside")
def docket(ask: Ask, case_id: str) -> Response:
    """The proof of diligence as it came to be: duties, looks, acts, and the decision on exemption."""
    state, events = found_case(ask, case_id)
    words = case_words(ask, state.as_of)
    done = {event.details["duty"]: event for event in events if event.kind == "duty_done"}
    duties = [
        (code, label.of(ask.lang), done.get(code), _who(ask, done[code].actor) if code in done else "")
        for code, label in words.rules.duties.items()
    ]
    scope = words.rules.exemption
    looks = [row | {"who": _who(ask, row["person_id"])} for row in ask.serving.log.find(case_id=case_id)]
    handled = {*state.makers, state.checker}
    return ask.page(
        "case_docket.html",
        case=state,
        duties=duties,
        missing=sum(1 for _, _, proof, _ in duties if proof is None),
        scope_cny=None if scope is None else scope.single_borrower_cny_max.value,
        within=None if scope is None else state.amount_cny <= scope.single_borrower_cny_max.value,
        looks=looks,
        history=history_view(ask, events),
        paid=state.paid_cny is not None,
        proposal=last_of(events, "exemption_proposed") if state.exemption_by else None,
        outcome=None if state.exemption is None else OUTCOMES[state.exemption].of(ask.lang),
        outcomes={code: label.of(ask.lang) for code, label in OUTCOMES.items()},
        took_part=ask.person.person_id in handled,
    )


def _who(ask: Ask, person_id: str) -> str:
    return person_text(ask.serving, person_id, ask.lang)

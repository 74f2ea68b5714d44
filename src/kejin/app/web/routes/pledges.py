"""Pledges: check, draft, and the paperless way by two people to registration and release."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.pledge_papers import write_papers
from kejin.app.web.patent_values import valued_folder
from kejin.app.web.pledge_view import (
    case_view,
    check_view,
    desk,
    found_case,
    live_patents,
    question_from,
    register,
    terms_from,
    visible,
)
from kejin.app.web.site import Ask, Site
from kejin.errors import InputError
from kejin.valuation.pledge_reasons import ROUTE_WORDS
from kejin.valuation.pledge_states import PledgeCase, steps_open
from kejin.workflows.check_pledge import PledgeCheck, PledgeQuestion, check_pledge_of
from kejin.workflows.pledge_values import OWN_ROUTES

SITE = Site()
_PAPERS = {
    "contract.pdf": "application/pdf",
    "contract.json": "application/json",
    "registration.pdf": "application/pdf",
    "registration.json": "application/json",
}
Text = Annotated[str, Form(max_length=400)]
Many = Annotated[list[str] | None, Form(max_length=60)]
Version = Annotated[int, Form(ge=1)]


@SITE.get("/pledges", "pledge.see")
def pledge_list(ask: Ask) -> Response:
    """Pledges of the person's institution with their state."""
    cases = [case_view(ask, case) for case in register(ask).cases() if visible(ask, case)]
    return ask.page("pledges.html", rows=list(reversed(cases)))


@SITE.get("/pledges/new", "pledge.draft")
def new_pledge(ask: Ask, company: str = "") -> Response:
    """The form of a check: patents of a company, loan, way of valuing."""
    company_id = company.strip().upper()[:40]
    name = ask.check_company(company_id, section="pledges") if company_id else None
    return _form(ask, company_id, name, None, {})


@SITE.post("/pledges/check", "pledge.draft")
def check(
    ask: Ask,
    company: Text,
    loan_cny: Text,
    term_months: Annotated[int, Form(ge=1, le=360)],
    route: Text,
    patent: Many = None,
    consent: Many = None,
    receipt: Many = None,
) -> Response:
    """Every check with its reasons; a look, which writes nothing."""
    name = ask.check_company(company, section="pledges")
    question = question_from(company, patent or [], loan_cny, term_months, route, consent or [], receipt or [])
    found = _checked(ask, question, record=False)
    asked = {
        "loan_cny": loan_cny,
        "term_months": term_months,
        "route": route,
        "patent": patent or [],
        "consent": consent or [],
        "receipt": receipt or [],
    }
    return _form(ask, company, name, check_view(found, ask.lang), asked)


def _form(ask: Ask, company_id: str, name: str | None, check: dict[str, Any] | None, asked: dict[str, Any]) -> Response:
    routes = [(code, words[0 if ask.lang == "zh" else 1]) for code, words in ROUTE_WORDS.items()]
    empty = {"loan_cny": "", "term_months": 12, "route": "internal", "patent": [], "consent": [], "receipt": []}
    return ask.page(
        "pledge_check.html",
        company_id=company_id,
        name=name,
        t=words_of(ask.lang),
        patents=live_patents(ask, company_id) if name else [],
        routes=routes,
        check=check,
        asked=empty | asked,
        valued=valued_folder(ask, ask.as_of) is not None,
    )


def _checked(ask: Ask, question: PledgeQuestion, *, record: bool) -> PledgeCheck:
    """The check of the page's day. Raises InputError casework.valuation_missing rather than value a whole city here."""
    if question.route in OWN_ROUTES and valued_folder(ask, ask.as_of) is None:
        raise InputError("casework.valuation_missing", as_of=ask.as_of)
    with ask.serving.pool.reader() as reader:
        return check_pledge_of(reader.workspace, question, ask.as_of, ask.person.person_id, record=record)


@SITE.post("/pledges", "pledge.draft")
def draft(
    ask: Ask,
    company: Text,
    loan_cny: Text,
    term_months: Annotated[int, Form(ge=1, le=360)],
    route: Text,
    patent: Many = None,
    consent: Many = None,
    receipt: Many = None,
) -> Response:
    """Checks once more, on record, and opens a case on these terms."""
    ask.check_company(company, section="pledges")
    question = question_from(company, patent or [], loan_cny, term_months, route, consent or [], receipt or [])
    found = _checked(ask, question, record=True)
    pledgee = ask.serving.institution_name(ask.person.institution_id)
    taken = desk(ask).draft(found, pledgee, ask.person.person_id, ask.as_of)
    return ask.go(f"/pledges/{taken.case.case_id}", ask.t("Pledge {number} is drafted.", number=taken.case.case_id))


@SITE.get("/pledges/{case_id}", "pledge.see")
def pledge_page(ask: Ask, case_id: str) -> Response:
    """One pledge: terms, steps so far, what may come next and who has to act."""
    case = found_case(ask, case_id)
    ask.serving.log.write(ask.person, ask.action, company_id=case.terms["pledgor_id"])
    view = case_view(ask, case, register(ask).events(case_id))
    return ask.page("pledge.html", case=view, t=words_of(ask.lang), papers=list(_PAPERS))


@SITE.post("/pledges/{case_id}/propose", "pledge.draft")
def propose(
    ask: Ask,
    case_id: str,
    step: Text,
    version: Version,
    pledgor_signer: Text = "",
    pledgee_signer: Text = "",
    reason: Text = "",
) -> Response:
    """The maker proposes a step: sign, file, release or refuse."""
    case = found_case(ask, case_id)
    at, day, actor = desk(ask), _day(ask, case), ask.person.person_id
    if step == "sign":
        at.sign(case_id, pledgor_signer, pledgee_signer, None, actor, day, version)
    elif step == "file":
        with ask.serving.pool.reader() as reader:
            if case.terms["route"] in OWN_ROUTES and valued_folder(ask, day) is None:
                raise InputError("casework.valuation_missing", as_of=day)
            at.file(reader.workspace, case_id, actor, day, version)
    elif step in ("release", "refuse"):
        at.propose(case_id, step, actor, day, {"reason": reason}, version)
    else:
        raise InputError("app.field_wrong", field="step", said=step)
    return ask.go(f"/pledges/{case_id}", ask.t("Proposed; another person checks it."))


@SITE.get("/pledges/{case_id}/change", "pledge.draft")
def change_page(ask: Ask, case_id: str) -> Response:
    """The forms to change a registered pledge: its patents and their value, or its amount, last day and pledgee."""
    case = found_case(ask, case_id)
    name = ask.check_company(case.terms["pledgor_id"], section="pledges")
    pledged = {one["publication_number"] for one in case.terms["patents"]}
    day = _day(ask, case)
    return ask.page(
        "pledge_change.html",
        case=case,
        name=name,
        pledged=pledged,
        patents=live_patents(ask, case.terms["pledgor_id"]),
        valued=valued_folder(ask, day) is not None,
        day_of_value=day,
        open="change" in steps_open(case),
    )


@SITE.post("/pledges/{case_id}/change", "pledge.draft")
def change(
    ask: Ask,
    case_id: str,
    version: Version,
    reason: Text,
    patent: Many = None,
    consent: Many = None,
    receipt: Many = None,
) -> Response:
    """The maker proposes the change; the check is made again on these patents, and another person approves."""
    case = found_case(ask, case_id)
    ask.check_company(case.terms["pledgor_id"], section="pledges")
    day = _day(ask, case)
    if case.terms["route"] in OWN_ROUTES and valued_folder(ask, day) is None:
        raise InputError("casework.valuation_missing", as_of=day)
    wanted = list(dict.fromkeys(patent or []))
    if not wanted:
        raise InputError("app.field_wrong", field="patent", said="-")
    with ask.serving.pool.reader() as reader:
        desk(ask).change_patents(
            reader.workspace,
            case_id,
            wanted,
            ask.person.person_id,
            day,
            version,
            consents=consent or [],
            fee_receipts=receipt or [],
            reason=reason,
        )
    return ask.go(f"/pledges/{case_id}", ask.t("Proposed; another person checks it."))


@SITE.post("/pledges/{case_id}/terms", "pledge.draft")
def change_terms(
    ask: Ask,
    case_id: str,
    version: Version,
    reason: Text,
    loan_cny: Text = "",
    until: Text = "",
    pledgee_name: Text = "",
) -> Response:
    """The maker proposes another amount, last day or name of the pledgee; another person approves."""
    case = found_case(ask, case_id)
    ask.check_company(case.terms["pledgor_id"], section="pledges")
    if not reason.strip():
        raise InputError("workflows.pledge_reason_missing", step="change")
    details = {"terms": terms_from(case, loan_cny, until, pledgee_name), "reason": reason.strip()}
    desk(ask).propose(case_id, "change", ask.person.person_id, _day(ask, case), details, version)
    return ask.go(f"/pledges/{case_id}", ask.t("Proposed; another person checks it."))


@SITE.post("/pledges/{case_id}/judge", "pledge.check")
def judge(ask: Ask, case_id: str, version: Version, verdict: Text, reason: Text = "") -> Response:
    """The checker approves or sends back; what the office has to enter is sent at once."""
    case = found_case(ask, case_id)
    at, day, actor = desk(ask), _day(ask, case), ask.person.person_id
    if verdict == "approve":
        taken = at.approve(case_id, actor, day, version)
        if taken.case.outstanding is not None:
            at.collect(actor, day, case_id)
        return ask.go(f"/pledges/{case_id}", ask.t("Approved."))
    if verdict != "reject":
        raise InputError("app.field_wrong", field="verdict", said=verdict)
    at.reject(case_id, actor, day, reason, version)
    return ask.go(f"/pledges/{case_id}", ask.t("Sent back."))


@SITE.post("/pledges/{case_id}/collect", "pledge.draft")
def collect(ask: Ask, case_id: str) -> Response:
    """Sends what is outstanding and enters the office's answer; safe to repeat."""
    case = found_case(ask, case_id)
    taken = desk(ask).collect(ask.person.person_id, _day(ask, case), case_id)
    said = ask.t("The office's answer is entered.") if taken else ask.t("The office has nothing to answer.")
    return ask.go(f"/pledges/{case_id}", said)


def _day(ask: Ask, case: PledgeCase) -> Any:
    """The day of a step: the page's, but never before the last step."""
    return ask.as_of if case.last_day is None else max(ask.as_of, case.last_day)


@SITE.get("/pledges/{case_id}/papers/{paper}", "pledge.see")
def papers(ask: Ask, case_id: str, paper: str) -> Response:
    """Contract data sheet and registration form, as PDF or JSON of the same data."""
    case = found_case(ask, case_id)
    if paper not in _PAPERS:
        ask.no_object(paper)
    with TemporaryDirectory() as folder:
        write_papers(case, Path(folder), ask.lang)
        content = (Path(folder) / f"{case_id}-{paper}").read_bytes()
    return ask.file(content, f"{case_id}-{paper}", _PAPERS[paper], case.terms["pledgor_id"])

"""A company about itself: its portrait in plain words, consents, who looked, objections; and who answers those."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.report_view import report_view
from kejin.app.web.company_lineage import figure_choices
from kejin.app.web.company_view import evaluated_days
from kejin.app.web.consent_view import check_end, consent_rows, groups, houses, tables_ticked
from kejin.app.web.self_view import looks, objection_rows, own_company, own_profile
from kejin.app.web.site import Ask, Site
from kejin.casework.objections import answer_objection, objection, objections, open_objection
from kejin.casework.people import head_office
from kejin.dates import parse_day
from kejin.errors import InputError
from kejin.facts.tables import ALL_TABLES
from kejin.workflows.workspace import Workspace

SITE = Site()
LEVERS_SHOWN = 12


@SITE.get("/self", "self.see")
def own_page(ask: Ask) -> Response:
    """Own portrait in plain words, what would improve it, consents, looks, objections."""
    company_id = own_company(ask)
    name = ask.check_company(company_id)
    profile = own_profile(ask, company_id)
    view = None if profile is None else report_view(profile, ask.lang)
    levers = [
        (answer["label"], answer["word"], answer["verdict"], answer["changes"])
        for answer in ([] if view is None else view["answers"])
        if answer["changes"]
    ]
    return ask.page(
        "self.html",
        company_id=company_id,
        name=name,
        t=words_of(ask.lang),
        view=view,
        levers=levers[:LEVERS_SHOWN],
        evaluated=[] if view is not None else evaluated_days(ask),
        consents=consent_rows(ask, company_id),
        houses=houses(ask),
        groups=groups(ask),
        purposes=_purposes(ask.lang),
        looks=looks(ask, company_id),
        figures=[] if profile is None else figure_choices(profile, ask.lang),
        objections=objection_rows(ask, objections(ask.serving.store, company_id=company_id)),
    )


def _purposes(lang: str) -> list[tuple[str, str]]:
    choices = ALL_TABLES["consent"].column("purpose").choices or ()
    return [(one.code, one.zh if lang == "zh" else one.en) for one in choices]


@SITE.post("/self/consent", "self.consent")
def give(
    ask: Ask,
    institution: Annotated[str, Form(max_length=40)],
    purpose: Annotated[str, Form(max_length=40)],
    until: Annotated[str, Form(max_length=10)] = "",
    group: Annotated[list[str], Form(max_length=40)] = [],  # noqa: B006 a form's list, never changed
) -> Response:
    """Consent of the company for one institution and one purpose."""
    company_id = own_company(ask)
    _known(ask, institution, purpose)
    ends = parse_day(until) if until else None
    check_end(ends)
    ask.serving.consents.say(
        ask.person, company_id, institution, purpose, given=True, tables=tables_ticked(ask, group), valid_until=ends
    )
    return ask.go("/self#consents", ask.t("Your consent is given; you can withdraw it at any time."))


@SITE.post("/self/consent/withdraw", "self.consent")
def withdraw(
    ask: Ask, institution: Annotated[str, Form(max_length=40)], purpose: Annotated[str, Form(max_length=40)]
) -> Response:
    """From this moment on nobody of the institution reads the company's data for this purpose."""
    company_id = own_company(ask)
    _known(ask, institution, purpose)
    ask.serving.consents.say(ask.person, company_id, institution, purpose, given=False)
    return ask.go("/self#consents", ask.t("Your consent is withdrawn from now on."))


def _known(ask: Ask, institution: str, purpose: str) -> None:
    """Raises InputError casework.object_not_found for an institution or purpose that nobody knows."""
    known = {one["id"] for one in houses(ask)} | {
        one.institution_id for one in ask.serving.consents_of(own_company(ask))
    }
    if institution not in known:
        ask.no_object(institution)
    if purpose not in dict(_purposes("en")):
        ask.no_object(purpose)


@SITE.post("/self/objection", "self.object")
def object_to(
    ask: Ask,
    institution: Annotated[str, Form(max_length=40)],
    figure: Annotated[str, Form(max_length=120)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """An objection to a figure, addressed to an institution that uses it."""
    company_id = own_company(ask)
    profile = own_profile(ask, company_id)
    if profile is None or figure not in dict(figure_choices(profile, ask.lang)):
        ask.no_object(figure)
    if institution not in {one["id"] for one in houses(ask)}:
        ask.no_object(institution)
    overlay = ask.serving.kept(("overlay",), lambda reader: _overlay(reader.workspace))
    made = open_objection(ask.serving.store, overlay, ask.person, institution, figure, ask.as_of, reason)
    said = ask.t("Objection {number} is made; an answer is due by {day}.", number=made.matter_id, day=made.due_on)
    return ask.go("/self#objections", said)


def _overlay(workspace: Workspace) -> Path | None:
    return workspace.overlay_path


@SITE.get("/objections", "objection.see")
def list_page(ask: Ask) -> Response:
    """Objections to answer, those of the own institution; a company sees its own, the supervisor all."""
    company = ask.person.company_id if ask.scope == "own" else None
    head = ask.person.head_office if ask.scope == "institution" else None
    if ask.scope == "institution" and head is None:
        ask.no_object("institution")
    found = objections(ask.serving.store, company_id=company, head=head)
    return ask.page("objections.html", rows=objection_rows(ask, found))


@SITE.get("/objections/{number}", "objection.see")
def objection_page(ask: Ask, number: str) -> Response:
    """One objection with the lineage of its figure and the form to answer it."""
    found = objection(ask.serving.store, number)
    ask.check_object(number, found.institution_id, found.company_id)
    ask.serving.log.write(ask.person, ask.action, company_id=found.company_id)
    return ask.page(
        "objection.html", row=objection_rows(ask, [found])[0], may_answer=_may_answer(ask, found.institution_id)
    )


def _may_answer(ask: Ask, institution_id: str) -> bool:
    return ask.may("objection.answer") and head_office(institution_id) == ask.person.head_office


@SITE.post("/objections/{number}", "objection.answer")
def answer(
    ask: Ask,
    number: str,
    version: Annotated[int, Form(ge=1)],
    verdict: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=2000)],
) -> Response:
    """The answer of the institution, once."""
    found = objection(ask.serving.store, number)
    ask.check_object(number, found.institution_id, found.company_id)
    if verdict not in ("corrected", "upheld"):
        raise InputError("app.field_wrong", field="verdict", said=verdict)
    answer_objection(ask.serving.store, ask.person, number, version, verdict == "corrected", reason)
    return ask.go(f"/objections/{number}", ask.t("The answer is recorded; the company sees it."))

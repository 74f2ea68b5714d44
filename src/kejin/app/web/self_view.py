"""What does a company see of itself? Levers in plain words, who looked, its objections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kejin.app.web.company_lineage import figure_choices
from kejin.app.web.company_view import profile_of, whole_profile
from kejin.casework.objections import Objection
from kejin.casework.people import Person, head_office
from kejin.casework.permissions import ROLES
from kejin.casework.store import now
from kejin.errors import InputError
from kejin.evaluation.profile import Profile

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

View = dict[str, Any]
LOOKS_SHOWN = 100
_PAGES = {
    "company": "Portrait and figures",
    "patents": "Patents",
    "pledge": "Pledges",
    "case": "Loan case",
    "trail": "Money trail",
    "warning": "Warnings",
    "list": "List",
    "objection": "Objection",
    "self": "Own pages",
    "api": "Program",
}
_KINDS = {"seen": "seen", "downloaded": "downloaded", "refused": "refused"}


def own_company(ask: Ask) -> str:
    """The company of the person; a company user always has one."""
    if ask.person.company_id is None:
        ask.no_object("company")
    return ask.person.company_id


def own_profile(ask: Ask, company_id: str) -> Profile | None:
    """The company's profile of the day; None where it was not evaluated or not known then."""
    try:
        return profile_of(ask, company_id, ask.as_of)
    except InputError as error:
        if error.code != "workflows.company_unknown":
            raise
        return None


def looks(ask: Ask, company_id: str) -> list[View]:
    """Who of which institution looked at the company's data, newest first; the company's own looks are left out."""
    t = ask.t
    found = []
    people: dict[str, Person | None] = {}
    for row in ask.serving.log.find(company_id=company_id, newest=5 * LOOKS_SHOWN):
        if row["person_id"] not in people:
            people[row["person_id"]] = ask.serving.people.find(row["person_id"])
        person = people[row["person_id"]]
        if person is not None and person.role == "company":
            continue
        house = row["institution_id"]
        area = str(row["page"]).split(".", 1)[0]
        found.append(
            {
                "at": row["at"],
                "house": ask.serving.institution_name(head_office(house)) if house else t("an office by law"),
                "role": "-" if person is None else _role(person.role, ask.lang),
                "page": t(_PAGES[area]) if area in _PAGES else row["page"],
                "kind": t(_KINDS.get(row["kind"], "seen")),
                "refused": row["kind"] == "refused",
                "file_name": row["file_name"],
            }
        )
    return found[:LOOKS_SHOWN]


def _role(role: str, lang: str) -> str:
    return ROLES[role].of("zh" if lang == "zh" else "en")


def objection_rows(ask: Ask, found: list[Objection]) -> list[View]:
    """Objections with their figures, institutions and answers in words."""
    today = now().date()
    words = {"open": "waits for an answer", "corrected": "to be corrected", "upheld": "figure stays"}
    rows = []
    for one in found:
        answer = one.events[-1] if one.state != "open" else None
        rows.append(
            {
                "one": one,
                "figure": figure_word(ask, one.company_id, one.figure),
                "house": ask.serving.institution_name(one.institution_id),
                "company": ask.serving.company_name(one.company_id, today) or one.company_id,
                "reason": one.events[0].details["reason"],
                "as_of": one.events[0].details["as_of"],
                "opened_at": one.events[0].happened_at,
                "state_word": ask.t(words[one.state]),
                "late": one.is_late(today),
                "days_left": (one.due_on - today).days,
                "answer": None if answer is None else answer.details["reason"],
                "answered_at": None if answer is None else answer.happened_at,
                "answered_by": None if answer is None else answer.actor,
            }
        )
    return rows


def figure_word(ask: Ask, company_id: str, figure: str) -> str:
    """A figure by its label; its name where the day has no profile."""
    try:
        profile = whole_profile(ask, company_id, ask.as_of)  # for its words only
    except InputError as error:
        if error.code != "workflows.company_unknown":
            raise
        profile = None
    names = {} if profile is None else dict(figure_choices(profile, ask.lang))
    return names.get(figure, figure)

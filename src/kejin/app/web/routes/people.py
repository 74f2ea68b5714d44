"""People: who may log in, added and deactivated by an administrator; tokens for programs, each for oneself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from kejin.app.web.site import Ask, Site
from kejin.casework.people import Person, one_time_password
from kejin.casework.permissions import INSTITUTION_KINDS, ROLES
from kejin.errors import InputError

SITE = Site()
_Short = Annotated[str, Form(max_length=80)]
_PLACES = """
SELECT id, name, kind FROM (
    SELECT institution_id AS id, name, institution_kind AS kind FROM institution
    UNION ALL SELECT park_id, name, 'park' FROM park) GROUP BY ALL ORDER BY kind, name, id LIMIT 2000
"""


@SITE.get("/people", "people.manage")
def people(ask: Ask) -> Response:
    """Everybody who may log in, and the form to add somebody."""
    return _page(ask)


@SITE.post("/people", "people.manage")
def add(
    ask: Ask,
    person_id: _Short,
    name: _Short,
    role: _Short,
    institution_id: _Short = "",
    company_id: _Short = "",
    oidc_subject: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Somebody new, with a one-time password that is shown once."""
    role_known = role in ROLES
    place = institution_id.strip() or None
    company = company_id.strip().upper() or None
    if role_known and role in INSTITUTION_KINDS:
        _check_place(ask, role, place)
    if role == "company" and company is not None and ask.serving.company_name(company, ask.as_of) is None:
        raise InputError("workflows.company_unknown", company=company, as_of=ask.as_of, workspace=ask.serving.path.name)
    serving = ask.serving
    password = one_time_password()
    serving.people.add(
        person_id,
        name,
        role,
        password,
        institution_id=place if role_known and role in INSTITUTION_KINDS else None,
        company_id=company if role == "company" else None,
        oidc_subject=oidc_subject.strip() or None,
        by=ask.person,
    )
    return _page(ask, person_id=person_id.strip().lower(), password=password)


@SITE.post("/people/{person_id}/password", "people.manage")
def reset(ask: Ask, person_id: str) -> Response:
    """A one-time password for somebody who forgot theirs; shown once."""
    found = _find(ask, person_id)
    password = ask.serving.people.reset_password(found.person_id, ask.person)
    return _page(ask, person_id=found.person_id, password=password)


@SITE.post("/people/{person_id}/active", "people.manage")
def set_active(ask: Ask, person_id: str, active: Annotated[str, Form(max_length=3)]) -> Response:
    """Somebody leaves or comes back. Administrators do not shut themselves out."""
    found = _find(ask, person_id)
    if found.person_id == ask.person.person_id:
        raise InputError("casework.person_is_oneself")
    ask.serving.people.set_active(found.person_id, active == "yes", ask.person)
    said = (
        ask.t("{name} may log in again.", name=found.name)
        if active == "yes"
        else ask.t("{name} may not log in any more; open sessions have ended.", name=found.name)
    )
    return ask.go("/people", said)


@SITE.get("/tokens", "api.tokens")
def tokens(ask: Ask) -> Response:
    """One's own tokens for programs."""
    return ask.page("tokens.html", rows=ask.serving.sessions.tokens(ask.person), token=None)


@SITE.post("/tokens", "api.tokens")
def new_token(ask: Ask, label: _Short, days: Annotated[int, Form()] = 90) -> Response:
    """A new token; it is shown this once."""
    token = ask.serving.sessions.new_token(ask.person, label, days)
    return ask.page("tokens.html", rows=ask.serving.sessions.tokens(ask.person), token=token)


@SITE.post("/tokens/{token_id}/revoke", "api.tokens")
def revoke(ask: Ask, token_id: str) -> Response:
    """The token is worth nothing from now on."""
    ask.serving.sessions.revoke(ask.person, token_id)
    return ask.go("/tokens", ask.t("The token is revoked."))


def _page(ask: Ask, person_id: str | None = None, password: str | None = None) -> Response:
    rows = ask.serving.people.everyone()
    places = ask.serving.rows("places", _PLACES)
    return ask.page(
        "people.html",
        rows=rows,
        roles=[(name, label.of(ask.lang)) for name, label in ROLES.items()],
        role_of=lambda role: ROLES[role].of(ask.lang),
        place_of=ask.serving.place_of,
        places=places,
        new_id=person_id,
        oidc=ask.request.app.state.oidc is not None,
        password=password,
    )


def _find(ask: Ask, person_id: str) -> Person:
    found = ask.serving.people.find(person_id)
    if found is None:
        raise InputError("casework.person_unknown", name=person_id[:80])
    return found


def _check_place(ask: Ask, role: str, place: str | None) -> None:
    """Raises InputError casework.person_place_wrong where the institution is not known or not of the role's kind."""
    kinds = INSTITUTION_KINDS[role]
    known = {row["id"]: row["kind"] for row in ask.serving.rows("places", _PLACES)}
    if place is not None and known.get(place) not in kinds:
        raise InputError("casework.person_place_wrong", place=place, role=role)

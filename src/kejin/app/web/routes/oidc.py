"""Logging in with an account of the institution: there and back."""

from __future__ import annotations

import hmac

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kejin.app.web.oidc import Oidc
from kejin.app.web.render import render
from kejin.app.web.routes.log_in import _own_path
from kejin.app.web.serving import Serving
from kejin.app.web.site import LANG_COOKIE, SESSION_COOKIE, Site, language
from kejin.casework.sessions import HOURS_MAX
from kejin.errors import InputError

SITE = Site()
STATE_COOKIE = "kejin_oidc"


@SITE.router.get("/oidc/start", include_in_schema=False)
def start(request: Request, to: str = "/") -> Response:
    """To the provider."""
    url, state = _oidc(request).start(_own_path(to))
    answer = RedirectResponse(url, status_code=303)
    # Lax: the provider sends the browser back from another site, and a strict cookie would stay away.
    answer.set_cookie(
        STATE_COOKIE, state, max_age=600, path="/oidc", httponly=True, samesite="lax", secure=request.app.state.secure
    )
    return answer


@SITE.router.get("/oidc/back", include_in_schema=False)
def back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
    """Back from the provider: a session for the person with that subject."""
    serving: Serving = request.app.state.serving
    kept = request.cookies.get(STATE_COOKIE, "")
    if error or not code or not kept or not hmac.compare_digest(kept.encode(), state.encode()):
        raise InputError("app.oidc_failed", said=error[:80] or "the answer does not belong to this browser")
    subject, to = _oidc(request).finish(state, code)
    person = serving.people.of_subject(subject)
    if person is None or not person.active:
        raise InputError("app.oidc_person_unknown")
    # A page that goes on by itself: a redirect would still count as coming from the other site, and the session's
    # strict cookie would not be sent.
    view = {"to": to}
    answer = HTMLResponse(render("oidc_back.html", language(request, person, serving), view))
    answer.delete_cookie(STATE_COOKIE, path="/oidc")
    answer.set_cookie(
        SESSION_COOKIE,
        serving.sessions.start(person),
        max_age=HOURS_MAX * 3600,
        httponly=True,
        samesite="strict",
        secure=request.app.state.secure,
    )
    answer.set_cookie(LANG_COOKIE, person.language, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


def _oidc(request: Request) -> Oidc:
    oidc: Oidc | None = request.app.state.oidc
    if oidc is None:
        raise InputError("app.page_unknown", path=request.url.path)
    return oidc

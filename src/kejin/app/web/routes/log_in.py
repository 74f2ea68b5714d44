"""Logging in and out, changing the password, the language and the day of the pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kejin.app.web.render import render
from kejin.app.web.serving import Serving
from kejin.app.web.site import DAY_COOKIE, LANG_COOKIE, SESSION_COOKIE, Ask, Site, language
from kejin.casework.sessions import HOURS_MAX
from kejin.dates import parse_day
from kejin.errors import InputError

SITE = Site()


@SITE.router.get("/log-in", include_in_schema=False)
def log_in_page(request: Request, to: str = "/") -> HTMLResponse:
    """The form to log in with."""
    return _form(request, to, None)


@SITE.router.post("/log-in", include_in_schema=False)
def log_in(
    request: Request,
    name: Annotated[str, Form(max_length=80)],
    password: Annotated[str, Form(max_length=400)],
    to: Annotated[str, Form(max_length=400)] = "/",
) -> Response:
    """Starts a session; a wrong password is answered in one sentence that does not say what was wrong."""
    serving: Serving = request.app.state.serving
    try:
        person = serving.people.log_in(name, password)
    except InputError as error:
        return _form(request, to, error)
    target = "/password" if person.must_change else _own_path(to)
    answer = RedirectResponse(target, status_code=303)
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


def _form(request: Request, to: str, error: InputError | None) -> HTMLResponse:
    serving: Serving = request.app.state.serving
    lang = language(request, None, serving)
    view = {
        "to": _own_path(to),
        "oidc": request.app.state.oidc is not None,
        "what": None if error is None else error.part("what", lang),
        "do": None if error is None else error.part("do", lang),
    }
    return HTMLResponse(render("log_in.html", lang, view), status_code=200 if error is None else 401)


def _own_path(to: str) -> str:
    """Only pages of this server: a link must not send people elsewhere after they log in."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


@SITE.post("/log-out", "account.change")
def log_out(ask: Ask) -> Response:
    """Ends this session."""
    if ask.session is not None:
        ask.serving.sessions.end(ask.session)
    answer = RedirectResponse("/log-in", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@SITE.get("/password", "account.change")
def password_page(ask: Ask) -> Response:
    """The form for a new password."""
    return ask.page("password.html", what=None, do=None)


@SITE.post("/password", "account.change")
def password(
    ask: Ask,
    old: Annotated[str, Form(max_length=400)],
    new: Annotated[str, Form(max_length=400)],
    again: Annotated[str, Form(max_length=400)],
) -> Response:
    """Changes the password; every session of the person ends, and they log in anew."""
    wrong = InputError("app.passwords_differ") if new != again else None
    if wrong is None:
        try:
            ask.serving.people.change_password(ask.person, old, new)
        except InputError as error:
            wrong = error
    if wrong is not None:
        return ask.page("password.html", 400, what=wrong.part("what", ask.lang), do=wrong.part("do", ask.lang))
    return ask.go("/log-in", ask.t("The password is changed. Please log in."))


@SITE.post("/language", "account.change")
def choose_language(
    ask: Ask, lang: Annotated[str, Form()], back: Annotated[str, Form(max_length=400)] = "/"
) -> Response:
    """Chinese or English from now on."""
    chosen = "zh" if lang == "zh" else "en"
    ask.serving.people.set_language(ask.person.person_id, "zh" if chosen == "zh" else "en")
    answer = ask.go(_own_path(back))
    answer.set_cookie(LANG_COOKIE, chosen, max_age=31_536_000, httponly=True, samesite="strict")
    return answer


@SITE.post("/day", "account.change")
def choose_day(ask: Ask, day: Annotated[str, Form()], back: Annotated[str, Form(max_length=400)] = "/") -> Response:
    """As of which day the pages answer from now on."""
    answer = ask.go(_own_path(back))
    answer.set_cookie(DAY_COOKIE, str(parse_day(day)), max_age=86_400, httponly=True, samesite="strict")
    return answer

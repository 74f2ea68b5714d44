"""Routes that know who may use them: every route names its action, and gets an `Ask` only for those who may do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kejin.app.web.render import SAID_COOKIE, page
from kejin.app.web.sections import SECTIONS, NotCovered, not_covered
from kejin.app.web.serving import Serving
from kejin.app.web.translate import Translate, translator
from kejin.casework.access import purpose_of, tables_readable, within
from kejin.casework.consents import in_both
from kejin.casework.people import Person
from kejin.casework.permissions import BY_OFFICE, Scope, check_action, scope_of
from kejin.casework.sessions import Session
from kejin.casework.store import now
from kejin.dates import parse_day
from kejin.errors import InputError, Lang
from kejin.facts.tables import ALL_TABLES

SESSION_COOKIE, DAY_COOKIE, LANG_COOKIE = "kejin_session", "kejin_day", "kejin_lang"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class NotSignedInError(Exception):
    """Nobody is logged in; the page asks for it, a program gets 401."""


class ForgedError(Exception):
    """A form came without the token of its session."""


@dataclass(slots=True)
class Ask:
    """One request of somebody who may make it."""

    request: Request
    serving: Serving
    person: Person
    action: str
    scope: Scope
    session: Session | None
    lang: Lang
    as_of: date
    # What the person may read is one answer a request: a page whose parts are of two minds would be worse than slow.
    _covered: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def t(self) -> Translate:
        return translator(self.lang)

    @property
    def wants_part(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, action: str) -> bool:
        """Whether the person's role allows an action on some object."""
        return scope_of(self.person.role, action) is not None

    # ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def check_object(self, subject: str, institution_id: str | None, company_id: str | None) -> None:
        """Raises InputError casework.object_not_found for an object outside the scope, as for one that is not there."""
        if not within(self.person, self.scope, institution_id, company_id):
            self.serving.log.write(self.person, self.action, "refused", company_id=company_id)
            self.no_object(subject)

    def no_object(self, subject: str) -> NoReturn:
        raise InputError("casework.object_not_found", subject=subject)

    def covered(self, company_id: str) -> frozenset[str]:
        """The tables of this company's facts that the person may read today; asked once a request."""
        if company_id in self._covered:
            return self._covered[company_id]
        person, serving = self.person, self.serving
        by_office = person.role in BY_OFFICE and person.institution_id is not None
        dealt_with = by_office and company_id in serving.dealt_with(str(person.institution_id))
        found = tables_readable(person, company_id, serving.consents_of(company_id), now().date(), dealt_with)
        self._covered[company_id] = found
        return found

    def may_read(self, company_id: str, section: str | None = None) -> bool:
        """Whether the person may look at any of this company's data today, or at a section of it."""
        covered = self.covered(company_id)
        return bool(covered) and (section is None or not not_covered((section,), covered))

    def check_company(self, company_id: str, case_id: str | None = None, section: str | None = None) -> str:
        """The company's name, after scope and consent are checked and the look is written down.

        section   what will be shown, where all of it is one section: its tables must be covered.
        Raises    InputError casework.object_not_found, casework.consent_missing, casework.consent_not_covering.
        """
        name = self.serving.company_name(company_id, self.as_of)
        own = self.person.role == "company"
        if name is None or (own and company_id != self.person.company_id):
            self.no_object(company_id)
        covered = self.covered(company_id)
        if not covered:
            self.serving.log.write(self.person, self.action, "refused", company_id=company_id)
            if self.person.role in BY_OFFICE:
                self.no_object(company_id)
            raise InputError(
                "casework.consent_missing",
                company=name,
                institution=self.serving.institution_name(self.person.head_office),
                purpose=purpose_label(purpose_of(self.person), self.lang),
            )
        if section is not None and (missing := not_covered((section,), covered)):
            self.serving.log.write(self.person, self.action, "refused", company_id=company_id, case_id=case_id)
            self._refuse_section(name, missing[section])
        self.serving.log.write(self.person, self.action, company_id=company_id, case_id=case_id)
        return name

    def _refuse_section(self, name: str, missing: NotCovered) -> NoReturn:
        label = SECTIONS[missing.section].label
        raise InputError(
            "casework.consent_not_covering",
            company=name,
            section=f"{label.zh} {label.en}",
            groups=in_both(missing.groups),
        )

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def page(self, template: str, status: int = 200, **view: Any) -> HTMLResponse:
        """A page, or the part of one."""
        return page(self, template, status, view)

    def go(self, path: str, said: str | None = None, **query: Any) -> Response:
        """After a form: to another page, with a sentence shown there once."""
        target = path + (("?" + urlencode(query)) if query else "")
        answer: Response = RedirectResponse(target, status_code=303)
        if self.wants_part:
            answer = Response(status_code=204, headers={"HX-Redirect": quote(target, safe="/?&=%-._~#+")})
        if said is not None:
            answer.set_cookie(SAID_COOKIE, quote(said), max_age=60, httponly=True, samesite="strict")
        return answer

    def file(
        self, content: bytes, name: str, kind: str, company_id: str | None = None, case_id: str | None = None
    ) -> Response:
        """A file to save; the download is written down."""
        self.serving.log.write(
            self.person, self.action, "downloaded", company_id=company_id, case_id=case_id, file_name=name
        )
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=kind, headers={"Content-Disposition": disposition})


def purpose_label(purpose: str | None, lang: str) -> str:
    """A purpose of consent in words, as the facts declare it."""
    choices = ALL_TABLES["consent"].column("purpose").choices or ()
    found = next((one for one in choices if one.code == purpose), None)
    return "-" if found is None else (found.zh if lang == "zh" else found.en)


class Site:
    """The routes of one area."""

    def __init__(self) -> None:
        self.router = APIRouter()

    def get(self, path: str, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._route("GET", path, action, options)

    def post(self, path: str, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._route("POST", path, action, options)

    def delete(self, path: str, action: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._route("DELETE", path, action, options)

    def _route(
        self, method: str, path: str, action: str, options: Mapping[str, Any]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Registers a function whose first parameter is `ask: Ask`."""
        settings = {"response_model": None, "include_in_schema": path.startswith("/api/")} | dict(options)

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            function.__annotations__ = dict(function.__annotations__)
            _bind(function, action)
            extra = {"x-action": action}
            self.router.add_api_route(path, function, methods=[method], openapi_extra=extra, **settings)
            return function

        return register


def _bind(function: Callable[..., Any], action: str) -> None:
    """Makes the parameter `ask` of a route the request of somebody who may do the action."""
    import inspect
    import typing

    hints = typing.get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    changed = []
    for name, one in signature.parameters.items():
        if name == "ask":
            one = one.replace(annotation=Ask, default=Depends(asking(action)), kind=one.KEYWORD_ONLY)  # noqa: PLW2901
        else:
            one = one.replace(annotation=hints.get(name, one.annotation), kind=one.KEYWORD_ONLY)  # noqa: PLW2901
        changed.append(one)
    function.__signature__ = signature.replace(parameters=changed, return_annotation=Any)  # type: ignore[attr-defined]


def asking(action: str) -> Callable[..., Any]:
    """Gives the request of somebody who may do an action; raises where nobody is logged in or they may not."""

    async def ask_of(request: Request) -> Ask:
        serving: Serving = request.app.state.serving
        session, person = await _who(request, serving)
        if person is None:
            raise NotSignedInError
        if person.must_change and action != "account.change":
            raise NotSignedInError
        if session is not None and request.method in _CHANGING:
            await _check_form(request, session)
        scope = check_action(person.role, action)
        return Ask(
            request, serving, person, action, scope, session, language(request, person, serving), _day(request, serving)
        )

    return ask_of


async def _who(request: Request, serving: Serving) -> tuple[Session | None, Person | None]:
    """The session of a browser, or the person of a program's token."""
    from fastapi.concurrency import run_in_threadpool

    bearer = request.headers.get("authorization", "")
    if bearer.lower().startswith("bearer "):
        return None, await run_in_threadpool(serving.sessions.of_token, bearer[7:].strip())
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None, None
    session = await run_in_threadpool(serving.sessions.find, token)
    return session, None if session is None else session.person


async def asked_by(request: Request) -> Ask | None:
    """The request of whoever is logged in, whatever they may do: for pages that say what went wrong."""
    serving: Serving = request.app.state.serving
    session, person = await _who(request, serving)
    if person is None or session is None or person.must_change:
        return None
    lang = language(request, person, serving)
    try:
        day = _day(request, serving)
    except InputError:
        day = serving.default_day()
    return Ask(request, serving, person, "home.see", "all", session, lang, day)


async def _check_form(request: Request, session: Session) -> None:
    """Raises ForgedError where a form does not carry its session's token."""
    import hmac

    sent = request.headers.get(CSRF_HEADER)
    if sent is None:
        kind = request.headers.get("content-type", "")
        if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
            value = (await request.form()).get(CSRF_FIELD)
            sent = value if isinstance(value, str) else None
    if sent is None or not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise ForgedError


def language(request: Request, person: Person | None, serving: Serving) -> Lang:
    """The language asked for in the address, else the person's, else the browser's last choice."""
    for asked in (
        request.query_params.get("lang"),
        person.language if person else None,
        request.cookies.get(LANG_COOKIE),
        serving.language,
    ):
        if asked in ("zh", "en"):
            return "zh" if asked == "zh" else "en"
    return "zh"


def _day(request: Request, serving: Serving) -> date:
    """As of which day the page answers: the address, the last choice, the newest evaluated day."""
    asked = request.query_params.get("as_of")
    if asked:
        return parse_day(asked)
    kept = request.cookies.get(DAY_COOKIE)
    if kept:
        try:
            return parse_day(kept)
        except InputError:
            return serving.default_day()
    return serving.default_day()

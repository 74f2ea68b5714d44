"""The server: every area's routes over one workspace, and what happens when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from kejin import __version__
from kejin.app.web.assets import send_asset
from kejin.app.web.metrics import Meter, Metered, route_of
from kejin.app.web.oidc import Oidc
from kejin.app.web.render import page, render
from kejin.app.web.routes import areas
from kejin.app.web.security import BODY_BYTES_MAX, Guard
from kejin.app.web.serving import Serving
from kejin.app.web.site import LANG_COOKIE, ForgedError, NotSignedInError, asked_by
from kejin.errors import InputError, KejinError, Lang, UseError

log = logging.getLogger("kejin.web")
_STATUS = {
    "casework.not_allowed": 403,
    "casework.consent_missing": 403,
    "casework.consent_not_covering": 403,
    "casework.consent_not_enough": 403,
    "casework.object_not_found": 404,
    "casework.version_old": 409,
    "casework.paid_above_contract": 409,
    "casework.step_wrong": 409,
    "casework.case_open_already": 409,
    "casework.inputs_changed": 409,
    "casework.maker_is_checker": 403,
    "casework.above_authority": 403,
    "casework.judges_oneself": 403,
    "app.server_busy": 503,
    "app.form_forged": 403,
    "app.page_unknown": 404,
    "workflows.company_unknown": 404,
    "app.upload_unknown": 404,
    "app.job_unknown": 404,
    "app.oidc_failed": 401,
    "app.oidc_person_unknown": 403,
    "app.run_absent": 409,
    "valuation.company_without_patents": 404,
    "casework.person_unknown": 404,
    "journal.entry_absent": 404,
}


def create_app(workspace: Path, *, secure: bool = False, warm: bool = False) -> FastAPI:
    """The web application of a workspace.

    warm     at the start and after each load, readers are made ready while the first requests are answered.
    secure   served over HTTPS: cookies and headers then say so.
    Raises   as Workspace.open and CaseStore.open.
    """
    serving = Serving(workspace, warm=warm)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        from kejin.app.web.courier import Courier
        from kejin.app.web.job_runner import Runner

        runner, courier = Runner(serving), Courier(serving)
        await run_in_threadpool(runner.start)
        courier.start()
        serving.make_ready()
        yield
        await run_in_threadpool(courier.stop)
        await run_in_threadpool(runner.stop)
        serving.close()

    app = FastAPI(
        title="Kejin",
        version=__version__,
        description="What the pages do, for programs: same acts, same roles, same records.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would fetch their scripts from elsewhere
        redoc_url=None,
        max_body_size=BODY_BYTES_MAX,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        lifespan=life,
    )
    app.state.serving = serving
    app.state.secure = secure
    app.state.oidc = Oidc.from_environment()
    for site in areas():
        app.include_router(site.router)
    app.add_api_route("/static/{digest}/{name}", send_asset, methods=["GET"], include_in_schema=False)
    app.state.meter = Meter()
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=4)
    app.add_middleware(Guard, secure=secure)
    app.add_middleware(Metered, meter=app.state.meter)
    _handle_errors(app)
    _say_how_to_log_in(app)
    return app


def _say_how_to_log_in(app: FastAPI) -> None:
    """The OpenAPI says that programs send a token."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        schema = made()
        schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"token": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(NotSignedInError, _to_log_in)
    app.add_exception_handler(ForgedError, _forged)
    app.add_exception_handler(InputError, _said)
    app.add_exception_handler(UseError, _said)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _to_log_in(request: Request, _: Exception) -> Response:
    if _for_program(request):
        answer = answer_error(request, InputError("app.log_in_needed"), 401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    to = "/log-in" if request.method != "GET" else f"/log-in?to={request.url.path}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": to})
    return RedirectResponse(to, status_code=303)


async def _forged(request: Request, _: Exception) -> Response:
    return await _answer(request, InputError("app.form_forged"))


async def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, KejinError)
    return await _answer(request, error)


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return await _answer(request, InputError("app.field_wrong", field=field, said=first["msg"]), 422)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return await _answer(request, InputError("app.page_unknown", path=request.url.path), error.status_code)
    return await _answer(request, InputError("app.request_wrong", said=error.detail), error.status_code)


async def _broken(request: Request, error: Exception) -> Response:
    """A defect of ours: the log gets the trace under a number, the user the number."""
    number = secrets.token_hex(4)
    log.error(
        "incident",
        exc_info=error,
        extra={"incident": number, "method": request.method, "route": route_of(request.scope)},
    )
    return answer_error(request, InputError("app.server_broken", number=number), 500)


async def _answer(request: Request, error: KejinError, status: int | None = None) -> Response:
    """An error as a page of the site for somebody who is logged in, with the menu; else as for anybody."""
    if not _for_program(request) and request.headers.get("hx-request") != "true":
        ask = await asked_by(request)
        if ask is not None:
            view = _words_of(error, ask.lang) | {"framed": True}
            return await run_in_threadpool(page, ask, "error.html", status or _STATUS.get(error.code, 400), view)
    return answer_error(request, error, status)


def _words_of(error: KejinError, lang: Lang) -> dict[str, Any]:
    return {name: error.part(name, lang) for name in ("what", "where", "why", "do")} | {"code": error.code}


def answer_error(request: Request, error: KejinError, status: int | None = None) -> Response:
    """An error in the shape that who asked can use: JSON for programs, a part for htmx, else a page."""
    status = status or _STATUS.get(error.code, 400)
    serving: Serving = request.app.state.serving
    asked: Any = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE)
    lang = asked if asked in ("zh", "en") else serving.language
    if _for_program(request):
        return JSONResponse(error.as_json(lang), status_code=status)
    view = _words_of(error, lang) | {"framed": False}
    part = request.headers.get("hx-request") == "true"
    template = "error_part.html" if part else "error.html"
    return HTMLResponse(render(template, lang, view), status_code=200 if part else status)

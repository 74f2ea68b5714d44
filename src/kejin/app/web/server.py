"""The server: every area's routes over one workspace, and what happens when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from kejin import __version__
from kejin.app.web.assets import send_asset
from kejin.app.web.render import render
from kejin.app.web.routes import areas
from kejin.app.web.security import Guard
from kejin.app.web.serving import Serving
from kejin.app.web.site import LANG_COOKIE, ForgedError, NotSignedInError
from kejin.errors import InputError, KejinError, UseError

log = logging.getLogger("kejin.web")
_STATUS = {
    "casework.not_allowed": 403,
    "casework.consent_missing": 403,
    "casework.object_not_found": 404,
    "casework.version_old": 409,
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
}


def create_app(workspace: Path, *, secure: bool = False) -> FastAPI:
    """The web application of a workspace.

    secure   served over HTTPS: cookies and headers then say so.
    Raises   as Workspace.open and CaseStore.open.
    """
    serving = Serving(workspace)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        serving.close()

    app = FastAPI(
        title="Kejin",
        version=__version__,
        description="What the pages do, for programs: same acts, same roles, same records.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both would fetch their scripts from elsewhere
        redoc_url=None,
        lifespan=life,
    )
    app.state.serving = serving
    app.state.secure = secure
    for site in areas():
        app.include_router(site.router)
    app.add_api_route("/static/{digest}/{name}", send_asset, methods=["GET"], include_in_schema=False)
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=4)
    app.add_middleware(Guard, secure=secure)
    _handle_errors(app)
    return app


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
        body = {"code": "app.log_in_needed", "what": "Send a valid token: Authorization: Bearer ..."}
        return JSONResponse(body, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    to = "/log-in" if request.method != "GET" else f"/log-in?to={request.url.path}"
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": to})
    return RedirectResponse(to, status_code=303)


async def _forged(request: Request, _: Exception) -> Response:
    return answer_error(request, InputError("app.form_forged"))


async def _said(request: Request, error: Exception) -> Response:
    assert isinstance(error, KejinError)
    return answer_error(request, error)


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return answer_error(request, InputError("app.field_wrong", field=field, said=first["msg"]), 422)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code in (404, 405):
        return answer_error(request, InputError("app.page_unknown", path=request.url.path), error.status_code)
    return answer_error(request, InputError("app.request_wrong", said=error.detail), error.status_code)


async def _broken(request: Request, error: Exception) -> Response:
    """A defect of ours: the log gets the trace under a number, the user the number."""
    number = secrets.token_hex(4)
    log.error("incident %s: %s %s", number, request.method, request.url.path, exc_info=error)
    return answer_error(request, InputError("app.server_broken", number=number), 500)


def answer_error(request: Request, error: KejinError, status: int | None = None) -> Response:
    """An error in the shape that who asked can use: JSON for programs, a part for htmx, else a page."""
    status = status or _STATUS.get(error.code, 400)
    serving: Serving = request.app.state.serving
    asked: Any = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE)
    lang = asked if asked in ("zh", "en") else serving.language
    if _for_program(request):
        return JSONResponse(error.as_json(lang), status_code=status)
    view = {name: error.part(name, lang) for name in ("what", "where", "why", "do")} | {"code": error.code}
    part = request.headers.get("hx-request") == "true"
    template = "error_part.html" if part else "error.html"
    return HTMLResponse(render(template, lang, view), status_code=200 if part else status)

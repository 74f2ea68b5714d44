"""Every role at every route: who may, gets an answer; who may not, is refused in one sentence. No cell is left out."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import LogIn

from kejin.app.web.demo_people import DEMO_LOG_INS
from kejin.app.web.job_kinds import KINDS
from kejin.app.web.routes import areas
from kejin.casework.permissions import ACTIONS, ROLES, scope_of

OPEN = {"/log-in", "/oidc/start", "/oidc/back", "/health", "/ready"}
BY_ITSELF = {"/metrics": "metrics.see"}  # programs on this computer read it without a name; see test_operation.py
_REFUSED = "casework.not_allowed"


def routes() -> list[tuple[str, str, str]]:
    """(method, path, action) of every route that asks who it is."""
    found = []
    for site in areas():
        for route in site.router.routes:
            action = (getattr(route, "openapi_extra", None) or {}).get("x-action")
            if action is None:
                assert route.path in OPEN or route.path in BY_ITSELF, (
                    f"{route.path} names no action: anybody could use it"
                )
                continue
            found += [(method, route.path, action) for method in sorted(route.methods)]
    return sorted(found)


@pytest.fixture(scope="module")
def people(served_for_reading: FastAPI, log_in: LogIn) -> dict[str, TestClient]:
    """A browser a role."""
    return {role: log_in(served_for_reading, DEMO_LOG_INS[role]) for role in ROLES}


def _filled(path: str) -> str:
    """The path with something in its places that nobody has."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: f"no-{found[1]}", path)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_route_answers_those_who_may_and_refuses_the_others(people: dict[str, TestClient], role: str) -> None:
    wrong = []
    for method, path, action in routes():
        if path in ("/log-out", "/password", "/language", "/day"):
            continue  # everybody's own; tested where they stand
        answer = people[role].request(method, _filled(path), headers={"accept": "text/html"})
        refused = answer.status_code == 403 and _REFUSED in answer.text
        if refused != (scope_of(role, action) is None) or answer.status_code >= 500:
            wrong.append(f"{method} {path} ({action}): {answer.status_code}")
    assert wrong == []


def test_without_logging_in_every_route_asks_for_it(served_for_reading: FastAPI) -> None:
    client = TestClient(served_for_reading, follow_redirects=False)
    for method, path, _ in routes():
        answer = client.request(method, _filled(path))
        assert answer.status_code == (401 if path.startswith("/api/") else 303), f"{method} {path}"


def test_every_action_belongs_to_a_route_and_to_known_roles() -> None:
    used = {action for _, _, action in routes()} | set(BY_ITSELF.values()) | {kind.action for kind in KINDS.values()}
    assert used <= set(ACTIONS)
    assert sorted(set(ACTIONS) - used) == []
    assert {role for roles in ACTIONS.values() for role in roles} <= set(ROLES)


def test_a_route_without_an_action_is_found() -> None:
    from kejin.app.web.site import Site

    site = Site()
    with pytest.raises(KeyError):
        scope_of("approver", "nothing.known")
    site.get("/planted", "home.see")(lambda ask: ask)
    assert site.router.routes[0].openapi_extra == {"x-action": "home.see"}


@pytest.mark.parametrize("name", ["risk", "auditor", "supervisor"])
def test_who_may_read_objections_finds_them_in_the_menu(served_for_reading: FastAPI, log_in: LogIn, name: str) -> None:
    assert 'href="/objections"' in log_in(served_for_reading, name).get("/").text


@pytest.mark.parametrize("path", ["/audit", "/companies/NOSUCH", "/no/such/page"])
def test_an_error_page_keeps_the_menu_and_shows_nothing_to_strangers(
    served_for_reading: FastAPI, log_in: LogIn, path: str
) -> None:
    answer = log_in(served_for_reading, "officer").get(path)
    assert answer.status_code in (403, 404)
    assert 'href="/companies"' in answer.text
    stranger = TestClient(served_for_reading).get("/no/such/page")
    assert stranger.status_code == 404
    assert 'href="/companies"' not in stranger.text

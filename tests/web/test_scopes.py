"""Objects of others: whoever belongs elsewhere finds none of this branch's cases, objections, patents or companies."""

from __future__ import annotations

import re

import pytest
from case_steps import proposed, state_of
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import LogIn

from kejin.app.web.demo_people import DEMO_LOG_INS, DEMO_PASSWORD
from kejin.app.web.routes import areas
from kejin.casework.permissions import BY_OFFICE, ROLES, scope_of

ELSEWHERE = {
    "relationship_manager": "BANK00-01",
    "approver": "BANK00",
    "risk_manager": "BANK00",
    "branch_head": "BANK00-01",
    "auditor": "BANK00",
    "insurer": "INSURE01",
    "guarantor": "GUARAN01",
    "park": "PARK0001",
    "investment_manager": "AIC01",
}


def _routes(place: str) -> list[tuple[str, str, str, list[str]]]:
    """(method, path, action, form fields) of every route to one object of a kind."""
    found = []
    for site in areas():
        for route in site.router.routes:
            action = (getattr(route, "openapi_extra", None) or {}).get("x-action")
            if action is not None and place in route.path:
                fields = [one.name for one in route.dependant.body_params]
                found += [(method, route.path, action, fields) for method in route.methods]
    return sorted(found)


@pytest.fixture(scope="module")
def strangers(served_for_reading: FastAPI, log_in: LogIn) -> dict[str, TestClient]:
    """Somebody of every role who belongs to another institution, branch or company."""
    serving = served_for_reading.state.serving
    own = serving.people.find("company").company_id
    sql = "SELECT max(company_id) AS id FROM company WHERE company_id <> $own"
    other_company = serving.rows("stranger", sql, own=own)[0]["id"]
    found = {}
    for role in sorted(set(ROLES) - {"supervisor", "administrator"}):
        name = f"other-{DEMO_LOG_INS[role]}"
        place = {"company_id": other_company} if role == "company" else {"institution_id": ELSEWHERE[role]}
        serving.people.add(name, name, role, DEMO_PASSWORD, must_change=False, **place)
        found[role] = log_in(served_for_reading, name)
    return found


def test_nobody_elsewhere_finds_or_changes_a_case(
    served_for_reading: FastAPI, log_in: LogIn, strangers: dict[str, TestClient]
) -> None:
    case_id = proposed(log_in(served_for_reading, "officer"), served_for_reading)
    before = state_of(served_for_reading, case_id)
    serving = served_for_reading.state.serving
    company_name = serving.company_name(before.company_id, serving.default_day())
    assert company_name
    wrong, tried = [], 0
    for method, path, action, fields in _routes("{case_id}"):
        for role, client in strangers.items():
            if scope_of(role, action) in (None, "all"):
                continue
            tried += 1
            target = re.sub(r"\{kind\}", "pdf", path.replace("{case_id}", case_id))
            answer = client.request(method, target, data=dict.fromkeys(fields, "1"))
            refused = answer.status_code == 404 or (method == "POST" and answer.status_code in (400, 422))
            if not refused or company_name in answer.text:
                wrong.append(f"{role} {method} {path}: {answer.status_code}")
    assert wrong == []
    assert tried > 30
    assert state_of(served_for_reading, case_id) == before


def test_a_case_of_others_is_in_no_list(
    served_for_reading: FastAPI, log_in: LogIn, strangers: dict[str, TestClient]
) -> None:
    case_id = proposed(log_in(served_for_reading, "officer"), served_for_reading)
    assert case_id in log_in(served_for_reading, "officer").get("/cases").text
    for role, client in strangers.items():
        if scope_of(role, "case.see") is not None:
            assert case_id not in client.get("/cases").text, role


def test_another_companys_data_stay_closed(
    served_for_reading: FastAPI, log_in: LogIn, strangers: dict[str, TestClient]
) -> None:
    """Of a company that gave consent to this branch only, nobody elsewhere reads a portrait or its patents."""
    company = served_for_reading.state.serving.people.find("company").company_id
    serving = served_for_reading.state.serving
    wrong: list[str] = []
    tried: set[str] = set()
    for method, path, action, _ in _routes("{company_id}"):
        if method != "GET":
            continue
        for role, client in strangers.items():
            person = serving.people.find(f"other-{DEMO_LOG_INS[role]}")
            consents = serving.consents_of(company)
            dealt_with = person.institution_id and company in serving.dealt_with(person.institution_id)
            if scope_of(role, action) is None or any(one.institution_id == person.head_office for one in consents):
                continue
            if role in BY_OFFICE and dealt_with:
                continue
            tried.add(role)
            answer = client.get(path.replace("{company_id}", company).replace("{figure}", "rd_intensity_1y"))
            if answer.status_code not in (403, 404):
                wrong.append(f"{role} {path}: {answer.status_code}")
    assert wrong == []
    assert {"auditor", "relationship_manager", "insurer", "company"} <= tried

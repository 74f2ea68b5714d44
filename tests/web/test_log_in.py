"""Logging in: who gets in, who does not, and what a session allows."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import LogIn

from kejin.app.web.demo_people import DEMO_PASSWORD


def test_nobody_sees_a_page_without_logging_in(served_for_reading: FastAPI) -> None:
    client = TestClient(served_for_reading, follow_redirects=False)
    answer = client.get("/companies")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/log-in?to=/companies"


def test_a_person_logs_in_and_out(served: FastAPI, log_in: LogIn) -> None:
    client = log_in(served, "officer")
    assert client.get("/").status_code == 200
    assert client.post("/log-out").status_code == 303
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("name", ["officer", "nobody"])
def test_wrong_names_and_wrong_passwords_sound_alike(served: FastAPI, name: str) -> None:
    client = TestClient(served, follow_redirects=False)
    answer = client.post("/log-in?lang=en", data={"name": name, "password": "wrong-password-1"})
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text


def test_five_wrong_passwords_lock_even_the_right_one(served: FastAPI) -> None:
    client = TestClient(served, follow_redirects=False)
    for _ in range(5):
        client.post("/log-in", data={"name": "officer", "password": "wrong-password-1"})
    answer = client.post("/log-in?lang=en", data={"name": "officer", "password": DEMO_PASSWORD})
    assert answer.status_code == 401
    assert "locked" in answer.text


def test_a_form_without_the_sessions_token_is_refused(served: FastAPI, log_in: LogIn) -> None:
    client = log_in(served, "officer")
    del client.headers["x-csrf-token"]
    answer = client.post("/language", data={"lang": "en"})
    assert answer.status_code == 403
    forged = client.post("/language", data={"lang": "en", "csrf": "guessed"})
    assert forged.status_code == 403


def test_after_logging_in_nobody_is_sent_to_another_site(served: FastAPI) -> None:
    client = TestClient(served, follow_redirects=False)
    for target in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"):
        answer = client.post("/log-in", data={"name": "officer", "password": DEMO_PASSWORD, "to": target})
        assert answer.headers["location"] == "/"


def test_a_one_time_password_leads_to_choosing_ones_own(served: FastAPI) -> None:
    serving = served.state.serving
    serving.people.add("novice", "Novice", "supervisor", "one-time-pass-1")
    client = TestClient(served, follow_redirects=False)
    answer = client.post("/log-in", data={"name": "novice", "password": "one-time-pass-1"})
    assert answer.headers["location"] == "/password"
    assert client.get("/companies").status_code == 303


def test_answers_carry_a_strict_content_policy(served_for_reading: FastAPI) -> None:
    answer = TestClient(served_for_reading).get("/log-in")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"

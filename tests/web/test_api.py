"""The interface for programs: same roles, consent and shapes; what it says of itself is true."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from served_city import DAY
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.app.web.metrics import Meter


def program(served: FastAPI, name: str, days: int = 1) -> TestClient:
    """A program with the token of a person."""
    serving = served.state.serving
    token = serving.sessions.new_token(serving.people.find(name), "test", days)
    return TestClient(served, headers={"authorization": f"Bearer {token}"}, raise_server_exceptions=False)


def company_of(served: FastAPI) -> str:
    return str(served.state.serving.people.find("company").company_id)


def test_without_a_token_every_call_is_refused_in_the_same_shape(served_for_reading: FastAPI) -> None:
    client = TestClient(served_for_reading)
    schema = client.get("/api/openapi.json").json()
    for path, methods in schema["paths"].items():
        for method in methods:
            answer = client.request(method, path.replace("{", "").replace("}", ""), json={})
            assert answer.status_code in (401, 422), (method, path)
            assert set(answer.json()) == {"code", "what", "where", "why", "do"}


def test_the_evaluation_is_that_of_the_command_line(served_for_reading: FastAPI) -> None:
    company = company_of(served_for_reading)
    got = program(served_for_reading, "officer").get(f"/api/companies/{company}/evaluation?as_of={DAY}&lang=en")
    path = str(served_for_reading.state.serving.path)
    words = ["evaluate", path, "--company", company, "--as-of", str(DAY), "--json", "--lang", "en"]
    done = CliRunner().invoke(whole_app(), words)
    assert got.json() == json.loads(done.stdout) | {"not_covered": []}


def test_consent_is_asked_here_too(served: FastAPI) -> None:
    company = company_of(served)
    insurer = program(served, "insurer")
    answer = insurer.get(f"/api/companies/{company}/evaluation")
    assert answer.status_code == 403
    assert answer.json()["code"] == "casework.consent_missing"
    found = insurer.get(f"/api/companies?q={company}").json()
    assert [row["may_read"] for row in found["companies"]] == [False]
    assert program(served, "officer").get(f"/api/companies?q={company}").json()["companies"][0]["may_read"]


def test_what_was_not_made_yet_is_said(served_for_reading: FastAPI) -> None:
    company = company_of(served_for_reading)
    officer = program(served_for_reading, "officer")
    for path in (f"/api/companies/{company}/patents", "/api/lists/preapproved"):
        answer = officer.get(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "app.run_absent"), path


@pytest.mark.slow
def test_the_list_and_the_patents_of_the_command_line(served: FastAPI) -> None:
    path, company = str(served.state.serving.path), company_of(served)
    for words in (["preapprove", path, "--as-of", str(DAY)], ["value-patents", path, "--as-of", str(DAY)]):
        done = CliRunner().invoke(whole_app(), words)
        assert done.exit_code == 0, done.output
    served.state.serving.pool.renew()
    officer = program(served, "officer")
    first = officer.get("/api/lists/preapproved?most=2").json()
    second = officer.get(f"/api/lists/preapproved?most=2&after={first['after']}").json()
    assert len(first["offers"]) == len(second["offers"]) == 2
    assert first["offers"] != second["offers"]
    serving = served.state.serving
    person = serving.people.find("officer")
    for row in officer.get("/api/lists/preapproved?most=200").json()["offers"]:
        held = [one for one in serving.consents_of(row["company_id"]) if one.holds(DAY.replace(month=11))]
        assert (person.head_office, "credit") in {(one.institution_id, one.purpose) for one in held}
    words = ["value-patents", path, "--company", company, "--as-of", str(DAY), "--json", "--lang", "en"]
    wanted = CliRunner().invoke(whole_app(), words)
    got = officer.get(f"/api/companies/{company}/patents?as_of={DAY}")
    if wanted.exit_code:
        assert got.status_code == 404
    else:
        said = json.loads(wanted.stdout)
        assert [row["publication_number"] for row in got.json()["values"]] == [
            row["publication_number"] for row in said["values"]
        ]
        assert got.json()["result_hash"] == said["result_hash"]


def test_jobs_are_started_seen_and_cancelled(served: FastAPI) -> None:
    risk, officer = program(served, "risk"), program(served, "officer")
    assert officer.post("/api/jobs", json={"kind": "evaluate", "as_of": str(DAY)}).status_code == 403
    made = risk.post("/api/jobs", json={"kind": "evaluate", "as_of": str(DAY)})
    assert made.status_code == 202
    job = made.json()["job_id"]
    assert officer.get(f"/api/jobs/{job}").status_code == 404
    assert risk.get("/api/jobs").json()[0]["job_id"] == job
    assert risk.post(f"/api/jobs/{job}/cancel").json()["state"] == "cancelled"
    assert risk.post("/api/jobs", json={"kind": "load", "as_of": str(DAY)}).status_code == 400
    assert risk.post("/api/jobs", json={"kind": "evaluate", "as_of": str(DAY), "more": 1}).status_code == 422


def test_the_journal_is_that_of_the_command_line(served_for_reading: FastAPI) -> None:
    supervisor = program(served_for_reading, "supervisor")
    path = str(served_for_reading.state.serving.path)
    wanted = json.loads(CliRunner().invoke(whole_app(), ["journal", "show", path, "1", "--json"]).stdout)
    assert supervisor.get("/api/journal/1").json() == wanted
    assert supervisor.get("/api/journal?act=evaluate_companies&newest=1").json()[0]["sequence"] == 1


# ── operation ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_health_readiness_and_metrics(served: FastAPI) -> None:
    client = TestClient(served, follow_redirects=False)
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/ready").json() == {"status": "ready"}
    assert client.get("/metrics").status_code == 303  # the test client has no address: it is nobody's computer
    assert program(served, "officer").get("/metrics").status_code == 403
    company = company_of(served)
    program(served, "officer").get(f"/companies/{company}")
    local = TestClient(served, client=("127.0.0.1", 5), follow_redirects=False)
    said = local.get("/metrics").text
    assert 'kejin_answers_total{method="GET",route="/companies/{company_id}",status="200"} 1' in said
    assert company not in said
    assert local.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 303
    assert program(served, "admin").get("/metrics").status_code == 200


def test_the_meter_counts_in_bounds() -> None:
    meter = Meter()
    for seconds in (0.01, 0.2, 99.0):
        meter.count("GET", "/x", 200, seconds)
    said = meter.text({"kejin_jobs_open": 2})
    assert 'kejin_answer_seconds_bucket{route="/x",le="0.3"} 2' in said
    assert 'kejin_answer_seconds_bucket{route="/x",le="+Inf"} 3' in said
    assert 'kejin_answer_seconds_count{route="/x"} 3' in said
    assert "kejin_jobs_open 2" in said


def test_logs_hold_no_codes_of_companies_and_no_values() -> None:
    import logging
    import sys

    from kejin.app.web.logs import JsonLines

    try:
        int("王芳")
    except ValueError:
        record = logging.LogRecord("kejin.web", 40, "f", 1, "at 91440300MA5EXAMPL0", (), sys.exc_info())
    record.route = "/companies/{company_id}"
    line = JsonLines().format(record)
    assert json.loads(line)["message"] == "at [company]"
    assert "王芳" not in line
    assert json.loads(line)["trace"]


# ── what the OpenAPI says is true ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "examples"),
    [("risk", 3), *(pytest.param(name, 25, marks=pytest.mark.long) for name in ("supervisor", "officer", "approver"))],
)
def test_generated_calls_break_neither_the_server_nor_the_schema(served: FastAPI, name: str, examples: int) -> None:
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

    serving = served.state.serving
    token = serving.sessions.new_token(serving.people.find(name), "test", 1)
    schema: Any = schemathesis.openapi.from_asgi("/api/openapi.json", served)
    checks = [not_a_server_error, status_code_conformance, response_schema_conformance]
    statuses: Counter[int] = Counter()
    known = {"company_id": company_of(served)}
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def call(case: Any) -> None:
            if statuses.total() % 2:  # words that mean something, every second time: else most calls find nothing
                case.path_parameters = dict(case.path_parameters or {})
                case.path_parameters |= {key: known[key] for key in case.path_parameters.keys() & known.keys()}
                case.query = {key: value for key, value in (case.query or {}).items() if key != "as_of"}
            answer = case.call_and_validate(checks=checks, headers={"Authorization": f"Bearer {token}"})
            statuses[answer.status_code] += 1

        call()
    print(name, dict(sorted(statuses.items())))
    assert statuses.total() >= examples * 8
    assert statuses[200] >= examples, statuses

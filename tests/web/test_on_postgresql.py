"""The same server with cases, journal and jobs in PostgreSQL, by one setting."""

from __future__ import annotations

import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from case_steps import COMMENT, proposed, state_of, step
from serve_in_process import Served, wait_for
from served_city import DAY, LogIn

from kejin.app.web.demo_people import add_demo_people
from kejin.app.web.server import create_app
from kejin.casework.store import CaseStore, database_of
from kejin.journal.place import CASES_FILE


@pytest.fixture
def workspace(city_workspace: Path, tmp_path: Path, postgres_schema: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The served city without its own file of cases: they are in PostgreSQL."""
    place = Path(shutil.copytree(city_workspace, tmp_path / "workspace"))
    (place / CASES_FILE).unlink()
    monkeypatch.setenv("KEJIN_DATABASE", postgres_schema)
    add_demo_people(place, datetime.now(UTC).date())
    return place


@pytest.mark.slow
def test_a_case_is_decided_and_a_job_survives_a_killed_server(workspace: Path, tmp_path: Path, log_in: LogIn) -> None:
    application = create_app(workspace)
    try:
        officer, approver = log_in(application, "officer"), log_in(application, "approver")
        case_id = proposed(officer, application)
        decision = {"decision": "approved", "comment": COMMENT, "override_reason": "已要求增信", "amount": "800000"}
        assert step(officer, application, case_id, "decide", **decision).status_code == 403
        assert step(approver, application, case_id, "decide", **decision).status_code == 303
        assert step(approver, application, case_id, "decide", **decision).status_code == 409
        assert state_of(application, case_id).state == "approved"
    finally:
        application.state.serving.close()
    served = Served(workspace, tmp_path / "log").start()
    try:
        admin = served.log_in("admin")
        job = admin.post("/api/jobs", json={"kind": "classify", "as_of": str(DAY)}).json()["job_id"]
        served.end(signal.SIGKILL)
        served.start()
        admin = served.log_in("admin")
        assert wait_for(admin, job, "done")["result"]["loans"] > 0  # type: ignore[index,operator]
        served.end(signal.SIGTERM)
    finally:
        if served.process is not None and served.process.poll() is None:
            served.end(signal.SIGKILL)
    assert not (workspace / CASES_FILE).exists()
    with CaseStore.open(database_of(workspace)) as store:
        assert store.journal.verify().ok
        acts = [entry.act for entry in store.journal.entries()]
    assert acts.count("classify_loans") == 1
    assert acts.count("case_approved") == 1

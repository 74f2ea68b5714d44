"""Long work: who may start it, that it survives a killed server, that a cancelled job leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from serve_in_process import Served, wait_for
from served_city import DAY, LogIn

from kejin.casework.store import CaseStore, database_of
from kejin.engines.on_duckdb import connect_file
from kejin.journal import Journal
from kejin.workflows.load_aside import copy_facts, load_aside, take_over
from kejin.workflows.workspace import Workspace


@contextmanager
def nobody() -> Iterator[None]:
    yield


def institutions(workspace: Path) -> int:
    with Workspace.open(workspace) as opened:
        return opened.store.single("SELECT count(*) FROM institution WHERE institution_id = 'NEWBANK9'")


@pytest.fixture
def new_bank(tmp_path: Path) -> Path:
    file = tmp_path / "institution.csv"
    file.write_text("institution_id,institution_kind,name,known_on\nNEWBANK9,bank,试验银行,2026-01-05\n", "utf-8")
    return file


@pytest.fixture
def workspace(city_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(city_workspace, tmp_path / "workspace"))


# ── loading aside ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_facts_are_the_old_ones_until_the_copy_takes_their_place(workspace: Path, new_bank: Path) -> None:
    aside = workspace / "aside"
    assert load_aside(workspace, aside, [new_bank]).rows_loaded == 1
    assert institutions(workspace) == 0
    assert take_over(workspace, aside, nobody)
    assert institutions(workspace) == 1
    assert take_over(workspace, aside, nobody)  # done again after an interruption, it changes nothing


def test_a_copy_of_older_facts_takes_nobodys_place(workspace: Path, new_bank: Path) -> None:
    aside = workspace / "aside"
    copy_facts(workspace, aside)
    with Workspace.open(workspace, read_only=False) as other:
        other.store.connection.execute("INSERT INTO meta VALUES ('somebody', 'else')")
        other.store.connection.execute("CHECKPOINT")
    assert not take_over(workspace, aside, nobody)


# ── who may do what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_work_waits_until_somebody_does_it_and_can_be_cancelled(served: FastAPI, log_in: LogIn) -> None:
    risk, officer = log_in(served, "risk"), log_in(served, "officer")
    to = risk.post("/jobs", data={"kind": "classify", "day": str(DAY)}).headers["location"]
    assert "Waiting" in risk.get(f"{to}?lang=en").text
    assert officer.get(to).status_code == 404
    assert officer.post(f"{to}/cancel").status_code == 404
    assert risk.post(f"{to}/cancel").status_code == 303
    assert "Cancelled" in risk.get(f"{to}?lang=en").text


@pytest.mark.parametrize("name", ["officer", "company", "auditor"])
def test_only_those_who_may_start_work(served_for_reading: FastAPI, log_in: LogIn, name: str) -> None:
    answer = log_in(served_for_reading, name).post("/jobs", data={"kind": "evaluate", "day": str(DAY)})
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["load", "replay_entry", "no_such_work"])
def test_only_listed_work_is_started_by_its_name(served_for_reading: FastAPI, log_in: LogIn, kind: str) -> None:
    assert (
        log_in(served_for_reading, "admin").post("/jobs", data={"kind": kind, "day": "2026-09-30"}).status_code == 400
    )


# ── a server that is killed ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_jobs_survive_a_killed_server(workspace: Path, new_bank: Path, tmp_path: Path) -> None:
    entries = journal_length(workspace)
    served = Served(workspace, tmp_path / "log").start()
    try:
        admin = served.log_in("admin")
        with new_bank.open("rb") as file:
            to = admin.post("/data/uploads", files={"file": ("../../institution.csv", file)}).headers["location"]
        loading = admin.post(f"{to}/load").headers["location"].rpartition("/")[2]
        grading = admin.post("/api/jobs", json={"kind": "classify", "as_of": str(DAY)}).json()["job_id"]
        dropped = admin.post("/api/jobs", json={"kind": "evaluate", "as_of": str(DAY)}).json()["job_id"]
        assert admin.post(f"/api/jobs/{dropped}/cancel").json()["state"] == "cancelled"
        wait_for(admin, loading, "running")
        served.end(signal.SIGKILL)
        whole(workspace)
        served.start()
        admin = served.log_in("admin")
        assert wait_for(admin, loading, "done")["result"]["rows_loaded"] == 1  # type: ignore[index]
        assert "NEWBANK9" in admin.get("/people").text  # pages read the new facts
        assert wait_for(admin, grading, "done")["result"]["loans"] > 0  # type: ignore[index,operator]
        assert admin.get(f"/api/jobs/{dropped}").json()["state"] == "cancelled"
        again = admin.post("/api/jobs", json={"kind": "watch", "as_of": str(DAY)}).json()["job_id"]
        wait_for(admin, again, "running")
        assert admin.post(f"/api/jobs/{again}/cancel").json()["state"] == "cancelled"
        served.end(signal.SIGTERM)
    finally:
        if served.process is not None and served.process.poll() is None:
            served.end(signal.SIGKILL)
    whole(workspace)
    assert journal_length(workspace) == entries + 1  # one entry of the grading; none of what was cancelled
    log = served.log.read_text()
    assert '"route": "/jobs/{job_id}"' in log or '"route": "/api/jobs/{job_id}"' in log
    assert "演示" not in log
    assert "Traceback" not in log


def whole(workspace: Path) -> None:
    """Facts can be opened, the journal verifies."""
    connect_file(workspace / "facts.duckdb", read_only=True).close()
    with CaseStore.open(database_of(workspace)) as store:
        assert store.journal.verify().ok


def journal_length(workspace: Path) -> int:
    with Journal.open(database_of(workspace), create=False) as journal:
        return journal.head().sequence

"""One small served city for all tests of the web application, with a person a role."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import COMPANIES, DAY, SEED, LogIn
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.app.web.demo_people import add_demo_people
from kejin.app.web.server import create_app
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.workspace import Workspace


@pytest.fixture(scope="session")
def city_workspace(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A city, loaded and evaluated, with a person a role; made once for all workers, never changed."""
    folder = tmp_path_factory.getbasetemp()
    shared = (folder if worker_id == "master" else folder.parent) / "served_city"
    with (shared.parent / "served_city.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            shutil.rmtree(shared, ignore_errors=True)
            runner = CliRunner()
            for words in (
                ["city", str(shared / "city"), "--companies", str(COMPANIES), "--seed", str(SEED)],
                ["load", str(shared / "workspace"), str(shared / "city" / "facts")],
                ["evaluate", str(shared / "workspace"), "--as-of", str(DAY), "--out", str(shared / "rows.parquet")],
            ):
                done = runner.invoke(whole_app(), words)
                assert done.exit_code == 0, done.output
            add_demo_people(shared / "workspace", datetime.now(UTC).date())
            with Workspace.open(shared / "workspace") as workspace:
                LendingDesk(workspace, DAY).borrowers()  # stored beside the evaluation, so that no test makes it again
            (shared / "ready").touch()
    return shared / "workspace"


@pytest.fixture(scope="session")
def worked_workspace(city_workspace: Path) -> Path:
    """The same city with patents valued and money traced, as a bank in the middle of its work has it."""
    shared = city_workspace.parent / "worked"
    with (city_workspace.parent / "worked.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            shutil.rmtree(shared, ignore_errors=True)
            shutil.copytree(city_workspace, shared / "workspace")
            for work in ("value-patents", "trace-funds"):  # a watch needs more history than a small city has
                out = ["--as-of", str(DAY), "--out", str(shared / f"{work}.parquet")]
                done = CliRunner().invoke(whole_app(), [work, str(shared / "workspace"), *out])
                assert done.exit_code == 0, done.output
            (shared / "ready").touch()
    return shared / "workspace"


@contextmanager
def _listening(workspace: Path) -> Iterator[tuple[str, FastAPI]]:
    """A server on a free port of this machine, in a thread of this process."""
    application = create_app(workspace)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    assert server.started
    yield f"http://127.0.0.1:{port}", application
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="session")
def address(worked_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FastAPI]]:
    """One server a process for browsers; its tests leave facts and rules as they are."""
    place = tmp_path_factory.mktemp("browsed") / "workspace"
    shutil.copytree(worked_workspace, place)
    with _listening(place) as listening:
        yield listening


@pytest.fixture
def own_address(city_workspace: Path, tmp_path: Path) -> Iterator[tuple[str, FastAPI]]:
    """A server of a test's own, for those that change facts or rules."""
    shutil.copytree(city_workspace, tmp_path / "workspace")
    with _listening(tmp_path / "workspace") as listening:
        yield listening


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where pictures of pages are kept: the folder of KEJIN_TEST_ARTIFACTS, else one of the test."""
    kept = os.environ.get("KEJIN_TEST_ARTIFACTS")
    folder = Path(kept) if kept else tmp_path / "artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def served_for_reading(city_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A server for tests that change nothing that others look at; one a worker."""
    place = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(city_workspace, place)
    application = create_app(place)
    yield application
    application.state.serving.close()


@pytest.fixture
def served(city_workspace: Path, tmp_path: Path) -> Iterator[FastAPI]:
    """A server over a workspace of this test's own."""
    shutil.copytree(city_workspace, tmp_path / "workspace")
    application = create_app(tmp_path / "workspace")
    yield application
    application.state.serving.close()


@pytest.fixture(scope="session")
def log_in() -> LogIn:
    """A browser of somebody who is logged in; forms carry the session's token by themselves."""

    def start(application: FastAPI, name: str) -> TestClient:
        client = TestClient(application, follow_redirects=False)
        serving = application.state.serving
        # Not by the form, which counts log-ins from one address; the form is tested in test_log_in.py.
        token = serving.sessions.start(serving.people.find(name))
        client.cookies["kejin_session"] = token
        client.headers["x-csrf-token"] = serving.sessions.find(token).csrf
        return client

    return start

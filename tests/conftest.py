"""What every test shares: where the public data lie, what is skipped where, and how Hypothesis searches."""

from __future__ import annotations

import gc
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kejin.app.command_line import GARBAGE_THRESHOLDS

gc.set_threshold(*GARBAGE_THRESHOLDS)  # as the command does
ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# The same examples on every run and every machine; no deadline, because a busy machine is not a wrong answer.
settings.register_profile("kejin", deadline=None, derandomize=True, database=None)
settings.load_profile("kejin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this machine cannot run; what takes longest begins first, on one Spark."""
    items.sort(key=lambda item: item.get_closest_marker("spark") is None)
    no_data = (
        None if SHARED_DATA.is_dir() else pytest.mark.skip(reason="the public data sets are not beside the project")
    )
    no_spark = None if _spark_is_here() else pytest.mark.skip(reason="Java or the spark extra is absent")
    no_long = None if os.environ.get("KEJIN_TEST_LONG") == "1" else pytest.mark.skip(reason="KEJIN_TEST_LONG=1 runs it")
    for item in items:
        if no_long is not None and item.get_closest_marker("long"):
            item.add_marker(no_long)
        if no_data is not None and item.get_closest_marker("real_data"):
            item.add_marker(no_data)
        if no_spark is not None and item.get_closest_marker("spark"):
            item.add_marker(no_spark)


def _spark_is_here() -> bool:
    return shutil.which("java") is not None and importlib.util.find_spec("pyspark") is not None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; tests that use it are marked real_data."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def spark_session() -> Iterator[object]:
    """One Spark for all tests that need it: starting it takes longer than most of them."""
    from kejin.engines.on_spark import local_session

    spark = local_session(memory="3g")
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()


# ── a browser ────────────────────────────────────────────────────────────────────────────────────────────────────────

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium a process: Playwright can be started only once in it. Skipped where there is none."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine: pages are not looked at")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pages are not seen")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a database to test on: that of KEJIN_TEST_POSTGRES, else a private server of this run."""
    if given := os.environ.get("KEJIN_TEST_POSTGRES"):
        yield given
        return
    programs = _postgres_programs()
    account = _account_for_postgres()
    if programs is None or account is None:
        pytest.skip("PostgreSQL is not installed (no initdb), and KEJIN_TEST_POSTGRES names no database")
    folder = Path(tempfile.mkdtemp(prefix="kejin-pg-"))
    run = _as_account(account, folder)
    try:
        made = run(
            [programs / "initdb", "-D", folder / "data", "-U", "kejin", "-A", "trust", "-E", "UTF8", "--no-sync"]
        )
        assert made.returncode == 0, made.stderr
        settings = f"-c listen_addresses='' -c fsync=off -c max_connections=60 -k {folder}"
        started = run([programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", settings, "start"])
        assert started.returncode == 0, (folder / "log").read_text()
        yield f"postgresql+psycopg://kejin@/postgres?host={folder}"
    finally:
        run([programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_schema(postgres_server: str) -> Iterator[str]:
    """An address with an empty schema of its own, dropped afterwards."""
    from sqlalchemy import create_engine, text

    schema = f"test_{secrets.token_hex(4)}"
    engine = create_engine(postgres_server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{postgres_server}{'&' if '?' in postgres_server else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def _postgres_programs() -> Path | None:
    """Where initdb and pg_ctl are: Debian keeps them off the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    found = [folder for folder in folders if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file()]
    if not found and (on_path := shutil.which("initdb")) and shutil.which("pg_ctl"):
        found = [Path(on_path).parent]
    return found[0] if found else None


def _account_for_postgres() -> str | None:
    """PostgreSQL does not run as root: then an account that can do nothing else."""
    if os.geteuid() != 0:
        return ""
    known = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _as_account(account: str, folder: Path):
    extra = {}
    if account:
        who = pwd.getpwnam(account)
        os.chown(folder, who.pw_uid, who.pw_gid)
        extra = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}

    def run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        # Not captured through pipes: the server that is started would hold them open.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                words, check=False, cwd=folder, stdout=said, stderr=said, env={"LC_ALL": "C"}, **extra
            )
            said.seek(0)
            return subprocess.CompletedProcess(words, done.returncode, "", said.read())

    return run

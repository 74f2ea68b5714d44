"""What is left after a load was killed, the disk was full, or somebody else had the workspace."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.conftest import COMPANY_HEADER, TODAY, Load, company_rows, rows_of, write_csv
from kejin.engines.content_hash import content_hash
from kejin.errors import InputError
from kejin.facts.tables import ALL_TABLES, SCHEMA_VERSION
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

LOAD = """
import sys
from pathlib import Path
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace
with Workspace.open(sys.argv[1], read_only=False) as workspace:
    print("open", flush=True)
    report = load_facts(workspace, [Path(path) for path in sys.argv[2:]])
print(report.rows_loaded, flush=True)
"""
TABLES = ["company", "patent"]


def start_load(workspace: Path, *files: Path) -> subprocess.Popen[str]:
    """A load in a process of its own, once it has opened the workspace."""
    words = [sys.executable, "-c", LOAD, str(workspace), *map(str, files)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def state(path: Path) -> tuple[object, int]:
    """The rows and the log of a workspace."""
    with Workspace.open(path) as workspace:
        log = workspace.store.row_count("load_log")
        return content_hash(workspace.facts(TODAY), TABLES), log


def big_files(folder: Path, companies: int) -> tuple[Path, Path]:
    """Companies and patents, enough to be interrupted."""
    rows = company_rows(companies)
    first = write_csv(folder / "company.csv", COMPANY_HEADER, rows)
    header = ["publication_number", "company_id", "patent_kind", "filed_on", "known_on"]
    patents = [[f"CN{n}", rows[n % companies][0], "发明", "2016-01-01", "2024-01-31"] for n in range(10 * companies)]
    return first, write_csv(folder / "patent.csv", header, patents)


@pytest.mark.slow
def test_killed_load_leaves_the_workspace_as_before(made_companies: Path, tmp_path: Path) -> None:
    """Ten loads killed at random moments; each leaves the rows of before, or all of the load and nothing between."""
    files = big_files(tmp_path, 3_000)
    untouched = state(made_companies)
    chance = random.Random(20260630)
    whole = tmp_path / "whole"
    shutil.copytree(made_companies, whole)
    began = time.monotonic()
    with start_load(whole, *files) as process:
        assert process.wait(300) == 0
    seconds = time.monotonic() - began
    complete = state(whole)
    assert complete != untouched
    before = 0
    for number in range(10):
        path = tmp_path / f"killed{number}"
        shutil.copytree(made_companies, path)
        with start_load(path, *files) as process:
            time.sleep(chance.random() * seconds * 0.9)
            process.send_signal(signal.SIGKILL)
        left = state(path)
        assert left in (untouched, complete)
        before += left == untouched
        if left == complete:  # too late: the machine is quicker now than it was for the whole load
            seconds *= 0.6
        with Workspace.open(path, read_only=False) as workspace:
            load_facts(workspace, files, today=TODAY)
        rows, log = state(path)
        assert rows == complete[0]
        assert log == complete[1]
    assert before >= 3


def test_workspace_opened_twice(workspace: Workspace, made_workspace: Path, tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(InputError) as caught:
            Workspace.open(workspace.path, read_only=read_only)
        assert caught.value.code == "engines.workspace_busy"
        assert str(workspace.path) in caught.value.text("zh")
    with Workspace.open(made_workspace) as one, Workspace.open(made_workspace) as two:
        assert one.store.row_count("company") == two.store.row_count("company") == 0


def test_workspace_opened_by_another_process(made_companies: Path, tmp_path: Path) -> None:
    path = tmp_path / "workspace"
    shutil.copytree(made_companies, path)
    code = (
        "import sys, time\nfrom kejin.workflows.workspace import Workspace\n"
        "workspace = Workspace.open(sys.argv[1], read_only=False)\nprint('open', flush=True)\ntime.sleep(600)\n"
    )
    words = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            for read_only in (False, True):
                with pytest.raises(InputError) as caught:
                    Workspace.open(path, read_only=read_only)
                assert caught.value.code == "engines.workspace_busy"
        finally:
            process.kill()
    with Workspace.open(path, read_only=False) as workspace:
        assert workspace.store.row_count("company") == 5


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB; skipped where none may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=12m", "kejin-test", str(place)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_full_disk_changes_nothing(small_disk: Path, made_companies: Path, tmp_path: Path) -> None:
    path = small_disk / "workspace"
    shutil.copytree(made_companies, path)
    before = state(path)
    files = big_files(tmp_path, 60_000)
    with pytest.raises(InputError) as caught, Workspace.open(path, read_only=False) as workspace:
        load_facts(workspace, files, today=TODAY)
    assert caught.value.code == "engines.disk_full"
    assert state(path) == before
    (tmp_path / "few").mkdir()
    few = write_csv(tmp_path / "few" / "company.csv", COMPANY_HEADER, company_rows(9)[5:])
    with Workspace.open(path, read_only=False) as workspace:
        assert load_facts(workspace, [few], today=TODAY).rows_loaded == 4


def test_spill_limit_reached_changes_nothing(workspace: Workspace, load: Load, tmp_path: Path) -> None:
    workspace.store.connection.execute("SET memory_limit = '60MB'")
    workspace.store.connection.execute("SET max_temp_directory_size = '1MB'")
    files = big_files(tmp_path, 60_000)
    with pytest.raises(InputError) as caught:
        load(*files)
    assert caught.value.code in ("engines.disk_full", "engines.memory_full")
    workspace.store.connection.execute("SET memory_limit = '1GB'")
    workspace.store.connection.execute("SET max_temp_directory_size = '1GB'")
    assert rows_of(workspace, "company") == []
    assert load(*files).rows_loaded == 660_000


def older(path: Path, *statements: str) -> None:
    """Changes a workspace as if another version had written it."""
    with Workspace.open(path, read_only=False) as workspace:
        for statement in (*statements, "UPDATE meta SET value = 'another' WHERE name = 'fingerprint'"):
            workspace.store.connection.execute(statement)


def test_older_schema_is_brought_up_to_date(made_companies: Path, tmp_path: Path) -> None:
    path = tmp_path / "workspace"
    shutil.copytree(made_companies, path)
    older(
        path,
        "ALTER TABLE company DROP COLUMN phone",
        "DROP TABLE consent",
        "UPDATE meta SET value = '0' WHERE name = 'schema_version'",
    )
    with Workspace.open(path) as workspace:
        assert len(workspace.notices) == 1
        assert "company.phone" in workspace.notices[0]
        assert "consent" in workspace.notices[0]
        assert {row["phone"] for row in rows_of(workspace, "company")} == {None}
        assert rows_of(workspace, "consent") == []
        assert workspace.store.read_meta("schema_version") == str(SCHEMA_VERSION)
    with Workspace.open(path, read_only=False) as workspace:
        assert workspace.notices == []
        header = [*COMPANY_HEADER, "phone"]
        file = write_csv(tmp_path / "company.csv", header, [[*company_rows(6)[5], "0755"]])
        assert load_facts(workspace, [file], today=TODAY).rows_loaded == 1


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("ALTER TABLE company ALTER registered_capital_cny TYPE DOUBLE", "facts.schema_changed"),
        ("ALTER TABLE company ADD COLUMN gone VARCHAR", "facts.schema_changed"),
        ("ALTER TABLE patent DROP COLUMN publication_number", "facts.schema_changed"),
        ("UPDATE meta SET value = '999' WHERE name = 'schema_version'", "facts.schema_newer"),
        ("DROP TABLE load_log", "engines.store_unreadable"),
    ],
)
def test_other_schemas_are_refused_and_left_alone(
    statement: str, code: str, made_companies: Path, tmp_path: Path
) -> None:
    path = tmp_path / "workspace"
    shutil.copytree(made_companies, path)
    older(path, statement)
    content = (path / "facts.duckdb").read_bytes()
    for read_only in (True, False):
        with pytest.raises(InputError) as caught:
            Workspace.open(path, read_only=read_only)
        assert caught.value.code == code
    assert (path / "facts.duckdb").read_bytes() == content


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda path: (path / "kejin.toml").write_text("format = 1\nlanguage = 'de'\n"), "facts.settings_invalid"),
        (lambda path: (path / "kejin.toml").write_text("format = ["), "facts.settings_invalid"),
        (lambda path: (path / "kejin.toml").write_text("format = 9\nschema_version = 1\n"), "facts.format_newer"),
        (lambda path: (path / "kejin.toml").unlink(), "facts.workspace_missing"),
        (lambda path: (path / "facts.duckdb").unlink(), "facts.workspace_missing"),
        (lambda path: (path / "facts.duckdb").write_bytes(b"x" * 20_000), "engines.store_unreadable"),
    ],
)
def test_damaged_workspaces_are_told(damage: object, code: str, made_companies: Path, tmp_path: Path) -> None:
    from kejin.errors import KejinError

    path = tmp_path / "workspace"
    shutil.copytree(made_companies, path)
    damage(path)  # type: ignore[operator]
    with pytest.raises(KejinError) as caught:
        Workspace.open(path)
    assert caught.value.code == code
    assert "{" not in caught.value.text("en") + caught.value.text("zh")


def test_a_new_workspace_wants_an_empty_place(tmp_path: Path) -> None:
    from kejin.errors import UseError

    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(UseError) as caught:
            Workspace.create(path)
        assert caught.value.code == "facts.workspace_exists"
    Workspace.create(tmp_path / "new", language="en", overlay="our_rules").close()
    with Workspace.open(tmp_path / "new") as workspace:
        assert workspace.language == "en"
        assert workspace.overlay_path == tmp_path / "new" / "our_rules"
        assert workspace.cases_path == tmp_path / "new" / "cases.sqlite"
        assert set(workspace.store.stored_columns()) == {*ALL_TABLES, "meta", "load_log"}

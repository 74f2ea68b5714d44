"""Backup and restore: what comes back is what was there, and a changed file does not come back."""

from __future__ import annotations

import json
import shutil
import threading
import zipfile
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from kejin.app.command_line import whole_app
from kejin.app.web.server import create_app
from kejin.casework.store import CaseStore, database_of
from kejin.errors import KejinError
from kejin.journal import Journal
from kejin.workflows.backup import back_up, restore


def run(*words: object) -> Result:
    return CliRunner().invoke(whole_app(), [str(word) for word in words])


@pytest.fixture
def workspace(city_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(city_workspace, tmp_path / "workspace", ignore=shutil.ignore_patterns("results")))


def test_a_workspace_comes_back_whole(workspace: Path, tmp_path: Path) -> None:
    (workspace / "models" / "default").mkdir(parents=True)
    (workspace / "models" / "default" / "card.json").write_text("{}")
    file = tmp_path / "kept.zip"
    done = run("backup", workspace, file, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    with Journal.open(workspace / "cases.sqlite", create=False) as journal:
        head = journal.head()
    assert (said["journal_entries"], said["journal_last_hash"]) == (head.sequence, head.entry_hash)
    assert file.stat().st_mode & 0o077 == 0
    done = run("restore", file, tmp_path / "again", "--json")
    assert done.exit_code == 0, done.output
    for name in ("kejin.toml", "facts.duckdb", "models/default/card.json"):
        assert (tmp_path / "again" / name).read_bytes() == (workspace / name).read_bytes(), name
    with CaseStore.open(database_of(tmp_path / "again")) as store:
        assert store.journal.head() == head
    application = create_app(tmp_path / "again")
    assert application.state.serving.people.find("officer") is not None
    application.state.serving.close()


def test_a_backup_of_a_served_workspace_is_of_one_moment(served: FastAPI, tmp_path: Path) -> None:
    serving, stop = served.state.serving, threading.Event()
    company = serving.people.find("company")

    def write() -> None:
        given = True
        while not stop.is_set():
            serving.consents.say(company, company.company_id, "INSURE00", "insurance", given=given)
            given = not given

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(serving.path, tmp_path / f"kept{number}.zip") for number in range(2)]
    finally:
        stop.set()
        writer.join()
    for number, one in enumerate(made):
        restore(one.file, tmp_path / f"again{number}")
        with CaseStore.open(database_of(tmp_path / f"again{number}")) as store:
            said = store.rows(__import__("sqlalchemy").text("SELECT count(*) AS n FROM consent_event"))[0]["n"]
            written = len(list(store.journal.find(act="consent")))
        assert said == written


def test_a_changed_backup_is_refused_and_leaves_nothing(workspace: Path, tmp_path: Path) -> None:
    back_up(workspace, tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as kept:
        parts = {name: kept.read(name) for name in kept.namelist()}
    changed = {
        "settings": parts | {"kejin.toml": parts["kejin.toml"] + b"\n# x"},
        "more": parts | {"../outside": b"x"},
        "less": {name: content for name, content in parts.items() if name != "cases.sqlite"},
    }
    for name, content in changed.items():
        file = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(file, "w") as kept:
            for part, body in content.items():
                kept.writestr(part, body)
        with pytest.raises(KejinError, match="backup_changed"):
            restore(file, tmp_path / "again")
        assert not (tmp_path / "again").exists()
    assert not (tmp_path.parent / "outside").exists()
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(KejinError, match="backup_unreadable"):
        restore(tmp_path / "text.zip", tmp_path / "again")


def test_a_broken_journal_is_not_backed_up(workspace: Path, tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(workspace / "cases.sqlite")
    connection.execute("DROP TRIGGER journal_entry_no_delete")
    connection.execute("DELETE FROM journal_entry WHERE sequence = 1")
    connection.commit()
    connection.close()
    with Journal.open(workspace / "cases.sqlite") as journal:
        left = journal.head().sequence
    done = run("backup", workspace, tmp_path / "kept.zip")
    assert done.exit_code == 1
    assert not (tmp_path / "kept.zip").exists()
    assert left != 1


def test_nothing_is_overwritten(workspace: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.zip"
    back_up(workspace, file)
    with pytest.raises(KejinError, match="backup_exists"):
        back_up(workspace, file)
    with pytest.raises(KejinError, match="workspace_exists"):
        restore(file, workspace)


def test_on_postgresql_it_says_who_keeps_the_cases(
    workspace: Path, tmp_path: Path, postgres_schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEJIN_DATABASE", postgres_schema)
    done = run("backup", workspace, tmp_path / "kept.zip", "--lang", "en")
    assert done.exit_code == 0
    assert "pg_dump" in done.stderr
    with zipfile.ZipFile(tmp_path / "kept.zip") as kept:
        assert "cases.sqlite" not in kept.namelist()
        assert postgres_schema.encode() not in kept.read("backup.json")
    assert "pg_restore" in run("restore", tmp_path / "kept.zip", tmp_path / "again", "--lang", "en").stderr

"""Set-up goes on without charts, fetches nothing twice, and never empties a directory that is not its own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def script(name: str) -> ModuleType:
    """A script as a module."""
    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))
    return importlib.import_module(name)


def fake_program(folder: Path, name: str, body: str) -> None:
    """A program on the path that does what body says."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """fetch_front_end with assets in an empty place and only the programs of tmp_path/bin."""
    module = script("fetch_front_end")
    monkeypatch.setattr(module, "ASSETS", tmp_path / "assets")
    fake_program(tmp_path / "bin", "node", "exit 0")
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "bin"), "/bin", "/usr/bin")))
    return module


NPM_THAT_WORKS = r"""
for file in echarts/dist/echarts.min.js echarts/LICENSE echarts/NOTICE zrender/LICENSE htmx.org/dist/htmx.min.js \
    htmx.org/LICENSE @tabler/core/dist/css/tabler.min.css @tabler/core/dist/js/tabler.min.js \
    @popperjs/core/LICENSE.md; do
  mkdir -p "node_modules/$(dirname "$file")"
  echo text > "node_modules/$file"
done
echo '{"version": "6.1.0"}' > node_modules/echarts/package.json
echo called >> "$(dirname "$0")/calls"
"""


def test_library_is_fetched_once(fetching: ModuleType, tmp_path: Path) -> None:
    fake_program(tmp_path / "bin", "npm", NPM_THAT_WORKS)
    assert [fetching.main(), fetching.main()] == [0, 0]
    assert (tmp_path / "bin" / "calls").read_text("utf-8") == "called\n"
    assert {file.name for file in (tmp_path / "assets").iterdir()} == {*fetching.FILES.values(), "versions.json"}


def test_library_is_fetched_again_when_the_lock_changes(fetching: ModuleType, tmp_path: Path) -> None:
    fake_program(tmp_path / "bin", "npm", NPM_THAT_WORKS)
    fetching.main()
    (tmp_path / "assets" / "versions.json").write_text('{"lock_sha256": "another"}', "utf-8")
    fetching.main()
    assert (tmp_path / "bin" / "calls").read_text("utf-8") == "called\ncalled\n"


@pytest.mark.parametrize("body", ["echo no network >&2; exit 1", "mkdir -p node_modules"])
def test_set_up_goes_on_without_charts(
    fetching: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    fake_program(tmp_path / "bin", "npm", body)
    assert fetching.main() == 0
    assert "Charts are left out" in capsys.readouterr().out
    assert not (tmp_path / "assets" / "versions.json").exists()


def test_set_up_leaves_a_foreign_directory_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear", "utf-8")
    command = [sys.executable, str(SCRIPTS / "set_up.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not a virtual environment" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize(
    ("shown", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_401"', 8),
        ('openjdk version "26" 2026-03-17', 26),
        ("something else", None),
    ],
)
def test_java_version_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: str, version: int | None) -> None:
    fake_program(tmp_path / "bin", "java", f"echo '{shown}' >&2")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert script("run_tests")._java_version() == version


def test_every_step_runs_and_the_first_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = script("run_tests")
    statuses = {"ruff": 3, "mypy": 0, "kejin": 5, "pytest": 0}
    ran: list[str] = []

    def timed(command: list[str]) -> tuple[int, float]:
        ran.append(command[0])
        return statuses[command[0]], 1.0

    monkeypatch.setattr(module, "_prepare_spark", lambda: None)
    monkeypatch.setattr(module, "_timed", timed)
    assert module.main() == 3
    assert ran == ["ruff", "ruff", "mypy", "kejin", "pytest"]
    assert "failed (5)" in capsys.readouterr().out

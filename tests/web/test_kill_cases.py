"""Killed while working on cases: nothing that was committed is lost, nothing is there twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from served_city import DAY

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are of POSIX")
@pytest.mark.parametrize(
    ("program", "kills"),
    [("kill_cases.py", 2), pytest.param("kill_server.py", 5, marks=pytest.mark.long)],
)
def test_no_decision_is_lost_or_doubled(city_workspace: Path, program: str, kills: int) -> None:
    words = [str(ROOT / "benchmarks" / program), str(city_workspace), "--kills", str(kills), "--as-of", str(DAY)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cells = done.stdout.splitlines()[-1].split("|")
    assert cells[1].strip() == str(kills)
    assert int(cells[2]) > 0, "no step was done between the kills: the test proves nothing"

"""Memory stays with the part, not with the city: three times the companies take hardly more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = r"""
import re, sys
from pathlib import Path
from kejin.city import write_city
tables = sys.argv[3].split(",") if sys.argv[3] else None
write_city(Path(sys.argv[1]), int(sys.argv[2]), 5, tables=tables)
# Not ru_maxrss: that keeps the peak of the process that started this one.
print(int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def peak_mb(directory: Path, companies: int, tables: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory), str(companies), tables],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def test_memory_is_bounded(tmp_path: Path) -> None:
    tables = "company,annual_report,staffing,patent"
    one, three = peak_mb(tmp_path / "one", 10_000, tables), peak_mb(tmp_path / "three", 30_000, tables)
    print(f"peak memory: {one:.0f} MB at 10,000 companies, {three:.0f} MB at 30,000")
    assert three < 1.4 * one
    assert three < 1_500


@pytest.mark.slow
def test_memory_of_all_tables_is_bounded(tmp_path: Path) -> None:
    peak = peak_mb(tmp_path / "all", 20_000, "")
    print(f"peak memory: {peak:.0f} MB at 20,000 companies, all tables")
    assert peak < 3_000

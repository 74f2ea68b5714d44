"""Make the virtual environment and install the project with its pinned dependencies; called by make."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    if sys.version_info < (3, 11):
        sys.stderr.write(f"Kejin needs Python 3.11 or later; this is {sys.version.split()[0]}.\n")
        return 1
    home = Path(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    if not (home / "bin" / "python").exists():
        venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "-c", "constraints.txt", "-e", ".[dev]"], cwd=ROOT, check=True, env=os.environ)
    front_end = ROOT / "scripts" / "fetch_front_end.py"
    if front_end.exists():
        subprocess.run([str(python), str(front_end)], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Kejin: the financing of technology companies, computed so that anyone can replay it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kejin.app.python_face import OpenWorkspace

__version__ = "0.1.0"


def open(path: str | Path, write: bool = False) -> OpenWorkspace:  # noqa: A001 — reads as kejin.open
    """A workspace from Python: `kejin.open("dir").evaluate(as_of="2026-09-30")`."""
    from kejin.app.python_face import OpenWorkspace

    return OpenWorkspace(path, write)

"""Where are a workspace's cases and journal? In its own SQLite file, or in the database that the environment names."""

from __future__ import annotations

import os
from pathlib import Path

CASES_FILE = "cases.sqlite"
DATABASE_VARIABLE = "KEJIN_DATABASE"


def database_of(workspace: Path) -> Path | str:
    """Where a workspace's cases and journal live: the URL in KEJIN_DATABASE, else its own SQLite file.

    The URL comes from the environment because it may hold a password, which has no place in a workspace's file.
    """
    return os.environ.get(DATABASE_VARIABLE) or workspace / CASES_FILE

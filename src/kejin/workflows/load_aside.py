"""Load beside a running server: into a copy of the facts that takes the old file's place only when it is whole.

1. the facts are copied into a folder of the load (`copy_facts`);
2. files are loaded into the copy, by the same code as `kejin load`;
3. the copy takes the place of the facts in one step of the file system (`take_over`), while nobody reads.
Interrupted at any moment, the facts are either the old ones or the new ones, never something between.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

from kejin.engines.on_duckdb import connect_file
from kejin.facts.mapping import Mapping
from kejin.workflows.load_facts import LoadReport, Progress, load_facts
from kejin.workflows.workspace import FACTS_FILE, SETTINGS_FILE, Workspace, held_for_writing

_JOURNAL_OF_FACTS = FACTS_FILE + ".wal"
_STATE_FILE = "copied_from"
_WAIT_SECONDS = 300  # for a backup to end
Quiet = Callable[[], AbstractContextManager[None]]


def load_aside(
    workspace: Path,
    aside: Path,
    files: Sequence[Path],
    *,
    mapping: str | Path | Mapping | None = None,
    known_on: date | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Loads files into a copy of the facts in the folder `aside`; the workspace itself stays as it is.

    Raises as load_facts.
    """
    copy_facts(workspace, aside)
    with Workspace.open(aside, read_only=False) as copy:
        report = load_facts(copy, files, mapping=mapping, known_on=known_on, strict=strict, progress=progress)
        copy.store.connection.execute("CHECKPOINT")
    return report


def copy_facts(workspace: Path, aside: Path) -> None:
    """A workspace of facts and settings alone, with a note of which facts it was made from."""
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    (aside / _STATE_FILE).write_text(_state(workspace / FACTS_FILE), "ascii")
    shutil.copyfile(workspace / SETTINGS_FILE, aside / SETTINGS_FILE)
    shutil.copyfile(workspace / FACTS_FILE, aside / FACTS_FILE)


def take_over(workspace: Path, aside: Path, nobody_reads: Quiet) -> bool:
    """Puts the loaded copy in the place of the facts; False where the facts changed since they were copied.

    A copy that is gone was taken over before: the step may be done again after an interruption.
    """
    copy, facts = aside / FACTS_FILE, workspace / FACTS_FILE
    if not copy.is_file():
        return True
    with held_for_writing(workspace, _WAIT_SECONDS):
        if (aside / _STATE_FILE).read_text("ascii") != _state(facts):
            return False
        _on_disk(copy)
        with nobody_reads():
            copy.replace(facts)
            _on_disk(workspace)
    shutil.rmtree(aside, ignore_errors=True)
    return True


def settle(workspace: Path, nobody_reads: Quiet) -> None:
    """Writes into the facts what an interrupted writer left beside them, so that the file alone is the whole."""
    if not (workspace / _JOURNAL_OF_FACTS).is_file():
        return
    with held_for_writing(workspace, _WAIT_SECONDS), nobody_reads():
        connection = connect_file(workspace / FACTS_FILE, read_only=False)
        connection.execute("CHECKPOINT")
        connection.close()


def _state(facts: Path) -> str:
    """Changes whenever somebody writes the file or another takes its place."""
    known = facts.stat()
    return f"{known.st_ino} {known.st_size} {known.st_mtime_ns}"


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

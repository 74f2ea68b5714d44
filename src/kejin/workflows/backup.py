"""Back up a workspace into one file, and restore it: consistent, checked by hashes and by the journal itself.

Kept are the facts, the cases with the journal, the settings, the institution's own rules, the registered models, and
the key that seals the webhooks' secrets. Results of runs are not kept: they can be made again. Where cases are on
PostgreSQL, they are backed up by `pg_dump`, and the file holds the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from kejin import __version__
from kejin.errors import InputError, UseError
from kejin.journal import Journal, verify
from kejin.journal.place import CASES_FILE, database_of
from kejin.workflows.workspace import FACTS_FILE, SETTINGS_FILE, held_for_writing, is_new, read_settings

FORMAT = 1
_MANIFEST = "backup.json"
_SINGLE = (SETTINGS_FILE, FACTS_FILE, FACTS_FILE + ".wal", ".webhook_key")
_FOLDERS = ("models",)
_CHUNK = 2**20
_WAIT_SECONDS = 120
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file holds.

    cases     sqlite: in the file. postgresql: elsewhere, to be backed up by pg_dump.
    entries   of the journal in the file; None where it is elsewhere.
    """

    file: Path
    made_at: datetime
    cases: str
    entries: int | None
    last_hash: str | None
    files: int
    size: int

    def as_json(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "made_at": self.made_at.isoformat(),
            "cases": self.cases,
            "journal_entries": self.entries,
            "journal_last_hash": self.last_hash,
            "files": self.files,
            "bytes": self.size,
        }


def back_up(workspace: Path, file: Path, progress: Progress | None = None) -> Backup:
    """Writes a workspace into a new file; a server may go on working meanwhile, only loads wait.

    Raises workflows.backup_exists, .backup_journal_broken; facts.workspace_missing; engines.workspace_busy.
    """
    settings = read_settings(workspace)
    if file.exists():
        raise UseError("workflows.backup_exists", path=file)
    beside = file.with_name(f".{file.name}.part")
    external = isinstance(database_of(workspace), str)
    with tempfile.TemporaryDirectory(dir=file.absolute().parent) as folder, held_for_writing(workspace, _WAIT_SECONDS):
        parts = _parts(workspace, settings.overlay)
        entries, last_hash = None, None
        if not external:
            copy = Path(folder) / CASES_FILE
            _copy_cases(workspace / CASES_FILE, copy)
            entries, last_hash = _checked(copy)
            parts.append((CASES_FILE, copy))
        made_at = datetime.now(UTC)
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds people and a key
            with (
                os.fdopen(handle, "wb") as out,
                zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as kept,
            ):
                hashes = {}
                for number, (name, path) in enumerate(parts):
                    if progress is not None:
                        progress(name, number, len(parts))
                    hashes[name] = _add(kept, name, path)
                manifest = {
                    "format": FORMAT,
                    "program": __version__,
                    "made_at": made_at.isoformat(),
                    "cases": "postgresql" if external else "sqlite",
                    "journal_entries": entries,
                    "journal_last_hash": last_hash,
                    "sha256": hashes,
                }
                kept.writestr(_MANIFEST, json.dumps(manifest, indent=2))
                kept.close()
                out.flush()
                os.fsync(out.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    kind = "postgresql" if external else "sqlite"
    return Backup(file, made_at, kind, entries, last_hash, len(parts), file.stat().st_size)


def restore(file: Path, workspace: Path, progress: Progress | None = None) -> Backup:
    """Makes a new workspace from a backup; nothing is there before all of it is checked.

    Raises workflows.backup_unreadable, .backup_newer, .backup_changed, .backup_journal_broken; facts.workspace_exists.
    """
    if not is_new(workspace):
        raise UseError("facts.workspace_exists", path=workspace)
    try:
        with zipfile.ZipFile(file) as kept:
            manifest = _manifest(kept, file)
            target = workspace.absolute()
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                made = Path(folder) / "workspace"
                made.mkdir()
                for number, (name, digest) in enumerate(manifest["sha256"].items()):
                    if progress is not None:
                        progress(name, number, len(manifest["sha256"]))
                    _take(kept, name, digest, made, file)
                if manifest["cases"] == "sqlite":
                    entries, last_hash = _checked(made / CASES_FILE)
                    if (entries, last_hash) != (manifest["journal_entries"], manifest["journal_last_hash"]):
                        raise InputError("workflows.backup_changed", path=file, part=CASES_FILE)
                if target.is_dir():
                    target.rmdir()
                made.rename(target)
    except (zipfile.BadZipFile, OSError, KeyError, EOFError) as error:
        raise InputError("workflows.backup_unreadable", path=file, said=str(error)[:200]) from error
    return Backup(
        file,
        datetime.fromisoformat(manifest["made_at"]),
        manifest["cases"],
        manifest["journal_entries"],
        manifest["journal_last_hash"],
        len(manifest["sha256"]),
        file.stat().st_size,
    )


def _parts(workspace: Path, overlay: str | None) -> list[tuple[str, Path]]:
    """Name in the file -> where it is."""
    found = [(name, workspace / name) for name in _SINGLE if (workspace / name).is_file()]
    for folder in (*_FOLDERS, *([overlay] if overlay else [])):
        root = workspace / folder
        inside = (path for path in sorted(root.rglob("*")) if path.is_file()) if root.is_dir() else ()
        found += [
            (path.relative_to(workspace).as_posix(), path)
            for path in inside
            if path.resolve().is_relative_to(workspace.resolve())
        ]
    return found


def _copy_cases(source: Path, copy: Path) -> None:
    """All of the cases as they were at one moment, also while others write."""
    if not source.is_file():
        Journal.open(copy).close()
        return
    from_, to = sqlite3.connect(f"file:{source}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        from_.backup(to, pages=2_000)
    finally:
        from_.close()
        to.close()


def _checked(cases: Path) -> tuple[int, str]:
    """Entries and the last hash of the journal. Raises InputError workflows.backup_journal_broken."""
    with Journal.open(cases, create=False) as journal:
        checked = verify(journal)
        head = journal.head()
    if not checked.ok:
        first = checked.findings[0].text("en") if checked.findings else "-"
        raise InputError("workflows.backup_journal_broken", findings=checked.findings_total, first=first)
    return checked.entries, head.entry_hash


def _add(kept: zipfile.ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, kept.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _take(kept: zipfile.ZipFile, name: str, wanted: str, made: Path, file: Path) -> None:
    """One file out of the backup. Raises workflows.backup_changed where it is not what was put in, or not inside."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts or "\\" in name:
        raise InputError("workflows.backup_changed", path=file, part=name)
    path = made / parts
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with kept.open(name) as source, path.open("wb") as target:
        shutil.copyfileobj(_Hashing(source, digest), target, _CHUNK)
    if digest.hexdigest() != wanted:
        raise InputError("workflows.backup_changed", path=file, part=name)
    if name.startswith("."):
        path.chmod(0o600)


class _Hashing:
    """A reader that hashes what passes through."""

    def __init__(self, source: Any, digest: Any) -> None:
        self._source, self._digest = source, digest

    def read(self, size: int = -1) -> bytes:
        chunk: bytes = self._source.read(size)
        self._digest.update(chunk)
        return chunk


def _manifest(kept: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(kept.read(_MANIFEST))
    except (KeyError, ValueError) as error:
        raise InputError("workflows.backup_unreadable", path=file, said=_MANIFEST) from error
    if found["format"] > FORMAT:
        raise InputError("workflows.backup_newer", path=file, found=found["format"], known=FORMAT)
    if set(kept.namelist()) != {_MANIFEST, *found["sha256"]}:
        raise InputError("workflows.backup_changed", path=file, part=_MANIFEST)
    return found

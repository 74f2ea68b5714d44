"""A workspace: one directory with the settings, the facts, and the cases of an institution."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kejin.engines.fact_store import FactStore
from kejin.engines.on_duckdb import connect_file, ibis_over
from kejin.engines.parquet_facts import facts_from_parquet
from kejin.errors import InputError, Lang, UseError, sentence
from kejin.facts.tables import SCHEMA_VERSION
from kejin.facts.view import FactsView
from kejin.journal.place import database_of

__all__ = ["FORMAT_VERSION", "Settings", "Workspace", "facts_from_parquet", "is_new"]

FORMAT_VERSION = 1
SETTINGS_FILE, FACTS_FILE, LOCK_FILE = "kejin.toml", "facts.duckdb", ".writing"
OVERLAY_FOLDER = "overlay"


class EngineSettings(BaseModel):
    """How much of the machine queries may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    memory_limit: str | None = Field(default=None, pattern=r"^\d+(\.\d+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")
    threads: int | None = Field(default=None, ge=1)


class Settings(BaseModel):
    """What kejin.toml says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: int
    schema_version: int
    language: Lang = "zh"
    overlay: str | None = None
    engine: EngineSettings = EngineSettings()


class Workspace:
    """An open workspace. Use `with Workspace.open(path) as workspace:` or close it.

    notices   sentences about what opening did, e.g. that older tables were brought up to date.
    """

    def __init__(self, path: Path, settings: Settings, store: FactStore, lock: int | None) -> None:
        self.path = path
        self.settings = settings
        self.store = store
        self.notices: list[str] = []
        self._lock = lock
        self._backend: Any = None

    @classmethod
    def create(cls, path: str | Path, *, language: Lang = "zh", overlay: str | None = None) -> Workspace:
        """Makes an empty workspace in a new or empty directory and opens it for writing.

        Raises facts.workspace_exists when the directory holds anything.
        """
        directory = Path(path)
        if not is_new(directory):
            raise UseError("facts.workspace_exists", path=directory)
        directory.mkdir(parents=True, exist_ok=True)
        settings = Settings(format=FORMAT_VERSION, schema_version=SCHEMA_VERSION, language=language, overlay=overlay)
        lock = _take_lock(directory)
        store = FactStore(connect_file(directory / FACTS_FILE, read_only=False), directory / FACTS_FILE)
        store.create()
        _write_settings(directory, settings)
        return cls(directory, settings, store, lock)

    @classmethod
    def open(cls, path: str | Path, read_only: bool = True) -> Workspace:
        """Opens a workspace; several may read at once, one may write.

        Raises facts.workspace_missing, facts.settings_invalid, facts.schema_newer, facts.schema_changed,
        engines.workspace_busy.
        """
        directory = Path(path)
        settings = read_settings(directory)
        facts = directory / FACTS_FILE
        if not facts.is_file():
            raise UseError("facts.workspace_missing", path=directory)
        notices = _bring_up_to_date(directory, settings)
        lock = None if read_only else _take_lock(directory)
        try:
            workspace = cls(directory, settings, _connect(directory, settings, read_only=read_only), lock)
        except BaseException:
            _free_lock(lock)
            raise
        workspace.notices = notices
        return workspace

    @property
    def language(self) -> Lang:
        return self.settings.language

    @property
    def cases_path(self) -> Path | str:
        """Where the journal and the cases are: see `database_of`."""
        return database_of(self.path)

    @property
    def overlay_path(self) -> Path | None:
        """The institution's own rule files, when it has any."""
        return None if self.settings.overlay is None else self.path / self.settings.overlay

    @property
    def backend(self) -> Any:
        """The Ibis backend that the facts live on."""
        if self._backend is None:
            self._backend = ibis_over(self.store.connection)
        return self._backend

    def facts(self, as_of: date) -> FactsView:
        """What was known on a day."""
        return FactsView(as_of, self.backend.table, self.store.has_versions)

    def close(self) -> None:
        self.store.connection.close()
        _free_lock(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def held_for_writing(directory: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Keeps other writers out of a workspace for a while.

    wait_seconds   how long to wait for another writer to end. Raises engines.workspace_busy where it does not.
    """
    until = time.monotonic() + wait_seconds
    while True:
        try:
            lock = _take_lock(directory)
            break
        except InputError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.1)
    try:
        yield
    finally:
        _free_lock(lock)


def is_new(path: str | Path) -> bool:
    """Whether a path is free for a new workspace: it does not exist or is an empty directory."""
    directory = Path(path)
    return not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))


def read_settings(directory: Path) -> Settings:
    """What kejin.toml says. Raises facts.workspace_missing, facts.settings_invalid, facts.format_newer."""
    file = directory / SETTINGS_FILE
    if not file.is_file():
        raise UseError("facts.workspace_missing", path=directory)
    try:
        settings = Settings.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError("facts.settings_invalid", path=file, said=_first_problem(error)) from error
    if settings.format > FORMAT_VERSION:
        raise InputError("facts.format_newer", path=file, found=settings.format, known=FORMAT_VERSION)
    return settings


def use_overlay(directory: Path) -> Path:
    """The folder of the institution's own rules; named in the settings and made where there is none yet."""
    settings = read_settings(directory)
    if settings.overlay is None:
        (directory / OVERLAY_FOLDER / "rules").mkdir(parents=True, exist_ok=True)
        settings = settings.model_copy(update={"overlay": OVERLAY_FOLDER})
        _write_settings(directory, settings)
    return directory / str(settings.overlay)


def _first_problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)


def _write_settings(directory: Path, settings: Settings) -> None:
    """Written to a file beside it first, so that an interruption leaves the old one whole."""
    lines = [
        f"format = {settings.format}",
        f"schema_version = {settings.schema_version}",
        f'language = "{settings.language}"',
    ]
    if settings.overlay is not None:
        lines.append(f'overlay = "{settings.overlay}"')
    engine = settings.engine.model_dump(exclude_none=True)
    if engine:
        lines.append("\n[engine]")
        lines += [f"{name} = {value!r}".replace("'", '"') for name, value in engine.items()]
    beside = directory / (SETTINGS_FILE + ".new")
    beside.write_text("\n".join(lines) + "\n", "utf-8")
    beside.replace(directory / SETTINGS_FILE)


def _connect(directory: Path, settings: Settings, *, read_only: bool) -> FactStore:
    facts = directory / FACTS_FILE
    engine = settings.engine
    connection = connect_file(facts, read_only=read_only, memory_limit=engine.memory_limit, threads=engine.threads)
    return FactStore(connection, facts)


def _bring_up_to_date(directory: Path, settings: Settings) -> list[str]:
    """Adds the tables and columns that a later schema has; says so in a sentence."""
    store = _connect(directory, settings, read_only=True)
    try:
        missing = store.missing_parts()
        if store.is_current():
            return []
        before = store.read_meta("schema_version")
    finally:
        store.connection.close()
    lock = _take_lock(directory)
    try:
        store = _connect(directory, settings, read_only=False)
        try:
            store.migrate(missing)
        finally:
            store.connection.close()
        _write_settings(directory, settings.model_copy(update={"schema_version": SCHEMA_VERSION}))
    finally:
        _free_lock(lock)
    added = ", ".join(table if column is None else f"{table}.{column}" for table, column in missing) or "-"
    details = {"path": directory, "before": before, "after": SCHEMA_VERSION, "added": added}
    return [sentence("facts.schema_migrated", "what", settings.language, details)]


def _take_lock(directory: Path) -> int | None:
    """Holds the workspace for writing until freed or until the process ends, however it ends.

    Raises engines.workspace_busy. DuckDB keeps other processes out by itself, but not a second writer in this one.
    """
    try:
        import fcntl
    except ImportError:  # where there is no flock, DuckDB's own lock has to do
        return None
    handle = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise InputError("engines.workspace_busy", path=directory, said="") from error
    return handle


def _free_lock(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)

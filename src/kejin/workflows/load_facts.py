"""Loading: check files, put the good rows into a workspace in one transaction, give back what was wrong."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from kejin.engines.fact_store import FactStore
from kejin.engines.on_duckdb import plain_errors
from kejin.engines.stage_rows import Counts, Reading, Stage, open_stage
from kejin.errors import InputError, KejinError
from kejin.facts.bind_columns import bind_columns, refuse_repeated
from kejin.facts.find_files import Feeding, find_feedings
from kejin.facts.findings import Finding, Findings, finding_of_error
from kejin.facts.mapping import Mapping, read_mapping
from kejin.workflows.workspace import Workspace

CHINA_TIME = timezone(timedelta(hours=8))
REJECTED_ROWS_MAX = 100_000
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """What became of the rows of one file (or of one table's Parquet files)."""

    file: str
    table: str
    read: int
    loaded: int
    rejected: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that did not load, as it stood: declared column -> text of its cell."""

    file: str
    table: str
    row: int
    cells: dict[str, str | None]


@dataclass(slots=True)
class LoadReport:
    """What a load did.

    refused   true when nothing was loaded because of --strict.
    """

    sources: list[LoadedSource] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    rejected_rows: list[RejectedRow] = field(default_factory=list)
    refused: bool = False

    @property
    def rows_loaded(self) -> int:
        return sum(source.loaded for source in self.sources)

    @property
    def rows_rejected(self) -> int:
        return sum(source.rejected for source in self.sources)

    @property
    def exit_status(self) -> int:
        """1 when findings stopped rows or files, else 0."""
        return 1 if self.findings.total("error") else 0

    def as_json(self, lang: str) -> dict[str, object]:
        return {
            "refused": self.refused,
            "sources": [
                {name: getattr(source, name) for name in ("file", "table", "read", "loaded", "rejected", "unchanged")}
                for source in self.sources
            ],
            "counts": [
                {"code": code, "severity": severity, "file": file, "table": table, "findings": number}
                for (code, severity, file, table), number in sorted(self.findings.counts.items())
            ],
            "findings": [finding.as_json(lang) for finding in self.findings.kept],
        }


def load_facts(
    workspace: Workspace,
    paths: Sequence[str | Path],
    *,
    mapping: str | Path | Mapping | None = None,
    known_on: date | None = None,
    strict: bool = False,
    today: date | None = None,
    findings_limit: int = 1_000,
    progress: Progress | None = None,
) -> LoadReport:
    """Checks files and directories and loads the good rows of all of them in one transaction.

    mapping    a mapping, its file, or the name of a shipped one.
    known_on   the day for rows of files that do not say when they were known.
    strict     load nothing when anything is wrong.
    today      no row may be known later than this; the day in China when not given.
    progress   called with (file, sources done, sources in all).
    Raises facts.path_missing, facts.path_outside, facts.mapping_*, engines.*: then nothing was changed.
    """
    chosen = mapping if isinstance(mapping, Mapping) or mapping is None else read_mapping(mapping)
    report = LoadReport(findings=Findings(findings_limit))
    feedings, found = find_feedings([Path(path) for path in paths], chosen)
    for finding in found:
        report.findings.add(finding)
    last_day = today or datetime.now(CHINA_TIME).date()
    directory = next((Path(path) for path in paths if Path(path).is_dir()), None)
    reading = Reading(
        missing=chosen.missing if chosen else (),
        id_space=chosen.space if chosen else "kejin",
        today=last_day,
        directory=directory,
    )
    load = _Load(workspace.store, report, chosen, known_on, reading)
    with plain_errors(workspace.store.path):
        workspace.store.connection.execute("BEGIN")
        try:
            for number, feeding in enumerate(feedings):
                if progress is not None:
                    progress(feeding.source.shown_whole(), number, len(feedings))
                load.one(feeding)
            _end(workspace.store, report, strict)
        except BaseException as error:
            _take_back(workspace.store)
            known = _known_failure(error, feedings)
            if known is not None:
                raise known from error
            raise
    if not report.refused:
        workspace.store.index_companies()
    if progress is not None:
        progress("", len(feedings), len(feedings))
    return report


def _end(store: FactStore, report: LoadReport, strict: bool) -> None:
    """Commits, or takes everything back when the load is strict and something is wrong."""
    if strict and report.findings.total("error"):
        _take_back(store)
        report.refused = True
        report.sources = [
            LoadedSource(source.file, source.table, source.read, 0, source.read - source.unchanged, source.unchanged)
            for source in report.sources
        ]
        return
    store.connection.execute("COMMIT")


def _take_back(store: FactStore) -> None:
    store.forget()
    with contextlib.suppress(Exception):  # after some errors the engine has taken the transaction back by itself
        store.connection.execute("ROLLBACK")


def _known_failure(error: BaseException, feedings: Sequence[Feeding]) -> KejinError | None:
    """The reader's own error, which the engine wraps in one of its own."""
    if isinstance(error, KejinError):
        return None
    return next((feeding.source.failure for feeding in feedings if feeding.source.failure is not None), None)


class _Load:
    """One command's transaction."""

    def __init__(
        self,
        store: FactStore,
        report: LoadReport,
        mapping: Mapping | None,
        known_on: date | None,
        reading: Reading,
    ) -> None:
        self.store = store
        self.report = report
        self.mapping = mapping
        self.known_on = known_on
        self.reading = reading
        self._digests: dict[tuple[Path, ...], str] = {}

    def one(self, feeding: Feeding) -> None:
        """Loads the good rows of one source; what is wrong with the whole of it becomes a finding."""
        source, table, target = feeding.source, feeding.table, feeding.target
        findings = self.report.findings
        joins = target.joins if target is not None else ()
        try:
            refuse_repeated(source.columns, table)
            stage = open_stage(self.store, source, findings, joins, self.reading.directory)
            foreign = tuple(name for name in stage.storages if name not in ("file_no", "row_no"))
            said = (self.mapping.source if self.mapping is not None else None) or source.shown_whole()
            binding = bind_columns(table, foreign, target=target, known_on=self.known_on, source=said)
        except InputError as error:
            findings.add(finding_of_error(error, source.shown(), table.name))
            return
        self._tell_unused(feeding, binding.absent, binding.unused)
        stage.fill(binding, self.reading)
        stage.refuse_reader_problems()
        if stage.suspect_units():
            stage.tell()
            stage.reject_all()
        else:
            stage.compare()
            stage.tell()
            stage.insert()
        self._keep_rejected(stage, table.name)
        self._log(stage.counts, feeding)

    def _tell_unused(self, feeding: Feeding, absent: Sequence[str], unused: Sequence[str]) -> None:
        file, table = feeding.source.shown(), feeding.table.name
        if absent:
            details = {"columns": ", ".join(absent)}
            self.report.findings.add(Finding("facts.columns_absent", "note", file, table, details=details))
        if unused:
            details = {"columns": ", ".join(name for name in unused if name)}
            if details["columns"]:
                self.report.findings.add(Finding("facts.columns_unused", "note", file, table, details=details))

    def _keep_rejected(self, stage: Stage, table: str) -> None:
        room = REJECTED_ROWS_MAX - len(self.report.rejected_rows)
        if stage.counts.rejected and room > 0:
            self.report.rejected_rows += [
                RejectedRow(file, table, row, dict(cells)) for file, row, cells in stage.rejected_rows(room)
            ]

    def _log(self, counts: Counts, feeding: Feeding) -> None:
        """Writes the load down, unless the same file brought nothing new: then the store stays as it is."""
        source = feeding.source
        self.report.sources.append(
            LoadedSource(
                source.shown_whole(), feeding.table.name, counts.read, counts.loaded, counts.rejected, counts.unchanged
            )
        )
        digest = self._digest(source.files)
        name = self.mapping.name if self.mapping is not None else None
        seen = self.store.connection.execute(
            "SELECT count(*) FROM load_log WHERE sha256 = ? AND table_name = ? AND mapping IS NOT DISTINCT FROM ?",
            [digest, feeding.table.name, name],
        ).fetchall()
        if seen[0][0] and counts.loaded == 0:
            return
        self.store.connection.execute(
            "INSERT INTO load_log SELECT coalesce(max(load_id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ?::DATE, ?::TIMESTAMP"
            " FROM load_log",
            [
                source.shown_whole(),
                digest,
                feeding.table.name,
                name,
                counts.read,
                counts.loaded,
                counts.rejected,
                counts.unchanged,
                self.known_on,
                datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            ],
        )

    def _digest(self, files: tuple[Path, ...]) -> str:
        """SHA-256 of the file; of several files, of their digests in order."""
        if files not in self._digests:
            each = []
            for file in files:
                with file.open("rb") as content:
                    each.append(hashlib.file_digest(content, "sha256").hexdigest())
            self._digests[files] = each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()
        return self._digests[files]

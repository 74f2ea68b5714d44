"""Files that somebody uploads: kept in the workspace under a number, read with a mapping, loaded by a job."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kejin.app.write_excel import write_rejected
from kejin.errors import InputError, Lang
from kejin.facts.bind_columns import plain_header
from kejin.facts.find_files import EXCEL_ENDINGS, PARQUET_ENDINGS, find_feedings, parquet_source
from kejin.facts.mapping import Mapping as FileMapping
from kejin.facts.mapping import Target, parse_mapping, read_mapping, shipped_mappings
from kejin.facts.read_csv import read_csv
from kejin.facts.read_excel import read_sheet, sheets_of
from kejin.facts.row_source import RowSource
from kejin.facts.tables import ALL_TABLES
from kejin.workflows.load_aside import load_aside
from kejin.workflows.load_facts import LoadReport

FOLDER = "uploads"
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq")
FILE_BYTES_MAX = 150 * 2**20
MAPPING_BYTES_MAX = 2**20
SAMPLE_ROWS = 5
DAYS_KEPT = 90
_ORDER, _REPORT, _REJECTED, _OWN_MAPPING = "order.json", "report.json", "rejected.xlsx", "mapping.yaml"
_SAID_AT_FIRST: dict[str, Any] = {"mapping": None, "columns": {}, "known_on": None, "strict": False, "job": None}
_NUMBER = re.compile(r"[0-9a-f]{16}")
_STARTS = {".xlsx": b"PK\x03\x04", ".xlsm": b"PK\x03\x04", ".parquet": b"PAR1", ".pq": b"PAR1"}


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file and what was said about it."""

    folder: Path
    upload_id: str
    said: Mapping[str, Any]

    @classmethod
    def keep(cls, workspace: Path, name: str, content: bytes, person: str, table: str | None = None) -> Upload:
        """Keeps a file under a new number. Raises InputError app.upload_*."""
        _forget_old(workspace / FOLDER)
        plain = safe_name(name)
        check_content(plain, content)
        if table is not None and table not in ALL_TABLES:
            raise InputError("facts.table_undeclared", table=table, tables=", ".join(ALL_TABLES))
        upload_id = secrets.token_hex(8)
        folder = workspace / FOLDER / upload_id
        (folder / "file").mkdir(parents=True)
        (folder / "file" / plain).write_bytes(content)
        said = {"name": plain, "person": person, "table": table, "at": datetime.now(UTC).isoformat()}
        (folder / _ORDER).write_text(json.dumps(said), "utf-8")
        return cls(folder, upload_id, said)

    @classmethod
    def find(cls, workspace: Path, upload_id: str) -> Upload:
        """Raises InputError app.upload_unknown, also for a number that is none."""
        folder = workspace / FOLDER / upload_id
        if not _NUMBER.fullmatch(upload_id) or not (folder / _ORDER).is_file():
            raise InputError("app.upload_unknown")
        return cls(folder, upload_id, _SAID_AT_FIRST | json.loads((folder / _ORDER).read_text("utf-8")))

    @property
    def file(self) -> Path:
        return self.folder / "file" / str(self.said["name"])

    @property
    def aside(self) -> Path:
        return self.folder / "aside"

    def say(self, **more: Any) -> Upload:
        """The upload with more said about it."""
        said = dict(self.said) | more
        beside = self.folder / (_ORDER + ".new")
        beside.write_text(json.dumps(said), "utf-8")
        beside.replace(self.folder / _ORDER)
        return Upload(self.folder, self.upload_id, said)

    # ── mapping ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def keep_mapping(self, content: bytes) -> FileMapping:
        """Keeps somebody's own mapping file. Raises InputError facts.mapping_invalid, app.upload_large."""
        if len(content) > MAPPING_BYTES_MAX:
            raise InputError("app.upload_large", size=len(content) // 2**20 + 1, most=MAPPING_BYTES_MAX // 2**20)
        mapping = parse_mapping(content, "own", _OWN_MAPPING)
        if mapping.names_files or any(target.joins for target in mapping.targets):
            raise InputError("app.mapping_of_folder")
        (self.folder / _OWN_MAPPING).write_bytes(content)
        return mapping

    @property
    def mapping(self) -> FileMapping | None:
        """What was chosen: a shipped mapping, an own file, columns chosen by hand, or nothing."""
        chosen = self.said.get("mapping")
        if chosen == "own":
            return parse_mapping((self.folder / _OWN_MAPPING).read_bytes(), "own", _OWN_MAPPING)
        if chosen == "columns":
            columns: dict[str, tuple[str, ...]] = {name: (foreign,) for name, foreign in self.said["columns"].items()}
            return FileMapping(name="columns", targets=(Target(table=self.said["table"], columns=columns),))
        if chosen:
            return read_mapping(chosen) if chosen in fitting_mappings() else None
        return None

    @property
    def known_on(self) -> date | None:
        said = self.said.get("known_on")
        return date.fromisoformat(said) if said else None

    def columns(self) -> tuple[list[str], list[list[str]]]:
        """The headers of the file (of its first sheet) and some rows. Raises InputError facts.*."""
        file = self.file
        if file.suffix.lower() in PARQUET_ENDINGS:
            return _parquet_sample(file)
        if file.suffix.lower() in EXCEL_ENDINGS:
            sheets = sheets_of(file)
            if not sheets:
                raise InputError("facts.file_empty", file=file.name)
            return _sample(read_sheet(file, sheets[0]))
        return _sample(read_csv(file))

    def table_guess(self) -> str | None:
        """The table that the file is for, by what was said, its name, or its columns."""
        if self.said.get("table"):
            return str(self.said["table"])
        feedings, _ = find_feedings([self.file], None)
        if feedings:
            return feedings[0].table.name
        headers = {plain_header(name) for name in self.columns()[0]}
        fits = {
            table.name: sum(bool({plain_header(one.zh), plain_header(one.name)} & headers) for one in table.columns)
            for table in ALL_TABLES.values()
        }
        best = max(fits, key=lambda name: fits[name])
        return best if fits[best] >= 2 else None

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def load_aside(self, workspace: Path, progress: Callable[[str, int, int], None]) -> LoadReport:
        """Loads into a copy of the facts, and writes down what was found. Raises as load_facts."""
        report = load_aside(
            workspace,
            self.aside,
            [self._file_for_loading()],
            mapping=self.mapping,
            known_on=self.known_on,
            strict=bool(self.said.get("strict")),
            progress=progress,
        )
        for lang in ("zh", "en"):
            content = json.dumps(report.as_json(lang), ensure_ascii=False, default=str)
            (self.folder / f"{lang}_{_REPORT}").write_text(content, "utf-8")
        if report.rejected_rows or report.findings.kept:
            for lang in ("zh", "en"):
                write_rejected(self.folder / f"{lang}_{_REJECTED}", report, "zh" if lang == "zh" else "en")
        return report

    def _file_for_loading(self) -> Path:
        """The file under a name that says its table, where somebody chose the table by hand and no mapping says it."""
        table = self.said.get("table")
        if not table or self.mapping is not None or self.file.suffix.lower() in EXCEL_ENDINGS:
            return self.file
        renamed = self.folder / "loaded" / f"{table}{self.file.suffix.lower()}"
        renamed.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.file, renamed)
        return renamed

    def report(self, lang: Lang) -> dict[str, Any] | None:
        """What the load found; None before it is done."""
        file = self.folder / f"{lang}_{_REPORT}"
        return json.loads(file.read_text("utf-8")) if file.is_file() else None

    def rejected(self, lang: Lang) -> bytes | None:
        """The workbook of rows that did not load; None where there is none."""
        file = self.folder / f"{lang}_{_REJECTED}"
        return file.read_bytes() if file.is_file() else None


def fitting_mappings() -> list[str]:
    """The shipped mappings that are about one file: those of whole folders need the folder."""
    return [
        name
        for name in shipped_mappings()
        if not (mapping := read_mapping(name)).names_files and not any(one.joins for one in mapping.targets)
    ]


def safe_name(name: str) -> str:
    """A file's own name: no folders, no signs that a shell or a page could misread, a length that fits any disk.

    Raises InputError app.upload_kind for an ending that is not read.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFKC", name))[-1]
    kept = "".join(sign if sign.isalnum() or sign in "._-()（） " else "_" for sign in last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if not dot or f".{ending.lower()}" not in ENDINGS:
        raise InputError("app.upload_kind", name=kept or "-", known=", ".join(ENDINGS))
    return f"{(stem.strip(' .') or 'file')[:60]}.{ending.lower()}"


def check_content(name: str, content: bytes) -> None:
    """Raises InputError app.upload_empty, .upload_large, .upload_content where bytes do not fit the ending."""
    if not content:
        raise InputError("app.upload_empty", name=name)
    if len(content) > FILE_BYTES_MAX:
        raise InputError("app.upload_large", size=len(content) // 2**20 + 1, most=FILE_BYTES_MAX // 2**20)
    start = _STARTS.get(Path(name).suffix)
    packed = content.startswith((b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"))
    if (start is not None and not content.startswith(start)) or (start is None and packed):
        raise InputError("app.upload_content", name=name)


def _parquet_sample(file: Path) -> tuple[list[str], list[list[str]]]:
    from pyarrow import parquet

    source = parquet_source((file,))
    batch = next(parquet.ParquetFile(file).iter_batches(SAMPLE_ROWS), None)
    rows = [] if batch is None else batch.to_pylist()
    return list(source.columns), [[_cell(value) for value in row.values()] for row in rows]


def _sample(source: RowSource) -> tuple[list[str], list[list[str]]]:
    assert source.batches is not None
    batch = next(iter(source.batches()), None)
    rows = [] if batch is None else batch.slice(0, SAMPLE_ROWS).to_pylist()
    return list(source.columns), [[_cell(row[f"c{place}"]) for place in range(len(source.columns))] for row in rows]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)[:80]


def _forget_old(folder: Path, today: datetime | None = None) -> None:
    """Uploaded files are for loading, not for keeping: what was loaded stands in the facts."""
    oldest = (today or datetime.now(UTC)) - timedelta(days=DAYS_KEPT)
    for one in folder.iterdir() if folder.is_dir() else ():
        if _NUMBER.fullmatch(one.name) and datetime.fromtimestamp(one.stat().st_mtime, UTC) < oldest:
            shutil.rmtree(one, ignore_errors=True)


def chosen_columns(table: str, choices: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Declared column -> column of the file, from the choices of a form; unknown names are refused."""
    declared = ALL_TABLES[table].column_names
    found: dict[str, str] = {}
    for foreign, name in choices:
        if not name:
            continue
        if name not in declared:
            raise InputError("app.column_unknown", column=name, table=table)
        if name in found:
            raise InputError("facts.header_repeated", column=name, table=table)
        found[name] = foreign
    return found

"""Which files of a command feed which tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kejin.errors import InputError
from kejin.facts.bind_columns import plain_header
from kejin.facts.declaration import Table
from kejin.facts.findings import Finding, finding_of_error
from kejin.facts.mapping import Mapping, Target, file_inside
from kejin.facts.read_csv import read_csv
from kejin.facts.read_excel import read_sheet, sheets_of
from kejin.facts.row_source import RowSource
from kejin.facts.tables import ALL_TABLES

CSV_ENDINGS, PARQUET_ENDINGS, EXCEL_ENDINGS = (".csv", ".txt", ".tsv"), (".parquet", ".pq"), (".xlsx", ".xlsm")
_TITLES = {plain_header(table.zh): table for table in ALL_TABLES.values()} | ALL_TABLES


@dataclass(slots=True)
class Feeding:
    """A source of rows and the table it is for."""

    table: Table
    source: RowSource
    target: Target | None = None


def table_named(text: str) -> Table | None:
    """The table whose English or Chinese name the text is, also with something after a dash, dot or underscore."""
    header = plain_header(text)
    if header in _TITLES:
        return _TITLES[header]
    starts = [name for name in _TITLES if header.startswith(name) and header[len(name)] in "-_.(0123456789"]
    return _TITLES[max(starts, key=len)] if starts else None


def find_feedings(paths: Sequence[Path], mapping: Mapping | None) -> tuple[list[Feeding], list[Finding]]:
    """What to read for which table, in loading order; files that cannot be read come back as findings.

    Raises facts.path_missing, facts.path_outside, facts.mapping_not_fitting.
    """
    feedings: list[Feeding] = []
    findings: list[Finding] = []
    for path in paths:
        if not path.exists():
            raise InputError("facts.path_missing", path=path)
        if mapping is not None:
            _mapped(path, mapping, feedings, findings)
        elif path.is_dir():
            _directory(path, feedings, findings)
        else:
            _single_file(path, feedings, findings)
    order = {name: number for number, name in enumerate(ALL_TABLES)}
    return sorted(feedings, key=lambda feeding: order[feeding.table.name]), findings


def _mapped(path: Path, mapping: Mapping, feedings: list[Feeding], findings: list[Finding]) -> None:
    if mapping.names_files:
        if not path.is_dir():
            raise InputError("facts.mapping_not_fitting", mapping=mapping.name, path=path)
        wanted = [(file_inside(path, target.file), target) for target in mapping.targets if target.file is not None]
        for file, _ in wanted:
            if not file.is_file():
                raise InputError("facts.path_missing", path=file)
    else:
        files = sorted(file for file in path.iterdir() if _is_readable(file)) if path.is_dir() else [path]
        wanted = [(file, target) for file in files for target in mapping.targets]
    for file, target in wanted:
        try:
            source = _source_for(file, target, mapping)
        except InputError as error:
            findings.append(finding_of_error(error, file.name, target.table))
            continue
        feedings.append(Feeding(ALL_TABLES[target.table], source, target))


def _source_for(file: Path, target: Target, mapping: Mapping) -> RowSource:
    ending = file.suffix.lower()
    if ending in PARQUET_ENDINGS:
        return parquet_source((file,))
    if ending in EXCEL_ENDINGS:
        sheets = sheets_of(file, mapping.skip_rows)
        chosen = [sheet for sheet in sheets if target.sheet in (None, sheet.name)]
        if not chosen:
            raise InputError("facts.file_empty", file=file.name)
        return read_sheet(file, chosen[0])
    return read_csv(file, encoding=mapping.encoding, delimiter=mapping.delimiter, skip_rows=mapping.skip_rows)


def _is_readable(file: Path) -> bool:
    endings = (*CSV_ENDINGS, *PARQUET_ENDINGS, *EXCEL_ENDINGS)
    return file.is_file() and file.suffix.lower() in endings and not file.name.startswith((".", "~$"))


def _directory(path: Path, feedings: list[Feeding], findings: list[Finding]) -> None:
    """A city's directory, a directory of one folder a table, or a directory of files."""
    folder = path / "facts" if (path / "facts").is_dir() else path
    found = len(feedings) + len(findings)
    for name, table in ALL_TABLES.items():
        parts = sorted((folder / name).glob("*.parquet")) if (folder / name).is_dir() else []
        if parts:
            try:
                feedings.append(Feeding(table, parquet_source(tuple(parts), in_folder=True)))
            except InputError as error:
                findings.append(finding_of_error(error, name, name))
    for file in sorted(folder.iterdir()):
        if _is_readable(file):
            _single_file(file, feedings, findings)
    if len(feedings) + len(findings) == found:
        raise InputError("facts.folder_without_tables", path=path)


def _single_file(file: Path, feedings: list[Feeding], findings: list[Finding]) -> None:
    ending = file.suffix.lower()
    try:
        if ending in EXCEL_ENDINGS:
            _workbook(file, feedings, findings)
            return
        table = _table_of(file)
        source = parquet_source((file,)) if ending in PARQUET_ENDINGS else read_csv(file)
    except InputError as error:
        findings.append(finding_of_error(error, file.name))
        return
    feedings.append(Feeding(table, source))


def _table_of(file: Path) -> Table:
    if file.suffix.lower() not in (*CSV_ENDINGS, *PARQUET_ENDINGS):
        raise InputError("facts.file_kind_unknown", file=file.name)
    table = table_named(file.stem) or table_named(file.parent.name)
    if table is None:
        raise InputError("facts.table_unknown", file=file.name, tables=", ".join(ALL_TABLES))
    return table


def _workbook(file: Path, feedings: list[Feeding], findings: list[Finding]) -> None:
    sheets = sheets_of(file)
    if not sheets:
        raise InputError("facts.file_empty", file=file.name)
    for sheet in sheets:
        table = table_named(sheet.name) or (table_named(file.stem) if len(sheets) == 1 else None)
        if table is None:
            findings.append(Finding("facts.sheet_ignored", "note", f"{file.name}[{sheet.name}]"))
            continue
        feedings.append(Feeding(table, read_sheet(file, sheet)))


def parquet_source(files: tuple[Path, ...], *, in_folder: bool = False) -> RowSource:
    """Parquet files of one table, read by the engine. Raises facts.file_empty, facts.parquet_unreadable."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, None] = {}
    for file in files:
        if file.stat().st_size == 0:
            raise InputError("facts.file_empty", file=file.name)
        try:
            columns |= dict.fromkeys(parquet.read_schema(file).names)
        except (pa.ArrowException, OSError) as error:
            said = str(error).splitlines()[0][:200]
            raise InputError("facts.parquet_unreadable", file=file.name, said=said) from error
    return RowSource(files, tuple(columns), in_folder=in_folder)

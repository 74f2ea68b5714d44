"""How is the city written? Parquet files in the declared types, one a part and table, and a page about the city."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kejin.city.days import day_number, day_of
from kejin.city.parts import LAST_DAY, City, Part
from kejin.city.tables import CITY_TABLES, TRUTH_TABLES
from kejin.city.values import Rows
from kejin.errors import InputError
from kejin.facts.declaration import Kind, Table
from kejin.facts.tables import ALL_TABLES, SCHEMA_VERSION

CITY_VERSION = 1
_REPEATING = frozenset({"source", "industry_code", "cluster_code", "ipc_main", "memo", "channel", "institution_id"})
SMALLEST, LARGEST = 50, 5_000_000
EARLIEST_LAST_DAY, LATEST_LAST_DAY = date(2025, 1, 31), date(2026, 12, 31)  # the years that the activity covers
ARROW_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "integer": pa.int64(),
    "money": pa.decimal128(18, 2),
    "number": pa.float64(),
    "ratio": pa.float64(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class CityReport:
    """What was written: rows of each table of facts and of truth."""

    directory: Path
    companies: int
    seed: int
    parts: int
    facts_rows: dict[str, int]
    truth_rows: dict[str, int]


def declared_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a declared table."""
    return pa.schema([pa.field(column.name, ARROW_TYPES[column.kind]) for column in table.columns])


def write_city(
    directory: Path,
    companies: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
    tables: Collection[str] | None = None,
    last_day: date = LAST_DAY,
) -> CityReport:
    """A synthetic city of a size, written to a directory: which files hold what?

    companies  50 to 5,000,000.
    seed       0 to 2**63 - 1; the same seed and size give the same bytes.
    progress   called with (parts done, parts in all).
    tables     names of facts tables to write, all when None; what is written is the same either way. Truth is
               written with all tables only.
    last_day   nothing is known that happened later; from 2025-01-31 to 2026-12-31.
    Writes     facts/<table>/part-NNNNN.parquet, truth/<table>/part-NNNNN.parquet, city.json.
    Errors     InputError city.size_impossible, city.seed_impossible, city.day_impossible, city.table_unknown,
               city.directory_not_empty, city.directory_unwritable.
    """
    try:
        chosen = _checked(directory, companies, seed, tables, last_day)
        return _write_all(
            City(companies, seed, day_number(last_day)), directory, chosen, progress, with_truth=tables is None
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("city.directory_unwritable", directory=str(directory), reason=reason) from error


def _write_all(
    city: City, directory: Path, chosen: list[str], progress: Callable[[int, int], None] | None, *, with_truth: bool
) -> CityReport:
    """Write part after part; only one part is in memory at a time."""
    directory.mkdir(parents=True, exist_ok=True)
    facts_rows = dict.fromkeys(chosen, 0)
    truth_rows = dict.fromkeys(TRUTH_TABLES, 0) if with_truth else {}
    for number in range(city.parts):
        part = Part(city, number)
        for name in chosen:
            rows = CITY_TABLES[name](part)
            facts_rows[name] += _write_facts(directory / "facts", ALL_TABLES[name], rows, part)
        for name in truth_rows:
            truth_rows[name] += _write_truth(directory / "truth", name, TRUTH_TABLES[name](part), part)
        if progress is not None:
            progress(number + 1, city.parts)
    report = CityReport(directory, city.companies, city.seed, city.parts, facts_rows, truth_rows)
    _write_page(city, report)
    return report


def _checked(directory: Path, companies: int, seed: int, tables: Collection[str] | None, last_day: date) -> list[str]:
    """The tables to write, in declared order, after refusing what cannot be done."""
    if not SMALLEST <= companies <= LARGEST:
        raise InputError("city.size_impossible", companies=companies, low=SMALLEST, high=LARGEST)
    if not 0 <= seed < 2**63:
        raise InputError("city.seed_impossible", seed=seed)
    if not EARLIEST_LAST_DAY <= last_day <= LATEST_LAST_DAY:
        raise InputError("city.day_impossible", day=last_day, low=EARLIEST_LAST_DAY, high=LATEST_LAST_DAY)
    unknown = sorted(set(tables or ()) - set(ALL_TABLES))
    if unknown:
        raise InputError("city.table_unknown", tables=", ".join(unknown), known=", ".join(ALL_TABLES))
    if directory.exists() and not directory.is_dir():
        raise InputError("city.directory_not_empty", directory=str(directory))
    if directory.exists() and any(directory.iterdir()):
        if not (directory / "city.json").is_file():
            raise InputError("city.directory_not_empty", directory=str(directory))
        _clear(directory)
    return [name for name in ALL_TABLES if tables is None or name in tables]


def _clear(directory: Path) -> None:
    """Take away the files of the city that was written here before, and only those."""
    for folder in ("facts", "truth"):
        for path in sorted((directory / folder).glob("*/part-*.parquet")):
            path.unlink()
    (directory / "city.json").unlink()


def _write_facts(folder: Path, table: Table, rows: Rows, part: Part) -> int:
    """Write one part of a table of facts without the rows that nobody could know by the last day."""
    schema = declared_schema(table)
    if not rows:
        if part.number:
            return 0
        return _write(folder / table.name, schema.empty_table(), part.number, [])
    length = len(rows["known_on"])
    columns = [rows[field.name] if field.name in rows else pa.nulls(length, field.type) for field in schema]
    written = pa.Table.from_arrays(columns, schema=schema)
    known = pc.less_equal(written["known_on"], pa.scalar(day_of(part.until)))
    repeating = [column.name for column in table.columns if column.choices or column.name in _REPEATING]
    return _write(folder / table.name, written.filter(known), part.number, repeating)


def _write_truth(folder: Path, name: str, rows: Rows, part: Part) -> int:
    return _write(folder / name, pa.table(rows), part.number, [])


def _write(folder: Path, table: pa.Table, number: int, repeating: list[str]) -> int:
    """Write one file; columns of few different texts are stored as a dictionary, which the others would only slow."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        folder / f"part-{number:05d}.parquet",
        compression="zstd",
        use_dictionary=repeating,
        store_decimal_as_integer=True,  # eight bytes a value instead of a byte array: faster for every reader
        row_group_size=1 << 17,
    )
    return int(table.num_rows)


def _write_page(city: City, report: CityReport) -> None:
    """city.json: what this is, and how to make it again."""
    page = {
        "what": "synthetic: an invented city; no company, person or institution in it exists",
        "synthetic": True,
        "city_version": CITY_VERSION,
        "schema_version": SCHEMA_VERSION,
        "last_day": day_of(city.until).isoformat(),
    } | {key: value for key, value in asdict(report).items() if key != "directory"}
    text = json.dumps(page, ensure_ascii=False, indent=2)
    (report.directory / "city.json").write_text(text + "\n", encoding="utf-8")

"""Facts straight from a folder of Parquet files, without loading them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import ibis.expr.types as ir

from kejin.engines.fact_store import quoted
from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.errors import InputError
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView


def parquet_folder(directory: Path) -> Path:
    """The folder that holds one folder a table: the directory itself or its `facts` folder.

    Raises facts.folder_without_tables.
    """
    for candidate in (directory / "facts", directory):
        if any((candidate / name).is_dir() for name in ALL_TABLES):
            return candidate
    raise InputError("facts.folder_without_tables", path=directory)


def facts_from_parquet(
    directory: str | Path,
    as_of: date,
    *,
    has_versions: Callable[[str], bool] | None = None,
    memory_limit: str | None = None,
    threads: int | None = None,
) -> FactsView:
    """What `<directory>/facts/<table>/*.parquet` knew on a day; the files are trusted, not checked.

    has_versions  tells which tables hold superseding rows; without it each table used is counted once.
    """
    folder = parquet_folder(Path(directory))
    connection = connect_memory(memory_limit=memory_limit, threads=threads)
    backend = ibis_over(connection)
    counted: dict[str, bool] = {}
    for name in ALL_TABLES:
        if any((folder / name).glob("*.parquet")):
            files = str(folder / name / "*.parquet").replace("'", "''")
            connection.execute(f"CREATE VIEW {quoted(name)} AS FROM read_parquet('{files}', union_by_name = true)")
            counted.setdefault(name, True)

    def stored(name: str) -> ir.Table | None:
        return backend.table(name) if name in counted else None

    answers: dict[str, bool] = {}

    def count_versions(name: str) -> bool:
        if name not in answers:
            first, *others = sorted((folder / name).glob("*.parquet"))
            # A table with superseding rows mostly shows one in its first file already.
            answers[name] = _has_versions(connection, name, [first]) or (
                bool(others) and _has_versions(connection, name, [first, *others])
            )
        return answers[name]

    return FactsView(as_of, stored, has_versions or count_versions)


def _has_versions(connection: duckdb.DuckDBPyConnection, name: str, files: list[Path]) -> bool:
    """Do the files hold two rows of one key?

    Sorting the keys' hashes takes a quarter of the time of counting distinct keys. Two keys of one hash would only cost
    time: then versions are looked for where there are none.
    """
    key = ", ".join(quoted(part) for part in ALL_TABLES[name].key)
    source = f"SELECT hash({key}) AS hashed FROM read_parquet(?)"
    hashed = connection.execute(source, [[str(file) for file in files]]).fetchnumpy()["hashed"]
    hashed.sort()
    return bool((hashed[1:] == hashed[:-1]).any())

"""Connections to DuckDB, the engine inside the process, and its errors said as sentences."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis.backends.duckdb
import pyarrow as pa

from kejin.errors import InputError, KejinError

MEMORY_SHARE = 0.7  # of the machine's (or container's) memory, unless kejin.toml says otherwise
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def _give_old_names() -> None:
    """Ibis 12 calls methods by names that DuckDB 2.0 no longer has."""
    connection: Any = duckdb.DuckDBPyConnection
    if not hasattr(connection, "fetch_arrow_table"):
        connection.fetch_arrow_table = _whole_result
    if not hasattr(connection, "fetch_record_batch"):
        connection.fetch_record_batch = lambda self, rows_per_batch=1_000_000: _whole_result(self).to_reader(
            rows_per_batch
        )


def _whole_result(connection: Any) -> pa.Table:
    with warnings.catch_warnings():  # only lists of names and empty tables come this way: a copy is fine
        warnings.simplefilter("ignore")
        return connection.to_arrow_table()


def _quiet_end() -> None:
    """DuckDB 2.0 lists leftovers of its own binding on stderr when Python ends; no user can act on them.

    Registered first, so it runs after every other handler: what others had to say has been said.
    """
    if "pytest" in sys.modules or not hasattr(os, "dup2"):
        return
    try:
        sys.stderr.flush()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
    except (OSError, ValueError, AttributeError):
        return


_give_old_names()
atexit.register(_quiet_end)


def machine_memory_bytes() -> int:
    """Memory that this process may use: the machine's, or its container's where that is less."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 << 30
    try:
        limit = _CGROUP_LIMIT.read_text("ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def default_memory_limit() -> str:
    """DuckDB's memory limit when nobody set one."""
    return f"{int(machine_memory_bytes() * MEMORY_SHARE) >> 20}MiB"


def connect_file(
    path: Path, *, read_only: bool, memory_limit: str | None = None, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a DuckDB file. Raises engines.workspace_busy and its kin, never DuckDB's own errors."""
    config: dict[str, Any] = {
        "memory_limit": memory_limit or default_memory_limit(),
        "temp_directory": str(path) + ".tmp",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        config["threads"] = threads
    with plain_errors(path):
        return duckdb.connect(str(path), read_only=read_only, config=config)


def connect_memory(*, memory_limit: str | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to a DuckDB that keeps its tables in memory and spills to the system's temporary folder."""
    config: dict[str, Any] = {
        "memory_limit": memory_limit or default_memory_limit(),
        "temp_directory": str(Path(tempfile.gettempdir()) / f"kejin-duckdb-{os.getpid()}"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        config["threads"] = threads
    return duckdb.connect(":memory:", config=config)


class DuckDBBackend(ibis.backends.duckdb.Backend):  # type: ignore[misc]
    """Ibis on DuckDB 2.0, whose batches Ibis 12 asks for by a name that is gone and in a way that copies rows."""

    def to_pyarrow_batches(
        self,
        expr: Any,
        /,
        *,
        params: Mapping[Any, Any] | None = None,
        limit: int | str | None = None,
        chunk_size: int = 1_000_000,
        **_: Any,
    ) -> pa.RecordBatchReader:
        """The rows of an expression batch by batch. Read it to its end before other work on the connection."""
        relation = self._to_duckdb_relation(expr.as_table(), params=params, limit=limit)
        reader = relation.to_arrow_reader(chunk_size)
        schema = expr.as_table().schema().to_pyarrow()
        return pa.RecordBatchReader.from_batches(schema, (batch.cast(schema) for batch in reader))


def ibis_over(connection: duckdb.DuckDBPyConnection) -> DuckDBBackend:
    """The Ibis backend that speaks to an open DuckDB connection."""
    backend: DuckDBBackend = DuckDBBackend.from_connection(connection)
    return backend


@contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Inside it DuckDB's errors about files, locks, disk and memory become errors of ours."""
    try:
        yield
    except duckdb.Error as error:
        raise as_kejin_error(error, path) from error
    except OSError as error:
        if error.errno in _FULL_ERRNOS:
            raise InputError("engines.disk_full", path=path, said=error.strerror) from error
        raise


_FULL_ERRNOS = (28, 122)  # no space left on device; disk quota exceeded

# In order: the first whose words are in the message gives the code.
_WORDS_OF_CODES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("engines.disk_full", ("No space left", "Disk quota", "max_temp_directory_size", "failed to offload data block")),
    (
        "engines.workspace_busy",
        ("Could not set lock", "Conflicting lock", "different configuration", "already attached"),
    ),
    ("engines.store_newer", ("newer version of DuckDB", "newer DuckDB version")),
    ("engines.store_unreadable", ("not a valid DuckDB", "Corrupt", "corrupt", "checksum")),
    ("engines.store_forbidden", ("Permission denied", "Read-only file system")),
)


def as_kejin_error(error: duckdb.Error, path: Path) -> KejinError:
    """The sentence for an error of DuckDB."""
    message = str(error)
    said = message.splitlines()[0][:300] if message else type(error).__name__
    for code, words in _WORDS_OF_CODES:
        if any(word in message for word in words):
            return InputError(code, path=path, said=said)
    if isinstance(error, duckdb.OutOfMemoryException):
        return InputError("engines.memory_full", path=path, said=said)
    return InputError("engines.query_failed", path=path, said=said)

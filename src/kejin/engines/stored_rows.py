"""One company's row of a stored result, from memory after the first look: a query takes fifty times as long.

A query engine plans a query of hundreds of columns anew for every company, which is most of what a profile costs. Row
groups of a result are read whole and kept, a few at a time; the rows are those that a query gives.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_FILES_KEPT = 6
_GROUPS_KEPT = 8  # of each file; a group of a wide result takes about 20 MB
_files: OrderedDict[tuple[str, int, str], StoredRows] = OrderedDict()
_files_lock = threading.Lock()


class StoredRows:
    """The rows of a Parquet file with a column company_id, one row a company. Safe to use from many threads."""

    def __init__(self, path: Path, pattern: str) -> None:
        """pattern   what the names of the columns wanted match whole."""
        self._file = pq.ParquetFile(path)
        self._names = [name for name in self._file.schema_arrow.names if re.fullmatch(pattern, name)]
        self._companies = self._file.read(columns=["company_id"]).column(0)
        sizes = [self._file.metadata.row_group(k).num_rows for k in range(self._file.metadata.num_row_groups)]
        self._first = [0, *accumulate(sizes)]
        self._groups: OrderedDict[int, pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    def row(self, company_id: str) -> dict[str, Any] | None:
        """The columns wanted of a company's row; None for a company that is not there."""
        place = pc.index(self._companies, company_id).as_py()
        if place < 0:
            return None
        number = bisect_right(self._first, place) - 1
        rows: list[dict[str, Any]] = self._group(number).slice(place - self._first[number], 1).to_pylist()
        return rows[0]

    def _group(self, number: int) -> pa.Table:
        with self._lock:
            if number not in self._groups:
                self._groups[number] = self._file.read_row_group(number, columns=self._names)
                while len(self._groups) > _GROUPS_KEPT:
                    self._groups.popitem(last=False)
            self._groups.move_to_end(number)
            return self._groups[number]


def stored_row(path: Path, company_id: str, pattern: str = ".*") -> dict[str, Any] | None:
    """A company's row of a stored result; files are told apart by their path and when they were written."""
    key = (str(path), path.stat().st_mtime_ns, pattern)
    with _files_lock:
        if key not in _files:
            _files[key] = StoredRows(path, pattern)
            while len(_files) > _FILES_KEPT:
                _files.popitem(last=False)
        _files.move_to_end(key)
        found = _files[key]
    return found.row(company_id)

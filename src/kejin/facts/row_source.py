"""Rows of a file before they are checked: its columns, and where each row stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyarrow import compute

from kejin.errors import KejinError

ROW_COLUMN = "row_no"


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A cell (or whole row) that the reader itself found wrong."""

    row: int
    foreign: str | None
    code: str
    value: str


@dataclass(slots=True)
class RowSource:
    """Rows with the same columns, from one sheet, one CSV file or several Parquet files.

    files      read together; more than one only for Parquet.
    columns    foreign names, in order.
    batches    opens the rows as Arrow text columns named c0, c1, ... without spaces around the text, and the row
               number; None for Parquet, which the engine reads by itself.
    problems   what the reader found while the batches were read: complete only afterwards.
    sheet      name of the sheet of a workbook.
    in_folder  the files stand in a folder named after their table.
    failure    why reading stopped midway, if it did.
    """

    files: tuple[Path, ...]
    columns: tuple[str, ...]
    batches: Callable[[], pa.RecordBatchReader] | None = None
    problems: list[CellProblem] = field(default_factory=list)
    sheet: str | None = None
    in_folder: bool = False
    failure: KejinError | None = None

    def shown(self, number: int = 0) -> str:
        """A file as findings name it."""
        file = self.files[number]
        if self.in_folder:
            return f"{file.parent.name}/{file.name}"
        return file.name if self.sheet is None else f"{file.name}[{self.sheet}]"

    def shown_whole(self) -> str:
        """The whole source in one phrase."""
        return self.shown() if len(self.files) == 1 else f"{self.files[0].parent.name}/ ({len(self.files)})"


def batch_schema(width: int) -> pa.Schema:
    """The shape of batches: text columns c0... and the row number."""
    fields = [pa.field(f"c{number}", pa.string()) for number in range(width)]
    return pa.schema([*fields, pa.field(ROW_COLUMN, pa.int64())])


def trimmed_batch(columns: list[pa.Array], numbers: pa.Array) -> pa.RecordBatch:
    """A batch of text columns without the spaces around the texts (all of Unicode's, also the full-width one)."""
    trimmed = [compute.utf8_trim_whitespace(column) for column in columns]
    return pa.RecordBatch.from_arrays([*trimmed, numbers], schema=batch_schema(len(columns)))

"""What was wrong with the rows of a file: where, why it matters, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from kejin.errors import InputError, sentence
from kejin.facts.declaration import Column, Table
from kejin.facts.tables import ALL_TABLES

Severity = Literal["error", "warning", "note"]
SHOWN_CHARACTERS = 60


def shown(value: object) -> str:
    """A value short enough for one line, with its length when it was cut."""
    text = "" if value is None else str(value)
    printable = "".join(character if character.isprintable() else "�" for character in text[: SHOWN_CHARACTERS + 1])
    if len(text) <= SHOWN_CHARACTERS:
        return printable
    return f"{printable[:SHOWN_CHARACTERS]}… ({len(text):,})"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file, at a row and column where it has one.

    severity   error: the row (or file) was not loaded. warning: loaded, look at it. note: for information.
    row        as the user counts: in CSV and Excel the header is row 1; in Parquet the first row is row 1.
    value      what stood there, shortened.
    details    named parts of the sentences.
    """

    code: str
    severity: Severity
    file: str
    table: str | None = None
    row: int | None = None
    column: str | None = None
    value: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    def part(self, part: str, lang: str = "en") -> str:
        """One of the sentences what, where, why, do."""
        return sentence(self.code, part, lang, self._all_details(lang))

    def place(self, lang: str = "en") -> str:
        """File, table, row and column in one phrase."""
        words = ("表", "第{}行", "列") if lang == "zh" else ("table", "row {}", "column")
        parts = [self.file]
        if self.table is not None:
            parts.append(f"{words[0]} {self._title_of_table(lang)}")
        if self.row is not None:
            parts.append(words[1].format(self.row))
        if self.column is not None:
            parts.append(f"{words[2]} {self._title_of_column(lang)}")
        return ", ".join(parts)

    def text(self, lang: str = "en") -> str:
        """The finding in one line: place, what, what to do."""
        do = self.part("do", lang)
        return f"{self.severity}[{self.code}] {self.place(lang)}: {self.part('what', lang)}" + (f" {do}" if do else "")

    def as_json(self, lang: str = "en") -> dict[str, object]:
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "table": self.table,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "what": self.part("what", lang),
            "why": self.part("why", lang),
            "do": self.part("do", lang),
        }

    def _all_details(self, lang: str) -> dict[str, object]:
        own = {name: _in_language(value, lang) for name, value in self.details.items()}
        return {
            "file": self.file,
            "table": self._title_of_table(lang),
            "column": self._title_of_column(lang),
            "column_name": self.column or "",
            "row": self.row,
            "value": self.value,
            **own,
        }

    def _title_of_table(self, lang: str) -> str:
        declared = ALL_TABLES.get(self.table or "")
        return declared.zh if declared is not None and lang == "zh" else (self.table or "")

    def _title_of_column(self, lang: str) -> str:
        declared = ALL_TABLES.get(self.table or "")
        if declared is None or lang != "zh" or self.column not in declared.column_names:
            return self.column or ""
        return declared.column(self.column).zh


@dataclass(frozen=True, slots=True)
class Names:
    """Columns named in a detail, each shown by its Chinese title in Chinese."""

    columns: tuple[Column, ...]

    def in_language(self, lang: str) -> str:
        return (
            "、".join(column.zh for column in self.columns)
            if lang == "zh"
            else ", ".join(column.name for column in self.columns)
        )


def names_of(table: Table, columns: Iterable[str]) -> Names:
    """Columns of a table to be named in a detail."""
    return Names(tuple(table.column(name) for name in columns))


def _in_language(value: object, lang: str) -> object:
    return value.in_language(lang) if isinstance(value, Names) else value


def finding_of_error(error: InputError, file: str, table: str | None = None) -> Finding:
    """A problem of a whole file as a finding, so that other files of the same command still load."""
    return Finding(error.code, "error", file, table, details=error.details)


class Findings:
    """Findings of one command: all are counted, the first of each kind are kept.

    limit   how many of one code in one file and table are kept.
    """

    def __init__(self, limit: int = 1_000) -> None:
        self.limit = limit
        self.kept: list[Finding] = []
        self.counts: Counter[tuple[str, Severity, str, str]] = Counter()
        self._kept_of: Counter[tuple[str, str, str]] = Counter()

    def add(self, finding: Finding) -> None:
        self.count(finding, 1)
        self.keep(finding)

    def keep(self, finding: Finding) -> None:
        """Keeps a finding that is counted elsewhere, while there is room for its kind."""
        kind = (finding.code, finding.file, finding.table or "")
        if self._kept_of[kind] < self.limit:
            self._kept_of[kind] += 1
            self.kept.append(finding)

    def count(self, like: Finding, number: int) -> None:
        self.counts[(like.code, like.severity, like.file, like.table or "")] += number

    def total(self, severity: Severity) -> int:
        return sum(number for (_, found, _, _), number in self.counts.items() if found == severity)

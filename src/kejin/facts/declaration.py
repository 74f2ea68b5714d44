"""How a table of facts is declared: its columns, types, units, key and meaning, said once.

Readers, checks, templates, documentation and the synthetic city all read these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "date", "timestamp", "integer", "money", "number", "ratio", "flag"]

# Storage of each kind. Money is exact; ratio and number are what a statistical model reads.
STORAGE: dict[Kind, str] = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "money": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "ratio": "DOUBLE",
    "flag": "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed code of a column with its meaning."""

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    unit      CNY, person, year, 1 (a ratio), kWh ...; None for text, dates and flags.
    required  a row without it is refused; otherwise missing stays missing.
    choices   the codes allowed; None allows any.
    refers    "table.column" that must hold the value (the row is refused when it does not).
    low, high the range allowed, ends included.
    pattern   a regular expression that the whole text must match.
    check     a named check with its own rule: uscc, ipc.
    ahead     a day that may lie after the day it was known: a term, a due day. Other days may not.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    unit: str | None = None
    required: bool = False
    choices: tuple[Choice, ...] | None = None
    refers: str | None = None
    low: float | None = None
    high: float | None = None
    pattern: str | None = None
    check: Literal["uscc", "ipc", "ipc_list"] | None = None
    ahead: bool = False

    @property
    def storage(self) -> str:
        return STORAGE[self.kind]


@dataclass(frozen=True, slots=True)
class DateOrder:
    """earlier <= later must hold where both are known."""

    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class AtMost:
    """part <= whole must hold where both are known."""

    part: str
    whole: str


@dataclass(frozen=True, slots=True)
class Plausible:
    """A hint that a money column may be in the wrong unit (万元 for 元).

    A row is suspect when 0 < column < low_per_unit * per (per is another column), or 0 < column < low where per
    is None. Suspect rows are reported; a file in which most rows are suspect is not loaded.
    """

    column: str
    low: float
    per: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of facts. Every table also has `known_on` and `source`, added here.

    key       the columns that name a thing; a later `known_on` with the same key supersedes the earlier row.
    """

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    own_columns: tuple[Column, ...]
    date_orders: tuple[DateOrder, ...] = ()
    at_most: tuple[AtMost, ...] = ()
    plausible: tuple[Plausible, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*self.own_columns, KNOWN_ON, SOURCE)

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


KNOWN_ON = Column("known_on", "date", "获知日期", "The day from which this row could be known.", required=True)
SOURCE = Column("source", "text", "来源", "Who or which file says so.", required=True)


def choices(*triples: tuple[str, str, str]) -> tuple[Choice, ...]:
    """Choices from (code, zh, en) triples."""
    return tuple(Choice(code, en, zh) for code, zh, en in triples)


def text(name: str, zh: str, en: str, **more: object) -> Column:
    """Free text."""
    return Column(name, "text", zh, en, **more)  # type: ignore[arg-type]


def code(name: str, zh: str, en: str, **more: object) -> Column:
    """A code or identifier: text that is compared, not read."""
    return Column(name, "code", zh, en, **more)  # type: ignore[arg-type]


def day(name: str, zh: str, en: str, **more: object) -> Column:
    """A day."""
    return Column(name, "date", zh, en, **more)  # type: ignore[arg-type]


def count(name: str, zh: str, en: str, unit: str, **more: object) -> Column:
    """A whole number that is never negative unless low says otherwise."""
    return Column(name, "integer", zh, en, unit=unit, **({"low": 0} | more))  # type: ignore[arg-type]


def money(name: str, zh: str, en: str, **more: object) -> Column:
    """An amount in CNY that is never negative unless low says otherwise."""
    return Column(name, "money", zh, en, unit="CNY", **({"low": 0} | more))  # type: ignore[arg-type]


def signed_money(name: str, zh: str, en: str, **more: object) -> Column:
    """An amount in CNY that may be negative."""
    return Column(name, "money", zh, en, unit="CNY", **more)  # type: ignore[arg-type]


def ratio(name: str, zh: str, en: str, **more: object) -> Column:
    """A share between 0 and 1 unless low and high say otherwise."""
    return Column(name, "ratio", zh, en, unit="1", **({"low": 0, "high": 1} | more))  # type: ignore[arg-type]


def number(name: str, zh: str, en: str, unit: str, **more: object) -> Column:
    """A measured number that is never negative unless low says otherwise."""
    return Column(name, "number", zh, en, unit=unit, **({"low": 0} | more))  # type: ignore[arg-type]


def flag(name: str, zh: str, en: str, **more: object) -> Column:
    """Yes or no."""
    return Column(name, "flag", zh, en, **more)  # type: ignore[arg-type]


def company_ref(name: str = "company_id", zh: str = "统一社会信用代码", en: str = "The company.") -> Column:
    """A required reference to a company."""
    return Column(name, "code", zh, en, required=True, refers="company.company_id")


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    """Tables by name, refusing two of one name."""
    found: dict[str, Table] = {}
    for table in tables:
        assert table.name not in found, f"two tables are named {table.name}"
        found[table.name] = table
    return found

"""Which column of a file feeds which declared column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from kejin.errors import InputError
from kejin.facts.declaration import Column, Table
from kejin.facts.mapping import UNITS, KnownOn, Target

_UNIT_AT_END = re.compile(r"^(?P<name>.+)\((?P<unit>[^()]+)\)$")
_IN_BRACES = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the values of one declared column come from: a foreign column, a text with columns in it, or a constant.

    unit      name of the foreign unit; None when the values are in the declared unit.
    values    foreign code -> declared code.
    """

    column: Column
    foreign: str | None = None
    template: str | None = None
    constant: str | None = None
    unit: str | None = None
    values: Lookup[str, str] = field(default_factory=dict)
    date_format: str | None = None
    issue_ids: bool = False
    known_on: KnownOn | None = None

    @property
    def foreign_columns(self) -> tuple[str, ...]:
        if self.foreign is not None:
            return (self.foreign,)
        return columns_of_template(self.template) if self.template is not None else ()


@dataclass(frozen=True, slots=True)
class Binding:
    """How one file's columns feed one table.

    absent   mapped foreign columns (of optional declared ones) that the file lacks.
    unused   foreign columns that feed nothing.
    """

    table: Table
    feeds: tuple[Feed, ...]
    absent: tuple[str, ...]
    unused: tuple[str, ...]


def columns_of_template(template: str) -> tuple[str, ...]:
    """The foreign columns in braces, in order."""
    return tuple(_IN_BRACES.findall(template))


def plain_header(text: str) -> str:
    """A header as compared: full-width forms made half-width, no spaces, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def bind_columns(
    table: Table,
    foreign: Sequence[str],
    *,
    target: Target | None = None,
    known_on: date | None = None,
    source: str,
) -> Binding:
    """The feeds of a table from the columns of a file, by mapping or by English or Chinese name.

    known_on   the day for rows of a file that has no such column.
    source     what the source column says where the file has none.
    Raises facts.header_repeated where two headers mean one column, facts.column_missing, facts.known_on_missing.
    """
    found = _by_target(table, foreign, target) if target is not None else _by_name(table, foreign)
    feeds, absent = found
    if "known_on" not in feeds:
        feeds["known_on"] = _known_on_feed(table, foreign, target, known_on)
    feeds.setdefault("source", Feed(table.column("source"), constant=source))
    lacking = [column for column in table.columns if column.required and column.name not in feeds]
    if lacking:
        raise InputError(
            "facts.column_missing",
            table=table.name,
            columns=", ".join(f"{column.name} ({column.zh})" for column in lacking),
            found=", ".join(foreign),
        )
    used = {name for feed in feeds.values() for name in feed.foreign_columns}
    return Binding(
        table,
        tuple(feeds[column.name] for column in table.columns if column.name in feeds),
        tuple(absent),
        tuple(name for name in foreign if name not in used),
    )


def refuse_repeated(foreign: Sequence[str], table: Table) -> None:
    """Raises facts.header_repeated when two columns of a file have one name."""
    seen: set[str] = set()
    for name in foreign:
        if name in seen and name:
            raise InputError("facts.header_repeated", column=name, table=table.name)
        seen.add(name)


def _by_name(table: Table, foreign: Sequence[str]) -> tuple[dict[str, Feed], list[str]]:
    """Headers that are a declared name or its Chinese title, with or without a unit in brackets after it."""
    titles = {plain_header(column.zh): column for column in table.columns}
    titles |= {plain_header(column.name): column for column in table.columns}
    feeds: dict[str, Feed] = {}
    for name in foreign:
        header = plain_header(name)
        column, unit = titles.get(header), None
        ending = _UNIT_AT_END.match(header)
        if column is None and ending is not None and ending["unit"] in UNITS:
            column, unit = titles.get(ending["name"]), ending["unit"]
        if column is None:
            continue
        if column.name in feeds:
            raise InputError("facts.header_repeated", column=name, table=table.name)
        feeds[column.name] = Feed(column, foreign=name, unit=None if unit == "元" else unit)
    return feeds, []


def _by_target(table: Table, foreign: Sequence[str], target: Target) -> tuple[dict[str, Feed], list[str]]:
    present = {plain_header(name): name for name in foreign}
    feeds: dict[str, Feed] = {}
    absent: list[str] = []
    for name, candidates in target.columns.items():
        column = table.column(name)
        taken = next((present[plain_header(one)] for one in candidates if plain_header(one) in present), None)
        if taken is None:
            absent.append(candidates[0])
            continue
        feeds[name] = _dressed(Feed(column, foreign=taken), target)
    for name, template in target.derive.items():
        lacking = [one for one in columns_of_template(template) if one not in foreign]
        if lacking:
            absent += lacking
            continue
        feeds[name] = _dressed(Feed(table.column(name), template=template), target)
    for name, value in target.constants.items():
        feeds[name] = _dressed(Feed(table.column(name), constant=value), target)
    return feeds, absent


def _dressed(feed: Feed, target: Target) -> Feed:
    """The feed with what the target says of its column."""
    name = feed.column.name
    unit = target.units.get(name)
    return Feed(
        feed.column,
        feed.foreign,
        feed.template,
        feed.constant,
        None if unit == "元" else unit,
        {foreign.strip(): code for foreign, code in target.values.get(name, {}).items()},
        target.date_format if feed.column.kind in ("date", "timestamp") else None,
        name in target.issue_ids,
    )


def _known_on_feed(table: Table, foreign: Sequence[str], target: Target | None, known_on: date | None) -> Feed:
    column = table.column("known_on")
    rule = target.known_on if target is not None else None
    if rule is not None and rule.column:
        taken = next((name for name in rule.column if name in foreign), None)
        if taken is None:
            raise InputError("facts.column_missing", table=table.name, columns=rule.column[0], found=", ".join(foreign))
        date_format = target.date_format if target is not None else None
        return Feed(column, foreign=taken, known_on=rule, date_format=date_format)
    day = known_on or (rule.day if rule is not None else None)
    if day is None:
        raise InputError("facts.known_on_missing", table=table.name)
    return Feed(column, constant=day.isoformat())

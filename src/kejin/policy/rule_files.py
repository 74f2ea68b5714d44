"""The shape of a rule file and of a source file, and how their text becomes typed values.

A rule file says what the rule is (title, kind, unit) and holds dated values; every dated value carries its own
document, article and confidence. pydantic checks the shape; what it cannot see (days without gap, bands that cover
everything once) is checked in `check_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kejin.dates import OPEN
from kejin.errors import InputError
from kejin.policy.conditions import Condition, parse_condition
from kejin.policy.in_force import BASE, Anchors, Code, Confidence, Document, Names, PrefixMap, Value
from kejin.policy.intervals import Band, parse_interval, partition_problem
from kejin.policy.read_yaml import Lines, Path, read_yaml

Kind = Literal["value", "bands", "table", "anchors", "list", "choice", "mapping"]
Unit = Literal[
    "CNY", "ratio", "points", "person", "year", "month", "day", "count", "rank", "count_per_year", "person_month",
    "weight", "level", "code", "text",
]  # fmt: skip
MISSING = "missing"

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$")]
CodeText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+/-]+$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class NamesText(_Strict):
    """A text in both languages."""

    zh: Sentence
    en: Sentence

    def names(self) -> Names:
        return Names(self.zh, self.en)


class KeySpec(_Strict):
    """One key of the rule: how a figure or code finds its row."""

    look_up: Literal["interval", "exact", "longest_prefix"]
    unit: Unit


class DatedValue(_Strict):
    """A value with its days and its source."""

    from_: date = Field(alias="from")
    until: Literal["open"] | date
    value: Any
    printed: Sentence
    document: CodeText
    article: Sentence
    confidence: Confidence
    from_confidence: Confidence | None = None
    known_on: date | None = None
    until_known_on: date | None = None
    note: NamesText | None = None

    @property
    def last_day(self) -> date:
        return OPEN if self.until == "open" else self.until


class ExceptionText(_Strict):
    """A named exception: when it applies and what it overrides."""

    title: NamesText
    where: Sentence
    overrides: Annotated[tuple[CodeText, ...], Field(min_length=1, strict=False)]
    values: Annotated[tuple[DatedValue, ...], Field(min_length=1, strict=False)]


class RuleFile(_Strict):
    """One rule."""

    title: NamesText
    kind: Kind
    unit: Unit
    keys: dict[CodeText, KeySpec] = Field(default_factory=dict, max_length=1)
    columns: dict[CodeText, Unit] = Field(default_factory=dict)
    covers: str = "(, )"
    choices: Annotated[tuple[CodeText, ...], Field(strict=False)] = ()
    also: Annotated[tuple[str, ...], Field(strict=False)] = ()
    note: NamesText | None = None
    values: Annotated[tuple[DatedValue, ...], Field(min_length=1, strict=False)]
    exceptions: dict[CodeText, ExceptionText] = Field(default_factory=dict)


class SourceFile(_Strict):
    """One document. Its confidence is that of its number and days, not of what it says."""

    title: NamesText
    number: Sentence | None = None
    issued_on: date | Literal["unknown"]
    effective_from: date | Literal["unknown"]
    url: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None
    confidence: Confidence
    note: NamesText | None = None

    def document(self, name: str) -> Document:
        return Document(
            id=name,
            title=self.title.names(),
            number=self.number,
            issued_on=None if self.issued_on == "unknown" else self.issued_on,
            effective_from=None if self.effective_from == "unknown" else self.effective_from,
            url=self.url,
            confidence=self.confidence,
            note=self.note.names() if self.note else None,
        )


Shape = TypeVar("Shape", bound=_Strict)


def read_shape(shape: type[Shape], text: str, where: str) -> Shape:
    """The file's text as the given shape. Raises InputError policy.file_invalid or policy.decimal_unquoted."""
    return check_shape(shape, read_yaml(text, where), text, where)


def check_shape(shape: type[Shape], loaded: Any, text: str, where: str) -> Shape:
    """The same for text that was already read."""
    try:
        return shape.model_validate(loaded)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = tuple(part for part in first["loc"] if isinstance(part, (str, int)))
        raise InputError(
            "policy.file_invalid",
            file=where,
            line=line_of(text, where, place),
            place=".".join(map(str, place)) or "(top)",
            problem=first["msg"],
        ) from error


def line_of(text: str, where: str, place: Path) -> int:
    """The line on which a part of the file stands, or its nearest parent that has a line."""
    lines: Lines = {}
    read_yaml(text, where, lines)
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def typed_value(rule: RuleFile, raw: Any) -> Value:
    """The value of a dated entry, typed as the rule's kind says.

    Raises ValueError with the reason, TypeError for figures that are not in quotes.
    """
    return _TYPED[rule.kind](rule, raw)


def _decimal(raw: Any) -> Decimal:
    if isinstance(raw, (int, float)):
        raise TypeError(f"{raw} must be in quotes")
    if not isinstance(raw, str):
        raise ValueError(f'{raw!r} is not a quoted decimal such as "0.03"')  # noqa: TRY004
    digits = raw.removeprefix("-")
    whole, dot, part = digits.partition(".")
    if not whole.isdecimal() or (dot and not part.isdecimal()) or not digits.isascii():
        raise ValueError(f'{raw!r} is not a quoted decimal such as "0.03"')
    return Decimal(raw)


def _is_mapping(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or not raw:
        raise ValueError("a mapping with at least one entry is wanted")
    return raw


def _bands(rule: RuleFile, raw: Any) -> tuple[Band, ...]:
    bands = []
    for interval, points in _is_mapping(raw).items():
        low, high = points if isinstance(points, list) and len(points) == 2 else (points, points)
        band = Band(parse_interval(interval), _decimal(low), _decimal(high))
        if band.points_low > band.points_high:
            raise ValueError(f"the points of {interval} run from high to low")
        bands.append(band)
    if problem := partition_problem([band.interval for band in bands], parse_interval(rule.covers)):
        raise ValueError(problem)
    return tuple(bands)


def _table(rule: RuleFile, raw: Any) -> Mapping[str, Mapping[str, Decimal | str]]:
    rows: dict[str, Mapping[str, Decimal | str]] = {}
    for key, cells in _is_mapping(raw).items():
        given = cells if isinstance(cells, list) else [cells]
        if len(given) != len(rule.columns):
            raise ValueError(f"row {key} has {len(given)} cells for {len(rule.columns)} columns")
        rows[key] = MappingProxyType(
            {
                column: str(cell) if unit in ("code", "text") else _decimal(cell)
                for (column, unit), cell in zip(rule.columns.items(), given, strict=True)
            }
        )
    return MappingProxyType(rows)


def _anchors(_rule: RuleFile, raw: Any) -> Mapping[str, Anchors]:
    found = {}
    for key, pair in _is_mapping(raw).items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"row {key} is to be [floor, full mark]")
        floor, full = _decimal(pair[0]), None if pair[1] == MISSING else _decimal(pair[1])
        if full is not None and full <= floor:
            raise ValueError(f"the full mark of {key} is not above its floor")
        found[key] = Anchors(floor, full)
    return MappingProxyType(found)


def _list(_rule: RuleFile, raw: Any) -> tuple[Code, ...]:
    codes = []
    for code, names in _is_mapping(raw).items():
        if not isinstance(names, dict) or set(names) != {"zh", "en"}:
            raise ValueError(f"{code} needs its names {{zh, en}}")
        codes.append(Code(code, Names(str(names["zh"]), str(names["en"]))))
    return tuple(codes)


def _choice(rule: RuleFile, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in rule.choices:
        raise ValueError(f"{raw!r} is not one of {', '.join(rule.choices) or '(no choices declared)'}")
    return raw


def _mapping(rule: RuleFile, raw: Any) -> Mapping[str, str]:
    """Written the short way round (result: [keys]), answered the useful way round (key -> result)."""
    pairs: dict[str, str] = {}
    for result, keys in _is_mapping(raw).items():
        if not isinstance(keys, list):
            raise ValueError(f"{result} needs a list of keys")  # noqa: TRY004
        for key in keys:
            if not isinstance(key, str):
                raise TypeError(f"{key} must be in quotes")
            if key in pairs:
                raise ValueError(f"{key} is given to {pairs[key]} and to {result}")
            pairs[key] = result
    prefixed = any(spec.look_up == "longest_prefix" for spec in rule.keys.values())
    return PrefixMap(pairs) if prefixed else MappingProxyType(pairs)


_TYPED: dict[str, Callable[[RuleFile, Any], Value]] = {
    "value": lambda _rule, raw: _decimal(raw),
    "bands": _bands,
    "table": _table,
    "anchors": _anchors,
    "list": _list,
    "choice": _choice,
    "mapping": _mapping,
}


def condition_of(exception: ExceptionText, where: str, name: str) -> Condition:
    """The exception's condition. Raises InputError policy.condition_unreadable."""
    try:
        return parse_condition(exception.where)
    except ValueError as error:
        raise InputError(
            "policy.condition_unreadable", file=where, exception=name, condition=exception.where, problem=error
        ) from error


def overridden(exceptions: Mapping[str, ExceptionText], name: str) -> frozenset[str]:
    """Everything that an exception overrides, directly or through what it overrides."""
    reached: set[str] = set()
    waiting = list(exceptions[name].overrides) if name != BASE else []
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += exceptions[one].overrides if one in exceptions else ()
    return frozenset(reached)

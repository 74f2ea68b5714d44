"""Are the rule files right? Every file, every day, every source, every pair of exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from kejin.dates import OPEN
from kejin.errors import InputError
from kejin.policy.conditions import both_hold
from kejin.policy.in_force import BASE
from kejin.policy.read_yaml import Path as Place
from kejin.policy.read_yaml import read_yaml
from kejin.policy.rule_book import RuleBook
from kejin.policy.rule_files import (
    DatedValue,
    RuleFile,
    SourceFile,
    condition_of,
    line_of,
    overridden,
    read_shape,
    typed_value,
)

_ONE_DAY = timedelta(days=1)


def check_rules(book: RuleBook, only: str | None = None) -> tuple[InputError, ...]:
    """Everything that is wrong with the files of the book, in the order of the files; empty when nothing is.

    only   look at the files of this rule alone.
    """
    findings: list[InputError] = []
    for group, name, path in book.files():
        if only is not None and (group, name) != ("rules", only):
            continue
        try:
            text = book.text_of(path)
        except InputError as error:
            findings.append(error)
            continue
        findings += _read_twice(text, path)
        findings += _file_findings(book, group, name, path, text)
    if only is None:
        findings += _sources_unused(book)
    return tuple(findings)


def _file_findings(book: RuleBook, group: str, name: str, path: Path, text: str) -> Iterator[InputError]:
    try:
        if group == "sources":
            read_shape(SourceFile, text, str(path))
            return
        rule = read_shape(RuleFile, text, str(path))
        if book.file_of(name) == path:
            book.rule(name)  # an overlay that changes the kind is found here
    except InputError as error:
        yield error
        return
    place = _Places(name, path, text)
    yield from _days(rule.values, (), place)
    yield from _values(book, rule, rule.values, (), place)
    for label, exception in rule.exceptions.items():
        yield from _values(book, rule, exception.values, ("exceptions", label), place)
        yield from _days(exception.values, ("exceptions", label), place, gaps_allowed=True)
    yield from _exceptions(rule, place)
    yield from _also(book, rule, place)


class _Places:
    """Where things stand in one rule file."""

    def __init__(self, name: str, path: Path, text: str) -> None:
        self.name, self.path, self.text = name, path, text

    def error(self, code: str, place: Place, **details: Any) -> InputError:
        line = line_of(self.text, str(self.path), place)
        return InputError(code, rule=self.name, file=self.path, line=line, **details)


def _read_twice(text: str, path: Path) -> Iterator[InputError]:
    """A complete YAML reader must understand the file as the fast one does."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        ours = read_yaml(text, str(path))
    except InputError:
        return  # reported with the shape of the file
    try:
        theirs = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        yield InputError("policy.yaml_differs", file=path, problem=" ".join(str(error).split()))
        return
    if ours != theirs or repr(ours) != repr(theirs):
        yield InputError("policy.yaml_differs", file=path, problem=_difference(ours, theirs))


def _difference(ours: Any, theirs: Any, where: str = "") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict) and list(ours) == list(theirs):
        return next((_difference(ours[k], theirs[k], f"{where}.{k}") for k in ours if ours[k] != theirs[k]), where)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return next((_difference(a, b, f"{where}.{i}") for i, (a, b) in pairs if a != b), where)
    return f"{where.lstrip('.') or 'the file'} is {ours!r} or {theirs!r}"


def _days(
    values: tuple[DatedValue, ...], begin: Place, place: _Places, *, gaps_allowed: bool = False
) -> Iterator[InputError]:
    """From its first day on, a rule has exactly one value on every day up to its last."""
    for index, one in enumerate(values):
        if one.last_day < one.from_:
            at = (*begin, "values", index, "until")
            yield place.error("policy.days_reversed", at, first=one.from_, last=one.until)
    for index, (before, after) in enumerate(pairwise(values), start=1):
        at = (*begin, "values", index, "from")
        if before.last_day >= after.from_:
            last = min(before.last_day, after.last_day)
            yield place.error("policy.days_overlap", at, first=after.from_, last=_until(last))
        elif before.last_day + _ONE_DAY < after.from_ and not gaps_allowed:
            first, last = before.last_day + _ONE_DAY, after.from_ - _ONE_DAY
            yield place.error("policy.days_gap", at, first=first, last=last)


def _values(
    book: RuleBook, rule: RuleFile, values: tuple[DatedValue, ...], begin: Place, place: _Places
) -> Iterator[InputError]:
    for index, one in enumerate(values):
        at = (*begin, "values", index)
        if one.document not in book.source_names:
            yield place.error("policy.source_unknown", (*at, "document"), document=one.document)
        try:
            typed_value(rule, one.value)
        except TypeError as error:
            yield place.error("policy.decimal_unquoted", (*at, "value"), problem=error)
        except ValueError as error:
            yield place.error("policy.value_unreadable", (*at, "value"), problem=error)


def _exceptions(rule: RuleFile, place: _Places) -> Iterator[InputError]:
    known = {BASE, *rule.exceptions}
    sound = True
    for label, exception in rule.exceptions.items():
        at: Place = ("exceptions", label)
        for other in sorted(set(exception.overrides) - known):
            sound = False
            yield place.error(
                "policy.exception_unknown", (*at, "overrides"), exception=label, other=other, known=", ".join(known)
            )
        try:
            condition_of(exception, str(place.path), label)
        except InputError as error:
            sound = False
            yield error
        if label in overridden(rule.exceptions, label):
            sound = False
            yield place.error("policy.overrides_circular", (*at, "overrides"), exceptions=label)
        for index, one in enumerate(exception.values):
            if (day := _outside(one, rule.values)) is not None:
                yield place.error("policy.exception_outside", (*at, "values", index), exception=label, day=day)
    if sound:
        yield from _clashes(rule, place)


def _clashes(rule: RuleFile, place: _Places) -> Iterator[InputError]:
    """Two parts of a rule that can apply at once on one day, and neither says that it overrides the other."""
    reach = {label: overridden(rule.exceptions, label) for label in rule.exceptions}
    for label in rule.exceptions:
        if BASE not in reach[label]:
            names = f"{BASE}, {label}"
            yield place.error("policy.exceptions_clash", ("exceptions", label), exceptions=names, facts="any")
    for one, other in combinations(rule.exceptions, 2):
        if one in reach[other] or other in reach[one]:
            continue
        first, second = rule.exceptions[one], rule.exceptions[other]
        if not any(a.from_ <= b.last_day and b.from_ <= a.last_day for a in first.values for b in second.values):
            continue
        witness = both_hold(condition_of(first, str(place.path), one), condition_of(second, str(place.path), other))
        if witness is not None:
            at: Place = ("exceptions", other)
            facts = {column: str(fact) for column, fact in witness.items()}
            yield place.error("policy.exceptions_clash", at, exceptions=f"{one}, {other}", facts=facts)


def _outside(one: DatedValue, base: tuple[DatedValue, ...]) -> date | None:
    """A day on which an exception's value is in force and the rule is not."""
    if one.from_ < base[0].from_:
        return one.from_
    return base[-1].last_day + _ONE_DAY if one.last_day > base[-1].last_day else None


def _also(book: RuleBook, rule: RuleFile, place: _Places) -> Iterator[InputError]:
    for other in rule.also:
        problem = None
        if rule.kind != "mapping":
            problem = f"a {rule.kind} cannot be joined"
        elif other not in book.names:
            problem = "there is no such rule"
        else:
            try:
                problem = _joining_problem(book, place.name, rule, other)
            except InputError as error:
                problem = error.part("what").rstrip(".")
        if problem:
            yield place.error("policy.also_wrong", ("also",), other=other, problem=problem)


def _joining_problem(book: RuleBook, name: str, rule: RuleFile, other: str) -> str | None:
    joined = book.rule(other)
    if joined.kind != "mapping":
        return f"it is a {joined.kind}"
    if (joined.values[0].from_, joined.values[-1].last_day) != (rule.values[0].from_, rule.values[-1].last_day):
        return "its days differ"
    for first_day in {one.from_ for one in (*rule.values, *joined.values)}:
        book.mapping(name, first_day, OPEN)  # raises where a key stands in both
    return None


def _sources_unused(book: RuleBook) -> Iterator[InputError]:
    cited: set[str] = set()
    for name in book.names:
        try:
            rule = book.rule(name)
        except InputError:
            return  # an unreadable rule may cite anything
        for values in (rule.values, *(exception.values for exception in rule.exceptions.values())):
            cited |= {one.document for one in values}
    paths = {name: path for group, name, path in book.files() if group == "sources"}
    for document in sorted(set(book.source_names) - cited):
        yield InputError("policy.source_unused", document=document, file=paths[document])


def _until(day: date) -> str:
    return "open" if day == OPEN else day.isoformat()

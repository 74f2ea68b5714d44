"""What do the rules say on this day? The book of all rules, and the look-up that never guesses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kejin.dates import OPEN
from kejin.errors import InputError
from kejin.policy.conditions import Condition
from kejin.policy.in_force import BASE, Anchors, Code, Confidence, Document, InForce, PrefixMap, weakest
from kejin.policy.intervals import Band
from kejin.policy.read_yaml import read_yaml
from kejin.policy.rule_files import (
    DatedValue,
    ExceptionText,
    RuleFile,
    SourceFile,
    check_shape,
    condition_of,
    line_of,
    overridden,
    typed_value,
)

Facts = Mapping[str, Any]
FILE_BYTES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way a rule can answer on a day: the rule itself (condition None) or a named exception.

    For compilers that decide for a whole table: the first alternative whose condition holds is the answer, when
    they are tried in the order given (exceptions before what they override)."""

    name: str
    condition: Condition | None
    in_force: InForce


class RuleBook:
    """All rules and sources of one edition. Look-ups are pure: the same question has the same answer for ever.

    Files are read when they are first needed. Build one with `RuleBook.shipped()`, or `RuleBook(folder)` for a folder
    that holds `rules/` and `sources/`.
    """

    def __init__(self, folder: Path, overlay: Path | None = None) -> None:
        self.folder = folder
        self.overlay = overlay
        if overlay is not None and not (overlay / "rules").is_dir():
            raise InputError("policy.overlay_missing", folder=overlay)
        self._shipped = _files(folder / "rules")
        self._laid_over = _files(overlay / "rules") if overlay else {}
        own_sources = _files(overlay / "sources") if overlay else {}
        self._sources = _files(folder / "sources")
        if twice := sorted(set(self._sources) & set(own_sources)):
            raise InputError("policy.source_redefined", document=twice[0], file=own_sources[twice[0]])
        self._sources |= own_sources
        self._loaded: dict[Path, tuple[str, Any]] = {}
        self._rules: dict[str, RuleFile] = {}
        self._typed: dict[tuple[str, str, date], Any] = {}
        self._documents: dict[str, Document] = {}

    @classmethod
    def shipped(cls, overlay: Path | None = None) -> RuleBook:
        """The rules that come with Kejin, with an institution's own laid over them when it gives a folder.

        Raises InputError policy.overlay_missing when the folder has no `rules/`.
        """
        return _shipped() if overlay is None else cls(_shipped().folder, Path(overlay))

    # What there is

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All rule names, sorted."""
        return tuple(sorted({**self._shipped, **self._laid_over}))

    @cached_property
    def source_names(self) -> tuple[str, ...]:
        return tuple(sorted(self._sources))

    @property
    def overridden(self) -> tuple[str, ...]:
        """Shipped rules that the overlay replaces."""
        return tuple(sorted(set(self._shipped) & set(self._laid_over)))

    @property
    def added(self) -> tuple[str, ...]:
        """Rules that only the overlay has."""
        return tuple(sorted(set(self._laid_over) - set(self._shipped)))

    @cached_property
    def edition(self) -> str:
        """SHA-256 of everything the rules and sources say; comments, layout and the order of files do not count."""
        digest = hashlib.sha256()
        for group, files in (("rules", {**self._shipped, **self._laid_over}), ("sources", self._sources)):
            for name in sorted(files):
                said = json.dumps(
                    self._load(files[name])[1], ensure_ascii=False, separators=(",", ":"), default=_day_text
                )
                digest.update(f"{group}/{name}\n{said}\n".encode())
        return digest.hexdigest()

    def file_of(self, name: str) -> Path:
        """The file that holds a rule. Raises InputError policy.rule_unknown, with the nearest names."""
        path = self._laid_over.get(name) or self._shipped.get(name)
        if path is None:
            import difflib

            near = difflib.get_close_matches(name, self.names, n=3, cutoff=0.4)
            raise InputError("policy.rule_unknown", rule=name, near=", ".join(near) or "-")
        return path

    def rule(self, name: str) -> RuleFile:
        """The rule file, shape checked. Raises InputError for an unknown name or a file that is not right."""
        if name not in self._rules:
            rule = self._read_rule(self.file_of(name))
            if name in self._laid_over and name in self._shipped:
                shipped = self._read_rule(self._shipped[name])
                if (rule.kind, rule.unit) != (shipped.kind, shipped.unit):
                    raise InputError(
                        "policy.overlay_kind",
                        rule=name,
                        file=self.file_of(name),
                        given=f"{rule.kind}, {rule.unit}",
                        wanted=f"{shipped.kind}, {shipped.unit}",
                    )
            self._rules[name] = rule
        return self._rules[name]

    def _read_rule(self, path: Path) -> RuleFile:
        text, loaded = self._load(path)
        return check_shape(RuleFile, loaded, text, str(path))

    def document(self, name: str) -> Document:
        """A source by its id. Raises InputError policy.source_unknown."""
        if name not in self._documents:
            path = self._sources.get(name)
            if path is None:
                raise InputError("policy.source_unknown", document=name, file="-", line=0)
            text, loaded = self._load(path)
            self._documents[name] = check_shape(SourceFile, loaded, text, str(path)).document(name)
        return self._documents[name]

    def text_of(self, path: Path) -> str:
        """The text of one of the book's files. Raises InputError policy.file_unreadable."""
        return self._load(path)[0]

    def files(self) -> Iterator[tuple[str, str, Path]]:
        """("rules" or "sources", name, file) of everything in the book, shipped files that are replaced included."""
        for group, found in (("rules", self._shipped), ("rules", self._laid_over), ("sources", self._sources)):
            for name in sorted(found):
                yield group, name, found[name]

    # Looking up

    def look_up(self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None) -> InForce:
        """What the rule says on a day, to someone who knows what was known on `known_on` (left out: on the day itself).

        facts   columns of the row asked about; needed only where an exception of the rule is in force on the day.
        Raises  InputError policy.rule_unknown, policy.nothing_in_force, policy.nothing_known, policy.fact_missing,
                policy.fact_type, policy.exceptions_clash. Never 0, never "no limit".
        """
        alternatives = self.alternatives(name, as_of, known_on)
        if len(alternatives) == 1:
            return alternatives[0].in_force
        applying = [one for one in alternatives if one.condition is None or _applies(name, one, facts or {})]
        exceptions = self.rule(name).exceptions
        beaten = frozenset[str]().union(*(overridden(exceptions, one.name) for one in applying))
        left = [one for one in applying if one.name not in beaten]
        if len(left) != 1:
            raise InputError(
                "policy.exceptions_clash",
                rule=name,
                file=self.file_of(name),
                exceptions=", ".join(one.name for one in left) or ", ".join(one.name for one in applying),
                facts=dict(facts or {}),
            )
        return left[0].in_force

    def alternatives(self, name: str, as_of: date, known_on: date | None = None) -> tuple[Alternative, ...]:
        """The rule and its exceptions that are in force on the day, exceptions before what they override."""
        known = as_of if known_on is None else known_on
        rule = self.rule(name)
        found = []
        for label, exception in rule.exceptions.items():
            dated = self._dated(exception.values, as_of, known)
            if dated is not None:
                condition = condition_of(exception, str(self.file_of(name)), label)
                found.append(Alternative(label, condition, self._answer(name, label, dated, as_of, known)))
        found.sort(key=lambda one: -len(overridden(rule.exceptions, one.name)))
        base = self._dated(rule.values, as_of, known)
        if base is not None:
            found.append(Alternative(BASE, None, self._answer(name, None, base, as_of, known)))
            return tuple(found)
        if self._dated(rule.values, as_of, OPEN) is not None:
            raise InputError("policy.nothing_known", rule=name, as_of=as_of, known_on=known)
        spans = "; ".join(f"{one.from_} – {one.until}" for one in rule.values)
        raise InputError("policy.nothing_in_force", rule=name, as_of=as_of, spans=spans)

    def known_since(self, dated: DatedValue) -> date:
        """The day on which a value became known: as stated, else the document's day of issue, else its first day."""
        return dated.known_on or self.document(dated.document).issued_on or dated.from_

    def _dated(self, values: tuple[DatedValue, ...], as_of: date, known_on: date) -> tuple[DatedValue, date] | None:
        """The value in force on as_of as seen on known_on, with its last day as seen then.

        A value's end becomes known with the value that follows it: before the new rule was issued, the old one looked
        open-ended.
        """
        for index, one in enumerate(values):
            if one.from_ > as_of or self.known_since(one) > known_on:
                continue
            follower = values[index + 1] if index + 1 < len(values) else None
            end_known = one.until_known_on or (self.known_since(follower) if follower else date.min)
            last_day = one.last_day if end_known <= known_on else OPEN
            if as_of <= last_day:
                return one, last_day
        return None

    def _answer(
        self, name: str, exception: str | None, found: tuple[DatedValue, date], as_of: date, known: date
    ) -> InForce:
        rule, (dated, last_day) = self.rule(name), found
        exception_text: ExceptionText | None = rule.exceptions[exception] if exception else None
        key = next(iter(rule.keys.values()), None)
        return InForce(
            name=name,
            title=rule.title.names(),
            kind=rule.kind,
            unit=rule.unit,
            value=self._value(name, exception, dated),
            printed=dated.printed,
            as_of=as_of,
            known_on=known,
            since=dated.from_,
            until=last_day,
            known_since=self.known_since(dated),
            document=self.document(dated.document),
            article=dated.article,
            confidence=dated.confidence,
            from_confidence=dated.from_confidence or dated.confidence,
            note=dated.note.names() if dated.note else None,
            exception=exception if exception_text else None,
            origin="overlay" if name in self._laid_over else "shipped",
            overridden_by="overlay" if name in self._laid_over and name in self._shipped else None,
            key_unit=key.unit if key else None,
            columns=MappingProxyType(dict(rule.columns)),
        )

    def _value(self, name: str, exception: str | None, dated: DatedValue) -> Any:
        slot = (name, exception or BASE, dated.from_)
        if slot not in self._typed:
            try:
                self._typed[slot] = typed_value(self.rule(name), dated.value)
            except (TypeError, ValueError) as error:
                raise self.value_error(name, exception, dated, error) from error
        return self._typed[slot]

    def value_error(self, name: str, exception: str | None, dated: DatedValue, error: Exception) -> InputError:
        """The sentence for a value that cannot be read, with its line."""
        path, rule = self.file_of(name), self.rule(name)
        values = rule.exceptions[exception].values if exception else rule.values
        begin: tuple[str | int, ...] = ("exceptions", exception) if exception else ()
        line = line_of(self.text_of(path), str(path), (*begin, "values", values.index(dated), "value"))
        code = "policy.decimal_unquoted" if isinstance(error, TypeError) else "policy.value_unreadable"
        return InputError(code, file=path, line=line, rule=name, problem=error)

    def _load(self, path: Path) -> tuple[str, Any]:
        if path not in self._loaded:
            try:
                raw = path.read_bytes()
                if len(raw) > FILE_BYTES_MAX:
                    raise InputError(
                        "policy.file_unreadable", file=path, problem=f"larger than {FILE_BYTES_MAX:,} bytes"
                    )
                text = raw.decode("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise InputError("policy.file_unreadable", file=path, problem=error) from error
            self._loaded[path] = text, read_yaml(text, str(path))
        return self._loaded[path]

    # Typed look-ups

    def decimal(self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None) -> Decimal:
        """The figure of a `value` rule."""
        return as_decimal(self.look_up(name, as_of, known_on, facts))

    def integer(self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None) -> int:
        """The whole number of a `value` rule. Raises InputError policy.not_an_integer."""
        return as_integer(self.look_up(name, as_of, known_on, facts))

    def bands(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> tuple[Band, ...]:
        """The bands of a `bands` rule, in the order of the file."""
        return as_bands(self.look_up(name, as_of, known_on, facts))

    def table(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> Mapping[str, Mapping[str, Any]]:
        """The rows of a `table` rule: key -> column -> Decimal (or text, for columns of unit code or text)."""
        return as_table(self.look_up(name, as_of, known_on, facts))

    def anchors(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> Mapping[str, Anchors]:
        """Floor and full mark of an `anchors` rule, by key ("all" where there is one pair for everybody)."""
        return as_anchors(self.look_up(name, as_of, known_on, facts))

    def codes(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> tuple[str, ...]:
        """The codes of a `list` rule, in the order of the file."""
        return tuple(one.code for one in as_list(self.look_up(name, as_of, known_on, facts)))

    def named_codes(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> tuple[Code, ...]:
        """The same with the names in both languages."""
        return as_list(self.look_up(name, as_of, known_on, facts))

    def choice(self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None) -> str:
        """The code of a `choice` rule."""
        return as_choice(self.look_up(name, as_of, known_on, facts))

    def mapping(
        self, name: str, as_of: date, known_on: date | None = None, facts: Facts | None = None
    ) -> Mapping[str, str]:
        """key -> result of a `mapping` rule, the rules named under `also` included; a PrefixMap for prefixes."""
        return join_mappings(self.look_up(one, as_of, known_on, facts) for one in self.with_also(name))

    def with_also(self, name: str) -> tuple[str, ...]:
        """The names of the rules that a look-up of a mapping joins, itself first."""
        return (name, *self.rule(name).also)


def as_decimal(found: InForce) -> Decimal:
    """The figure of a look-up. Raises InputError policy.kind_wrong, as all of these do."""
    if not isinstance(found.value, Decimal):
        raise _wrong_kind(found, "value")
    return found.value


def as_integer(found: InForce) -> int:
    """The whole number of a look-up."""
    figure = as_decimal(found)
    if figure != figure.to_integral_value():
        raise InputError("policy.not_an_integer", rule=found.name, value=figure)
    return int(figure)


def as_bands(found: InForce) -> tuple[Band, ...]:
    """The bands of a look-up."""
    if found.kind != "bands":
        raise _wrong_kind(found, "bands")
    return found.value  # type: ignore[return-value]


def as_table(found: InForce) -> Mapping[str, Mapping[str, Any]]:
    """The rows of a look-up."""
    if found.kind != "table":
        raise _wrong_kind(found, "table")
    return found.value  # type: ignore[return-value]


def as_anchors(found: InForce) -> Mapping[str, Anchors]:
    """The anchors of a look-up."""
    if found.kind != "anchors":
        raise _wrong_kind(found, "anchors")
    return found.value  # type: ignore[return-value]


def as_list(found: InForce) -> tuple[Code, ...]:
    """The named codes of a look-up."""
    if found.kind != "list":
        raise _wrong_kind(found, "list")
    return found.value  # type: ignore[return-value]


def as_choice(found: InForce) -> str:
    """The chosen code of a look-up."""
    if found.kind != "choice" or not isinstance(found.value, str):
        raise _wrong_kind(found, "choice")
    return found.value


def join_mappings(answers: Iterator[InForce]) -> Mapping[str, str]:
    """The mappings of several look-ups as one. Raises InputError policy.key_twice."""
    pairs: dict[str, str] = {}
    prefixed = False
    for found in answers:
        if found.kind != "mapping" or not isinstance(found.value, Mapping):
            raise _wrong_kind(found, "mapping")
        prefixed = prefixed or isinstance(found.value, PrefixMap)
        for key, result in found.value.items():
            if key in pairs:
                raise InputError("policy.key_twice", rule=found.name, key=key)
            pairs[key] = result
    return PrefixMap(pairs) if prefixed else MappingProxyType(pairs)


def confidence_of(answers: Iterator[InForce]) -> Confidence:
    """The weakest confidence among look-ups."""
    return weakest(one.confidence for one in answers)


def _wrong_kind(found: InForce, wanted: str) -> InputError:
    return InputError("policy.kind_wrong", rule=found.name, kind=found.kind, wanted=wanted)


def _applies(name: str, one: Alternative, facts: Facts) -> bool:
    assert one.condition is not None
    try:
        holds = one.condition.holds(facts)
    except TypeError as error:
        raise InputError("policy.fact_type", rule=name, exception=one.name, column=error) from error
    if holds is None:
        missing = ", ".join(column for column in one.condition.columns if facts.get(column) is None)
        raise InputError("policy.fact_missing", rule=name, exception=one.name, columns=missing)
    return holds


def _files(folder: Path) -> dict[str, Path]:
    """The YAML files below a folder by their path without ending."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in folder.rglob("*.yaml")
        if not path.name.startswith(".")
    }


def _day_text(day: object) -> str:
    assert isinstance(day, date)
    return day.isoformat()


@cache
def _shipped() -> RuleBook:
    folder = resources.files("kejin") / "policy"
    assert isinstance(folder, Path), "Kejin runs from files, not from an archive"
    return RuleBook(folder)

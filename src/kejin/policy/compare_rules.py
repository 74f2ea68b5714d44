"""What changed between two days, or between two editions of the rules?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from kejin.errors import InputError
from kejin.policy.in_force import InForce
from kejin.policy.rule_book import RuleBook
from kejin.policy.rule_files import DatedValue, RuleFile
from kejin.policy.show_value import answer_lines, value_lines

Entries = Mapping[str, tuple[str, ...]]
FILE_BYTES_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule that is not the same on both sides; the lines are those of its values."""

    name: str
    change: Literal["added", "removed", "changed"]
    left: tuple[str, ...]
    right: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return {"rule": self.name, "change": self.change, "left": list(self.left), "right": list(self.right)}


def differences(left: Entries, right: Entries) -> tuple[Difference, ...]:
    """The rules that differ, by name."""
    found = []
    for name in sorted({*left, *right}):
        before, after = left.get(name, ()), right.get(name, ())
        if before != after:
            change: Literal["added", "removed", "changed"] = "changed"
            if name not in left or name not in right:
                change = "removed" if name in left else "added"
            found.append(Difference(name, change, before, after))
    return tuple(found)


def entries_on(book: RuleBook, as_of: date, known_on: date | None = None) -> dict[str, tuple[str, ...]]:
    """What each rule says on a day, as lines; rules that say nothing on it are left out."""
    found = {}
    for name in book.names:
        lines: list[str] = []
        for answer in in_force_answers(book, name, as_of, known_on):
            label = f"{answer.exception}: " if answer.exception else ""
            lines += [f"{label}{line}" for line in answer_lines(answer)]
        if lines:
            found[name] = tuple(lines)
    return found


def in_force_answers(book: RuleBook, name: str, as_of: date, known_on: date | None = None) -> tuple[InForce, ...]:
    """The rule's answers on a day, the rule itself first and then its exceptions; empty when it says nothing."""
    try:
        alternatives = book.alternatives(name, as_of, known_on)
    except InputError as error:
        if error.code in ("policy.nothing_in_force", "policy.nothing_known"):
            return ()
        raise
    return tuple(one.in_force for one in reversed(alternatives))


def entries_of(book: RuleBook) -> dict[str, tuple[str, ...]]:
    """All dated values of each rule, as lines with days and confidence."""
    return {name: tuple(_edition_lines(book.rule(name))) for name in book.names}


def edition_record(book: RuleBook, names: Iterable[str] | None = None) -> dict[str, Any]:
    """The edition as plain JSON values: what `kejin rules list --json` prints and `kejin rules diff` reads again."""
    return {
        "edition": book.edition,
        "overlay": None if book.overlay is None else str(book.overlay),
        "overridden": list(book.overridden),
        "added": list(book.added),
        "rules": {name: rule_record(book, name) for name in (book.names if names is None else names)},
    }


def rule_record(book: RuleBook, name: str) -> dict[str, Any]:
    """One rule with all its dated values as plain JSON values."""
    rule = book.rule(name)
    return {
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "kind": rule.kind,
        "unit": rule.unit,
        "keys": {key: {"look_up": spec.look_up, "unit": spec.unit} for key, spec in rule.keys.items()},
        "columns": dict(rule.columns),
        "values": [_dated_record(one) for one in rule.values],
        "exceptions": {
            label: {
                "where": exception.where,
                "overrides": list(exception.overrides),
                "values": [_dated_record(one) for one in exception.values],
            }
            for label, exception in rule.exceptions.items()
        },
        "lines": _edition_lines(rule),
    }


def read_edition(path: Path) -> dict[str, tuple[str, ...]]:
    """The lines of each rule in an edition that was saved with `kejin rules list --json`.

    Raises InputError policy.edition_unreadable.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InputError("policy.edition_unreadable", file=path, problem=f"larger than {FILE_BYTES_MAX:,} bytes")
        rules = json.loads(path.read_text("utf-8"))["rules"]
        return {str(name): tuple(str(line) for line in rule["lines"]) for name, rule in rules.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("policy.edition_unreadable", file=path, problem=error) from error


def _edition_lines(rule: RuleFile) -> list[str]:
    lines = [line for one in rule.values for line in _dated_lines(rule, one, "")]
    for label, exception in rule.exceptions.items():
        lines.append(f"{label}: where {exception.where}, overrides {', '.join(exception.overrides)}")
        lines += [line for one in exception.values for line in _dated_lines(rule, one, f"{label}: ")]
    return lines


def _dated_lines(rule: RuleFile, one: DatedValue, label: str) -> list[str]:
    head = f"{label}{one.from_} – {one.until} ({one.document}, {one.confidence})"
    return [f"{head} {line}" for line in value_lines(rule, one.value)]


def _dated_record(one: DatedValue) -> dict[str, Any]:
    return {
        "from": one.from_.isoformat(),
        "until": str(one.until),
        "value": one.value,
        "printed": one.printed,
        "document": one.document,
        "article": one.article,
        "confidence": one.confidence,
        "from_confidence": one.from_confidence or one.confidence,
        "note": None if one.note is None else {"zh": one.note.zh, "en": one.note.en},
    }

"""What a journal entry holds, and its body in bytes: docs/reference/journal_format.md, section 4."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from kejin.errors import InputError
from kejin.journal.canonical import Value, decode, encode
from kejin.journal.digest import ALGORITHMS, DIGEST_PATTERN

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class RuleUse:
    """Which value of which rule was used, and where does it come from?

    from_        first day in force; None where the rule has none.
    document     name of the source; None where there is none.
    confidence   text_seen, secondary or unverified.
    overridden   True where an institution's own value stands in place of the shipped one.
    """

    name: str
    value: Value
    from_: date | None
    document: str | None
    confidence: str
    overridden: bool = False


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was decided, on what, by whom? What a workflow hands to `Journal.append`.

    inputs          the request, whole enough for a replay to do it again.
    result          the result in short; `reasons`, if there, in documented order of precedence.
    result_hash     hash of the whole result: 64 hexadecimal digits, optionally after `sha256:` or `sm3:`.
                    None: `result` is the whole, and its `value_hash` is stored.
    rows_hash       content hash of the rows used, same form; None where no rows were used.
    row_counts      table -> rows used.
    subject         on whom or what: a 统一社会信用代码, a loan number; None for acts on everything.
    refers_to       sequences of earlier entries that this one approves, corrects or withdraws.
    """

    act: str
    actor: str
    role: str
    inputs: Mapping[str, Value]
    result: Mapping[str, Value]
    result_hash: str | None = None
    as_of: date | None = None
    known_on: date | None = None
    subject: str | None = None
    refers_to: tuple[int, ...] = ()
    rows_hash: str | None = None
    row_counts: Mapping[str, int] = field(default_factory=dict)
    rule_edition: str | None = None
    rules_used: tuple[RuleUse, ...] = ()
    model_versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Entry(Record):
    """One entry as stored, read back from its bytes: the record, its place in the chain, and the bytes."""

    result_hash: str
    sequence: int
    algorithm: str
    time: datetime
    program: str
    previous_hash: str
    entry_hash: str
    body: bytes = field(repr=False)


def body_bytes(
    record: Record, *, sequence: int, algorithm: str, time: datetime, program: str, result_hash: str
) -> bytes:
    """The canonical bytes of a record at its place; raises InputError journal.* where a value has none."""
    body = {
        "act": record.act,
        "actor": record.actor,
        "algorithm": algorithm,
        "as_of": record.as_of,
        "format": FORMAT,
        "inputs": record.inputs,
        "known_on": record.known_on,
        "model_versions": record.model_versions,
        "program": program,
        "refers_to": sorted(set(record.refers_to)),
        "result": record.result,
        "result_hash": result_hash,
        "role": record.role,
        "row_counts": record.row_counts,
        "rows_hash": record.rows_hash,
        "rule_edition": record.rule_edition,
        "rules_used": _sorted_rules([_rule_body(rule) for rule in record.rules_used]),
        "sequence": sequence,
        "subject": record.subject,
        "time": time,
    }
    return encode(body)


def read_body(body: bytes, wrong: str = "journal.body_wrong") -> dict[str, Value]:
    """The value of a body, its shape checked.

    Raises InputError journal.bytes_* or, for a wrong shape, the code `wrong`.
    """
    value = decode(body)
    if problem := body_problem(value):
        raise InputError(wrong, key=problem[0], problem=problem[1])
    return dict(value)


def read_entry(body: bytes, previous_hash: str, entry_hash: str, wrong: str = "journal.body_wrong") -> Entry:
    """The entry that these bytes are; raises as `read_body`. Hashes are taken as given."""
    value = read_body(body, wrong)
    rules = tuple(
        RuleUse(**{"from_" if key == "from" else key: item for key, item in rule.items()})
        for rule in value["rules_used"]
    )
    fields = {key: item for key, item in value.items() if key != "format"}
    fields |= {"rules_used": rules, "refers_to": tuple(value["refers_to"])}
    return Entry(**fields, previous_hash=previous_hash, entry_hash=entry_hash, body=body)


def _rule_body(rule: RuleUse) -> dict[str, Value]:
    return {
        "confidence": rule.confidence,
        "document": rule.document,
        "from": rule.from_,
        "name": rule.name,
        "overridden": rule.overridden,
        "value": rule.value,
    }


def _sorted_rules(rules: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """By name, then by bytes: the order in which a workflow met its rules must not change the entry."""
    ties = len({rule["name"] for rule in rules}) < len(rules)
    return sorted(rules, key=lambda rule: (unicodedata.normalize("NFC", rule["name"]), encode(rule) if ties else b""))


def _in_order(rules: list[dict[str, Value]]) -> bool:
    for rule, following in pairwise(rules):
        if rule["name"] > following["name"]:
            return False
        if rule["name"] == following["name"] and encode(rule) > encode(following):
            return False
    return True


# ── the shape of a body ──────────────────────────────────────────────────────────────────────────────────────────────


def _is_text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "is not a text, or empty"


def _is_text_or_missing(value: object) -> str | None:
    return None if value is None else _is_text(value)


def _is_day_or_missing(value: object) -> str | None:
    return None if value is None or type(value) is date else "is neither a day nor missing"


def _is_time(value: object) -> str | None:
    return None if isinstance(value, datetime) else "is not a time"


def _is_digest(value: object) -> str | None:
    return (
        None
        if isinstance(value, str) and DIGEST_PATTERN.match(value)
        else "is not a digest of 64 lower-case hexadecimal digits"
    )


def _is_digest_or_missing(value: object) -> str | None:
    return None if value is None else _is_digest(value)


def _is_count(value: object, least: int = 0) -> str | None:
    return None if type(value) is int and value >= least else f"is not an integer of {least} or more"


def _is_algorithm(value: object) -> str | None:
    return None if value in ALGORITHMS else f"is none of {', '.join(ALGORITHMS)}"


def _is_format(value: object) -> str | None:
    return None if type(value) is int and value == FORMAT else f"is not {FORMAT}"


def _is_object(value: object) -> str | None:
    return None if isinstance(value, dict) else "is not an object"


def _is_object_of_texts(value: object) -> str | None:
    return (
        None
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
        else "is not an object of texts"
    )


def _is_object_of_counts(value: object) -> str | None:
    right = isinstance(value, dict) and not any(_is_count(item) for item in value.values())
    return None if right else "is not an object of counts"


def _is_result(value: object) -> str | None:
    if not isinstance(value, dict):
        return "is not an object"
    reasons = value.get("reasons", [])
    right = isinstance(reasons, list) and not any(
        _is_text(item.get("code") if isinstance(item, dict) else item) for item in reasons
    )
    return None if right else "has reasons that are not a list of codes or of objects with a code"


def _is_references(value: object) -> str | None:
    if not isinstance(value, list) or any(_is_count(item, 1) for item in value):
        return "is not a list of sequences"
    return None if all(a < b for a, b in pairwise(value)) else "is not ascending"


def _is_rules(value: object) -> str | None:
    if not isinstance(value, list):
        return "is not a list"
    for number, rule in enumerate(value):
        if problem := _shape_problem(rule, _RULE_SHAPE):
            return f"[{number}].{problem[0]} {problem[1]}"
    return None if _in_order(value) else "is not in order"


_RULE_SHAPE = {
    "confidence": _is_text,
    "document": _is_text_or_missing,
    "from": _is_day_or_missing,
    "name": _is_text,
    "overridden": lambda value: None if isinstance(value, bool) else "is not a truth value",
    "value": lambda _value: None,
}
_BODY_SHAPE = {
    "act": _is_text,
    "actor": _is_text,
    "algorithm": _is_algorithm,
    "as_of": _is_day_or_missing,
    "format": _is_format,
    "inputs": _is_object,
    "known_on": _is_day_or_missing,
    "model_versions": _is_object_of_texts,
    "program": _is_text,
    "refers_to": _is_references,
    "result": _is_result,
    "result_hash": _is_digest,
    "role": _is_text,
    "row_counts": _is_object_of_counts,
    "rows_hash": _is_digest_or_missing,
    "rule_edition": _is_text_or_missing,
    "rules_used": _is_rules,
    "sequence": lambda value: _is_count(value, 1),
    "subject": _is_text_or_missing,
    "time": _is_time,
}


def _shape_problem(value: Any, shape: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first key that is missing, unknown or of a wrong kind, and what is wrong with it."""
    if not isinstance(value, dict):
        return ".", "is not an object"
    if value.keys() != shape.keys():
        absent, unknown = sorted(shape.keys() - value.keys()), sorted(value.keys() - shape.keys())
        return (absent[0], "is missing") if absent else (unknown[0], "is not a key of this format")
    for key, check in shape.items():
        if problem := check(value[key]):
            return key, problem
    return None


def body_problem(body: Value) -> tuple[str, str] | None:
    """What is wrong with a decoded body, as (key, problem)? None where it is right."""
    if problem := _shape_problem(body, _BODY_SHAPE):
        return problem
    if body["refers_to"] and body["refers_to"][-1] >= body["sequence"]:
        return "refers_to", "points to itself or forward"
    return None

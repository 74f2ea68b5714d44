"""What a look-up answers: a value with everything that is needed to believe it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from kejin.dates import OPEN
from kejin.policy.intervals import Band

Confidence = Literal["text_seen", "secondary", "unverified"]
CONFIDENCES: tuple[Confidence, ...] = ("text_seen", "secondary", "unverified")  # strongest first
BASE = "base"


@dataclass(frozen=True, slots=True)
class Names:
    """One thing in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Document:
    """A law, notice, standard or profile that values are taken from."""

    id: str
    title: Names
    number: str | None
    issued_on: date | None
    effective_from: date | None
    url: str | None
    confidence: Confidence
    note: Names | None


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a list rule."""

    code: str
    names: Names


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where an item begins to count and where it earns its full mark; full is None where it was not found."""

    floor: Decimal
    full: Decimal | None


class PrefixMap(Mapping[str, str]):
    """A mapping whose keys are beginnings of codes; the longest beginning decides."""

    def __init__(self, pairs: Mapping[str, str]) -> None:
        self._pairs = dict(pairs)

    def __getitem__(self, prefix: str) -> str:
        return self._pairs[prefix]

    def __iter__(self) -> Iterator[str]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """The lengths that prefixes have, longest first: what a query has to try, in this order."""
        return tuple(sorted({len(prefix) for prefix in self._pairs}, reverse=True))

    def find(self, code: str | None) -> str | None:
        """What the longest prefix of the code gives; None when no prefix fits. Spaces and case do not matter."""
        if not code:
            return None
        bare = re.sub(r"\s+", "", code).upper()
        for length in self.lengths:
            found = self._pairs.get(bare[:length]) if length <= len(bare) else None
            if found is not None:
                return found
        return None


Value = Decimal | str | tuple[Band, ...] | tuple[Code, ...] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InForce:
    """The value of a rule on a day, with its provenance.

    value        Decimal; tuple of Band; tuple of Code; choice code; mapping (see the rule's kind).
    since, until first and last day of the value, as known on known_on; until is kejin.dates.OPEN without an end.
    known_since  the day on which the value became known.
    exception    name of the exception that gave the value; None for the rule itself.
    origin       "shipped" or "overlay"; overridden_by is "overlay" where a shipped rule was replaced.
    """

    name: str
    title: Names
    kind: str
    unit: str
    value: Value
    printed: str
    as_of: date
    known_on: date
    since: date
    until: date
    known_since: date
    document: Document
    article: str
    confidence: Confidence
    from_confidence: Confidence
    note: Names | None = None
    exception: str | None = None
    origin: str = "shipped"
    overridden_by: str | None = None
    key_unit: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def unverified(self) -> bool:
        return self.confidence == "unverified"

    def as_record(self) -> dict[str, Any]:
        """The look-up as plain JSON values, for the journal: decimals and days as text, keys in fixed order."""
        return {
            "rule": self.name,
            "exception": self.exception,
            "value": plain(self.value),
            "unit": self.unit,
            "printed": self.printed,
            "as_of": self.as_of.isoformat(),
            "known_on": self.known_on.isoformat(),
            "from": self.since.isoformat(),
            "until": "open" if self.until == OPEN else self.until.isoformat(),
            "document": self.document.id,
            "article": self.article,
            "confidence": self.confidence,
            "origin": self.origin,
            "overridden_by": self.overridden_by,
        }


def plain(value: Any) -> Any:
    """A rule value as JSON values; decimals as text, so that no digit is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Band):
        points = [str(value.points_low)]
        return [
            str(value.interval),
            *points,
            *([str(value.points_high)] if value.points_high != value.points_low else []),
        ]
    if isinstance(value, Code):
        return value.code
    if isinstance(value, Anchors):
        return {"floor": str(value.floor), "full": None if value.full is None else str(value.full)}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def weakest(confidences: Iterator[Confidence]) -> Confidence:
    """The least certain of some confidences."""
    return max(confidences, key=CONFIDENCES.index)

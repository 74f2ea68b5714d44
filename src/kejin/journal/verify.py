"""Was anything changed, removed, inserted, moved or cut off? docs/reference/journal_format.md, section 8."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kejin.errors import InputError, sentence
from kejin.journal.canonical import Value
from kejin.journal.chain import Anchor, Head, Settings, entry_hash, genesis_hash, read_settings
from kejin.journal.digest import HASH_PATTERN
from kejin.journal.entry import read_body
from kejin.journal.store import StoredRow, search_copies
from kejin.journal.tables import COPIES

FINDINGS_MAX = 1000  # kept; the rest is only counted, so that a ruined journal cannot fill the memory


class Source(Protocol):
    """What can be checked: a store or an export."""

    def stored_settings(self) -> list[tuple[bytes, bytes]]: ...

    def store_problems(self) -> list[tuple[str, dict[str, object]]]: ...

    def rows(self) -> Iterator[StoredRow]: ...


@dataclass(frozen=True)
class Finding:
    """What is wrong, and at which entry? `sequence` is None for the journal as a whole."""

    code: str
    sequence: int | None
    details: Mapping[str, Value]

    def text(self, lang: str = "en") -> str:
        return sentence(self.code, "what", lang, {"sequence": self.sequence, **self.details})

    def as_json(self, lang: str = "en") -> dict[str, object]:
        return {"code": self.code, "sequence": self.sequence, "what": self.text(lang)}


@dataclass(frozen=True)
class Verification:
    """Is the journal whole? `ok` if nothing was found.

    entries        number of entries read.
    head           last entry read, with the hash computed for it; None where the settings cannot be read.
    findings       the first FINDINGS_MAX, in order; findings_total counts all.
    anchored_to    highest sequence that an anchor vouches for, None without an anchor. Of entries behind it, nobody
                   outside remembers how many there were.
    """

    entries: int
    settings: Settings | None
    head: Head | None
    findings: tuple[Finding, ...]
    findings_total: int
    anchored_to: int | None

    @property
    def ok(self) -> bool:
        return self.findings_total == 0


@dataclass
class _Findings:
    kept: list[Finding] = field(default_factory=list)
    total: int = 0

    def add(self, code: str, sequence: int | None = None, **details: Value) -> None:
        self.total += 1
        if len(self.kept) < FINDINGS_MAX:
            self.kept.append(Finding(code, sequence, details))


def verify(
    source: Source, anchors: Sequence[Anchor] = (), on_progress: Callable[[int], None] | None = None
) -> Verification:
    """Checks every byte of the journal once, in order and in bounded memory; reports all it finds and changes nothing.

    anchors       kept heads; without one, entries cut off at the end leave no trace in the journal itself.
    on_progress   called with the number of entries read so far, every thousand.
    """
    findings = _Findings()
    settings, genesis = _checked_settings(source, findings)
    if settings is None:
        return Verification(0, None, None, tuple(findings.kept), findings.total, None)
    for anchor in anchors:
        _check_anchor_of_journal(anchor, settings, genesis, findings)
    walk = _Walk(settings, genesis, findings, anchors)
    try:
        for code, details in source.store_problems():
            findings.add(code, None, **details)
        for row in source.rows():
            walk.step(row)
            if on_progress and walk.entries % 1000 == 0:
                on_progress(walk.entries)
    except InputError as error:  # a store so damaged that it cannot be read to its end
        findings.add("journal.reading_stopped", walk.last + 1, problem=error.part("what"))
    walk.finish()
    head = Head(walk.last, walk.before)
    highest = max((anchor.sequence for anchor in anchors), default=None)
    return Verification(walk.entries, settings, head, tuple(findings.kept), findings.total, highest)


def _checked_settings(source: Source, findings: _Findings) -> tuple[Settings | None, str]:
    stored = source.stored_settings()
    if len(stored) != 1:
        findings.add("journal.settings_wrong")
        return None, ""
    try:
        settings = read_settings(stored[0][0])
    except InputError as error:
        findings.add("journal.settings_changed", problem=error.part("what"))
        return None, ""
    genesis = genesis_hash(settings.algorithm, stored[0][0])
    if genesis.encode() != stored[0][1]:
        findings.add("journal.settings_changed", problem="genesis hash")
    return settings, genesis


def _check_anchor_of_journal(anchor: Anchor, settings: Settings, genesis: str, findings: _Findings) -> None:
    own = (settings.journal_id, settings.algorithm, genesis)
    if (anchor.journal_id, anchor.algorithm, anchor.genesis_hash) != own:
        findings.add("journal.anchor_foreign", None, anchor=anchor.journal_id, journal=settings.journal_id)


class _Walk:
    """The chain followed from entry to entry: what must come next, and what came."""

    def __init__(self, settings: Settings, genesis: str, findings: _Findings, anchors: Iterable[Anchor]) -> None:
        self.settings = settings
        self.findings = findings
        self.before = genesis
        self.last = 0
        self.entries = 0
        self.time: datetime | None = None
        self.anchors: dict[int, list[Anchor]] = {}
        for anchor in anchors:
            self.anchors.setdefault(anchor.sequence, []).append(anchor)
        self._check_anchors(0, genesis)

    def step(self, row: StoredRow) -> None:
        self.entries += 1
        self._check_place(row)
        sealed = self._checked_seal(row)
        self._check_body(row)
        self._check_anchors(row.sequence, sealed)
        self.before = sealed
        self.last = max(self.last, row.sequence)

    def finish(self) -> None:
        """Anchors not met: the entry they name is gone."""
        for sequence in sorted(self.anchors):
            self.findings.add("journal.entries_cut_off", sequence, last=self.last)

    def _check_place(self, row: StoredRow) -> None:
        expected = self.last + 1
        if row.sequence > expected:
            self.findings.add("journal.entries_missing", expected, first=expected, last=row.sequence - 1)
        elif row.sequence < expected:
            self.findings.add("journal.entry_inserted", row.sequence)
        elif row.previous_hash != self.before.encode():
            self.findings.add("journal.link_broken", row.sequence, before=row.sequence - 1)

    def _checked_seal(self, row: StoredRow) -> str:
        """The hash that this entry should carry, computed from what lies in it."""
        try:
            previous = row.previous_hash.decode("ascii")
        except UnicodeDecodeError:
            previous = ""
        if not HASH_PATTERN.match(previous) or not isinstance(row.body, bytes):
            self.findings.add("journal.entry_changed", row.sequence)
            return row.entry_hash.decode("ascii", "replace")
        sealed = entry_hash(self.settings.algorithm, previous, row.body)
        if sealed.encode() != row.entry_hash:
            self.findings.add("journal.entry_changed", row.sequence)
        return sealed

    def _check_body(self, row: StoredRow) -> None:
        try:
            body = read_body(row.body)
        except InputError as error:
            self.findings.add("journal.entry_unreadable", row.sequence, problem=error.part("what"))
            return
        if body["sequence"] != row.sequence:
            self.findings.add("journal.sequence_other", row.sequence, body=body["sequence"])
        if body["algorithm"] != self.settings.algorithm:
            self.findings.add("journal.entry_algorithm", row.sequence, algorithm=body["algorithm"])
        self._check_copies(row, body)
        if self.time is not None and body["time"] < self.time:
            self.findings.add("journal.time_backwards", row.sequence)
        self.time = body["time"]

    def _check_copies(self, row: StoredRow, body: Mapping[str, Value]) -> None:
        if row.copies is None:
            return
        for name, stored, right in zip(COPIES, row.copies, search_copies(body), strict=True):
            if stored != (None if right is None else right.encode()):
                self.findings.add("journal.copy_changed", row.sequence, column=name)

    def _check_anchors(self, sequence: int, sealed: str) -> None:
        for anchor in self.anchors.pop(sequence, ()):
            if anchor.entry_hash != sealed:
                self.findings.add("journal.anchor_differs", sequence or None)

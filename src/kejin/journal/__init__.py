"""What was decided, on what, by whom: append-only, hash-chained, replayable."""

from __future__ import annotations

from kejin.journal.chain import Anchor, Head, read_anchor, value_hash
from kejin.journal.entry import Entry, Record, RuleUse
from kejin.journal.export import ExportFile, keep_anchor
from kejin.journal.replay import Replayed, replay
from kejin.journal.store import Journal
from kejin.journal.verify import Finding, Verification, verify

__all__ = [
    "Anchor",
    "Entry",
    "ExportFile",
    "Finding",
    "Head",
    "Journal",
    "Record",
    "Replayed",
    "RuleUse",
    "Verification",
    "keep_anchor",
    "read_anchor",
    "replay",
    "value_hash",
    "verify",
]

"""What the rules say on a day: dated values with their source, looked up, never guessed."""

from __future__ import annotations

from kejin.policy.in_force import Anchors, Code, Confidence, Document, InForce, Names, PrefixMap
from kejin.policy.intervals import Band, Interval, band_of
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import Alternative, RuleBook

__all__ = [
    "Alternative",
    "Anchors",
    "Band",
    "Code",
    "Confidence",
    "Document",
    "InForce",
    "Interval",
    "Lookups",
    "Names",
    "PrefixMap",
    "RuleBook",
    "band_of",
]

"""The written form of IPC symbols, e.g. H04L 12/28 or a bare subclass H04L."""

from __future__ import annotations

# Section A-H, class, subclass, and if given main group and subgroup.
SUBCLASS = r"[A-H][0-9]{2}[A-Z]"
CANONICAL = rf"{SUBCLASS}( [0-9]{{1,4}}/[0-9]{{2,6}})?"
# As registers print it: any spaces before the group, and the version in brackets after it.
WRITTEN = rf"({SUBCLASS})\s*([0-9]{{1,4}}/[0-9]{{2,6}})?(\s*\([0-9]{{4}}(\.[0-9]{{2}})?\))?"
WRITTEN_LIST = rf"{WRITTEN}(\s*[;；]\s*{WRITTEN})*;?"
CANONICAL_LIST = rf"{CANONICAL}(; {CANONICAL})*"

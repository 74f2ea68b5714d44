"""In which WIPO technology field is a patent? The longest IPC prefix of a map decides.

The map is a rule value (technology_fields/ipc_prefix with its additions) and comes as an argument: prefix -> field.
A prefix is the beginning of a symbol without spaces: class `H10`, subclass `H04N`, main group with slash `H04N21/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import ibis

from kejin.errors import InputError
from kejin.facts.constant_table import constant_table

FIELDS = 35


def with_field(
    patents: ibis.Table, prefix_entries: Mapping[str, str], column: str = "ipc_main", name: str = "field"
) -> ibis.Table:
    """The table with the WIPO field of each patent.

    prefix_entries  IPC prefix -> field number 1..35 as text (a CodeMap's entries).
    column          the IPC symbol (or CPC symbol of the same form); spaces and small letters do not matter.
    Returns         the table and the column `name`: int64, 1..35; missing where the symbol is missing or unknown.
    Raises          evaluation.field_map_wrong where the map is empty, or holds no field number or no prefix.
    """
    fields = {_clean(prefix): _field(prefix, value) for prefix, value in prefix_entries.items()}
    if not fields:
        raise InputError("evaluation.field_map_wrong", entry="(none)")
    symbols = patents.filter(patents[column].notnull()).select(column).distinct()
    symbols = symbols.mutate(clean_symbol=_normalised(symbols[column]))
    known = with_longest_prefix(symbols, "clean_symbol", tuple(fields), "prefix_found")
    entries = constant_table({"prefix_found": "string", name: "int64"}, sorted(fields.items()))
    by_symbol = known.join(entries, "prefix_found").select(column, name)
    return patents.left_join(by_symbol, column).drop(f"{column}_right")


def with_longest_prefix(values: ibis.Table, column: str, prefixes: tuple[str, ...], name: str) -> ibis.Table:
    """The table with the longest of the prefixes that the text of a column begins with; missing where none fits.

    Meant for a small table (distinct symbols, distinct industries): it joins once a length of prefix.
    """
    found: list[Any] = []
    table = values
    for length in sorted({len(prefix) for prefix in prefixes}, reverse=True):
        of_length = sorted(prefix for prefix in prefixes if len(prefix) == length)
        label = f"prefix_of_{length}"
        entries = constant_table({label: "string"}, ([prefix] for prefix in of_length))
        start = table[column].substr(0, length)
        table = table.left_join(entries, start == entries[label])
        found.append(label)
    return table.mutate(**{name: ibis.coalesce(*(table[label] for label in found))}).drop(*found)


def _normalised(symbol: Any) -> Any:
    """A symbol in capitals without spaces; a main group without its slash gets one, so that H04N2 is not H04N21."""
    clean = symbol.upper().replace(" ", "")
    return ibis.ifelse((clean.length() > 4) & ~clean.contains("/"), clean.concat("/"), clean)


def _clean(prefix: str) -> str:
    clean = prefix.upper().replace(" ", "")
    if not re.fullmatch(r"[A-Z][A-Z0-9]*[0-9/]?[0-9]*", clean):
        raise InputError("evaluation.field_map_wrong", entry=repr(prefix))
    return clean


def _field(prefix: str, value: str) -> int:
    text = str(value)
    if not text.isdecimal() or not 1 <= int(text) <= FIELDS:
        raise InputError("evaluation.field_map_wrong", entry=f"{prefix!r}: {text!r}")
    return int(text)

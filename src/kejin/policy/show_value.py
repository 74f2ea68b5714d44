"""How is a rule value written for a reader? Short lines, the same on pages and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kejin.policy.in_force import Anchors, Code, InForce, Names
from kejin.policy.intervals import Band
from kejin.policy.rule_files import RuleFile, typed_value

_GROUPED_UNITS = ("CNY",)
_UNIT_WORDS: dict[str, Names] = {
    "CNY": Names("元", "CNY"),
    "ratio": Names("", ""),
    "points": Names("分", "points"),
    "person": Names("人", "persons"),
    "year": Names("年", "years"),
    "month": Names("个月", "months"),
    "day": Names("天", "days"),
    "count": Names("项", ""),
    "rank": Names("名", ""),
    "level": Names("级", ""),
    "weight": Names("", ""),
    "code": Names("", ""),
    "text": Names("", ""),
    "count_per_year": Names("项/年", "a year"),
    "person_month": Names("人月", "person-months"),
}


def unit_word(unit: str, lang: str) -> str:
    """A unit in words; empty where the figure needs none."""
    return _UNIT_WORDS[unit].of(lang)


def value_lines(rule: RuleFile, raw: Any, lang: str | None = None) -> list[str]:
    """The value of a dated entry of a rule file, one line an entry; in both languages where none is given."""
    return lines_of(typed_value(rule, raw), rule.unit, next((k.unit for k in rule.keys.values()), None), lang)


def answer_lines(found: InForce, lang: str | None = None) -> list[str]:
    """The value of a look-up, one line an entry."""
    return lines_of(found.value, found.unit, found.key_unit, lang)


def lines_of(value: Any, unit: str, key_unit: str | None, lang: str | None = None) -> list[str]:
    """A typed rule value, one line an entry; every digit is shown, amounts with thousands separated."""
    if isinstance(value, Decimal):
        word = unit if lang is None else _UNIT_WORDS[unit].of(lang)
        return [f"{figure_text(value, unit)} {word}".strip()]
    if isinstance(value, tuple):
        return [_entry_text(one, unit, key_unit, lang) for one in value]
    if isinstance(value, Mapping):
        return _mapping_lines(value, unit)
    return [str(value)]


def figure_text(figure: Decimal, unit: str) -> str:
    """A figure in its unit, without loss."""
    return f"{figure:,}" if unit in _GROUPED_UNITS else str(figure)


def _entry_text(one: Band | Code, unit: str, key_unit: str | None, lang: str | None) -> str:
    if isinstance(one, Code):
        names = f"{one.names.zh} · {one.names.en}" if lang is None else one.names.of(lang)
        return f"{one.code} {names}"
    low, high = figure_text(one.points_low, unit), figure_text(one.points_high, unit)
    points = low if low == high else f"{low}–{high}"
    interval = one.interval
    if key_unit in _GROUPED_UNITS:
        bounds = ["" if bound is None else f"{bound:,}" for bound in (interval.lower, interval.upper)]
        return f"{str(interval)[0]}{bounds[0]}; {bounds[1]}{str(interval)[-1]} → {points}"
    return f"{interval} → {points}"


def _mapping_lines(value: Mapping[str, Any], unit: str) -> list[str]:
    lines: list[str] = []
    backwards: dict[str, list[str]] = {}
    for key, one in value.items():
        if isinstance(one, Anchors):
            full = "missing" if one.full is None else figure_text(one.full, unit)
            lines.append(f"{key}: {figure_text(one.floor, unit)} … {full}")
        elif isinstance(one, Mapping):
            cells = ", ".join(f"{column} {cell}" for column, cell in one.items())
            lines.append(f"{key}: {cells}")
        else:
            backwards.setdefault(str(one), []).append(key)
    return lines + [f"{result}: {' '.join(keys)}" for result, keys in backwards.items()]

"""How is a part of a profile written for a reader? Values, thresholds, marks and citations as short texts.

Shared by the terminal, the pages and JSON, so that a figure reads the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache

from kejin.app.formula_text import formula_text
from kejin.dates import OPEN
from kejin.errors import InputError
from kejin.evaluation.inputs import input_of
from kejin.evaluation.profile import Profile
from kejin.facts.tables import ALL_TABLES
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import Citation
from kejin.schemes.explain import Answer, Line
from kejin.schemes.expressions import Both, Column, Either, Expression
from kejin.schemes.scheme import Input, Label, step
from kejin.units import value_text

MARKS = {True: "✓", False: "✗", None: "?"}
VERDICTS = {
    "yes": Label("符合", "Qualifies"),
    "no": Label("不符合", "Does not qualify"),
    "open": Label("待定", "Open"),
    "score": Label("评分", "Score"),
}
STAGES = {1.0: Label("初创期", "Start-up"), 2.0: Label("成长期", "Growth"), 3.0: Label("成熟期", "Mature")}
CONFIDENCES = {
    "text_seen": Label("已见原文", "text seen"),
    "secondary": Label("据转述", "secondary"),
    "unverified": Label("未核实", "unverified"),
}
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
_SYNTHETIC = "synthetic"  # how the rows of a synthetic city begin their source


def verdict_of(answer: Answer) -> str:
    """Which of VERDICTS a scheme gives: yes, no, open, or a score without an answer."""
    if answer.kind == "score":
        return "score"
    return {True: "yes", False: "no", None: "open"}[answer.qualifies]


def is_synthetic(profile: Profile) -> bool:
    """Do the facts come from a synthetic city?"""
    return any(row.source.startswith(_SYNTHETIC) for row in profile.sources)


def stage_text(answer: Answer | None, lang: str) -> str:
    """The stage by name; missing where it could not be told."""
    label = None if answer is None or answer.stage_code is None else STAGES.get(answer.stage_code)
    return value_text(None if label is None else label.of(lang), "text", lang)


def shown_value(value: object, unit: str, lang: str, table: str = "") -> str:
    """A value as text; a name in the language, a code of the table by its name."""
    if isinstance(value, Label):
        return value.of(lang)
    if value == "none":
        return "无" if lang == "zh" else "none"
    if isinstance(value, str):
        named = _codes(table).get(value)
        return value if named is None else named.of(lang)
    if unit == "flag" and isinstance(value, float) and not math.isnan(value):
        value = bool(value)
    return value_text(value, unit, lang)


def line_value(line: Line, lang: str) -> str:
    """What is compared; a yes/no gate shows its answer, an item with several measures nothing."""
    if line.value is None and line.kind == "gate" and line.threshold is None and line.unit == "flag":
        return value_text(line.passes, "flag", lang)
    if line.value is None and line.kind == "item" and line.formula is None:
        return ""
    return shown_value(line.value, line.unit, lang, table_of(line.reads[0]) if len(line.reads) == 1 else "")


def line_needed(line: Line, lang: str) -> str:
    """The edge with its sign; empty where there is none."""
    if line.threshold is None:
        return ""
    return f"{_SIGNS[line.comparison]} {value_text(line.threshold, line.unit, lang)}"


def points_text(line: Line) -> str:
    """Points of an item: what is reached, as an interval where it is open, of how many."""
    if line.points_low is None or line.points_high is None:
        return ""
    reached = span_text(line.points_low, line.points_high)
    return reached if line.maximum is None else f"{reached} / {line.maximum:g}"


def span_text(low: float, high: float) -> str:
    """An interval, or one number where both ends are the same."""
    return f"{low:.4g}" if low == high else f"{low:.4g}–{high:.4g}"


def table_of(name: str) -> str:
    """The tables that an input comes from; empty for an unknown one."""
    entry = _input(name)
    return "" if entry is None else entry.table


def table_label(table: str, lang: str) -> str:
    """The tables of an input by their names."""
    parts = [part.strip() for part in table.split(",")]
    if lang == "zh":
        return "、".join(ALL_TABLES[part].zh for part in parts if part in ALL_TABLES)
    return ", ".join(part.replace("_", " ") for part in parts)


def input_label(name: str, lang: str) -> str:
    """The label of an input column; its name where it has none."""
    entry = _input(name)
    return name if entry is None else entry.label.of(lang)


def input_value(name: str, value: object, lang: str) -> str:
    """The value of an input column as text."""
    entry = _input(name)
    return shown_value(value, "text" if entry is None else entry.unit, lang, "" if entry is None else entry.table)


def document_text(document: str, lang: str) -> str:
    """A document by title and number; its code where it is an institution's own."""
    try:
        found = RuleBook.shipped().document(document)
    except InputError:
        return document
    title = f"《{found.title.zh}》" if lang == "zh" else found.title.en
    return " ".join(filter(None, (title, found.number)))


def rule_title(rule: str, lang: str) -> str:
    """A rule by its title; its name where it is an institution's own."""
    try:
        return RuleBook.shipped().rule(rule).title.names().of(lang)
    except InputError:
        return rule


@cache
def cite_text(cite: Citation, lang: str) -> str:
    """Document, article and words as printed; says so where nobody has checked them against the document."""
    printed = f"：“{cite.printed}”" if lang == "zh" else f": “{cite.printed}”"
    text = f"{document_text(cite.document, lang)} {cite.article}{printed}"
    if cite.verified:
        return text
    sure = CONFIDENCES["unverified"].of(lang)
    return f"{text}（{sure}）" if lang == "zh" else f"{text} ({sure})"


def span_of(cite: Citation, lang: str) -> str:
    """The days from and until which a rule's value holds."""
    last = {"zh": "至今", "en": "open"}[lang] if cite.in_force_until == OPEN else str(cite.in_force_until)
    return f"{cite.in_force_from} – {last}"


def line_formula(line: Line, lang: str, names: Mapping[str, str]) -> str:
    """How a line's value is made, in words; empty where it is a mere input or has no value of its own.

    names   the scheme's step_names.
    """
    if line.formula is None or (isinstance(line.formula, Column) and line.formula.name in line.reads):
        return ""
    return formula_text(line.formula, lang, names.get)


def logic_text(answer: Answer, lang: str) -> str:
    """How the answer follows from the gates, in words."""
    if answer.logic is None or answer.kind != "answer":
        return ""
    if (answer.logic, lang) not in _logics:  # one a scheme and language, the same for every company
        names = {name: f"「{label}」" for name, label in step_names(answer, lang).items()}
        _logics[answer.logic, lang] = formula_text(answer.logic, lang, names.get)
    return _logics[answer.logic, lang]


_logics: dict[tuple[Expression, str], str] = {}


def step_names(answer: Answer, lang: str) -> dict[str, str]:
    """The scheme's steps by the labels of its lines."""
    ends = {"low": ("得分（最低）", "points (lowest)"), "high": ("得分（最高）", "points (highest)")}
    names = {}
    for end, words in ends.items():
        word = words[0] if lang == "zh" else words[1]
        names[step(answer.scheme, "score", end)] = f"总{word}" if lang == "zh" else f"all {word}"
        for line in answer.lines:
            label = line.label.of(lang)
            names[step(answer.scheme, line.name, end)] = f"{label}{word}" if lang == "zh" else f"{label}, {word}"
    names.update({step(answer.scheme, line.name): line.label.of(lang) for line in answer.lines if line.kind == "gate"})
    return names


def needed_gates(answer: Answer) -> frozenset[str]:
    """The gates without which there is no yes; the others are ways among several, or only shown."""
    found = frozenset() if answer.logic is None else _needed(answer.logic)
    return frozenset(line.name for line in answer.lines if step(answer.scheme, line.name) in found)


@lru_cache(maxsize=256)
def _needed(logic: Expression) -> frozenset[str]:
    match logic:
        case Column(name=name):
            return frozenset({name})
        case Both(left=left, right=right):
            return _needed(left) | _needed(right)
        case Either(left=left, right=right):
            return _needed(left) & _needed(right)
        case _:
            return frozenset()


@cache
def _input(name: str) -> Input | None:
    try:
        return input_of(name)
    except KeyError:
        return None


@cache
def _codes(tables: str) -> dict[str, Label]:
    """Codes of the tables' columns by their names."""
    found: dict[str, Label] = {}
    for part in tables.split(","):
        table = ALL_TABLES.get(part.strip())
        for column in () if table is None else table.columns:
            found |= {choice.code: Label(choice.zh, choice.en) for choice in column.choices or ()}
    return found

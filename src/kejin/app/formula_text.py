"""How is a figure made? A formula of a scheme in words: inputs by their labels, signs as on paper."""

from __future__ import annotations

from collections.abc import Callable

from kejin.evaluation.inputs import input_of
from kejin.schemes.expressions import (
    Arithmetic,
    Banded,
    Begins,
    Both,
    Column,
    Compare,
    Constant,
    Either,
    Expression,
    If,
    IsMissing,
    Not,
    OneOf,
    OrElse,
    Root,
)

LETTERS_MAX = 600  # a longer formula is cut; the scheme's page has the whole
CODES_SHOWN = 8
_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷", ">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "="}
_WORDS = {
    "zh": {
        "and": " 且 ",
        "or": " 或 ",
        "not": "非 {}",
        "missing": "{} 缺失",
        "unknown": "缺失",
        "or_else": "{}（缺失时取 {}）",
        "if": "若 {} 则 {}，否则 {}",
        "smaller": "取小（{}，{}）",
        "larger": "取大（{}，{}）",
        "banded": "分段取值（{}）",
        "begins": "{} 以 {} 开头",
        "one_of": "{} 属于 {}",
        "yes": "是",
        "no": "否",
    },
    "en": {
        "and": " and ",
        "or": " or ",
        "not": "not {}",
        "missing": "{} is missing",
        "unknown": "missing",
        "or_else": "{} (where missing: {})",
        "if": "if {} then {}, otherwise {}",
        "smaller": "the smaller of ({}, {})",
        "larger": "the larger of ({}, {})",
        "banded": "by bands ({})",
        "begins": "{} begins with {}",
        "one_of": "{} among {}",
        "yes": "yes",
        "no": "no",
    },
}
_ATOM, _TIMES, _PLUS, _COMPARED, _AND, _OR, _SENTENCE = range(7)  # how tightly a part holds together
Name = Callable[[str], str | None]


def formula_text(expression: Expression, lang: str, named: Name | None = None) -> str:
    """The formula as a reader writes it.

    named   the label of a step of the scheme (a gate, an item); inputs are named by their own labels.
    """
    text, _ = _said(expression, "zh" if lang == "zh" else "en", named or _nothing)
    return text if len(text) <= LETTERS_MAX else text[:LETTERS_MAX] + "…"


def _nothing(_: str) -> None:
    return None


def _said(node: Expression, lang: str, named: Name) -> tuple[str, int]:
    words = _WORDS[lang]

    def part(child: Expression, inside: int) -> str:
        text, holds = _said(child, lang, named)
        return text if holds <= inside else f"({text})"

    match node:
        case Column(name=name):
            return named(name) or _input_label(name, lang), _ATOM
        case Constant(value=value):
            return _constant(value, words), _ATOM
        case Arithmetic(operator="*" | "/", left=left, right=right):
            return f"{part(left, _TIMES)} {_SIGNS[node.operator]} {part(right, _ATOM)}", _TIMES
        case Arithmetic(left=left, right=right):
            return f"{part(left, _PLUS)} {_SIGNS[node.operator]} {part(right, _TIMES)}", _PLUS
        case Compare(left=left, right=right):
            return f"{part(left, _PLUS)} {_SIGNS[node.operator]} {part(right, _PLUS)}", _COMPARED
        case Both(left=left, right=right):
            return part(left, _AND) + words["and"] + part(right, _AND), _AND
        case Either(left=left, right=right):
            return part(left, _OR) + words["or"] + part(right, _OR), _OR
        case Not(value=value):
            return words["not"].format(part(value, _ATOM)), _COMPARED
        case If():
            return _choice(node, words, part)
        case _:
            return _others(node, words, part)


def _choice(node: If, words: dict[str, str], part: Callable[[Expression, int], str]) -> tuple[str, int]:
    """A choice; where it only takes the smaller or larger of two, that is said instead."""
    condition = node.condition
    if isinstance(condition, Compare) and condition.left is node.then and condition.right is node.otherwise:
        word = {"<=": "smaller", ">=": "larger"}.get(condition.operator)
        if word is not None:
            return words[word].format(part(node.then, _OR), part(node.otherwise, _OR)), _ATOM
    shown = [part(child, _OR) for child in node.children()]
    return words["if"].format(*shown), _SENTENCE


def _others(node: Expression, words: dict[str, str], part: Callable[[Expression, int], str]) -> tuple[str, int]:
    match node:
        case OneOf(value=value, codes=codes):
            return words["one_of"].format(part(value, _ATOM), _codes(codes)), _COMPARED
        case Begins(value=value, prefixes=prefixes):
            return words["begins"].format(part(value, _ATOM), _codes(prefixes)), _COMPARED
        case IsMissing(value=value):
            return words["missing"].format(part(value, _ATOM)), _COMPARED
        case OrElse(value=value, other=other):
            return words["or_else"].format(part(value, _ATOM), part(other, _ATOM)), _ATOM
        case Banded(value=value):
            return words["banded"].format(part(value, _OR)), _ATOM
        case Root(value=value):
            return f"√({part(value, _OR)})", _ATOM
        case _:
            raise AssertionError(f"no text form for {type(node).__name__}")


def _input_label(name: str, lang: str) -> str:
    try:
        return input_of(name).label.of(lang)
    except KeyError:  # a step of the scheme that has no label of its own
        return name.rpartition("__")[2] if "__" in name else name


def _constant(value: float | bool | str | None, words: dict[str, str]) -> str:
    if value is None:
        return words["unknown"]
    if isinstance(value, bool):
        return words["yes" if value else "no"]
    return value if isinstance(value, str) else f"{value:,.10g}"


def _codes(codes: tuple[str, ...]) -> str:
    shown = ", ".join(codes[:CODES_SHOWN]) + (", …" if len(codes) > CODES_SHOWN else "")
    return f"{{{shown}}}"

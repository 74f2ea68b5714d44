"""Does an exception apply to this company, loan or patent? Conditions on columns of facts, and nothing else.

    software_company == true and (industry_code in ["6510", "6513"] or starts_with(industry_code, "65"))

Comparisons, `in`, `not in`, `and`, `or`, `not`, `starts_with`, brackets; text and figures as literals. A missing fact
makes a comparison unknown, and an unknown condition is an error, not a no: missing is not false.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

Tree = tuple[Any, ...]
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_WORDS = {"true": True, "false": False}
_CHARACTERS_MAX = 500
_WITNESSES_MAX = 20_000


@dataclass(frozen=True)
class Condition:
    """A parsed condition. `tree` is nested tuples, for a compiler to another language:

    ("and" | "or", tree, ...), ("not", tree), (comparison, column, literal), ("starts_with", column, text);
    comparisons are == != < <= > >= in 'not in'; the literal of the last two is a tuple.
    """

    text: str
    tree: Tree

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of facts that it needs, in order of first use."""
        return tuple(dict.fromkeys(column for _, column, _ in _leaves(self.tree)))

    def holds(self, facts: Mapping[str, Any]) -> bool | None:
        """Yes, no, or None: a fact that would decide is missing. Raises TypeError for a fact of another type."""
        return _holds(self.tree, facts)


def parse_condition(text: str) -> Condition:
    """The condition that the text writes. Raises ValueError with the reason."""
    if len(text) > _CHARACTERS_MAX:
        raise ValueError(f"longer than {_CHARACTERS_MAX} characters")
    try:
        parsed = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError("not a condition such as: sales_cny > 50000000 and software_company == true") from error
    return Condition(text, _tree(parsed.body, text.strip()))


def _tree(node: ast.expr, text: str) -> Tree:
    if isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        return (word, *(_tree(part, text) for part in node.values))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ("not", _tree(node.operand, text))
    if isinstance(node, ast.Compare):
        if len(node.ops) != 1:
            raise ValueError("write 'a < b and b < c' for a chain of comparisons")
        sign = _COMPARISONS.get(type(node.ops[0]))
        if sign is None or not isinstance(node.left, ast.Name) or node.left.id in _WORDS:
            raise ValueError("a comparison has a column on its left, a sign, and a literal on its right")
        return (sign, node.left.id, _literal(node.comparators[0], text, many=sign in ("in", "not in")))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "starts_with":
        arguments = node.args
        if len(arguments) != 2 or node.keywords or not isinstance(arguments[0], ast.Name):
            raise ValueError("write starts_with(column, 'text')")
        beginning = _literal(arguments[1], text, many=False)
        if not isinstance(beginning, str):
            raise ValueError("starts_with compares text")
        return ("starts_with", arguments[0].id, beginning)
    raise ValueError(f"{ast.get_source_segment(text, node)!r} is not part of the language of conditions")


def _literal(node: ast.expr, text: str, *, many: bool) -> Any:
    if many:
        if not isinstance(node, (ast.List, ast.Tuple)) or not node.elts:
            raise ValueError("'in' needs a list such as ['a', 'b']")
        return tuple(_literal(part, text, many=False) for part in node.elts)
    if isinstance(node, ast.Name) and node.id in _WORDS:
        return _WORDS[node.id]
    written = ast.get_source_segment(text, node) or ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    bare = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    if isinstance(bare, ast.Constant) and type(bare.value) in (int, float):
        return Decimal(written.replace(" ", "").replace("_", ""))
    raise ValueError(f"{written!r} is not text, a figure, true or false")


def _leaves(tree: Tree) -> Iterator[Tree]:
    """The comparisons of a condition: (sign, column, literal)."""
    if tree[0] in ("and", "or", "not"):
        for part in tree[1:]:
            yield from _leaves(part)
    else:
        yield tree


def _holds(tree: Tree, facts: Mapping[str, Any]) -> bool | None:
    word = tree[0]
    if word == "not":
        inner = _holds(tree[1], facts)
        return None if inner is None else not inner
    if word in ("and", "or"):
        decides = bool(word == "or")
        found = [_holds(part, facts) for part in tree[1:]]
        if decides in found:
            return decides
        return None if None in found else not decides
    return _compare(word, tree[1], _plain(facts.get(tree[1])), tree[2])


def _plain(fact: Any) -> Any:
    """A fact as the language sees it; NaN is missing."""
    if fact is None or (isinstance(fact, (float, Decimal)) and fact != fact):  # noqa: PLR0124
        return None
    if isinstance(fact, (bool, str, Decimal)):
        return fact
    if isinstance(fact, date):
        return fact.isoformat()
    return Decimal(str(fact))


def _compare(sign: str, column: str, fact: Any, literal: Any) -> bool | None:
    if fact is None:
        return None
    wanted = literal if isinstance(literal, tuple) else (literal,)
    if any(type(one) is not type(fact) for one in wanted):
        raise TypeError(column)
    if sign in ("in", "not in"):
        return bool((fact in wanted) == (sign == "in"))
    if sign == "starts_with":
        return str(fact).startswith(literal)
    if sign in ("==", "!="):
        return bool((fact == literal) == (sign == "=="))
    if sign in ("<", "<="):
        return bool(fact < literal or (sign == "<=" and fact == literal))
    return bool(fact > literal or (sign == ">=" and fact == literal))


def both_hold(first: Condition, second: Condition) -> dict[str, Any] | None:
    """Facts under which both conditions hold at once, or None when there are none.

    Every literal that a column is compared with, the figures just beside it and a value apart are tried together, which
    decides the question for this language. Two conditions with too many columns count as clashing: {"...": "..."}.
    """
    choices: dict[str, list[Any]] = {}
    for condition in (first, second):
        for sign, column, literal in _leaves(condition.tree):
            for one in literal if isinstance(literal, tuple) else (literal,):
                choices.setdefault(column, []).extend(_near(sign, one))
    total = 1
    for column, values in choices.items():
        choices[column] = list(dict.fromkeys(values))
        total *= len(choices[column])
    if total > _WITNESSES_MAX:
        return {"...": "..."}
    for combination in itertools.product(*choices.values()):
        facts = dict(zip(choices, combination, strict=True))
        try:
            if first.holds(facts) and second.holds(facts):
                return facts
        except TypeError:  # the two conditions take the column for different types; this combination cannot exist
            continue
    return None


def _near(sign: str, literal: Any) -> tuple[Any, ...]:
    if isinstance(literal, bool):
        return (True, False)
    if isinstance(literal, Decimal):
        return (literal, literal - Decimal("0.000001"), literal + Decimal("0.000001"))
    if sign == "starts_with":
        return (literal, literal + "?", "?")
    return (literal, "", literal + "?", "?")

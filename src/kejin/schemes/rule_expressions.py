"""How does a scheme read a rule that differs by case, by code or by band? Rule values as expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kejin.rule_values import BandTable, CaseFigure, Figure, RowTable
from kejin.schemes.expressions import MISSING_NUMBER, Banded, Column, Expression, If, all_of, any_of, lift
from kejin.schemes.scheme import held


def in_case(case: CaseFigure, decide: Callable[[Figure], Expression]) -> Expression:
    """A yes/no over a number that differs by case; where the case is not known, yes if every case says yes."""

    def choose(cases: Sequence[tuple[tuple[Any, ...], Figure]]) -> Expression:
        if not cases:
            return decide(case.otherwise)
        (tree, figure), *rest = cases
        here, there, applies = decide(figure), choose(rest), condition(tree)
        return (applies & here) | (~applies & there) | (here & there)

    return choose(case.cases)


def number_in_case(case: CaseFigure) -> Expression:
    """The number that holds for the company; missing where its case is not known."""
    number: Expression = lift(case.otherwise.number)
    for tree, figure in reversed(case.cases):
        number = If(condition(tree), lift(figure.number), number)
    return number


def condition(tree: tuple[Any, ...]) -> Expression:
    """A rule's condition on columns of facts as an expression; the columns are inputs of the same name."""
    word, *parts = tree
    match word:
        case "and":
            return all_of(condition(part) for part in parts)
        case "or":
            return any_of(condition(part) for part in parts)
        case "not":
            return ~condition(parts[0])
        case "starts_with":
            return Column(parts[0]).begins_with([parts[1]])
        case "in" | "not in":
            found = any_of(_equals(Column(parts[0]), literal) for literal in parts[1])
            return found if word == "in" else ~found
        case "==":
            return _equals(Column(parts[0]), parts[1])
        case "!=":
            return ~_equals(Column(parts[0]), parts[1])
        case _:
            return held(Column(parts[0]), word, float(parts[1]))


def _equals(column: Column, literal: Any) -> Expression:
    if isinstance(literal, bool):
        return column if literal else ~column
    return column.one_of([literal]) if isinstance(literal, str) else column.equals(float(literal))


def coded_points(value: Column, table: RowTable, column: str = "points") -> Expression:
    """The points that a table gives for a code; missing for a missing or unknown code."""
    points: Expression = MISSING_NUMBER
    for code in sorted(table.rows, reverse=True):
        points = If(value.one_of([code]), lift(table.number(code, column)), points)
    return points


def bands_of(value: Expression, table: BandTable, scale: float = 1.0) -> Expression:
    """The number that a band table gives for a value, for tables that give one number a band."""
    steps = tuple((edge * scale, number, is_open) for edge, number, is_open in table.low_steps())
    return Banded(value, steps, float(table.below_low))

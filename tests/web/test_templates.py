"""Templates, read and not rendered: what would fail on a row that no test has."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import nodes

from kejin.app.web.render import TEMPLATES, environment


def unfinished_choices(text: str) -> list[int]:
    """Lines where a call is given `a if b` without `else`: undefined, not missing, where b is false."""
    tree = environment().parse(text)
    return [
        choice.lineno
        for call in tree.find_all(nodes.Call)
        for given in (*call.args, *(one.value for one in call.kwargs))
        for choice in (given, *given.find_all(nodes.CondExpr))
        if isinstance(choice, nodes.CondExpr) and choice.expr2 is None
    ]


@pytest.mark.parametrize("file", sorted(Path(TEMPLATES).glob("*.html")), ids=lambda file: file.name)
def test_a_choice_that_is_given_to_a_call_has_both_sides(file: Path) -> None:
    assert unfinished_choices(file.read_text("utf-8")) == []


def test_an_unfinished_choice_is_seen() -> None:
    assert unfinished_choices("{{ money(row.state.balance if row.state) }}\n{{ money(1 if x else none) }}") == [1]

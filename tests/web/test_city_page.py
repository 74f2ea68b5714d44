"""The city on a map: who sees what of small groups, and that the outline is whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise

from fastapi import FastAPI
from served_city import LogIn

from kejin.app.web.city_outline import outline
from kejin.app.web.city_view import suppressed


def _rows(*counts: int) -> list[dict[str, object]]:
    return [{"label": str(place), "count": count, "amount": 5, "loans": 1} for place, count in enumerate(counts)]


def test_small_groups_are_hidden_with_one_more_so_that_none_can_be_computed() -> None:
    found = suppressed(_rows(9, 2, 7, 0, 12), sees_all=False)
    assert [row["hidden"] for row in found] == [False, True, True, False, False]
    assert all(row["count"] is None and row["amount"] is None for row in found if row["hidden"])
    two = suppressed(_rows(9, 2, 1), sees_all=False)
    assert [row["hidden"] for row in two] == [False, True, True]
    assert not any(row["hidden"] for row in suppressed(_rows(9, 2, 7), sees_all=True))
    assert not any(row["hidden"] for row in suppressed(_rows(9, 3, 0), sees_all=False))


def test_the_page_hides_from_others_what_the_supervisor_sees(served_for_reading: FastAPI, log_in: LogIn) -> None:
    for name in ("supervisor", "officer", "company"):
        answer = log_in(served_for_reading, name).get("/city?lang=en")
        assert answer.status_code == 200
        assert ("fewer than 3 companies" in answer.text) == (name != "supervisor")
        assert "drawn by hand" in answer.text
        blocks = re.findall(r'type="application/json" id="map">(.*?)</script>', answer.text)
        data = json.loads(blocks[0])
        values = [one["value"] for one in data["option"]["series"][0]["data"]]
        assert values
        if name != "supervisor":
            assert all(value >= 3 or value == 0 for value in values)


def test_the_districts_of_the_outline_touch_and_do_not_leave_gaps() -> None:
    """Every edge belongs to one district (the city's border) or to two; the border is one closed line."""
    edges: Counter[frozenset[tuple[float, float]]] = Counter()
    for feature in outline({})["features"]:
        ring = [tuple(point) for point in feature["geometry"]["coordinates"][0]]
        assert ring[0] == ring[-1]
        edges.update(frozenset(pair) for pair in pairwise(ring))
    assert len(outline({})["features"]) == 10
    assert set(edges.values()) == {1, 2}
    border = [edge for edge, count in edges.items() if count == 1]
    ends = Counter(point for edge in border for point in edge)
    assert set(ends.values()) == {2}
    reached, left = {next(iter(border[0]))}, list(border)
    while moved := [edge for edge in left if edge & reached]:
        left = [edge for edge in left if not edge & reached]
        reached |= set().union(*moved)
    assert not left

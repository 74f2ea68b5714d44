"""Whose money is where: Clayton's Case, the haircut and the lowest intermediate balance as in the literature."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Bounds, Drawdowns, Rule

HERE = Path(__file__).parent
UNIT_FEN = 1_000_000
POOL = "balance"


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cases() -> list[tuple[str, str, str]]:
    return sorted({(one["case"], one["rule"], one["whose"]) for one in _rows("shares.csv")})


def traced(case: str, rule: Rule, whose: str) -> dict[str, float]:
    """Where the money of one party is in the end, in units; the mixed account is `balance`."""
    events = [one for one in _rows("events.csv") if one["case"] == case]
    names = [POOL, *(one["party"] for one in events)]
    place = {name: number for number, name in enumerate(names)}
    source = [place[one["party"]] if one["direction"] == "in" else 0 for one in events]
    target = [0 if one["direction"] == "in" else place[one["party"]] for one in events]
    fen = np.array([int(one["units"]) * UNIT_FEN for one in events], np.int64)
    opening = np.zeros(len(names), np.int64)
    for number, one in enumerate(events):
        if one["direction"] == "in":
            opening[place[one["party"]]] = fen[number]
    ledger = Ledger(
        np.array(source, np.int32), np.array(target, np.int32), fen, np.arange(len(events), dtype=np.int64), opening,
        np.ones(len(names), dtype=bool),
    )  # fmt: skip
    start = next(n for n, one in enumerate(events) if one["party"] == whose)
    drawdown = Drawdowns(np.array([start], np.int64), np.array([len(events)], np.int64))
    trace = MoneyFollower(ledger).trace(rule, drawdown, np.ones(len(names), dtype=bool), Bounds(8, 0))
    found: dict[str, float] = defaultdict(float)
    for row, kept in zip(trace.row.tolist(), trace.kept_fen.tolist(), strict=True):
        if kept:
            found[names[int(ledger.target[row])]] += kept / UNIT_FEN
    return dict(found)


def differs(case: str, rule: str, whose: str, shares: list[dict[str, str]]) -> bool:
    """Does the trace differ from the published shares by more than the tolerance of source.yaml?"""
    expected = {
        one["where"]: float(one["units"])
        for one in shares
        if (one["case"], one["rule"], one["whose"]) == (case, rule, whose)
    }
    found = traced(case, rule, whose)  # type: ignore[arg-type]
    tolerance = 3 / UNIT_FEN if rule == "pro_rata" else 1e-12
    if rule == "lowest_balance":  # the literature gives the claim on what is left only
        found = {place: units for place, units in found.items() if place in expected}
    return set(found) != set(expected) or any(abs(found[name] - expected[name]) > tolerance for name in expected)


@pytest.mark.parametrize(("case", "rule", "whose"), _cases(), ids=str)
def test_money_is_where_the_literature_has_it(case: str, rule: str, whose: str) -> None:
    assert not differs(case, rule, whose, _rows("shares.csv"))


def test_a_wrong_figure_is_noticed() -> None:
    shares = [one | {"units": "3.000001"} if one["case"] == "wallet" else one for one in _rows("shares.csv")]
    assert differs("wallet", "fifo", "stolen", shares)

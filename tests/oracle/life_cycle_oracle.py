"""Stage of the life cycle, derived a second time from the words of the provisional profile."""

from __future__ import annotations

from typing import Any

from specialised_sme_oracle import mean_rate
from three_values import WAN, Answer, Row, fen, number, reaches, result, stays_within, turned, yes_all, yes_any

EARLY_ROUNDS = {"seed", "angel", "pre_a", "a"}
GROWTH_ROUNDS = {"b", "c"}
LATE_ROUNDS = {"d_or_later", "pre_ipo", "ipo", "listed"}


def in_round(row: Row, rounds: set[str]) -> Answer:
    raised, latest = number(row, "equity_rounds"), row["latest_equity_round"]
    if raised is None:
        return None
    if raised == 0:
        return False
    return None if latest is None else latest in rounds


def gates_of(row: Row) -> dict[str, Answer]:
    age, sales = number(row, "age_years"), fen(row, "revenue")
    profits = [fen(row, "net_profit", back) for back in (0, 1)]
    rate = mean_rate(row, "revenue")
    return {
        "start_up_age": stays_within(age, 5),
        "start_up_revenue": stays_within(sales, 2000 * WAN),
        "start_up_round": yes_any(stays_within(number(row, "equity_rounds"), 0), in_round(row, EARLY_ROUNDS)),
        "listed": row["listed"],
        "growth_revenue": reaches(rate, "0.20"),
        "growth_round": in_round(row, GROWTH_ROUNDS),
        "mature_age": reaches(age, 10),
        "mature_profit": yes_all(*(None if profit is None else profit > 0 for profit in profits)),
        "mature_growth": stays_within(rate, "0.10"),
        "mature_round": in_round(row, LATE_ROUNDS),
    }


def stage_of(row: Row) -> int | None:
    gates = gates_of(row)
    early = yes_all(gates["start_up_age"], gates["start_up_revenue"], gates["start_up_round"], turned(gates["listed"]))
    settled = yes_all(gates["mature_age"], gates["mature_profit"], gates["mature_growth"])
    late = yes_any(gates["listed"], gates["mature_round"], settled)
    if early is None:
        return None
    if early:
        return 1
    return None if late is None else 3 if late else 2


def life_cycle(row: Row) -> dict[str, Any]:
    return result(gates_of(row), None) | {"stage_code": stage_of(row)}

"""A sharing contract, worked out a second time with Python's whole numbers and fractions: slow, plain, by the
contract's words.

A contract is a list of dictionaries in contract order: bearer, ratio (Fraction), basis, and the bounds that it has.
Events are (day, kind, loan, fen).
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

Share = dict[str, Any]
Event = tuple[int, str, int, int]


def dues(shares: list[Share], loss: int, overdue: int) -> list[int]:
    """What each owes on one loan, from that loan alone."""
    owed: list[int] = []
    for share in shares:
        left = loss - sum(owed)
        base = (left if share.get("basis") == "rest" else loss) - share.get("deductible", 0)
        due = floor(share["ratio"] * base) if base > 0 and overdue >= share.get("overdue_min", 0) else 0
        if share.get("loan_max") is not None:
            due = min(due, share["loan_max"])
        owed.append(min(due, left))
    return owed


def split(amount: int, parts: list[int]) -> list[int]:
    """An amount over parts, one after the other by what is left, rounded down; the last takes the remainder."""
    given = []
    for number, part in enumerate(parts):
        whole = sum(parts[number:])
        share = 0 if whole == 0 else amount if whole == part else floor(Fraction(amount * part, whole))
        given.append(share)
        amount -= share
    return given


def settle(
    shares: list[Share], recovery: str, loans: list[tuple[int, int]], events: list[Event]
) -> tuple[list[list[int]], dict[int, int], dict[int, int]]:
    """Flows by event (keeper last), days of warning and of stop by number of the share.

    loans   (days overdue at the claim, day granted).
    """
    bears = {loan: [0] * (len(shares) + 1) for loan in range(len(loans))}
    due_so_far, paid = [0] * len(shares), [0] * len(shares)
    warned: dict[int, int] = {}
    stopped: dict[int, int] = {}
    flows = []
    for day, kind, loan, fen in events:
        overdue, granted = loans[loan]
        flow = [0] * (len(shares) + 1)
        if kind == "claim":
            for k, due in enumerate(dues(shares, fen, overdue)):
                if k in stopped and granted > stopped[k]:
                    continue
                first = shares[k].get("first_loss", 0)
                before, after = max(due_so_far[k] - first, 0), max(due_so_far[k] + due - first, 0)
                due_so_far[k] += due
                pays = after - before
                if shares[k].get("total_max") is not None:
                    pays = min(pays, shares[k]["total_max"] - paid[k])
                paid[k] += pays
                flow[k] = pays
                for level, reached in (("warning", warned), ("stop", stopped)):
                    if shares[k].get(level) is not None and paid[k] >= shares[k][level] and k not in reached:
                        reached[k] = day
            flow[-1] = fen - sum(flow)
        elif kind == "recovery":
            open_now = bears[loan]
            if recovery == "keeper_first":
                keeper = min(fen, open_now[-1])
            elif recovery == "keeper_last":
                keeper = max(fen - sum(open_now[:-1]), 0)
            else:
                keeper = None
            back = split(fen, open_now) if keeper is None else [*split(fen - keeper, open_now[:-1]), keeper]
            flow = [-part for part in back]
        else:
            back = split(fen, bears[loan])[:-1]
            flow = [*(-part for part in back), sum(back)]
            paid = [before - part for before, part in zip(paid, back, strict=True)]
        bears[loan] = [old + new for old, new in zip(bears[loan], flow, strict=True)]
        flows.append(flow)
    return flows, warned, stopped

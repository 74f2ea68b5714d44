"""What does one event do to the bearers' books? The loops of a sharing contract, compiled, on whole fen."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kejin.sharing.contract import BILLION

Whole = NDArray[np.int64]
CLAIM, RECOVERY, REFUND = 0, 1, 2
REPEATED, NOT_CLAIMED, GIVEN_BACK_TWICE = 1, 2, 3
# Columns of the bounds of a share.
ON_REST, DEDUCTIBLE, LOAN_MAX, FIRST_LOSS, TOTAL_MAX, OVERDUE_MIN, WARNING, STOP = range(8)
KEEPER_FIRST, KEEPER_LAST = 1, 2
SMALL = 3_000_000_000  # a product of two such amounts stays inside 64 bits


@njit(cache=True)  # type: ignore[untyped-decorator]
def part_of(fen: int, ratio: int) -> int:
    """Ratio in billionths times an amount, rounded down, without leaving 64 bits."""
    return (fen // BILLION) * ratio + (fen % BILLION) * ratio // BILLION


@njit(cache=True)  # type: ignore[untyped-decorator]
def proportion(fen: int, part: int, whole: int) -> int:
    """Amount * part / whole, rounded down, for amount <= whole, by doubling: no product leaves 64 bits."""
    if fen < SMALL and part < SMALL:
        return fen * part // whole
    quotient, rest = 0, 0
    for bit in range(62, -1, -1):
        quotient *= 2
        rest *= 2
        if rest >= whole:
            rest -= whole
            quotient += 1
        if (part >> bit) & 1:
            rest += fen
            if rest >= whole:
                rest -= whole
                quotient += 1
    return quotient


@njit(cache=True)  # type: ignore[untyped-decorator]
def dues_of(loss: int, overdue: int, ratios: Whole, bounds: Whole, due: Whole) -> None:
    """Fills in what each share owes on one loan, from that loan alone."""
    taken = 0
    for k in range(bounds.shape[0]):
        due[k] = 0
        if overdue < bounds[k, OVERDUE_MIN]:
            continue
        base = loss - taken if bounds[k, ON_REST] else loss
        base -= bounds[k, DEDUCTIBLE]
        if base <= 0:
            continue
        due[k] = min(part_of(base, ratios[k]), bounds[k, LOAN_MAX], loss - taken)
        taken += due[k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def give_back(amount: int, open_fen: Whole, order: int, back: Whole) -> None:
    """Splits an amount over those who still bear something; the last column is the keeper's."""
    count = open_fen.shape[0]
    keeper = count - 1
    back[:] = 0
    whole, left = 0, amount
    for k in range(count):
        whole += open_fen[k]
    if order == KEEPER_FIRST:
        back[keeper] = min(left, open_fen[keeper])
    elif order == KEEPER_LAST:
        back[keeper] = max(left - (whole - open_fen[keeper]), 0)
    if order in (KEEPER_FIRST, KEEPER_LAST):
        left -= back[keeper]
        whole -= open_fen[keeper]
        count -= 1
    for k in range(count):
        if left <= 0:
            break
        part = left if whole == open_fen[k] else proportion(left, open_fen[k], whole)
        back[k] += part
        left -= part
        whole -= open_fen[k]


@njit(cache=True)  # type: ignore[untyped-decorator]
def pay_claim(
    amount: int,
    day: int,
    granted: int,
    due: Whole,
    bounds: Whole,
    dues: Whole,
    paid: Whole,
    reached: Whole,
    flow: Whole,
    open_fen: Whole,
) -> None:
    """Pays one claim from the dues of its loan; fills in the event's flow and what each bears of the loan."""
    shares, left = bounds.shape[0], amount
    for k in range(shares):
        if granted > reached[1, k]:
            continue  # granted after the bearer stopped
        dues[k] += due[k]
        wanted = min(max(dues[k] - bounds[k, FIRST_LOSS], 0), due[k])
        pays = min(wanted, bounds[k, TOTAL_MAX] - paid[k])
        if pays < wanted:
            reached[2, k] = min(reached[2, k], day)
        paid[k] += pays
        if paid[k] >= bounds[k, WARNING]:
            reached[0, k] = min(reached[0, k], day)
        if paid[k] >= bounds[k, STOP]:
            reached[1, k] = min(reached[1, k], day)
        flow[k] = pays
        open_fen[k] = pays
        left -= pays
    flow[shares] = left
    open_fen[shares] = left


@njit(cache=True)  # type: ignore[untyped-decorator]
def return_money(amount: int, kind: int, order: int, paid: Whole, back: Whole, flow: Whole, open_fen: Whole) -> None:
    """Gives money back on one loan; a refund comes from the keeper, a recovery from outside."""
    keeper = open_fen.shape[0] - 1
    give_back(amount, open_fen, order if kind == RECOVERY else 0, back)
    for k in range(keeper):
        flow[k] = -back[k]
        open_fen[k] -= back[k]
        if kind == REFUND:
            flow[keeper] += back[k]
            open_fen[keeper] += back[k]
            paid[k] -= back[k]
    if kind == RECOVERY:
        flow[keeper] = -back[keeper]
        open_fen[keeper] -= back[keeper]


@njit(cache=True)  # type: ignore[untyped-decorator]
def settle(
    loan: Whole,
    kind: Whole,
    fen: Whole,
    day: Whole,
    class_number: Whole,
    overdue_days: Whole,
    granted_day: Whole,
    ratios: Whole,
    bounds: Whole,
    order: int,
    flows: Whole,
    reached: Whole,
) -> tuple[int, int]:
    """Fills in the flows of all events and the days on which levels were reached; (problem, event) or (0, 0)."""
    shares, count = bounds.shape[0], class_number.shape[0]
    open_fen = np.zeros((count, shares + 1), np.int64)
    claimed = np.zeros(count, np.bool_)
    dues, paid = np.zeros(shares, np.int64), np.zeros(shares, np.int64)
    due, back = np.zeros(shares, np.int64), np.zeros(shares + 1, np.int64)
    for event in range(loan.shape[0]):
        i, amount = loan[event], fen[event]
        if kind[event] == CLAIM:
            if claimed[i]:
                return REPEATED, event
            claimed[i] = True
            dues_of(amount, overdue_days[i], ratios[:, class_number[i]], bounds, due)
            pay_claim(amount, day[event], granted_day[i], due, bounds, dues, paid, reached, flows[event], open_fen[i])
            continue
        if not claimed[i]:
            return NOT_CLAIMED, event
        if amount > open_fen[i].sum():
            return GIVEN_BACK_TWICE, event
        return_money(amount, kind[event], order, paid, back, flows[event], open_fen[i])
    return 0, 0

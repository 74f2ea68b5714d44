"""Loan first, in proportion, own money first: where does each loan's money go when an account is one pool?

Three rules that share one way of working. Of an account only two sums matter: how much of it is the loan's, and the
balance. A payment carries of the loan's money
  loan_first      as much as there is: no rule can show more leaving the account;
  pro_rata        its share, in whole fen, rounded down; the rest of a fen stays (Re Hallett's pool, the `haircut`);
  lowest_balance  only what own money could not pay: the lowest intermediate balance (Roscoe v Winder, 1915).
Each loan is followed alone, payments in order of time, from the accounts that hold any of its money.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numba import njit

from kejin.monitoring.arrays import Flags, Ints32
from kejin.monitoring.balance_index import BalanceIndex
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.run_kernel import run_over
from kejin.monitoring.trace import ENDED, HELD, HOP_LIMIT, Bounds, Drawdowns, Steps, Trace, write_step

MixedRule = Literal["loan_first", "pro_rata", "lowest_balance"]
_NUMBERS: dict[MixedRule, int] = {"loan_first": 0, "pro_rata": 1, "lowest_balance": 2}


def trace_mixed(
    ledger: Ledger,
    index: BalanceIndex,
    following: Ints32,
    drawdowns: Drawdowns,
    follows: Flags,
    bounds: Bounds,
    rule: MixedRule,
) -> Trace:
    """Every drawdown traced under one of the three rules; `following` comes from next_payments.

    An account's hop is that of the first money that reached it.
    """

    def run(first: int, last: int, steps: Steps) -> tuple[int, int]:
        slots = np.full(len(ledger.opening_fen), -1, np.int32)
        done, used = _mixed(
            drawdowns.row, drawdowns.row_end, first, last, ledger.source, ledger.target, ledger.fen,
            index.source_after, index.first_out, following,
            follows, bounds.hops_max, bounds.dust_fen, _NUMBERS[rule], slots, steps.numbers, steps.sums,
        )  # fmt: skip
        return int(done), int(used)

    return run_over(len(drawdowns.row), run)


@njit(cache=True, nogil=True)
def _share(part, payment, balance):  # type: ignore[no-untyped-def]
    """floor(part * payment / balance) for 0 <= part <= balance, exact though the product may not fit 64 bits.

    The remainder is small, so it is right even where product and quotient wrap around.
    """
    quotient = np.int64(np.float64(part) * (np.float64(payment) / np.float64(balance)))
    rest = part * payment - quotient * balance
    while rest < 0:
        quotient -= 1
        rest += balance
    while rest >= balance:
        quotient += 1
        rest -= balance
    return quotient


@njit(cache=True, nogil=True)
def _carried(rule, held, payment, raw_after):  # type: ignore[no-untyped-def]
    if rule == 0:
        return min(held, payment)
    if rule == 2:
        return held - min(held, max(raw_after, 0))
    balance = raw_after + payment
    return held if raw_after <= 0 else _share(held, payment, balance)


@njit(cache=True, nogil=True)
def _push(heap, size, row):  # type: ignore[no-untyped-def]
    at = size
    heap[at] = row
    while at > 0 and heap[(at - 1) // 2] > heap[at]:
        heap[at], heap[(at - 1) // 2] = heap[(at - 1) // 2], heap[at]
        at = (at - 1) // 2
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap, size):  # type: ignore[no-untyped-def]
    size -= 1
    heap[0] = heap[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return size
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[at] <= heap[child]:
            return size
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@njit(cache=True, nogil=True)
def _forget(slots, target, numbers, begin, used):  # type: ignore[no-untyped-def]
    for step in range(begin, used):
        slots[target[numbers[step, 1]]] = -1


@njit(cache=True, nogil=True)
def _mixed(  # type: ignore[no-untyped-def]
    start, row_end, first, last, source, target, fen, source_after, first_out, following,
    follows, hops_max, dust_fen, rule, slots, numbers, sums,
):  # fmt: skip
    """slots: account -> the step that first brought money to it, counted from the drawdown's first; -1 untouched.

    sums[step, 1] of that step is what the account holds of the loan's money.
    """
    used, room = 0, len(numbers)
    heap = np.empty(room + 2, np.int32)
    for loan in range(first, last):
        begin, end, size = used, row_end[loan], 0
        if used >= room:
            return loan, used
        row = start[loan]
        write_step(numbers, sums, used, loan, row, 0, -1, fen[row], fen[row], 0)
        used += 1
        account = target[row]
        slots[account] = 0
        fits = True
        if not follows[account]:
            numbers[begin, 4] = ENDED
        elif hops_max <= 0:
            numbers[begin, 4] = HOP_LIMIT
        elif 0 <= first_out[row] < end:
            size = _push(heap, size, first_out[row])
        while size > 0:
            i = heap[0]
            size = _pop(heap, size)
            payer = begin + slots[source[i]]
            held = sums[payer, 1]
            piece = _carried(rule, held, fen[i], source_after[i])
            if piece > 0 and piece < dust_fen:
                sums[payer, 1] -= piece
                sums[payer, 2] += piece
            elif piece > 0:
                if used >= room:
                    fits = False
                    break
                hop = numbers[payer, 2] + 1
                write_step(numbers, sums, used, loan, i, hop, payer - begin, piece, 0, 0)
                sums[payer, 1] -= piece
                account = target[i]
                if slots[account] < 0:
                    slots[account] = used - begin
                    if not follows[account]:
                        numbers[used, 4] = ENDED
                    elif hop >= hops_max:
                        numbers[used, 4] = HOP_LIMIT
                place = begin + slots[account]
                if sums[place, 1] == 0 and numbers[place, 4] == HELD and 0 <= first_out[i] < end:
                    size = _push(heap, size, first_out[i])
                sums[place, 1] += piece
                used += 1
            if sums[payer, 1] > 0 and 0 <= following[i] < end:
                size = _push(heap, size, following[i])
        _forget(slots, target, numbers, begin, used)
        if not fits:
            return loan, begin
    return last, used

"""Which payment takes what from which account? The pass over all transfers that no loan's colour can change.

Which money moves depends on amounts and order alone. So the ledger is read once, and every loan is asked for
afterwards.

An account is a stack of money. Heights in it are whole fen: 0 is the bottom, the balance is the top. A transfer that
comes in lies on top, [balance before, balance before + amount); one that goes out takes what lies above the balance
after it. An account that pays more than it holds is lent the rest for that moment: unseen money, which lies at the
bottom of the transfer; the balance after it is 0.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numba import njit

from kejin.monitoring.arrays import Ints, Ints32
from kejin.monitoring.ledger import Ledger

NONE = -1
# Payments of an account that a query may look through one by one; finding a lower balance at once costs the pass more.
LOOKED_THROUGH_MAX = 128


@dataclass(frozen=True, slots=True)
class BalanceIndex:
    """One value a transfer, in the ledger's order.

    source_after    balance of the payer after it, fen; below 0 where it paid so much more than it held
    target_before   balance of the payee before it, fen, never below 0
    next_to_look    a later payment of the payer, none between leaving a lower balance than this one; not after the
                    transfer itself: none. Of a payer with many payments it is the next that leaves a lower balance,
                    so that a piece of money is not compared with each of them; of others simply the next.
    first_out       the payee's first payment after it; -1: none
    """

    source_after: Ints
    target_before: Ints
    next_to_look: Ints32
    first_out: Ints32


def balance_index(ledger: Ledger) -> BalanceIndex:
    """Running balances of both sides and where to look next, for every transfer: time linear in transfers.

    Two threads: one carries balances forward, one looks for next payments backward; neither needs the other, and they
    come from opposite ends, so they do not write to the same lines of memory.
    """
    n, accounts = len(ledger.fen), len(ledger.opening_fen)
    source_after, target_before = np.empty(n, np.int64), np.empty(n, np.int64)
    next_to_look, first_out = np.empty(n, np.int32), np.empty(n, np.int32)
    busy = np.bincount(ledger.source, minlength=accounts) > LOOKED_THROUGH_MAX
    with ThreadPoolExecutor(1) as backward:
        found = backward.submit(_next_payments, ledger.source, ledger.target, busy, first_out, next_to_look)
        _balances(ledger.source, ledger.target, ledger.fen, ledger.opening_fen.copy(), busy, source_after,
                  target_before, next_to_look)  # fmt: skip
        found.result()
    return BalanceIndex(source_after, target_before, next_to_look, first_out)


@njit(cache=True, nogil=True)
def _balances(source, target, fen, balance, busy, source_after, target_before, next_to_look):  # type: ignore[no-untyped-def]
    """Balances forward; for busy payers also each payment's next one that leaves less.

    Payments that wait for one form a list through next_to_look, which holds the one before until it is found.
    """
    waiting, height = np.full(len(balance), -1, np.int32), np.empty(len(balance), np.int64)
    for i in range(len(fen)):
        s, d, amount = source[i], target[i], fen[i]
        after = balance[s] - amount
        source_after[i] = after
        left = max(after, 0)
        balance[s] = left
        if busy[s]:
            last = waiting[s]
            if last >= 0 and height[s] > left:
                while last >= 0:
                    before = next_to_look[last]
                    next_to_look[last] = i
                    last = before
                    if last >= 0 and max(source_after[last], 0) <= left:
                        break
            next_to_look[i] = last
            waiting[s], height[s] = i, left
        held = balance[d]
        target_before[i] = held
        balance[d] = held + amount


@njit(cache=True, nogil=True)
def _next_payments(source, target, busy, first_out, next_to_look):  # type: ignore[no-untyped-def]
    """The payee's first payment after each transfer; of payers that are not busy also the payer's next."""
    head = np.full(len(busy), -1, np.int32)
    for i in range(len(source) - 1, -1, -1):
        first_out[i] = head[target[i]]
        s = source[i]
        if not busy[s]:
            next_to_look[i] = head[s]
        head[s] = i


@dataclass(frozen=True, slots=True)
class QueueIndex:
    """The same for first in, first out: places in a queue instead of heights in a stack, whole fen from 0.

    place       where a transfer begins in the payee's queue, one value a transfer
    start       first of an account's payments in `rows`, shape (account + 1,)
    rows        payments by account, in order of time
    taken       where each of them begins to take from the payer's queue, in the order of `rows`
    """

    place: Ints
    start: Ints
    rows: Ints32
    taken: Ints


def queue_index(ledger: Ledger) -> QueueIndex:
    """Places of every transfer in the payee's queue and of every payment in the payer's."""
    n, accounts = len(ledger.fen), len(ledger.opening_fen)
    start = np.zeros(accounts + 1, np.int64)
    np.cumsum(np.bincount(ledger.source, minlength=accounts), out=start[1:])
    place, rows, taken = np.empty(n, np.int64), np.empty(n, np.int32), np.empty(n, np.int64)
    _queues(ledger.source, ledger.target, ledger.fen, ledger.opening_fen.copy(), start[:-1].copy(), place, rows, taken)
    return QueueIndex(place, start, rows, taken)


@njit(cache=True, nogil=True)
def _queues(source, target, fen, arrived, cursor, place, rows, taken):  # type: ignore[no-untyped-def]
    """What an account pays beyond its queue is unseen money at the end of the payment; the queue goes on behind it."""
    paid = np.zeros(len(arrived), np.int64)
    for i in range(len(fen)):
        s, d, amount = source[i], target[i], fen[i]
        at = cursor[s]
        cursor[s] = at + 1
        rows[at], taken[at] = i, paid[s]
        paid[s] += amount
        arrived[s] = max(arrived[s], paid[s])
        place[i] = arrived[d]
        arrived[d] += amount


def next_payments(ledger: Ledger) -> Ints32:
    """The payer's next payment after each transfer, whatever it leaves; -1: none. For the rules that mix."""
    following = np.empty(len(ledger.fen), np.int32)
    _following(ledger.source, len(ledger.opening_fen), following)
    return following


@njit(cache=True, nogil=True)
def _following(source, accounts, following):  # type: ignore[no-untyped-def]
    head = np.full(accounts, -1, np.int32)
    for i in range(len(source) - 1, -1, -1):
        following[i] = head[source[i]]
        head[source[i]] = i

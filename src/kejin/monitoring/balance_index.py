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


@dataclass(frozen=True, slots=True)
class BalanceIndex:
    """One value a transfer, in the ledger's order.

    source_after    balance of the payer after it, fen; below 0 where it paid so much more than it held
    target_before   balance of the payee before it, fen, never below 0
    next_lower      the payer's next payment that leaves a lower balance; not after the transfer itself: none
    first_out       the payee's first payment after it; -1: none
    """

    source_after: Ints
    target_before: Ints
    next_lower: Ints32
    first_out: Ints32


def balance_index(ledger: Ledger) -> BalanceIndex:
    """Running balances of both sides and where to look next, for every transfer: time linear in transfers.

    Two threads: one carries balances forward, one looks for first payments backward; neither needs the other.
    """
    n = len(ledger.fen)
    source_after, target_before = np.empty(n, np.int64), np.empty(n, np.int64)
    next_lower, first_out = np.empty(n, np.int32), np.empty(n, np.int32)
    state = np.empty((len(ledger.opening_fen), 4), np.int64)
    state[:, 0], state[:, 1:] = ledger.opening_fen, NONE
    with ThreadPoolExecutor(1) as backward:
        found = backward.submit(_first_payments, ledger.source, ledger.target, len(state), first_out)
        _balances(ledger.source, ledger.target, ledger.fen, state, source_after, target_before, next_lower)
        found.result()
    return BalanceIndex(source_after, target_before, next_lower, first_out)


@njit(cache=True, nogil=True)
def _balances(source, target, fen, state, source_after, target_before, next_lower):  # type: ignore[no-untyped-def]
    """Balances forward; state of an account: balance, its last payment that no later one undercuts, balance after it.

    Payments that wait for a lower one form a list through next_lower, which holds the one before until it is found.
    """
    for i in range(len(fen)):
        s, d, amount = source[i], target[i], fen[i]
        after = state[s, 0] - amount
        source_after[i] = after
        left = max(after, 0)
        state[s, 0] = left
        waiting, height = state[s, 1], state[s, 2]
        while waiting >= 0 and height > left:
            before = next_lower[waiting]
            next_lower[waiting] = i
            waiting = before
            height = max(source_after[waiting], 0) if waiting >= 0 else 0
        next_lower[i] = waiting
        state[s, 1], state[s, 2] = i, left
        held = state[d, 0]
        target_before[i] = held
        state[d, 0] = held + amount


@njit(cache=True, nogil=True)
def _first_payments(source, target, accounts, first_out):  # type: ignore[no-untyped-def]
    head = np.full(accounts, -1, np.int32)
    for i in range(len(source) - 1, -1, -1):
        first_out[i] = head[target[i]]
        head[source[i]] = i


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

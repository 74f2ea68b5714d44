"""The pieces of stack tracing for one bucket of accounts: what runs on many machines, each bucket by itself.

Balances of an account depend on its own transfers only, and where its money goes on its own payments only. So accounts
are spread over buckets by their hash; a bucket is a few arrays. Nothing here knows of the engine that carries them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from kejin.monitoring.arrays import Flags, Ints


def bucket_balances(account: Ints, row: Ints, incoming: Flags, fen: Ints, opening_fen: Ints) -> tuple[Ints, Ints]:
    """Order of a bucket's events, by account and row, and a value for each.

    The value is the balance before an incoming transfer; after a payment the balance after it, below 0 where the
    account paid so much more than there was.
    opening_fen  of the event's account, repeated for each of its events.
    """
    order = np.lexsort((row, account))
    value = np.empty(len(order), np.int64)
    _running(account[order], incoming[order], fen[order], opening_fen[order], value)
    return order, value


@njit(cache=True)
def _running(account, incoming, fen, opening, value):  # type: ignore[no-untyped-def]
    balance = 0
    for i in range(len(account)):
        if i == 0 or account[i] != account[i - 1]:
            balance = opening[i]
        if incoming[i]:
            value[i] = balance
            balance += fen[i]
        else:
            value[i] = balance - fen[i]
            balance = max(value[i], 0)


def bucket_hop(
    money: tuple[Ints, Ints, Ints, Ints, Ints], payments: tuple[Ints, Ints, Ints, Ints], dust_fen: int
) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """One hop of a bucket: its pieces as (which money, which payment, fen, low), then kept and dust of each money.

    money     account, row that brought it, row_end, low, high of each interval
    payments  account, row, balance after (may be below 0), balance of the payee before; sorted by account and row
    """
    account, row, row_end, low, high = money
    first = _first_payment(payments[0], payments[1], account, row)
    kept, dust = np.zeros(len(account), np.int64), np.zeros(len(account), np.int64)
    room = 4 * len(account) + 64
    while True:
        which, payment, fen, place = (np.empty(room, np.int64) for _ in range(4))
        used = _hop(first, account, row_end, low, high, *payments, dust_fen, which, payment, fen, place, kept, dust)
        if used >= 0:
            return which[:used], payment[:used], fen[:used], place[:used], kept, dust
        room *= 4


def _first_payment(payer: Ints, row: Ints, account: Ints, after: Ints) -> Ints:
    """Place of the first payment of each account after a row."""
    width = int(max(row.max(initial=0), after.max(initial=0))) + 2
    ranked = np.searchsorted(payer * width + row, account * width + after, side="right")
    return np.asarray(ranked, dtype=np.int64)


@njit(cache=True)
def _hop(  # type: ignore[no-untyped-def]
    first, account, row_end, low, high, payer, row, after, before, dust_fen, which, payment, fen, place, kept, dust
):
    """Pieces written, or -1 where the room was too small."""
    used = 0
    for m in range(len(account)):
        top, k = high[m], first[m]
        dust[m] = 0
        while k < len(payer) and payer[k] == account[m] and row[k] < row_end[m] and top > low[m]:
            left = max(after[k], 0)
            if left < top:
                cut = max(left, low[m])
                piece = top - cut
                if piece < dust_fen:
                    dust[m] += piece
                else:
                    if used >= len(which):
                        return -1
                    which[used], payment[used], fen[used] = m, k, piece
                    place[used] = before[k] - min(after[k], 0) + cut - left
                    used += 1
                top = cut
            k += 1
        kept[m] = top - low[m]
    return used

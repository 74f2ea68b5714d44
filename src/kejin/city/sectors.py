"""What becomes of wages, taxes and deposits? Once a month the city's own accounts settle with its households.

Households receive what the payroll, the tax office, shops, developers, brokers and banks took in, and pay what payment
platforms and lenders paid out. So no account of the city fills up or runs dry: what a month brought it leaves again at
the month's end, and money goes round. Companies' main accounts stay open: only their dealings with followed accounts
are in the data.
"""

from __future__ import annotations

import numpy as np

from kejin.city.accounts import CITY_HOLDER, codes_of
from kejin.city.days import month_start, months_of
from kejin.city.ledger import DAY_US, HOUR_US, MEMO, Draft, Ledger
from kejin.city.streams import Ints


def households() -> int:
    """The account through which the city's sectors settle."""
    return int(codes_of("other", "CONSUMER")[0])


def add_sectors(draft: Draft, everything: Ledger) -> None:
    """Draft the settlement of every month: each account of the city pays out, or is paid, what the month left it."""
    month = months_of(everything.day)
    first = int(month[0]) if len(month) else 0
    width = int(month[-1]) - first + 1 if len(month) else 0
    net: dict[int, Ints] = {}
    for side, sign in ((everything.target, 1), (everything.source, -1)):
        rows = np.flatnonzero(side >= CITY_HOLDER * 100)
        for account in np.unique(side[rows]).tolist():
            own = rows[side[rows] == account]
            sums: Ints = np.zeros(width, dtype=np.int64)
            np.add.at(sums, month[own] - first, sign * everything.fen[own])
            net[account] = net.get(account, 0) + sums
    net.pop(households(), None)
    for account, sums in sorted(net.items()):
        at = np.flatnonzero(sums)
        when = month_start(at + first + 1) * DAY_US - 2 * HOUR_US
        own, other = np.full(len(at), account, dtype=np.int64), np.full(len(at), households(), dtype=np.int64)
        surplus = sums[at] > 0
        draft.add(
            np.where(surplus, own, other), np.where(surplus, other, own), when, np.abs(sums[at]), MEMO["往来款"], 2
        )

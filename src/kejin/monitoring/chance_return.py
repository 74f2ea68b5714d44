"""How much would return by chance? The same loans in the same ledger with its times mixed up.

In a busy network much money comes back to a borrower without anybody's intention. So the times of transfers are
permuted within blocks of days, amounts and accounts kept, balances worked out anew, and the loans traced again: the
share of permutations in which at least as much returned is the chance base rate of the return that was seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kejin.monitoring.arrays import Flags, Floats, Ints
from kejin.monitoring.balance_index import balance_index
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.loan_payments import DAY
from kejin.monitoring.trace import Bounds, Drawdowns, Trace
from kejin.monitoring.trace_stack import trace_stack


@dataclass(frozen=True, slots=True)
class ChanceReturn:
    """One value a drawdown: share of permutations with at least the return seen, and the mean return in them, fen."""

    at_least: Floats
    mean_fen: Floats


def chance_return(
    ledger: Ledger,
    drawdowns: Drawdowns,
    follows: Flags,
    bounds: Bounds,
    returned_fen: Callable[[Ledger, Trace], Ints],
    seen_fen: Ints,
    permutations: int,
    block_days: float,
) -> ChanceReturn:
    """Last in, first out on permuted times. Drawdowns keep their place; the same permutations on every run.

    returned_fen  what of a trace's drawdowns returned, fen, shape (drawdown,); it is given the permuted ledger.
    seen_fen      the same for the true order
    """
    rng = np.random.default_rng(20_240_625)
    hits, total = np.zeros(len(drawdowns.row)), np.zeros(len(drawdowns.row))
    block = (ledger.time // int(block_days * DAY)).astype(np.int64)
    free = np.ones(len(ledger.fen), dtype=bool)
    free[drawdowns.row] = False
    place = np.flatnonzero(free)
    for _ in range(permutations):
        order = np.arange(len(ledger.fen))
        order[place] = place[np.lexsort((rng.random(len(place)), block[place]))]
        mixed = replace(ledger, source=ledger.source[order], target=ledger.target[order], fen=ledger.fen[order])
        trace = trace_stack(mixed, balance_index(mixed), drawdowns, follows, bounds)
        returned = returned_fen(mixed, trace)
        hits += returned >= seen_fen
        total += returned
    times = max(permutations, 1)
    return ChanceReturn(hits / times, total / times)

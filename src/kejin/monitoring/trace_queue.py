"""First in, first out: where does each loan's money go when an account pays out of what came in first?

The rule of Clayton's Case (1816). Money of a loan is an interval of places in an account's queue; payments take places
in order, so the payments that take it are found by halving, with no sweep over time.
"""

from __future__ import annotations

from numba import njit

from kejin.monitoring.arrays import Flags
from kejin.monitoring.balance_index import QueueIndex
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.run_kernel import run_over
from kejin.monitoring.trace import ENDED, HOP_LIMIT, Bounds, Drawdowns, Steps, Trace, write_step


def trace_queue(ledger: Ledger, index: QueueIndex, drawdowns: Drawdowns, follows: Flags, bounds: Bounds) -> Trace:
    """Every drawdown traced first in, first out; arguments as for trace_stack."""

    def run(first: int, last: int, steps: Steps) -> tuple[int, int]:
        done, used = _queue(
            drawdowns.row, drawdowns.row_end, first, last, ledger.target, ledger.fen,
            index.place, index.start, index.rows, index.taken,
            follows, bounds.hops_max, bounds.dust_fen, steps.numbers, steps.sums,
        )  # fmt: skip
        return int(done), int(used)

    return run_over(len(drawdowns.row), run)


@njit(cache=True, nogil=True)
def _queue(  # type: ignore[no-untyped-def]
    start, row_end, first, last, target, fen, place, account_start, rows, taken,
    follows, hops_max, dust_fen, numbers, sums,
):  # fmt: skip
    used, room = 0, len(numbers)
    for loan in range(first, last):
        begin, end = used, row_end[loan]
        if used >= room:
            return loan, used
        row = start[loan]
        write_step(numbers, sums, used, loan, row, 0, -1, fen[row], 0, place[row])
        used += 1
        at = begin
        while at < used:
            row, hop = numbers[at, 1], numbers[at, 2]
            account = target[row]
            low = sums[at, 3]
            high = low + sums[at, 0]
            if not follows[account]:
                sums[at, 1], numbers[at, 4] = sums[at, 0], ENDED
            elif hop >= hops_max:
                sums[at, 1], numbers[at, 4] = sums[at, 0], HOP_LIMIT
            else:
                k, beyond = account_start[account], account_start[account + 1]
                stop = beyond
                while k < stop:  # the first payment whose end lies behind the interval's beginning
                    middle = (k + stop) // 2
                    if taken[middle] + fen[rows[middle]] > low:
                        stop = middle
                    else:
                        k = middle + 1
                while k < beyond and low < high:
                    i = rows[k]
                    if i >= end or taken[k] >= high:
                        break
                    until = min(high, taken[k] + fen[i])
                    piece = until - low
                    if piece < dust_fen:
                        sums[at, 2] += piece
                    else:
                        if used >= room:
                            return loan, begin
                        write_step(
                            numbers, sums, used, loan, i, hop + 1, at - begin, piece, 0, place[i] + low - taken[k]
                        )
                        used += 1
                    low = until
                    k += 1
                sums[at, 1] = high - low
            at += 1
    return last, used

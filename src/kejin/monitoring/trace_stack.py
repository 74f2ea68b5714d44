"""Last in, first out: where does each loan's money go when an account pays out of what came in last?

Money of a loan is an interval of heights on an account's stack. The next payment that leaves a balance below the
interval's top takes what lies above that balance; what is left waits. Each step costs one look-up, so a query costs
what the money touches, however many transfers there are. The order of money within a transfer is kept.
"""

from __future__ import annotations

from numba import njit

from kejin.monitoring.arrays import Flags
from kejin.monitoring.balance_index import BalanceIndex
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.run_kernel import run_over
from kejin.monitoring.trace import ENDED, HOP_LIMIT, Bounds, Drawdowns, Steps, Trace, write_step


def trace_stack(ledger: Ledger, index: BalanceIndex, drawdowns: Drawdowns, follows: Flags, bounds: Bounds) -> Trace:
    """Every drawdown traced last in, first out.

    follows  accounts whose payments are followed; on the others money ends.
    """

    def run(first: int, last: int, steps: Steps) -> tuple[int, int]:
        done, used = _stack(
            drawdowns.row, drawdowns.row_end, first, last, ledger.target, ledger.fen,
            index.source_after, index.target_before, index.next_to_look, index.first_out,
            follows, bounds.hops_max, bounds.dust_fen, steps.numbers, steps.sums,
        )  # fmt: skip
        return int(done), int(used)

    return run_over(len(drawdowns.row), run)


@njit(cache=True, nogil=True)
def _stack(  # type: ignore[no-untyped-def]
    start, row_end, first, last, target, fen, source_after, target_before, next_to_look, first_out,
    follows, hops_max, dust_fen, numbers, sums,
):  # fmt: skip
    """(drawdowns done, steps used). A drawdown that does not fit is left out whole."""
    used, room = 0, len(numbers)
    for loan in range(first, last):
        begin, end = used, row_end[loan]
        if used >= room:
            return loan, used
        row = start[loan]
        write_step(numbers, sums, used, loan, row, 0, -1, fen[row], 0, target_before[row])
        used += 1
        at = begin
        while at < used:
            row, hop = numbers[at, 1], numbers[at, 2]
            low = sums[at, 3]
            high = low + sums[at, 0]
            if not follows[target[row]]:
                sums[at, 1], numbers[at, 4] = sums[at, 0], ENDED
            elif hop >= hops_max:
                sums[at, 1], numbers[at, 4] = sums[at, 0], HOP_LIMIT
            else:
                i = first_out[row]
                while i >= 0 and i < end:
                    raw = source_after[i]
                    left = max(raw, 0)
                    if left < high:
                        cut = max(left, low)
                        piece = high - cut
                        if piece < dust_fen:
                            sums[at, 2] += piece
                        else:
                            if used >= room:
                                return loan, begin
                            write_step(
                                numbers,
                                sums,
                                used,
                                loan,
                                i,
                                hop + 1,
                                at - begin,
                                piece,
                                0,
                                target_before[i] - min(raw, 0) + cut - left,
                            )
                            used += 1
                        high = cut
                        if high == low:
                            break
                    following = next_to_look[i]
                    i = following if following > i else -1
                sums[at, 1] = high - low
            at += 1
    return last, used

"""What does tracing find? Steps of money from transfer to transfer, and what stayed behind at each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numba import njit

from kejin.monitoring.arrays import Ints, Ints32
from kejin.monitoring.ledger import Ledger

Rule = Literal["lifo", "loan_first", "pro_rata", "fifo", "lowest_balance"]
RULES: tuple[Rule, ...] = get_args(Rule)
HELD, HOP_LIMIT, ENDED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Drawdowns:
    """Payments of loans to borrowers, and how far each is followed.

    row        the transfer that paid the money out
    row_end    the first transfer that is too late to count (a row of the ledger)
    """

    row: Ints
    row_end: Ints


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far money is followed: transfers in a row, and the smallest piece that is worth following."""

    hops_max: int
    dust_fen: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Steps of all drawdowns, drawdown after drawdown, each after the step it comes from.

    drawdown   place in Drawdowns; the first step of each is the drawdown itself
    row        the transfer
    fen        how much of the transfer is the loan's money
    hop        0 for the drawdown itself
    parent     the step that brought the money to the payer; for rules that mix, the first that did; -1: none
    kept_fen   what of it stayed on the payee's account to the end of the window, or ended there
    why        why it stayed: HELD, HOP_LIMIT, ENDED (an account that is not followed further)
    dust_fen   what went on in pieces too small to follow
    """

    drawdown: Ints32
    row: Ints32
    fen: Ints
    hop: Ints32
    parent: Ints32
    kept_fen: Ints
    why: Ints32
    dust_fen: Ints

    def __len__(self) -> int:
        return len(self.row)


def unexplained_fen(trace: Trace, ledger: Ledger, drawdowns: Drawdowns) -> Ints:
    """The loan less what was kept anywhere and lost as dust, one value a drawdown: 0, to the fen, or it is a defect."""
    found = np.zeros(len(drawdowns.row), np.int64)
    np.add.at(found, trace.drawdown, trace.kept_fen + trace.dust_fen)
    return np.asarray(ledger.fen[drawdowns.row] - found)


class Steps:
    """Columns that kernels write into; they say where they stopped when the room was too small."""

    def __init__(self, room: int) -> None:
        self.numbers = np.empty((room, 5), np.int32)  # drawdown, row, hop, parent, why
        self.sums = np.empty((room, 4), np.int64)  # fen, kept, dust, place on the payee's account

    def doubled(self) -> Steps:
        larger = Steps(2 * len(self.numbers))
        larger.numbers[: len(self.numbers)], larger.sums[: len(self.sums)] = self.numbers, self.sums
        return larger

    def trace(self, used: int) -> Trace:
        drawdown, row, hop, parent, why = (np.ascontiguousarray(self.numbers[:used, c]) for c in range(5))
        fen, kept, dust = (np.ascontiguousarray(self.sums[:used, c]) for c in range(3))
        return Trace(drawdown, row, fen, hop, parent, kept, why, dust)


@njit(cache=True, nogil=True, inline="always")
def write_step(numbers, sums, at, drawdown, row, hop, parent, fen, kept, place):  # type: ignore[no-untyped-def]
    """One step into the columns of Steps; money is held until it is known to be elsewhere."""
    numbers[at, 0], numbers[at, 1], numbers[at, 2], numbers[at, 3], numbers[at, 4] = drawdown, row, hop, parent, HELD
    sums[at, 0], sums[at, 1], sums[at, 2], sums[at, 3] = fen, kept, 0, place

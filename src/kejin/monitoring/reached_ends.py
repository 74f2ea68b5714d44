"""How much of each loan reached which kind of place? Sums of a trace by end class, and the band over all rules.

Reached: what arrived at accounts of a class from accounts of other classes, at most the loan. Money that passes through
a related company into property reached both, so reached sums may add up to more than the loan. Stayed: where the money
was at the end of the window; with dust these do add up to the loan, to the fen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.arrays import Flags, Ints
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import ENDED, HOP_LIMIT, Trace


@dataclass(frozen=True, slots=True)
class Reached:
    """Fen, shape (loan, class) or (loan,).

    reached, stayed  by end class
    dust, hop_limit  pieces too small to follow; money that was not followed further because of the number of hops
    out_of_sight     money on accounts whose books are not seen and whose class does not end a path
    """

    reached: Ints
    stayed: Ints
    dust: Ints
    hop_limit: Ints
    out_of_sight: Ints


def reached_ends(trace: Trace, loan: Ints, classes: Ints, ledger: Ledger, stops: Flags, loan_fen: Ints) -> Reached:
    """Sums of a trace.

    loan      number of the loan of each step; classes: end class of each step's payee; stops: of accounts, by kind
    loan_fen  what was paid out of each loan, fen, shape (loan,)
    """
    width, loans = len(CLASSES), len(loan_fen)
    came_from = np.where(trace.parent >= 0, classes[trace.parent], -1)
    new = (trace.hop > 0) & (came_from != classes)
    reached = np.zeros(loans * width, np.int64)
    np.add.at(reached, (loan * width + classes)[new], trace.fen[new])
    stayed = np.zeros(loans * width, np.int64)
    np.add.at(stayed, loan * width + classes, trace.kept_fen)
    unseen = (trace.why == ENDED) & ~stops[ledger.target[trace.row]]
    return Reached(
        np.minimum(reached.reshape(loans, width), loan_fen[:, None]),
        stayed.reshape(loans, width),
        _summed(loan, trace.dust_fen, loans),
        _summed(loan, np.where(trace.why == HOP_LIMIT, trace.kept_fen, 0), loans),
        _summed(loan, np.where(unseen, trace.kept_fen, 0), loans),
    )


def together(parts: Sequence[Reached], loan_fen: Ints) -> Reached:
    """The sums of a trace that was made in parts: what reached a class is at most the loan, all else adds up."""
    names = ("reached", "stayed", "dust", "hop_limit", "out_of_sight")
    sums = {name: np.sum([getattr(part, name) for part in parts], axis=0) for name in names}
    sums["reached"] = np.minimum(sums["reached"], loan_fen[:, None])
    return Reached(**sums)


def band(by_rule: list[Ints]) -> tuple[Ints, Ints]:
    """The least and the most that any rule of attribution gives, for arrays of one shape."""
    stacked = np.stack(by_rule)
    return stacked.min(axis=0), stacked.max(axis=0)


def _summed(loan: Ints, fen: Ints, loans: int) -> Ints:
    found = np.zeros(loans, np.int64)
    np.add.at(found, loan, fen)
    return found

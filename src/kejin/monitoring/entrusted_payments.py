"""Which payments out of a loan should the bank itself have made, which did it make, and do papers match them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import CLASS
from kejin.monitoring.arrays import Flags, Floats, Ints
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Trace

# In order of precedence: what is said of a payment.
VERDICTS = ("entrusted_matched", "entrusted_unmatched", "needed_not_entrusted", "not_needed", "not_judged")


@dataclass(frozen=True, slots=True)
class EntrustedPayments:
    """First payments out of the loans' money: place in the trace, place in VERDICTS."""

    step: Ints
    verdict: Ints


def entrusted_payments(
    trace: Trace, classes: Ints, ledger: Ledger, threshold_fen: Ints, entrusted: Flags, papers: Flags
) -> EntrustedPayments:
    """Every first payment to a payee outside, judged by the threshold of its day.

    threshold_fen  of each step: a single payment above it to a named payee is to be entrusted; -1: no rule known
    entrusted      of each transfer: made by the bank for the borrower; papers: a contract or an invoice is named
    """
    staying = (CLASS["own_account"], CLASS["payroll"], CLASS["tax"], CLASS["own_bank_loan"], CLASS["cash"])
    step = np.flatnonzero((trace.hop == 1) & ~np.isin(classes, staying))
    row = trace.row[step]
    amount, limit = ledger.fen[row], threshold_fen[step]
    verdict = np.select(
        [entrusted[row] & papers[row], entrusted[row], limit < 0, amount > limit], [0, 1, 4, 2], default=3
    )
    return EntrustedPayments(step, verdict.astype(np.int64))


def unmatched_share(found: EntrustedPayments, trace: Trace, loan: Ints, loans: int) -> Floats:
    """Share of a loan's entrusted payments without contract or invoice; 0 where none was entrusted."""
    sums = np.zeros((2, loans))
    fen = trace.fen[found.step].astype(np.float64)
    for verdict in (0, 1):
        chosen = found.verdict == verdict
        np.add.at(sums[verdict], loan[found.step[chosen]], fen[chosen])
    return np.asarray(sums[1] / np.maximum(sums.sum(axis=0), 1))

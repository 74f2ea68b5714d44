"""Did somebody repay first and was repaid by the loan? The way round that no search forward from the grant can see.

A third party pays an older loan, or the borrower, shortly before the grant; afterwards the new loan's money reaches
that third party. Both sums are alike, but for a fee. An equal deposit is a way round of its own: a deposit of the
borrower as large as the loan, made just before or just after the grant.
"""

from __future__ import annotations

import numpy as np

from kejin.monitoring.account_ends import CLASS, OWN
from kejin.monitoring.arrays import Flags, Floats, Ints
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.loan_payments import DAY, Payments, TracedLoans
from kejin.monitoring.trace import Trace


def repaid_first_fen(
    ledger: Ledger,
    trace: Trace,
    loan: Ints,
    classes: Ints,
    loans: TracedLoans,
    holder: Ints,
    repayment: Flags,
    days: float,
    ratio_low: float,
    ratio_high: float,
) -> Ints:
    """Of each loan, what reached accounts that had paid an older loan or the borrower in the days before; fen.

    loan, classes  of the steps of `trace`; holder: of each account; repayment: accounts that take repayments of loans
    ratio_low, ratio_high   what reached it over what it had paid, from .. to: alike but for a fee
    """
    usable = np.flatnonzero((trace.hop > 0) & (classes != OWN))
    key = loan[usable] * len(holder) + ledger.target[trace.row[usable]]
    pair, place = np.unique(key, return_inverse=True)
    reached = np.zeros(len(pair), np.int64)
    np.add.at(reached, place, trace.fen[usable])
    pair_loan, account = pair // len(holder), pair % len(holder)
    order = np.argsort(ledger.source, kind="stable")
    ranked = ledger.source[order].astype(np.int64) * (len(ledger.fen) + 1) + order
    n = len(ledger.fen) + 1
    begin = np.searchsorted(ledger.time, loans.granted_at - int(days * DAY))[pair_loan]
    end = np.searchsorted(ledger.time, loans.granted_at)[pair_loan]
    first, last = np.searchsorted(ranked, account * n + begin), np.searchsorted(ranked, account * n + end)
    count = last - first
    which = np.repeat(np.arange(len(pair)), count)
    rows = order[np.repeat(first, count) + np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)]
    target = ledger.target[rows]
    fits = repayment[target] | (holder[target] == loans.borrower[pair_loan[which]])
    ratio = reached[which] / ledger.fen[rows]
    fits &= (ratio >= ratio_low) & (ratio <= ratio_high)
    hit = np.unique(which[fits])
    found = np.zeros(len(loans), np.int64)
    np.add.at(found, pair_loan[hit], reached[hit])
    return np.minimum(found, loans.fen)


def equal_deposit_share(
    ledger: Ledger, payments: Payments, classes: Ints, loans: TracedLoans, habit: Floats, days: float
) -> Floats:
    """Deposits of the borrower within so many days of the grant, less what it used to deposit, over the loan."""
    deposit = (classes == CLASS["time_deposit"]) & (np.abs(payments.day) <= days)
    made = np.zeros(len(loans))
    np.add.at(made, payments.loan[deposit], ledger.fen[payments.row[deposit]].astype(np.float64))
    used_to = habit[:, CLASS["time_deposit"]]
    return np.asarray(np.clip((made - used_to) / np.maximum(loans.fen, 1), 0.0, None))

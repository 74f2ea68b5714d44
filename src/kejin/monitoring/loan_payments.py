"""What did the borrower itself pay, before and after the loan? Payments out of all its accounts around each drawdown.

Used to tell habits from novelties: a company that bought wealth products every month before the loan, and goes on doing
so, has not changed its ways because of the loan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.arrays import Flags, Floats, Ints
from kejin.monitoring.ledger import Ledger

DAY = 86_400_000_000  # microseconds: the unit of a ledger's time


@dataclass(frozen=True, slots=True)
class TracedLoans:
    """One value a loan.

    borrower     number of the holder; lender: number of the bank; -1 unknown
    account      the account that the money was paid to
    granted_at   microseconds; fen: paid out as seen in the ledger; contract_fen: amount of the contract
    """

    borrower: Ints
    lender: Ints
    account: Ints
    granted_at: Ints
    fen: Ints
    contract_fen: Ints

    def __len__(self) -> int:
        return len(self.borrower)


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments of borrowers around their loans: loan number, row of the ledger, days since the grant."""

    loan: Ints
    row: Ints
    day: Floats


def payments_around(
    ledger: Ledger, holder: Ints, loans: TracedLoans, days_before: float, days_after: float
) -> Payments:
    """Every payment out of an account of the borrower from so many days before the grant to so many after.

    holder  of each account.
    """
    holders = int(max(holder.max(initial=-1), loans.borrower.max(initial=-1))) + 1
    asked = np.zeros(holders + 1, dtype=bool)
    asked[loans.borrower] = True
    asked[-1] = False
    payer = holder[ledger.source]
    row = np.flatnonzero(asked[payer])
    row = row[np.argsort(payer[row], kind="stable")]
    # One number that rises with payer and then with row lets each loan's stretch be found by halving.
    n = len(ledger.fen) + 1
    place = payer[row] * n + row
    begin = np.searchsorted(ledger.time, loans.granted_at - int(days_before * DAY))
    end = np.searchsorted(ledger.time, loans.granted_at + int(days_after * DAY), side="right")
    first = np.searchsorted(place, loans.borrower * n + begin)
    last = np.where(loans.borrower < 0, first, np.searchsorted(place, loans.borrower * n + end))
    count = np.maximum(last - first, 0)
    loan = np.repeat(np.arange(len(loans)), count)
    offset = np.arange(len(loan)) - np.repeat(np.cumsum(count) - count, count)
    found = row[np.repeat(first, count) + offset]
    day = (ledger.time[found] - loans.granted_at[loan]) / DAY
    return Payments(loan, found, day)


def habit_fen(payments: Payments, classes: Ints, ledger: Ledger, loans: int, days_before: float, days: float) -> Floats:
    """What the borrower used to pay to each class in so many days, by what it paid in the days before; fen.

    Shape (loan, class). The payments before must reach back `days_before`; the last day before the grant is left out,
    because what happens then often belongs to the loan.
    """
    width = len(CLASSES)
    before = (payments.day < -1) & (payments.day >= -days_before)
    found = np.zeros(loans * width)
    np.add.at(found, (payments.loan * width + classes)[before], ledger.fen[payments.row[before]].astype(np.float64))
    return (found * (days / (days_before - 1))).reshape(loans, width)


def paid_before(payments: Payments, ledger: Ledger, accounts: int) -> Ints:
    """Sorted pairs loan * accounts + payee of payees that the borrower had paid before the grant."""
    before = payments.day < 0
    return np.unique(payments.loan[before] * accounts + ledger.target[payments.row[before]])


def is_new_payee(known: Ints, loan: Ints, payee: Ints, accounts: int) -> Flags:
    """Whether the borrower of the loan had never paid the payee before; `known` comes from paid_before."""
    wanted = loan * accounts + payee
    if not len(known):
        return np.ones(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(known[place] != wanted)

"""Which transfers can be traced, and in which order did they happen? Rows checked, put in order, numbered.

Order: time, then the order among transfers of one time that the bank gave, then the number of the transfer. Rows that
cannot be money moving between two accounts are left out and named, never repaired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from kejin.errors import InputError
from kejin.monitoring.arrays import Flags, Ints, Ints32

ROWS_MAX = 2**31 - 2
FEN_MAX = 10**15  # ten trillion yuan: sums of two such amounts still fit


@dataclass(frozen=True, slots=True)
class Ledger:
    """Transfers in order, and the accounts they move between.

    source, target  numbers of accounts, shape (transfer,)
    fen             whole fen, > 0
    time            moments, in any unit that rises
    opening_fen     balance of each account before its first transfer, >= 0; 0 where it is not known
    known           accounts whose balance is known: all of their movements are seen
    """

    source: Ints32
    target: Ints32
    fen: Ints
    time: Ints
    opening_fen: Ints
    known: Flags


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the rows that the reader of a result must know.

    code    an error code of monitoring; where: the first row, as given; rows: how many; fen: their amounts together.
    """

    code: str
    first: int
    rows: int
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """A ledger, the given row behind each of its rows, and what was found on the way."""

    ledger: Ledger
    given: Ints
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class GivenRows:
    """Transfers as given, in any order; columns of one length.

    source, target  numbers of accounts from 0; below 0: missing
    number          rank of the transfer's own number: equal ranks are the same transfer given twice
    ours            currency is the one that is traced
    """

    source: Ints
    target: Ints
    fen: Ints
    time: Ints
    sequence: Ints
    number: Ints
    ours: Flags


def order_transfers(rows: GivenRows, opening_fen: Ints, known: Flags, time_min: int, time_max: int) -> Ordered:
    """The ledger of some rows.

    opening_fen         of each account, fen; below 0 (an overdraft) counts as 0 and is a finding.
    time_min, time_max  rows outside are left out: clocks that jumped, days that nobody could know yet.
    Raises  monitoring.transfers_too_many, monitoring.amount_too_large.
    """
    if len(rows.fen) > ROWS_MAX:
        raise InputError("monitoring.transfers_too_many", rows=len(rows.fen), limit=ROWS_MAX)
    if len(rows.fen) and int(rows.fen.max()) > FEN_MAX:
        raise InputError("monitoring.amount_too_large", row=int(rows.fen.argmax()), limit=FEN_MAX)
    findings: list[Finding] = []
    usable = np.ones(len(rows.fen), dtype=bool)
    for code, wrong in (
        ("monitoring.amount_not_positive", rows.fen <= 0),
        ("monitoring.transfer_to_itself", rows.source == rows.target),
        ("monitoring.account_missing", (rows.source < 0) | (rows.target < 0)),
        ("monitoring.currency_other", ~rows.ours),
        ("monitoring.time_outside", (rows.time < time_min) | (rows.time > time_max)),
    ):
        findings += _found(code, usable & wrong, rows.fen)
        usable &= ~wrong
    place = np.flatnonzero(usable)
    disorder = np.zeros(len(rows.fen), dtype=bool)
    disorder[place[1:]] = rows.time[place[1:]] < rows.time[place[:-1]]
    order = place[np.lexsort((rows.number[place], rows.sequence[place], rows.time[place]))]
    again = np.zeros(len(rows.fen), dtype=bool)
    again[_given_again(rows.number, order)] = True
    order = order[~again[order]]
    findings += _found("monitoring.transfers_unordered", disorder, rows.fen)
    findings += _found("monitoring.transfer_repeated", again, rows.fen)
    findings += _found("monitoring.opening_overdrawn", opening_fen < 0, np.minimum(opening_fen, 0))
    ledger = Ledger(
        rows.source[order].astype(np.int32),
        rows.target[order].astype(np.int32),
        rows.fen[order].astype(np.int64),
        rows.time[order].astype(np.int64),
        np.maximum(opening_fen, 0),
        known,
    )
    return Ordered(ledger, order, tuple(findings))


def _given_again(number: Ints, order: Ints) -> Ints:
    """Of rows with the same number all but the first in order."""
    by_number = order[np.argsort(number[order], kind="stable")]
    same = np.flatnonzero(number[by_number][1:] == number[by_number][:-1]) + 1
    return by_number[same]


def _found(code: str, wrong: Flags, fen: Ints) -> list[Finding]:
    if not wrong.any():
        return []
    return [Finding(code, int(wrong.argmax()), int(wrong.sum()), int(fen[wrong].sum()))]


@dataclass(frozen=True, slots=True)
class StatedBalances:
    """Balances as the bank states them after each transfer, in the ledger's order; stated: where it does."""

    source_fen: Ints
    source_stated: Flags
    target_fen: Ints
    target_stated: Flags


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The ledger with openings that stated balances imply, and where statement and transfers part.

    implied     accounts whose opening was taken from their first stated balance
    first_break row of the ledger at which an account's stated balance first differs from what follows, -1: never
    breaks      how many stated balances differ, account by account; after a break the stated one is followed for the
    check
    """

    ledger: Ledger
    implied: Flags
    first_break: Ints
    breaks: Ints


def reconcile(ledger: Ledger, opening_known: Flags, stated: StatedBalances) -> Reconciled:
    """Compare stated balances with those that follow from opening and transfers.

    An account without a known opening begins with what its first stated balance implies, and counts as known.
    """
    opening = ledger.opening_fen.copy()
    accounts = len(opening)
    implied = np.zeros(accounts, dtype=bool)
    first, breaks = np.full(accounts, -1, np.int64), np.zeros(accounts, np.int64)
    _reconcile(
        ledger.source, ledger.target, ledger.fen, opening, opening_known.copy(), implied, first, breaks,
        stated.source_fen, stated.source_stated, stated.target_fen, stated.target_stated,
    )  # fmt: skip
    changed = replace(ledger, opening_fen=np.maximum(opening, 0), known=ledger.known | implied)
    return Reconciled(changed, implied, first, breaks)


@njit(cache=True)
def _reconcile(  # type: ignore[no-untyped-def]
    source, target, fen, opening, anchored, implied, first, breaks, source_fen, source_stated, target_fen, target_stated
):
    running = opening.copy()
    for i in range(len(fen)):
        for side in range(2):
            a = source[i] if side == 0 else target[i]
            running[a] += -fen[i] if side == 0 else fen[i]
            said = source_stated[i] if side == 0 else target_stated[i]
            if not said:
                continue
            balance = source_fen[i] if side == 0 else target_fen[i]
            if not anchored[a]:
                opening[a] = balance - running[a]
                anchored[a], implied[a] = True, True
            elif running[a] != balance:
                breaks[a] += 1
                if first[a] < 0:
                    first[a] = i
            running[a] = balance

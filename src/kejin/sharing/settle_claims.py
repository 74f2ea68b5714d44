"""Who pays and who gets money back, event by event? Claims, recoveries and refunds under a sharing contract, to the
fen.

    claim      a loan's loss is claimed, once: each bearer pays its part, the keeper bears the rest
    recovery   money came back on a loan after its claim: it is given to those who bore the loss
    refund     a part of a claim is taken back (it should not have been claimed): bearers get theirs back from the
               keeper

Money is whole fen. A due is rounded down; what rounding leaves stays with the keeper. A recovery is split by what each
still bears, one bearer after the other on what is left, so that nobody gets more than it bore and the parts add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.sharing.contract import FEN_MAX, RECOVERY_CODES, SharingContract, billionths
from kejin.sharing.settle_kernel import CLAIM, GIVEN_BACK_TWICE, NOT_CLAIMED, RECOVERY, REFUND, REPEATED, settle

Whole = NDArray[np.int64]
KINDS = {"claim": CLAIM, "recovery": RECOVERY, "refund": REFUND}
_NEVER = np.iinfo(np.int64).max
_UNBOUND = FEN_MAX


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to the loans of a contract, in order of days.

    loan     number of the loan, from 0.
    kind     0 claim, 1 recovery, 2 refund (`KINDS`).
    fen      amount, > 0.
    day      whole days, not falling; used by stop levels and for the reader.
    """

    loan: Whole
    kind: Whole
    fen: Whole
    day: Whole


@dataclass(frozen=True, slots=True)
class Loans:
    """What a contract must know of its loans; each array has one value a loan.

    class_number   place in the contract's classes.
    overdue_days   at the claim.
    granted_day    in whole days, on the scale of the events.
    """

    class_number: Whole
    overdue_days: Whole
    granted_day: Whole

    @classmethod
    def alike(cls, count: int) -> Loans:
        """So many loans of the first class, in default beyond any trigger, granted before any event."""
        return cls(
            np.zeros(count, np.int64), np.full(count, _NEVER, np.int64), np.full(count, -(2**62), dtype=np.int64)
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """The flows of money and the levels that were reached.

    bearers    names, the keeper last.
    flows_fen  shape (event, bearer): positive is paid or borne, negative is received. A claim's row adds up to the
               claim, a recovery's to minus the recovery, a refund's to 0.
    warned_on, stopped_on   bearer -> day of the event that reached the level; absent where none did.
    exhausted_on            bearer -> day of the first claim of which its cap left a part unpaid.
    """

    bearers: tuple[str, ...]
    flows_fen: Whole
    warned_on: Mapping[str, int]
    stopped_on: Mapping[str, int]
    exhausted_on: Mapping[str, int]

    def total_fen(self) -> dict[str, int]:
        """Net cost of all events to each bearer."""
        return {name: int(total) for name, total in zip(self.bearers, self.flows_fen.sum(axis=0), strict=True)}


def settle_claims(events: Events, contract: SharingContract, loans: Loans) -> Settlement:
    """Flows between the bearers of a contract, for each event in order.

    Limits   A cap counts payments less refunds; recoveries do not restore it. Without stop levels the order of claims
             changes no bearer's total.
    Raises   sharing.amount_not_positive, sharing.loan_unknown, sharing.kind_unknown, sharing.days_fall,
             sharing.claim_repeated, sharing.claim_missing, sharing.returned_too_much.
    """
    _check_events(events, contract, loans)
    shares = contract.shares
    ratios = np.array([[billionths(r) for r in share.ratios] for share in shares], np.int64)
    ratios = ratios.reshape(len(shares), len(contract.classes))
    bounds = np.array(
        [
            [
                int(share.basis == "rest"),
                share.deductible_fen,
                _UNBOUND if share.loan_fen_max is None else share.loan_fen_max,
                share.first_loss_fen,
                _UNBOUND if share.total_fen_max is None else share.total_fen_max,
                share.overdue_days_min,
                _NEVER if share.warning_fen is None else share.warning_fen,
                _NEVER if share.stop_fen is None else share.stop_fen,
            ]
            for share in shares
        ],
        np.int64,
    ).reshape(len(shares), 8)
    flows = np.zeros((events.loan.size, len(shares) + 1), np.int64)
    reached = np.full((3, len(shares)), _NEVER, np.int64)
    problem, place = settle(
        *(events.loan, events.kind, events.fen, events.day),
        *(loans.class_number, loans.overdue_days, loans.granted_day),
        *(ratios, bounds, RECOVERY_CODES[contract.recovery], flows, reached),
    )
    if problem:
        _refuse(problem, place, events)
    warned, stopped, exhausted = (
        {share.bearer: int(day) for share, day in zip(shares, row, strict=True) if day != _NEVER} for row in reached
    )
    return Settlement(contract.bearers, flows, warned, stopped, exhausted)


def _check_events(events: Events, contract: SharingContract, loans: Loans) -> None:
    count = loans.class_number.size
    if (bad := ~(events.fen > 0) | (events.fen > FEN_MAX)).any():
        raise InputError("sharing.amount_not_positive", count=int(bad.sum()), first=int(np.argmax(bad)))
    if (bad := ~((events.loan >= 0) & (events.loan < count))).any():
        raise InputError("sharing.loan_unknown", loan=int(events.loan[np.argmax(bad)]), count=count)
    if (bad := ~np.isin(events.kind, list(KINDS.values()))).any():
        raise InputError("sharing.kind_unknown", kind=int(events.kind[np.argmax(bad)]))
    if (bad := ~((loans.class_number >= 0) & (loans.class_number < len(contract.classes)))).any():
        raise InputError(
            "sharing.class_unknown", name=int(loans.class_number[np.argmax(bad)]), known=", ".join(contract.classes)
        )
    if (np.diff(events.day) < 0).any():
        raise InputError("sharing.days_fall", first=int(np.argmax(np.diff(events.day) < 0)) + 1)


def _refuse(problem: int, place: int, events: Events) -> None:
    loan = int(events.loan[place])
    if problem == REPEATED:
        raise InputError("sharing.claim_repeated", loan=loan, event=place)
    if problem == NOT_CLAIMED:
        raise InputError("sharing.claim_missing", loan=loan, event=place)
    assert problem == GIVEN_BACK_TWICE
    raise InputError("sharing.returned_too_much", loan=loan, event=place, fen=int(events.fen[place]))

"""Which part of each loan's loss does each bearer pay, claims coming in the order given?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.sharing.contract import FEN_MAX, SharingContract
from kejin.sharing.settle_claims import Events, Loans, settle_claims
from kejin.sharing.settle_kernel import CLAIM

Whole = NDArray[np.int64]


def split_loss(loss_fen: Whole, contract: SharingContract, loans: Loans | None = None) -> dict[str, Whole]:
    """Part of each loan's loss paid by each bearer; the keeper bears what nobody else pays.

    loss_fen   shape (loan,), whole fen >= 0, in order of claim date; 0 is a loan without loss.
    loans      classes, days overdue, days granted (against claim number as day); None: all alike.
    Returns    bearer -> fen, shape (loan,). The bearers' columns add up to loss_fen.
    Limits     A cap is used up in claim order: reordering claims moves money between loans, never between bearers,
               unless a stop level is set.
    Raises     sharing.loss_negative.
    Source     财金〔2024〕60号 and the contracts of docs/models/sharing.md; evidence in
               tests/oracle/waterfall_oracle.py.
    """
    losses = np.asarray(loss_fen)
    if losses.dtype.kind == "f":
        whole = np.isfinite(losses) & (losses == np.floor(losses))
        losses = np.where(whole, losses, -1)
    if (bad := ~((losses >= 0) & (losses <= FEN_MAX))).any():  # written this way round so that NaN is bad too
        raise InputError("sharing.loss_negative", count=int(bad.sum()), first=int(np.argmax(bad)))
    loans = Loans.alike(losses.size) if loans is None else loans
    number = np.flatnonzero(losses > 0).astype(np.int64)
    events = Events(number, np.full(number.size, CLAIM, np.int64), losses[number].astype(np.int64), number)
    flows = settle_claims(events, contract, loans).flows_fen
    paid = np.zeros((losses.size, flows.shape[1]), np.int64)
    paid[number] = flows
    return {name: paid[:, k] for k, name in enumerate(contract.bearers)}

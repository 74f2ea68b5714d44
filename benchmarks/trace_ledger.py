"""A ledger for speed tests: busy and quiet accounts, regular partners, loans; made in the widths that tracing uses."""

from __future__ import annotations

import numpy as np
from numba import njit

from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Drawdowns

DAYS = 180
TRANSFERS_AN_ACCOUNT = 20


@njit(cache=True)
def _fill(seed, weights, regulars, source, target, fen):  # type: ignore[no-untyped-def]
    """Payers in proportion to their activity; three payees in five are regular partners."""
    np.random.seed(seed)
    accounts = len(weights)
    for i in range(len(source)):
        s = weights[np.random.randint(0, accounts)]
        if np.random.random() < 0.6:
            d = regulars[s, np.random.randint(0, regulars.shape[1])]
        else:
            d = weights[np.random.randint(0, accounts)]
        if d == s:
            d = (s + 1) % accounts
        source[i], target[i] = s, d
        fen[i] = np.int64(np.exp(np.random.normal(14.5, 1.6))) + 1


def make_ledger(transfers: int, seed: int = 1, per_account: int = TRANSFERS_AN_ACCOUNT) -> Ledger:
    """Transfers over DAYS days, a power law of activity, opening balances of some months of turnover."""
    rng = np.random.default_rng(seed)
    accounts = max(transfers // per_account, 10)
    # Account k of a power law stands about 1/sqrt(k) times in the list that payers are drawn from.
    weights = np.minimum((rng.random(accounts) ** 1.7 * accounts).astype(np.int32), accounts - 1)
    regulars = np.minimum((rng.random((accounts, 5)) ** 1.4 * accounts).astype(np.int32), accounts - 1)
    source, target = np.empty(transfers, np.int32), np.empty(transfers, np.int32)
    fen = np.empty(transfers, np.int64)
    _fill(seed, weights, regulars, source, target, fen)
    del weights, regulars
    time = np.linspace(0, DAYS * 86_400, transfers, dtype=np.int64)
    opening = np.exp(rng.normal(17.5, 1.2, accounts)).astype(np.int64)
    return Ledger(source, target, fen, time, opening, np.ones(accounts, dtype=bool))


def make_drawdowns(ledger: Ledger, loans: int, days: int, seed: int = 2) -> Drawdowns:
    """Transfers that become drawdowns of about CNY 3 million, followed for some days."""
    rng = np.random.default_rng(seed)
    row = np.sort(rng.choice(int(len(ledger.fen) * 0.45), loans, replace=False)).astype(np.int64)
    ledger.fen[row] = np.exp(rng.normal(19.5, 0.8, loans)).astype(np.int64)
    row_end = np.searchsorted(ledger.time, ledger.time[row] + days * 86_400).astype(np.int64)
    return Drawdowns(row, row_end)

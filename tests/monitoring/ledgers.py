"""Small ledgers for the tests of tracing, and what traces add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Drawdowns, Trace

Row = tuple[int, int, int]


def ledger_of(rows: Sequence[Row] | np.ndarray, opening: Sequence[int]) -> Ledger:
    """A ledger of (payer, payee, fen) in order; every balance known."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return Ledger(
        table[:, 0].astype(np.int32),
        table[:, 1].astype(np.int32),
        table[:, 2].copy(),
        np.arange(len(table), dtype=np.int64),
        np.array(opening, dtype=np.int64),
        np.ones(len(opening), dtype=bool),
    )


def drawdowns_of(loans: Sequence[tuple[int, int]]) -> Drawdowns:
    table = np.array(loans, dtype=np.int64).reshape(-1, 2)
    return Drawdowns(table[:, 0].copy(), table[:, 1].copy())


def moved(trace: Trace, loan: int) -> dict[int, int]:
    """row -> fen of one drawdown."""
    found: dict[int, int] = defaultdict(int)
    for at in np.flatnonzero(trace.drawdown == loan):
        found[int(trace.row[at])] += int(trace.fen[at])
    return dict(found)


def kept(trace: Trace, ledger: Ledger, loan: int) -> dict[int, int]:
    """account -> fen of one drawdown that stayed there."""
    found: dict[int, int] = defaultdict(int)
    for at in np.flatnonzero((trace.drawdown == loan) & (trace.kept_fen > 0)):
        found[int(ledger.target[trace.row[at]])] += int(trace.kept_fen[at])
    return dict(found)


@st.composite
def random_ledgers(draw: st.DrawFn) -> tuple[list[Row], list[int], list[tuple[int, int]], list[bool], int, int]:
    """(rows, openings, drawdowns, follows, hops_max, dust_fen): few accounts, so that money mixes and returns."""
    accounts = draw(st.integers(3, 7))
    sums = st.one_of(st.integers(1, 30), st.integers(1, 10**13))
    account = st.integers(0, accounts - 1)
    rows = draw(
        st.lists(st.tuples(account, account, sums).filter(lambda row: row[0] != row[1]), min_size=2, max_size=40)
    )
    opening = draw(st.lists(st.one_of(st.just(0), sums), min_size=accounts, max_size=accounts))
    places = draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=3, unique=True))
    loans = [(place, draw(st.integers(place + 1, len(rows)))) for place in sorted(places)]
    follows = draw(st.lists(st.sampled_from([True, True, True, False]), min_size=accounts, max_size=accounts))
    return rows, opening, loans, follows, draw(st.integers(0, 8)), draw(st.sampled_from([0, 1, 5, 1000]))

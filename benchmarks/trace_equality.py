"""Do the kernels and SQL give the same fen on a million transfers? Every step, kept sum and dust of every loan.

Prints one line a rule and ends with status 1 where anything differs.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
from trace_ledger import make_drawdowns, make_ledger

from kejin.engines.on_duckdb import connect_memory
from kejin.engines.trace_with_sql import prepare, trace
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.trace import Bounds

TRANSFERS, LOANS, DAYS, BOUNDS = 1_000_000, 1_000, 90, Bounds(8, 300_000)


def main() -> int:
    ledger = make_ledger(TRANSFERS, seed=11)
    ledger.opening_fen[::5] = 0  # many accounts are overdrawn
    drawdowns = make_drawdowns(ledger, LOANS, DAYS)
    paid = np.bincount(ledger.source, minlength=len(ledger.opening_fen))
    follows = paid < np.quantile(paid, 0.999)
    columns = {"row": np.arange(TRANSFERS), "source": ledger.source, "target": ledger.target, "fen": ledger.fen}
    transfers = pa.table({name: np.asarray(column, np.int64) for name, column in columns.items()})
    openings = pa.table({"account": np.arange(len(ledger.opening_fen)), "opening": ledger.opening_fen})
    asked = pa.table({"drawdown": np.arange(LOANS), "row": drawdowns.row, "row_end": drawdowns.row_end})
    follower, worst = MoneyFollower(ledger), 0
    with connect_memory() as connection:
        prepare(connection, transfers, openings)
        for rule in ("lifo", "fifo"):
            kernel = follower.trace(rule, drawdowns, follows, BOUNDS)  # type: ignore[arg-type]
            ours = np.stack(
                [kernel.drawdown, kernel.row, ledger.target[kernel.row], kernel.fen, kernel.hop, kernel.kept_fen,
                 kernel.dust_fen]
            ).astype(np.int64)  # fmt: skip
            found = trace(
                connection, asked, pa.table({"account": np.flatnonzero(follows)}), BOUNDS.hops_max, BOUNDS.dust_fen,
                newest_first=rule == "lifo",
            )  # fmt: skip
            theirs = np.stack([found[name].to_numpy().astype(np.int64) for name in found.column_names])
            same = ours.shape == theirs.shape and bool((_sorted(ours) == _sorted(theirs)).all())
            worst += not same
            print(
                f"{rule}: {TRANSFERS:,} transfers, {LOANS:,} loans, {ours.shape[1]:,} steps, equal to the fen: {same}"
            )
    return int(worst > 0)


def _sorted(columns: np.ndarray) -> np.ndarray:
    return columns[:, np.lexsort(columns[::-1])]


if __name__ == "__main__":
    sys.exit(main())

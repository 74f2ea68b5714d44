"""How fast is tracing, beside plain Python and SQL? One run, one machine; prints a table and ratios.

10 million transfers, 10,000 loans, 8 hops, 90 days; with --large also 100 million transfers. Processor seconds stand
beside the clock, because the machine may be shared. --write puts the page into docs/evidence.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections import defaultdict, deque
from pathlib import Path

import numpy as np
import pyarrow as pa
from trace_ledger import make_drawdowns, make_ledger

from kejin.engines.on_duckdb import connect_memory
from kejin.engines.trace_with_sql import prepare, trace
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import RULES, Bounds, Drawdowns, unexplained_fen

ROOT = Path(__file__).resolve().parent.parent
LOANS, HOPS, DAYS, DUST_FEN = 10_000, 8, 90, 300_000
BASELINE_TRANSFERS, SQL_LOANS = 1_000_000, 200


def clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(begin: tuple[float, float]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    return time.perf_counter() - begin[0], time.process_time() - begin[1]


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def warm_up() -> None:
    """Compiles every kernel, so that only running is measured."""
    ledger = make_ledger(20_000)
    drawdowns = make_drawdowns(ledger, 600, DAYS)
    follower = MoneyFollower(ledger)
    for rule in RULES:
        follower.trace(rule, drawdowns, np.ones(len(ledger.opening_fen), dtype=bool), Bounds(HOPS, DUST_FEN))


def absorbing_hubs(ledger: Ledger) -> np.ndarray:
    paid = np.bincount(ledger.source, minlength=len(ledger.opening_fen))
    return paid < np.quantile(paid, 0.999)


def halves(ledger: Ledger) -> tuple[float, float]:
    """Processor seconds of the two halves of the pass, which run on a core each when there are two."""
    from kejin.monitoring import balance_index as one

    n, accounts = len(ledger.fen), len(ledger.opening_fen)
    state = np.full((accounts, 4), -1, np.int64)
    state[:, 0] = ledger.opening_fen
    after, before, lower = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int32)
    begin = time.process_time()
    one._balances(ledger.source, ledger.target, ledger.fen, state, after, before, lower)
    forward = time.process_time() - begin
    begin = time.process_time()
    one._first_payments(ledger.source, ledger.target, accounts, lower)
    return forward, time.process_time() - begin


def kernels(transfers: int, rules: tuple[str, ...]) -> list[str]:
    """Rows of the table for one size."""
    ledger = make_ledger(transfers)
    drawdowns = make_drawdowns(ledger, LOANS, DAYS)
    follows, bounds = absorbing_hubs(ledger), Bounds(HOPS, DUST_FEN)
    out: list[str] = []
    repeats = 3 if transfers <= 20_000_000 else 1  # the best of three: the machine is shared
    forward, backward, took = 1e9, 1e9, (1e9, 1e9)
    for _ in range(repeats):
        begin = clock()
        follower = MoneyFollower(ledger)
        _ = follower.balances
        took = min(took, since(begin))
        del follower
    if repeats > 1:
        for _ in range(repeats):
            each = halves(ledger)
            forward, backward = min(forward, each[0]), min(backward, each[1])
        rate = f"{transfers / max(forward, backward) / 1e6:.1f} million transfers/s"
        out.append(f"| balances forward, one thread | | | {forward:.2f} s |")
        out.append(f"| first payments backward, the other | | | {backward:.2f} s |")
    else:
        rate = f"{transfers / took[1] / 1e6:.1f} million transfers/s (both halves on one core)"
    out.append(f"| index and balance pass | {rate} | {took[0]:.2f} s | {took[1]:.2f} s |")
    follower = MoneyFollower(ledger)
    _ = follower.balances
    for rule in rules:
        if rule == "fifo":
            begin = clock()
            _ = follower.queues
            took = since(begin)
            rate = f"{transfers / took[1] / 1e6:.1f} million transfers/s"
            out.append(f"| queue places (FIFO) | {rate} | {took[0]:.2f} s | {took[1]:.2f} s |")
        elif rule != "lifo":
            _ = follower.following
        best = (1e9, 1e9)
        for _ in range(3):
            begin = clock()
            found = follower.trace(rule, drawdowns, follows, bounds)  # type: ignore[arg-type]
            took = since(begin)
            best = min(best, took)
        assert not unexplained_fen(found, ledger, drawdowns).any()
        said = f"{LOANS / best[1]:,.0f} loans/s ({len(found):,} steps)"
        out.append(f"| queries, {rule} | {said} | {best[0]:.2f} s | {best[1]:.2f} s |")
        if rule == "lifo":
            out.append(f"| memory to here, ledger included | {peak_gb():.2f} GB | | |")
    return out


def plain_python(ledger: Ledger, drawdowns: Drawdowns, follows: np.ndarray) -> float:
    """Processor seconds of the textbook sweep: lots in a list for each account, all loans at once, newest first."""
    rows = list(zip(ledger.source.tolist(), ledger.target.tolist(), ledger.fen.tolist(), strict=True))
    loan_at = {int(row): loan for loan, row in enumerate(drawdowns.row)}
    ends, followed = drawdowns.row_end.tolist(), follows.tolist()
    kept: dict[tuple[int, int], int] = defaultdict(int)
    begin = time.process_time()
    lots = [deque([[-1, fen, 0]]) for fen in ledger.opening_fen.tolist()]
    for row, (source, target, fen) in enumerate(rows):
        pile, missing, taken = lots[source], fen, []
        while missing and pile:
            lot = pile[-1]
            part = min(lot[1], missing)
            missing -= part
            loan, hop = lot[0], lot[2]
            if loan >= 0 and (row >= ends[loan] or hop >= HOPS or not followed[source] or part < DUST_FEN):
                kept[loan, source] += part
                loan = -1
            taken.append([loan, part, hop + 1 if loan >= 0 else 0])
            if part == lot[1]:
                pile.pop()
            else:
                lot[1] -= part
        if missing:
            taken.append([-1, missing, 0])
        if row in loan_at:
            taken = [[loan_at[row], fen, 0]]
        lots[target].extend(reversed(taken))
    return time.process_time() - begin


def by_sql(ledger: Ledger, drawdowns: Drawdowns, follows: np.ndarray) -> tuple[float, float]:
    """Processor seconds of DuckDB: of the balances, and of each loan's query."""
    number = np.arange(len(drawdowns.row))
    columns = {"row": np.arange(len(ledger.fen)), "source": ledger.source, "target": ledger.target, "fen": ledger.fen}
    transfers = pa.table({name: np.asarray(column, np.int64) for name, column in columns.items()})
    openings = pa.table({"account": np.arange(len(ledger.opening_fen)), "opening": ledger.opening_fen})
    asked = pa.table({"drawdown": number, "row": drawdowns.row, "row_end": drawdowns.row_end})
    with connect_memory() as connection:
        begin = time.process_time()
        prepare(connection, transfers, openings)
        prepared = time.process_time() - begin
        begin = time.process_time()
        trace(connection, asked, pa.table({"account": np.flatnonzero(follows)}), HOPS, DUST_FEN, newest_first=True)
        return prepared, (time.process_time() - begin) / len(number)


def baselines() -> list[str]:
    ledger = make_ledger(BASELINE_TRANSFERS)
    drawdowns = make_drawdowns(ledger, 1_000, DAYS)
    follows, bounds = absorbing_hubs(ledger), Bounds(HOPS, DUST_FEN)
    best_pass, best_query = 1e9, 1e9
    for _ in range(3):
        follower = MoneyFollower(ledger)
        begin = time.process_time()
        _ = follower.balances
        best_pass = min(best_pass, time.process_time() - begin)
        begin = time.process_time()
        follower.trace("lifo", drawdowns, follows, bounds)
        best_query = min(best_query, time.process_time() - begin)
    ours = best_pass + best_query
    python = plain_python(ledger, drawdowns, follows)
    few = Drawdowns(drawdowns.row[:SQL_LOANS], drawdowns.row_end[:SQL_LOANS])
    prepared, query = by_sql(ledger, few, follows)
    sql = prepared + query * 1_000
    return [
        f"| kernels | {ours:.3f} s | 1 |",
        f"| plain Python, lots in lists | {python:.2f} s | {python / ours:.0f}× |",
        f"| DuckDB SQL: balances {prepared:.2f} s, a loan {query * 1e3:.2f} ms | {sql:.2f} s | {sql / ours:.0f}× |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=10_000_000)
    parser.add_argument("--large", action="store_true", help="also 100 million transfers, in a process of its own")
    parser.add_argument("--only-kernels", action="store_true", help="print the rows of one size and stop")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/trace_speed.md")
    asked = parser.parse_args()
    warm_up()
    if asked.only_kernels:
        print("\n".join(kernels(asked.transfers, ("lifo",))))
        return
    head = "| what | rate by processor | clock | processor |\n|---|---|---|---|"
    parts = [_HEAD, f"## {asked.transfers:,} transfers, {LOANS:,} loans\n\n{head}"]
    parts[-1] += "\n" + "\n".join(kernels(asked.transfers, RULES))
    rows = "\n".join(baselines())
    parts.append(
        f"## Against plain Python and SQL\n\n{BASELINE_TRANSFERS:,} transfers, 1,000 loans, last in first out; "
        "processor seconds, because other work shares the machine.\n\n"
        "| form | processor | against the kernels |\n|---|---|---|\n"
        f"{rows}"
    )
    if asked.large:
        command = [sys.executable, __file__, "--only-kernels", "--transfers", "100000000"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        parts.append(f"## 100,000,000 transfers, {LOANS:,} loans\n\n{head}\n{done.stdout.strip()}")
    text = "\n\n".join([*parts, _FOOT])
    print(text)
    if asked.write:
        (ROOT / "docs/evidence/trace_speed.md").write_text(text + "\n", "utf-8")


_HEAD = f"""# Evidence: speed of tracing

```sh no-run
python benchmarks/trace_speed.py --large --write
```

One run on two cores that other work shared heavily (about ten others a core), best of three a line. So the clock
says little; rates are by processor seconds: of a query on one core, of the pass by the longer of its two halves, which
run on a core each. The ledger is made by `benchmarks/trace_ledger.py`:
busy and quiet accounts, three payments in five to regular partners, 20 transfers an account in 180 days. Every loan is
followed for {HOPS} hops and {DAYS} days, pieces below CNY {DUST_FEN // 100:,} are dust, and the busiest thousandth of
accounts ends paths. After each query every fen of every loan is accounted for."""

_FOOT = """## What the figures mean

- The pass over balances is paid once for a ledger; each loan then costs what its money touches.
- Rules that mix follow money account by account: loan first touches most, because nothing waits behind own money.
- Ratios compare processor seconds in one run.
- On a quiet machine run it again: nothing but the command is needed."""


if __name__ == "__main__":
    main()

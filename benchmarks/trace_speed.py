"""How fast is tracing, beside plain Python and SQL? One run, one machine; prints a table and ratios.

10 million transfers, 10,000 loans, 8 hops, 90 days; with --large also 100 million transfers. Processor seconds stand
beside the clock, because the machine may be shared. --write puts the page into docs/evidence.
"""

from __future__ import annotations

import argparse
import os
import re
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
MEASURED: dict[tuple[int, str], float] = {}
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
    after, before, look, first = (np.empty(n, kind) for kind in (np.int64, np.int64, np.int32, np.int32))
    begin = time.process_time()
    busy = np.bincount(ledger.source, minlength=accounts) > one.LOOKED_THROUGH_MAX
    one._balances(ledger.source, ledger.target, ledger.fen, ledger.opening_fen.copy(), busy, after, before, look)
    forward = time.process_time() - begin
    begin = time.process_time()
    one._next_payments(ledger.source, ledger.target, busy, first, look)
    return forward, time.process_time() - begin


def pass_rows(ledger: Ledger) -> list[str]:
    """Rows of the pass over balances, best of three: the machine is shared."""
    transfers, took = len(ledger.fen), (1e9, 1e9)
    repeats = 3 if transfers <= 20_000_000 else 1
    for _ in range(repeats):
        begin = clock()
        follower = MoneyFollower(ledger)
        _ = follower.balances
        took = min(took, since(begin))
        del follower
    rate = f"{transfers / took[0] / 1e6:.1f} million transfers/s"
    MEASURED[transfers, "pass"] = transfers / took[0]
    return [f"| index and balance pass, both halves | {rate} | {took[0]:.2f} s | {took[1]:.2f} s |"]


def half_rows(ledger: Ledger) -> list[str]:
    """The two halves of the pass apart; their arrays would count as memory of tracing, so they come last."""
    each = [halves(ledger) for _ in range(3)]
    forward, backward = min(one[0] for one in each), min(one[1] for one in each)
    rate = f"{len(ledger.fen) / max(forward, backward) / 1e6:.1f} million transfers/s"
    return [
        f"| of it balances forward, one thread | {rate} on two cores | | {forward:.2f} s |",
        f"| of it next payments backward, the other | | | {backward:.2f} s |",
    ]


def kernels(transfers: int, rules: tuple[str, ...]) -> list[str]:
    """Rows of the table for one size."""
    ledger = make_ledger(transfers)
    drawdowns = make_drawdowns(ledger, LOANS, DAYS)
    follows, bounds = absorbing_hubs(ledger), Bounds(HOPS, DUST_FEN)
    out = pass_rows(ledger)
    follower = MoneyFollower(ledger)
    _ = follower.balances
    for rule in rules:
        if rule == "fifo":
            begin = clock()
            _ = follower.queues
            took = since(begin)
            rate = f"{transfers / took[0] / 1e6:.1f} million transfers/s"
            out.append(f"| queue places (FIFO) | {rate} | {took[0]:.2f} s | {took[1]:.2f} s |")
        elif rule != "lifo":
            _ = follower.following
        best = (1e9, 1e9)
        for _ in range(3):
            begin = clock()
            found = follower.trace(rule, drawdowns, follows, bounds)  # type: ignore[arg-type]
            best = min(best, since(begin))
        assert not unexplained_fen(found, ledger, drawdowns).any()
        said = f"{LOANS / best[0]:,.0f} loans/s ({len(found):,} steps)"
        out.append(f"| queries, {rule} | {said} | {best[0]:.2f} s | {best[1]:.2f} s |")
        if rule == "lifo":
            MEASURED[transfers, "queries"], MEASURED[transfers, "memory"] = LOANS / best[0], peak_gb()
            out.append(f"| memory to here, ledger included | {peak_gb():.2f} GB | | |")
    return out if transfers > 20_000_000 else [*out, *half_rows(ledger)]


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
    MEASURED[BASELINE_TRANSFERS, "python"], MEASURED[BASELINE_TRANSFERS, "sql"] = python / ours, sql / ours
    return [
        f"| kernels | {ours:.3f} s | 1 |",
        f"| plain Python, lots in lists | {python:.2f} s | {python / ours:.0f}× |",
        f"| DuckDB SQL: balances {prepared:.2f} s, a loan {query * 1e3:.2f} ms | {sql:.2f} s | {sql / ours:.0f}× |",
    ]


def verdicts(transfers: int, large: str) -> str:
    """The targets beside what this run measured."""
    at = {name: MEASURED[transfers, name] for name in ("pass", "queries", "memory")}
    python, sql = (MEASURED[BASELINE_TRANSFERS, name] for name in ("python", "sql"))
    rows = [
        ("pass at 10 million transfers/s", f"{at['pass'] / 1e6:.1f} million/s by the clock, both halves at once",
         at["pass"] >= 10e6),
        ("queries at 50,000 loans/s", f"{at['queries']:,.0f} loans/s by the clock (LIFO, the default)",
         at["queries"] >= 5e4),
        (f"memory under 1 GB at {transfers:,}", f"{at['memory']:.2f} GB", at["memory"] < 1),
        ("30 times plain Python, 20 times DuckDB SQL", f"{python:.0f} and {sql:.0f} times", python >= 30 and sql >= 20),
    ]  # fmt: skip
    found = re.search(r"memory to here[^|]*\| ([0-9.]+) GB", large)
    if found:
        rows.append(("100 million transfers within 8 GB", f"{found[1]} GB, ledger made in the same process",
                     float(found[1]) < 8))  # fmt: skip
    lines = [f"| {target} | {said} | {'met' if met else '**missed**'} |" for target, said, met in rows]
    return "## Against the targets\n\n| target | measured | |\n|---|---|---|\n" + "\n".join(lines)


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
    head = "| what | rate by the clock | clock | processor |\n|---|---|---|---|"
    parts = [
        _HEAD.format(load=f"{os.getloadavg()[0]:.1f}"),
        f"## {asked.transfers:,} transfers, {LOANS:,} loans\n\n{head}",
    ]
    parts[-1] += "\n" + "\n".join(kernels(asked.transfers, RULES))
    rows = "\n".join(baselines())
    parts.append(
        f"## Against plain Python and SQL\n\n{BASELINE_TRANSFERS:,} transfers, 1,000 loans, last in first out; "
        "processor seconds of all threads together.\n\n"
        "| form | processor | against the kernels |\n|---|---|---|\n"
        f"{rows}"
    )
    large = ""
    if asked.large:
        command = [sys.executable, __file__, "--only-kernels", "--transfers", "100000000"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        large = done.stdout.strip()
        parts.append(f"## 100,000,000 transfers, {LOANS:,} loans\n\n{head}\n{large}")
    parts.append(verdicts(asked.transfers, large))
    text = "\n\n".join([*parts, _FOOT])
    print(text)
    if asked.write:
        (ROOT / "docs/evidence/trace_speed.md").write_text(text + "\n", "utf-8")


_HEAD = f"""# Evidence: speed of tracing

```sh no-run
python benchmarks/trace_speed.py --large --write
```

One run on two cores, both used; a line is the best of three by the clock, which says little where other work shares
the machine: its load when the run began was {{load}}. The ledger is made by `benchmarks/trace_ledger.py`:
busy and quiet accounts, three payments in five to regular partners, 20 transfers an account in 180 days. Every loan is
followed for {HOPS} hops and {DAYS} days, pieces below CNY {DUST_FEN // 100:,} are dust, and the busiest thousandth of
accounts ends paths. After each query every fen of every loan is accounted for."""

_FOOT = """## What the figures mean

- The pass over balances is paid once for a ledger; each loan then costs what its money touches.
- Only payers of more than 128 payments get places of lower balances at once; of the others a query looks through the
  payments one by one. That made the pass twice as fast and queries about a third slower.
- Rules that mix follow money account by account: loan first touches most, because nothing waits behind own money.
- Ratios compare processor seconds in one run.
- The halves of the pass that are shown apart are rated by processor seconds, each on its own thread."""


if __name__ == "__main__":
    main()

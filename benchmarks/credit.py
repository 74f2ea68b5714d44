"""Does the credit model meet its figures? One run prints every ratio that was promised, and what it had to leave out.

    python benchmarks/credit.py [--rows 1000000] [--peer PYTHON] [--workspace WORKSPACE --as-of DAY]
                                [--companies 1000000] [--loans 1000000]

PYTHON is an interpreter with the extra `bench` (optbinning; a separate environment, it is no part of this project).
WORKSPACE is a copy of a loaded workspace with a registered default model: its stored rows are repeated and written
over. The parts are `scorecard.py`, `preapprove.py` and `portfolio_loss.py`, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from portfolio_loss import CORRELATION, loans
from scorecard import in_own_process, make_rows, verdict

from kejin.credit.portfolio_loss import portfolio_loss

Row = tuple[str, str, str]
HERE = Path(__file__).parent


def scorecard_rows(rows: int, peer: str | None) -> list[Row]:
    """Fit and score against optbinning where it is there, one row, memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_rows(folder, rows)
        mine = in_own_process(sys.executable, "ours", folder)
        theirs = None if peer is None else in_own_process(peer, "optbinning", folder)
    found = verdict(mine, theirs)
    if theirs is None:
        found.append(("fit, score, AUC and information value against optbinning", "no --peer given", "skipped"))
    return found


def lending_rows(workspace: Path | None, day: date, companies: int) -> list[Row]:
    """The list of offers and one decision on stored rows repeated up to so many companies."""
    if workspace is None:
        return [("list of offers; one decision, warm", "no --workspace given", "skipped")]
    stored = sorted(workspace.glob(f"results/{day}-*/borrowers.parquet"))
    if not stored:
        return [("list of offers; one decision, warm", f"run kejin preapprove {workspace} first", "skipped")]
    times = math.ceil(companies / pq.read_metadata(stored[-1]).num_rows)
    done = subprocess.run(
        [sys.executable, str(HERE / "preapprove.py"), str(workspace), day.isoformat(), str(times)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        raise SystemExit("preapprove.py failed")
    found = json.loads(done.stdout)
    many = f"{found['companies']:,.0f} companies × {found['products']:.0f} products"
    shown = f"{found['list s']:.1f} s ({found['list processor s']:.1f} of the processors)"
    rows = [
        (f"{many} within 90 s", shown, _met(found["list s"] <= 90)),
        ("and 6 GB", f"{found['peak memory GB']:.1f} GB", _met(found["peak memory GB"] <= 6)),
    ]
    if "decision ms, median" not in found:
        return [*rows, ("one decision, warm, under 300 ms", "nobody could be assessed", "skipped")]
    clock, processor = found["decision ms, median"], found["decision processor ms, median"]
    shown = f"{clock:.0f} ms ({processor:.0f} of the processors)"
    return [*rows, ("one decision, warm, under 300 ms", shown, _met(clock < 300))]


def portfolio_rows(count: int) -> list[Row]:
    """The distribution of a portfolio's loss."""
    few, book = loans(1_000), loans(count)
    portfolio_loss(few.exposure_cny, few.loss_rate, few.default_probability, CORRELATION)  # compiles the kernels
    clock, processor = time.perf_counter(), time.process_time()
    portfolio_loss(book.exposure_cny, book.loss_rate, book.default_probability, CORRELATION)
    took, worked = time.perf_counter() - clock, time.process_time() - processor
    name = f"portfolio loss of {count:,} loans under 10 s"
    return [(name, f"{took:.2f} s ({worked:.2f} of the processors)", _met(took < 10))]


def _met(good: bool | np.bool_) -> str:
    return "met" if good else "missed"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer", help="interpreter with optbinning")
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 9, 30))
    parser.add_argument("--companies", type=int, default=1_000_000)
    parser.add_argument("--loans", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {asked.rows:,} rows × 40 columns\n")
    print("| target | measured | |\n|---|---:|---|")
    for part in (
        lambda: scorecard_rows(asked.rows, asked.peer),
        lambda: lending_rows(asked.workspace, asked.as_of, asked.companies),
        lambda: portfolio_rows(asked.loans),
    ):
        for row in part():
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()

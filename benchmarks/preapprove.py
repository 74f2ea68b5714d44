"""How long does a list of every company × every product take, and one decision? Prints seconds and memory.

    python benchmarks/preapprove.py WORKSPACE 2026-09-30 [TIMES]

The workspace holds the facts of a city and, where one is registered, a default model. The evaluation of the day and the
scores are made before the clock starts: they are stored inputs. The borrowers' file is made inside, and timed apart.
TIMES repeats the stored rows so many times under other codes, to see the list at full size without a city of that size.
The workspace is best a copy: its stored results are written over.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kejin.workflows.assess_loan import assess_loan
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.loan_application import Application
from kejin.workflows.preapprove import preapprove
from kejin.workflows.workspace import Workspace

DECISIONS = 40
ROW_GROUP = 122_880  # rows, as the engine writes them


def measure(workspace: Path, day: date, times: int = 1) -> dict[str, float]:
    """Seconds on the clock and of the processor for each step; peak memory of the process in GB."""
    found: dict[str, float] = {}

    def lap(name: str, started: tuple[float, float]) -> None:
        found[f"{name} s"] = time.perf_counter() - started[0]
        found[f"{name} processor s"] = time.process_time() - started[1]

    def now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    with Workspace.open(workspace) as opened:
        desk = LendingDesk(opened, day)
        desk.evaluator.results()
        start = now()
        desk.borrowers()
        lap("borrowers", start)
        for path in (desk.borrowers(), desk.scores()):
            if path is not None and times > 1:
                _repeat(path, times)
        start = now()
        made = preapprove(desk, "benchmark", write=False)
        lap("list", start)
        found["companies"] = made.companies
        found["products"] = len(made.rules.products)
        found["offers"] = sum(counts["yes"] for counts in made.counts.values())
        found |= _decisions(desk, made.path)
    found["peak memory GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return found


def _repeat(path: Path, times: int) -> None:
    """Writes the file's rows so many times, companies under codes of their own, in order."""
    rows = pq.read_table(path)
    place = rows.column_names.index("company_id")
    beside = path.with_suffix(".more")
    known = rows["company_id"].to_pylist()
    together = max(1, ROW_GROUP // max(rows.num_rows, 1))
    with pq.ParquetWriter(beside, rows.schema) as writer:
        for first in range(0, times, together):
            parts = []
            for number in range(first, min(first + together, times)):
                codes = pa.array([f"{number:05d}{code[5:]}" for code in known])
                parts.append(rows.set_column(place, rows.schema.field(place), codes))
            writer.write_table(pa.concat_tables(parts).combine_chunks(), row_group_size=ROW_GROUP)
    beside.replace(path)


def _decisions(desk: LendingDesk, offers: Path) -> dict[str, float]:
    """Decisions on companies that nobody has refused, each with its journal entry; the first is not counted."""
    rows = pq.read_table(
        offers, columns=["company_id", "product", "offer"], filters=[("product", "==", "technology_credit")]
    )
    companies = [row["company_id"] for row in rows.to_pylist() if row["offer"] != "no"][: DECISIONS + 1]
    clock, processor = [], []
    for number, company in enumerate(companies):
        started, used = time.perf_counter(), time.process_time()
        assess_loan(desk, Application(company, "technology_credit", Decimal(3_000_000), 24, "wages"), "benchmark")
        if number:
            clock.append(time.perf_counter() - started)
            processor.append(time.process_time() - used)
    clock.sort()
    processor.sort()
    if not clock:
        return {}
    last = int(len(clock) * 0.95)
    return {
        "decision ms, median": clock[len(clock) // 2] * 1000,
        "decision ms, 95th percentile": clock[min(last, len(clock) - 1)] * 1000,
        "decision processor ms, median": processor[len(processor) // 2] * 1000,
    }


if __name__ == "__main__":
    figures = measure(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}, indent=1))

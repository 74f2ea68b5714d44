"""What does the whole evaluation of a city cost, Parquet in to Parquet out? The same steps as `kejin evaluate`.

Started by evaluate.py as a child, so that memory is measured for this work alone.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path

import ibis.expr.types as ir

from kejin.engines.parquet_facts import facts_from_parquet
from kejin.engines.run_query import read_parquet, to_parquet
from kejin.workflows.evaluate_companies import TABLES_READ
from kejin.workflows.evaluation_query import evaluation_table, inputs_table, patent_table
from kejin.workflows.evaluation_rules import rules_of_day

MEMORY_LIMIT = "4GB"
THREADS = 2


def evaluate_city(city: Path, as_of: date, out: Path) -> dict[str, float]:
    """Write evaluation.parquet (one row a company) into `out`; seconds of each step."""
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal clock
        seconds[step], clock = time.perf_counter() - clock, time.perf_counter()

    out.mkdir(parents=True, exist_ok=True)
    rules = rules_of_day(as_of)
    facts = facts_from_parquet(city, as_of, memory_limit=MEMORY_LIMIT, threads=THREADS)
    loaded = facts.with_rows(TABLES_READ)
    lap("rules")
    backend = facts.table("company").get_backend()

    def keep(name: str, table: ir.Table) -> ir.Table:
        path = out / f"{name}.parquet"
        if name not in kept:
            to_parquet(table, path)
            kept.add(name)
        return read_parquet(backend, path)

    kept: set[str] = set()
    patents = keep("patents", patent_table(facts, rules, keep))
    lap("patents")
    inputs = keep("inputs", inputs_table(facts, rules, loaded, patents, keep))
    lap("inputs")
    to_parquet(evaluation_table(inputs, rules), out / "evaluation.parquet")
    lap("evaluation")
    return seconds


if __name__ == "__main__":
    began, processor = time.perf_counter(), time.process_time()
    steps = evaluate_city(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3]))
    found: dict[str, object] = {"seconds": time.perf_counter() - began, "steps": steps}
    found |= {"processor_s": time.process_time() - processor}
    found |= {"peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}
    print(json.dumps(found))

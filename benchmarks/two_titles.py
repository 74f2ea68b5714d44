"""What do 科技型中小企业 and 专精特新 alone cost, Parquet in to Parquet out? By Kejin, or by Polars.

    python benchmarks/two_titles.py kejin|polars CITY AS_OF OUT.parquet     prints seconds as JSON

Started by evaluate.py as a child each time, so that memory is measured for one of them alone.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path

TITLES = ("tech_sme", "specialised_sme")
MEMORY_LIMIT = "4GB"
THREADS = 2


def by_kejin(city: Path, as_of: date, out: Path) -> None:
    """The two titles with every step, through the same queries as the whole evaluation."""
    from kejin.engines.parquet_facts import facts_from_parquet
    from kejin.engines.run_query import to_parquet
    from kejin.evaluation.company_inputs import company_inputs
    from kejin.evaluation.rights_inputs import rights_inputs
    from kejin.schemes.compile_table import compile_table
    from kejin.schemes.expressions import combined
    from kejin.workflows.evaluate_companies import TABLES_READ
    from kejin.workflows.evaluation_query import high_value_rules
    from kejin.workflows.evaluation_rules import rules_of_day

    rules = rules_of_day(as_of)
    facts = facts_from_parquet(city, as_of, memory_limit=MEMORY_LIMIT, threads=THREADS)
    loaded = facts.with_rows(TABLES_READ)
    program = combined(tuple(scheme.program for scheme in rules.schemes if scheme.id in TITLES))
    rights = rights_inputs(
        facts,
        as_of,
        class_one_kinds=rules.rights.class_one_kinds.codes,
        class_two_kinds=rules.rights.class_two_kinds.codes,
        terms=rules.terms,
        high_value=high_value_rules(rules),
        loaded=loaded,
    )
    inputs = company_inputs(facts, as_of, {*program.inputs, "report_year"}, loaded, rights)
    to_parquet(compile_table(program, inputs, ("company_id",)), out)


def by_polars(city: Path, as_of: date, out: Path) -> None:
    """The hand-written peer."""
    import peers_polars

    peers_polars.evaluate(city / "facts", as_of).sink_parquet(out)


if __name__ == "__main__":
    chosen = {"kejin": by_kejin, "polars": by_polars}[sys.argv[1]]
    began, processor = time.perf_counter(), time.process_time()
    chosen(Path(sys.argv[2]), date.fromisoformat(sys.argv[3]), Path(sys.argv[4]))
    seconds, processor = time.perf_counter() - began, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "processor_s": processor, "peak_gib": peak}))

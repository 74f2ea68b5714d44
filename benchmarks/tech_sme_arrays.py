"""科技型中小企业 on figures in memory that are all known, by Kejin: what OpenFisca is compared with.

    python benchmarks/tech_sme_arrays.py FIGURES.npz COMPANIES REPEATS   writes figures for both sides, prints seconds
    python benchmarks/tech_sme_arrays.py FIGURES.npz compare             counts companies with another answer or score

OpenFisca computes in float32, so shares and amounts are drawn away from the edges by more than its error.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.engines.run_query import sql_of
from kejin.schemes.compile_arrays import compile_arrays
from kejin.schemes.compile_table import compile_table
from kejin.schemes.expressions import needed_for
from kejin.workflows.evaluation_rules import rules_of_day

AS_OF = date(2025, 6, 30)
STEP = 0.0005  # shares lie in the middle of steps this wide; every edge of the scheme is between two steps
FLAGS = ("mainland_resident", "restricted_product", "serious_failing", "on_abnormal_list", "on_serious_breach_list")
FEN = 100.0
ANSWERS = ("tech_sme__qualifies", "tech_sme__score__low", "tech_sme__score__high")


def drawn_figures(count: int) -> dict[str, np.ndarray]:
    """Figures by OpenFisca's names; about half of the companies pass the gates."""
    chance = np.random.default_rng(20250630)

    def share(most: float) -> np.ndarray:
        return STEP * (chance.integers(0, int(most / STEP), count) + 0.5)

    staff = chance.integers(1, 60, count) * 20.0 + 7.0
    sales = chance.integers(1, 3_000, count) * 100_000.0 + 50_000.0
    figures = {
        "staff_total": staff,
        "tech_staff": staff * share(0.5),
        "revenue": sales,
        "rd_expense": sales * share(0.1),
        "total_cost": sales * (0.7 + 0.2 * share(1.0)),
        "total_assets": chance.integers(1, 3_000, count) * 100_000.0 + 50_000.0,
        "class_one_rights": chance.poisson(0.3, count),
        "class_two_rights": chance.poisson(2.0, count),
        "national_awards": chance.random(count) < 0.001,
        "research_units": chance.random(count) < 0.01,
        "standards_led": chance.random(count) < 0.01,
    }
    figures |= {name: chance.random(count) < 0.02 for name in FLAGS}
    figures["mainland_resident"] = ~figures["mainland_resident"]
    figures["holds_high_tech"] = chance.random(count) < 0.1
    for name in ("national_awards", "research_units", "standards_led"):
        figures[name] = figures[name].astype(np.int64)
    return figures


def inputs_of(figures: dict[str, np.ndarray], wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The same figures under the names of the scheme's inputs, money in fen; a further input would be an error."""
    columns: dict[str, Any] = {
        "staff_total_y0": figures["staff_total"],
        "tech_staff_y0": figures["tech_staff"],
        "revenue_fen_y0": figures["revenue"] * FEN,
        "rd_expense_fen_y0": figures["rd_expense"] * FEN,
        "total_cost_fen_y0": figures["total_cost"] * FEN,
        "total_assets_fen_y0": figures["total_assets"] * FEN,
        "serious_failing_2y": figures["serious_failing"],
        "holds__high_tech": figures["holds_high_tech"],
        "award_count__national__top3__5y": figures["national_awards"].astype(float),
        "units_national": figures["research_units"].astype(float),
        "units_provincial": np.zeros(len(figures["staff_total"])),
        "standards_led__5y": figures["standards_led"].astype(float),
    }
    for name in FLAGS:
        if name != "serious_failing":
            columns[name] = figures[name]
    for number, ours in (("one", "class_one_main"), ("two", "class_two_main")):
        rights = figures[f"class_{number}_rights"].astype(float)
        columns |= {f"{ours}_low": rights, f"{ours}_high": rights}
    missing = set(wanted) - set(columns)
    assert not missing, f"the scheme reads {sorted(missing)}"
    return {name: columns[name] for name in wanted}


def timed(path: Path, count: int, repeats: int) -> dict[str, list[float]]:
    """Write the figures, then seconds of each run: the compiled loop on arrays, and the query on a table in memory.

    Both sides give the answer and the score; ours gives the score's two ends.
    """
    figures = drawn_figures(count)
    np.savez(path, **figures)
    scheme = rules_of_day(AS_OF).scheme("tech_sme")
    assert scheme is not None
    program = needed_for(scheme.program, ANSWERS)
    columns = inputs_of(figures, program.inputs)
    evaluate = compile_arrays(program)
    first = evaluate({name: column[:10] for name, column in columns.items()})  # compiled here, outside the clock
    assert len(first) == len(ANSWERS)
    seconds: dict[str, list[float]] = {"seconds": [], "query_s": []}
    for _ in range(repeats):
        began = time.perf_counter()
        found = evaluate(columns)
        seconds["seconds"].append(time.perf_counter() - began)
    connection = connect_memory(threads=2)
    rows = {"company_id": np.arange(count), **columns}
    connection.register("figures_read", pa.table(rows))
    connection.execute("CREATE TABLE figures AS FROM figures_read")
    table = ibis_over(connection).table("figures")
    sql = sql_of(compile_table(program, table, ("company_id",)).select("company_id", *ANSWERS))
    for _ in range(repeats):
        began = time.perf_counter()
        answers = connection.execute(sql).fetch_arrow_table()
        seconds["query_s"].append(time.perf_counter() - began)
    answers = answers.sort_by("company_id")
    for name in ANSWERS:  # the two ways of our own give the same
        assert np.array_equal(found[name], answers[name].to_numpy(zero_copy_only=False).astype(float))
    np.savez(path.with_name(path.stem + "-ours.npz"), answer=found[ANSWERS[0]] == 1.0, score=found[ANSWERS[1]])
    return seconds


def different(path: Path) -> int:
    """Companies to which the two sides give another answer or another score."""
    ours = np.load(path.with_name(path.stem + "-ours.npz"))
    peer = np.load(path.with_name(path.stem + "-answers.npz"))
    other = (ours["answer"] != peer["answer"]) | (np.abs(ours["score"] - peer["score"]) > 1e-3)
    return int(other.sum())


if __name__ == "__main__":
    chosen = Path(sys.argv[1])
    if sys.argv[2] == "compare":
        print(json.dumps({"different": different(chosen)}))
    else:
        print(json.dumps(timed(chosen, int(sys.argv[2]), int(sys.argv[3]))))

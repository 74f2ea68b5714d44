"""How long does one company's profile take on a workspace whose evaluation is there? Started by evaluate.py as a child.

    python benchmarks/one_company.py CITY AS_OF FOLDER     prints milliseconds as JSON

A profile is everything `kejin evaluate --company` shows: figures, standing, every scheme explained, rows behind it.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

from kejin.schemes.compile_row import compile_row
from kejin.workflows.company_profile import Profiler
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

WARMING, MEASURED = 20, 300


def workspace_of(city: Path, place: Path) -> Path:
    """The city loaded into a workspace, once."""
    if not (place / "done").is_file():
        shutil.rmtree(place, ignore_errors=True)
        with Workspace.create(place) as workspace:
            report = load_facts(workspace, [city / "facts"])
            assert report.exit_status == 0, [finding.text() for finding in report.findings.kept][:3]
        (place / "done").write_text("", "utf-8")
    return place


def main() -> None:
    city, as_of, folder = Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), Path(sys.argv[3])
    with Workspace.open(workspace_of(city, folder)) as workspace:
        evaluator = Evaluator(workspace, as_of)
        profiler = Profiler(evaluator)
        results = workspace.backend.read_parquet(str(evaluator.results()))
        ids = results.select("company_id").order_by("company_id").to_pyarrow()["company_id"].to_pylist()
        drawn = np.random.default_rng(20261001).choice(ids, WARMING + MEASURED, replace=False)
        milliseconds = []
        for company in drawn:
            began = time.perf_counter()
            profile = profiler.profile(str(company))
            milliseconds.append(1_000 * (time.perf_counter() - began))
            assert profile.company_id == company
        measured = milliseconds[WARMING:]
        program = compile_row(evaluator.rules.program)
        began = time.perf_counter()
        for _ in range(MEASURED):
            program(profile.inputs)
        what_if = 1e6 * (time.perf_counter() - began) / MEASURED
    found = {"median_ms": np.median(measured), "p95_ms": np.quantile(measured, 0.95), "what_if_us": what_if}
    print(json.dumps({name: float(value) for name, value in found.items()}))


if __name__ == "__main__":
    main()

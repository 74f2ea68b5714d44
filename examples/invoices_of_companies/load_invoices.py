"""Load real companies with their VAT invoices, look at them as of three days, and evaluate what little is known.

    python examples/invoices_of_companies/load_invoices.py ../shared/data/cumcm2020c

Invoices become known on their day of issue, so an earlier day shows fewer of them. The extract holds no annual report,
staff or patent: every title stays open or is refused for a known reason, and nothing missing is read as 0. Only counts
are printed; no row of the extract is shown.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from kejin.engines.run_query import read_parquet
from kejin.errors import KejinError
from kejin.workflows.evaluate_companies import answer_counts, evaluate_companies
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

DAYS = (date(2017, 12, 31), date(2018, 12, 31), date(2020, 2, 29))
MAPPINGS = ("cumcm_labelled", "cumcm_unlabelled")


def main(arguments: list[str]) -> int:
    """Print two tables; 1 where the extract cannot be read."""
    if len(arguments) != 1:
        sys.stderr.write("usage: load_invoices.py DIRECTORY_OF_CUMCM2020C\n")
        return 2
    try:
        sys.stdout.write("\n".join(tables(Path(arguments[0]))) + "\n")
    except KejinError as error:
        sys.stderr.write(error.text("en") + "\n")
        return 1
    return 0


def tables(directory: Path) -> list[str]:
    """What was known on each day, and how the schemes answer on the last, as Markdown."""
    lines = ["| known on | companies with invoices | invoices | void | red-letter |", "|---|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder, "workspace")) as workspace:
        for mapping in MAPPINGS:
            load_facts(workspace, [directory], mapping=mapping)
        for day in DAYS:
            row = counts(workspace, day)
            shown = " | ".join(f"{row[name]:,}" for name in ("companies", "invoices", "void", "red"))
            lines.append(f"| {day} | {shown} |")
        run = evaluate_companies(workspace, DAYS[-1], "example")
        lines += ["", f"{run.companies:,} companies evaluated as of {DAYS[-1]}:", ""]
        lines += ["| scheme | yes | no | open |", "|---|---:|---:|---:|"]
        for answer in answer_counts(read_parquet(workspace.backend, run.path), run.rules):
            lines.append(f"| {answer['scheme']} | {answer['yes']:,} | {answer['no']:,} | {answer['open']:,} |")
    return lines


def counts(workspace: Workspace, day: date) -> dict[str, Any]:
    """How many invoices were known on a day, of how many companies."""
    invoice = workspace.facts(day).table("invoice")
    row: list[dict[str, Any]] = (
        invoice.aggregate(
            companies=invoice.company_id.nunique(),
            invoices=invoice.count(),
            void=ibis.ifelse(invoice.status == "void", 1, 0).sum(),
            red=ibis.ifelse(invoice.amount_cny < 0, 1, 0).sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    return row[0]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Rank the technology fields of real companies with an inventor in Shenzhen by how often their patents are cited.

    python examples/patents_of_shenzhen/evaluate_patents.py ../shared/data/patstat_cn

It loads the extract twice through the same checks as any user's file: all of it, so that every patent with an inventor
in China is in a cohort, and the companies of Shenzhen with their patents, by the mapping beside this file. The result
is a table of figures by field, as Markdown; no row of the extract is shown.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

import ibis

from kejin.engines.run_query import to_arrow, to_parquet
from kejin.errors import KejinError
from kejin.evaluation.patent_portfolio import patents_with_standing
from kejin.workflows.evaluation_rules import EvaluationRules, rules_of_day
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

HERE = Path(__file__).resolve().parent
AS_OF = date(2026, 3, 31)  # any day after 2019-02-28, from which the extract is known; rules of that day
PATENTS_MIN = 30  # fields with fewer patents are put together: a mean of a few says nothing
HEADER = """\
| place | field | companies | patents | mean citation percentile | in the top tenth |
|---:|---|---:|---:|---:|---:|"""


def main(arguments: list[str]) -> int:
    """Print the table; 1 where the extract cannot be read."""
    if len(arguments) != 1:
        sys.stderr.write("usage: evaluate_patents.py DIRECTORY_OF_PATSTAT_CN\n")
        return 2
    try:
        sys.stdout.write(ranked_table(Path(arguments[0])) + "\n")
    except KejinError as error:
        sys.stderr.write(error.text("en") + "\n")
        return 1
    return 0


def ranked_table(directory: Path) -> str:
    """The table of fields, best mean percentile first, as Markdown."""
    rules = rules_of_day(AS_OF)
    with tempfile.TemporaryDirectory() as folder:
        cohorts, companies = Path(folder, "china"), Path(folder, "shenzhen")
        standing = Path(folder, "standing.parquet")
        with Workspace.create(cohorts) as workspace:
            load_facts(workspace, [directory], mapping="patstat_cn")
            to_parquet(_standing(workspace, rules), standing)
        with Workspace.create(companies) as workspace:
            load_facts(workspace, [directory], mapping=HERE / "companies_of_shenzhen.yaml")
            own = workspace.facts(AS_OF).table("patent").select("publication_number")
            ranked = workspace.backend.read_parquet(standing).semi_join(own, "publication_number")
            rows = to_arrow(by_field(ranked)).to_pylist()
    return "\n".join([HEADER, *_lines(rows, rules)])


def _standing(workspace: Workspace, rules: EvaluationRules) -> ibis.Table:
    fields = rules.rights.field_by_ipc.entries
    return patents_with_standing(workspace.facts(AS_OF), AS_OF, fields=fields, terms=rules.terms)


def by_field(patents: ibis.Table) -> ibis.Table:
    """One row a field: companies, patents, patents with a percentile, their mean and their share in the top tenth."""
    grouped = patents.group_by("field").agg(
        companies=patents.company_id.nunique(),
        patents=patents.count(),
        ranked=patents.percentile_ppm.count(),
        percentile_sum=patents.percentile_ppm.sum(),
        top=ibis.ifelse(patents.percentile_ppm >= 900_000, 1, 0).sum(),
    )
    return grouped.mutate(
        percentile_mean=grouped.percentile_sum.cast("float64") / grouped.ranked.nullif(0) / 1e6,
        top_share=grouped.top.cast("float64") / grouped.ranked.nullif(0),
    ).order_by("field")


def _lines(rows: list[dict[str, object]], rules: EvaluationRules) -> list[str]:
    """Ranked lines, then one line for the small fields and one for patents whose field is not known."""
    known = [row for row in rows if row["field"] is not None]
    large = [row for row in known if row["ranked"] >= PATENTS_MIN]
    large.sort(key=lambda row: (-row["percentile_mean"], row["field"]))
    lines = []
    for place, row in enumerate(large, 1):
        label = rules.fields[str(row["field"])]
        figures = f"{row['companies']} | {row['patents']:,} | {row['percentile_mean']:.1%} | {row['top_share']:.1%}"
        lines.append(f"| {place} | {row['field']} {label.en} ({label.zh}) | {figures} |")
    small = [row for row in known if row["ranked"] < PATENTS_MIN]
    lines.append(f"| | {len(small)} fields with fewer than {PATENTS_MIN} patents | | {_patents(small):,} | | |")
    unknown = [row for row in rows if row["field"] is None]
    lines.append(f"| | field not known | | {_patents(unknown):,} | | |")
    return lines


def _patents(rows: list[dict[str, object]]) -> int:
    return sum(int(str(row["patents"])) for row in rows)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

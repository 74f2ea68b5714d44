"""How good is the default model on the city, and what do R&D and patents add? The truth judges, never feeds.

    python benchmarks/default_city.py WORKSPACE [--as-of 2026-09-30] [--truth CITY/truth] [--out FILE.md]

WORKSPACE holds the loaded facts of a city. One model is fitted as `kejin fit-default` does it. The truth, where given,
tells how well anybody could have ranked the judging companies: the city's own yearly intensity at the year end before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from kejin.credit.default_features import FEATURES, GROUPS
from kejin.credit.discrimination import auc_delong, auc_difference
from kejin.credit.fit_default import CalibrationPlan, fit_default_scorecard
from kejin.credit.score_arrays import score_columns, text_column
from kejin.workflows.default_features import STAGE
from kejin.workflows.default_panel import OBSERVED, OUTCOME, Panel, columns_of, default_panel
from kejin.workflows.fit_default import fit_default, model_rules
from kejin.workflows.workspace import Workspace

PARTS = {
    "financial ratios alone": ("financial",),
    "and R&D and patents": ("financial", "research", "patent"),
    "financial, company, conduct (no R&D, no patents)": ("financial", "company", "conduct"),
    "everything": tuple(GROUPS),
}


def split(panel: Panel) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns of the fitting days and of the judging day."""
    days = np.array(panel.rows["observed_on"].to_pylist(), dtype=object)
    return columns_of(panel.rows, days < panel.judging_day), columns_of(panel.rows, days == panel.judging_day)


def what_parts_add(panel: Panel, settings: Any) -> list[str]:
    """AUC of scorecards of groups of features, on folds of companies of the fitting days and out of time."""
    fitting, judging = split(panel)
    hits, later = (np.asarray(one[OUTCOME]).astype(np.uint8) for one in (fitting, judging))
    groups = text_column(fitting, "company_id")
    plan = CalibrationPlan("platt", STAGE, cohort_column=OBSERVED)
    within, after = {}, {}
    for name, chosen in PARTS.items():
        features = [feature for group in chosen for feature in GROUPS[group]]
        fitted = fit_default_scorecard(fitting, hits, features, groups, settings, plan)
        within[name], after[name] = fitted.log_odds, score_columns(fitted.scorecard, judging)[0]
    lines = ["| features | AUC, folds of companies | AUC, judging day |", "|---|---:|---:|"]
    for name in PARTS:
        one, two = auc_delong(hits, within[name]), auc_delong(later, after[name])
        lines.append(f"| {name} | {interval(one)} | {interval(two)} |")
    lines.append("")
    for what, more, less in (
        ("R&D and patents on financial ratios", "and R&D and patents", "financial ratios alone"),
        ("R&D and patents on everything else", "everything", "financial, company, conduct (no R&D, no patents)"),
    ):
        inside, outside = (
            auc_difference(hit, scores[more], scores[less]) for hit, scores in ((hits, within), (later, after))
        )
        lines.append(f"- Gain of {what}: {signed(inside)} on folds of companies, {signed(outside)} out of time.")
    return lines


def interval(found: Any) -> str:
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def signed(found: Any) -> str:
    return f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"


def best_possible(truth: Path, panel: Panel) -> str:
    """AUC of the city's own intensity at the last year end before the judging day, for the judging companies."""
    _, judging = split(panel)
    rows = pq.read_table(sorted(truth.glob("default_intensity/*.parquet")))
    day = max(one for one in rows["on_day"].to_pylist() if one <= panel.judging_day)
    names = ("company_id", "on_day", "default_intensity_1y")
    triples = zip(*(rows[name].to_pylist() for name in names), strict=True)
    known = {company: value for company, on, value in triples if on == day}
    companies = judging["company_id"].to_pylist()
    there = np.array([company in known for company in companies])
    hits = np.asarray(judging[OUTCOME]).astype(np.uint8)[there]
    score = np.array([known[company] for company in companies if company in known])
    return (
        f"The city's own yearly intensity of {day} ranks the judging companies with AUC "
        f"{interval(auc_delong(hits, score))}. Trouble that begins later is told by nothing."
    )


def table_of(validation: Mapping[str, Any]) -> list[str]:
    """Discrimination and calibration of scorecard and challenger, then by stage."""
    lines = [
        "| | rows | defaults | rate (Jeffreys 90%) | mean probability | AUC | KS | slope | Hosmer-Lemeshow p |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    named = {"scorecard": validation["scorecard"], "challenger": validation["challenger"]}
    named |= {f"scorecard, {stage}": one for stage, one in validation["by_stage"].items()}
    for name, one in named.items():
        rate, area, line = one["rate_jeffreys"], one.get("auc"), one.get("line")
        shown = "-" if area is None else f"{area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f})"
        ks = f"{one['ks']['value']:.3f}" if "ks" in one else "-"
        slope = "-" if line is None else f"{line['slope']:.2f} ± {1.96 * line['slope_error']:.2f}"
        test = f"{one['hosmer_lemeshow']['p_value']:.3f}" if "hosmer_lemeshow" in one else "-"
        lines.append(
            f"| {name} | {one['rows']:,} | {one['defaults']} "
            f"| {one['rate']:.2%} ({rate['low']:.2%} to {rate['high']:.2%}) "
            f"| {one['probability_mean']:.2%} | {shown} | {ks} | {slope} | {test} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 9, 30))
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    start = time.process_time()
    with Workspace.open(asked.workspace) as workspace:
        definition, rules, _ = model_rules(workspace, asked.as_of)
        days, spacing = int(rules.figure("observation_days")), int(rules.figure("observation_spacing_months"))
        panel = default_panel(workspace, asked.as_of, definition, days, spacing)
        panel_seconds = time.process_time() - start
        run = fit_default(workspace, asked.as_of, "benchmark", panel=panel)
    fitting, judging = split(panel)
    counts = [(len(one[OUTCOME]), int(np.asarray(one[OUTCOME]).sum())) for one in (fitting, judging)]
    said = [
        f"Borrowers on {len(panel.fitting_days)} days from {panel.fitting_days[0]} to {panel.fitting_days[-1]} to fit",
        f"({counts[0][0]:,} rows, {counts[0][1]} defaults), those of {panel.judging_day} to judge",
        f"({counts[1][0]:,} rows, {counts[1][1]} defaults); every outcome of the fit was over on the judging day.",
        f"{len(FEATURES)} features offered. Processor seconds: panel {panel_seconds:.0f}, all",
        f"{time.process_time() - start:.0f}. The city is made up: this shows that the model works as written.",
    ]
    lines = [
        "# Evidence: the default model on the city",
        "",
        "```sh no-run",
        "kejin city city --companies 20000 --seed 7",
        "kejin load ws city/facts",
        "python benchmarks/default_city.py ws --truth city/truth --out docs/evidence/default_model_city.md",
        "```",
        "",
        *said,
        "",
        "## Out of time",
        "",
        *table_of(run.validation),
        "",
        f"PSI of the score: {run.validation['score_stability']['index']:.3f}.",
        "",
        "## What R&D and patents add",
        "",
        *what_parts_add(panel, rules.fit_settings()),
        "",
    ]
    if asked.truth:
        lines += ["## How well could anybody do?", "", best_possible(asked.truth, panel), ""]
    text = "\n".join(lines)
    print(text)
    if asked.out:
        asked.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

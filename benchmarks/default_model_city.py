"""What do R&D and patents add to financial ratios, and does the level hold by stage? Made-up cities, out of time.

    python benchmarks/default_model_city.py FOLDER [--companies 20000] [--seeds 1 2 3] [--strength 0.6 0.5 0.3]
        [--out FILE.md]

For each seed a city is written, its facts are loaded, and a panel is made as `kejin fit-default` makes it. Scorecards
are fitted on the fitting days and judged on the judging day, a whole horizon later. Intervals come from drawing the
judging companies of each city again with replacement. FOLDER keeps the panels, so that a second run only judges; give
other weights another FOLDER. --strength: the weights of management, luck and research in what keeps a company out of
trouble.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kejin.city import companies, write_city
from kejin.credit.default_features import FEATURES, GROUPS
from kejin.credit.default_features import TABLES_READ as READ_BY_FEATURES
from kejin.credit.discrimination import auc
from kejin.credit.fit_default import CalibrationPlan, fit_default_scorecard
from kejin.credit.score_arrays import probabilities, score_columns, text_column
from kejin.workflows.default_features import STAGE
from kejin.workflows.default_panel import OBSERVED, OUTCOME, columns_of, default_panel
from kejin.workflows.evaluate_companies import TABLES_READ as READ_BY_EVALUATION
from kejin.workflows.fit_default import model_rules
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

AS_OF = date(2026, 9, 30)
PARTS = {
    "financial ratios alone": ("financial",),
    "financial ratios, R&D, patents": ("financial", "research", "patent"),
    "everything but R&D and patents": ("financial", "company", "conduct"),
    "everything": tuple(GROUPS),
}
GAINS = {
    "R&D and patents over financial ratios": ("financial ratios, R&D, patents", "financial ratios alone"),
    "R&D and patents over everything else": ("everything", "everything but R&D and patents"),
}
TABLES = sorted({*READ_BY_FEATURES, *READ_BY_EVALUATION, "institution"})  # loans name their bank
DRAWS = 2000


def panel_of(folder: Path, count: int, seed: int) -> tuple[pa.Table, Any]:
    """The panel of one city, and the settings of the fit."""
    kept = folder / f"panel-{count}-{seed}.parquet"
    city = folder / f"city-{count}-{seed}"
    if not (city / "workspace").exists():
        write_city(city / "city", companies=count, seed=seed, tables=TABLES)
        with Workspace.create(city / "workspace") as workspace:
            assert load_facts(workspace, [city / "city" / "facts"]).rows_rejected == 0
        shutil.rmtree(city / "city")
    with Workspace.open(city / "workspace") as workspace:
        definition, rules, _ = model_rules(workspace, AS_OF)
        if not kept.exists():
            days, spacing = int(rules.figure("observation_days")), int(rules.figure("observation_spacing_months"))
            pq.write_table(default_panel(workspace, AS_OF, definition, days, spacing).rows, kept)
    return pq.read_table(kept), rules


def judged(rows: pa.Table, rules: Any) -> dict[str, Any]:
    """Scores of each part on the judging day, the probabilities of the whole scorecard, stages and outcomes."""
    days = np.array(rows["observed_on"].to_pylist(), dtype=object)
    fitting, judging = columns_of(rows, days < days.max()), columns_of(rows, days == days.max())
    hits = np.asarray(fitting[OUTCOME]).astype(np.uint8)
    plan = CalibrationPlan("platt", STAGE, rules.figure("stage_prior"), cohort_column=OBSERVED)
    groups = text_column(fitting, "company_id")
    scores, cards = {}, {}
    for name, chosen in PARTS.items():
        features = [feature for group in chosen for feature in GROUPS[group]]
        cards[name] = fit_default_scorecard(fitting, hits, features, groups, rules.fit_settings(), plan).scorecard
        scores[name] = score_columns(cards[name], judging)[0]
    return {
        "scores": scores,
        "probability": probabilities(cards["everything"], judging),
        "stage": np.array([one or "missing" for one in text_column(judging, STAGE)]),
        "hits": np.asarray(judging[OUTCOME]).astype(np.uint8),
        "fitted": (len(hits), int(hits.sum())),
    }


def interval(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(draws), [0.025, 0.975])
    return float(low), float(high)


def drawn_again(city: Mapping[str, Any], seed: int) -> dict[str, np.ndarray]:
    """AUC of each part on DRAWS samples of the judging companies; the same companies for every part."""
    rng, hits = np.random.default_rng(seed), city["hits"]
    found = {name: np.empty(DRAWS) for name in PARTS}
    for k in range(DRAWS):
        rows = rng.integers(0, len(hits), len(hits))
        while not 0 < hits[rows].sum() < len(hits):
            rows = rng.integers(0, len(hits), len(hits))
        for name in PARTS:
            found[name][k] = auc(hits[rows], city["scores"][name][rows])
    return found


def ranking(cities: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """AUC of each part and the gains, by seed and as the mean of the cities."""
    again = {seed: drawn_again(city, seed) for seed, city in cities.items()}
    value = {seed: {name: auc(city["hits"], city["scores"][name]) for name in PARTS} for seed, city in cities.items()}
    head = " | ".join(f"seed {seed}" for seed in cities)
    lines = [f"| out of time | {head} | mean of cities |", "|---|" + "---:|" * (len(cities) + 1)]

    def row(name: str, values: list[float], draws: list[np.ndarray], form: str) -> str:
        pairs = [*zip(values, draws, strict=True), (float(np.mean(values)), np.mean(draws, axis=0))]
        cells = []
        for own, drawn in pairs:
            low, high = interval(drawn)
            cells.append(f"{own:{form}} ({low:{form}} to {high:{form}})")
        return f"| {name} | " + " | ".join(cells) + " |"

    lines += [
        row(f"AUC, {name}", [value[s][name] for s in cities], [again[s][name] for s in cities], ".3f") for name in PARTS
    ]
    for name, (more, less) in GAINS.items():
        gains = [value[s][more] - value[s][less] for s in cities]
        draws = [again[s][more] - again[s][less] for s in cities]
        lines.append(row(f"gain of {name}", gains, draws, "+.3f"))
    return lines


def level(cities: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Expected and observed default rate by stage on the judging days, all cities together."""
    hits, expected, stage = (
        np.concatenate([c[key] for c in cities.values()]) for key in ("hits", "probability", "stage")
    )
    lines = [
        "| stage | rows | defaults | observed | expected | observed / expected | 95% interval of it |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    rng = np.random.default_rng(1)
    for name in ("all", *sorted(set(stage))):
        rows = np.flatnonzero((stage == name) | (name == "all"))
        drawn = rows[rng.integers(0, len(rows), (DRAWS, len(rows)))]
        low, high = interval(hits[drawn].sum(axis=1) / expected[drawn].sum(axis=1))
        one, two = float(hits[rows].mean()), float(expected[rows].mean())
        lines.append(
            f"| {name} | {len(rows):,} | {int(hits[rows].sum())} | {one:.2%} | {two:.2%} | {one / two:.2f} "
            f"| {low:.2f} to {high:.2f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--strength", type=float, nargs=3, default=[0.6, 0.5, 0.3])
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    companies.STRENGTH = companies.Strength(*asked.strength)
    start, clock = time.process_time(), time.time()
    cities = {}
    for seed in asked.seeds:
        cities[seed] = judged(*panel_of(asked.folder, asked.companies, seed))
        rows, defaults = cities[seed]["fitted"]
        print(f"seed {seed}: {rows} rows, {defaults} defaults to fit; {time.time() - clock:.0f} s", flush=True)
    told = ", ".join(
        f"seed {seed}: {c['fitted'][0]:,} rows with {c['fitted'][1]} defaults to fit, {len(c['hits']):,} with "
        f"{int(c['hits'].sum())} to judge"
        for seed, c in cities.items()
    )
    seeds, strength = (" ".join(str(one) for one in given) for given in (asked.seeds, asked.strength))
    options = f"--companies {asked.companies} --seeds {seeds} --strength {strength}"
    lines = [
        "```sh no-run",
        f"python benchmarks/default_model_city.py FOLDER {options}",
        "```",
        "",
        f"{len(FEATURES)} features offered; {told}.",
        f"Intervals: 95%, {DRAWS:,} draws of the judging companies.",
        f"Processor seconds {time.process_time() - start:.0f}.",
        "",
        *ranking(cities),
        "",
        "Level by stage (scorecard of everything, all cities together):",
        "",
        *level(cities),
        "",
    ]
    print("\n".join(lines))
    if asked.out:
        asked.out.write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()

"""What do R&D and patents add to financial ratios, and does the level hold by stage? Made-up cities, out of time.

    python benchmarks/default_model_city.py FOLDER [--companies 20000] [--seeds 1 2 3] [--strength 0.6 0.5 0.3]
        [--out FILE.md]

For each seed a city is written, its facts are loaded, and a panel is made as `kejin fit-default` makes it. Scorecards
are fitted on the fitting days and judged on the judging day, a whole horizon later. Intervals come from drawing the
judging companies of each city again with replacement. Beside them stands a ceiling: the same ratios with the company's
true research ability as one more feature, which nobody can see, and how much of that ability the figures tell. The
truth enters nothing else. FOLDER keeps the panels, so that a second run only judges; give
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
from kejin.city.parts import City, Part
from kejin.credit.default_features import FEATURES, GROUPS
from kejin.credit.default_features import TABLES_READ as READ_BY_FEATURES
from kejin.credit.discrimination import auc
from kejin.credit.fit_default import CalibrationPlan, fit_default_scorecard
from kejin.credit.fit_logistic import fit_on_columns
from kejin.credit.fit_scorecard import numeric_column
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
CEILING, ABILITY = "financial ratios, true research ability (ceiling)", "true_research_ability"
GAINS = {
    "R&D and patents over financial ratios": ("financial ratios, R&D, patents", "financial ratios alone"),
    "R&D and patents over everything else": ("everything", "everything but R&D and patents"),
    "true research ability over financial ratios (ceiling)": (CEILING, "financial ratios alone"),
}
NAMES = (*PARTS, CEILING)
TOLD = {
    "financial ratios": ("financial",),
    "R&D and patents": ("research", "patent"),
    "both": ("financial", "research", "patent"),
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


def true_ability(count: int, seed: int) -> dict[str, float]:
    """The hidden research ability of every company of a city; it judges and feeds no model but the ceiling."""
    city = City(count, seed)
    parts = [Part(city, number) for number in range(city.parts)]
    return {
        company: float(ability)
        for part in parts
        for company, ability in zip(part.ids().to_pylist(), part.companies.research, strict=True)
    }


def share_told(columns: Mapping[str, Any], groups: Sequence[str]) -> float:
    """Share of the variance of true research ability that features tell of companies not seen (5 folds, boosting)."""
    import lightgbm

    target = columns[ABILITY]
    features = [one.name for group in groups for one in GROUPS[group] if one.kind == "numeric"]
    matrix = np.column_stack([numeric_column(columns, name) for name in features])
    settings = {
        "objective": "regression", "verbosity": -1, "num_threads": 1, "learning_rate": 0.05, "num_leaves": 8,
        "min_data_in_leaf": 30, "seed": 1,
    }  # fmt: skip
    fold, told = np.random.default_rng(0).integers(0, 5, len(target)), np.zeros(len(target))
    for number in range(5):
        rest, own = fold != number, fold == number
        model = lightgbm.train(settings, lightgbm.Dataset(matrix[rest], target[rest]), 150)
        told[own] = model.predict(matrix[own])
    return float(1.0 - ((target - told) ** 2).mean() / target.var())


def judged(rows: pa.Table, rules: Any, ability: Mapping[str, float]) -> dict[str, Any]:
    """Scores of each part on the judging day, the probabilities of the whole scorecard, stages and outcomes."""
    rows = rows.append_column(ABILITY, pa.array([ability[one] for one in rows["company_id"].to_pylist()]))
    days = np.array(rows["observed_on"].to_pylist(), dtype=object)
    fitting, judging = columns_of(rows, days < days.max()), columns_of(rows, days == days.max())
    hits = np.asarray(fitting[OUTCOME]).astype(np.uint8)
    plan = CalibrationPlan("platt", STAGE, rules.figure("stage_prior"), cohort_column=OBSERVED)
    groups = text_column(fitting, "company_id")
    scores, cards = {}, {}
    for name, chosen in PARTS.items():
        features = [feature for group in chosen for feature in GROUPS[group]]
        fitted = fit_default_scorecard(fitting, hits, features, groups, rules.fit_settings(), plan)
        cards[name], scores[name] = fitted.scorecard, score_columns(fitted.scorecard, judging)[0]
        if name == "financial ratios alone":  # the ceiling: no bins, no selection, one weight for the truth
            known = numeric_column(fitting, ABILITY)
            _, of_score, of_truth = fit_on_columns(np.column_stack([fitted.log_odds, known]), hits).weights
            scores[CEILING] = of_score * scores[name] + of_truth * numeric_column(judging, ABILITY)
    return {
        "scores": scores,
        "probability": probabilities(cards["everything"], judging),
        "stage": np.array([one or "missing" for one in text_column(judging, STAGE)]),
        "hits": np.asarray(judging[OUTCOME]).astype(np.uint8),
        "fitted": (len(hits), int(hits.sum())),
        "told": {
            name: share_told({**judging, ABILITY: numeric_column(judging, ABILITY)}, groups)
            for name, groups in TOLD.items()
        },
    }


def interval(draws: Sequence[float]) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(draws), [0.025, 0.975])
    return float(low), float(high)


def drawn_again(city: Mapping[str, Any], seed: int) -> dict[str, np.ndarray]:
    """AUC of each part on DRAWS samples of the judging companies; the same companies for every part."""
    rng, hits = np.random.default_rng(seed), city["hits"]
    found = {name: np.empty(DRAWS) for name in NAMES}
    for k in range(DRAWS):
        rows = rng.integers(0, len(hits), len(hits))
        while not 0 < hits[rows].sum() < len(hits):
            rows = rng.integers(0, len(hits), len(hits))
        for name in NAMES:
            found[name][k] = auc(hits[rows], city["scores"][name][rows])
    return found


def ranking(cities: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """AUC of each part and the gains, by seed and as the mean of the cities."""
    again = {seed: drawn_again(city, seed) for seed, city in cities.items()}
    value = {seed: {name: auc(city["hits"], city["scores"][name]) for name in NAMES} for seed, city in cities.items()}
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
        row(f"AUC, {name}", [value[s][name] for s in cities], [again[s][name] for s in cities], ".3f") for name in NAMES
    ]
    for name, (more, less) in GAINS.items():
        gains = [value[s][more] - value[s][less] for s in cities]
        draws = [again[s][more] - again[s][less] for s in cities]
        lines.append(row(f"gain of {name}", gains, draws, "+.3f"))
    for name in TOLD:
        told = [one["told"][name] for one in cities.values()]
        cells = " | ".join(f"{one:.2f}" for one in (*told, float(np.mean(told))))
        lines.append(f"| share of true research ability told by {name} | {cells} |")
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
        ability = true_ability(asked.companies, seed)
        cities[seed] = judged(*panel_of(asked.folder, asked.companies, seed), ability)
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

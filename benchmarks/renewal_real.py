"""Does the renewal model foretell real lapses? Held-out log-likelihood and calibration on the Chinese sample.

    python benchmarks/renewal_real.py ../shared/data --splits 40

Every split fits on half of the patents and judges the other half, all by the same score: the logarithm of the chance
given to what each patent did, from its grant on. Peers: a constant hazard; Kaplan-Meier by field (with late entry);
the Cox model of lives. Prints Markdown.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sipo_sample import TERM, read_sample

from kejin.valuation.life_fit import fit_life
from kejin.valuation.renewal_events import RenewalEvents
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_fit import Prior, fit_renewal, renewal_log_likelihood
from kejin.valuation.renewal_model import RenewalModel
from kejin.valuation.renewal_state import PatentState

FEES = FeeSchedule(
    {"invention": (900.0,) * 3 + (1200.0,) * 3 + (2000.0,) * 3 + (4000.0,) * 3 + (6000.0,) * 3 + (8000.0,) * 5}
)
PRIOR = Prior((1.8, 0.2), (0.12, 0.6))
COUNTS = ("claims",)
Floats = NDArray[np.float64]


def by_hazards(events: RenewalEvents, hazard: Floats) -> Floats:
    """Log-likelihood of each patent from a table (patent, decision 1 ... TERM - 1) of chances to lapse."""
    decisions = np.arange(1, TERM)
    faced = (decisions >= events.first_year[:, None]) & (decisions < events.paid_year[:, None])
    lapse = (decisions == events.paid_year[:, None]) & events.lapsed[:, None]
    with np.errstate(divide="ignore"):
        return np.asarray(
            np.where(faced, np.log1p(-hazard), 0).sum(axis=1) + np.where(lapse, np.log(hazard), 0).sum(axis=1)
        )


def counts(events: RenewalEvents) -> tuple[Floats, Floats]:
    """(faced, lapsed) by decision."""
    decisions = np.arange(1, TERM)
    lapse = (decisions == events.paid_year[:, None]) & events.lapsed[:, None]
    faced = (decisions >= events.first_year[:, None]) & (decisions < events.paid_year[:, None]) | lapse
    return faced.sum(axis=0).astype(float), lapse.sum(axis=0).astype(float)


def constant(train: RenewalEvents, test: RenewalEvents) -> Floats:
    faced, lapsed = counts(train)
    return by_hazards(test, np.full((len(test), TERM - 1), lapsed.sum() / faced.sum()))


def kaplan_meier(train: RenewalEvents, test: RenewalEvents) -> Floats:
    """Hazards by field and age; half a lapse and half a survivor are added, so that no chance is 0 or 1."""
    table = np.empty((len(test), TERM - 1))
    for field in np.unique(test.columns["field"].astype(str)):
        own = train.chosen(train.columns["field"].astype(str) == field)
        faced, lapsed = counts(own)
        table[test.columns["field"].astype(str) == field] = (lapsed + 0.5) / (faced + 1)
    return by_hazards(test, table)


def cox(train: RenewalEvents, test: RenewalEvents) -> Floats:
    life = fit_life(train, FEES, counts=COUNTS)
    rows = len(test)
    state = PatentState(
        np.zeros(rows, dtype=np.int64), np.zeros(rows), np.ones(rows, dtype=np.int64), np.ones(rows, dtype=np.int64),
        np.ones(rows, dtype=bool),
    )  # fmt: skip
    kept = np.concatenate((np.ones((rows, 1)), life.in_force(test.columns, state, FEES, TERM - 1)), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = 1 - kept[:, 1:] / kept[:, :-1]
    return by_hazards(test, np.clip(np.nan_to_num(hazard, nan=1.0), 1e-9, 1 - 1e-9))


def renewal(train: RenewalEvents, test: RenewalEvents, prior: Prior | None) -> Floats:
    return renewal_log_likelihood(fit_renewal(train, FEES, counts=COUNTS, prior=prior), test, FEES)


def expected_lapses(model: RenewalModel, events: RenewalEvents) -> Floats:
    """Sum over patents that faced a decision of the chance given to a lapse, by decision."""
    expected = np.zeros(TERM - 1)
    for decision in range(1, TERM):
        faced = (events.first_year <= decision) & (
            (events.paid_year > decision) | (events.lapsed & (events.paid_year == decision))
        )
        rows = int(faced.sum())
        if not rows:
            continue
        own = events.chosen(np.asarray(faced))
        state = PatentState(
            np.zeros(rows, dtype=np.int64), np.full(rows, decision - 0.5), own.first_year,
            np.full(rows, decision, dtype=np.int64), np.ones(rows, dtype=bool),
        )  # fmt: skip
        expected[decision - 1] = (1 - model.life_curve(own.columns, state, FEES, 1)[:, 0]).sum()
    return expected


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--splits", type=int, default=40)
    chosen = parser.parse_args()
    events = read_sample(chosen.data)
    started, rng = time.process_time(), np.random.default_rng(20261125)
    ways = {
        "constant hazard": constant,
        "Kaplan-Meier by field": kaplan_meier,
        "Cox (life model)": cox,
        "renewal, likelihood alone": lambda a, b: renewal(a, b, None),
        "renewal, with the prior": lambda a, b: renewal(a, b, PRIOR),
    }
    scores: dict[str, list[float]] = {name: [] for name in ways}
    observed, expected = np.zeros(TERM - 1), np.zeros(TERM - 1)
    for _ in range(chosen.splits):
        order = rng.permutation(len(events))
        train, test = events.chosen(order[: len(order) // 2]), events.chosen(order[len(order) // 2 :])
        for name, way in ways.items():
            scores[name].append(float(way(train, test).sum()) / len(test))
        model = fit_renewal(train, FEES, counts=COUNTS, prior=PRIOR)
        observed += counts(test)[1]
        expected += expected_lapses(model, test)
    print(f"{len(events):,} patents, {int(events.lapsed.sum())} lapses, {chosen.splits} random halves\n")
    print("| model | held-out log-likelihood a patent | renewal with prior is better by (5% to 95%) | in splits |")
    print("|---|---:|---:|---:|")
    best = np.array(scores["renewal, with the prior"])
    for name, values in scores.items():
        gap = best - np.array(values)
        low, high = np.quantile(gap, (0.05, 0.95))
        print(
            f"| {name} | {np.mean(values):.4f} | {gap.mean():+.4f} ({low:+.4f} to {high:+.4f}) "
            f"| {(gap > 0).mean():.0%} |"
        )
    print("\n| anniversary | lapses seen a split | lapses foretold | ratio |\n|---:|---:|---:|---:|")
    for decision in range(1, TERM):
        if expected[decision - 1] > chosen.splits:
            seen, told = observed[decision - 1] / chosen.splits, expected[decision - 1] / chosen.splits
            print(f"| {decision} | {seen:.1f} | {told:.1f} | {seen / told:.2f} |")
    print(f"\nTogether {observed.sum() / expected.sum():.3f}.\n")
    implied(events)
    print(f"\n{time.process_time() - started:.0f} processor seconds")


def implied(events: RenewalEvents) -> None:
    """Mean, median and skew of the worth at grant that each fit implies."""
    print("| fit | mean, CNY | median, CNY | mean / median | lognormal spread | top 5% hold | level uncertain (90%) |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    rows = len(events)
    state = PatentState(
        np.zeros(rows, dtype=np.int64),
        events.first_year - 1.0,
        events.first_year,
        events.first_year,
        np.ones(rows, dtype=bool),
    )
    levels = tuple((np.arange(400) + 0.5) / 400)
    for name, prior in (("likelihood alone", None), ("with the prior", PRIOR)):
        model = fit_renewal(events, FEES, counts=COUNTS, prior=prior)
        worth = model.value(events.columns, state, FEES, 0.10, levels, level_sd=0.0)
        pooled = np.sort(worth.quantiles.ravel())
        middle, mean = float(np.median(pooled)), float(worth.mean.mean())
        top = 1 - pooled[: int(0.95 * len(pooled))].sum() / (mean * len(pooled))
        factor = float(np.exp(model.level_sd_log(FEES, 0.10) * ndtri(0.95)))
        spread = np.sqrt(2 * np.log(mean / middle))
        print(
            f"| {name} | {mean:,.0f} | {middle:,.0f} | {mean / middle:.1f} | {spread:.2f} "
            f"| {top:.0%} | factor {factor:.1f} |"
        )
        for row in model.parameters()[-3:]:
            print(f"<!-- {name}: {row} -->")


if __name__ == "__main__":
    main()

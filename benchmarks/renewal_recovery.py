"""Does the fit find the parameters that made the data? Bias, and how often 90% intervals hold the truth.

    python benchmarks/renewal_recovery.py --simulations 200 --patents 4000

Every simulation draws patents with an owner, claims and a grant year, lets their owners pay or not by the model, and
fits by maximum likelihood without a prior. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kejin.valuation.renewal_events import RenewalEvents, events_from_years
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_fit import fit_renewal
from kejin.valuation.renewal_model import RenewalModel

FEES = FeeSchedule(
    {"invention": (900.0,) * 3 + (1200.0,) * 3 + (2000.0,) * 3 + (4000.0,) * 3 + (6000.0,) * 3 + (8000.0,) * 5}
)
TERM = 20


@dataclass(frozen=True)
class Truth:
    """What the cohorts are made with."""

    level: float = 10.5
    university: float = -0.8
    log_claims: float = 0.4
    sd_log: float = 1.6
    decay: float = 0.10
    decision_sd_log: float = 0.8


def simulated(truth: Truth, patents: int, seed: int) -> RenewalEvents:
    """A cohort: granted in year 2 to 6, first fee paid, seen for 10 to 20 years."""
    rng = np.random.default_rng(seed)
    fees = np.log(np.array(FEES.fees_cny["invention"]))
    rows = 8 * patents  # drawn until enough have paid the fee of their grant
    university = rng.random(rows) < 0.35
    claims = 1.0 + rng.poisson(6, rows)
    mean = truth.level + truth.university * university + truth.log_claims * (np.log(claims) - np.log(6.5))
    log_return = mean + truth.sd_log * rng.standard_normal(rows)
    noise = truth.decision_sd_log * rng.standard_normal((rows, TERM))
    pays = log_return[:, None] + np.arange(TERM) * np.log1p(-truth.decay) + noise > fees
    first = rng.integers(2, 7, rows)
    seen = rng.integers(10, TERM + 1, rows)
    started = np.flatnonzero(pays[np.arange(rows), first - 1])[:patents]
    pays, first, seen = pays[started], first[started], seen[started]
    paid, lapsed = _history(pays, first, seen)
    columns = {
        "owner_kind": np.where(university[started], "university", "company").astype(object),
        "claims": claims[started],
    }
    kind = np.array(["invention"] * len(paid), dtype=object)
    return events_from_years(kind, first, paid, lapsed, columns, {"invention": TERM})


def _history(
    pays: NDArray[np.bool_], first: NDArray[np.int64], seen: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    years = np.arange(1, TERM + 1)
    refused = ~pays & (years[None, :] > first[:, None])
    refusal = np.where(refused.any(axis=1), refused.argmax(axis=1) + 1, TERM + 1)
    lapsed = refusal <= seen
    return np.where(lapsed, refusal - 1, seen), lapsed


def estimates(model: RenewalModel) -> dict[str, tuple[float, float, float]]:
    """parameter -> estimate and 90% interval; the effect of claims and owner under the names of Truth."""
    names = {"owner_kind=university": "university", "log claims": "log_claims"}
    return {
        names.get(row["name"], row["name"]): (row["value"], row["low_90"] or np.nan, row["high_90"] or np.nan)
        for row in model.parameters()
        if row["name"] != "intercept"
    }


def recovery(
    truth: Truth, patents: int, simulations: int, seed: int = 1, first: int = 0
) -> dict[str, NDArray[np.float64]]:
    """parameter -> (simulation, (estimate, low, high)); simulations are numbered from `first`."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for number in range(first, first + simulations):
        model = fit_renewal(simulated(truth, patents, seed * 1_000_003 + number), FEES)
        for name, values in estimates(model).items():
            found.setdefault(name, []).append(values)
    return {name: np.array(values) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--patents", type=int, default=4000)
    parser.add_argument("--first", type=int, default=0, help="number of the first simulation, to work in parts")
    parser.add_argument("--keep", type=Path, help="write the estimates of this part to a .npz file")
    parser.add_argument("--parts", type=Path, nargs="*", help="only print the table of parts kept before")
    chosen = parser.parse_args()
    truth = Truth()
    clock, processor = time.perf_counter(), time.process_time()
    if chosen.parts:
        parts = [np.load(path) for path in chosen.parts]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0].files}
    else:
        found = recovery(truth, chosen.patents, chosen.simulations, first=chosen.first)
    if chosen.keep:
        np.savez(chosen.keep, **found)
    print(f"{len(found['sd_log'])} simulations of {chosen.patents:,} patents")
    print("| parameter | truth | mean estimate | bias | spread of estimates | 90% intervals hold it | no interval |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, values in found.items():
        real = getattr(truth, name)
        known = ~np.isnan(values[:, 1])
        hold = ((values[:, 1] <= real) & (real <= values[:, 2]))[known].mean()
        estimate = values[:, 0]
        print(
            f"| `{name}` | {real:g} | {estimate.mean():.3f} | {estimate.mean() - real:+.3f} | {estimate.std():.3f} "
            f"| {hold:.1%} | {(~known).sum()} |"
        )
    print(f"{time.perf_counter() - clock:.0f} s by the clock, {time.process_time() - processor:.0f} processor seconds")


if __name__ == "__main__":
    main()

"""How long does the loss of a million loans take, and who bears it? Prints the figures of
docs/evidence/portfolio_loss.md.

python benchmarks/portfolio_loss.py [LOANS] [RUNS] [SIMULATED YEARS]
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np
from scipy.special import ndtr, ndtri

from kejin.credit.credit_risk_plus import banded_loss
from kejin.credit.portfolio_loss import portfolio_loss
from kejin.sharing.bearer_cost import RiskyLoans, portfolio_cost
from kejin.sharing.contract import LossShare, SharingContract
from kejin.sharing.split_loss import split_loss

CORRELATION = 0.14


def contract(exposure_cny: float) -> SharingContract:
    """A plan of three bearers beside the bank, the first with a cap of 5% of its part."""
    cap = round(exposure_cny * 0.4 * 0.05 * 100)
    return SharingContract(
        (
            LossShare("national_fund", (Decimal("0.40"),), total_fen_max=cap),
            LossShare("provincial_reguarantor", (Decimal("0.20"),)),
            LossShare("local_guarantor", (Decimal("0.20"),)),
        )
    )


def loans(count: int) -> RiskyLoans:
    """Amounts, loss rates and probabilities as a bank of small companies may have them; the same every time."""
    random = np.random.default_rng(20261125)
    return RiskyLoans(
        random.lognormal(14.5, 1.0, count).round(2),
        random.uniform(0.1, 0.6, count),
        np.clip(random.beta(1.2, 45.0, count), 0.0005, 0.6),
        np.zeros(count, np.int64),
    )


def measured(name: str, work: Callable[[], object], runs: int) -> None:
    """One line of the table: median and range of the clock, median of processor seconds."""
    clocks, processors = [], []
    for _ in range(runs):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        clocks.append(time.perf_counter() - clock)
        processors.append(time.process_time() - processor)
    middle = f"{statistics.median(clocks):.2f} | {min(clocks):.2f} to {max(clocks):.2f}"
    print(f"| {name} | {middle} | {statistics.median(processors):.2f} |", flush=True)


def simulated(portfolio: RiskyLoans, years: int) -> tuple[float, float]:
    """Mean and 99% quantile of the loss by drawing factor and defaults: the peer of the mixture."""
    random = np.random.default_rng(7)
    amount = portfolio.exposure_cny * portfolio.loss_rate
    threshold, root = ndtri(portfolio.default_probability), np.sqrt(CORRELATION)
    losses = np.empty(years)
    for year in range(years):
        factor = ndtri((year + random.random()) / years)  # one draw from each equal part of the factor's range
        chance = ndtr((threshold - root * factor) / np.sqrt(1 - CORRELATION))
        losses[year] = amount[random.random(amount.size) < chance].sum()
    return float(losses.mean()), float(np.quantile(losses, 0.99))


def main(count: int, runs: int, years: int) -> None:
    """Prints the table."""
    few, many = loans(1_000), loans(count)
    amount = many.exposure_cny * many.loss_rate
    plan = contract(float(many.exposure_cny.sum()))
    fen = many.loss_fen()
    p = many.default_probability
    work: dict[str, Callable[[], object]] = {
        "distribution, one factor (quantiles, shortfalls)": lambda: portfolio_loss(
            many.exposure_cny, many.loss_rate, p, CORRELATION
        ),
        "distribution, CreditRisk+ (bands of a ten-thousandth of the expected loss)": lambda: banded_loss(
            amount, p, p / 2, float(amount @ p) / 10_000
        ),
        "expected and stressed cost of four bearers": lambda: portfolio_cost(many, plan, CORRELATION),
        "every loan claimed: split to the fen among four": lambda: split_loss(fen, plan),
    }
    portfolio_loss(few.exposure_cny, few.loss_rate, few.default_probability, CORRELATION)  # compiles the loops
    portfolio_cost(few, plan, CORRELATION)
    print(f"| {count:,} loans | clock, median s | range s | processor s |\n|---|---:|---:|---:|")
    for name, one in work.items():
        measured(name, one, runs)
    print(f"\nPeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB.\n")
    sample = loans(2_000)
    found = portfolio_loss(sample.exposure_cny, sample.loss_rate, sample.default_probability, CORRELATION)
    clock = time.perf_counter()
    mean, quantile = simulated(sample, years)
    print(f"Against {years:,} simulated years of 2,000 loans ({time.perf_counter() - clock:.1f} s):")
    print(f"mean {found.expected_cny / mean - 1:+.2%}, 99% quantile {found.quantiles[0.99] / quantile - 1:+.2%}.")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *(1_000_000, 3, 20_000)[len(given) :])

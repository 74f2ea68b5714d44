"""How fast are a million patents valued by every method, and how much faster than simulating them?

    python benchmarks/value_patents.py [--patents 1000000]

Arrays in, intervals out: renewal and life curves (shipped models), income, market, real option, cost floor, pool,
rights,
portfolios. Beside it, in the same run, a plain NumPy Monte Carlo of the income method: it draws every uncertain factor,
among them discount and decay, and takes quantiles. Accuracy is the root mean square error of the logs of low, middle
and high against a very long simulation of some patents; the simulation compared has as many draws as give it the same
error.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from datetime import date

import numpy as np

from kejin.numerics.lognormal import Z80
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.appraise import appraise
from kejin.valuation.figures import ValuationRules
from kejin.valuation.market_comparables import Deals
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import MAX_YEARS, PatentColumns
from kejin.valuation.portfolio import portfolio_values
from kejin.valuation.renewal_fees import RenewalRules
from kejin.valuation.renewal_state import current_state
from kejin.valuation.royalty_income import IncomeFigures, income_figures, income_opinion, part_of_owner
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.valuation_lives import Lives, lives_of

AS_OF = date(2026, 9, 30)
REFERENCE_PATENTS, REFERENCE_DRAWS, BATCH = 60, 400_000, 2_000


def made_patents(size: int, seed: int = 1) -> PatentColumns:
    """Patents of companies with about ten each; a fifth with missing revenue, a twentieth before revenue."""
    rng = np.random.default_rng(seed)
    owners = size // 10 + 1
    company = np.sort(rng.integers(0, owners, size))
    kind = rng.choice(3, size, p=[0.5, 0.4, 0.1])
    term = np.where(kind == 0, 20.0, 10.0)
    age = rng.uniform(0.5, 0.95, size) * term
    revenue = np.exp(rng.normal(17.5, 1.5, owners))
    state = rng.random(owners)
    revenue = np.where(state < 0.2, np.nan, np.where(state < 0.25, 0.0, revenue))[company]
    no = np.zeros(size, dtype=bool)
    return PatentColumns(
        company=company, kind=kind, field=rng.integers(0, 36, size), royalty_group=rng.integers(0, 10, size),
        obsolescence_group=rng.integers(0, 9, size), age_years=age, left_years=term - age, in_force=~no, pending=no,
        quality=np.where(rng.random(size) < 0.2, np.nan, rng.random(size)), use=rng.integers(-1, 2, size),
        holders=np.ones(size), disputed=np.zeros(size, dtype=np.int64), invalidity_pending=no, fee_overdue=no,
        licensed_out=no, pledges=np.zeros(size, dtype=np.int64), family_place=np.zeros(size, dtype=np.int64),
        revenue_cny=revenue, revenue_prior_log=np.full(size, 17.5), revenue_prior_sigma=np.full(size, 1.5),
        research_cny=np.full(size, 3e6), own_deal_log=np.full(size, np.nan),
    )  # fmt: skip


def made_deals(patents: PatentColumns, seed: int = 2) -> Deals:
    rng = np.random.default_rng(seed)
    which = np.sort(rng.choice(len(patents), min(5_000, len(patents) // 20), replace=False))
    return Deals(
        rng.normal(12.0, 1.2, len(which)), np.full(len(which), 0.8), rng.random(len(which)) < 0.5, patents.kind[which],
        patents.field[which], patents.quality[which], which,
    )  # fmt: skip


def renewals(patents: PatentColumns, lives: Lives) -> tuple[Opinion, np.ndarray]:
    names = np.array(["", *map(str, range(1, 36))], dtype=object)
    columns = {"field": names[patents.field], "claims": np.full(len(patents), 9.0)}
    alive = np.ones(len(patents), dtype=bool)
    state = current_state(patents.kind, patents.age_years, alive, np.minimum(2.0, patents.age_years))
    worth = lives.renewal.value(columns, state, lives.fees, lives.discount_rate)
    ends = lives.life.in_force(columns, state, lives.fees, MAX_YEARS)
    starts = np.concatenate((np.ones((len(patents), 1)), ends[:, :-1]), axis=1)
    return Opinion(worth.mean_log, worth.sd_log), (starts + ends) / 2


def whole(patents: PatentColumns, deals: Deals, rules: ValuationRules, lives: Lives) -> tuple[dict[str, float], int]:
    """Seconds of each part, and companies."""
    clock = time.perf_counter()
    renewal, survival = renewals(patents, lives)
    first = time.perf_counter()
    found = appraise(patents, survival, deals, rules, renewal)
    second = time.perf_counter()
    owned = portfolio_values(
        patents.company, patents.field, found.pooled.opinion, found.rights, found.values, rules.portfolio_correlation
    )
    third = time.perf_counter()
    names = ("renewal and life", "other methods, pool, rights", "portfolios")
    laps = (first - clock, second - first, third - second)
    return dict(zip(names, laps, strict=True)), len(owned.company)


def simulated(
    patents: PatentColumns, survival: np.ndarray, figures: IncomeFigures, part: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """Low, middle and high of the income method by drawing: shape (3, patent). Plain NumPy, patents in batches."""
    rng = np.random.default_rng(seed)
    out = np.empty((3, len(patents)))
    step = max(1, BATCH * 200 // draws)
    share = np.log(figures.share)
    years = np.arange(MAX_YEARS)
    for start in range(0, len(patents), step):
        rows = slice(start, min(start + step, len(patents)))
        size = (rows.stop - rows.start, draws)
        known = ~np.isnan(patents.revenue_cny[rows])
        middle = np.where(known, np.log(np.maximum(patents.revenue_cny[rows], 1.0)), patents.revenue_prior_log[rows])
        sd = np.sqrt(figures.forecast_sigma**2 + np.where(known, 0.0, patents.revenue_prior_sigma[rows] ** 2))
        log = middle[:, None] + sd[:, None] * rng.standard_normal(size)
        log += share.mean() + (share[1] - share[0]) / (2 * Z80) * rng.standard_normal(size)
        low, high = figures.royalty[patents.royalty_group[rows]].T
        quality = np.where(np.isnan(patents.quality[rows]), 0.5, patents.quality[rows])
        log += np.log(low + (high - low) * quality)[:, None]
        log += (np.log(high / low) / (2 * Z80))[:, None] * rng.standard_normal(size)
        rate = rng.uniform(*figures.discount, size)
        fade_low, fade_high = figures.obsolescence[patents.obsolescence_group[rows]].T
        fade = fade_low[:, None] + (fade_high - fade_low)[:, None] * rng.random(size)
        decay = (1.0 - fade) / (1.0 + rate)
        left = np.clip(patents.left_years[rows][:, None] - years, 0.0, 1.0) * survival[rows]
        worth = np.zeros(size)
        weight = np.sqrt(decay)
        for year in years:
            worth += left[:, year][:, None] * weight
            weight = weight * decay
        log += np.log(worth * (1.0 - figures.tax_rate) * part[rows][:, None])
        out[:, rows] = np.quantile(log, (0.1, 0.5, 0.9), axis=1)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patents", type=int, default=1_000_000)
    asked = parser.parse_args()
    lookups = Lookups(RuleBook.shipped(None), AS_OF)
    rules, lives = fill_rules(ValuationRules, lookups), lives_of(fill_rules(RenewalRules, lookups))
    small = made_patents(2_000)
    whole(small, made_deals(small), rules, lives)  # compiles
    patents = made_patents(asked.patents)
    deals = made_deals(patents)
    cpu, clock = time.process_time(), time.perf_counter()
    parts, companies = whole(patents, deals, rules, lives)
    seconds, used = time.perf_counter() - clock, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{len(patents):,} patents of {companies:,} companies: {seconds:.1f} s, {used:.1f} processor s, {memory:.2f} GB"
    )
    for name, value in parts.items():
        print(f"  {name}: {value:.1f} s")
    compare(patents, rules, lives, used)


def compare(patents: PatentColumns, rules: ValuationRules, lives: Lives, whole_seconds: float) -> None:
    """Income by closed form against income by drawing at the same error."""
    figures = income_figures(rules)
    selling = patents.take(np.flatnonzero(~(patents.revenue_cny == 0))[: min(100_000, len(patents))])
    _, survival = renewals(selling, lives)
    part = part_of_owner(selling, figures)
    rows = np.linspace(0, len(selling) - 1, REFERENCE_PATENTS).astype(np.int64)
    few, few_survival, few_part = selling.take(rows), survival[rows], part[rows]
    truth = simulated(few, few_survival, figures, few_part, REFERENCE_DRAWS, 11)
    start = time.process_time()
    opinion = income_opinion(selling, survival, figures)
    ours = (time.process_time() - start) / len(selling)
    closed = np.stack([opinion.mu - Z80 * opinion.sigma, opinion.mu, opinion.mu + Z80 * opinion.sigma])[:, rows]
    error = float(np.sqrt(((closed - truth) ** 2).mean()))
    draws, drawn_error = 100, np.inf
    while drawn_error > error and draws < 200_000:
        draws = int(draws * 1.5)
        tries = [simulated(few, few_survival, figures, few_part, draws, 20 + k) for k in range(5)]
        drawn_error = float(np.sqrt(np.mean([(one - truth) ** 2 for one in tries])))
    timed = selling.take(np.arange(400))
    start = time.process_time()
    simulated(timed, survival[:400], figures, part[:400], draws, 5)
    drawn = (time.process_time() - start) / 400
    print(f"income: closed form, error {error:.4f} in logs, {ours * 1e6:.2f} s a million")
    print(
        f"income: {draws:,} draws, error {drawn_error:.4f}, {drawn * 1e6:,.0f} s a million: "
        f"{drawn / ours:,.0f} x slower"
    )
    print(
        f"all methods together against drawing income alone: {drawn * len(patents) / whole_seconds:,.0f} times faster"
    )


if __name__ == "__main__":
    sys.exit(main())

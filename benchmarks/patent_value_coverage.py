"""Do the intervals of patent values hold the city's hidden true value? Coverage, and width against income only.

    python benchmarks/patent_value_coverage.py [--companies 20000] [--seeds 1 2 3] [--fitted] [--out
    docs/evidence/patent_value_coverage.md]

Reads truth/ and is therefore a benchmark and nothing that values learn from. A cell counts patents in force that carry
their family's value. "Sharper" compares widths at equal coverage: the log intervals of both ways are scaled round their
middle until each holds exactly 80% of the true values, and the mean log widths are divided.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from kejin.city import write_city
from kejin.city.days import day_number
from kejin.city.parts import City, Part
from kejin.city.patents import value_rows as true_values
from kejin.engines.parquet_facts import facts_from_parquet
from kejin.engines.run_query import read_parquet, to_arrow, to_parquet
from kejin.evaluation.patent_states import PatentTerm
from kejin.numerics.lognormal import Z80
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.appraise import appraise
from kejin.valuation.figures import ValuationRules
from kejin.valuation.life_fit import fit_life
from kejin.valuation.patent_columns import KINDS
from kejin.valuation.renewal_fees import RenewalRules
from kejin.valuation.renewal_fit import Prior, fit_renewal
from kejin.workflows.evaluation_query import inputs_table, patent_table
from kejin.workflows.evaluation_rules import rules_of_day
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.renewal_tables import events_of_facts
from kejin.workflows.valuation_arrays import patent_columns, texts
from kejin.workflows.valuation_lives import Lives, lives_of
from kejin.workflows.valuation_result import Valued, value_rows
from kejin.workflows.value_patents import TABLES_READ, rows_of_day

AS_OF = date(2026, 9, 30)
TABLES = (
    "company", "title", "business_profile", "annual_report", "staffing", "equity_round", "ownership", "patent",
    "patent_event", "patent_citation", "technology_contract",
)  # fmt: skip
GOAL = (0.75, 0.85)
SMALLEST_CELL = 150
FIT_ROWS = 8_000
STAGES = {1.0: "start-up", 2.0: "growth", 3.0: "mature"}


def truth(companies: int, seed: int) -> dict[str, float]:
    """publication number -> true value in CNY on the city's last day."""
    city = City(companies, seed, day_number(AS_OF))
    found: dict[str, float] = {}
    for number in range(city.parts):
        rows = pa.table(true_values(Part(city, number)))
        values = rows["true_value_cny"].cast("float64").to_pylist()
        found.update(zip(rows["publication_number"].to_pylist(), values, strict=True))
    return found


def valued_city(companies: int, seed: int, *, fitted: bool) -> tuple[Valued, object, dict[str, str]]:
    """The city valued by all methods and by income only, and each company's stage.

    fitted   fit renewals and lives on the city's facts instead of taking the models that come along.
    """
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "city"
        write_city(directory, companies=companies, seed=seed, tables=TABLES, last_day=AS_OF)
        facts = facts_from_parquet(directory, AS_OF)
        backend = facts.table("patent").get_backend()

        def keep(name: str, table: object) -> object:
            path = Path(folder) / f"{name}.parquet"
            if not path.exists():
                to_parquet(table, path)
            return read_parquet(backend, path)

        lookups = Lookups(RuleBook.shipped(None), AS_OF)
        rows = rows_of_day(facts, lookups, keep, facts.with_rows(TABLES_READ))
        rules = fill_rules(ValuationRules, lookups)
        lives = fitted_lives(facts, lookups) if fitted else lives_of(fill_rules(RenewalRules, lookups))
        valued = value_rows(*rows, rules=rules, as_of=AS_OF, lives=lives)
        _, priced = patent_columns(rows[0], rules, rows[1], AS_OF)
        income = appraise(valued.patents, valued.survival, priced, rules, methods=("income",))
        return valued, income, stages(facts, keep)


def fitted_lives(facts: object, lookups: Lookups) -> Lives:
    """Renewal and life models fitted on the city's own facts of the day, as `kejin fit-renewal` does."""
    figures = fill_rules(RenewalRules, lookups)
    terms = {kind: int(figures.terms.number(kind, "years")) for kind in KINDS}
    patent_terms = tuple(PatentTerm(kind, date(1985, 4, 1), years) for kind, years in terms.items())
    fields = lookups.mapping("technology_fields/ipc_prefix")
    events = events_of_facts(facts, AS_OF, patent_terms, fields, terms).events
    if len(events) > FIT_ROWS:
        events = events.chosen(np.sort(np.random.default_rng(1).choice(len(events), FIT_ROWS, replace=False)))
    schedule = figures.schedule()
    renewal = fit_renewal(events, schedule, prior=Prior.of_rule(figures.prior))
    renewal.about["level_sd_log"] = renewal.level_sd_log(schedule, figures.discount_rate.number)
    return lives_of(figures, renewal, fit_life(events, schedule, renewal=renewal))


def stages(facts: object, keep: object) -> dict[str, str]:
    """The life-cycle stage of each company, as `kejin evaluate` finds it."""
    from kejin.schemes.compile_table import compile_table
    from kejin.schemes.expressions import needed_for

    rules = rules_of_day(AS_OF)
    patents = keep("patents_of_stage", patent_table(facts, rules, keep))
    inputs = keep("inputs", inputs_table(facts, rules, facts.with_rows(TABLES), patents, keep))
    program = needed_for(rules.program, ["life_cycle__stage_code"])
    table = to_arrow(compile_table(program, inputs, ("company_id",)))
    codes = table["life_cycle__stage_code"].to_pylist()
    return {
        company: STAGES.get(code, "open") for company, code in zip(table["company_id"].to_pylist(), codes, strict=True)
    }


class Measured:
    """True values beside intervals, for the patents that count."""

    def __init__(self, valued: Valued, income: object, stage: dict[str, str], true: dict[str, float]) -> None:
        patents = valued.patents
        worth = np.array([true.get(number, np.nan) for number in texts(valued.table, "publication_number")])
        counts = patents.in_force & (patents.family_place == 0) & (worth > 0)
        counts &= (valued.appraisal.rights.share == 1) & (valued.appraisal.rights.stands == 1)
        self.counts = np.flatnonzero(counts)
        self.log_true = np.log(worth[counts])
        low, _, high = valued.appraisal.values
        self.low, self.high = np.log(low[counts]), np.log(high[counts])
        self.mu, self.sigma = (getattr(valued.appraisal.pooled.opinion, name)[counts] for name in ("mu", "sigma"))
        self.income_mu, self.income_sigma = (getattr(income.pooled.opinion, name)[counts] for name in ("mu", "sigma"))
        self.field = patents.field[counts]
        self.age = patents.age_years[counts]
        self.kind = patents.kind[counts]
        owners = valued.table["company_id"].to_pylist()
        self.stage = np.array([stage.get(owners[row], "open") for row in self.counts])

    def coverage(self, chosen: np.ndarray) -> float:
        inside = (self.log_true >= self.low) & (self.log_true <= self.high)
        return float(inside[chosen].mean())

    def cells(self) -> Iterator[tuple[str, str, np.ndarray]]:
        yield "all", "all", np.ones(len(self.log_true), dtype=bool)
        for place, kind in enumerate(KINDS):
            yield "kind", kind, self.kind == place
        for low, high in ((0, 3), (3, 6), (6, 10), (10, 15), (15, 20)):
            yield "age", f"{low} to {high} years", (self.age >= low) & (self.age < high)
        for stage in ("start-up", "growth", "mature", "open"):
            yield "stage", stage, self.stage == stage
        for field in range(36):
            yield "field", str(field) if field else "unknown", self.field == field

    def sharper(self) -> tuple[float, float, float]:
        """(mean log width of the pool, of income only, their ratio) at 80% coverage of the same patents."""
        both = ~np.isnan(self.income_mu)
        widths = []
        for mu, sigma in ((self.mu, self.sigma), (self.income_mu, self.income_sigma)):
            scale = np.quantile(np.abs(self.log_true - mu)[both] / sigma[both], 0.8)
            widths.append(float((2 * scale * sigma[both]).mean()))
        return widths[0], widths[1], widths[1] / widths[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--fitted", action="store_true", help="the first city with renewals fitted on it, too")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    lines: list[str] = []
    for seed in asked.seeds:
        true = truth(asked.companies, seed)
        ways = [("", False)]
        if asked.fitted and seed == asked.seeds[0]:
            ways.append((", renewals fitted on the city", True))
        for of, fitted in ways:
            valued, income, stage = valued_city(asked.companies, seed, fitted=fitted)
            lines += report(seed, asked.companies, valued, Measured(valued, income, stage, true), of)
    sys.stdout.write("\n".join(lines) + "\n")
    if asked.out is not None:
        asked.out.write_text("\n".join(lines) + "\n", "utf-8")


def report(seed: int, companies: int, valued: Valued, measured: Measured, of: str = "") -> list[str]:
    frame = valued.appraisal.frame
    deals, corrections = frame.market.deals, frame.corrections
    lines = [
        f"## City of {companies:,} companies, seed {seed}{of}", "",
        f"{len(measured.counts):,} patents in force counted; {deals:,} recorded deals with a price.",
        "", "| by | cell | patents | coverage of the 80% interval | mean of log(true / middle) | goal 75-85% |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    met = {"met": 0, "missed": 0}
    for by, name, chosen in measured.cells():
        if chosen.sum() < SMALLEST_CELL:
            continue
        share = measured.coverage(chosen)
        good = "met" if GOAL[0] <= share <= GOAL[1] else "missed"
        met[good] += 1
        error = float((measured.log_true - measured.mu)[chosen].mean())
        lines.append(f"| {by} | {name} | {chosen.sum():,} | {share:.1%} | {error:+.2f} | {good} |")
    pool, income, ratio = measured.sharper()
    moved = ", ".join(f"{name} {one.shift:+.2f} x {one.spread:.2f} ({one.deals})" for name, one in corrections.items())
    own = float((2 * Z80 * measured.sigma).mean())
    rank = float(np.corrcoef(np.argsort(np.argsort(measured.mu)), np.argsort(np.argsort(measured.log_true)))[0, 1])
    return [
        *lines, "",
        f"Cells that met the goal: {met['met']} of {sum(met.values())}.",
        f"Mean log width of the interval as given: {own:.2f}.",
        (f"At equal coverage of 80%: {pool:.2f} for the pool, {income:.2f} for income only: "
        f"**{ratio:.2f} times sharper**."),
        f"Rank correlation of middle and true value: {rank:.2f}.",
        f"Corrections from prices, log shift x spread (deals): {moved}.",
        (f"Spread of prices of one patent, in logs: {frame.price_noise**0.5:.2f}; sold patents are better than seen "
         f"by {frame.selection.shift:.2f} (doubt {frame.selection.doubt:.2f})."), "",
    ]  # fmt: skip


if __name__ == "__main__":
    main()

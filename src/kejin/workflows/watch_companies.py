"""Watch companies: early warnings on every borrower as of a day; a row a company, a row a signal, a journal entry.

The procedure, in order:
1. look up the rules of the day; read monthly facts known on the day;
2. company-months of the past, each seen with the eyes of its own review day; the hazard is fitted on those whose
   outcome is known;
3. the hazard of this month, the lines that keep to the alert budget, signals, drift of inputs;
4. the results as Parquet files in the workspace, and an entry in the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kejin import __version__
from kejin.engines.content_hash import content_hash
from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet
from kejin.errors import InputError
from kejin.facts.view import FactsView
from kejin.journal import Entry, Journal, Record
from kejin.monitoring.early_warning import (
    COLOURS,
    REFERENCE_MONTHS,
    STAGES,
    Panel,
    WarningModel,
    WarningRules,
    alert_lines,
    build_panel,
    drift,
    fit_model,
    signal_lines,
    signals,
)
from kejin.monitoring.early_warning_indicators import INDICATORS, NAMES
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.classify_loans import rule_use
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.watch_facts import HISTORY_MONTHS, TABLES_READ, read_watch_facts
from kejin.workflows.workspace import Workspace

ACT = "watch_companies"
STEPS = ("rules", "rows", "hazard", "journal")
LEARNT_MONTHS = 30
CAUSES_SHOWN = 3
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RulesOfDay:
    """The rules of a run, as outputs cite them."""

    as_of: date
    known_on: date
    edition: str
    warning: WarningRules
    used: tuple[Any, ...]
    unverified: tuple[str, ...]
    absent: tuple[tuple[str, InputError], ...] = ()


@dataclass(frozen=True)
class WatchRun:
    """A finished run: files of companies and of signals, drift by indicator, the journal entry."""

    path: Path
    signals_path: Path
    rules: RulesOfDay
    companies: int
    alerts: int
    drift: dict[str, float]
    result_hash: str
    entry: Entry | None


class CompanyWatch:
    """The watch over a workspace's borrowers on a day. The workspace may be open for reading only."""

    def __init__(self, workspace: Workspace, as_of: date, known_on: date | None = None) -> None:
        self.workspace = workspace
        self.as_of = as_of
        self.known_on = as_of if known_on is None else known_on

    @cached_property
    def rules(self) -> RulesOfDay:
        rules = Lookups(RuleBook.shipped(self.workspace.overlay_path), self.as_of, self.known_on)
        filled = fill_rules(WarningRules, rules)
        unverified = tuple(sorted({found.name for found in rules.unverified()}))
        return RulesOfDay(self.as_of, rules.known_on, rules.edition, filled, tuple(rules.records()), unverified)

    @cached_property
    def facts(self) -> FactsView:
        return self.workspace.facts(self.as_of)

    @cached_property
    def _read(self) -> tuple[list[str], Panel]:
        ids, facts = read_watch_facts(self.facts)
        last = HISTORY_MONTHS - 1
        return ids, build_panel(facts, self.rules.warning, last - LEARNT_MONTHS, last)

    @cached_property
    def panel(self) -> Panel:
        """Company-months of the past and of this month. Raises monitoring.history_too_short where there is no loan."""
        if "loan_state" not in self.facts.with_rows(("loan_state",)):
            fit_model(_nobody(), self.as_of)
        return self._read[1]

    @cached_property
    def model(self) -> WarningModel:
        return fit_model(self.panel, self.as_of)

    @cached_property
    def now(self) -> Panel:
        """This month's companies at risk."""
        return self.panel.take(self.panel.place == HISTORY_MONTHS - 1)

    @cached_property
    def before(self) -> Panel:
        """The months before, by which lines are set."""
        back = HISTORY_MONTHS - 1 - self.panel.place
        return self.panel.take((back >= 1) & (back <= REFERENCE_MONTHS))

    @cached_property
    def lines(self) -> Any:
        return alert_lines(self.model.probability(self.before), self.before.stage, self.rules.warning)

    @cached_property
    def folder(self) -> Path:
        """Where results are kept; other facts or rules have another folder."""
        state = json.dumps([__version__, str(self.as_of), str(self.known_on), self.rules.edition,
                            self.workspace.store.state()], ensure_ascii=True)  # fmt: skip
        name = f"{self.as_of}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
        return self.workspace.path / "results" / ACT / name

    def company_table(self) -> pa.Table:
        """One row a company at risk, the likeliest to default first."""
        chance, pull = self.model.probability(self.now), self.model.pull(self.now)
        line = self.lines[self.now.stage]
        missing = np.isnan(self.now.values).sum(axis=1)
        table = pa.table(
            {
                "company_id": [self._read[0][place] for place in self.now.company.tolist()],
                "as_of": pa.array([self.as_of] * len(self.now), pa.date32()),
                "stage": [STAGES[number] for number in self.now.stage.tolist()],
                "default_probability_1m": np.round(chance, 9),
                "alert_line": np.round(line, 9),
                "alert": chance > line,
                "causes": [_causes(row) for row in pull],
                "signals_red": (self._signals == 2).sum(axis=1).astype(np.int64),
                "signals_amber": (self._signals == 1).sum(axis=1).astype(np.int64),
                "indicators_missing": missing.astype(np.int64),
            }
        )
        return table.sort_by([("default_probability_1m", "descending"), ("company_id", "ascending")])

    @cached_property
    def _signals(self) -> Any:
        return signals(self.now, signal_lines(self.before, self.rules.warning))

    def signal_table(self) -> pa.Table:
        """One row a company and indicator that is amber or red: value, and the day with whose eyes it was seen."""
        row, column = np.nonzero(self._signals > 0)
        return pa.table(
            {
                "company_id": pa.array([self._read[0][self.now.company[one]] for one in row.tolist()], pa.string()),
                "as_of": pa.array([self.as_of] * len(row), pa.date32()),
                "indicator": pa.array([NAMES[one] for one in column.tolist()], pa.string()),
                "colour": pa.array([COLOURS[one - 1] for one in self._signals[row, column].tolist()], pa.string()),
                "value": np.round(self.now.values[row, column], 9),
            }
        )

    def drift_index(self) -> dict[str, float]:
        """Stability index of each indicator, this month on the months before."""
        return {name: float(value) for name, value in zip(NAMES, drift(self.before, self.now), strict=True)}


def watch_companies(watch: CompanyWatch, actor: str = "-", progress: Progress | None = None) -> WatchRun:
    """Watch every borrower, store what was seen with its day, and write the run into the journal.

    Raises monitoring.history_too_short where too few months or defaults are known to learn from.
    """

    def step(name: str) -> None:
        if progress is not None:
            progress(name, STEPS.index(name), len(STEPS))

    step("rules")
    rules = watch.rules
    step("rows")
    _ = watch.panel
    step("hazard")
    table = watch.company_table()
    step("journal")
    path, signals_path = watch.folder / "companies.parquet", watch.folder / "signals.parquet"
    _write(table, path)
    _write(watch.signal_table(), signals_path)
    _, digest = result_hash(read_parquet(watch.workspace.backend, path), ACT)
    alerts, moved = sum(table["alert"].to_pylist()), watch.drift_index()
    entry = _journal_entry(watch, actor, digest, alerts, moved)
    return WatchRun(path, signals_path, rules, table.num_rows, alerts, moved, digest, entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the run of an entry again, from facts and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        table = ibis.memtable(CompanyWatch(opened, entry.as_of, entry.known_on).company_table())
        _, digest = result_hash(opened.backend.create_table("replayed_watch", table, temp=True), ACT)
    return digest


def _nobody() -> Panel:
    none = np.empty(0)
    whole = np.empty(0, np.int64)
    return Panel(whole, whole, whole, none, np.empty((0, len(NAMES))), none)


def _causes(pull: Any) -> str:
    """The indicators that add most to the log-odds, the strongest first."""
    order = np.argsort(-pull, kind="stable")[:CAUSES_SHOWN]
    return ",".join(INDICATORS[place].name for place in order.tolist() if pull[place] > 0)


def _write(table: pa.Table, path: Path) -> None:
    """Written beside first and then renamed, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    pq.write_table(table, beside, compression="zstd")
    beside.replace(path)


def _journal_entry(
    watch: CompanyWatch, actor: str, digest: str, alerts: int, moved: dict[str, float]
) -> Entry | None:  # fmt: skip
    rules = watch.rules
    rows = content_hash(watch.facts, sorted(watch.facts.with_rows(TABLES_READ)))
    together = hashlib.sha256("".join(f"{name}:{one}\n" for name, (_, one) in sorted(rows.items())).encode())
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={"companies": "borrowers"},
        result={
            "companies": len(watch.now),
            "alerts": alerts,
            "drift": {name: f"{value:.4f}" for name, value in moved.items()},
            "unverified": list(rules.unverified),
        },
        result_hash=digest,
        as_of=rules.as_of,
        known_on=rules.known_on,
        rows_hash=together.hexdigest(),
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=rules.edition,
        rules_used=tuple(rule_use(used) for used in rules.used),
    )
    with Journal.open(watch.workspace.cases_path) as journal:
        return journal.append(record)

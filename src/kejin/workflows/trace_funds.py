"""Trace funds: where the money of each loan went, as of a day; one row a loan, one journal entry a run.

The procedure, in order:
1. look up every rule that tracing needs, for the day;
2. read accounts, transfers, loans and ties; put transfers in order, and name the rows that cannot be used;
3. trace every drawdown under each rule of attribution; sums by place; the least and the most of all rules;
4. signals, typologies, flags; the chance base rate of a return; entrusted payments;
5. the result as Parquet files in the workspace, with content hashes, and an entry in the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
from kejin.journal import Entry, Journal, Record, RuleUse
from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.entrusted_payments import VERDICTS
from kejin.monitoring.misuse_findings import Raised
from kejin.monitoring.reached_ends import band
from kejin.monitoring.trace import RULES, unexplained_fen
from kejin.workflows.loan_tracing import LoanTracer, TraceOptions
from kejin.workflows.money_facts import TABLES_READ, MoneyFacts, read_money_facts
from kejin.workflows.tracing_rules import TracingRules, tracing_rules
from kejin.workflows.workspace import Workspace

ACT = "trace_funds"
Progress = Callable[[str, int, int], None]
STEPS = ("rules", "rows", "traces", "signals", "base_rate", "journal")


@dataclass(frozen=True)
class TraceRun:
    """A finished run: files of loans and of steps, the rules, what was found about rows, the journal entry."""

    path: Path
    steps_path: Path
    rules: TracingRules
    loans: int
    traced: int
    findings: tuple[InputError, ...]
    result_hash: str
    entry: Entry | None


class FundTracing:
    """The tracing of a workspace on a day, for all loans or for one. The workspace may be open for reading only."""

    def __init__(
        self, workspace: Workspace, as_of: date, options: TraceOptions, loan: str | None = None,
        since: date | None = None, known_on: date | None = None,
    ) -> None:  # fmt: skip
        self.workspace = workspace
        self.as_of = as_of
        self.options = options
        self.loan = loan
        self.since = since
        self.known_on = as_of if known_on is None else known_on

    @cached_property
    def facts(self) -> FactsView:
        return self.workspace.facts(self.as_of)

    @cached_property
    def rules(self) -> TracingRules:
        return tracing_rules(self.as_of, self.known_on, self.workspace.overlay_path)

    @cached_property
    def money(self) -> MoneyFacts:
        """Raises monitoring.nothing_to_trace, monitoring.loan_unknown."""
        money = read_money_facts(self.facts, self.loan, self.since)
        if not len(money.loans):
            if self.loan is not None:
                raise InputError("monitoring.loan_unknown", loan=self.loan, as_of=self.as_of)
            raise InputError("monitoring.nothing_to_trace", as_of=self.as_of, workspace=self.workspace.path)
        return money

    @cached_property
    def tracer(self) -> LoanTracer:
        return LoanTracer(self.money, self.rules, self.options)

    @cached_property
    def folder(self) -> Path:
        """Where results are kept; other facts, rules or options have another folder."""
        asked = [str(value) for value in asdict(self.options).values()]
        state = json.dumps(
            [__version__, str(self.as_of), str(self.known_on), self.rules.edition, self.workspace.store.state(),
             self.loan, str(self.since), *asked],
            ensure_ascii=True,
        )  # fmt: skip
        name = f"{self.as_of}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
        return self.workspace.path / "results" / "trace_funds" / name

    def findings(self) -> tuple[InputError, ...]:
        """What was found about the rows, as sentences."""
        return tuple(
            InputError(one.code, first=first, rows=one.rows, cny=f"{one.fen / 100:,.2f}")
            for one, first in self.money.findings
        )

    def loan_table(self) -> pa.Table:
        return loan_table(self.tracer)

    def step_table(self) -> pa.Table:
        return step_table(self.tracer)


def trace_funds(tracing: FundTracing, actor: str = "-", progress: Progress | None = None) -> TraceRun:
    """Trace, store the result, and write the run into the journal.

    Raises monitoring.* where nothing can be traced; policy errors where a rule of tracing is not in force.
    """

    def step(name: str) -> None:
        if progress is not None:
            progress(name, STEPS.index(name), len(STEPS))

    step("rules")
    rules = tracing.rules
    step("rows")
    money = tracing.money
    step("traces")
    _ = tracing.tracer.by_rule
    step("signals")
    _ = tracing.tracer.strength
    step("base_rate")
    _ = tracing.tracer.base_rate
    step("journal")
    path, steps_path = tracing.folder / "loans.parquet", tracing.folder / "steps.parquet"
    _write(tracing.loan_table(), path)
    _write(tracing.step_table(), steps_path)
    _, digest = result_hash(read_parquet(tracing.workspace.backend, path), ACT)
    entry = _journal_entry(tracing, actor, digest)
    traced = int((money.loans.fen > 0).sum())
    return TraceRun(path, steps_path, rules, len(money.loans), traced, tracing.findings(), digest, entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the run of an entry again, from facts and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        return replay_table(opened, entry)[1]


def replay_table(workspace: Workspace, entry: Entry) -> tuple[pa.Table, str]:
    """The rows of an entry's run, done again, and their hash."""
    assert entry.as_of is not None
    asked = dict(entry.inputs)
    until, since = (None if asked[name] is None else date.fromisoformat(str(asked[name])) for name in
                    ("until", "since"))  # fmt: skip
    options = TraceOptions(asked["rule"], asked["hops_max"], asked["window_days"], until)
    loan = None if asked["loan"] is None else str(asked["loan"])
    tracing = FundTracing(workspace, entry.as_of, options, loan, since, entry.known_on)
    rows = tracing.loan_table()
    stored = workspace.backend.create_table("replayed_trace", ibis.memtable(rows), temp=True, overwrite=True)
    return rows, result_hash(stored, ACT)[1]


def loan_table(tracer: LoanTracer) -> pa.Table:
    """One row a loan: amounts in whole fen, shares of what was paid out, findings as codes.

    A loan whose payment out is not among the transfers has status `not_seen`, and everything about its way is missing.
    """
    money, loans = tracer.money, tracer.money.loans
    seen = loans.fen > 0
    main = tracer.by_rule[tracer.options.rule]
    low, high = band([tracer.by_rule[rule].reached for rule in RULES])
    columns: dict[str, Any] = {
        "loan_id": pa.array(money.loan_ids),
        "company_id": pa.array(money.company_ids),
        "status": pa.array(np.where(seen, "traced", "not_seen").tolist()),
        "rule": pa.array([tracer.options.rule] * len(loans)),
        "contract_fen": pa.array(loans.contract_fen),
        "paid_out_fen": pa.array(loans.fen),
    }

    def add(name: str, values: Any, kind: pa.DataType | None = None) -> None:
        columns[name] = pa.array(values, kind, mask=~seen)

    add("evidence_strength", np.round(tracer.strength, 6))
    add("misuse_proposed", tracer.misuse_proposed)
    grade = "" if tracer.rules.grade is None else tracer.rules.grade.misuse_at_least.code
    add("grade_at_least", np.where(tracer.misuse_proposed, grade, "").astype(object))
    add("typologies", _codes(tracer.typologies, len(loans)))
    add("flags", _codes(tracer.flags, len(loans)))
    add("visible_share", np.round(tracer.visible_share, 6))
    returned, chance, at_least = _returns(tracer)
    add("returned_fen", returned)
    add("returned_by_chance_fen", np.rint(chance).astype(np.int64))
    add("chance_of_such_return", np.round(at_least, 6))
    for name in sorted(tracer.rules.findings.misuse_classes.codes):
        place = CLASSES.index(name)
        add(f"{name}_reached_fen", main.reached[:, place])
        add(f"{name}_least_fen", low[:, place])
        add(f"{name}_most_fen", high[:, place])
    for place, name in enumerate(CLASSES):
        add(f"{name}_stayed_fen", main.stayed[:, place])
    add("dust_fen", main.dust)
    add("hop_limit_fen", main.hop_limit)
    add("out_of_sight_fen", main.out_of_sight)
    by_verdict = _entrusted_fen(tracer)
    for place, name in enumerate(VERDICTS):
        add(f"{name}_fen", by_verdict[:, place])
    account = np.maximum(loans.account, 0)
    add("opening_unknown", ~money.opening_known[account])
    add("balance_breaks", money.first_break[account] >= 0)
    return pa.table(columns)


def step_table(tracer: LoanTracer) -> pa.Table:
    """One row a step of the trace: which transfer, from where to where, how much of it is the loan's."""
    money, trace, steps = tracer.money, tracer.main, tracer.steps
    ledger, ids = money.ledger, np.array(money.accounts.account_id, dtype=object)
    given = pa.array(money.given[trace.row])
    found = money.transfers.select(["transfer_id", "happened_at", "memo"]).take(given)
    return pa.table(
        {
            "loan_id": pa.array([money.loan_ids[place] for place in steps.loan.tolist()], pa.string()),
            "step": pa.array(np.arange(len(trace)), pa.int64()),
            "parent": pa.array(trace.parent.astype(np.int64), mask=trace.parent < 0),
            "hop": pa.array(trace.hop.astype(np.int64)),
            "transfer_id": found["transfer_id"],
            "happened_at": found["happened_at"],
            "from_account_id": pa.array(ids[ledger.source[trace.row]].tolist(), pa.string()),
            "to_account_id": pa.array(ids[ledger.target[trace.row]].tolist(), pa.string()),
            "end_class": pa.array([CLASSES[place] for place in steps.classes.tolist()], pa.string()),
            "memo": found["memo"],
            "transfer_fen": pa.array(ledger.fen[trace.row]),
            "loan_money_fen": pa.array(trace.fen),
            "kept_fen": pa.array(trace.kept_fen),
            "dust_fen": pa.array(trace.dust_fen),
            "new_route": pa.array(steps.new_route),
        }
    )


def _codes(raised: tuple[Raised, ...], loans: int) -> list[str]:
    return [",".join(one.code for one in raised if one.raised[loan]) for loan in range(loans)]


def _returns(tracer: LoanTracer) -> tuple[Any, Any, Any]:
    """Per loan: returned to the borrower under LIFO, the mean of permutations, the least chance of its drawdowns."""
    loan, count = tracer.money.drawdown_loan, len(tracer.money.loans)
    seen = tracer.returned_fen
    returned, chance, at_least = np.zeros(count, np.int64), np.zeros(count), np.ones(count)
    np.add.at(returned, loan, seen)
    np.add.at(chance, loan, tracer.base_rate.mean_fen)
    np.minimum.at(at_least, loan, tracer.base_rate.at_least)
    return returned, chance, at_least


def _entrusted_fen(tracer: LoanTracer) -> Any:
    found = np.zeros((len(tracer.money.loans), len(VERDICTS)), np.int64)
    step = tracer.entrusted.step
    np.add.at(found, (tracer.steps.loan[step], tracer.entrusted.verdict), tracer.main.fen[step])
    return found


def _journal_entry(tracing: FundTracing, actor: str, digest: str) -> Entry | None:
    rules, options = tracing.rules, tracing.options
    rows = content_hash(tracing.facts, sorted(tracing.facts.with_rows(TABLES_READ)))
    together = hashlib.sha256("".join(f"{name}:{one}\n" for name, (_, one) in sorted(rows.items())).encode())
    money, tracer = tracing.money, tracing.tracer
    unexplained = unexplained_fen(tracer.main, money.ledger, tracer.drawdowns)
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={
            "loan": tracing.loan,
            "rule": options.rule,
            "hops_max": options.hops_max,
            "window_days": options.window_days,
            "since": None if tracing.since is None else str(tracing.since),
            "until": None if options.until is None else str(options.until),
        },
        result={
            "loans": len(money.loans),
            "traced": int((money.loans.fen > 0).sum()),
            "misuse_proposed": int(tracer.misuse_proposed[money.loans.fen > 0].sum()),
            "unexplained_fen": int(np.abs(unexplained).sum()),
            "folder": str(tracing.folder.relative_to(tracing.workspace.path)),
            "unverified": list(rules.unverified),
        },
        result_hash=digest,
        as_of=tracing.as_of,
        known_on=rules.known_on,
        subject=tracing.loan,
        rows_hash=together.hexdigest(),
        row_counts={name: count for name, (count, _) in rows.items()},
        rule_edition=rules.edition,
        rules_used=tuple(_rule_use(used) for used in rules.used),
    )
    with Journal.open(tracing.workspace.cases_path) as journal:
        return journal.append(record)


def _rule_use(used: Any) -> RuleUse:
    return RuleUse(
        name=used["rule"], value=used["value"], from_=date.fromisoformat(used["from"]), document=used["document"],
        confidence=used["confidence"], overridden=used["overridden_by"] is not None,
    )  # fmt: skip


def _write(table: pa.Table, path: Path) -> None:
    """Written beside first and then renamed, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    pq.write_table(table, beside, compression="zstd")
    beside.replace(path)

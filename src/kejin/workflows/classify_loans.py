"""Classify loans: the five-class grade of every loan as of a day, with reasons; one journal entry a run.

The procedure, in order:
1. look up the rules of the day;
2. each loan with its last month-end state known on the day, and with the events that people have confirmed;
3. grades and reasons of all loans in one query; beside them what tracings known by then propose;
4. the result as a Parquet file in the workspace, and an entry in the journal.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from kejin import __version__
from kejin.dates import parse_day
from kejin.engines.content_hash import content_hash
from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet, to_parquet
from kejin.errors import InputError
from kejin.facts.view import FactsView
from kejin.journal import Entry, Journal, Record, RuleUse
from kejin.monitoring.five_classes import EVENT_SCHEMA, EVENTS, FiveClassRules, grade_loans
from kejin.monitoring.misuse_proposals import propose_grades
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.trace_findings import TraceFindings, findings_of, known_findings
from kejin.workflows.workspace import Workspace

ACT = "classify_loans"
TABLES_READ = ("institution", "loan", "loan_state")
STEPS = ("rules", "grades", "journal")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LoanEvent:
    """What a person has confirmed of a loan: which event (five_classes.EVENTS), since when, share of the balance."""

    loan_id: str
    event: str
    since_on: date
    share: float | None = None


@dataclass(frozen=True)
class RulesOfDay:
    """The rules of a run, as outputs cite them."""

    as_of: date
    known_on: date
    edition: str
    five_classes: FiveClassRules
    used: tuple[Any, ...]
    unverified: tuple[str, ...]
    absent: tuple[tuple[str, InputError], ...] = ()


@dataclass(frozen=True)
class ClassifyRun:
    """A finished run: one row a loan in a Parquet file, how many of each status and grade, the journal entry."""

    path: Path
    rules: RulesOfDay
    loans: int
    traces: tuple[int, ...]
    result_hash: str
    entry: Entry | None


class LoanClassifier:
    """The grading of a workspace's loans on a day. The workspace may be open for reading only.

    traces  entries of the journal whose findings count; those known by the day when not given.
    """

    def __init__(
        self, workspace: Workspace, as_of: date, events: Sequence[LoanEvent] = (), known_on: date | None = None,
        traces: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        self.workspace = workspace
        self.as_of = as_of
        self.events = tuple(sorted(events, key=lambda one: (one.loan_id, one.event, one.since_on)))
        self.known_on = as_of if known_on is None else known_on
        self._traces = traces

    @cached_property
    def findings(self) -> TraceFindings:
        """Raises monitoring.trace_result_changed."""
        if self._traces is None:
            return known_findings(self.workspace, self.as_of, self.known_on)
        return findings_of(self.workspace, self._traces)

    @cached_property
    def rules(self) -> RulesOfDay:
        """Raises InputError policy.nothing_in_force on days before the measures began."""
        rules = Lookups(RuleBook.shipped(self.workspace.overlay_path), self.as_of, self.known_on)
        filled = fill_rules(FiveClassRules, rules)
        unverified = tuple(sorted({found.name for found in rules.unverified()}))
        return RulesOfDay(self.as_of, rules.known_on, rules.edition, filled, tuple(rules.records()), unverified)

    @cached_property
    def facts(self) -> FactsView:
        return self.workspace.facts(self.as_of)

    def check(self) -> None:
        """Raises monitoring.nothing_to_grade, monitoring.event_loan_unknown, monitoring.overdue_days_negative."""
        if "loan" not in self.facts.with_rows(("loan",)):
            raise InputError("monitoring.nothing_to_grade", as_of=self.as_of, workspace=self.workspace.path)
        named = sorted({one.loan_id for one in self.events})
        if named:
            loans = self.facts.table("loan")
            found = loans.filter(loans.loan_id.isin(named)).select("loan_id").to_pyarrow()["loan_id"].to_pylist()
            unknown = [one for one in named if one not in set(found)]
            if unknown:
                raise InputError("monitoring.event_loan_unknown", loan=unknown[0], as_of=self.as_of)
        states = self.facts.table("loan_state")
        wrong = states.filter(states.overdue_days < 0).limit(1).to_pyarrow().to_pylist()
        if wrong:
            row = wrong[0]
            raise InputError("monitoring.overdue_days_negative", loan=row["loan_id"], month=row["month_end"],
                             days=row["overdue_days"])  # fmt: skip

    def table(self) -> ir.Table:
        """One row a loan, as an expression."""
        rows = [(one.loan_id, one.event, one.since_on, one.share) for one in self.events]
        events = ibis.memtable(rows, schema=ibis.schema(EVENT_SCHEMA))
        rules = self.rules.five_classes
        graded = grade_loans(loans_with_states(self.facts), events, self.as_of, rules)
        return propose_grades(graded, self.findings.table(), events, self.as_of, rules)

    @cached_property
    def folder(self) -> Path:
        """Where results are kept; other facts, rules or events have another folder."""
        state = json.dumps(
            [__version__, str(self.as_of), str(self.known_on), self.rules.edition, self.workspace.store.state(),
             _plain(self.events), self.findings.entries], ensure_ascii=True,
        )  # fmt: skip
        name = f"{self.as_of}-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
        return self.workspace.path / "results" / ACT / name


def loans_with_states(facts: FactsView) -> ir.Table:
    """Every loan known on the day with its bank (the parent of a branch) and its last month-end state known."""
    loans, states, banks = (facts.table(name) for name in ("loan", "loan_state", "institution"))
    past = states.filter(states.month_end <= ibis.literal(facts.as_of))
    newest = past.group_by("loan_id").agg(month_end=past.month_end.max())
    last = past.join(newest, ["loan_id", "month_end"]).select(
        "loan_id", "overdue_days", state_on="month_end", bank_grade="five_class",
        balance_fen=_fen(past.balance_cny), overdue_principal_fen=_fen(past.overdue_principal_cny),
        overdue_interest_fen=_fen(past.overdue_interest_cny),
    )  # fmt: skip
    placed = loans.left_join(banks.select("institution_id", "parent_id"), "institution_id")
    placed = placed.select(
        "loan_id", "company_id", "restructured", "granted_on",
        bank_id=ibis.coalesce(placed.parent_id, placed.institution_id),
    )  # fmt: skip
    return placed.left_join(last, "loan_id").drop("loan_id_right")


def classify_loans(classifier: LoanClassifier, actor: str = "-", progress: Progress | None = None) -> ClassifyRun:
    """Grade every loan known on the day and write the run into the journal."""

    def step(name: str) -> None:
        if progress is not None:
            progress(name, STEPS.index(name), len(STEPS))

    step("rules")
    rules = classifier.rules
    classifier.check()
    step("grades")
    path = classifier.folder / "loans.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    to_parquet(classifier.table().order_by("loan_id"), beside)
    beside.replace(path)
    step("journal")
    loans, digest = result_hash(read_parquet(classifier.workspace.backend, path), ACT)
    entry = _journal_entry(classifier, actor, path, digest)
    return ClassifyRun(path, rules, loans, classifier.findings.entries, digest, entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the run of an entry again, from facts, events and rules as of its day; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        given: Any = dict(entry.inputs)["events"]
        events = [LoanEvent(loan, event, parse_day(day), None if share is None else float(share))
                  for loan, event, day, share in given]  # fmt: skip
        traces: Any = entry.inputs.get("traces", [])
        classifier = LoanClassifier(opened, entry.as_of, events, entry.known_on, traces)
        classifier.check()
        _, digest = result_hash(classifier.table(), ACT)
    return digest


def read_events(path: Path) -> list[LoanEvent]:
    """Confirmed events from a CSV file with the columns loan_id, event, since_on and, if need be, share.

    Raises monitoring.event_unreadable with the line.
    """
    found = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            event = _event(row)
            if event is None:
                raise InputError("monitoring.event_unreadable", path=path, line=line, known=", ".join(EVENTS))
            found.append(event)
    return found


def _event(row: dict[str, str | None]) -> LoanEvent | None:
    """The event of a line; None where the line is none."""
    try:
        loan, event, since_on = row["loan_id"], row["event"], date.fromisoformat(row["since_on"] or "")
        share = float(row["share"] or "") if row.get("share") else None
    except (KeyError, TypeError, ValueError):
        return None
    fits = share is None if event != "expected_credit_loss" else share is not None and 0 <= share <= 1
    return LoanEvent(loan, event, since_on, share) if loan and event in EVENTS and fits else None


def counts(path: Path) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """How many loans have each grade, each status, and each thing not known."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["status", "grade", "open_inputs"])
    tallies: tuple[dict[str, int], ...] = ({}, {}, {})
    for status, grade, missing in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
        for tally, names in zip(tallies, ([grade] if grade else [], [status], missing.split(",")), strict=True):
            for name in names:
                if name:
                    tally[name] = tally.get(name, 0) + 1
    grades, statuses, missing_inputs = tallies
    return grades, statuses, missing_inputs


def finding_counts(path: Path) -> dict[str, int]:
    """How many loans have each state of misuse_proposals."""
    import pyarrow.parquet as pq

    states = pq.read_table(path, columns=["finding"])["finding"].to_pylist()
    return {name: states.count(name) for name in sorted({one for one in states if one is not None})}


def _fen(amount: Any) -> Any:
    return (amount * 100).cast("int64")


def _plain(events: Sequence[LoanEvent]) -> list[list[str | None]]:
    return [
        [one.loan_id, one.event, str(one.since_on), None if one.share is None else repr(one.share)] for one in events
    ]


def _journal_entry(classifier: LoanClassifier, actor: str, path: Path, digest: str) -> Entry | None:
    rules = classifier.rules
    rows = content_hash(classifier.facts, sorted(classifier.facts.with_rows(TABLES_READ)))
    together = hashlib.sha256("".join(f"{name}:{one}\n" for name, (_, one) in sorted(rows.items())).encode())
    grades, statuses, missing = counts(path)
    record = Record(
        act=ACT,
        actor=actor,
        role="analyst",
        inputs={"events": _plain(classifier.events), "traces": list(classifier.findings.entries)},
        result={
            "grades": grades,
            "statuses": statuses,
            "not_known": missing,
            "findings": finding_counts(path),
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
    with Journal.open(classifier.workspace.cases_path) as journal:
        return journal.append(record)


def rule_use(used: Any) -> RuleUse:
    """A looked-up value as the journal keeps it."""
    return RuleUse(
        name=used["rule"], value=used["value"], from_=date.fromisoformat(used["from"]), document=used["document"],
        confidence=used["confidence"], overridden=used["overridden_by"] is not None,
    )  # fmt: skip

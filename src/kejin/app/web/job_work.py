"""The long work itself, as the workflows do it; each gives what the page says afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kejin.errors import InputError, KejinError
from kejin.workflows.workspace import Workspace

Tell = Callable[[str, int, int], None]
Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done.

    kind      as in KINDS.
    as_of     the day it is about; None where none is asked.
    details   what else the kind needs, as plain JSON.
    """

    job_id: str
    kind: str
    workspace: Path
    actor: str
    role: str
    as_of: date | None
    details: Mapping[str, Any]

    @property
    def day(self) -> date:
        assert self.as_of is not None, "this kind of job needs a day"
        return self.as_of


def work(order: Order, tell: Tell) -> Outcome:
    """Does the work of an order. Raises KejinError where it cannot be done."""
    return _WORK[order.kind](order, tell)


def _evaluate(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.evaluate_companies import evaluate_companies

    with Workspace.open(order.workspace) as workspace:
        run = evaluate_companies(workspace, order.day, order.actor, tell)
    return _of_run(run, {"companies": run.companies, "unverified": list(run.rules.unverified)})


def _value_patents(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.value_patents import value_patents

    with Workspace.open(order.workspace) as workspace:
        run = value_patents(workspace, order.day, order.actor, tell)
    return _of_run(run, {"patents": run.rows, "companies": run.companies, "unverified": list(run.unverified)})


def _preapprove(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.lending_desk import LendingDesk
    from kejin.workflows.preapprove import preapprove

    with Workspace.open(order.workspace) as workspace:
        desk = LendingDesk(workspace, order.day)
        tell("companies", 0, 0)
        desk.evaluator.results()
        run = preapprove(desk, order.actor, lambda done, of: tell("offers", done, of))
    return _of_run(run, {"companies": run.companies, "counts": {name: dict(one) for name, one in run.counts.items()}})


def _trace_funds(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.loan_tracing import TraceOptions
    from kejin.workflows.trace_funds import FundTracing, trace_funds

    with Workspace.open(order.workspace) as workspace:
        run = trace_funds(FundTracing(workspace, order.day, TraceOptions()), order.actor, tell)
    return _of_run(run, {"loans": run.loans, "traced": run.traced})


def _classify(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.classify_loans import LoanClassifier, classify_loans

    with Workspace.open(order.workspace) as workspace:
        run = classify_loans(LoanClassifier(workspace, order.day), order.actor, tell)
    return _of_run(run, {"loans": run.loans, "unverified": list(run.rules.unverified)})


def _watch(order: Order, tell: Tell) -> Outcome:
    from kejin.workflows.watch_companies import CompanyWatch, watch_companies

    with Workspace.open(order.workspace) as workspace:
        run = watch_companies(CompanyWatch(workspace, order.day), order.actor, tell)
    return _of_run(run, {"companies": run.companies, "alerts": run.alerts, "unverified": list(run.rules.unverified)})


def _fit_default(order: Order, tell: Tell) -> Outcome:
    """The version is named by the job, so that a job done again after a restart does not register a second one."""
    from kejin.workflows.default_models import registered_models
    from kejin.workflows.fit_default import STEPS, fit_default

    version = f"{order.day.isoformat()}.{order.job_id[:8]}"
    with Workspace.open(order.workspace) as workspace:
        if any(one.version == version for one in registered_models(workspace)):
            return {"version": version}
        run = fit_default(
            workspace,
            order.day,
            order.actor,
            version,
            progress=lambda step, _: tell(step, STEPS.index(step), len(STEPS)),
        )
    return {"version": run.model.version, "journal_entry": run.entry.sequence, "unverified": list(run.unverified)}


def _load(order: Order, tell: Tell) -> Outcome:
    from kejin.app.web.uploads import Upload

    upload = Upload.find(order.workspace, str(order.details["upload"]))
    report = upload.load_aside(order.workspace, lambda _, done, of: tell("files", done, of))
    return {
        "upload": upload.upload_id,
        "rows_loaded": report.rows_loaded,
        "rows_rejected": report.rows_rejected,
        "findings": report.findings.total("error"),
    }


def _verify_journal(order: Order, tell: Tell) -> Outcome:
    from kejin.journal import Journal, verify
    from kejin.journal.place import database_of

    with Journal.open(database_of(order.workspace), create=False) as journal:
        last = journal.head().sequence
        checked = verify(journal, (), lambda done: tell("entries", done, last))
    head = checked.head
    return {
        "ok": checked.ok,
        "entries": checked.entries,
        "head": None if head is None else {"sequence": head.sequence, "entry_hash": head.entry_hash},
        "findings_total": checked.findings_total,
        "findings": [{"code": one.code, "en": one.text("en"), "zh": one.text("zh")} for one in checked.findings[:100]],
    }


def _replay_entry(order: Order, tell: Tell) -> Outcome:
    from kejin.app.journal_command import _replayers
    from kejin.journal import Journal, replay
    from kejin.journal.place import database_of

    tell("entries", 0, 1)
    number = int(order.details["sequence"])
    with Journal.open(database_of(order.workspace), create=False) as journal:
        entry = journal.get(number)
        replayed = next(iter(replay([entry], _replayers(order.workspace))))
    return {
        "sequence": number,
        "act": replayed.act,
        "result": replayed.outcome,
        "reason": {lang: replayed.reason(lang) for lang in ("en", "zh")},
    }


def _of_run(run: Any, extra: Outcome) -> Outcome:
    entry = None if run.entry is None else run.entry.sequence
    return {"journal_entry": entry, "result_hash": run.result_hash} | extra


_WORK: dict[str, Callable[[Order, Tell], Outcome]] = {
    "load": _load,
    "evaluate": _evaluate,
    "value_patents": _value_patents,
    "preapprove": _preapprove,
    "trace_funds": _trace_funds,
    "classify": _classify,
    "watch": _watch,
    "fit_default": _fit_default,
    "verify_journal": _verify_journal,
    "replay_entry": _replay_entry,
}


def order_of(line: str) -> Order:
    """An order as its process gets it."""
    said = json.loads(line)
    day = said["as_of"]
    return Order(
        said["job_id"],
        said["kind"],
        Path(said["workspace"]),
        said["actor"],
        said["role"],
        None if day is None else date.fromisoformat(day),
        said["details"],
    )


def refused(error: KejinError) -> Outcome:
    """An error as an outcome, in both languages."""
    return {"ok": False, "error": {lang: error.as_json(lang) for lang in ("en", "zh")}}


def broken(number: str) -> Outcome:
    """The outcome of a job that ended by a defect of ours; the log has the trace under the number."""
    return refused(InputError("app.job_broken", number=number))

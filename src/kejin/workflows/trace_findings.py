"""Which findings of earlier tracings were known on a day? Read from the journal and the results that it vouches for.

A run counts if its as-of day and its rules' day are not later than those asked for, and if it was made with the
institution's own bounds and the default rule of attribution; a run with others is an exploration. Of each loan the
newest such run speaks: by as-of day, then by place in the journal. A run over all loans ends the search; a run of one
loan before it replaces what it says of that loan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from kejin.engines.result_hash import result_hash
from kejin.engines.run_query import read_parquet
from kejin.errors import InputError
from kejin.journal import Entry, Journal
from kejin.monitoring.misuse_proposals import FINDING_SCHEMA
from kejin.workflows.loan_tracing import TraceOptions
from kejin.workflows.trace_funds import ACT, replay_table
from kejin.workflows.workspace import Workspace

_READ = ["loan_id", "misuse_proposed", "typologies", "flags", "evidence_strength"]


@dataclass(frozen=True)
class TraceFindings:
    """The runs that were read, newest first, and one row a loan that any of them traced."""

    entries: tuple[int, ...]
    rows: pa.Table

    def table(self) -> ir.Table:
        return ibis.memtable(self.rows, schema=ibis.schema(FINDING_SCHEMA))


NO_FINDINGS = TraceFindings((), ibis.schema(FINDING_SCHEMA).to_pyarrow().empty_table())


def known_findings(workspace: Workspace, as_of: date, known_on: date) -> TraceFindings:
    """What the tracings in the journal said by a day. Raises monitoring.trace_result_changed."""
    place = workspace.cases_path
    if isinstance(place, Path) and not place.is_file():
        return NO_FINDINGS
    with Journal.open(workspace.cases_path) as journal:
        runs = [one for one in journal.find(act=ACT) if _counts(one, as_of, known_on)]
    runs.sort(key=lambda one: (one.as_of or date.min, one.sequence), reverse=True)
    used = []
    for run in runs:
        used.append(run)
        if _covers_all(run):
            break
    return _read(workspace, used)


def findings_of(workspace: Workspace, sequences: Iterable[int]) -> TraceFindings:
    """What certain entries of the journal said: for doing a classification again."""
    used: list[Entry] = []
    wanted = list(sequences)
    if wanted:
        with Journal.open(workspace.cases_path) as journal:
            for sequence in wanted:
                used += journal.find(act=ACT, first=sequence, last=sequence)
    return _read(workspace, used)


def _counts(entry: Entry, as_of: date, known_on: date) -> bool:
    asked: Mapping[str, Any] = entry.inputs
    own = TraceOptions()
    return (
        entry.as_of is not None and entry.as_of <= as_of
        and entry.known_on is not None and entry.known_on <= known_on
        and (asked["rule"], asked["hops_max"], asked["window_days"], asked["until"])
        == (own.rule, own.hops_max, own.window_days, own.until)
    )  # fmt: skip


def _covers_all(entry: Entry) -> bool:
    return entry.inputs["loan"] is None and entry.inputs["since"] is None


def _read(workspace: Workspace, runs: Iterable[Entry]) -> TraceFindings:
    """Rows of the runs, of each loan those of the first run that has it."""
    parts: list[pa.Table] = []
    seen: set[str] = set()
    sequences: list[int] = []
    for run in runs:
        sequences.append(run.sequence)
        rows = _result(workspace, run).select(_READ)
        if seen:
            rows = rows.filter(pa.array([loan not in seen for loan in rows["loan_id"].to_pylist()], pa.bool_()))
        seen.update(rows["loan_id"].to_pylist())
        rows = rows.append_column("traced_on", pa.array([run.as_of] * len(rows), pa.date32()))
        parts.append(rows.append_column("trace_entry", pa.array([run.sequence] * len(rows), pa.int64())))
    if not parts:
        return NO_FINDINGS
    schema = ibis.schema(FINDING_SCHEMA).to_pyarrow()
    return TraceFindings(tuple(sequences), pa.concat_tables([part.cast(schema) for part in parts]))


def _result(workspace: Workspace, run: Entry) -> pa.Table:
    """The rows of a run: its stored file if that is the one the journal vouches for, else done again from the facts."""
    kept = run.result.get("folder")
    path = workspace.path / str(kept) / "loans.parquet" if kept else Path()
    if kept and path.is_file():
        if result_hash(read_parquet(workspace.backend, path), ACT)[1] == run.result_hash:
            return pq.read_table(path)
        raise InputError("monitoring.trace_result_changed", path=path, entry=run.sequence)
    table, digest = replay_table(workspace, run)
    if digest != run.result_hash:
        raise InputError("monitoring.trace_result_changed", path=path, entry=run.sequence)
    return table

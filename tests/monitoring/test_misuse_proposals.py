"""What tracing finds reaches the five classes as a proposal, apart from confirmed grades, journalled, as of a day."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.errors import InputError
from kejin.journal import Entry
from kejin.monitoring.five_classes import EVENT_SCHEMA, FiveClassRules
from kejin.monitoring.misuse_proposals import FINDING_SCHEMA, propose_grades
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.classify_loans import LoanClassifier, LoanEvent, classify_loans, replay
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.loan_tracing import TraceOptions
from kejin.workflows.trace_findings import known_findings
from kejin.workflows.trace_funds import FundTracing, TraceRun, trace_funds
from kejin.workflows.workspace import Workspace

from .conftest import AS_OF

RUN = CliRunner()


def stated(rank: str, found: bool | None, event: str | None = None, status: str = "graded") -> dict:
    """The proposal for one loan with a grade, a finding and an event of the day before."""
    graded = pa.table({"loan_id": ["L"], "status": [status], "grade_at_least": [rank]})
    finding = [("L", found, "t1,t4", "r1", 0.9, AS_OF - timedelta(days=9), 3)]
    events = [] if event is None else [("L", event, AS_OF - timedelta(days=1), None)]
    table = propose_grades(
        ibis.memtable(graded), ibis.memtable(finding, schema=ibis.schema(FINDING_SCHEMA)),
        ibis.memtable(events, schema=ibis.schema(EVENT_SCHEMA)), AS_OF,
        fill_rules(FiveClassRules, Lookups(RuleBook.shipped(), AS_OF)),
    )  # fmt: skip
    (row,) = table.to_pyarrow().to_pylist()
    return row


@pytest.mark.parametrize(
    ("rank", "found", "event", "finding", "grade"),
    [
        ("normal", True, None, "proposed", "special_mention"),
        ("doubtful", True, None, "proposed", "doubtful"),
        ("normal", False, None, "nothing_found", None),
        ("normal", None, None, "not_traced", None),
        ("special_mention", True, "misuse_confirmed", "confirmed", None),
        ("normal", True, "misuse_dismissed", "dismissed", None),
        ("normal", True, "refinanced", "proposed", "special_mention"),
    ],
)
def test_states(rank: str, found: bool | None, event: str | None, finding: str, grade: str | None) -> None:
    row = stated(rank, found, event)
    assert (row["finding"], row["grade_proposed"]) == (finding, grade)
    assert row["grade_at_least"] == rank
    if grade is not None:
        assert "T1,T4" in row["proposal_zh"]
        assert "待人确认" in row["proposal_zh"]
        assert row["proposal_rule"] == "monitoring/grades/misuse_at_least"


def test_a_settled_loan_is_not_graded_and_nothing_is_proposed() -> None:
    row = stated("normal", True, status="settled")
    assert (row["finding"], row["grade_proposed"]) == (None, None)


@pytest.fixture(scope="module")
def workspace(money_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a journal of its own."""
    path = tmp_path_factory.mktemp("proposals") / "workspace"
    shutil.copytree(money_workspace, path)
    (path / "cases.sqlite").unlink(missing_ok=True)
    return path


@pytest.fixture(scope="module")
def traced(workspace: Path) -> TraceRun:
    with Workspace.open(workspace) as opened:
        return trace_funds(FundTracing(opened, AS_OF, TraceOptions()), "tester")


def graded(workspace: Path, as_of: date = AS_OF, events: tuple = ()) -> tuple[dict[str, dict], Entry]:
    with Workspace.open(workspace) as opened:
        run = classify_loans(LoanClassifier(opened, as_of, events), "tester")
    assert run.entry is not None
    return {row["loan_id"]: row for row in pq.read_table(run.path).to_pylist()}, run.entry


def test_findings_flow_into_the_grades_as_proposals(workspace: Path, traced: TraceRun) -> None:
    found = {row["loan_id"]: row["misuse_proposed"] for row in pq.read_table(traced.path).to_pylist()}
    rows, entry = graded(workspace)
    live = {loan: row for loan, row in rows.items() if row["status"] != "settled"}
    proposed = {loan for loan, row in live.items() if row["finding"] == "proposed"}
    assert proposed == {loan for loan in live if found.get(loan)}
    assert proposed
    assert all(row["grade_proposed"] not in (None, "normal") for row in live.values() if row["finding"] == "proposed")
    assert not any("misuse" in row["reasons"] for row in rows.values())
    assert entry.inputs["traces"] == [traced.entry.sequence]  # type: ignore[union-attr]
    assert entry.result["findings"]["proposed"] == len(proposed)  # type: ignore[index]


def test_a_confirmed_finding_becomes_a_grade(workspace: Path, traced: TraceRun) -> None:
    with Workspace.open(workspace) as opened:
        table = pq.read_table(traced.path)
        found = table.filter(table["misuse_proposed"])["loan_id"].to_pylist()
        asked = LoanClassifier(opened, AS_OF).table()
        live = asked.filter(asked.finding == "proposed").select("loan_id").to_pyarrow()["loan_id"].to_pylist()
    yes, no = sorted(set(found) & set(live))[:2]
    rows, _ = graded(
        workspace, events=(LoanEvent(yes, "misuse_confirmed", AS_OF), LoanEvent(no, "misuse_dismissed", AS_OF))
    )
    assert rows[yes]["finding"] == "confirmed"
    assert "misuse_confirmed" in rows[yes]["reasons"]
    assert (rows[no]["finding"], rows[no]["grade_proposed"]) == ("dismissed", None)
    assert "misuse" not in rows[no]["reasons"]


def test_what_is_traced_later_changes_no_earlier_answer(workspace: Path, traced: TraceRun) -> None:
    before = AS_OF - timedelta(days=1)
    with Workspace.open(workspace) as opened:
        assert known_findings(opened, AS_OF, AS_OF).entries
        assert known_findings(opened, before, AS_OF).entries == ()
        assert known_findings(opened, AS_OF, before).entries == ()
        rows = LoanClassifier(opened, before).table().to_pyarrow()
    assert set(rows["finding"].to_pylist()) <= {None, "not_traced"}


def test_explorations_do_not_count_and_a_later_run_of_one_loan_does(workspace: Path, traced: TraceRun) -> None:
    with Workspace.open(workspace) as opened:
        loan = next(row["loan_id"] for row in pq.read_table(traced.path).to_pylist() if row["misuse_proposed"])
        trace_funds(FundTracing(opened, AS_OF, TraceOptions(hops_max=0), loan), "tester")
        assert known_findings(opened, AS_OF, AS_OF).entries == (traced.entry.sequence,)  # type: ignore[union-attr]
        single = trace_funds(FundTracing(opened, AS_OF, TraceOptions(), loan), "tester")
    assert single.entry is not None
    rows, after = graded(workspace)
    assert after.inputs["traces"] == [single.entry.sequence, traced.entry.sequence]  # type: ignore[union-attr]
    assert rows[loan]["trace_entry"] == single.entry.sequence
    assert len(rows) == len(set(rows))
    assert replay(workspace, after) == after.result_hash


def test_a_lost_result_is_done_again_and_a_changed_one_refused(workspace: Path, traced: TraceRun) -> None:
    kept = traced.path.read_bytes()
    _, entry = graded(workspace)
    try:
        traced.path.unlink()
        assert replay(workspace, entry) == entry.result_hash
        table = pq.read_table(pa.BufferReader(kept))
        place = table.schema.get_field_index("misuse_proposed")
        nothing = pa.array([False] * len(table), pa.bool_())
        pq.write_table(table.set_column(place, "misuse_proposed", nothing), traced.path)
        with pytest.raises(InputError, match=r"monitoring\.trace_result_changed"):
            graded(workspace)
    finally:
        traced.path.write_bytes(kept)


def test_the_command_shows_proposals_apart(workspace: Path, traced: TraceRun, tmp_path: Path) -> None:
    words = ["classify", str(workspace), "--as-of", str(AS_OF)]
    told = json.loads(RUN.invoke(whole_app(), [*words, "--json"]).stdout)
    assert told["findings"]["proposed"] > 0
    assert traced.entry.sequence in told["trace_entries"]  # type: ignore[union-attr]
    shown = RUN.invoke(whole_app(), [*words, "--lang", "zh", "--out", str(tmp_path / "grades.xlsx")])
    assert shown.exit_code == 0, shown.output
    assert "疑似挪用" in shown.output
    earlier = RUN.invoke(whole_app(), ["classify", str(workspace), "--as-of", "2026-06-30", "--lang", "en"])
    assert "misuse was not looked for" in earlier.output

"""The act end to end: every fen is somewhere, the journal replays it, the command says it, cases are whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.city.bank_view import write_bank_view
from kejin.engines.parquet_facts import facts_from_parquet
from kejin.errors import InputError
from kejin.journal import Journal
from kejin.monitoring.account_ends import CLASSES
from kejin.monitoring.trace import RULES
from kejin.workflows.loan_tracing import LoanTracer, TraceOptions
from kejin.workflows.money_facts import read_money_facts
from kejin.workflows.trace_funds import FundTracing, loan_table, replay, trace_funds
from kejin.workflows.tracing_rules import tracing_rules
from kejin.workflows.workspace import Workspace

from .conftest import AS_OF

RUN = CliRunner()


@pytest.fixture(scope="module")
def tracer(money_city: Path) -> LoanTracer:
    money = read_money_facts(facts_from_parquet(money_city, AS_OF))
    return LoanTracer(money, tracing_rules(AS_OF), TraceOptions())


def test_every_fen_of_every_loan_is_somewhere(tracer: LoanTracer) -> None:
    for row in loan_table(tracer).to_pylist():
        stayed = sum(row[f"{name}_stayed_fen"] for name in CLASSES)
        assert stayed + row["dust_fen"] == row["paid_out_fen"] == row["contract_fen"], row["loan_id"]


def test_a_city_has_nothing_to_complain_of_and_misuse_is_proposed_for_few(tracer: LoanTracer) -> None:
    assert tracer.money.findings == ()
    assert 0 < tracer.misuse_proposed.sum() < 0.3 * len(tracer.misuse_proposed)
    assert ((tracer.strength >= 0) & (tracer.strength < 1)).all()


def test_the_band_holds_every_rule(tracer: LoanTracer) -> None:
    for row in loan_table(tracer).to_pylist():
        for name in tracer.rules.findings.misuse_classes.codes:
            assert row[f"{name}_least_fen"] <= row[f"{name}_reached_fen"] <= row[f"{name}_most_fen"]
    totals = {rule: sum(tracer.by_rule[rule].reached.sum(axis=1)) for rule in RULES}
    assert totals["loan_first"] > totals["lowest_balance"]


def test_what_becomes_known_later_changes_nothing(money_city: Path) -> None:
    earlier = AS_OF.replace(year=2025)
    rules = tracing_rules(earlier)
    whole = loan_table(LoanTracer(read_money_facts(facts_from_parquet(money_city, earlier)), rules, TraceOptions()))
    assert 0 < len(whole) < 200
    money = read_money_facts(facts_from_parquet(money_city, earlier))
    assert (
        int(money.transfers["happened_at"].cast("int64").to_numpy().max()) < (earlier.toordinal() - 719162) * 86_400e6
    )


def test_no_hops_and_no_window_keep_the_money_where_it_was_paid_out(tracer: LoanTracer) -> None:
    for options in (TraceOptions(hops_max=0), TraceOptions(window_days=0)):
        still = LoanTracer(tracer.money, tracer.rules, options)
        assert (still.main.hop[still.main.kept_fen > 0] <= 1).all()
        assert int(still.main.kept_fen.sum() + still.main.dust_fen.sum()) == int(tracer.money.loans.fen.sum())


def test_one_bank_sees_less_and_its_statements_still_add_up(
    money_city: Path, tmp_path: Path, tracer: LoanTracer
) -> None:
    view = write_bank_view(money_city, tmp_path / "bank", 0.4, 3)
    assert 0.4 <= view.account_share < 0.7
    assert view.transfers_seen < view.transfers
    money = read_money_facts(facts_from_parquet(tmp_path / "bank", AS_OF))
    assert "monitoring.balance_breaks" not in {one.code for one, _ in money.findings}
    bank = LoanTracer(money, tracer.rules, TraceOptions())
    assert 0 < len(money.loans) < len(tracer.money.loans)
    assert bank.visible_share.mean() < tracer.visible_share.mean()


def test_a_missing_transfer_breaks_the_statement_where_it_is_missing(money_city: Path, tmp_path: Path) -> None:
    write_bank_view(money_city, tmp_path / "all", 1.0, 3)
    path = tmp_path / "all/facts/transfer/part-00000.parquet"
    rows = pq.read_table(path)
    known = [n for n, value in enumerate(rows["to_balance_cny"].to_pylist()) if value is not None]
    lost = known[len(known) // 2]
    pq.write_table(rows.filter(np.arange(len(rows)) != lost), path)
    money = read_money_facts(facts_from_parquet(tmp_path / "all", AS_OF))
    assert "monitoring.balance_breaks" in {one.code for one, _ in money.findings}


def test_a_run_is_journalled_and_replays(money_workspace: Path) -> None:
    with Workspace.open(money_workspace) as workspace:
        run = trace_funds(FundTracing(workspace, AS_OF, TraceOptions()), "tester")
        assert run.loans == run.traced > 0
        assert run.entry is not None
        with Journal.open(workspace.cases_path) as journal:
            (entry,) = journal.find(first=run.entry.sequence, last=run.entry.sequence)
    assert entry.result["unexplained_fen"] == 0
    assert replay(money_workspace, entry) == entry.result_hash
    other = replace(entry, inputs={**entry.inputs, "rule": "fifo"})
    assert replay(money_workspace, other) != entry.result_hash


def test_an_unknown_loan_is_a_sentence(money_workspace: Path) -> None:
    with Workspace.open(money_workspace) as workspace:
        tracing = FundTracing(workspace, AS_OF, TraceOptions(), "NO-SUCH")
        with pytest.raises(InputError, match="NO-SUCH") as caught:
            trace_funds(tracing)
    assert "NO-SUCH" in caught.value.text("zh")


def test_the_command_and_the_case_file(money_workspace: Path, tmp_path: Path) -> None:
    base = ["trace-funds", str(money_workspace), "--as-of", "2026-09-30", "--lang", "en"]
    everything = RUN.invoke(whole_app(), [*base, "--json", "--out", str(tmp_path / "loans.xlsx")])
    assert everything.exit_code == 0, everything.output
    summary = json.loads(everything.stdout)
    assert summary["traced"] == summary["loans"]
    sheet = openpyxl.load_workbook(tmp_path / "loans.xlsx").active
    assert sheet.max_row == summary["loans"] + 1
    loan = sheet.cell(2, 1).value
    for suffix in ("json", "xlsx", "html"):
        done = RUN.invoke(whole_app(), [*base, "--loan", loan, "--case", str(tmp_path / f"case.{suffix}")])
        assert done.exit_code == 0, done.output
    case = json.loads((tmp_path / "case.json").read_text("utf-8"))
    parts = dict(case["conservation"])
    assert parts.pop("paid_out") == sum(parts.values())
    assert case["unexplained_fen"] == 0
    assert {rule["rule"] for rule in case["rules_used"]} >= {"monitoring/tracing/hops_max", "monitoring/flags/r1"}
    assert len(case["picture"]["nodes"]) <= 200
    page = (tmp_path / "case.html").read_text("utf-8")
    assert loan in page
    assert "Content-Security-Policy" in page


@pytest.mark.parametrize(
    "words", [["--rule", "lilo"], ["--max-hops", "-1"], ["--case", "x.html"], ["--window-days", "9999"]]
)
def test_wrong_use_ends_with_its_error(money_workspace: Path, words: list[str]) -> None:
    done = RUN.invoke(whole_app(), ["trace-funds", str(money_workspace), *words])
    assert done.exit_code != 0
    assert getattr(done.exception, "exit_status", 2) == 2

"""The two acts end to end on a small city: commands, replay, bad input, and rows that are known later."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.city import write_city
from kejin.engines.parquet_facts import facts_from_parquet
from kejin.errors import InputError
from kejin.journal import Journal
from kejin.monitoring.early_warning import WarningRules, build_panel
from kejin.monitoring.five_classes import EVENT_SCHEMA, FiveClassRules, grade_loans
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.classify_loans import LoanClassifier, LoanEvent, loans_with_states
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.load_facts import load_facts
from kejin.workflows.replayers import REPLAYERS
from kejin.workflows.watch_facts import HISTORY_MONTHS, TABLES_READ, read_watch_facts
from kejin.workflows.workspace import Workspace

AS_OF = date(2026, 9, 30)
EARLIER = date(2026, 3, 31)
RUN = CliRunner()


@pytest.fixture(scope="module")
def watch_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("watch") / "city"
    write_city(directory, 1_600, 4, tables=("institution", *TABLES_READ))
    return directory


@pytest.fixture(scope="module")
def watch_workspace(watch_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("watch_workspace") / "workspace"
    with Workspace.create(path, language="en") as workspace:
        load_facts(workspace, [watch_city / "facts" / name for name in ("institution", *TABLES_READ)])
    return path


def test_classify_says_replays_and_writes(watch_workspace: Path, tmp_path: Path) -> None:
    with Workspace.open(watch_workspace) as workspace:
        loans = workspace.facts(AS_OF).table("loan").order_by("loan_id").limit(2).to_pyarrow()["loan_id"].to_pylist()
    events, sheet = tmp_path / "events.csv", tmp_path / "grades.xlsx"
    lines = [f"{loans[0]},misuse_confirmed,2026-05-01,", f"{loans[1]},expected_credit_loss,2026-05-01,0.9"]
    events.write_text("\n".join(["loan_id,event,since_on,share", *lines]), "utf-8")
    words = ["classify", str(watch_workspace), "--as-of", str(AS_OF), "--events", str(events)]
    done = RUN.invoke(whole_app(), [*words, "--json", "--out", str(sheet), "--loan", loans[0]])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert sheet.exists()
    assert told["unverified"]
    assert sum(told["statuses"].values()) == told["loans"]
    rows = {row["loan_id"]: row for row in pq.read_table(told["file"]).to_pylist()}
    for loan, reason in zip(loans, ("misuse_confirmed", "expected_credit_loss"), strict=True):
        assert rows[loan]["status"] == "settled" or reason in rows[loan]["reasons"]
    shown = RUN.invoke(whole_app(), [*words, "--lang", "zh"])
    assert "缺失" in shown.output or "建议" in shown.output
    replayed(watch_workspace, "classify_loans")


def test_watch_says_replays_and_keeps_to_its_budget(watch_workspace: Path, tmp_path: Path) -> None:
    table = tmp_path / "companies.csv"
    words = ["watch", str(watch_workspace), "--as-of", str(AS_OF)]
    done = RUN.invoke(whole_app(), [*words, "--json", "--out", str(table)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    rows = pq.read_table(told["file"]).to_pylist()
    assert len(rows) == told["companies"] > 50
    assert told["alerts"] == sum(row["default_probability_1m"] > row["alert_line"] for row in rows) < len(rows) / 5
    assert {str(row["as_of"]) for row in pq.read_table(told["signals_file"]).to_pylist()} == {str(AS_OF)}
    assert RUN.invoke(whole_app(), [*words, "--lang", "zh"]).exit_code == 0
    replayed(watch_workspace, "watch_companies")


def replayed(workspace: Path, act: str) -> None:
    """The newest entry of the act, done again, gives the same result."""
    with Journal.open(workspace / "cases.sqlite") as journal:
        entry = [one for one in journal.entries() if one.act == act][-1]
    assert REPLAYERS[act](workspace, entry) == entry.result_hash


def test_bad_input_is_a_sentence(watch_workspace: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("loan_id,event,since_on\nX,stolen,2026-01-01\n", "utf-8")
    tries = {
        "monitoring.grade_loan_unknown": ["classify", "--as-of", str(AS_OF), "--loan", "nobody"],
        "policy.nothing_in_force": ["classify", "--as-of", "2023-06-30"],
        "monitoring.event_unreadable": ["classify", "--as-of", str(AS_OF), "--events", str(bad)],
        "monitoring.history_too_short": ["watch", "--as-of", "2022-03-01"],
    }
    for code, (command, *more) in tries.items():
        done = RUN.invoke(whole_app(), [command, str(watch_workspace), *more])
        assert isinstance(done.exception, InputError), code
        assert done.exception.code == code
        assert all(done.exception.part(part, lang) for part in ("what", "do") for lang in ("en", "zh"))
    with Workspace.open(watch_workspace) as workspace:
        event = LoanEvent("nobody", "refinanced", AS_OF)
        with pytest.raises(InputError, match=r"monitoring\.event_loan_unknown"):
            LoanClassifier(workspace, AS_OF, [event]).check()
        with pytest.raises(InputError, match=r"monitoring\.nothing_to_grade"):
            LoanClassifier(workspace, date(2015, 1, 1)).check()


def test_negative_days_never_get_in_and_would_be_refused(watch_city: Path, tmp_path: Path) -> None:
    rows = pq.read_table(watch_city / "facts" / "loan_state").slice(0, 1)
    place = rows.schema.get_field_index("overdue_days")
    wrong = rows.set_column(place, rows.schema.field(place), [[-3]])
    folder = tmp_path / "city" / "facts" / "loan_state"
    folder.mkdir(parents=True)
    pq.write_table(wrong, folder / "part-00000.parquet")
    pq.write_table(pq.read_table(watch_city / "facts" / "loan"), _made(tmp_path / "city" / "facts" / "loan"))
    classifier = object.__new__(LoanClassifier)
    classifier.as_of, classifier.events = AS_OF, ()
    classifier.__dict__["facts"] = facts_from_parquet(tmp_path / "city", AS_OF)
    with pytest.raises(InputError, match=r"monitoring\.overdue_days_negative"):
        classifier.check()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder / "part-00000.parquet"


def test_rows_known_later_change_nothing(watch_city: Path, tmp_path: Path) -> None:
    """The whole city asked as of an earlier day, against the city as it was on that day."""
    for name in ("institution", *TABLES_READ):
        rows = pq.read_table(watch_city / "facts" / name)
        pq.write_table(rows.filter(pc.field("known_on") <= EARLIER), _made(tmp_path / "city" / "facts" / name))
    lookups = Lookups(RuleBook.shipped(), EARLIER)
    rules, warning = fill_rules(FiveClassRules, lookups), fill_rules(WarningRules, lookups)
    events = ibis.memtable([], schema=ibis.schema(EVENT_SCHEMA))
    grades, panels = [], []
    for directory in (watch_city, tmp_path / "city"):
        facts = facts_from_parquet(directory, EARLIER)
        table = grade_loans(loans_with_states(facts), events, EARLIER, rules).order_by("loan_id")
        grades.append(table.to_pyarrow())
        ids, read = read_watch_facts(facts)
        panels.append((ids, build_panel(read, warning, HISTORY_MONTHS - 12, HISTORY_MONTHS - 1)))
    assert grades[0].equals(grades[1])
    assert grades[0].num_rows > 100
    assert panels[0][0] == panels[1][0]
    for name in ("company", "place", "stage", "values", "defaulted"):
        assert np.array_equal(getattr(panels[0][1], name), getattr(panels[1][1], name), equal_nan=True)

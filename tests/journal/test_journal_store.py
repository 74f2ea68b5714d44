"""What goes in comes out, in order; what cannot be an entry is refused and leaves nothing behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from journal_samples import Ticking, make_journal, record
from sqlalchemy import text

from kejin.errors import InputError, KejinError, UseError
from kejin.journal import Journal, Record, value_hash


@pytest.fixture(params=["sha256", "sm3"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.sqlite", request.param, clock=Ticking()) as opened:
        yield opened


def test_what_goes_in_comes_out(journal: Journal) -> None:
    written = [journal.append(record(number)) for number in range(1, 11)]
    assert list(journal.entries()) == written
    assert [entry.sequence for entry in written] == list(range(1, 11))
    assert written[0].previous_hash == journal.genesis_hash
    assert all(entry.previous_hash == before.entry_hash for before, entry in pairwise(written))
    assert journal.head().entry_hash == written[-1].entry_hash
    for number, entry in enumerate(written, start=1):
        given = record(number)
        assert {name: getattr(entry, name) for name in vars(given) if name != "result_hash"} == {
            name: value for name, value in vars(given).items() if name != "result_hash"
        }
        assert entry.result_hash == value_hash(given.result, journal.settings.algorithm)
    assert journal.verify().ok


def test_find(journal: Journal) -> None:
    journal.append_all(record(number, "王五" if number > 300 else "李四") for number in range(1, 331))
    assert [e.sequence for e in journal.find(act="value_patents", last=10)] == [3, 6, 9]
    assert [e.sequence for e in journal.find(actor="王五", act="value_patents")] == list(range(303, 331, 3))
    assert [e.sequence for e in journal.find(subject=f"9144030{7:011d}")] == [7]
    assert [e.sequence for e in journal.find(as_of=date(2026, 1, 2))] == [1]
    assert [e.sequence for e in journal.find(first=328)] == [328, 329, 330]
    assert [e.sequence for e in journal.find(newest=2)] == [329, 330]
    assert [e.sequence for e in journal.find(act="value_patents", newest=2)] == [327, 330]
    assert len(list(journal.find(newest=1000))) == 330
    assert list(journal.find(act="nothing")) == []


def test_an_entry_may_be_appended_while_entries_are_read(journal: Journal) -> None:
    journal.append_all(record(number) for number in range(1, 301))
    seen = [journal.append(record(entry.sequence)).sequence for entry in journal.entries(first=290)]
    assert seen == list(range(301, 312))


@pytest.mark.parametrize(
    "wrong",
    [
        {"act": ""},
        {"actor": ""},
        {"role": None},
        {"subject": ""},
        {"result_hash": "abc"},
        {"result_hash": "A" * 64},
        {"rows_hash": "md5:" + "a" * 32},
        {"row_counts": {"loan": -1}},
        {"row_counts": {"loan": True}},
        {"row_counts": {"loan": Decimal(1)}},
        {"model_versions": {"default": 1}},
        {"as_of": datetime(2026, 1, 1, tzinfo=UTC)},
        {"refers_to": (4,)},
        {"refers_to": (0,)},
        {"result": {"reasons": "credit.debt_high"}},
        {"result": {"reasons": [{"why": "x"}]}},
        {"inputs": [1]},
        {"inputs": {"p": float("nan")}},
        {"inputs": {"text": "x" * 5_000_000}},
    ],
)
def test_a_wrong_record_is_refused_whole(journal: Journal, wrong: dict[str, object]) -> None:
    journal.append_all([record(1), record(2)])
    with pytest.raises(KejinError) as caught:
        journal.append_all([record(3), replace(record(4), **wrong)])
    assert caught.value.code.startswith("journal.")
    assert "{" not in caught.value.text("en") + caught.value.text("zh")
    assert journal.head().sequence == 2
    assert journal.verify().ok


def test_a_decision_refers_to_what_it_decides_on(journal: Journal) -> None:
    journal.append(record(1))
    approval = Record(
        act="approve_loan", actor="王五", role="approver", refers_to=(1,), inputs={}, result={"decision": "agree"}
    )
    assert journal.append(approval).refers_to == (1,)


# ── one step with the case ───────────────────────────────────────────────────────────────────────────────────────────


def append_and_fail(journal: Journal) -> None:
    with journal.transaction() as connection:
        connection.execute(text("INSERT INTO loan_case VALUES ('lost')"))
        journal.append(record(2), connection)
        _ = 1 // 0


def test_case_and_entry_stand_or_fall_together(journal: Journal) -> None:
    with journal.transaction() as connection:
        connection.execute(text("CREATE TABLE loan_case (name TEXT)"))
        connection.execute(text("INSERT INTO loan_case VALUES ('kept')"))
        journal.append(record(1), connection)
    with pytest.raises(ZeroDivisionError):
        append_and_fail(journal)
    with journal.transaction() as connection:
        assert connection.execute(text("SELECT name FROM loan_case")).scalars().all() == ["kept"]
    assert journal.head().sequence == 1
    assert journal.verify().ok


def test_a_reading_connection_is_refused(journal: Journal) -> None:
    with journal._engine.connect() as connection, pytest.raises(AssertionError, match="transaction"):
        journal.append(record(1), connection)


# ── the clock ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_times_never_go_back(tmp_path: Path) -> None:
    noon = datetime(2026, 3, 31, 12, tzinfo=UTC)
    times = iter([noon, noon, noon - timedelta(seconds=5), noon + timedelta(seconds=1), noon - timedelta(seconds=5)])
    with Journal.open(tmp_path / "journal.sqlite", clock=lambda: next(times)) as journal:
        assert [journal.append(record(n)).time for n in range(3)] == [noon, noon, noon + timedelta(seconds=1)]
        with pytest.raises(InputError, match="clock_behind"):
            journal.append(record(4))
        assert journal.verify().ok


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_algorithm_is_fixed(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    Journal.open(path, "sm3").close()
    with Journal.open(path) as journal:
        assert journal.settings.algorithm == "sm3"
    with pytest.raises(InputError, match="algorithm_other"):
        Journal.open(path, "sha256")
    with pytest.raises(UseError, match="algorithm_unknown"):
        Journal.open(path, "md5")


def test_opening_by_address_and_odd_names(tmp_path: Path) -> None:
    path = tmp_path / "深圳 100%?#.sqlite"
    with Journal.open(path) as journal:
        journal.append(record(1))
    with Journal.open(f"sqlite:///{tmp_path / 'by_url.sqlite'}") as journal:
        journal.append(record(1))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["by_url.sqlite", path.name]
    with Journal.open(path, create=False) as journal:
        assert journal.head().sequence == 1


def test_what_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="store_absent"):
        Journal.open(tmp_path / "nowhere.sqlite", create=False)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="store_absent"):
        Journal.open(tmp_path)
    with pytest.raises(InputError, match="store_unusable"):
        Journal.open(tmp_path / "no folder" / "journal.sqlite")
    (tmp_path / "text.sqlite").write_text("no database at all, but long enough to have a header" * 100)
    with pytest.raises(InputError, match="store_unusable"):
        Journal.open(tmp_path / "text.sqlite")
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(InputError, match="store_absent"):
        Journal.open(tmp_path / "empty.sqlite", create=False)
    with pytest.raises(UseError, match="url_wrong"):
        Journal.open("nosuchdatabase://host/name")


def test_other_tables_in_the_same_file_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE cases (name TEXT)")
    connection.execute("INSERT INTO cases VALUES ('loan')")
    connection.commit()
    make_journal(path, 3)
    assert connection.execute("SELECT name FROM cases").fetchall() == [("loan",)]
    connection.close()


def test_a_copy_on_read_only_ground_can_be_checked(tmp_path: Path) -> None:
    path = make_journal(tmp_path / "journal.sqlite", 5)
    path.chmod(0o444)
    with Journal.open(path, create=False) as journal:
        assert journal.verify().ok
    path.chmod(0o644)


def test_a_held_journal_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_journal(tmp_path / "journal.sqlite", 1)
    monkeypatch.setattr("kejin.journal.store._BUSY_SECONDS", 0.1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Journal.open(path) as journal:
        assert journal.head().sequence == 1, "readers are not held up"
        with pytest.raises(InputError, match="store_busy"):
            journal.append(record(1))
    holder.close()

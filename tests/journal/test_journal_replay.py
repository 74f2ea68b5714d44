"""A replay says equal only when the result is the same, and says why where it cannot tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from journal_samples import make_journal

from kejin.errors import InputError
from kejin.journal import Entry, Journal, Replayed, replay, value_hash


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    with Journal.open(make_journal(tmp_path / "journal.sqlite", 6, "sm3")) as journal:
        return list(journal.entries())


def again(entry: Entry) -> str:
    """The sample decision done again from its inputs."""
    number = int(entry.inputs["amount_cny"] / 1000)
    result = {"decision": "refuse", "reasons": ["credit.debt_high"], "default_probability_1y": number / 7}
    return value_hash(result, entry.algorithm)


def outcomes(replays: list[Replayed]) -> list[str]:
    return [replayed.outcome for replayed in replays]


def test_equal(entries: list[Entry]) -> None:
    replays = list(replay(entries, {"assess_loan": again, "value_patents": again}))
    assert outcomes(replays) == ["equal"] * 6
    assert [replayed.got for replayed in replays] == [entry.result_hash for entry in entries]


def test_different_and_absent(entries: list[Entry]) -> None:
    replays = list(replay(entries, {"assess_loan": lambda entry: value_hash({}, entry.algorithm)}))
    assert outcomes(replays) == ["different", "different", "cannot", "different", "different", "cannot"]
    assert "value_patents" in replays[2].reason("zh")
    assert replays[2].got is None


def test_what_fails_does_not_stop_the_rest(entries: list[Entry]) -> None:
    def failing(entry: Entry) -> str:
        if entry.sequence == 1:
            raise InputError("dates.not_a_day", text="x")
        if entry.sequence == 2:
            raise KeyError("lost")
        return again(entry)

    replays = list(replay(entries, {"assess_loan": failing, "value_patents": again}))
    assert outcomes(replays) == ["cannot", "cannot", "equal", "equal", "equal", "equal"]
    assert "'x'" in replays[0].reason()
    assert "lost" in replays[1].reason()
    assert "Traceback" not in str(replays[1].as_json("en"))

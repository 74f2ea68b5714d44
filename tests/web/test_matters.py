"""Matters: two people, one history, and a journal that can be done again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kejin.casework.matters import REPLAYERS, Matters
from kejin.casework.people import Person
from kejin.casework.store import CaseStore
from kejin.casework.tables import matter_event_table, matter_table
from kejin.errors import InputError
from kejin.journal import replay, verify

MAKER = Person("risk", "Risk", "risk_manager", "BANK01", None, "en", must_change=False, active=True)
CHECKER = Person("approver", "Approver", "approver", "BANK01", None, "en", must_change=False, active=True)
SECOND = Person("risk2", "Risk two", "risk_manager", "BANK01", None, "en", must_change=False, active=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    with CaseStore.open(tmp_path / "cases.sqlite") as opened:
        yield opened


@pytest.fixture
def matters(store: CaseStore) -> Matters:
    return Matters(store)


def _opened(matters: Matters, subject: str = "LOAN1") -> str:
    return matters.open(MAKER, "trail", subject, institution_id="BANK01-02", company_id="C1").matter_id


def _replayed(matters: Matters, folder: Path) -> list[str]:
    bound = {act: lambda entry, one=one: one(folder, entry) for act, one in REPLAYERS.items()}
    return [done.outcome for done in replay(matters.store.journal.find(), bound)]


def test_a_matter_goes_from_maker_to_checker_and_can_be_done_again(matters: Matters, tmp_path: Path) -> None:
    matter = _opened(matters)
    matters.propose(MAKER, matter, 1, "goes to a property firm", {"verdict": "misused"})
    matters.send_back(CHECKER, matter, 2, "which invoice?")
    matters.propose(MAKER, matter, 3, "invoice 7 is missing", {"verdict": "misused"})
    closed = matters.confirm(CHECKER, matter, 4, "agreed, call in")
    assert (closed.state, closed.maker, closed.checker) == ("closed", "risk", "approver")
    assert [event.kind for event in matters.history(matter)] == ["open", "propose", "send_back", "propose", "confirm"]
    assert matters.find(matter) == closed
    assert verify(matters.store.journal).ok
    assert _replayed(matters, tmp_path) == ["equal"] * 5


def test_nobody_confirms_what_they_ever_proposed(matters: Matters) -> None:
    matter = _opened(matters)
    matters.propose(MAKER, matter, 1, "first opinion", {"verdict": "misused"})
    with pytest.raises(InputError) as refused:
        matters.confirm(MAKER, matter, 2, "I agree with me")
    assert refused.value.code == "casework.matter_own_proposal"
    matters.send_back(SECOND, matter, 2, "see again")
    matters.propose(SECOND, matter, 3, "another opinion", {"verdict": "proper"})
    for person in (MAKER, SECOND):
        with pytest.raises(InputError) as refused:
            matters.confirm(person, matter, 4, "now it is fine")
        assert refused.value.code == "casework.matter_own_proposal"


@pytest.mark.parametrize("comment", ["", "   ", "ok", "x" * 4_001])
def test_a_comment_is_needed(matters: Matters, comment: str) -> None:
    matter = _opened(matters)
    with pytest.raises(InputError) as refused:
        matters.propose(MAKER, matter, 1, comment, {})
    assert refused.value.code == "casework.matter_comment_missing"
    assert len(matters.history(matter)) == 1


def test_a_step_that_does_not_fit_is_refused(matters: Matters) -> None:
    matter = _opened(matters)
    with pytest.raises(InputError) as refused:
        matters.confirm(CHECKER, matter, 1, "nothing to confirm")
    assert refused.value.code == "casework.matter_state_wrong"
    with pytest.raises(InputError) as refused:
        matters.open(SECOND, "trail", "LOAN1", institution_id="BANK01-02")
    assert refused.value.code == "casework.matter_open_already"


def test_two_answers_at_once_give_one(matters: Matters) -> None:
    matter = _opened(matters)
    matters.propose(MAKER, matter, 1, "goes to a property firm", {"verdict": "misused"})

    def answer(person: Person) -> str:
        try:
            return matters.confirm(person, matter, 2, "agreed by me").state
        except InputError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(answer, (CHECKER, SECOND)))
    assert said in (["casework.matter_state_wrong", "closed"], ["casework.version_old", "closed"])
    assert len(matters.history(matter)) == 3


def test_a_changed_row_or_history_is_found(matters: Matters, tmp_path: Path) -> None:
    matter = _opened(matters)
    matters.propose(MAKER, matter, 1, "goes to a property firm", {"verdict": "misused"})
    with matters.store.writing() as connection:
        connection.execute(matter_table.update().values(state="closed"))
    assert _replayed(matters, tmp_path) == ["equal", "cannot"]
    change = matter_event_table.update().where(matter_event_table.c.version == 2).values(actor="other")
    with pytest.raises(InputError), matters.store.writing() as connection:
        connection.execute(change)


def test_rows_are_those_of_one_head_office(matters: Matters) -> None:
    _opened(matters)
    matters.open(MAKER, "trail", "LOAN2", institution_id="BANK011")
    assert [row["subject"] for row in matters.rows("trail", head_office="BANK01")] == ["LOAN1"]
    assert len(matters.rows("trail")) == 2

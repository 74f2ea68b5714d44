"""The flow on a store: states kept, two pledges refused, one of two writers wins, a crash loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from threading import Barrier

import pytest
from pledge_steps import CHECKER, JULY, MAKER, desk_of, filed, registered, signed, sound_check
from pledge_workspace import DAY
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kejin.errors import InputError
from kejin.journal import Journal, replay
from kejin.valuation.pledge_states import PledgeCase, case_of
from kejin.workflows.check_pledge import PledgeCheck
from kejin.workflows.pledge_cases import PledgeRegister, event_table, hold_table
from kejin.workflows.pledge_flow import PledgeDesk
from kejin.workflows.registration_office import Filing, LocalOffice, OfficeAnswer, office_named
from kejin.workflows.replayers import REPLAYERS
from kejin.workflows.watch_pledges import watch_pledges
from kejin.workflows.workspace import Workspace


@pytest.fixture(scope="module")
def check(pledge_home: Path) -> PledgeCheck:
    return sound_check(pledge_home)


def counted(path: Path, name: str) -> int:
    with Journal.open(path / "cases.sqlite") as journal, journal.reading() as connection:
        return int(connection.scalar(text(f"SELECT count(*) FROM {name}")))


def test_from_draft_to_release_every_step_in_the_journal(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        case = registered(desk, pledge_path, check)
        assert (case.state, case.registration_number) == ("registered", "ZY-2026-000001")
        assert counted(pledge_path, "pledge_hold") == 2
        desk.propose(case.case_id, "change", MAKER, JULY, {"terms": {"loan_cny": Decimal(900_000)}})
        desk.approve(case.case_id, CHECKER, JULY)
        case = desk.collect(CHECKER, JULY)[-1].case
        assert (case.state, case.terms["loan_cny"]) == ("changed", Decimal(900_000))
        desk.propose(case.case_id, "release", MAKER, JULY, {"reason": "结清"})
        desk.approve(case.case_id, CHECKER, JULY)
        case = desk.collect(CHECKER, JULY)[-1].case
        assert case.state == "released"
        with pytest.raises(InputError, match="pledge_ended"):
            desk.propose(case.case_id, "release", MAKER, JULY, {"reason": "again"})
        assert desk.collect(CHECKER, JULY) == []
        entries = desk.register.journal_entries(case.case_id)
    assert counted(pledge_path, "pledge_hold") == 0
    with Workspace.open(pledge_path) as workspace:
        assert watch_pledges(workspace, JULY, "wang") == []
    with Journal.open(pledge_path / "cases.sqlite") as journal:
        assert journal.verify().ok
        assert len(entries) == case.version
        linked = [journal.get(number) for number in entries]
        assert [one.refers_to for one in linked] == [(), *((number,) for number in entries[:-1])]
        bound = {act: _bound(one, pledge_path) for act, one in REPLAYERS.items()}
        outcomes = {one.act: one.outcome for one in replay(journal.entries(), bound)}
    assert set(outcomes.values()) == {"equal"}
    assert {"check_pledge", "pledge_draft", "pledge_answer", "watch_pledges"} <= outcomes.keys()


def _bound(one: Callable[..., str], path: Path) -> Callable[..., str]:
    return lambda entry: one(path, entry)


def test_two_registered_pledges_of_one_patent_are_refused(pledge_path: Path, check: PledgeCheck) -> None:
    """Three nets: the check made again at filing, the office's own register, the key of ours."""
    with desk_of(pledge_path) as desk:
        first, second, third = (signed(desk, check) for _ in range(3))
        filed_second = filed(desk, pledge_path, second)
        first = desk.collect(CHECKER, JULY, filed(desk, pledge_path, first).case_id)[-1].case
        # The office had the second one first.
        assert first.state == "refused"
        assert desk.collect(CHECKER, JULY, filed_second.case_id)[-1].case.state == "registered"
        with pytest.raises(InputError, match="pledge_not_fit") as caught:
            filed(desk, pledge_path, third)
        assert "pledged_already" in str(caught.value.details["reasons"])
        assert desk.register.case(third.case_id).state == "signed"


class BlindOffice(LocalOffice):
    """An office that enters everything."""

    def answer(self, receipt: str) -> OfficeAnswer | None:
        return OfficeAnswer(True, f"BLIND-{receipt}", None)


def test_an_office_that_enters_a_second_pledge_is_not_believed(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path, BlindOffice) as desk:
        cases = [filed(desk, pledge_path, one) for one in (signed(desk, check), signed(desk, check))]
        assert desk.collect(CHECKER, JULY, cases[0].case_id)[-1].case.state == "registered"
        before = counted(pledge_path, "journal_entry")
        with pytest.raises(InputError, match="pledge_held"):
            desk.collect(CHECKER, JULY, cases[1].case_id)
        assert desk.register.case(cases[1].case_id).state == "filed"
    assert counted(pledge_path, "journal_entry") == before, "what did not happen is not in the journal"


def test_of_two_writers_of_one_version_one_wins(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        case = desk.draft(check, "演示银行", MAKER, DAY).case
        desk.sign(case.case_id, "王五", "赵六", None, MAKER, JULY)
    together = Barrier(2)

    def approve(who: str) -> str:
        with desk_of(pledge_path) as own:
            together.wait()
            try:
                return own.approve(case.case_id, who, JULY, version=2).case.state
            except InputError as error:
                return error.code

    with ThreadPoolExecutor(2) as pool:
        ended = sorted(pool.map(approve, ("li", "wang")))
    assert ended == ["signed", "valuation.pledge_version_old"]
    assert counted(pledge_path, "pledge_event") == 3
    with Journal.open(pledge_path / "cases.sqlite") as journal:
        assert journal.verify().ok


class Killed(BaseException):
    """A process that dies here."""


@dataclass
class DyingOffice:
    """The local office, with a death before or after it was told, once."""

    inner: LocalOffice
    when: str
    name: str = "local"
    alive: bool = False

    def send(self, filing: Filing) -> str:
        if not self.alive and self.when == "before":
            raise Killed
        receipt = self.inner.send(filing)
        if not self.alive:
            raise Killed
        return receipt

    def answer(self, receipt: str) -> OfficeAnswer | None:
        return self.inner.answer(receipt)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_death_between_steps_loses_nothing(pledge_path: Path, check: PledgeCheck, when: str) -> None:
    with Journal.open(pledge_path / "cases.sqlite") as journal:
        office = LocalOffice(journal)
        desk = PledgeDesk(journal, DyingOffice(office, when))
        case = signed(desk, check)
        with pytest.raises(Killed):
            filed(desk, pledge_path, case)
    with desk_of(pledge_path) as desk:
        found = desk.register.case(case.case_id)
        assert (found.state, found.outstanding, found.receipt) == ("filed", "file", None)
        assert desk.collect(CHECKER, JULY)[-1].case.state == "registered"
        assert desk.collect(CHECKER, JULY) == []
        assert isinstance(desk.office, LocalOffice)
        assert len(desk.office.filings()) == 1, "sent twice with one key, entered once"
        assert desk.register.journal_entries(case.case_id)
        assert desk.register.journal.verify().ok


def test_a_death_inside_a_step_leaves_no_half_of_it(
    pledge_path: Path, check: PledgeCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_of(pledge_path) as desk:
        case = signed(desk, check)
        before = counted(pledge_path, "journal_entry")

        def die(*_: object, **__: object) -> None:
            raise Killed

        monkeypatch.setattr(PledgeRegister, "_written", die)
        with pytest.raises(Killed):
            desk.propose(case.case_id, "refuse", MAKER, JULY, {"reason": "withdrawn"})
        monkeypatch.undo()
        assert desk.register.case(case.case_id) == case
    assert counted(pledge_path, "journal_entry") == before


def test_events_cannot_be_changed_and_are_the_whole_truth(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        case = signed(desk, check)
        assert case_of(case.case_id, desk.register.events(case.case_id)) == case
        for statement in (event_table.delete(), event_table.update().values(actor="nobody")):
            with pytest.raises((InputError, DBAPIError)), desk.register.journal.transaction() as connection:
                connection.execute(statement)
        assert desk.register.case(case.case_id) == case
        assert [one.state for one in desk.register.cases(on=DAY)] == ["drafted"]
        assert hold_table.name == "pledge_hold"


def test_what_is_signed_is_what_was_drafted(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        case = desk.draft(check, "演示银行", MAKER, DAY).case
        with pytest.raises(InputError, match="pledge_contract_other"):
            desk.sign(case.case_id, "王五", "赵六", "0" * 64, MAKER, JULY)
        with pytest.raises(InputError, match="pledge_party_missing"):
            desk.sign(case.case_id, " ", "赵六", None, MAKER, JULY)


def test_wrong_steps_are_sentences(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        refused = replace(check, answer=replace(check.answer, answer="no"))
        with pytest.raises(InputError, match="pledge_not_fit"):
            desk.draft(refused, "演示银行", MAKER, DAY)
        with pytest.raises(InputError, match="pledge_party_missing"):
            desk.draft(check, "", MAKER, DAY)
        with pytest.raises(InputError, match="pledge_party_missing"):
            desk.draft(check, "演示银行", " ", DAY)
        with pytest.raises(InputError, match="pledge_case_unknown"):
            desk.approve("PLG-2026-000009", CHECKER, DAY)
        case = registered(desk, pledge_path, check)
        for terms in ({}, {"loan_cny": case.terms["loan_cny"]}):
            with pytest.raises(InputError, match="pledge_change_empty"):
                desk.propose(case.case_id, "change", MAKER, JULY, {"terms": terms})
        with pytest.raises(InputError, match="pledge_change_day"):
            desk.propose(case.case_id, "change", MAKER, JULY, {"terms": {"loan_until": DAY}})
        with pytest.raises(InputError, match="pledge_reason_missing"):
            desk.propose(case.case_id, "release", MAKER, JULY, {"reason": " "})
        desk.propose(case.case_id, "release", MAKER, JULY, {"reason": "结清"})
        with pytest.raises(InputError, match="pledge_reason_missing"):
            desk.reject(case.case_id, CHECKER, JULY, "")
        assert desk.reject(case.case_id, CHECKER, JULY, "尚未结清").case.proposed is None


def test_an_unknown_office_is_a_sentence(pledge_path: Path) -> None:
    with Journal.open(pledge_path / "cases.sqlite") as journal:
        assert isinstance(office_named("local", journal), LocalOffice)
        with pytest.raises(Exception, match="office_unknown"):
            office_named("cnipa", journal)


def test_an_incomplete_filing_is_refused(pledge_path: Path) -> None:
    with Journal.open(pledge_path / "cases.sqlite") as journal:
        office = LocalOffice(journal)
        receipt = office.send(Filing("k", "file", "PLG-1", ("CN1B",), {"pledgor_id": "x"}, JULY))
        answer = office.answer(receipt)
    assert answer is not None
    assert not answer.accepted
    assert "contract_hash" in (answer.reason or "")


def test_numbers_follow_one_another(pledge_path: Path, check: PledgeCheck) -> None:
    with desk_of(pledge_path) as desk:
        cases: list[PledgeCase] = [desk.draft(check, "演示银行", MAKER, DAY).case for _ in range(2)]
    assert [case.case_id for case in cases] == ["PLG-2026-000001", "PLG-2026-000002"]

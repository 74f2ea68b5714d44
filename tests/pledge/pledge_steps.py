"""Taking a case some way, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from pledge_workspace import DAY

from kejin.journal import Journal
from kejin.valuation.pledge_states import PledgeCase
from kejin.workflows.check_pledge import GivenValue, PledgeCheck, PledgeQuestion, check_pledge_of
from kejin.workflows.pledge_flow import PledgeDesk
from kejin.workflows.registration_office import LocalOffice, RegistrationOffice
from kejin.workflows.workspace import Workspace

JULY = date(2026, 7, 1)
MAKER, CHECKER = "zhang", "li"


def sound_check(path: Path, *patents: str) -> PledgeCheck:
    """A check that nothing speaks against, without a record."""
    value = GivenValue(Decimal(10_000_000), DAY)
    question = PledgeQuestion(
        patents or ("CN1B", "CN2B"),
        Decimal(1_000_000),
        36,
        "negotiated",
        given=dict.fromkeys(patents or ("CN1B", "CN2B"), value),
    )
    with Workspace.open(path) as workspace:
        return check_pledge_of(workspace, question, DAY, MAKER, record=False)


@contextmanager
def desk_of(path: Path, office: type[LocalOffice] = LocalOffice) -> Iterator[PledgeDesk]:
    with Journal.open(path / "cases.sqlite") as journal:
        yield PledgeDesk(journal, office(journal))


def signed(desk: PledgeDesk, check: PledgeCheck) -> PledgeCase:
    case = desk.draft(check, "演示银行", MAKER, DAY).case
    desk.sign(case.case_id, "王五", "赵六", None, MAKER, JULY)
    return desk.approve(case.case_id, CHECKER, JULY).case


def filed(desk: PledgeDesk, path: Path, case: PledgeCase) -> PledgeCase:
    with Workspace.open(path) as workspace:
        desk.file(workspace, case.case_id, MAKER, JULY)
    return desk.approve(case.case_id, CHECKER, JULY).case


def registered(desk: PledgeDesk, path: Path, check: PledgeCheck) -> PledgeCase:
    case = filed(desk, path, signed(desk, check))
    return desk.collect(CHECKER, JULY, case.case_id)[-1].case


__all__ = ["CHECKER", "JULY", "MAKER", "RegistrationOffice", "desk_of", "filed", "registered", "signed", "sound_check"]

"""The same cases on PostgreSQL: one of two writers wins, events cannot be changed, a second pledge is refused.

On the database of KEJIN_TEST_POSTGRES, e.g. postgresql+psycopg://user@host/name, else on a server of the run.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pledge_steps import CHECKER, JULY, MAKER, signed, sound_check
from sqlalchemy.exc import DBAPIError

from kejin.errors import InputError
from kejin.journal import Journal
from kejin.workflows.pledge_cases import event_table
from kejin.workflows.pledge_flow import PledgeDesk
from kejin.workflows.registration_office import LocalOffice


def test_cases_on_postgresql(postgres_schema: str, pledge_home: Path) -> None:
    check = sound_check(pledge_home)
    with Journal.open(postgres_schema) as journal:
        desk = PledgeDesk(journal, LocalOffice(journal))
        cases = [signed(desk, check) for _ in range(2)]
        for case in cases:
            desk.register.append(case.case_id, None, "proposed", JULY, MAKER, "file", {}, _record_of(desk))
            desk.approve(case.case_id, CHECKER, JULY)
        answered = [desk.collect(CHECKER, JULY, case.case_id)[-1].case.state for case in cases]
        assert answered == ["registered", "refused"]
        with pytest.raises(InputError, match="pledge_version_old"):
            desk.propose(cases[0].case_id, "release", MAKER, JULY, {"reason": "结清"}, version=3)
        with pytest.raises((InputError, DBAPIError)), journal.transaction() as connection:
            connection.execute(event_table.delete())
        desk.propose(cases[0].case_id, "release", MAKER, JULY, {"reason": "结清"})
        version = desk.register.case(cases[0].case_id).version
        together = Barrier(2)

        def approve(who: str) -> str:
            with Journal.open(postgres_schema) as own:
                mine = PledgeDesk(own, LocalOffice(own))
                together.wait()
                try:
                    return mine.approve(cases[0].case_id, who, JULY, version=version).case.outstanding or "-"
                except InputError as error:
                    return error.code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(approve, ("li", "wang"))) == ["release", "valuation.pledge_version_old"]
        assert journal.verify().ok
        assert len(desk.register.cases()) == 2


def _record_of(desk: PledgeDesk):  # type: ignore[no-untyped-def]
    from kejin.workflows import pledge_flow

    assert desk.office.name == "local"
    return pledge_flow._record

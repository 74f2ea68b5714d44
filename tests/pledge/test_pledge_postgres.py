"""The same cases on PostgreSQL: one of two writers wins, events cannot be changed, a second pledge is refused.

Runs where KEJIN_TEST_POSTGRES holds the address of a database, e.g. postgresql+psycopg://user@host/name.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pledge_steps import CHECKER, JULY, MAKER, signed, sound_check
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from kejin.errors import InputError
from kejin.journal import Journal
from kejin.workflows.pledge_cases import event_table
from kejin.workflows.pledge_flow import PledgeDesk
from kejin.workflows.registration_office import LocalOffice

ADDRESS = os.environ.get("KEJIN_TEST_POSTGRES", "")
pytestmark = pytest.mark.skipif(not ADDRESS, reason="KEJIN_TEST_POSTGRES names no database")


@pytest.fixture
def address() -> Iterator[str]:
    """An empty schema of its own, dropped afterwards."""
    schema = f"pledge_{secrets.token_hex(4)}"
    engine = create_engine(ADDRESS)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{ADDRESS}{'&' if '?' in ADDRESS else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


def test_cases_on_postgresql(address: str, pledge_home: Path) -> None:
    check = sound_check(pledge_home)
    with Journal.open(address) as journal:
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
            with Journal.open(address) as own:
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

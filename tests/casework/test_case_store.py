"""The store of cases is the same on SQLite and PostgreSQL: migrated tables are the declared ones, events only grow."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from kejin.casework.access import AccessLog
from kejin.casework.consents import Consents
from kejin.casework.events import append_event, events_of
from kejin.casework.people import People, Person
from kejin.casework.sessions import Sessions
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import APPEND_ONLY, case_event_table, case_table, metadata
from kejin.casework.webhooks import Webhooks, sign
from kejin.errors import InputError
from kejin.journal import Record

COMPANY = "91440300MA5EXAMPL0"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A place for a store: a file, or a schema of a PostgreSQL."""
    return tmp_path / "cases.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_schema")


@pytest.fixture
def store(database: Path | str) -> Iterator[CaseStore]:
    with CaseStore.open(database) as opened:
        yield opened


@pytest.fixture
def officer(store: CaseStore) -> Person:
    return People(store).add("officer", "经办", "relationship_manager", "long-enough-1", institution_id="BANK01-02")


def test_migrated_tables_are_the_declared_ones(store: CaseStore) -> None:
    with store.writing() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "casework_version",
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
            },
        )
        assert compare_metadata(context, metadata) == []
        connection.execute(text("ALTER TABLE saved_view DROP COLUMN query"))
        assert [found[0] for found in compare_metadata(context, metadata)] == ["add_column"]  # it would be seen


def test_a_second_opening_changes_nothing(store: CaseStore, database: Path | str) -> None:
    heads = text("SELECT version_num FROM casework_version ORDER BY 1")
    with store.reading() as connection:
        before = connection.execute(heads).all()
    with CaseStore.open(database) as again, again.reading() as connection:
        assert connection.execute(heads).all() == before != []


def record(act: str = "loan_case_applied") -> Record:
    return Record(act=act, actor="officer", role="relationship_manager", inputs={}, result={"n": 1}, subject="C-1")


def test_events_and_looks_cannot_be_changed(store: CaseStore, officer: Person) -> None:
    with store.writing() as connection:
        append_event(connection, store.journal, case_event_table, "C-1", 0, "applied", record(), {"n": 1})
    AccessLog(store).write(officer, "company.portrait", company_id=COMPANY)
    company = Person("owner", "企业", "company", None, COMPANY, "zh", False, True)
    Consents(store).say(company, COMPANY, "BANK01-02", "credit", given=True)
    for table in APPEND_ONLY:
        if table.name == "matter_event":
            with store.writing() as connection:
                from kejin.casework.tables import matter_event_table

                append_event(connection, store.journal, matter_event_table, "M-1", 0, "opened", record("matter"), {})
        column = "actor" if "actor" in table.c else "page"
        for change in (f"UPDATE {table.name} SET {column} = 'x'", f"DELETE FROM {table.name}"):
            with pytest.raises(InputError, match="append-only"), store.writing() as connection:
                connection.execute(text(change))
        with store.reading() as connection:
            assert connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar() == 1


def test_of_two_at_once_one_is_told_that_somebody_was_quicker(store: CaseStore, database: Path | str) -> None:
    with store.writing() as connection:
        append_event(connection, store.journal, case_event_table, "C-1", 0, "applied", record(), {})
    together = Barrier(2)

    def decide(kind: str) -> str:
        with CaseStore.open(database) as own:
            together.wait()
            try:
                with own.writing() as connection:
                    append_event(connection, own.journal, case_event_table, "C-1", 1, kind, record(kind), {})
            except InputError as error:
                return error.code
        return "written"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, ("approved", "declined")))
    assert said == ["casework.version_old", "written"]
    with store.reading() as connection:
        assert [event.version for event in events_of(connection, case_event_table, "C-1")] == [1, 2]
    assert store.journal.verify().ok


def test_people_sessions_and_tokens(store: CaseStore, officer: Person) -> None:
    people, sessions = People(store), Sessions(store)
    assert people.log_in("Officer ", "long-enough-1").person_id == "officer"
    found = sessions.find(sessions.start(officer))
    assert found is not None
    assert found.person == officer
    token = sessions.new_token(officer, "report", 30)
    assert sessions.of_token(token) is None  # a one-time password is still to be changed
    people.change_password(officer, "long-enough-1", "long-enough-2")
    assert sessions.of_token(token) is not None
    people.set_active("officer", active=False)
    assert sessions.of_token(token) is None


def test_a_decision_and_its_message_stand_or_fall_together(store: CaseStore, tmp_path: Path, officer: Person) -> None:
    hooks = Webhooks(store, tmp_path / "key")
    _, secret = hooks.add(officer, "https://1.1.1.1/hook", ("loan_case.approved",), "BANK01")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    row = {
        "case_id": "C-1", "institution_id": "BANK01-02", "company_id": COMPANY, "company_name": "某公司",
        "product": "p",
        "amount_cny": "1", "term_months": 1, "as_of": now().date(), "state": "proposed", "maker": "officer",
        "version": 1, "changed_at": now(),
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(case_table.insert().values(**row))
        append_event(connection, store.journal, case_event_table, "C-1", 0, "proposed", record(), {})

    def approve_and_break_off() -> None:
        with store.writing() as connection:
            append_event(connection, store.journal, case_event_table, "C-1", 1, "approved", record("approved"), {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        approve_and_break_off()
    assert hooks.due(now() + timedelta(seconds=1)) == []
    with store.writing() as connection:
        append_event(connection, store.journal, case_event_table, "C-1", 1, "approved", record("approved"), {})
    (delivery,) = hooks.due(now() + timedelta(seconds=1))
    assert delivery.signature == sign(secret, delivery.body)
    assert COMPANY.encode() not in delivery.body
    hooks.sent(delivery, arrived=False, said="HTTP 500")
    assert hooks.due(now()) == []
    (later,) = hooks.due(now() + timedelta(minutes=1))
    hooks.sent(later, arrived=True, said="HTTP 200")
    assert [one["state"] for one in hooks.deliveries()] == ["delivered"]


def test_messages_of_another_bank_are_not_sent(store: CaseStore, tmp_path: Path, officer: Person) -> None:
    hooks = Webhooks(store, tmp_path / "key")
    hooks.add(officer, "https://1.1.1.1/hook", ("loan_case.approved",), "BANK02")
    with store.writing() as connection:
        append_event(connection, store.journal, case_event_table, "C-1", 0, "approved", record("approved"), {})
    assert hooks.due(now() + timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    "address",
    ["http://example.org/x", "https://127.0.0.1/x", "https://10.0.0.8/", "https://[::1]/", "https://169.254.169.254/",
     "https://user:secret@1.1.1.1/", "https://", "ftp://1.1.1.1/", "https://1.1.1.1:notaport/"],
)  # fmt: skip
def test_only_public_https_addresses_are_called(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from kejin.casework.webhooks import check_address

    monkeypatch.delenv("KEJIN_WEBHOOK_PRIVATE", raising=False)
    with pytest.raises(InputError, match="webhook_address_wrong"):
        check_address(address)

"""People and tokens: added by an administrator, known by a one-time password, gone when deactivated."""

from __future__ import annotations

import re

from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import LogIn

from kejin.app.journal_command import _replayers
from kejin.casework.people import check_password, one_time_password
from kejin.casework.person_replay import ACTIVATED, ADDED, DEACTIVATED, RESET
from kejin.casework.tables import person_table
from kejin.journal import replay


def password_on(page: str) -> str:
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None
    return found[1]


def test_somebody_is_added_logs_in_and_leaves(served: FastAPI, log_in: LogIn) -> None:
    admin = log_in(served, "admin")
    bank = served.state.serving.people.find("approver").institution_id
    data = {"person_id": "Wang.Fang", "name": "王芳", "role": "approver", "institution_id": bank}
    password = password_on(admin.post("/people", data=data).text)
    person = TestClient(served, follow_redirects=False)
    answer = person.post("/log-in", data={"name": "wang.fang", "password": password})
    assert answer.headers["location"] == "/password"
    assert admin.post("/people/wang.fang/active", data={"active": "no"}).status_code == 303
    assert person.get("/password").status_code == 303
    assert person.post("/log-in", data={"name": "wang.fang", "password": password}).status_code == 401
    acts = [entry.act for entry in served.state.serving.store.journal.find(subject="wang.fang")]
    assert acts == ["person_added", "person_deactivated"]


def test_acts_on_people_replay_and_a_changed_row_is_found(served: FastAPI, log_in: LogIn) -> None:
    admin, serving = log_in(served, "admin"), served.state.serving
    bank = serving.people.find("approver").institution_id
    admin.post("/people", data={"person_id": "li.na", "name": "李娜", "role": "approver", "institution_id": bank})
    for active in ("no", "yes"):
        admin.post("/people/li.na/active", data={"active": active})
    admin.post("/people/li.na/password")
    entries = list(serving.store.journal.find(subject="li.na"))
    assert [one.act for one in entries] == [ADDED, DEACTIVATED, ACTIVATED, RESET]
    replayers = _replayers(serving.path)
    assert [one.outcome for one in replay(entries, replayers)] == ["equal"] * 4

    def changed(**values: object) -> list[str]:
        with serving.store.writing() as connection:
            connection.execute(person_table.update().where(person_table.c.person_id == "li.na").values(**values))
        return [one.outcome for one in replay(entries, replayers)]

    assert changed(role="branch_head")[0] != "equal"
    assert changed(role="approver", institution_id="BANK00")[0] != "equal"
    assert changed(institution_id=bank, active=False)[2] != "equal"  # let in last by the journal
    assert changed(active=True) == ["equal"] * 4
    with serving.store.writing() as connection:
        connection.execute(person_table.delete().where(person_table.c.person_id == "li.na"))
    assert "equal" not in [one.outcome for one in replay(entries, replayers)]


def test_somebody_who_exists_is_not_added_nor_written_down_twice(served: FastAPI, log_in: LogIn) -> None:
    admin, serving = log_in(served, "admin"), served.state.serving
    before = serving.store.journal.verify().entries
    data = {"person_id": "approver", "name": "王芳", "role": "supervisor"}
    assert admin.post("/people", data=data).status_code == 400
    assert serving.store.journal.verify().entries == before


def test_a_one_time_password_is_always_taken() -> None:
    for _ in range(2_000):
        check_password(one_time_password(), "admin")


def test_a_one_time_password_replaces_the_old_one(served: FastAPI, log_in: LogIn) -> None:
    officer = log_in(served, "officer")
    new = password_on(log_in(served, "admin").post("/people/officer/password").text)
    assert officer.get("/").status_code == 303
    assert TestClient(served).post("/log-in", data={"name": "officer", "password": new}).status_code == 200


def test_what_cannot_be_added(served: FastAPI, log_in: LogIn) -> None:
    admin = log_in(served, "admin")
    good = {"person_id": "novice", "name": "新人", "role": "approver", "institution_id": "NOWHERE"}
    insurer = served.state.serving.people.find("insurer").institution_id
    for change in (
        {},
        {"institution_id": insurer},
        {"role": "emperor"},
        {"person_id": "<script>"},
        {"person_id": "admin", "role": "supervisor"},
        {"role": "company", "company_id": "NOBODY"},
    ):
        assert admin.post("/people", data=good | change).status_code in (400, 404), change
    assert admin.post("/people/admin/active", data={"active": "no"}).status_code == 400
    assert admin.post("/people/nobody/password").status_code == 404


def test_only_an_administrator_sees_people(served_for_reading: FastAPI, log_in: LogIn) -> None:
    for name in ("officer", "head", "supervisor", "auditor"):
        client = log_in(served_for_reading, name)
        assert client.get("/people").status_code == 403
        assert client.get("/webhooks").status_code == 403


def test_a_token_acts_for_its_person_until_it_is_revoked(served: FastAPI, log_in: LogIn) -> None:
    officer = log_in(served, "officer")
    token = re.search(r"kejin_[\w-]+", officer.post("/tokens", data={"label": "报表", "days": "30"}).text)
    assert token is not None
    program = TestClient(served, headers={"authorization": f"Bearer {token[0]}"})
    assert program.get("/api/cases").status_code == 200
    assert program.get("/api/journal").status_code == 403
    token_id = re.search(r"/tokens/(\w+)/revoke", officer.get("/tokens").text)
    assert token_id is not None
    log_in(served, "risk").post(f"/tokens/{token_id[1]}/revoke")
    assert program.get("/api/cases").status_code == 200  # nobody revokes another's token
    officer.post(f"/tokens/{token_id[1]}/revoke")
    assert program.get("/api/cases").status_code == 401
    assert officer.post("/tokens", data={"label": "x", "days": "9999"}).status_code == 400
    assert token[0] not in officer.get("/tokens").text


def test_a_webhook_shows_its_secret_once(served: FastAPI, log_in: LogIn) -> None:
    admin = log_in(served, "admin")
    page = admin.post("/webhooks", data={"address": "https://1.1.1.1/x", "events": ["loan_case.approved"]}).text
    secret = re.search(r'text-break">([^<]+)</code>', page)
    assert secret is not None
    assert secret[1] not in admin.get("/webhooks").text
    assert secret[1].encode() not in (served.state.serving.path / "cases.sqlite").read_bytes()
    assert admin.post("/webhooks", data={"address": "https://127.0.0.1/x", "events": ["x"]}).status_code == 400
    hook = served.state.serving.webhooks.all()[0]["webhook_id"]
    assert admin.post(f"/webhooks/{hook}/stop").status_code == 303

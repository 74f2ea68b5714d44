"""Audit pages: what an auditor finds, and what stays with other institutions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from served_city import LogIn

from kejin.casework.events import append_event
from kejin.casework.store import now
from kejin.casework.tables import case_event_table
from kejin.journal import ExportFile, Record, verify


def decide(served: FastAPI, actor: str, case: str, kind: str, override: bool) -> int:
    serving = served.state.serving
    role = serving.people.find(actor).role
    record = Record(act=f"loan_case_{kind}", actor=actor, role=role, inputs={}, result={"kind": kind}, subject=case)
    details = {"override": override, "override_reason": "客户担保充足" if override else None}
    with serving.store.writing() as connection:
        event = append_event(connection, serving.store.journal, case_event_table, case, 0, kind, record, details)
    return event.journal_entry


@pytest.fixture
def elsewhere(served: FastAPI) -> str:
    """A person of another bank than the auditor's."""
    serving = served.state.serving
    own = serving.people.find("auditor").institution_id
    banks = serving.rows("banks", "SELECT institution_id AS id FROM institution WHERE institution_kind = 'bank'")
    other = next(row["id"] for row in banks if "-" not in row["id"] and row["id"] != own)
    return str(serving.people.add("stranger", "外行", "approver", "long-enough-1", institution_id=other).person_id)


def test_search_shows_what_the_scope_allows(served: FastAPI, log_in: LogIn, elsewhere: str) -> None:
    own = decide(served, "approver", "C-OWN", "approved", override=False)
    foreign = decide(served, elsewhere, "C-FOREIGN", "approved", override=True)
    auditor, supervisor = log_in(served, "auditor"), log_in(served, "supervisor")
    assert "C-OWN" in auditor.get("/audit").text
    assert "C-FOREIGN" not in auditor.get("/audit").text
    assert "C-FOREIGN" in supervisor.get("/audit?act=loan_case_approved").text
    assert "C-OWN" not in supervisor.get("/audit?subject=C-FOREIGN").text
    assert auditor.get(f"/audit/{own}").status_code == 200
    assert auditor.get(f"/audit/{foreign}").status_code == 404
    assert auditor.post(f"/audit/{foreign}/replay").status_code == 404
    assert auditor.get(f"/api/journal/{foreign}").status_code == 404
    assert elsewhere not in auditor.get("/audit/overrides").text
    lines = [json.loads(line) for line in auditor.get("/audit/export").text.splitlines()]
    assert {line["body"]["subject"] for line in lines} == {None, "C-OWN"}


def test_overrides_are_counted_per_person(served: FastAPI, log_in: LogIn) -> None:
    for number, override in enumerate((True, False, True)):
        decide(served, "approver", f"C-{number}", "declined", override=override)
    rows = log_in(served, "supervisor").get("/audit/overrides?lang=en").text
    assert "客户担保充足" in rows
    cells = rows.split("approver</span>")[1].split("</tr>")[0]
    assert [part.split("<")[0] for part in cells.split('kejin-number">')[1:]] == ["0", "0", "3", "2"]


def test_an_entry_is_shown_whole_and_can_be_done_again(served: FastAPI, log_in: LogIn) -> None:
    supervisor = log_in(served, "supervisor")
    page = supervisor.get("/audit/1?lang=en").text
    stored = served.state.serving.store.journal.get(1)
    assert stored.entry_hash in page
    assert "evaluate" in page
    to = supervisor.post("/audit/1/replay").headers["location"]
    assert supervisor.get(to).status_code == 200
    assert supervisor.get("/audit/999999").status_code == 404
    assert supervisor.get(f"/audit/{2**70}").status_code == 404


def test_a_changed_entry_is_said_and_not_hidden(served: FastAPI, log_in: LogIn) -> None:
    import sqlite3

    with sqlite3.connect(served.state.serving.path / "cases.sqlite") as connection:
        connection.execute("DROP TRIGGER journal_entry_no_update")
        connection.execute("UPDATE journal_entry SET body = CAST(replace(body, 'evaluate', 'evaluatf') AS BLOB)")
    connection.close()
    assert "journal.entry_changed" in log_in(served, "supervisor").get("/audit").text


def test_the_export_of_the_supervisor_verifies_by_itself(served: FastAPI, log_in: LogIn, tmp_path: Path) -> None:
    answer = log_in(served, "supervisor").get("/audit/export")
    (tmp_path / "journal.jsonl").write_bytes(answer.content)
    assert verify(ExportFile(tmp_path / "journal.jsonl")).ok
    kinds = [row["kind"] for row in served.state.serving.log.find()]
    assert kinds[0] == "downloaded"


def test_looks_and_downloads_are_found(served: FastAPI, log_in: LogIn) -> None:
    company = served.state.serving.people.find("company").company_id
    log_in(served, "officer").get(f"/companies/{company}")
    log_in(served, "insurer").get(f"/companies/{company}")
    auditor, supervisor = log_in(served, "auditor"), log_in(served, "supervisor")
    assert "insurer" in supervisor.get(f"/audit/looks?company={company}&kind=refused").text
    own = auditor.get(f"/audit/looks?company={company}").text
    assert "officer" in own
    assert "insurer" not in own
    assert supervisor.get(f"/audit/looks?since={now().date().replace(year=2027)}&lang=en").text.count("<td>") == 0
    assert supervisor.get("/audit/looks.xlsx").status_code == 200


@pytest.mark.parametrize("name", ["officer", "approver", "risk", "company", "park"])
def test_who_may_not_audit(served_for_reading: FastAPI, log_in: LogIn, name: str) -> None:
    client = log_in(served_for_reading, name)
    for path in ("/audit", "/audit/1", "/audit/overrides", "/audit/looks", "/audit/export", "/api/journal"):
        assert client.get(path).status_code == 403, path
    assert log_in(served_for_reading, "admin").get("/audit/export").status_code == 403

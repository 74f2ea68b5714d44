"""A loan case from application to its end, by the pages: who may do what, and what stays of it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from case_steps import COMMENT, apply, fields_of, form, fresh, own_company, proposed, state_of, step
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from served_city import LogIn
from sqlalchemy import update
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.app.web.demo_people import DEMO_PASSWORD
from kejin.app.web.server import create_app
from kejin.casework.case_record import row_of
from kejin.casework.loan_cases import LoanCases
from kejin.casework.tables import case_table, person_table
from kejin.errors import InputError

FIELDS_MAX = 12


@pytest.fixture(scope="module")
def office(city_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One server for the tests of this file; each takes a company and product of its own."""
    place = tmp_path_factory.mktemp("office") / "workspace"
    shutil.copytree(city_workspace, place)
    application = create_app(place)
    yield application
    application.state.serving.close()


def _decide(client: TestClient, served: FastAPI, case_id: str, decision: str = "approved", **other: Any) -> Any:
    data = {"decision": decision, "comment": COMMENT, "override_reason": "已要求增信，同意偏离"} | other
    return step(client, served, case_id, "decide", **data)


def test_the_whole_life_of_a_case(office: FastAPI, log_in: LogIn) -> None:
    officer, approver, head = (log_in(office, name) for name in ("officer", "approver", "head"))
    case_id = proposed(officer, office)
    assert f"/cases/{case_id}/decide" in approver.get(f"/cases/{case_id}").text
    assert _decide(approver, office, case_id, amount="800000").status_code == 303
    page = officer.get(f"/cases/{case_id}?lang=en")
    assert "Conditions" in page.text
    codes = [code for code in state_of(office, case_id).conditions if code != "person_decides"]
    done = step(officer, office, case_id, "conditions", comment=COMMENT, code=codes, proof=["合同第3页"] * len(codes))
    assert done.status_code == 303, done.text
    assert (
        step(officer, office, case_id, "contract", number="HT-1", signed_on="2026-10-08", rate="0.0345").status_code
        == 303
    )
    pay = {"amount": "800000", "paid_on": "2026-10-09", "payee": "供应商", "reference": "P-1"}
    assert step(officer, office, case_id, "pay", **(pay | {"amount": "800000.01"})).status_code == 400
    assert step(officer, office, case_id, "pay", **pay).status_code == 303
    check = {"check": "use_of_funds", "finding": "in_order", "comment": COMMENT, "next_on": "2026-12-01"}
    assert step(officer, office, case_id, "check", **check).status_code == 303
    assert step(head, office, case_id, "exemption", outcome="exempt", comment=COMMENT).status_code == 303
    assert step(officer, office, case_id, "close", how="repaid", comment=COMMENT).status_code == 303
    state = state_of(office, case_id)
    assert (state.state, str(state.paid_cny)) == ("closed", "800000")
    serving = office.state.serving
    row = serving.store.row(case_table.select().where(case_table.c.case_id == case_id))
    assert {name: row[name] for name in row_of(state)} == row_of(state)
    assert serving.store.journal.verify().ok
    first = LoanCases(serving.store).history(case_id)[0].journal_entry
    words = ["journal", "replay", str(serving.path), "--first", str(first), "--lang", "en"]
    replayed = CliRunner().invoke(whole_app(), words)
    assert replayed.exit_code == 0, replayed.output
    assert "assess_loan" in replayed.output
    assert " different" not in replayed.output.replace("0 different", "")


def test_a_changed_history_does_not_replay(served: FastAPI, log_in: LogIn) -> None:
    case_id = apply(log_in(served, "officer"), **fresh(served))
    serving = served.state.serving
    with serving.store.writing() as connection:
        connection.execute(update(case_table).where(case_table.c.case_id == case_id).values(state="approved"))
    replayed = CliRunner().invoke(whole_app(), ["journal", "replay", str(serving.path), "--act", "case_applied"])
    assert replayed.exit_code == 1


def test_no_maker_decides_by_any_path(served: FastAPI, log_in: LogIn) -> None:
    officer = log_in(served, "officer")
    case_id = proposed(officer, served)
    assert _decide(officer, served, case_id).status_code == 403  # the role may not at all
    serving = served.state.serving
    with serving.store.writing() as connection:  # an administrator gives the maker another role
        connection.execute(update(person_table).where(person_table.c.person_id == "officer").values(role="approver"))
    assert _decide(officer, served, case_id).status_code == 403
    token = serving.sessions.new_token(serving.people.find("officer"), "script", 30)
    bearer = TestClient(served, follow_redirects=False, headers={"authorization": f"Bearer {token}"})
    assert _decide(bearer, served, case_id).status_code == 403
    head = serving.people.find("approver").institution_id
    serving.people.add(
        "officer2",
        serving.people.find("officer").name,
        "approver",
        DEMO_PASSWORD,
        institution_id=head,
        must_change=False,
    )
    assert _decide(log_in(served, "officer2"), served, case_id).status_code == 403  # the same human under another name
    with pytest.raises(InputError, match="maker_is_checker"):
        LoanCases(serving.store).check_checker(serving.people.find("officer2"), state_of(served, case_id))
    assert state_of(served, case_id).state == "proposed"
    assert _decide(log_in(served, "approver"), served, case_id).status_code == 303


def test_two_decisions_at_once_leave_one(office: FastAPI, log_in: LogIn) -> None:
    case_id = proposed(log_in(office, "officer"), office)
    clients = [log_in(office, "approver"), log_in(office, "head")] * 2
    seen = state_of(office, case_id).version
    data = {"seen": seen, "decision": "approved", "comment": COMMENT, "override_reason": "已要求增信"}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: one.post(f"/cases/{case_id}/decide?lang=en", data=data), clients))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    history = LoanCases(office.state.serving.store).history(case_id)
    assert [event.kind for event in history].count("approved") == 1
    late = next(answer for answer in answers if answer.status_code == 409)
    assert case_id in late.text


def test_a_head_of_branch_decides_up_to_the_limit_only(office: FastAPI, log_in: LogIn) -> None:
    case_id = proposed(log_in(office, "officer"), office, "5000001")
    assert _decide(log_in(office, "head"), office, case_id).status_code == 403
    assert _decide(log_in(office, "approver"), office, case_id).status_code == 303


def test_text_and_grade_are_checked_and_overrides_counted(office: FastAPI, log_in: LogIn) -> None:
    officer = log_in(office, "officer")
    case_id = apply(officer, **fresh(office))
    early = step(officer, office, case_id, "propose", recommendation="approve", amount="1", comment=COMMENT)
    assert early.status_code == 409  # nothing is proposed before inputs are frozen and assessed
    assert "advice" not in officer.get(f"/cases/{case_id}/report.pdf").headers.get("content-type", "")
    assert officer.get(f"/cases/{case_id}/what-if").status_code == 400  # no grade by the side door either
    step(officer, office, case_id, "freeze")
    says = {"recommendation": "approve", "amount": "1000000"}
    against = step(officer, office, case_id, "propose", comment="建议拒绝该笔贷款", override_reason="有理由", **says)
    assert against.status_code == 400
    silent = step(officer, office, case_id, "propose", comment=COMMENT, **says)
    assert silent.status_code == 400
    assert "casework.override_reason_missing" in silent.text
    good = step(officer, office, case_id, "propose", comment=COMMENT, override_reason="股东追加保证", **says)
    assert good.status_code == 303
    page = log_in(office, "risk").get("/cases/overrides").text
    assert "股东追加保证" in page
    assert "100.0%" in page
    assert officer.get("/cases/overrides").status_code == 403


def test_every_decision_needs_a_comment(office: FastAPI, log_in: LogIn) -> None:
    approver = log_in(office, "approver")
    case_id = proposed(log_in(office, "officer"), office)
    for decision in ("approved", "declined", "returned"):
        assert _decide(approver, office, case_id, decision, comment="  ").status_code == 400
    assert state_of(office, case_id).state == "proposed"


def test_an_old_version_is_answered_with_a_sentence(office: FastAPI, log_in: LogIn) -> None:
    officer = log_in(office, "officer")
    case_id = apply(officer, **fresh(office))
    step(officer, office, case_id, "duty", duty="site_visit", proof="2026-10-08 到厂，见到总经理")
    answer = officer.post(f"/cases/{case_id}/freeze?lang=en", data={"seen": 1})
    assert answer.status_code == 409
    assert "casework.version_old" in answer.text


def test_application_has_at_most_twelve_fields(office: FastAPI, log_in: LogIn) -> None:
    company = own_company(office)
    for name in ("officer", "company"):
        fields = fields_of(log_in(office, name).get(f"/cases/apply?company={company}").text, "/cases/apply")
        assert 5 < len(fields) <= FIELDS_MAX, fields


def test_search_comes_before_an_application_and_one_case_is_open(office: FastAPI, log_in: LogIn) -> None:
    officer, pair = log_in(office, "officer"), fresh(office)
    company = pair["company"]
    assert 'name="amount"' not in officer.get("/cases/apply").text
    assert f"/cases/apply?company={company}" in officer.get(f"/cases/apply?q={company}").text
    case_id = apply(officer, **pair)
    assert case_id in officer.get(f"/cases/apply?company={company}").text
    again = officer.post("/cases/apply", data=form(**pair))
    assert again.status_code == 409
    assert case_id in again.text


def test_the_company_sees_reasons_and_no_figures_of_the_bank(office: FastAPI, log_in: LogIn) -> None:
    owner, officer, approver = (log_in(office, name) for name in ("company", "officer", "approver"))
    branch = office.state.serving.people.find("officer").institution_id
    case_id = apply(owner, own_company(office), branch=branch)
    step(officer, office, case_id, "freeze")
    step(officer, office, case_id, "propose", recommendation="decline", comment="建议拒绝", override_reason="客户集中")
    page = owner.get(f"/cases/{case_id}?lang=en").text
    assert "Why" not in page  # nothing before the decision
    assert (
        _decide(approver, office, case_id, "declined", comment="不予批准", told="欢迎补充年报后再申请").status_code
        == 303
    )
    page = owner.get(f"/cases/{case_id}?lang=en").text
    assert "欢迎补充年报后再申请" in page
    for secret in ("客户集中", "不予批准", "what-if", "report.pdf", "Probability of default, 1 year"):
        assert secret not in page
    for path in ("docket", "report.pdf", "what-if"):
        assert owner.get(f"/cases/{case_id}/{path}").status_code == 403
    assert _decide(owner, office, case_id).status_code == 403


def test_a_case_of_another_bank_is_not_there(office: FastAPI, log_in: LogIn) -> None:
    case_id = apply(log_in(office, "officer"), **fresh(office))
    serving = office.state.serving
    other = serving.rows(
        "other_bank",
        "SELECT min(institution_id) AS id FROM institution WHERE institution_kind = 'bank' AND parent_id <> '' "
        "AND NOT starts_with(institution_id, $head)",
        head=serving.people.find("officer").head_office,
    )[0]["id"]
    serving.people.add(
        "stranger", "外行", "relationship_manager", DEMO_PASSWORD, institution_id=other, must_change=False
    )
    stranger = log_in(office, "stranger")
    assert stranger.get(f"/cases/{case_id}").status_code == 404
    assert step(stranger, office, case_id, "freeze").status_code == 404
    assert case_id not in stranger.get("/cases").text


def test_exemption_is_decided_by_two_who_took_no_part(office: FastAPI, log_in: LogIn) -> None:
    officer, head, risk = (log_in(office, name) for name in ("officer", "head", "risk"))
    # Of this company the risk manager has consent as well: theirs is to monitoring, not to credit.
    case_id = proposed(officer, office, company=own_company(office))
    step(officer, office, case_id, "duty", duty="site_visit", proof="2026-10-08 到厂，见到总经理")
    _decide(log_in(office, "approver"), office, case_id)
    codes = [code for code in state_of(office, case_id).conditions if code != "person_decides"]
    step(officer, office, case_id, "conditions", comment=COMMENT, code=codes, proof=["见附件"] * len(codes))
    step(officer, office, case_id, "contract", number="HT-1", signed_on="2026-10-08", rate="0.0345")
    pay = {"amount": "1000000", "paid_on": "2026-10-09", "payee": "供应商", "reference": "P-1"}
    assert step(officer, office, case_id, "pay", **pay).status_code == 303
    early = step(risk, office, case_id, "exemption-decision", agreed="yes", comment=COMMENT)
    assert early.status_code == 400
    assert step(head, office, case_id, "exemption", outcome="exempt", comment=COMMENT).status_code == 303
    judge = log_in(office, "approver")
    assert step(judge, office, case_id, "exemption-decision", agreed="yes", comment=COMMENT).status_code == 403
    assert step(risk, office, case_id, "exemption-decision", agreed="yes", comment=COMMENT).status_code == 303
    assert state_of(office, case_id).exemption == "exempt"
    page = risk.get(f"/cases/{case_id}/docket?lang=en").text
    assert "见到总经理" in page
    assert "case.inside" in page  # the look that this page itself is


def test_the_report_comes_as_word_and_pdf_and_the_list_as_excel(office: FastAPI, log_in: LogIn) -> None:
    officer = log_in(office, "officer")
    case_id = proposed(officer, office)
    assert officer.get(f"/cases/{case_id}/report.docx").content[:2] == b"PK"
    assert officer.get(f"/cases/{case_id}/report.pdf").content[:5] == b"%PDF-"
    book = load_workbook(io.BytesIO(officer.get("/cases/export.xlsx").content))
    assert book.active is not None
    assert case_id in [row[0].value for row in book.active.iter_rows()]
    answer = officer.get(f"/cases/{case_id}/what-if?amount=500000&term=6&sharing=guarantee&lang=en")
    assert answer.status_code == 200
    assert "500,000" in answer.text
    files = [row["file_name"] for row in office.state.serving.log.find(case_id=case_id) if row["file_name"]]
    assert len(files) == 2


def test_tasks_wait_for_those_whose_step_is_next(office: FastAPI, log_in: LogIn) -> None:
    officer, approver = log_in(office, "officer"), log_in(office, "approver")
    case_id = proposed(officer, office)
    assert f"/cases/{case_id}" in approver.get("/").text
    assert f"/cases/{case_id}" not in officer.get("/").text

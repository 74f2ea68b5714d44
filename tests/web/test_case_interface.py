"""A loan case by programs, with the checks of the pages; and several payments that never exceed the contract."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from case_steps import COMMENT, fresh, own_company, step
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import LogIn
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.app.web.server import create_app
from kejin.casework.loan_cases import LoanCases


@pytest.fixture(scope="module")
def office(city_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    place = tmp_path_factory.mktemp("interface") / "workspace"
    shutil.copytree(city_workspace, place)
    application = create_app(place)
    yield application
    application.state.serving.close()


def program(served: FastAPI, name: str) -> TestClient:
    serving = served.state.serving
    token = serving.sessions.new_token(serving.people.find(name), "test", 1)
    return TestClient(served, headers={"authorization": f"Bearer {token}"}, raise_server_exceptions=False)


def asked(served: FastAPI, **other: Any) -> dict[str, Any]:
    found = fresh(served)
    found["company_id"] = found.pop("company")
    return found | {"amount_cny": "900000", "term_months": 12, "comment": COMMENT} | other


def proposed_case(served: FastAPI) -> dict[str, Any]:
    officer = program(served, "officer")
    case = officer.post("/api/cases", json=asked(served))
    assert case.status_code == 201, case.text
    address = f"/api/cases/{case.json()['case_id']}"
    assessed = officer.post(f"{address}/assess", json={"version": 1})
    assert assessed.status_code == 200, assessed.text
    said = {"recommendation": "approve", "comment": COMMENT, "override_reason": "已要求增信，同意偏离"}
    answer = officer.post(f"{address}/propose", json=said | {"version": assessed.json()["version"]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def contracted(served: FastAPI) -> dict[str, Any]:
    case = proposed_case(served)
    address = f"/api/cases/{case['case_id']}"
    officer, approver = program(served, "officer"), program(served, "approver")
    decision = {"decision": "approved", "comment": COMMENT, "override_reason": "已要求增信，同意偏离"}
    approved = approver.post(f"{address}/decide", json=decision | {"version": case["version"]}).json()
    proofs = dict.fromkeys(approved["conditions"], "合同第3页")
    met = {"version": approved["version"], "proofs": proofs, "comment": COMMENT}
    version = officer.post(f"{address}/conditions", json=met).json()["version"]
    data = {"version": version, "number": "HT-1", "signed_on": "2026-10-08", "rate": "0.0345"}
    answer = officer.post(f"{address}/contract", json=data)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def payment(version: int, amount: str, **other: Any) -> dict[str, Any]:
    return {
        "version": version,
        "amount_cny": amount,
        "paid_on": "2026-10-20",
        "payee": "仪器公司",
        "reference": "FK-1",
    } | other


def test_a_case_goes_by_programs_with_maker_and_checker(office: FastAPI) -> None:
    case = proposed_case(office)
    address, officer = f"/api/cases/{case['case_id']}", program(office, "officer")
    assert case["steps_open"] == ["returned", "approved", "declined", "duty_done"]
    said = {"version": case["version"], "decision": "approved", "comment": COMMENT}
    assert officer.post(f"{address}/decide", json=said).status_code == 403  # the role may not
    approver = program(office, "approver")
    assert approver.post(f"{address}/decide", json=said | {"comment": " "}).json()["code"] == "casework.comment_missing"
    old = approver.post(f"{address}/decide", json=said | {"version": 1, "override_reason": COMMENT})
    assert (old.status_code, old.json()["code"]) == (409, "casework.version_old")
    done = approver.post(f"{address}/decide", json=said | {"override_reason": "已要求增信，同意偏离"})
    assert done.status_code == 200, done.text
    assert done.json()["state"] == "approved"
    assert done.json()["checker"] == "approver"


def test_a_maker_who_became_approver_does_not_decide_here_either(office: FastAPI) -> None:
    from sqlalchemy import update

    from kejin.casework.tables import person_table

    case, serving = proposed_case(office), office.state.serving
    said = {"version": case["version"], "decision": "approved", "comment": COMMENT, "override_reason": COMMENT}
    change = update(person_table).where(person_table.c.person_id == "officer")
    head, branch = serving.people.find("officer").head_office, serving.people.find("officer").institution_id
    with serving.store.writing() as connection:
        connection.execute(change.values(role="approver", institution_id=head))
    try:
        answer = program(office, "officer").post(f"/api/cases/{case['case_id']}/decide", json=said)
    finally:
        with serving.store.writing() as connection:
            connection.execute(change.values(role="relationship_manager", institution_id=branch))
    assert (answer.status_code, answer.json()["code"]) == (403, "casework.maker_is_checker")


def test_a_company_is_not_told_the_banks_advice(office: FastAPI) -> None:
    case = proposed_case(office)
    owner = program(office, "company")
    assert owner.get(f"/api/cases/{case['case_id']}").status_code == 404  # another company's
    assert case["advice"] is not None
    bank = office.state.serving.people.find("officer").institution_id
    own = asked(office, company_id=own_company(office), branch=bank)
    made = owner.post("/api/cases", json=own).json()
    officer = program(office, "officer")
    officer.post(f"/api/cases/{made['case_id']}/assess", json={"version": 1})
    seen = owner.get(f"/api/cases/{made['case_id']}").json()
    assert seen["state"] == "assessed"
    assert seen["advice"] is None
    assert seen["conditions"] == []
    assert {row["advice"] for row in owner.get("/api/cases").json()} == {None}
    assert officer.get(f"/api/cases/{made['case_id']}").json()["advice"] is not None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", {"company_id": "x" * 81}),
        ("", {"term_months": 0}),
        ("", {"amount_cny": "\ud800"}),
        ("", {"amount_cny": "1e400"}),
        ("", {"amount_cny": "-1"}),
        ("", {"product": "\x00"}),
        ("", {"given": "no sign"}),
        ("", {"sharing": "nobody"}),
        ("", {"unknown": 1}),
        ("/no-case/decide", {"version": 1, "decision": "approved", "comment": COMMENT}),
        ("/no-case/payments", {"version": 2**40}),
    ],
)
def test_what_makes_no_sense_is_answered_in_the_declared_shape(
    office: FastAPI, path: str, said: dict[str, Any]
) -> None:
    import json

    whole = said if path else asked(office) | said
    name = "approver" if path.endswith("decide") else "officer"
    content = json.dumps(whole)
    headers = {"content-type": "application/json"}
    answer = program(office, name).post(f"/api/cases{path}", content=content, headers=headers)
    assert answer.status_code in (400, 403, 404, 422), answer.text
    assert set(answer.json()) == {"code", "what", "where", "why", "do"}


def test_several_payments_add_up_to_the_contract_at_most(office: FastAPI, log_in: LogIn) -> None:
    case = contracted(office)
    number, officer = case["case_id"], program(office, "officer")
    address, whole = f"/api/cases/{number}/payments", Decimal(case["approved_cny"])
    first = officer.post(address, json=payment(case["version"], "300000.01", entrusted=True))
    assert first.status_code == 200, first.text
    due, left = first.json()["due_on"], whole - Decimal("300000.01")
    over = officer.post(address, json=payment(first.json()["version"], str(left + Decimal("0.01"))))
    assert (over.status_code, over.json()["code"]) == (409, "casework.paid_above_contract")
    for amount in ("0.001", "0", "-5", "NaN"):
        answer = officer.post(address, json=payment(first.json()["version"], amount))
        assert answer.json()["code"] == "casework.amount_wrong", amount
    assert officer.post(address, json=payment(first.json()["version"], "1", payee=" ")).status_code == 400
    checked = {"version": first.json()["version"], "check": "use", "finding": "in_order", "comment": COMMENT}
    assert officer.post(f"/api/cases/{number}/checks", json=checked).json()["state"] == "monitored"
    page = log_in(office, "officer")
    data = {"amount": str(left), "paid_on": "2026-11-02", "payee": "企业本身", "reference": "FK-2"}
    assert step(page, office, number, "pay", **data).status_code == 303
    now = officer.get(f"/api/cases/{number}").json()
    assert now["paid_cny"] == f"{whole:.2f}"
    assert now["state"] == "monitored"
    assert due is not None
    text = page.get(f"/cases/{number}?lang=zh").text
    assert text.count("受托支付") >= 2
    assert f"/cases/{number}/pay" not in text  # nothing is left to pay
    again = officer.post(address, json=payment(now["version"], "0.01"))
    assert again.json()["code"] in ("casework.paid_above_contract", "casework.amount_wrong")
    said = [
        event.details for event in LoanCases(office.state.serving.store).history(number) if event.kind == "disbursed"
    ]
    assert [one["entrusted"] for one in said] == [True, False]
    assert sum(one["amount_cny"] for one in said) == whole
    done = CliRunner().invoke(
        whole_app(), ["journal", "replay", str(office.state.serving.path), "--act", "case_disbursed"]
    )
    assert done.exit_code == 0, done.output

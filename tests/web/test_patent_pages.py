"""Values of patents on a page, and a pledge from check to registration by two people."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from served_city import DAY, GROUPS, LogIn
from sqlalchemy import select
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.errors import InputError
from kejin.workflows.pledge_cases import PledgeRegister, hold_table
from kejin.workflows.pledge_flow import PledgeDesk
from kejin.workflows.registration_office import LocalOffice, _held
from kejin.workflows.value_patents import PATENTS, Valuer, value_patents


def _own_company(served: FastAPI) -> str:
    return str(served.state.serving.people.find("company").company_id)


def _value(served: FastAPI) -> None:
    with served.state.serving.pool.reader() as reader:
        value_patents(reader.workspace, DAY, "test")


def test_without_a_valuation_the_pages_say_what_to_do(served_for_reading: FastAPI, log_in: LogIn) -> None:
    company, client = _own_company(served_for_reading), log_in(served_for_reading, "officer")
    for path in ("/patents", f"/patents/{company}", f"/pledges/new?company={company}"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
        assert answer.status_code == 200
        assert "kejin value-patents" in answer.text
    page = client.get(f"/pledges/new?company={company}").text
    numbers = re.findall(r'name="patent" value="([^"]+)"', page)
    asked = {"company": company, "loan_cny": "100000", "term_months": "12", "route": "internal", "patent": numbers[:1]}
    assert client.post("/pledges/check", data=asked).status_code == 400  # no city is valued within a request


def test_values_and_a_pledge_by_two_people(served: FastAPI, log_in: LogIn) -> None:
    _value(served)
    company, officer, approver = _own_company(served), log_in(served, "officer"), log_in(served, "approver")
    page = officer.get(f"/patents/{company}?lang=en")
    assert page.status_code == 200
    for chart in ("intervals", "methods", "life", "quality"):
        assert f'data-chart="{chart}"' in page.text
    assert officer.get(f"/patents/{company}?form=xlsx").content[:2] == b"PK"
    assert f"/patents/{company}" in officer.get("/patents").text
    assert log_in(served, "insurer").get(f"/patents/{company}").status_code == 403

    asked = _pledgeable(served, officer)
    done = officer.post("/pledges", data=asked)
    assert done.status_code == 303, done.text
    path = done.headers["location"]
    assert approver.post("/pledges", data=asked).status_code == 403
    sign = {"step": "sign", "version": "1", "pledgor_signer": "A", "pledgee_signer": "B"}
    assert approver.post(f"{path}/propose", data=sign).status_code == 403
    assert officer.post(f"{path}/propose", data=sign).status_code == 303
    judge = {"version": "2", "verdict": "approve"}
    assert officer.post(f"{path}/judge", data=judge).status_code == 403
    assert path.split("/")[-1] in approver.get("/").text
    assert approver.post(f"{path}/judge", data=judge | {"version": "1"}).status_code == 400
    assert approver.post(f"{path}/judge", data={"version": "2", "verdict": "reject"}).status_code == 400
    assert approver.post(f"{path}/judge", data=judge).status_code == 303
    assert officer.post(f"{path}/propose", data={"step": "file", "version": "3"}).status_code == 303
    assert approver.post(f"{path}/judge", data={"version": "4", "verdict": "approve"}).status_code == 303
    text = officer.get(f"{path}?lang=en").text
    assert "registered" in text
    assert "ZY-" in text
    assert officer.get(f"{path}/papers/contract.pdf").content[:4] == b"%PDF"
    assert b"contract_hash" in officer.get(f"{path}/papers/contract.json").content
    assert officer.get(f"{path}/papers/..%2Fsecret").status_code == 404
    assert log_in(served, "company").get(path).status_code == 404
    assert log_in(served, "guarantor").get(path).status_code == 404
    _changed_by_two_people(served, officer, approver, path, asked)
    assert served.state.serving.store.journal.verify().ok
    done = CliRunner().invoke(whole_app(), ["journal", "replay", str(served.state.serving.path), "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    pledged = [one for one in lines if one["act"].startswith("pledge_") or one["act"] == "check_pledge"]
    assert len(pledged) > 15
    assert {one["outcome"] for one in pledged} == {"equal"}


def _changed_by_two_people(
    served: FastAPI, officer: TestClient, approver: TestClient, path: str, asked: dict[str, str]
) -> None:
    """A registered pledge gets another patent, loses it again, and is released; each proposed and approved."""
    register, first = PledgeRegister(served.state.serving.store.journal), asked["patent"]
    case_id = path.rsplit("/", 1)[1]

    def version() -> int:
        return register.case(case_id).version

    def change(patents: list[str], **other: object) -> int:
        papers = {"consent": patents, "receipt": patents, "reason": "补充质押物"}
        data = papers | {"version": version(), "patent": patents} | other
        return officer.post(f"{path}/change", data=data).status_code

    def held() -> set[str]:
        with served.state.serving.store.reading() as connection:
            mine = [select(t.c.publication_number).where(t.c.case_id == case_id) for t in (hold_table, _held)]
            first_say, office_say = (set(connection.execute(query).scalars()) for query in mine)
        assert first_say == office_say
        return first_say

    page = officer.get(f"{path}/change").text
    numbers = re.findall(r'name="patent" value="([^"]+)"', page)
    assert re.findall(r'name="patent" value="([^"]+)" aria-label="[^"]+" checked', page) == [first]
    assert approver.get(f"{path}/change").status_code == 403
    assert change([first]) == 400  # nothing would change
    assert change([]) == 400
    assert change([first], reason=" ") in (400, 422)
    assert change([first], version=1) == 400
    other = next((one for one in numbers if one != first and change([first, one]) == 303), None)
    assert other is not None, "no second patent may be pledged"
    assert held() == {first}
    with pytest.raises(InputError) as alone:
        PledgeDesk(served.state.serving.store.journal, LocalOffice(served.state.serving.store.journal)).approve(
            case_id, "officer", DAY
        )
    assert alone.value.code == "valuation.pledge_one_person"
    shown = approver.get(f"{path}?lang=en").text
    assert "added" in shown
    assert other in shown
    before = register.case(case_id).terms["pledge_cny"]
    assert approver.post(f"{path}/judge", data={"version": version(), "verdict": "approve"}).status_code == 303
    now = register.case(case_id)
    assert now.state == "changed"
    assert [one["publication_number"] for one in now.terms["patents"]] == [first, other]
    assert now.terms["pledge_cny"] > before
    assert held() == {first, other}
    again = officer.post("/pledges/check?lang=en", data=asked | {"patent": other, "consent": other, "receipt": other})
    assert "These patents may not be pledged" in again.text  # it is pledged here
    assert change([first]) == 303
    assert approver.post(f"{path}/judge", data={"version": version(), "verdict": "approve"}).status_code == 303
    assert held() == {first}
    _terms_changed_by_two_people(register, officer, approver, path)
    release = {"step": "release", "version": version(), "reason": "贷款已结清"}
    assert officer.post(f"{path}/propose", data=release).status_code == 303
    assert approver.post(f"{path}/judge", data={"version": version(), "verdict": "approve"}).status_code == 303
    assert register.case(case_id).state == "released"
    assert held() == set()


def _terms_changed_by_two_people(
    register: PledgeRegister, officer: TestClient, approver: TestClient, path: str
) -> None:
    """Amount and last day of a registered pledge move when two people say so; the patents stay."""
    case = register.case(path.rsplit("/", 1)[1])
    same = {
        "version": str(case.version),
        "reason": "展期",
        "loan_cny": str(case.terms["loan_cny"]),
        "until": str(case.terms["loan_until"]),
        "pledgee_name": case.terms["pledgee_name"],
    }
    page = officer.get(f"{path}/change").text
    assert all(f'value="{same[name]}"' in page for name in ("loan_cny", "until", "pledgee_name"))
    later = date(case.terms["loan_until"].year + 1, 1, 31)
    moved = same | {"loan_cny": "1,234,567.89", "until": str(later)}
    for wrong in (
        same,  # nothing would change
        moved | {"reason": " "},
        moved | {"loan_cny": "-5"},
        moved | {"loan_cny": "1e99"},
        moved | {"loan_cny": "0.004"},  # no fen: neither nothing nor a fen
        moved | {"loan_cny": "1234567.891"},
        moved | {"until": "2026-02-30"},
        moved | {"until": str(case.terms["loan_from"])},
        moved | {"version": "1"},
    ):
        assert officer.post(f"{path}/terms", data=wrong).status_code == 400, wrong
    assert approver.post(f"{path}/terms", data=moved).status_code == 403
    assert register.case(case.case_id).version == case.version
    assert officer.post(f"{path}/terms", data=moved).status_code == 303
    shown = approver.get(f"{path}?lang=en").text
    assert str(case.terms["loan_cny"]) in shown
    assert "1234567.89" in shown
    assert "展期" in shown
    judge = {"version": str(case.version + 1), "verdict": "approve"}
    assert officer.post(f"{path}/judge", data=judge).status_code == 403
    assert approver.post(f"{path}/judge", data=judge).status_code == 303
    now = register.case(case.case_id)
    assert (now.terms["loan_cny"], now.terms["loan_until"]) == (Decimal("1234567.89"), later)
    assert now.terms["patents"] == case.terms["patents"]


_BEST = """
SELECT publication_number, company_id FROM read_parquet($file)
WHERE in_force AND NOT pending AND pledges = 0 AND patent_kind = 'invention' AND value_cny_low > 10000
ORDER BY value_cny_low DESC LIMIT 5
"""


def _pledgeable(served: FastAPI, officer: TestClient) -> dict[str, str]:
    """Terms on one of the most valuable patents, which the page says may be pledged; its owner consented on paper."""
    serving = served.state.serving
    with serving.pool.reader() as reader:
        file = str(Valuer(reader.workspace, DAY).folder / PATENTS)
    for row in serving.rows("best", _BEST, file=file):
        number, company = row["publication_number"], row["company_id"]
        officer.post(f"/companies/{company}/consent", data={"reference": "F-2026-7", "group": GROUPS})
        asked = {
            "company": company,
            "loan_cny": "1000",
            "term_months": "6",
            "route": "internal",
            "patent": number,
            "consent": number,
            "receipt": number,
        }
        answer = officer.post("/pledges/check?lang=en", data=asked)
        assert answer.status_code == 200
        if "These patents may be pledged" in answer.text:
            return asked
    pytest.fail("no patent may be pledged")


@pytest.mark.parametrize(
    "wrong", [{"loan_cny": "-1"}, {"loan_cny": "much"}, {"loan_cny": "NaN"}, {"route": "guess"}, {"patent": []}]
)
def test_a_check_refuses_what_is_no_question(
    served_for_reading: FastAPI, log_in: LogIn, wrong: dict[str, object]
) -> None:
    company = _own_company(served_for_reading)
    asked = {"company": company, "loan_cny": "1000", "term_months": "6", "route": "external", "patent": ["CN1"]}
    answer = log_in(served_for_reading, "officer").post("/pledges/check", data=asked | wrong)
    assert answer.status_code == 400
    assert "kejin-error" in answer.text

"""Money trails: traced on demand, judged by two people, seen by the lender only."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import FastAPI
from openpyxl import load_workbook
from served_city import DAY, LogIn

from kejin.workflows.loan_tracing import TraceOptions
from kejin.workflows.trace_funds import FundTracing

_LOANS = """SELECT loan_id, company_id, institution_id FROM loan WHERE split_part(institution_id, '-', 1) {} $head
            AND granted_on < DATE '2026-01-01' ORDER BY loan_id"""


def _loan(served: FastAPI, own: bool) -> str:
    """A loan of the risk manager's bank, with the consents that its two people need; or one of another bank."""
    serving = served.state.serving
    head = serving.people.find("risk").head_office
    row = serving.rows(f"t{own}", _LOANS.format("=" if own else "<>"), head=head)[0]
    owner = serving.people.add("owner", "O", "company", "demo-pass-2026", company_id=row["company_id"]) if own else None
    for purpose in ("monitoring", "credit") if owner else ():
        serving.consents.say(owner, row["company_id"], head, purpose, given=True)
    return str(row["loan_id"])


def test_a_verdict_needs_two_people(served: FastAPI, log_in: LogIn) -> None:
    loan = _loan(served, own=True)
    risk, approver = log_in(served, "risk"), log_in(served, "approver")
    at = f"/trails/{loan}"
    judged = {"verdict": "misused", "grade": "special_mention", "comment": "goes elsewhere", "version": 0}
    assert risk.post(f"{at}/propose?as_of={DAY}", data=judged).status_code == 400  # not traced yet
    assert risk.post(f"{at}/trace?as_of={DAY}").status_code == 303
    page = risk.get(f"{at}?as_of={DAY}").text
    assert 'data-chart="flow"' in page
    case = json.loads(risk.get(f"{at}/file.json?as_of={DAY}").content)
    assert case["loan"]["loan_id"] == loan
    assert load_workbook(io.BytesIO(risk.get(f"{at}/file.xlsx?as_of={DAY}").content)).sheetnames
    assert approver.post(f"{at}/propose?as_of={DAY}", data=judged).status_code == 403
    assert risk.post(f"{at}/propose?as_of={DAY}", data=judged).status_code == 303
    matter = approver.get(f"{at}?as_of={DAY}").text.split("/trails/matters/")[1].split("/")[0]
    answer = {"answer": "confirm", "comment": "agreed", "version": 2}
    assert risk.post(f"/trails/matters/{matter}/answer", data=answer).status_code == 403
    assert approver.post(f"/trails/matters/{matter}/answer", data=answer | {"comment": ""}).status_code in (400, 422)
    assert approver.post(f"/trails/matters/{matter}/answer", data=answer).status_code == 303
    assert approver.post(f"/trails/matters/{matter}/answer", data=answer).status_code in (400, 409)


def test_loans_of_other_banks_are_not_there(served: FastAPI, log_in: LogIn) -> None:
    loan = _loan(served, own=False)
    risk = log_in(served, "risk")
    assert risk.get(f"/trails/{loan}?as_of={DAY}").status_code == 404
    assert risk.post(f"/trails/{loan}/trace?as_of={DAY}").status_code == 404
    assert loan not in risk.get(f"/trails?all=1&as_of={DAY}").text


def test_a_trail_is_listed_with_its_findings_only_where_a_consent_covers_them(served: FastAPI, log_in: LogIn) -> None:
    loan = _loan(served, own=True)
    serving = served.state.serving
    with serving.pool.reader() as reader:
        folder = FundTracing(reader.workspace, DAY, TraceOptions(), None).folder
    folder.mkdir(parents=True)
    found = {"loan_id": loan, "status": "traced", "paid_out_fen": 100, "evidence_strength": 0.87, "typologies": "t5"}
    rest = dict.fromkeys(
        ("misuse_proposed", "grade_at_least", "visible_share", "returned_fen", "chance_of_such_return")
    )
    pq.write_table(pa.Table.from_pylist([found | rest | {"flags": ""}]), folder / "loans.parquet")
    risk, at = log_in(served, "risk"), f"as_of={DAY}&lang=en"
    with_findings = risk.get(f"/trails?{at}").text
    assert loan in with_findings
    assert "0.87" in with_findings
    owner, head = serving.people.find("owner"), serving.people.find("risk").head_office
    serving.consents.say(owner, owner.company_id, head, "monitoring", given=False)
    without = risk.get(f"/trails?{at}").text
    assert loan not in without
    assert "not shown: no consent of the borrower covers them" in without
    every = risk.get(f"/trails?all=1&{at}").text
    assert loan in every
    assert "0.87" not in every
    assert risk.get(f"/trails/{loan}?{at}").status_code == 403

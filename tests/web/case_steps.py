"""Steps of a loan case by HTTP, for several tests."""

from __future__ import annotations

import re
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from kejin.casework.access import tables_readable
from kejin.casework.case_states import CaseState
from kejin.casework.loan_cases import LoanCases
from kejin.casework.store import now
from kejin.facts.table_groups import COMPANY_TABLES

COMMENT = "资料齐全，现场已核"


def own_company(served: FastAPI) -> str:
    found = served.state.serving.people.find("company")
    assert found is not None
    return str(found.company_id)


_COMPANIES = "SELECT company_id FROM company GROUP BY 1 ORDER BY 1"
_BORROWERS_ASKED = 12
_LOANS = (("technology_credit", "operation"), ("research", "research"), ("start_up", "research"))


def fresh(served: FastAPI) -> dict[str, str]:
    """A company that the officer may read and a product that no test before has asked for."""
    if not hasattr(served.state, "unused"):
        companies = _consenting(served)
        served.state.unused = [(one, *loan) for loan in _LOANS for one in companies]
    company, product, purpose = served.state.unused.pop(0)
    return {"company": company, "product": product, "purpose": purpose}


def _consenting(served: FastAPI) -> list[str]:
    """Companies that consent to credit by the officer's bank: on a signed form, since few of a small city do."""
    serving = served.state.serving
    officer, own = serving.people.find("officer"), own_company(served)
    every = [row["company_id"] for row in serving.rows("all_companies", _COMPANIES) if row["company_id"] != own]
    for company in every[:_BORROWERS_ASKED]:
        if tables_readable(officer, company, serving.consents_of(company), now().date()) != COMPANY_TABLES:
            serving.consents.say(officer, company, officer.institution_id, "credit", given=True, reference="form 1")
    return every[:_BORROWERS_ASKED]


def form(company: str, **other: Any) -> dict[str, Any]:
    """An application that is complete."""
    asked = {
        "company": company,
        "product": "technology_credit",
        "amount": "1000000",
        "term_months": "12",
        "purpose": "operation",
        "comment": COMMENT,
    }
    return asked | other


def apply(client: TestClient, company: str, **other: Any) -> str:
    """The number of a new case."""
    answer = client.post("/cases/apply", data=form(company, **other))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[1]


def state_of(served: FastAPI, case_id: str) -> CaseState:
    return LoanCases(served.state.serving.store).state(case_id)


def step(client: TestClient, served: FastAPI, case_id: str, name: str, **data: Any) -> Any:
    """One step on the newest version of the case; the answer."""
    seen = state_of(served, case_id).version
    return client.post(f"/cases/{case_id}/{name}", data={"seen": seen, **data})


def proposed(client: TestClient, served: FastAPI, amount: str = "1000000", company: str | None = None) -> str:
    """A case that waits for its decision."""
    asked = fresh(served) if company is None else {"company": company}
    case_id = apply(client, **asked, amount=amount)
    assert step(client, served, case_id, "freeze").status_code == 303
    said = step(
        client, served, case_id, "propose", recommendation="approve", amount=amount, comment=COMMENT,
        override_reason="股东追加保证，风险可控",
    )  # fmt: skip
    assert said.status_code == 303, said.text
    return case_id


def fields_of(page: str, action: str) -> list[str]:
    """Names of the fields that a person sees in a form."""
    inside = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert inside is not None
    found = re.findall(r"<(?:input|select|textarea)\b[^>]*>", inside[0])
    return [re.search(r'name="([^"]+)"', one)[1] for one in found if 'type="hidden"' not in one]  # type: ignore[index]

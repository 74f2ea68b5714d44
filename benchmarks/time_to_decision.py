"""How long from the application of a company already in facts to a proposal with its report? Seconds, clicks, fields.

`time_to_decision.py WORKSPACE --company USCC`: the pages' own addresses, called as a browser calls them, on a copy of
the workspace with the people of the demonstration; then what-if, twenty times.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from fastapi.testclient import TestClient

from kejin.app.web.demo_people import DEMO_PASSWORD
from kejin.app.web.server import create_app

AGAIN = 20


class Officer:
    """A browser that counts its clicks and the processor's seconds."""

    def __init__(self, application: Any) -> None:
        self.client = TestClient(application, follow_redirects=False)
        answer = self.client.post("/log-in", data={"name": "officer", "password": DEMO_PASSWORD})
        assert answer.status_code == 303
        session = application.state.serving.sessions.find(self.client.cookies["kejin_session"])
        self.client.headers["x-csrf-token"] = session.csrf
        self.clicks = 0
        self.steps: list[tuple[str, float, float]] = []

    def click(self, what: str, method: str, path: str, **data: Any) -> Any:
        self.clicks += 1
        return self.ask(what, method, path, **data)

    def ask(self, what: str, method: str, path: str, **data: Any) -> Any:
        began, cpu = time.perf_counter(), time.process_time()
        answer = self.client.request(method, path, data=data or None)
        self.steps.append((what, time.perf_counter() - began, time.process_time() - cpu))
        assert answer.status_code in (200, 303), f"{what}: {answer.status_code} {answer.text[-600:]}"
        return answer


def fields(page: str) -> int:
    """How many fields the application's form shows."""
    inside = re.search(r'<form[^>]*action="/cases/apply".*?</form>', page, re.DOTALL)
    assert inside is not None
    found = re.findall(r"<(?:input|select|textarea)\b[^>]*>", inside[0])
    return sum('type="hidden"' not in one for one in found)


def to_proposal(officer: Officer, company: str, product: str, purpose: str) -> tuple[str, int]:
    """From the search to the proposal with both reports; the case's address and the fields of the form."""
    officer.click("open the page of applications", "GET", "/cases/apply")
    officer.ask("search", "GET", f"/cases/apply?q={company}")
    form = officer.click("choose the company", "GET", f"/cases/apply?company={company}")
    asked = {"company": company, "product": product, "purpose": purpose, "amount": "500000", "term_months": "24"}
    made = officer.click("apply", "POST", "/cases/apply", comment="客户申请，已初访", **asked)
    address = made.headers["location"]
    officer.ask("the case", "GET", address)
    officer.click("freeze and assess", "POST", f"{address}/freeze", seen="1")
    officer.ask("the proposal", "GET", address)
    officer.click("report as Word", "GET", f"{address}/report.docx")
    officer.click("report as PDF", "GET", f"{address}/report.pdf")
    return address, fields(form.text)


def what_if(officer: Officer, address: str) -> list[float]:
    """Seconds of each answer, the first with a cold row."""
    found = []
    for number in range(AGAIN + 1):
        began = time.perf_counter()
        answer = officer.client.get(f"{address}/what-if?amount={300_000 + 10_000 * number}&term={6 + number}")
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text[-600:]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--company", required=True)
    parser.add_argument("--product", default="technology_credit")
    parser.add_argument("--purpose", default="operation")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        shutil.copytree(asked.workspace, place)
        application = create_app(place)
        officer = Officer(application)
        address, count = to_proposal(officer, asked.company, asked.product, asked.purpose)
        answers = what_if(officer, address)
        application.state.serving.close()
    print("| step | seconds | processor seconds |\n|---|---|---|")
    for what, seconds, cpu in officer.steps:
        print(f"| {what} | {seconds:.2f} | {cpu:.2f} |")
    whole = sum(seconds for _, seconds, _ in officer.steps)
    print(f"| together | {whole:.2f} | {sum(cpu for _, _, cpu in officer.steps):.2f} |")
    print(f"\nclicks {officer.clicks}, fields of the application {count}")
    warm = sorted(answers[1:])
    print(f"what-if: first {answers[0]:.3f} s, then median {median(warm):.3f} s, worst of {AGAIN} {warm[-1]:.3f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

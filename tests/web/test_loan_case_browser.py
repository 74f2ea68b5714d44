"""One whole loan case in a browser: officer, approver, officer, then journal and replay; in Chinese and English."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from case_steps import COMMENT, fresh
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.app.web.demo_people import DEMO_PASSWORD
from kejin.app.web.server import create_app
from kejin.casework.case_lists import cases_of
from kejin.casework.loan_cases import LoanCases


@pytest.fixture
def address(city_workspace: Path, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """A server on a free port of this machine."""
    shutil.copytree(city_workspace, tmp_path / "workspace")
    application = create_app(tmp_path / "workspace")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", application
    server.should_exit = True
    thread.join(timeout=20)


class Desk:
    """One person's window; every page that is shot must fit the screen and say nothing wrong."""

    def __init__(self, browser: Any, base: str, name: str, language: str, shots: Path) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._answered)
        self.shots, self.name = shots, f"{language}_{name}"
        self.page.goto(base + "/log-in")
        self.page.fill("#name", name)
        self.page.fill("#password", DEMO_PASSWORD)
        self.page.click("button.btn-primary")
        self.page.wait_for_url(base + "/")
        other = self.page.locator(f'form[action="/language"] button[value="{language}"]')
        if other.count():
            other.click()
            self.page.wait_for_load_state("networkidle")
        self.base = base

    def _answered(self, answer: Any) -> None:
        if answer.status >= 400 and not answer.url.endswith("favicon.ico"):
            self.complaints.append(f"{answer.status} {answer.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")

    def send(self, form: str) -> None:
        with self.page.expect_navigation():
            self.page.click(f'form[action$="{form}"] button')
        self.page.wait_for_load_state("networkidle")

    def shoot(self, what: str) -> None:
        """Pictures at the width of a desk and of a phone."""
        for width in (1280, 390):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(150)
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{what} is {wide} pixels wide on a screen of {width}"
            self.page.screenshot(path=self.shots / f"{self.name}_{what}_{width}.png", full_page=True)
        self.page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_loan_case_through_maker_and_checker(
    address: tuple[str, Any], browser: Any, language: str, tmp_path: Path
) -> None:
    base, application = address
    shots = tmp_path / "artifacts"
    shots.mkdir()
    officer = Desk(browser, base, "officer", language, shots)
    case_id = _apply_and_propose(officer, application)
    approver = Desk(browser, base, "approver", language, shots)
    approver.go(f"/cases/{case_id}")
    approver.page.select_option("#decision", "approved")
    approver.page.fill("#comment", COMMENT)
    approver.page.fill('form[action$="/decide"] textarea[name="override_reason"]', "已要求增信，同意偏离")
    approver.shoot("decision")
    approver.send("/decide")
    _to_the_end(officer, case_id)
    officer.context.close()
    approver.context.close()
    assert officer.complaints + approver.complaints == []
    serving = application.state.serving
    history = LoanCases(serving.store).history(case_id)
    assert [event.kind for event in history][-4:] == ["conditions_met", "contracted", "disbursed", "checked"]
    words = ["journal", "replay", str(serving.path), "--first", str(history[0].journal_entry), "--lang", "en"]
    replayed = CliRunner().invoke(whole_app(), words)
    assert replayed.exit_code == 0, replayed.output
    assert len(list(shots.glob("*.png"))) >= 10


def _apply_and_propose(officer: Desk, application: Any) -> str:
    pair = fresh(application)
    officer.go("/cases/apply")
    officer.page.fill("#q", pair["company"])
    officer.page.click(f'a[href="/cases/apply?company={pair["company"]}"]')
    officer.page.select_option("#product", pair["product"])
    officer.page.select_option("#purpose", pair["purpose"])
    officer.page.fill("#amount", "1000000")
    officer.page.fill("#comment", COMMENT)
    officer.shoot("apply")
    officer.send("/cases/apply")
    officer.send("/freeze")
    officer.page.wait_for_selector("#what-if .h4")
    before = officer.page.inner_text("#what-if")
    officer.page.locator("#if-term").fill("6")
    officer.page.wait_for_function("text => document.querySelector('#what-if').innerText !== text", arg=before)
    officer.shoot("proposal")
    officer.page.select_option("#recommendation", "approve")
    officer.page.fill('form[action$="/propose"] textarea[name="comment"]', COMMENT)
    officer.page.fill('form[action$="/propose"] textarea[name="override_reason"]', "股东追加保证")
    officer.send("/propose")
    serving = application.state.serving
    rows = cases_of(serving.store, serving.people.find("officer"), "branch", company_id=pair["company"])
    return str(rows[0]["case_id"])


def _to_the_end(officer: Desk, case_id: str) -> None:
    page = officer.page
    officer.go(f"/cases/{case_id}")
    for one in page.locator('input[name="proof"]').all():
        one.fill("合同第3页，2026-10-08")
    page.fill('form[action$="/conditions"] textarea[name="comment"]', COMMENT)
    officer.send("/conditions")
    page.fill("#number", "HT-2026-001")
    page.fill("#signed_on", "2026-10-08")
    page.fill("#rate", "0.0345")
    officer.send("/contract")
    page.fill("#paid_on", "2026-10-09")
    page.fill("#payee", "设备供应商")
    page.fill("#reference", "P-0001")
    officer.send("/pay")
    page.fill("#check-comment", COMMENT)
    officer.send("/check")
    officer.shoot("monitored")
    officer.go(f"/cases/{case_id}/docket")
    officer.shoot("docket")
    officer.go("/cases")
    officer.shoot("list")

"""One whole loan case in a browser: officer, approver, officer, then journal and replay; in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import Window, closed, names_of, told
from case_steps import COMMENT, fresh
from fastapi import FastAPI
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.casework.case_lists import cases_of
from kejin.casework.loan_cases import LoanCases

Look = Callable[[Window, str], None]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_loan_case_through_maker_and_checker(
    address: tuple[str, FastAPI], browser: Any, language: str, shots: Path
) -> None:
    base, application = address
    # The English page of a case is full of Chinese by right: rules it quotes, and the words that people typed.
    names = names_of(application) if language == "zh" else None

    def look(window: Window, what: str) -> None:
        window.keep(f"case_{what}", shots, names)

    officer, approver = (Window(browser, base, name) for name in ("officer", "approver"))
    for window in (officer, approver):
        window.log_in()
        window.speak(language)
    case_id = _apply_and_propose(officer, application, look)
    approver.go(f"/cases/{case_id}")
    approver.page.select_option("#decision", "approved")
    approver.page.fill("#comment", COMMENT)
    approver.page.fill('form[action$="/decide"] textarea[name="override_reason"]', "已要求增信，同意偏离")
    look(approver, "decision")
    approver.send("/decide")
    _to_the_end(officer, case_id, look)
    told(closed(officer, approver))
    serving = application.state.serving
    history = LoanCases(serving.store).history(case_id)
    assert [event.kind for event in history][-4:] == ["conditions_met", "contracted", "disbursed", "checked"]
    entries = ["--first", str(history[0].journal_entry), "--last", str(history[-1].journal_entry)]
    replayed = CliRunner().invoke(whole_app(), ["journal", "replay", str(serving.path), *entries, "--lang", "en"])
    assert replayed.exit_code == 0, replayed.output
    assert len(list(shots.glob("case_*.png"))) >= 10


def _apply_and_propose(officer: Window, application: FastAPI, look: Look) -> str:
    pair = fresh(application)
    officer.go("/cases/apply")
    officer.page.fill("#q", pair["company"])
    officer.page.click(f'a[href="/cases/apply?company={pair["company"]}"]')
    officer.page.select_option("#product", pair["product"])
    officer.page.select_option("#purpose", pair["purpose"])
    officer.page.fill("#amount", "1000000")
    officer.page.fill("#comment", COMMENT)
    look(officer, "apply")
    officer.send("/cases/apply")
    officer.send("/freeze")
    officer.page.wait_for_selector("#what-if .h4")
    before = officer.page.inner_text("#what-if")
    officer.page.locator("#if-term").fill("6")
    officer.page.wait_for_function("text => document.querySelector('#what-if').innerText !== text", arg=before)
    look(officer, "proposal")
    officer.page.select_option("#recommendation", "approve")
    officer.page.fill('form[action$="/propose"] textarea[name="comment"]', COMMENT)
    officer.page.fill('form[action$="/propose"] textarea[name="override_reason"]', "股东追加保证")
    officer.send("/propose")
    serving = application.state.serving
    rows = cases_of(serving.store, serving.people.find("officer"), "branch", company_id=pair["company"])
    return str(rows[0]["case_id"])


def _to_the_end(officer: Window, case_id: str, look: Look) -> None:
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
    look(officer, "monitored")
    officer.go(f"/cases/{case_id}/docket")
    look(officer, "docket")
    officer.go("/cases")
    look(officer, "list")

"""Work as people click it, in a browser: pledge, consent, money trail, upload with errors, a rule by two people."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import openpyxl
from browsing import Window, closed, names_of, told
from case_steps import COMMENT, own_company
from fastapi import FastAPI
from serve_in_process import Served
from served_city import DAY

from kejin.engines.run_query import rows_of
from kejin.policy.rule_book import RuleBook
from kejin.workflows.value_patents import PATENTS, Valuer
from kejin.workflows.workspace import Workspace

_BEST = """
SELECT publication_number, company_id FROM read_parquet($file)
WHERE in_force AND NOT pending AND pledges = 0 AND patent_kind = 'invention' AND value_cny_low > 10000
ORDER BY value_cny_low DESC LIMIT 5
"""
_LOAN = """SELECT loan_id, company_id FROM loan WHERE split_part(institution_id, '-', 1) = $head
           AND granted_on < DATE '2026-01-01' ORDER BY loan_id LIMIT 1"""
RULE = "titles/star_board/rd_total_cny_min"
ROWS = (
    "institution_id,institution_kind,name,known_on\n"
    "GOODBANK,bank,好银行,2026-01-05\n"
    "BADBANK1,no_such_kind,=cmd|' /C calc'!A0,2026-01-05\n"
    "BADBANK2,bank,坏银行,2026-13-45\n"
)
# Names of the file and its columns and what stands in a cell are shown as they are.
NAMES_IN_FILE = ("institution.csv", *ROWS.splitlines()[0].split(","), "no_such_kind")


# ── a pledge ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pledge_from_the_patents_to_the_register(address: tuple[str, FastAPI], browser: Any, shots: Path) -> None:
    base, application = address
    names = names_of(application)
    officer, approver = (Window.known(browser, base, application, name) for name in ("officer", "approver"))
    company = _check_some_pledge(officer, application)
    faults = officer.look("pledge_check", shots, names)
    officer.send("/pledges")
    number = officer.page.url.rsplit("/", 1)[1]
    paper = officer.save('a[href$="contract.pdf"]', shots)
    assert paper.read_bytes()[:4] == b"%PDF"
    officer.page.fill("#pledgor-signer", "王工")
    officer.page.fill("#pledgee-signer", "李行长")
    officer.click('form[action$="/propose"]:has(#pledgor-signer) button')
    assert officer.page.locator('form[action$="/judge"]').count() == 0  # the maker is not asked to check
    approver.go("/")
    approver.click(f'a[href="/pledges/{number}"]')
    faults += approver.look("pledge_to_check", shots, names)
    approver.click('button[value="approve"]')
    officer.go(f"/pledges/{number}")
    officer.click('form:has(input[value="file"]) button')
    approver.go(f"/pledges/{number}")
    approver.click('button[value="approve"]')
    officer.go(f"/pledges/{number}")
    assert "已登记" in officer.says()
    faults += officer.look("pledge_registered", shots, names)
    auditor = Window.known(browser, base, application, "auditor")
    auditor.go(f"/audit?subject={company}")
    said = auditor.says()
    assert said.count("质押步骤复核通过") == 2 + 1  # two steps, and once in the choice of acts
    assert said.count("质押步骤提交复核") == 2 + 1
    faults += auditor.look("audit_of_pledge", shots, names)
    told(faults + closed(officer, approver, auditor))
    assert application.state.serving.store.journal.verify().ok


def _check_some_pledge(officer: Window, application: FastAPI) -> str:
    """Checks the most valuable patents one after another until one may be pledged; consent is recorded from paper."""
    serving = application.state.serving
    with serving.pool.reader() as reader:
        file = str(Valuer(reader.workspace, DAY).folder / PATENTS)
    for row in serving.rows("best", _BEST, file=file):
        number, company = row["publication_number"], row["company_id"]
        officer.go(f"/companies/{company}")
        if officer.page.locator("#reference").count():
            officer.page.fill("#reference", "授权书 2026-7")
            officer.click(f'form[action="/companies/{company}/consent"] button')
        officer.go("/patents")
        officer.click(f'a[href="/patents/{company}"]')
        officer.click(f'a[href="/pledges/new?company={company}"]')
        officer.page.fill("#loan", "1000")
        officer.page.fill("#months", "6")
        for name in ("patent", "consent", "receipt"):
            officer.page.check(f'input[name="{name}"][value="{number}"]')
        officer.send("/pledges/check")
        if officer.page.locator(".alert-success").count():
            return str(company)
    raise AssertionError("no patent may be pledged")


# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_consent_opens_the_company_and_withdrawal_closes_it(
    address: tuple[str, FastAPI], browser: Any, shots: Path
) -> None:
    base, application = address
    serving, company = application.state.serving, own_company(application)
    owner, officer = (Window.known(browser, base, application, name) for name in ("company", "officer"))
    head = serving.people.find("officer").head_office
    bank = f'form:has(input[name="institution"][value="{head}"]):has(input[value="credit"])'
    owner.go("/self")
    if owner.page.locator(bank).count():
        owner.click(f"{bank} button")
    officer.go(f"/companies/{company}")
    assert officer.page.locator("#reference").count() == 1  # asks for a signed form and shows nothing of the company
    assert officer.page.locator(".kejin-chart").count() == 0
    faults = officer.look("consent_missing", shots, names_of(application))
    owner.page.select_option('#consents select[name="institution"]', head)
    owner.page.select_option('#consents select[name="purpose"]', "credit")
    owner.send("/self/consent")
    officer.go(f"/companies/{company}")
    assert officer.page.locator(".kejin-chart").count() >= 1
    owner.go("/self")
    faults += owner.look("consent_given", shots, names_of(application))
    owner.click(f"{bank} button")
    officer.go(f"/companies/{company}")
    assert officer.page.locator(".kejin-chart").count() == 0
    told(faults + closed(owner, officer))


# ── money ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_verdict_on_a_money_trail_by_two_people(address: tuple[str, FastAPI], browser: Any, shots: Path) -> None:
    base, application = address
    serving, names = application.state.serving, names_of(application)
    head = serving.people.find("risk").head_office
    loan = serving.rows("browsed_loan", _LOAN, head=head)[0]
    for name in ("risk", "approver"):
        purpose = "monitoring" if name == "risk" else "credit"
        serving.consents.say(
            serving.people.find(name), loan["company_id"], head, purpose, given=True, reference="form 9"
        )
    risk, approver = (Window.known(browser, base, application, name) for name in ("risk", "approver"))
    risk.go("/trails?all=1")
    risk.click(f'a[href="/trails/{loan["loan_id"]}"]')
    risk.send("/trace")
    risk.page.wait_for_selector('[data-chart="flow"] canvas')
    risk.page.select_option("#verdict", "more_evidence")
    risk.page.select_option("#grade", "special_mention")
    risk.page.fill("#comment", COMMENT)
    faults = risk.look("trail", shots, names)
    risk.send("/propose")
    assert risk.page.locator('button[value="confirm"]').count() == 0
    approver.go("/")
    approver.click(f'a[href="/trails/{loan["loan_id"]}"]')
    approver.page.fill("#answer-comment", COMMENT)
    approver.click('button[value="confirm"]')
    assert "关注" in approver.says()  # the five-class grade that was proposed
    assert "需补充证据" in approver.says()
    faults += approver.look("trail_judged", shots, names)
    told(faults + closed(risk, approver))
    kinds = [entry.act for entry in serving.store.journal.find(subject=loan["loan_id"])]
    assert kinds[-3:] == ["matter_open", "matter_propose", "matter_confirm"]


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_upload_with_errors_loads_the_good_rows(
    city_workspace: Path, browser: Any, shots: Path, tmp_path: Path
) -> None:
    """On a server of its own process, as people run it: a process does the jobs of one workspace only."""
    shutil.copytree(city_workspace, tmp_path / "workspace")
    file = tmp_path / "institution.csv"
    file.write_text(ROWS, "utf-8")
    server = Served(tmp_path / "workspace", tmp_path / "server.log").start()
    try:
        risk = Window(browser, server.address, "risk")
        risk.log_in()
        faults = _uploaded(risk, file, shots)
        told(faults + closed(risk))
    finally:
        server.end(signal.SIGTERM)
    with Workspace.open(tmp_path / "workspace") as workspace:
        found = rows_of(workspace.backend, "SELECT name FROM institution WHERE institution_id = 'GOODBANK'", {})
    assert [row["name"] for row in found] == ["好银行"]


def _uploaded(risk: Window, file: Path, shots: Path) -> list[str]:
    """From the choice of a file to the rejected rows; the faults of the pages on the way."""
    risk.page.click('a[href="/data"]')
    risk.page.set_input_files("#file", file)
    risk.send("/data/uploads")
    assert "好银行" in risk.says()
    faults = risk.look("upload_preview", shots, NAMES_IN_FILE)
    risk.send("/load")
    risk.page.locator('a[href^="/data/uploads/"]').click(timeout=90_000)  # htmx asks how far the job is
    risk.page.wait_for_selector("text=no_such_kind")
    assert "2026-13-45" in risk.says()
    faults += risk.look("upload_findings", shots, NAMES_IN_FILE)
    book = openpyxl.load_workbook(risk.save('a[href$="/rejected"]', file.parent))
    cells = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {"BADBANK1", "BADBANK2"} <= set(cells)
    assert "GOODBANK" not in cells
    risk.go("/data")
    return faults + risk.look("data_after_load", shots, NAMES_IN_FILE)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_tried_proposed_and_published_by_somebody_else(
    own_address: tuple[str, FastAPI], browser: Any, shots: Path
) -> None:
    base, application = own_address
    names = names_of(application)
    text = RuleBook.shipped().text_of(RuleBook.shipped().file_of(RULE))
    lower = text.replace('"80000000"', '"8000000"')
    risk, approver = (Window.known(browser, base, application, name) for name in ("risk", "approver"))
    risk.go("/rules")
    risk.page.fill('input[name="q"]', "star_board/rd_total")
    risk.click('form[action="/rules"] button')
    risk.click(f'a[href="/rules/show/{RULE}"]')
    faults = risk.look("rule", shots, names)
    risk.page.click("summary")
    risk.page.fill("#text", lower)
    risk.click('button[formaction="/rules/what-if"]')
    assert risk.page.locator("main .alert-info, main table").count() == 1  # what would change, or that nothing would
    faults += risk.look("rule_what_if", shots, names)
    risk.page.fill("#comment", COMMENT)
    risk.click("button.btn-primary")
    own = application.state.serving.path / "overlay" / "rules" / f"{RULE}.yaml"
    assert risk.page.locator('button[value="confirm"]').count() == 0
    assert not own.exists()
    approver.go("/")
    approver.click('a[href^="/rules/proposals/"]')
    approver.page.fill("#answer-comment", COMMENT)
    faults += approver.look("rule_to_publish", shots, names)
    approver.click('button[value="confirm"]')
    assert own.read_text("utf-8") == lower
    assert "机构规则" in approver.says()
    faults += approver.look("rule_published", shots, names)
    told(faults + closed(risk, approver))

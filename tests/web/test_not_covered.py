"""A consent covers the tables that it names: what is made from others is on no page, in no list and no answer."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from case_steps import COMMENT, form
from fastapi import FastAPI
from openpyxl import load_workbook
from served_city import DAY, GROUPS, LogIn

from kejin.app.shown import table_of
from kejin.app.web.company_list import COLUMNS
from kejin.app.web.company_view import KINDS
from kejin.app.web.sections import (
    EVENT_SECTIONS,
    FIGURE_SECTIONS,
    PORTRAIT,
    SECTIONS,
    STANDING_SECTIONS,
    is_covered,
    tables_behind,
)
from kejin.city.tenancies import _USUAL
from kejin.facts.table_groups import GROUPS as TABLE_GROUPS
from kejin.facts.table_groups import tables_of
from kejin.facts.tables import ALL_TABLES

COVERED = ["reports", "loans"]  # what the consent of these tests covers


def _limited(served: FastAPI, groups: list[str], purposes: tuple[str, ...] = ("credit",)) -> str:
    """The demonstration's company, whose consent to the bank covers some groups only."""
    serving = served.state.serving
    owner = serving.people.find("company")
    bank = serving.people.find("officer").head_office
    for purpose in purposes:
        serving.consents.say(owner, owner.company_id, bank, purpose, given=False)
        if groups:
            tables = tables_of(groups)
            serving.consents.say(owner, owner.company_id, bank, purpose, given=True, tables=tables)
    return str(owner.company_id)


def test_every_section_is_declared_with_tables_that_there_are() -> None:
    used = {*PORTRAIT, *EVENT_SECTIONS.values(), *FIGURE_SECTIONS.values(), *STANDING_SECTIONS.values()}
    used |= {one.section for one in COLUMNS.values() if one.section}
    assert used <= set(SECTIONS)
    assert set(EVENT_SECTIONS) == set(KINDS)
    for name, section in SECTIONS.items():
        assert section.tables, name
        assert set(section.tables) <= set(ALL_TABLES), name
        assert is_covered(name, tables_of(TABLE_GROUPS)), name
        assert not is_covered(name, ()), name


def test_a_section_declares_every_table_that_its_figures_are_made_from(served_for_reading: FastAPI) -> None:
    serving = served_for_reading.state.serving
    company = serving.people.find("company").company_id
    profile = serving.kept(("test_profile",), lambda reader: reader.profiler(DAY).profile(company))
    wrong = []
    for figure in profile.figures:
        behind = set(tables_behind(figure.inputs)) | ({"patent"} if figure.group == "patents" else set())
        section = SECTIONS[FIGURE_SECTIONS[figure.group]]
        if not behind <= set(section.tables):
            wrong.append((figure.name, behind - set(section.tables)))
    for answer in (*profile.answers, profile.stage):
        behind = set(tables_behind({name for line in answer.lines for name in line.reads}))
        if not behind <= set(SECTIONS["titles"].tables):
            wrong.append((answer.scheme, behind - set(SECTIONS["titles"].tables)))
    assert wrong == []
    assert table_of("rd_expense_fen_y0") == "annual_report"


def test_every_read_of_a_companys_data_names_its_section() -> None:
    """Where a page is one section, its route says so; a portrait, its history and lists have several."""
    from kejin.app.web.site import Site

    several = {"companies.py", "company_history.py", "self_service.py", "api.py", "case_list.py"}
    folder = Path(Site.__init__.__code__.co_filename).parent / "routes"
    bare = {
        path.name
        for path in folder.glob("*.py")
        for call in re.findall(r"ask\.check_company\(([^\n]*)\)", path.read_text("utf-8"))
        if "section=" not in call and '"decision"' not in call
    }
    assert bare <= several


@pytest.fixture
def limited(served: FastAPI) -> str:
    return _limited(served, COVERED)


def test_a_portrait_shows_what_is_covered_and_names_what_is_not(served: FastAPI, log_in: LogIn, limited: str) -> None:
    officer, whole = log_in(served, "officer"), log_in(served, "company")
    page, full = officer.get(f"/companies/{limited}?lang=en").text, whole.get(f"/companies/{limited}?lang=en").text
    assert page.count("kejin-not-covered") > 5
    assert "kejin-not-covered" not in full
    assert "needs consent to Registry, titles and record" in page
    assert 'id="titles"' in page
    assert 'class="card mb-2" id=' in full  # the card of a title
    assert 'class="card mb-2" id=' not in page
    assert f"/companies/{limited}/lineage/" in full
    assert f"/companies/{limited}/lineage/" not in page
    assert 'data-chart="trend"' in page  # from the annual reports, which are covered
    assert 'data-chart="radar"' not in page
    assert "授权未覆盖" in officer.get(f"/companies/{limited}?lang=zh").text
    assert f'action="/companies/{limited}/consent"' in page


def test_lineage_compare_and_history_hide_the_same(served: FastAPI, log_in: LogIn, limited: str) -> None:
    officer = log_in(served, "officer")
    for figure in ("rd_intensity_1y", "high_tech.1", "inventions_in_force"):
        answer = officer.get(f"/companies/{limited}/lineage/{figure}?lang=en")
        assert answer.status_code == 403, figure
        assert "not covered by the consent" in answer.text
    serving = served.state.serving
    other = min(set(serving.coverage(serving.people.find("officer").head_office, "credit")) - {limited})
    bank, person = serving.people.find("officer").head_office, serving.people.find("officer")
    serving.consents.say(person, other, bank, "credit", given=True, reference="form 7")
    page = officer.get(f"/compare?company={limited}&company={other}&lang=en").text
    assert "not covered by the consent" in page
    assert f"/companies/{other}/lineage/rd_intensity_1y" in page
    assert f"/companies/{limited}/lineage/" not in page
    assert "kejin-not-covered" in officer.get(f"/companies/{limited}/history").text


def test_pages_of_one_section_are_refused_in_words(served: FastAPI, log_in: LogIn) -> None:
    company = _limited(served, COVERED, ("credit", "monitoring"))
    officer = log_in(served, "officer")
    answer = officer.get(f"/patents/{company}?lang=en")
    assert answer.status_code == 403
    assert "Patents and R&amp;D" in answer.text
    bank = served.state.serving.people.find("officer").head_office
    sql = "SELECT min(loan_id) AS id FROM loan WHERE company_id = $c AND starts_with(institution_id, $b)"
    loan = served.state.serving.rows("a_loan", sql, c=company, b=bank)
    trail = log_in(served, "risk").get(f"/trails/{loan[0]['id']}?lang=zh")
    assert trail.status_code == 403
    assert "账户与资金流水" in trail.text
    assert officer.get(f"/pledges/new?company={company}").status_code == 403


def test_lists_leave_uncovered_columns_out_and_say_so(served: FastAPI, log_in: LogIn, limited: str) -> None:
    query = f"as_of={DAY}&q={limited}&column=company_id&column=stage&column=patents_in_force"

    def exported() -> list[Any]:
        answer = log_in(served, "officer").get(f"/lists/export?lang=en&{query}")
        return list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))[1]

    said = "not covered by the consent"
    assert list(exported()) == [limited, said, said]
    assert said in log_in(served, "officer").get(f"/lists?lang=en&{query}").text

    def found_by_stage() -> bool:
        pages = [log_in(served, "officer").get(f"/lists?lang=en&{query}&stage={stage}").text for stage in (1, 2, 3)]
        return any(f">{limited}</td>" in page for page in pages)

    assert not found_by_stage()  # no filter tells a hidden value
    _limited(served, GROUPS)
    assert said not in exported()
    assert found_by_stage()


def test_the_interface_leaves_out_and_names(served: FastAPI, log_in: LogIn, limited: str) -> None:
    officer = log_in(served, "officer")
    found = officer.get(f"/api/companies/{limited}/evaluation?lang=en").json()
    names = {one["section"] for one in found["not_covered"]}
    assert {"titles", "research_figures", "patent_figures", "identity"} <= names
    assert found["figures"] == found["answers"] == found["titles"] == found["strengths"] == []
    assert found["stage"] is None
    assert {one["table"] for one in found["sources"]} <= tables_of(COVERED)
    assert found["inputs"]
    assert all(set(tables_behind([one["name"]])) <= tables_of(COVERED) for one in found["inputs"])
    patents = officer.get(f"/api/companies/{limited}/patents").json()
    assert patents["values"] == patents["portfolio"] == []
    assert patents["not_covered"][0]["section"] == "patent_values"
    assert "research" in patents["not_covered"][0]["groups"]
    _limited(served, GROUPS)
    again = officer.get(f"/api/companies/{limited}/evaluation").json()
    assert again["not_covered"] == []
    assert again["answers"]
    assert again["figures"]


def test_applying_needs_consent_to_all_that_the_decision_reads(served: FastAPI, log_in: LogIn, limited: str) -> None:
    for name, other in (
        ("officer", {}),
        ("company", {"branch": served.state.serving.people.find("officer").institution_id}),
    ):
        answer = log_in(served, name).post("/cases/apply?lang=en", data=form(limited, comment=COMMENT, **other))
        assert answer.status_code == 403, name
        assert "Patents and R&amp;D" in answer.text
        assert "Reports and staff" not in answer.text
    _limited(served, [one for one in GROUPS if one not in ("accounts", "insurance")])
    assert log_in(served, "officer").post("/cases/apply", data=form(limited)).status_code == 303


def test_a_form_covers_what_is_ticked_and_the_journal_names_it(served: FastAPI, log_in: LogIn) -> None:
    company = _limited(served, [])
    officer, serving = log_in(served, "officer"), served.state.serving
    paper = {"reference": "F-9"}
    assert officer.post(f"/companies/{company}/consent", data=paper).status_code == 400  # nothing ticked
    assert officer.post(f"/companies/{company}/consent", data=paper | {"group": ["x"]}).status_code == 404
    assert officer.post(f"/companies/{company}/consent", data=paper | {"group": ["tax", "loans"]}).status_code == 303
    held = serving.coverage(serving.people.find("officer").head_office, "credit")[company]
    assert held == tables_of(["tax", "loans"])
    entry = list(serving.store.journal.find(act="consent"))[-1]
    assert set(entry.result["tables"]) == held
    owner = log_in(served, "company")
    page = owner.get("/self?lang=en").text
    assert "Loans and guarantees" in page
    assert page.count('name="group"') == len(GROUPS) == page.count(" checked>")


def test_usual_consents_of_the_city_cover_what_their_purpose_needs() -> None:
    for purpose, sections in {
        "credit": ("decision", "patent_values", "loans"),
        "monitoring": ("warning", "trail", "decision"),
    }.items():
        for section in sections:
            assert is_covered(section, tables_of(_USUAL[purpose])), (purpose, section)

"""The papers: what is on them is what the case says, in both languages, and PDF and JSON carry the same hash."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest
from pledge_steps import CHECKER, JULY, MAKER, desk_of, registered, sound_check

from kejin.app.pledge_papers import write_papers
from kejin.valuation.pledge_states import PledgeCase
from kejin.workflows.pledge_documents import contract_data, registration_form


@pytest.fixture(scope="module")
def case(pledge_home: Path, tmp_path_factory: pytest.TempPathFactory) -> PledgeCase:
    """A registered pledge with a change that is on its way to the office."""
    place = tmp_path_factory.mktemp("papers") / "workspace"
    import shutil

    shutil.copytree(pledge_home, place)
    with desk_of(place) as desk:
        made = registered(desk, place, sound_check(pledge_home))
        desk.propose(made.case_id, "change", MAKER, JULY, {"terms": {"loan_cny": Decimal("800000.50")}})
        return desk.approve(made.case_id, CHECKER, JULY).case


def text_of(path: Path) -> str:
    """The text of a paper without the breaks that its lines and its letters have."""
    document = pypdfium2.PdfDocument(path)
    try:
        return "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    finally:
        document.close()


def test_the_four_papers_say_what_the_case_says(case: PledgeCase, tmp_path: Path) -> None:
    written = write_papers(case, tmp_path / "papers", "zh")
    names = [f"{case.case_id}-{name}.{form}" for name in ("contract", "registration") for form in ("pdf", "json")]
    assert [path.name for path in written] == names
    contract, data = text_of(written[0]), json.loads(written[1].read_text("utf-8"))
    for said in (
        "专利权质押合同数据表",
        "虚拟甲科技（演示）有限公司",
        "演示银行",
        case.terms["pledgor_id"],
        "1,000,000.00",
        "2029-06-30",
        "CN1B",
        "CN2B",
        "150.00万元",
        "300.00万元",
        "银企协商",
        "patents/pledge/ratio",
    ):
        assert said in contract
    assert data["loan_cny"] == "1000000"
    assert data["contract_hash"] in contract
    assert data["contract_hash"] == contract_data(case)["contract_hash"]
    form, filed = text_of(written[2]), json.loads(written[3].read_text("utf-8"))
    assert "变更" in form
    assert "80.00万元" in form
    assert case.registration_number is not None
    assert case.registration_number in form
    assert filed["hash"] in form
    assert filed["changed"] == {"loan_cny": "800000.5"}
    assert filed["contract_hash"] == data["contract_hash"]
    assert not list((tmp_path / "papers").glob("*.part"))


def test_the_papers_in_english(case: PledgeCase, tmp_path: Path) -> None:
    contract = text_of(write_papers(case, tmp_path, "en")[0])
    for said in ("Pledgeofpatents:contractdatasheet", "虚拟甲科技（演示）有限公司", "CNY1,000,000.00", "agreedvalue"):
        assert said in contract


def test_another_term_is_another_hash(case: PledgeCase) -> None:
    other = contract_data(case) | {"loan_cny": Decimal(1)}
    assert other["contract_hash"] == contract_data(case)["contract_hash"], "the hash is of what it was made of"
    from dataclasses import replace

    changed = replace(case, terms={**case.terms, "loan_cny": Decimal(1)})
    assert contract_data(changed)["contract_hash"] != contract_data(case)["contract_hash"]
    assert registration_form(changed)["contract_hash"] == contract_data(changed)["contract_hash"]

"""The papers of a pledge: contract data sheet and registration form, each as PDF and as JSON of the same data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from kejin.app.pledge_text import KIND_WORDS, STATE_WORDS, STEP_WORDS, word
from kejin.app.write_pdf import TEMPLATES, write_pdf
from kejin.errors import Lang
from kejin.journal import value_hash
from kejin.units import money_text, percent_text
from kejin.valuation.pledge_reasons import ROUTE_REASONS, ROUTE_WORDS
from kejin.valuation.pledge_states import PledgeCase
from kejin.workflows.pledge_documents import contract_data, registration_form

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "contract": "专利权质押合同数据表",
        "form": "专利权质押登记数据表",
        "parties": "当事人",
        "pledgor": "出质人",
        "pledgor_id": "统一社会信用代码",
        "pledgee": "质权人",
        "loan": "被担保债权",
        "amount": "债权金额",
        "exact": "金额（元）",
        "from": "起始日",
        "until": "到期日",
        "value": "价值",
        "route": "定价方式",
        "why": "依据",
        "pledge": "质押价值",
        "patents": "出质专利",
        "number": "公开（公告）号",
        "kind": "类型",
        "filed": "申请日",
        "granted": "授权日",
        "expires": "期满日",
        "basis": "采用价值",
        "factor": "处置系数",
        "ratio": "质押率",
        "consent": "共有人同意或单独所有证明",
        "yes": "已提交",
        "no": "—",
        "step": "登记事项",
        "registration": "登记编号",
        "changed": "变更内容",
        "contract_hash": "合同数据哈希",
        "hash": "数据哈希（SHA-256）：",
        "state": "状态：{state}，版本 {version}",
        "notice": "本表由所列数据生成，与同名 JSON 文件一致；并非主管机关的法定表格。{unverified}",
        "unverified": "所用规则中未经核实的：{names}。",
        "open": "起草时待定事项：{names}。",
        "sign_pledgor": "出质人（签署）",
        "sign_pledgee": "质权人（签署）",
    },
    "en": {
        "contract": "Pledge of patents: contract data sheet",
        "form": "Pledge of patents: registration form data",
        "parties": "Parties",
        "pledgor": "Pledgor",
        "pledgor_id": "Unified social credit code",
        "pledgee": "Pledgee",
        "loan": "Claim secured",
        "amount": "Amount",
        "exact": "Amount in CNY",
        "from": "From",
        "until": "Until",
        "value": "Value",
        "route": "Way of valuing",
        "why": "Because",
        "pledge": "Pledge value",
        "patents": "Patents pledged",
        "number": "Publication number",
        "kind": "Kind",
        "filed": "Filed",
        "granted": "Granted",
        "expires": "Expires",
        "basis": "Value taken",
        "factor": "Disposal",
        "ratio": "Ratio",
        "consent": "Co-owners' consent or proof of sole ownership",
        "yes": "handed in",
        "no": "—",
        "step": "To be entered",
        "registration": "Registration number",
        "changed": "Changes",
        "contract_hash": "Hash of the contract's data",
        "hash": "hash of the data (SHA-256):",
        "state": "{state}, version {version}",
        "notice": "Made from the data listed, as in the JSON file beside it; no authority's own form. {unverified}",
        "unverified": "Unverified rules used: {names}.",
        "open": "Open when drafted: {names}.",
        "sign_pledgor": "Pledgor (signature)",
        "sign_pledgee": "Pledgee (signature)",
    },
}


def write_papers(case: PledgeCase, folder: Path, lang: Lang) -> list[Path]:
    """The four files of a case in a folder, named by case and paper; what is there is replaced.

    Raises InputError app.file_not_written, app.font_absent.
    """
    papers = {"contract": contract_data(case), "registration": registration_form(case)}
    shown = {"contract": _contract(case, lang), "registration": _form(case, papers["registration"], lang)}
    written = []
    for name, data in papers.items():
        place = folder / f"{case.case_id}-{name}.pdf"
        written.append(write_pdf(TEMPLATES / "pledge_paper.typ", shown[name], place, lang, case.last_day))
        beside = place.with_suffix(".json")
        text = json.dumps(data | {"hash": paper_hash(data)}, ensure_ascii=False, indent=2, default=plain)
        beside.with_name(beside.name + ".part").write_text(text + "\n", "utf-8")
        beside.with_name(beside.name + ".part").replace(beside)
        written.append(beside)
    return written


def plain(value: object) -> object:
    """A value as JSON holds it: amounts as text, so that no digit is lost; days as YYYY-MM-DD."""
    return str(value)


def paper_hash(data: Mapping[str, Any]) -> str:
    """What stands in the foot of a paper: the contract's own hash, or the hash of the form's data."""
    return value_hash(data) if data["format"].startswith("kejin.pledge_registration") else data["contract_hash"]


def _contract(case: PledgeCase, lang: Lang) -> dict[str, Any]:
    texts, terms = _TEXTS[lang], case.terms
    names = ("number", "kind", "filed", "granted", "expires", "basis", "factor", "ratio", "pledge")
    rows = [
        [*_patent(patent, lang), _money(patent["basis_cny"], lang)]
        + [percent_text(patent[name], 1, lang) for name in ("disposal_factor", "ratio")]
        + [_money(patent["pledge_cny"], lang)]
        for patent in terms["patents"]
    ]
    value = [
        [texts["route"], word(ROUTE_WORDS, terms["route"], lang)],
        [texts["why"], word(ROUTE_REASONS, terms["route_reason"], lang)],
        [texts["pledge"], _money(terms["pledge_cny"], lang)],
    ]
    sections = [
        *_parties(terms, lang),
        {"title": texts["value"], "rows": value},
        {"title": texts["patents"], "table": {"columns": [texts[name] for name in names], "rows": rows}},
        {"title": texts["consent"], "rows": _consents(terms, lang)},
    ]
    signatures = [
        {"label": texts["sign_pledgor"], "name": terms["pledgor_name"]},
        {"label": texts["sign_pledgee"], "name": terms["pledgee_name"]},
    ]
    data = contract_data(case)
    return _paper("contract", case, paper_hash(data), sections, lang) | {"signatures": signatures}


def _form(case: PledgeCase, form: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    texts = _TEXTS[lang]
    names = ("number", "kind", "filed", "granted", "expires")
    head = [
        [texts["step"], word(STEP_WORDS, form["step"] or "—", lang)],
        [texts["registration"], form["registration_number"] or "—"],
        [texts["contract_hash"], form["contract_hash"]],
    ]
    if form["changed"]:
        changes = "；".join(f"{texts[_CHANGED[name]]}：{_plain(new, lang)}" for name, new in form["changed"].items())
        head.append([texts["changed"], changes])
    rows = [_patent(patent, lang) for patent in form["patents"]]
    sections = [
        {"title": texts["step"], "rows": head},
        *_parties(form, lang),
        {"title": texts["patents"], "table": {"columns": [texts[name] for name in names], "rows": rows}},
        {"title": texts["consent"], "rows": _consents(case.terms, lang)},
    ]
    return _paper("form", case, paper_hash(form), sections, lang) | {"signatures": []}


_CHANGED = {"loan_cny": "amount", "loan_until": "until", "pledgee_name": "pledgee"}


def _paper(title: str, case: PledgeCase, digest: str, sections: list[dict[str, Any]], lang: Lang) -> dict[str, Any]:
    texts, terms = _TEXTS[lang], case.terms
    said = []
    if terms["unverified"]:
        said.append(texts["unverified"].format(names=", ".join(terms["unverified"])))
    if terms["open_reasons"]:
        said.append(texts["open"].format(names=", ".join(terms["open_reasons"])))
    state = texts["state"].format(state=word(STATE_WORDS, case.state, lang), version=case.version)
    return {
        "title": texts[title],
        "subtitle": f"{case.case_id} · {state}",
        "case": case.case_id,
        "hash_label": texts["hash"],
        "hash": digest,
        "sections": sections,
        "notice": texts["notice"].format(unverified=" ".join(said)),
    }


def _parties(terms: Mapping[str, Any], lang: Lang) -> list[dict[str, Any]]:
    texts = _TEXTS[lang]
    parties = [
        [texts["pledgor"], terms["pledgor_name"]],
        [texts["pledgor_id"], terms["pledgor_id"]],
        [texts["pledgee"], terms["pledgee_name"]],
    ]
    loan = [
        [texts["amount"], _money(terms["loan_cny"], lang)],
        [texts["exact"], f"{terms['loan_cny']:,.2f}"],
        [texts["from"], str(terms["loan_from"])],
        [texts["until"], str(terms["loan_until"])],
    ]
    return [{"title": texts["parties"], "rows": parties}, {"title": texts["loan"], "rows": loan}]


def _patent(patent: Mapping[str, Any], lang: Lang) -> list[str]:
    days = [str(patent[name] or "—") for name in ("filed_on", "granted_on", "expires_on")]
    return [patent["publication_number"], word(KIND_WORDS, patent["kind"], lang), *days]


def _consents(terms: Mapping[str, Any], lang: Lang) -> list[list[str]]:
    texts = _TEXTS[lang]
    return [
        [patent["publication_number"], texts["yes"] if patent["consent"] else texts["no"]]
        for patent in terms["patents"]
    ]


def _money(amount: Decimal | None, lang: Lang) -> str:
    return money_text(amount, lang)


def _plain(value: object, lang: Lang) -> str:
    return money_text(value, lang) if isinstance(value, Decimal) else str(value)

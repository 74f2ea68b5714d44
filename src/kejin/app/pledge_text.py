"""How are pledges shown? Checks, cases and cover as sentences and rows, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from rich.console import Console
from rich.table import Table

from kejin.errors import Lang
from kejin.units import money_text, percent_text
from kejin.valuation.pledge_checks import CheckResult
from kejin.valuation.pledge_reasons import BY_CODE, CHECKS, END_WORDS, ROUTE_REASONS, ROUTE_WORDS
from kejin.valuation.pledge_states import PledgeCase, steps_open
from kejin.valuation.pledge_value import ROUTES
from kejin.workflows.check_pledge import PledgeCheck
from kejin.workflows.watch_pledges import CoverRow

_PLACE = {"zh": 0, "en": 1}
_YUAN_MAX = Decimal(10) ** 15
KIND_WORDS: Mapping[str, tuple[str, str]] = {
    "invention": ("发明", "invention"),
    "utility_model": ("实用新型", "utility model"),
    "design": ("外观设计", "design"),
}
STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "drafted": ("已起草", "drafted"),
    "signed": ("已签署", "signed"),
    "filed": ("已送登记", "filed"),
    "registered": ("已登记", "registered"),
    "changed": ("已变更", "changed"),
    "released": ("已注销", "released"),
    "refused": ("已拒绝", "refused"),
}
STEP_WORDS: Mapping[str, tuple[str, str]] = {
    "sign": ("签署", "sign"),
    "file": ("送登记", "file"),
    "change": ("变更", "change"),
    "release": ("注销", "release"),
    "refuse": ("拒绝", "refuse"),
}
ALERT_WORDS: Mapping[str, tuple[str, str]] = {
    "patent_barred": ("有专利已不能质押", "a patent may no longer be pledged"),
    "value_unknown": ("有专利价值未知", "the value of a patent is unknown"),
    "cover_below_minimum": ("质押价值不足以覆盖贷款", "the pledge value no longer covers the loan"),
}
_RESULT_WORDS = {
    "pass": ("通过", "pass"),
    "fail": ("不通过", "FAIL"),
    "open": ("待定", "open"),
    "note": ("提示", "note"),
}
_ANSWERS = {
    "yes": ("可以质押", "may be pledged"),
    "no": ("不可质押", "may not be pledged"),
    "open": ("待定", "open"),
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "patent": "patent",
        "check": "check",
        "result": "result",
        "reason": "reason",
        "loan": "the loan",
        "answer": "{pledgor}, as of {as_of}: {answer}. Loan {loan}, pledge value {pledge}.",
        "basis": "value taken",
        "factor": "disposal",
        "ratio": "ratio",
        "pledge": "pledge value",
        "kind": "kind",
        "route": "way of valuing: {reason}; these will do: {allowed}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "entry": "journal entry {entry}",
        "case": "case",
        "state": "state",
        "version": "version",
        "pledgor": "pledgor",
        "pledgee": "pledgee",
        "amount": "loan",
        "until": "loan until",
        "registered": "registration",
        "waits": "waits for",
        "next": "next steps: {steps}",
        "checker": "{step}: a checker other than {maker}",
        "office": "{step}: the office's answer ({receipt})",
        "unsent": "not sent yet",
        "none": "no pledges",
        "taken": "{case}: {state} (version {version}); journal entry {entry}",
        "outstanding": "outstanding",
        "cover": "cover",
        "alerts": "alerts",
        "moved": "moved since draft",
        "fine": "none",
        "written": "written: {path}",
        "nothing": "the office has nothing to answer",
        "refused_by_office": "{case}: the office refused {step}: {reason}",
    },
    "zh": {
        "patent": "专利",
        "check": "核查项",
        "result": "结果",
        "reason": "原因",
        "loan": "贷款整体",
        "answer": "{pledgor}，截至 {as_of}：{answer}。贷款 {loan}，质押价值 {pledge}。",
        "basis": "采用价值",
        "factor": "处置系数",
        "ratio": "质押率",
        "pledge": "质押价值",
        "kind": "类型",
        "route": "定价方式：{reason}；可用：{allowed}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "entry": "日志第 {entry} 条",
        "case": "编号",
        "state": "状态",
        "version": "版本",
        "pledgor": "出质人",
        "pledgee": "质权人",
        "amount": "贷款",
        "until": "贷款到期",
        "registered": "登记",
        "waits": "等待",
        "next": "可办理步骤：{steps}",
        "checker": "{step}：由 {maker} 以外的人复核",
        "office": "{step}：登记机构答复（{receipt}）",
        "unsent": "尚未送出",
        "none": "没有质押",
        "taken": "{case}：{state}（版本 {version}）；日志第 {entry} 条",
        "outstanding": "未偿本金",
        "cover": "覆盖倍数",
        "alerts": "预警",
        "moved": "起草以来变动",
        "fine": "无",
        "written": "已写出：{path}",
        "nothing": "登记机构没有待答复的事项",
        "refused_by_office": "{case}：登记机构不予办理{step}：{reason}",
    },
}


def word(words: Mapping[str, tuple[str, str]], code: str, lang: Lang) -> str:
    """The word of a code; a code without one stands for itself."""
    return words[code][_PLACE[lang]] if code in words else code


def sentence(one: CheckResult, lang: Lang) -> str:
    """A check's reason as a sentence with its figures written for a reader; empty for a check that passed."""
    if one.code is None:
        return ""
    return BY_CODE[one.code].sentence(lang, {name: _shown(name, value, lang) for name, value in one.details.items()})


def _shown(name: str, value: Any, lang: Lang) -> Any:
    match name, value:
        case _, Decimal():
            return money_text(value, lang)
        case _, date():
            return value.isoformat()
        case "route", str():
            return word(ROUTE_WORDS, value, lang)
        case "why", str():
            return word(ROUTE_REASONS, value, lang)
        case "kind", str():
            return word(KIND_WORDS, value, lang)
        case "end_reason", str():
            return word(END_WORDS, value, lang)
        case "allowed", tuple() | list():
            return ("、" if lang == "zh" else ", ").join(word(ROUTE_WORDS, one, lang) for one in value)
    return value


def check_rows(check: PledgeCheck, lang: Lang) -> list[dict[str, Any]]:
    """One row a check, as `--out` writes it."""
    return [
        {
            "publication_number": one.publication_number,
            "check": one.check,
            "check_name": word(CHECKS, one.check, lang),
            "result": one.result,
            "code": one.code,
            "reason": sentence(one, lang) or None,
        }
        for one in check.answer.results
    ]


def print_check(check: PledgeCheck, lang: Lang, console: Console) -> None:
    """The checks, the values, the answer."""
    texts, answer = TEXTS[lang], check.answer
    table = Table(texts["patent"], texts["check"], texts["result"], texts["reason"])
    for one in answer.results:
        place = one.publication_number or texts["loan"]
        table.add_row(
            place, word(CHECKS, one.check, lang), _RESULT_WORDS[one.result][_PLACE[lang]], sentence(one, lang)
        )
    console.print(table)
    if answer.values:
        values = Table(*(texts[name] for name in ("patent", "basis", "factor", "ratio", "pledge")))
        for number, value in answer.values.items():
            figures = (percent_text(value.disposal_factor, 1), percent_text(value.ratio, 1))
            values.add_row(number, money_text(value.basis_cny, lang), *figures, money_text(value.pledge_cny, lang))
        console.print(values)
    said = texts["answer"].format(
        pledgor=check.pledgor_name,
        as_of=check.request.as_of,
        answer=_ANSWERS[answer.answer][_PLACE[lang]],
        loan=money_text(check.request.loan_cny, lang),
        pledge=money_text(answer.pledge_cny, lang),
    )
    console.print(said, markup=False, highlight=False, soft_wrap=True)
    allowed = _shown("allowed", [one for one in ROUTES if one in answer.route.allowed], lang)
    reason = word(ROUTE_REASONS, answer.route.reason, lang)
    console.print(texts["route"].format(reason=reason, allowed=allowed), markup=False, highlight=False, soft_wrap=True)


def case_row(case: PledgeCase, lang: Lang) -> dict[str, Any]:
    """One case as a row."""
    terms = case.terms
    return {
        "case": case.case_id,
        "state": case.state,
        "state_name": word(STATE_WORDS, case.state, lang),
        "version": case.version,
        "pledgor_id": terms["pledgor_id"],
        "pledgor_name": terms["pledgor_name"],
        "pledgee_name": terms["pledgee_name"],
        "patents": ";".join(patent["publication_number"] for patent in terms["patents"]),
        "loan_cny": terms["loan_cny"],
        "loan_until": terms["loan_until"],
        "pledge_cny": terms["pledge_cny"],
        "registration_number": case.registration_number,
        "registered_on": case.registered_on,
        "waits_for": waits_for(case, lang),
    }


def waits_for(case: PledgeCase, lang: Lang) -> str | None:
    """Whom a case waits for, as a sentence; None where nothing is under way."""
    texts = TEXTS[lang]
    if case.proposed is not None:
        return texts["checker"].format(step=word(STEP_WORDS, case.proposed, lang), maker=case.maker)
    if case.outstanding is not None:
        receipt = case.receipt or texts["unsent"]
        return texts["office"].format(step=word(STEP_WORDS, case.outstanding, lang), receipt=receipt)
    return None


def print_cases(cases: Sequence[PledgeCase], lang: Lang, console: Console) -> None:
    """Cases as a table; of a single one also what may come next."""
    texts = TEXTS[lang]
    if not cases:
        console.print(texts["none"])
        return
    names = ("case", "state", "version", "pledgor", "pledgee", "amount", "until", "registered", "waits")
    table = Table(*(texts[name] for name in names))
    for case in cases:
        row = case_row(case, lang)
        figures = (money_text(row["loan_cny"], lang), str(row["loan_until"]), row["registration_number"] or "")
        whom = (row["pledgor_name"], row["pledgee_name"])
        table.add_row(case.case_id, row["state_name"], str(case.version), *whom, *figures, row["waits_for"] or "")
    console.print(table)
    if len(cases) == 1 and (steps := steps_open(cases[0])):
        shown = ", ".join(f"{step} ({word(STEP_WORDS, step, lang)})" for step in steps)
        console.print(texts["next"].format(steps=shown), markup=False, highlight=False, soft_wrap=True)


def cover_row(row: CoverRow, lang: Lang) -> dict[str, Any]:
    """The cover of one case as a row."""
    return {
        "case": row.case.case_id,
        "pledgor_id": row.case.terms["pledgor_id"],
        "outstanding_cny": row.cover.outstanding_cny,
        "pledge_cny": row.cover.pledge_cny,
        "cover_ratio": None if row.cover.ratio is None else round(row.cover.ratio, 4),
        "alerts": ";".join(row.cover.alerts) or None,
        "reasons": ";".join(dict.fromkeys(one.code or "" for one in row.check.answer.reasons)) or None,
        "moved_cny": row.movement.total_cny,
        "moved_by_value_cny": row.movement.value_cny,
        "moved_by_disposal_factor_cny": row.movement.disposal_factor_cny,
        "moved_by_ratio_cny": row.movement.ratio_cny,
        "moved_by_patents_cny": row.movement.fallen_out_cny,
        "alert_text": ("；" if lang == "zh" else "; ").join(word(ALERT_WORDS, one, lang) for one in row.cover.alerts)
        or None,
    }


def print_cover(rows: Sequence[CoverRow], lang: Lang, console: Console) -> None:
    """Which pledges still cover their loans?"""
    texts = TEXTS[lang]
    if not rows:
        console.print(texts["none"])
        return
    table = Table(*(texts[name] for name in ("case", "pledge", "outstanding", "cover", "moved", "alerts", "reason")))
    for row in rows:
        shown = cover_row(row, lang)
        ratio = "—" if row.cover.ratio is None else f"{row.cover.ratio:.2f}"
        money = (money_text(row.cover.pledge_cny, lang), money_text(row.cover.outstanding_cny, lang))
        reasons = " ".join(dict.fromkeys(sentence(one, lang) for one in row.barring))
        moved = money_text(row.movement.total_cny, lang)
        table.add_row(row.case.case_id, *money, ratio, moved, shown["alert_text"] or texts["fine"], reasons)
    console.print(table)


def yuan_of(text: str) -> Decimal | None:
    """Yuan as written, with commas allowed; None where it is no amount of whole fen, which is never rounded to one."""
    try:
        amount = Decimal(text.replace(",", "").replace("，", "").strip())
    except InvalidOperation:
        return None
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 or abs(amount) >= _YUAN_MAX:
        return None
    return amount.quantize(Decimal("0.01"))

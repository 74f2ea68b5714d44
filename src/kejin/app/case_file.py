"""Writing the case file of one loan: JSON for programs, Excel for a desk, a page with the picture for a reader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kejin import __version__
from kejin.app.page_files import write_page
from kejin.app.page_words import words_of
from kejin.app.shown import CONFIDENCES
from kejin.app.trace_labels import CLASS_LABELS, GRADE_LABELS, VERDICT_LABELS
from kejin.errors import InputError, UseError
from kejin.schemes.scheme import Label
from kejin.units import from_fen, money_text, percent_text

STEPS_SHOWN = 400
LAYER_PIXELS = 112
Case = Mapping[str, Any]
RULE_LABELS = {
    "lifo": Label("后进先出", "last in, first out"),
    "loan_first": Label("贷款先出（上限）", "loan first (upper)"),
    "pro_rata": Label("按比例", "pro rata"),
    "fifo": Label("先进先出", "first in, first out"),
    "lowest_balance": Label("最低中间余额（下限）", "lowest intermediate balance (lower)"),
}
TIE_LABELS = {
    "ownership": Label("股权", "ownership"),
    "controller": Label("实际控制人", "actual controller"),
    "legal_representative": Label("法定代表人", "legal representative"),
    "address": Label("同一地址", "same address"),
    "phone": Label("同一电话", "same telephone"),
}
_WORDS = {
    "case": ("资金去向案卷", "Case file: where the money went"),
    "paid_out": ("所见放款", "Paid out, as seen"),
    "strength": ("迹象强度", "Strength of evidence"),
    "no_probability": ("不是概率", "no probability"),
    "in_sight": ("可见比例", "In sight"),
    "returned": ("回流", "Returned"),
    "by_chance": ("偶然出现同等回流", "chance of such a return"),
    "grade": ("分类建议", "Grade proposed"),
    "at_least": ("至少", "at least"),
    "at_most": ("至多", "at most"),
    "none": ("无", "none"),
    "picture": ("资金流向图", "Picture of the money"),
    "picture_note": (
        "自左至右为层数；线宽为贷款资金金额；颜色为去向。账户过多时，同层同类的小额账户合并显示。",
        (
            "From left to right hop by hop; the width is the loan’s money, the colour the kind of place. "
            "Where there are too many accounts, small ones of one hop and kind stand together."
        ),
    ),
    "band": ("各归属规则下的金额区间", "The band over all rules of attribution"),
    "band_note": (
        "资金混同后的归属取决于约定，因此给出区间，不给出单一数字。经过的地方逐一计入，各行不可相加。",
        (
            "Mixing makes attribution a convention: so a band is given, not one figure. "
            "Money counts in every place that it passed, so lines do not add up."
        ),
    ),
    "place": ("去向", "Place"),
    "conservation": ("守恒", "Every fen accounted for"),
    "conservation_note": ("放款 = 期末各处停留 + 零星小额，精确到分", "Paid out = where it stayed + dust, to the fen"),
    "dust": ("零星小额", "Dust"),
    "findings": ("提示", "Findings"),
    "code": ("代码", "Code"),
    "finding": ("内容", "Finding"),
    "share": ("占比", "Share"),
    "needed": ("起点", "From"),
    "raised": ("成立", "Raised"),
    "entrusted": ("受托支付", "Entrusted payment"),
    "transfer": ("流水号", "Transfer"),
    "amount": ("金额", "Amount"),
    "verdict": ("判断", "Verdict"),
    "related": ("路径上的关联账户", "Related accounts on the trail"),
    "account": ("账户", "Account"),
    "holder": ("户主", "Holder"),
    "ties": ("依据", "By"),
    "steps": ("路径", "Steps"),
    "steps_note": (
        "仅显示金额最大的 {shown} 步，共 {all} 步；JSON 和 Excel 中有全部",
        "the {shown} largest of {all} steps; JSON and Excel hold all",
    ),
    "hop": ("层", "Hop"),
    "time": ("时间", "Time"),
    "from": ("付款账户", "From"),
    "to": ("收款账户", "To"),
    "memo": ("摘要", "Memo"),
    "loan_money": ("贷款资金", "Loan’s money"),
    "rules_used": ("所用规则", "Rules used"),
    "rule": ("规则", "Rule"),
    "document": ("文件", "Document"),
    "confidence": ("可信度", "Confidence"),
    "rows": ("数据提示", "About the rows"),
    "accounts": ("个账户", "accounts"),
    "arrived": ("到达", "arrived"),
    "stayed": ("停留", "stayed"),
    "bounds": ("追踪界限", "Bounds"),
    "bounds_text": (
        "{hops} 层、{days} 日、不足 {dust} 不再追踪",
        "{hops} hops, {days} days, pieces below {dust} not followed",
    ),
    "entry": ("日志", "Journal entry"),
    "hash": ("结果哈希", "Hash of the result"),
}  # fmt: skip


def write_case_file(case: Case, path: Path, lang: str) -> None:
    """Write a case to .json, .xlsx or .html, whole or not at all.

    Raises UseError monitoring.case_suffix_unknown; InputError app.file_not_written.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UseError("monitoring.case_suffix_unknown", path=path)
    writer(case, Path(path), "zh" if lang == "zh" else "en")


def _say(lang: str) -> dict[str, str]:
    return {name: pair[0 if lang == "zh" else 1] for name, pair in _WORDS.items()}


def _whole(path: Path, write: Any) -> None:
    beside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise InputError("app.file_not_written", path=path, said=error.strerror or str(error)) from error


def _json(case: Case, path: Path, _: str) -> None:
    _whole(path, lambda beside: beside.write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n", "utf-8"))


def _page(case: Case, path: Path, lang: str) -> None:
    write_page("case.html", "case.js", case_view(case, lang), path, single_file=True)


def _excel(case: Case, path: Path, lang: str) -> None:
    """One sheet each: summary, band, findings, entrusted payments, related accounts, steps, rules."""
    _whole(path, lambda beside: _sheets(case, beside, lang))


def _sheets(case: Case, path: Path, lang: str) -> None:
    import xlsxwriter

    say = _say(lang)
    view = case_view(case, lang)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#12395B", "font_color": "#FFFFFF"})
        money = book.add_format({"num_format": "#,##0.00"})

        def sheet(name: str, head: list[str], rows: list[list[Any]]) -> None:
            one = book.add_worksheet(name.partition(":")[0][:31])
            one.freeze_panes(1, 0)
            for place, title in enumerate(head):
                one.write_string(0, place, title, bold)
                one.set_column(place, place, 20)
            for number, row in enumerate(rows, 1):
                for place, cell in enumerate(row):
                    if isinstance(cell, int | float) and not isinstance(cell, bool):
                        one.write_number(number, place, cell, money)
                    elif cell is not None:
                        one.write_string(number, place, str(cell))

        sheet(say["case"], ["", ""], [[term, text] for term, text in view["facts"]])
        rules = list(RULE_LABELS)
        sheet(
            say["band"], [say["place"], say["at_least"], say["at_most"], *(RULE_LABELS[r].of(lang) for r in rules)],
            [[_place(one["place"], lang), *(one[k] / 100 for k in ("least", "most", *rules))] for one in case["band"]],
        )  # fmt: skip
        sheet(
            say["findings"], [say["code"], say["finding"], say["share"], say["needed"], say["raised"]],
            [[one["code"].upper(), one["zh" if lang == "zh" else "en"], one["share"], one["needed"],
              "●" if one["raised"] else ""] for one in (*case["typologies"], *case["flags"])],
        )  # fmt: skip
        sheet(say["entrusted"], [say["transfer"], say["amount"], say["verdict"]],
              [[one["transfer_id"], one["fen"] / 100, VERDICT_LABELS[one["verdict"]].of(lang)]
               for one in case["entrusted_payments"]])  # fmt: skip
        sheet(say["related"], [say["account"], say["holder"], say["ties"]],
              [[one["account_id"], one["holder"], _ties(one["ties"], lang)]
               for one in case["related_accounts"]])  # fmt: skip
        names = ("step", "parent", "hop", "transfer_id", "happened_at", "from_account_id", "to_account_id", "end_class",
                 "memo", "transfer_fen", "loan_money_fen", "kept_fen", "dust_fen")  # fmt: skip
        sheet(say["steps"], list(names), [
            [one[name] / 100 if name.endswith("_fen") else one[name] for name in names] for one in case["steps"]
        ])  # fmt: skip
        sheet(say["rules_used"], [say["rule"], say["document"], say["confidence"]],
              [[one["rule"], one["document"], one["confidence"]] for one in case["rules_used"]])  # fmt: skip


def _place(name: str, lang: str) -> str:
    return str(CLASS_LABELS[name].of(lang))


def _ties(ties: list[str], lang: str) -> str:
    return (
        "、".join(TIE_LABELS[one].of(lang) for one in ties)
        if lang == "zh"
        else ", ".join(TIE_LABELS[one].of(lang) for one in ties)
    )


def case_view(case: Case, lang: str) -> dict[str, Any]:
    """What the page shows, every amount as text; `data` is what the picture is drawn from."""
    say, loan = _say(lang), case["loan"]
    key = "zh" if lang == "zh" else "en"

    def money(fen: int | None) -> str:
        return money_text(None if fen is None else from_fen(fen), lang)

    largest = sorted(case["steps"], key=lambda step: -step["loan_money_fen"])[:STEPS_SHOWN]
    shown = {step["step"] for step in largest}
    words = words_of(lang)
    findings = sorted([*case["typologies"], *case["flags"]], key=lambda one: not one["raised"])
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "t": {**{name: words[name] for name in ("brand", "no_charts", "chart_data", "advice", "synthetic")}, **say},
        "synthetic": any("synthetic" in str(one.get("source", "")) for one in case["steps"][:1]),
        "title": f"{say['case']} · {loan['loan_id']}",
        "company": loan["company_id"],
        "days": [(words["as_of"], case["as_of"]), (say["rule"], RULE_LABELS[case["rule"]].of(lang)),
                 (words["edition"], case["rule_edition"][:12])],
        **_figures(case, lang),
        "height": _height(case["picture"]["nodes"]),
        "width": _width(case["picture"]["nodes"]),
        "band": [(_place(one["place"], lang), money(one["least"]), money(one["most"]),
                  [money(one[rule]) for rule in RULE_LABELS]) for one in case["band"]],
        "rule_names": [label.of(lang) for label in RULE_LABELS.values()],
        "conservation": [(say["paid_out"] if name == "paid_out" else say["dust"] if name == "dust" else
                          _place(name, lang), money(fen)) for name, fen in case["conservation"].items()],
        "findings": [(one["code"].upper(), one[key], percent_text(one["share"], 1, lang),
                      percent_text(one["needed"], 0, lang), one["raised"])
                     for one in findings],
        "entrusted": [(one["transfer_id"], money(one["fen"]), VERDICT_LABELS[one["verdict"]].of(lang))
                      for one in case["entrusted_payments"]],
        "related": [(one["account_id"], one["holder"], _ties(one["ties"], lang)) for one in case["related_accounts"]],
        "steps": [(step["hop"], step["happened_at"], step["transfer_id"], step["from_account_id"],
                   step["to_account_id"], _place(step["end_class"], lang), step["memo"] or "",
                   money(step["loan_money_fen"])) for step in case["steps"] if step["step"] in shown],
        "steps_note": say["steps_note"].format(shown=len(shown), all=len(case["steps"]))
        if len(case["steps"]) > STEPS_SHOWN else "",
        "rules": [(one["rule"], one["document"], CONFIDENCES[one["confidence"]].of(lang))
                  for one in case["rules_used"]],
        "row_findings": [one[key]["what"] for one in case["row_findings"]],
        "foot": f"Kejin {__version__} · {_bounds(case, lang)}",
        "data": _picture(case["picture"], lang, say),
    }  # fmt: skip


def _bounds(case: Case, lang: str) -> str:
    dust = money_text(from_fen(case["dust_fen"]), lang)
    return _say(lang)["bounds_text"].format(hops=case["hops_max"], days=case["window_days"], dust=dust)


def _figures(case: Case, lang: str) -> dict[str, Any]:
    """The tiles of the page and the first sheet of the workbook."""
    say, loan, words = _say(lang), case["loan"], words_of(lang)

    def money(fen: int | None) -> str:
        return money_text(None if fen is None else from_fen(fen), lang)

    grade = GRADE_LABELS[loan["grade_at_least"] or ""].of(lang) or say["none"]
    bounds = _bounds(case, lang)
    return {
        "facts": [
            (say["case"], loan["loan_id"]), (say["paid_out"], money(loan["paid_out_fen"])),
            (say["strength"], f"{loan['evidence_strength'] or 0:.2f} ({say['no_probability']})"),
            (say["in_sight"], percent_text(loan["visible_share"], 0, lang)),
            (say["returned"], money(loan["returned_fen"])), (say["grade"], f"{say['at_least']} {grade}"),
            (say["bounds"], bounds), (say["entry"], str(case["journal_entry"])), (say["hash"], case["result_hash"]),
            (words["edition"], case["rule_edition"]), (words["as_of"], case["as_of"]), ("", words["advice"]),
        ],
        "tiles": [
            {"label": say["paid_out"], "value": money(loan["paid_out_fen"]), "note": ""},
            {"label": say["strength"], "value": f"{loan['evidence_strength'] or 0:.2f}", "note": say["no_probability"]},
            {"label": say["in_sight"], "value": percent_text(loan["visible_share"], 0, lang), "note": ""},
            {"label": say["returned"], "value": money(loan["returned_fen"]),
             "note": f"{say['by_chance']} {percent_text(loan['chance_of_such_return'], 0, lang)}"},
            {"label": say["grade"], "value": grade,
             "note": say["at_least"] if loan["misuse_proposed"] else ""},
        ],
    }  # fmt: skip


def _height(nodes: list[dict[str, Any]]) -> int:
    """Pixels that the fullest layer needs to be read."""
    layers: dict[int, int] = {}
    for one in nodes:
        layers[one["hop"]] = layers.get(one["hop"], 0) + 1
    return max(380, 22 * max(layers.values(), default=1) + 60)


def _width(nodes: list[dict[str, Any]]) -> int:
    """Pixels that all layers need; a narrower window scrolls."""
    return LAYER_PIXELS * (1 + max((one["hop"] for one in nodes), default=0))


def _picture(picture: Case, lang: str, say: Mapping[str, str]) -> dict[str, Any]:
    nodes = []
    for one in picture["nodes"]:
        label = _place(one["place"], lang)
        short = one["account_id"][-4:] if one["account_id"] else f"{one['accounts']} {say['accounts']}"
        nodes.append({"hop": one["hop"], "place": one["place"], "label": f"{short} {label}",
                      "full": one["account_id"] or "", "fen": one["fen"], "kept": one["kept_fen"]})  # fmt: skip
    return {
        "nodes": nodes,
        "links": [[one["source"], one["target"], one["fen"]] for one in picture["links"]],
        "words": {name: say[name] for name in ("arrived", "stayed")},
    }


_WRITERS = {".json": _json, ".xlsx": _excel, ".html": _page}

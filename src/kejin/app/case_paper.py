"""What is shown of a loan case's advice, as plain values in both languages: stored whole when the grade first appears.

Pages and report are made from what was stored, so that they show later what was shown then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kejin.app.loan_report import Report, Section, Table, loan_report
from kejin.app.loan_words import DECIDED, WORDS
from kejin.app.shown import rule_title
from kejin.credit.reasons import Reason
from kejin.errors import Lang
from kejin.schemes.scheme import Label
from kejin.units import money_text, percent_text, value_text
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.loan_case import binding_label, conditions_open, number_of
from kejin.workflows.loan_decision import LoanDecision

SHOWN = 3  # reasons for and against on the first page
_GOOD_STANDING = 0.6
LANGS: tuple[Lang, ...] = ("zh", "en")


def case_paper(decision: LoanDecision, desk: LendingDesk) -> dict[str, Any]:
    """Language -> summary and report of a decision."""
    company = decision.case.application.company_id
    sources, standing = desk.sources(company), desk.standing(company)
    speak_for, speak_against = reasons_for(decision, standing), reasons_against(decision)
    return {
        lang: {
            "summary": summary(decision, lang),
            "for": [one.of(lang) for one in speak_for],
            "against": [one.of(lang) for one in speak_against],
            "told": [one.of(lang) for one in reasons_told(decision)],
            "levers": levers(decision, lang),
            "unverified": [rule_title(name, lang) for name in decision.unverified],
            "report": asdict(loan_report(decision, sources, standing, lang)),
        }
        for lang in LANGS
    }


def summary(decision: LoanDecision, lang: Lang) -> dict[str, Any]:
    """The few figures of an advice, in words; what is open says so."""
    words, score, case = WORDS[lang], decision.case.score, decision.case
    open_ = words["open"]
    span = "" if score is None else " – ".join(
        percent_text(p, 2) for p in (score.probability_low, score.probability_high)
    )  # fmt: skip
    longest = decision.term_months_max
    return {
        "advice": decision.advice,
        "advice_text": DECIDED[decision.advice].of(lang),
        "limit": open_ if decision.lent_cny is None else money_text(round(decision.lent_cny, 2), lang),
        "binds": binding_label(case).of(lang),
        "probability": None if score is None else percent_text(score.probability, 2),
        "probability_span": span,
        "rate": open_ if decision.rate is None else percent_text(decision.rate, 2),
        "term": value_text(decision.term_months, "month", lang),
        "term_max": None if longest is None else value_text(longest, "month", lang),
        "sharing": "" if case.sharing is None else words[f"sharing_{case.sharing.kind}"],
        "reasons": [
            {"severity": one.severity, "text": one.label.of(lang), "detail": one.detail.of(lang)}
            for one in decision.reasons
        ],
        "alternatives": [
            {
                "what": one.label.of(lang),
                "advice": one.advice,
                "advice_text": DECIDED[one.advice].of(lang),
                "limit": open_ if one.lent_cny is None else money_text(round(one.lent_cny, 2), lang),
                "rate": open_ if one.rate is None else percent_text(one.rate, 2),
            }
            for one in decision.alternatives
        ],
    }


def reasons_for(decision: LoanDecision, standing: Mapping[str, Any]) -> list[Label]:
    """What speaks for the loan, the strongest first; only what is so, so there may be fewer than three."""
    case, found = decision.case, []
    most = number_of(case.rules.decision.default_probability_approve_max, case.row)
    if case.score is not None and most is not None and case.score.probability <= most:
        p, edge = percent_text(case.score.probability, 2), percent_text(most, 2)
        found.append(
            Label(
                f"违约概率{p}，不超过建议批准的上限{edge}",
                f"Probability of default {p}, within the {edge} for approval",
            )
        )
    asked = float(case.application.amount_cny)
    if decision.lent_cny is not None and decision.lent_cny >= asked:
        found.append(Label("测算额度覆盖申请金额", "The limit covers the amount asked for"))
    gates = [] if case.answer is None else [line for line in case.answer.lines if line.kind == "gate"]
    if gates and all(line.passes is True for line in gates):
        found.append(Label(f"产品的{len(gates)}项条件全部满足", f"All {len(gates)} conditions of the product are met"))
    named = (("research_standing", "研发", "research"), ("patent_standing", "专利", "patents"))
    for name, zh, en in named:
        value = standing.get(name)
        if value is not None and value >= _GOOD_STANDING:
            share = percent_text(value, 0)
            found.append(Label(f"{zh}优于{share}的同类企业", f"Ahead of {share} of its peers in {en}"))
    if case.row.get("overdue_days") == 0:
        found.append(Label("现有贷款无逾期", "No loan is overdue"))
    if gates and len(found) < SHOWN:
        passed = [line for line in gates if line.passes is True]
        found += [Label(f"满足：{line.label.zh}", f"Met: {line.label.en}") for line in passed]
    return found[:SHOWN]


def reasons_against(decision: LoanDecision) -> list[Label]:
    """What speaks against it: the reasons in order, then what costs most points of the score."""
    found = [_plain(one) for one in decision.reasons]
    if decision.case.score is not None:
        found += [
            Label(f"评分失分：{one.zh}", f"Costs points of the score: {one.en}") for one in decision.case.score.reasons
        ]
    return found[:SHOWN]


def reasons_told(decision: LoanDecision) -> list[Label]:
    """Reasons as the company is told them: public conditions with its own figures, no figures of the bank."""
    own = ("gate", "gate_open", "statements_missing", "product_not_in_force")
    hidden = ("model_absent", "model_expired", "pool_exhausted", "price_capped")
    return [_plain(one) if one.kind in own else one.label for one in decision.reasons if one.kind not in hidden]


def levers(decision: LoanDecision, lang: Lang) -> list[str]:
    """Single changes of the company's facts that would turn a condition."""
    return [
        WORDS[lang]["lever"].format(
            label=change.label.of(lang),
            needed=value_text(change.needed, change.unit, lang),
            now=value_text(change.now, change.unit, lang),
        )
        for change in conditions_open(decision.case)
        if change.now is not None or change.decides
    ]


def stored_report(paper: Mapping[str, Any], lang: Lang, entry: int) -> Report:
    """The report as it was stored, with the number of the entry that holds its advice."""
    said = paper[lang]["report"]
    words = WORDS[lang]
    sections = tuple(
        Section(
            one["title"],
            tuple(one["paragraphs"]),
            tuple(
                Table(tuple(table["head"]), tuple(tuple(row) for row in table["rows"]), tuple(table["wide"]))
                for table in one["tables"]
            ),
            one["on_screen"],
        )
        for one in said["sections"]
    )
    head = tuple((label, str(entry) if label == words["entry"] else text) for label, text in said["head"])
    return Report(said["title"], said["subject"], said["advice"], said["advice_text"], head, sections, said["footer"])


def _plain(one: Reason) -> Label:
    """A reason as a sentence with its figures."""
    if not one.detail.zh:
        return one.label
    return Label(f"{one.label.zh}：{one.detail.zh}", f"{one.label.en}: {one.detail.en}")

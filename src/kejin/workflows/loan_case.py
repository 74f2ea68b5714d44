"""One application against the rules and models of a day: conditions, figures, reasons, what would change the answer.

Nothing is read or written here, so the same application can be tried again with one thing changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from kejin.credit.products.inputs import APPLICATION_INPUTS
from kejin.credit.products.inputs import INPUTS as LOAN_INPUTS
from kejin.credit.products.product import Product
from kejin.credit.reasons import Advice, Reason, advice_of, gate_reason, in_order, reason
from kejin.evaluation.inputs import input_of as evaluation_input
from kejin.facts.tables import ALL_TABLES
from kejin.schemes.compile_row import compile_row
from kejin.schemes.explain import Answer, Change, Line, explain
from kejin.schemes.expressions import Expression, Program
from kejin.schemes.expressions import columns_of as read_by
from kejin.schemes.rule_expressions import number_in_case
from kejin.schemes.scheme import Input, Label
from kejin.units import money_text, percent_text, value_text
from kejin.workflows.borrower_score import BorrowerScore
from kejin.workflows.lending_rules import LendingRules
from kejin.workflows.loan_application import Application, SharingChoice
from kejin.workflows.loan_figures import (
    NEED_READS,
    SERVICE_READS,
    STAGE_NAMES,
    LoanFigures,
    Wanted,
    columns_of,
    loan_figures,
)
from kejin.workflows.loan_sharing import Sharing, share_losses, usual_sharing

Row = Mapping[str, Any]
_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}


@dataclass(frozen=True)
class LoanCase:
    """The application and everything that was found out about it.

    row       borrower's and application's figures, by input name; None is missing.
    answer    the product's conditions, line by line; None where the product is not in force on the day.
    figures   need, limit, loss, price of this one loan; None likewise.
    """

    application: Application
    row: Row
    rules: LendingRules
    product: Product | None
    answer: Answer | None
    score: BorrowerScore | None
    sharing: Sharing | None
    figures: LoanFigures | None
    reasons: tuple[Reason, ...]

    @property
    def advice(self) -> Advice:
        return advice_of(self.reasons)

    @property
    def lent_cny(self) -> float | None:
        """What may be lent; None where it is open."""
        return None if self.figures is None else _figure(self.figures.lent_cny)

    @property
    def rate(self) -> float | None:
        return None if self.figures is None else _figure(self.figures.price.rate)

    @property
    def term_months_max(self) -> float | None:
        """The product's longest term for this borrower and purpose; None where it is open."""
        if self.answer is None:
            return None
        return next((line.threshold for line in self.answer.lines if line.name == "term_max"), None)

    @property
    def stage(self) -> str | None:
        return STAGE_NAMES.get(self.row.get("stage_code") or 0.0)


def loan_input(name: str) -> Input:
    """The declaration of a column that a loan product reads. Raises KeyError for an unknown one."""
    return LOAN_INPUTS[name] if name in LOAN_INPUTS else evaluation_input(name)


def loan_row(application: Application, borrower: Row, bank: Row, rules: LendingRules) -> dict[str, Any]:
    """The borrower's figures, what the application gives, and what the borrower is in the words of the rules."""
    row = dict.fromkeys(APPLICATION_INPUTS) | dict(borrower) | dict(bank)
    row |= {"borrower_merger_fen": borrower.get("merger_balance_fen")}
    row |= {
        "amount_fen": float(application.amount_fen),
        "term_months": float(application.term_months),
        "purpose_code": application.purpose,
        "product": application.product,
    }
    row |= dict(application.given)
    described = _described(rules.borrower)({name: row.get(name) for name in rules.borrower.inputs})
    # What the application states of the borrower outright stands; the rest follows from the facts.
    return row | {name: value for name, value in described.items() if name not in application.given}


def judge(
    application: Application, borrower: Row, bank: Row, score: BorrowerScore | None, rules: LendingRules
) -> LoanCase:
    """The whole case."""
    row = loan_row(application, borrower, bank, rules)
    product = rules.products.get(application.product)
    if product is None:
        label = rules.absent[application.product]
        why = Label(label.part("what", "zh"), label.part("what", "en"))
        return LoanCase(application, row, rules, None, None, score, None, None, (reason("product_not_in_force", why),))
    answer = explain(product.scheme, row, loan_input)
    sharing, figures = _figures_of_one(application, row, product, score, rules)
    case = LoanCase(application, row, rules, product, answer, score, sharing, figures, ())
    return replace(case, reasons=in_order(_reasons(case)))


def what_would_change(case: LoanCase, borrower: Row, bank: Row) -> tuple[tuple[Label, LoanCase], ...]:
    """Other applications that a person might try next, each with the whole case that it would be.

    A smaller amount, a shorter term, a guarantee: those that bring a better advice, or a larger loan.
    """
    tried = []
    for label, other in _alternatives(case):
        found = judge(other, borrower, bank, case.score, case.rules)
        if _better(found, case):
            tried.append((label, found))
    return tuple(tried)


def conditions_open(case: LoanCase) -> tuple[Change, ...]:
    """Single changes of facts that turn a condition, as the product's levers give them.

    A condition that is open because something is not known is not closed by moving what is known.
    """
    if case.answer is None:
        return ()
    return tuple(
        change
        for line in case.answer.lines
        if line.passes is not True
        for change in line.changes
        if line.passes is False or change.now is None or change.decides
    )


def number_of(rule: Any, row: Row) -> float | None:
    """The number of a rule that differs by case, for one row."""
    expression = number_in_case(rule)
    found: float | None = evaluated(expression, row)
    return found


def evaluated(expression: Expression, row: Row) -> Any:
    """An expression over the columns of one row."""
    program = Program(tuple(sorted(read_by(expression))), (("value", expression),))
    return compile_row(program)({name: row.get(name) for name in program.inputs})["value"]


_COMPILED: dict[int, tuple[Program, Any]] = {}


def _described(program: Program) -> Any:
    """The program as a function, compiled once as long as the same rules are used."""
    known = _COMPILED.get(id(program))
    if known is None or known[0] is not program:
        _COMPILED.clear()
        _COMPILED[id(program)] = known = (program, compile_row(program))
    return known[1]


def _figures_of_one(
    application: Application, row: Row, product: Product, score: BorrowerScore | None, rules: LendingRules
) -> tuple[Sharing, LoanFigures]:
    steps = product.scheme.evaluate_row({name: row.get(name) for name in product.scheme.detail.inputs})
    caps = {product.step("cap", cap.name): steps[product.step("cap", cap.name)] for cap in product.caps}
    columns = columns_of(_one_row({**row, **caps}))
    kind = usual_sharing(product.id) if application.sharing == "usual" else application.sharing
    sharing = share_losses(kind, product.id, columns, rules, application.amount_cny, application.pool_left_cny)
    tier1 = row.get("bank_tier1_fen")
    wanted = Wanted(
        np.array([float(application.amount_cny)]),
        np.array([float(application.term_months)]),
        np.nan if tier1 is None else tier1 / 100.0,
    )
    probability = np.array([np.nan if score is None else score.probability])
    return sharing, loan_figures(columns, product, columns, wanted, probability, sharing, rules)


def _one_row(row: Row) -> pa.Table:
    """One row as a table; a value that is missing is a missing number."""

    def column(value: Any) -> pa.Array:
        if isinstance(value, bool):
            return pa.array([value], pa.bool_())
        if isinstance(value, str):
            return pa.array([value], pa.string())
        return pa.array([None if value is None else float(value)], pa.float64())

    plain = {name: value for name, value in row.items() if value is None or isinstance(value, bool | str | int | float)}
    return pa.table({name: column(value) for name, value in plain.items()})


def _reasons(case: LoanCase) -> list[Reason]:
    return [*_gate_reasons(case), *_record_reasons(case), *_default_reasons(case), *_limit_reasons(case)]


def _gate_reasons(case: LoanCase) -> list[Reason]:
    assert case.answer is not None
    return [
        gate_reason(line.name, line.label, line.passes, Label(gate_text(line, "zh"), gate_text(line, "en")), line.cites)
        for line in case.answer.lines
        if line.kind == "gate" and line.passes is not True
    ]


def gate_text(line: Line, lang: str) -> str:
    """A condition as a person says it: what it is, what is wanted."""
    if line.passes is None and line.missing:
        names = [_input_name(name, lang) for name in line.missing]
        return f"缺少{'、'.join(names)}" if lang == "zh" else f"missing: {', '.join(names)}"
    if line.value is None or isinstance(line.value, bool | str) or line.threshold is None:
        return "" if line.value is None else value_text(line.value, line.unit, lang)
    value, edge = value_text(line.value, line.unit, lang), value_text(line.threshold, line.unit, lang)
    wanted = f"需{_SIGNS[line.comparison]}{edge}" if lang == "zh" else f"{_SIGNS[line.comparison]} {edge} needed"
    return f"{value}，{wanted}" if lang == "zh" else f"{value}, {wanted}"


def _input_name(name: str, lang: str) -> str:
    try:
        return loan_input(name).label.of(lang)
    except KeyError:
        return name


def _record_reasons(case: LoanCase) -> list[Reason]:
    """Statements that are missing or old; the model's absence or lapse."""
    found = []
    rules, year = case.rules, case.row.get("report_year")
    oldest = rules.as_of.year - int(rules.decision.statement_years_max.value)
    if year is None or year < oldest:
        detail = Label(f"需{oldest}年度或以后的年报", f"a yearly report of {oldest} or later is needed")
        found.append(reason("statements_missing", detail, (rules.decision.statement_years_max.cite,)))
    if case.score is None:
        found.append(reason("model_absent"))
    elif not case.score.usable:
        notice = next(iter(case.score.notices), None)
        detail = Label("", "") if notice is None else Label(notice.part("what", "zh"), notice.part("what", "en"))
        found.append(reason("model_expired", detail))
    return found


def _default_reasons(case: LoanCase) -> list[Reason]:
    """Where the probability of default lies beside the bank's bounds."""
    if case.score is None:
        return []
    p, bounds = case.score.probability, case.rules.decision
    high = bounds.default_probability_decline_above
    shown = percent_text(p, 2)
    if p > high.number:
        edge = percent_text(high.number, 2)
        return [
            reason("default_probability_high", Label(f"{shown}，上限{edge}", f"{shown}, at most {edge}"), (high.cite,))
        ]
    most = number_of(bounds.default_probability_approve_max, case.row)
    if most is None or p > most:
        edge = "–" if most is None else percent_text(most, 2)
        detail = Label(f"{shown}，建议批准不超过{edge}", f"{shown}, approval is advised up to {edge}")
        return [reason("default_probability_middle", detail, bounds.default_probability_approve_max.cites)]
    return []


def _limit_reasons(case: LoanCase) -> list[Reason]:
    """What the limit, the pool and the price say."""
    assert case.figures is not None
    assert case.sharing is not None
    found, rules, asked = [], case.rules, float(case.application.amount_cny)
    lent, least = case.lent_cny, rules.joint.amount_cny_min
    binding = binding_label(case)
    if lent is None:
        found.append(reason("limit_open", _open_detail(case, binding)))
    elif lent < least.number:
        found.append(reason("limit_zero", _amount_detail(lent, binding), (least.cite,)))
    elif lent < asked * rules.decision.amount_served_min.number:
        cites = (rules.decision.amount_served_min.cite,)
        found.append(reason("limit_far_below_amount", _amount_detail(lent, binding), cites))
    elif lent < asked:
        found.append(reason("limit_below_amount", _amount_detail(lent, binding)))
    if case.sharing.exhausted:
        found.append(reason("pool_exhausted"))
    if str(case.figures.price.bound[0]) == "cap":
        wanted = percent_text(float(case.figures.price.wanted[0]), 2)
        cites = (rules.figures.price.rate_max.cite,)
        found.append(reason("price_capped", Label(f"测算{wanted}", f"worked out: {wanted}"), cites))
    if bool(case.figures.loss.unvalued[0]):
        found.append(reason("pledge_unvalued"))
    return found


def _open_detail(case: LoanCase, binding: Label) -> Label:
    """The cap that is open, and the figures of the yearly report that it lacks."""
    assert case.figures is not None
    read = LIMIT_READS.get(str(case.figures.limit.binding[0]), ())
    lacking = [yearly_label(name) for name in read if case.row.get(name) is None]
    if not lacking:
        return binding
    zh, en = "、".join(label.zh for label in lacking), ", ".join(label.en for label in lacking)
    return Label(f"{binding.zh}：缺少{zh}", f"{binding.en}; missing: {en}")


def yearly_label(name: str) -> Label:
    """A yearly figure in words; the report's own name where no model declares it."""
    try:
        return loan_input(name).label
    except KeyError:
        stem, _, year = name.rpartition("_y")
        column = ALL_TABLES["annual_report"].column(stem.removesuffix("_fen") + "_cny")
        zh, en = ("上上年度", ", the year before") if year == "1" else ("上年度", ", last year")
        return Label(zh + column.zh, column.en.rstrip(".") + en)


def _amount_detail(lent: float, binding: Label) -> Label:
    zh, en = money_text(round(lent, 2), "zh"), money_text(round(lent, 2), "en")
    return Label(f"{zh}，由“{binding.zh}”决定", f"{en}, set by: {binding.en}")


LIMIT_READS = {"need": NEED_READS, "debt_service": SERVICE_READS}
LIMIT_LABELS = {
    "asked": Label("申请金额", "the amount asked for"),
    "need": Label("资金需求", "the need for working capital"),
    "debt_service": Label("偿债能力", "debt service capacity"),
    "single_borrower": Label("单一客户集中度", "the share of one borrower in the bank's capital"),
    "single_group": Label("集团客户集中度", "the share of one group in the bank's capital"),
}


def binding_label(case: LoanCase) -> Label:
    """The cap that sets the limit, or the one that could not be worked out, in words."""
    if case.figures is None or case.product is None:
        return Label("", "")
    return cap_label(case.product, str(case.figures.limit.binding[0]))


def cap_label(product: Product, name: str) -> Label:
    """A cap of the limit in words."""
    own = {cap.name: cap.label for cap in product.caps}
    return own.get(name) or LIMIT_LABELS.get(name) or Label(name, name)


def _alternatives(case: LoanCase) -> list[tuple[Label, Application]]:
    """Applications to try: the limit as amount, the longest term, other ways to share the loss."""
    asked, found = case.application, []
    lent, longest = case.lent_cny, case.term_months_max
    if lent is not None and 0 < lent < float(asked.amount_cny):
        amount = Decimal(str(round(lent, 2)))
        label = Label(f"金额改为{money_text(amount, 'zh')}", f"amount {money_text(amount, 'en')}")
        found.append((label, replace(asked, amount_cny=amount)))
    if longest is not None and asked.term_months > longest >= 1:
        months = int(longest)
        found.append((Label(f"期限改为{months}个月", f"term {months} months"), replace(asked, term_months=months)))
    ways: tuple[tuple[SharingChoice, str, str], ...] = (
        ("guarantee", "纳入科技创新专项担保计划", "under the national guarantee plan"),
        ("pool", "纳入风险补偿资金池", "under the compensation pool"),
    )
    for kind, zh, en in ways:
        if case.sharing is not None and case.sharing.kind != kind and not case.sharing.exhausted:
            found.append((Label(zh, en), replace(asked, sharing=kind)))
    return found


_RANK = {"approve": 0, "refer": 1, "decline": 2}


def _better(found: LoanCase, before: LoanCase) -> bool:
    """Is the advice better, or the same with a larger loan or a lower rate?"""
    if _RANK[found.advice] != _RANK[before.advice]:
        return _RANK[found.advice] < _RANK[before.advice]
    if found.advice == "decline":  # a cheaper loan that is refused as well helps nobody
        return False
    more = (found.lent_cny or 0.0) > (before.lent_cny or 0.0)
    cheaper = found.rate is not None and before.rate is not None and found.rate < before.rate - 1e-6
    return more or (cheaper and found.lent_cny == before.lent_cny)


def _figure(values: Any) -> float | None:
    value = float(np.ravel(values)[0])
    return value if np.isfinite(value) else None

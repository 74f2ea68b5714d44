"""Why is a loan advised, refused, or given to a person? Reason codes in order of precedence, and the advice they give.

A reason that declines comes before one that refers, and within each the order below holds. Gates of a product are
reasons too: one that says no declines, one that is open refers. The advice is the gravest of the reasons; a person
decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kejin.rule_values import CaseFigure, Citation, Figure, RowTable, from_rule
from kejin.schemes.scheme import Label

Severity = Literal["decline", "refer", "note"]
Advice = Literal["approve", "decline", "refer"]
SEVERITIES: tuple[Severity, ...] = ("decline", "refer", "note")

NOTHING_MORE = Label("", "")
# In order of precedence. Reasons made of gates take the place of `gate`.
REASONS: dict[str, tuple[Severity, Label]] = {
    "product_not_in_force": (
        "decline",
        Label("当日该产品没有有效规则", "No rule for this product was in force"),
    ),
    "gate": ("decline", Label("不符合产品条件", "A condition of the product is not met")),
    "default_probability_high": (
        "decline",
        Label("违约概率超过上限", "The probability of default is above what is lent to"),
    ),
    "limit_zero": (
        "decline",
        Label("测算额度为零或低于最低金额", "The limit is 0 or below the least loan"),
    ),
    "statements_missing": ("refer", Label("缺少近期财务报表", "Recent financial statements are missing")),
    "gate_open": ("refer", Label("条件无法判断，缺少事实", "A condition cannot be judged: facts are missing")),
    "limit_open": ("refer", Label("额度无法测算，缺少事实", "The limit is open: facts are missing")),
    "model_absent": ("refer", Label("没有已登记的违约模型", "No default model is registered")),
    "model_expired": (
        "refer",
        Label("违约模型验证已过期或未经验证", "The default model is not validly validated"),
    ),
    "default_probability_middle": (
        "refer",
        Label("违约概率处于须人工判断的区间", "The probability of default lies where a person has to judge"),
    ),
    "limit_far_below_amount": (
        "refer",
        Label("测算额度远低于申请金额", "The limit is far below the amount asked for"),
    ),
    "limit_below_amount": ("note", Label("测算额度低于申请金额", "The limit is below the amount asked for")),
    "pool_exhausted": (
        "note",
        Label("风险补偿资金池已用完", "The pool is used up; the bank bears its part"),
    ),
    "price_capped": (
        "note",
        Label("测算利率高于上限，按上限定价", "The highest rate is below the price worked out"),
    ),
    "pledge_unvalued": ("note", Label("质押物未估值，按零计", "The pledge has no value yet and counts nothing")),
}
PRECEDENCE = tuple(REASONS)
_GATES = {"gate": ("不满足：", "Not met: "), "gate_open": ("无法判断：", "Cannot be judged: ")}


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """A bank's bounds for an advice; all of a profile."""

    default_probability_approve_max: CaseFigure = from_rule("loans/decision/default_probability_approve_max")
    default_probability_decline_above: Figure = from_rule("loans/decision/default_probability_decline_above")
    statement_years_max: Figure = from_rule("loans/decision/statement_years_max")
    amount_served_min: Figure = from_rule("loans/decision/amount_served_min")
    debt_service: RowTable = from_rule("loans/stages/debt_service")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason.

    code    of REASONS, or `gate.<name>` and `gate_open.<name>` for a product's gate.
    detail  figures in words, or the name of the gate; empty where the sentence says all.
    """

    code: str
    severity: Severity
    label: Label
    detail: Label = NOTHING_MORE
    cites: tuple[Citation, ...] = ()

    @property
    def kind(self) -> str:
        return self.code.partition(".")[0]


def reason(code: str, detail: Label = NOTHING_MORE, cites: tuple[Citation, ...] = ()) -> Reason:
    """A reason of the list. Raises KeyError for a code that is not there."""
    severity, label = REASONS[code]
    return Reason(code, severity, label, detail, cites)


def gate_reason(name: str, label: Label, passes: bool | None, detail: Label, cites: tuple[Citation, ...]) -> Reason:
    """The reason that a product's gate gives: it says no, or it is open; said before the gate's own words."""
    kind = "gate" if passes is False else "gate_open"
    severity, _ = REASONS[kind]
    zh, en = _GATES[kind]
    return Reason(f"{kind}.{name}", severity, Label(zh + label.zh, en + label.en), detail, cites)


def in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Reasons by severity and precedence; gates in the order given."""
    place = {code: number for number, code in enumerate(PRECEDENCE)}
    return tuple(sorted(reasons, key=lambda one: (SEVERITIES.index(one.severity), place[one.kind])))


def advice_of(reasons: Iterable[Reason]) -> Advice:
    """The advice: decline where a reason declines, refer where one refers, else approve."""
    found = {one.severity for one in reasons}
    return "decline" if "decline" in found else "refer" if "refer" in found else "approve"

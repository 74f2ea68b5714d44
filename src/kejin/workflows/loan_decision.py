"""What is said of an application in the end? Advice, limit, price, term, conditions, sharing, monitoring, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from kejin.credit.products.joint import entrusted_edge, entrusted_payment
from kejin.credit.reasons import Advice, Reason
from kejin.credit.repayment import RepaymentTerms, Schedule, YearCost, repayment_schedule, year_cost
from kejin.dates import add_months
from kejin.rule_values import Citation
from kejin.schemes.explain import explain
from kejin.schemes.scheme import Label
from kejin.sharing.bearer_cost import RiskyLoans, portfolio_cost
from kejin.units import money_text, percent_text
from kejin.workflows.lending_rules import LendingRules
from kejin.workflows.loan_case import LoanCase, evaluated, loan_input
from kejin.workflows.loan_provision import Provision, loan_provision, relent_rate

BULLET_MONTHS_MAX = 12  # up to a year principal is usually paid at the end
_RATE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be so before the money is paid out, or while it is lent."""

    code: str
    label: Label
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What one bearer pays if the loan fails, on average in a year, and in a bad year; CNY."""

    bearer: str
    due_cny: float
    expected_cny: float
    stressed_cny: float


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the monitoring plan: how often, from which day."""

    code: str
    label: Label
    every_months: int
    first_on: date


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would change the answer, and what the answer would be."""

    label: Label
    advice: Advice
    lent_cny: float | None
    rate: float | None


@dataclass(frozen=True)
class LoanDecision:
    """The advice on one application. A person decides.

    lent_cny      the limit; None where it is open.
    schedule      of the amount that may be lent; None where nothing is.
    provision     expected loss of twelve months and of the life, with the stage; None where nothing is lent.
    relending     whether re-lending is likely to fund it; None where open or not in force.
    relent_rate   what the rate would be if it does.
    """

    case: LoanCase
    advice: Advice
    reasons: tuple[Reason, ...]
    lent_cny: float | None
    rate: float | None
    term_months: int
    term_months_max: float | None
    schedule: Schedule | None
    cost: YearCost | None
    conditions: tuple[Condition, ...]
    shares: tuple[Share, ...]
    looked_at: tuple[tuple[str, Label], ...]
    checks: tuple[Check, ...]
    alternatives: tuple[Alternative, ...]
    relending: bool | None
    provision: Provision | None
    relent_rate: float | None
    entry: int | None = None

    @property
    def rules(self) -> LendingRules:
        return self.case.rules

    @property
    def unverified(self) -> tuple[str, ...]:
        """Rules used for this loan that nobody has checked against an official text."""
        names = self.rules.used_for(self.case.application.product)
        return tuple(name for name in self.rules.unverified if name in names)

    def as_plain(self) -> dict[str, Any]:
        """The whole result as plain values, the same on every run: what the journal keeps and a program reads."""
        figures = self.case.figures
        return {
            "advice": self.advice,
            "reasons": [one.code for one in self.reasons],
            "limit_cny": _money(self.lent_cny),
            "limit_set_by": None if figures is None else str(figures.limit.binding[0]),
            "caps_cny": {} if figures is None else {name: _cap(cap) for name, cap in figures.limit.caps_cny.items()},
            "need_method": None if figures is None else str(figures.need_method[0]),
            "default_probability": None if self.case.score is None else _ratio(self.case.score.probability),
            "expected_loss": None if figures is None else _ratio(figures.expected_loss[0]),
            "loss_rate": None if figures is None else _ratio(figures.loss.whole[0]),
            "loss_rate_bank": None if figures is None else _ratio(figures.loss.bank[0]),
            "recovered_from_pledge": None if figures is None else _ratio(figures.loss.collateral[0]),
            "provision": None if self.provision is None else self._provision(self.provision),
            "rate": _ratio(self.rate),
            "term_months": self.term_months,
            "term_months_max": None if self.term_months_max is None else int(self.term_months_max),
            "repayment": None if self.schedule is None else self.schedule.terms.kind,
            "interest_cny": None if self.schedule is None else _money(int(self.schedule.interest_fen.sum()) / 100),
            "conditions": [one.code for one in self.conditions],
            "sharing": None if self.case.sharing is None else self.case.sharing.kind,
            "shares_cny": {one.bearer: _money(one.due_cny) for one in self.shares},
            "relending": self.relending,
            "rate_if_relent": _ratio(self.relent_rate),
            "alternatives": [{"what": one.label.en, "advice": one.advice} for one in self.alternatives],
            "checks": [one.code for one in self.checks],
            "unverified": list(self.unverified),
        }

    @staticmethod
    def _provision(found: Provision) -> dict[str, Any]:
        return {
            "stage": found.stage,
            "expected_loss_12_months_cny": _money(found.year_cny),
            "expected_loss_lifetime_cny": _money(found.lifetime_cny),
            "set_aside_cny": _money(found.set_aside_cny),
        }


def decided(case: LoanCase, tried: tuple[tuple[Label, LoanCase], ...]) -> LoanDecision:
    """The case as an advice with everything that belongs to it."""
    schedule = repayment_of(case)
    cost = None if schedule is None else year_cost(schedule)
    eligible = relending_of(case)
    return LoanDecision(
        case=case,
        advice=case.advice,
        reasons=case.reasons,
        lent_cny=case.lent_cny,
        rate=case.rate,
        term_months=case.application.term_months,
        term_months_max=case.term_months_max,
        schedule=schedule,
        cost=cost,
        conditions=conditions_of(case),
        shares=shares_of(case),
        looked_at=case.rules.looked_at.get(case.stage or "", ()),
        checks=monitoring_plan(case),
        alternatives=tuple(Alternative(label, one.advice, one.lent_cny, one.rate) for label, one in tried),
        relending=eligible,
        provision=loan_provision(case, schedule, cost),
        relent_rate=relent_rate(case, eligible),
    )


def repayment_of(case: LoanCase) -> Schedule | None:
    """The schedule of what may be lent, at the rate; None where either is open or nothing is lent."""
    lent, rate, asked = case.lent_cny, case.rate, case.application
    if not lent or rate is None or case.advice == "decline":
        return None
    usual = "bullet" if asked.term_months <= BULLET_MONTHS_MAX else "equal_principal"
    rounded = Decimal(str(rate)).quantize(_RATE_STEP, rounding=ROUND_HALF_UP)
    kind = asked.repayment or usual
    terms = RepaymentTerms(round(lent * 100), rounded, asked.term_months, kind, grace_months=asked.grace_months)  # type: ignore[arg-type]
    return repayment_schedule(terms)


def conditions_of(case: LoanCase) -> tuple[Condition, ...]:
    """What must be so before and after the money is paid out."""
    rules, found = case.rules, []
    purpose = rules.purposes.get(case.application.purpose)
    if purpose is not None:
        label = Label(f"资金只用于：{purpose.zh}", f"the money is used for this only: {purpose.en}")
        found.append(Condition("use_of_funds", label, (rules.joint.purposes_barred.cite,)))
    if rules.entrusted is not None and evaluated(entrusted_payment(rules.entrusted), case.row):
        edge = (evaluated(entrusted_edge(rules.entrusted), case.row) or 0.0) / 100
        label = Label(
            f"单笔支付超过{money_text(edge, 'zh')}的由银行受托支付",
            f"single payments above {money_text(edge, 'en')} are made by the bank to the payee",
        )
        found.append(Condition("entrusted_payment", label, rules.entrusted.entrusted_payment_cny_above.cites))
    product = case.application.product
    if product == "ip_pledge":
        found.append(
            Condition("pledge_registered", Label("放款前完成质押登记", "the pledge is registered before payment"))
        )
    if product == "merger":
        found.append(
            Condition(
                "own_funds_first",
                Label("权益性资金先于或与贷款同比例到位", "equity funds are paid in first or in step"),
            )
        )
    if product == "loan_and_investment":
        label = Label(
            "贷款与投资分别审批，银行不持股", "loan and investment are approved apart; the bank holds no shares"
        )
        found.append(Condition("approved_apart", label))
    if case.sharing is not None and case.sharing.is_shared:
        label = Label("放款前完成分险备案", "the sharing of losses is registered before payment")
        found.append(Condition("sharing_registered", label))
    found.append(
        Condition("person_decides", Label("本结果为建议，由有权审批人决定", "this is advice; a person decides"))
    )
    return tuple(found)


def shares_of(case: LoanCase) -> tuple[Share, ...]:
    """What each bearer pays if the loan fails, what that costs it on average, and in a bad year."""
    figures, sharing = case.figures, case.sharing
    if figures is None or sharing is None or not case.lent_cny:
        return ()
    dues = {name: float(due[0]) for name, due in figures.dues_cny.items()}
    score = case.score
    if score is None or sharing.contract is None or not sharing.is_shared:
        p = np.nan if score is None else score.probability
        return tuple(Share(name, due, due * p, np.nan) for name, due in dues.items() if due > 0)
    loans = RiskyLoans(
        np.array([case.lent_cny]),
        figures.loss.whole,
        np.array([min(max(score.probability, 1e-9), 1 - 1e-9)]),
        sharing.class_number,
    )
    stress = case.rules.figures.stress
    costs = portfolio_cost(loans, sharing.contract, stress.correlation.number, stress.level.number)
    return tuple(Share(name, due, costs[name].expected, costs[name].stressed) for name, due in dues.items() if due > 0)


def relending_of(case: LoanCase) -> bool | None:
    """Is re-lending likely to fund the loan? None where open, or where there was none on the day."""
    if case.rules.relending is None:
        return None
    return explain(case.rules.relending, case.row, loan_input).qualifies


def monitoring_plan(case: LoanCase) -> tuple[Check, ...]:
    """What is checked after the loan, from when and how often, by stage and product."""
    rules, stage = case.rules, case.stage or "start_up"  # an open stage is watched as closely as a start-up
    days = int(rules.monitoring.first_use_check_days.number(stage, "value"))
    months = int(rules.monitoring.review_months.number(stage, "value"))
    first_use, first = rules.as_of + timedelta(days=days), add_months(rules.as_of, months)
    named = (*rules.checks["every_loan"], *rules.checks.get(case.application.product, ()))
    return tuple(Check(code, label, months, first_use if code == "use_of_funds" else first) for code, label in named)


def bearer_label(bearer: str) -> Label:
    """A bearer of losses in words."""
    names = {
        "bank": ("银行", "Bank"),
        "compensation_pool": ("风险补偿资金池", "Compensation pool"),
        "national_fund": ("国家融资担保基金", "National guarantee fund"),
        "provincial_reguarantor": ("省级再担保机构", "Provincial re-guarantor"),
        "local_guarantor": ("直保机构", "Local guarantor"),
        "insurer": ("保险公司", "Insurer"),
        "park": ("园区", "Park"),
    }
    zh, en = names.get(bearer, (bearer, bearer))
    return Label(zh, en)


def rate_text(rate: float | None, lang: str) -> str:
    """A yearly rate for a reader."""
    return percent_text(rate, 2, lang)


def _money(amount: float | None) -> Decimal | None:
    if amount is None or not np.isfinite(amount):
        return None
    return Decimal(str(amount)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _cap(values: Any) -> Decimal | str | None:
    value = float(values[0])
    return "does_not_apply" if np.isposinf(value) else _money(value)


def _ratio(value: Any) -> Decimal | None:
    if value is None or not np.isfinite(value):
        return None
    return Decimal(str(float(value))).quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)

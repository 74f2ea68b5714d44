"""How much working capital does the company need, and how much of it must a new loan cover? The regulation's formula.

    turnover times   = 360 / (inventory days + receivable days - payable days + prepayment days - advance days)
    working capital  = sales last year x (1 - margin last year) x (1 + expected growth) / turnover times
    new loan         = working capital - own funds - existing working-capital loans - other sources

Days of receivables and advances are taken on sales, days of inventory, payables and prepayments on cost of sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.credit.input_checks import Floats, not_negative
from kejin.errors import InputError
from kejin.rule_values import Figure, from_rule

Reasons = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class WorkingCapitalRules:
    """What the annex of the working-capital rules sets."""

    year_days: Figure = from_rule("credit/limit/working_capital_year_days")


@dataclass(frozen=True, slots=True)
class OperatingFigures:
    """Figures of the last year, one value a company; NaN where missing.

    All in CNY except the two ratios: profit margin on sales, and expected growth of sales.
    """

    sales: Floats
    cost_of_sales: Floats
    receivables: Floats
    inventory: Floats
    payables: Floats
    prepayments: Floats
    advances: Floats
    profit_margin: Floats
    sales_growth: Floats


@dataclass(frozen=True, slots=True)
class WorkingCapitalNeed:
    """Days of the cycle, turnover and need; NaN where `reason` says why there is no result.

    reason   "" | figures_missing | sales_zero | cycle_not_positive | need_not_positive; with the last three the
             regulation's formula gives no answer and a person decides, or another method is used (31号文).
    """

    inventory_days: Floats
    receivable_days: Floats
    payable_days: Floats
    prepayment_days: Floats
    advance_days: Floats
    net_days: Floats
    turnover_times: Floats
    working_capital_cny: Floats
    new_loan_cny: Floats
    reason: Reasons


def working_capital_need(
    figures: OperatingFigures, own_funds_cny: Floats, existing_loans_cny: Floats, other_cny: Floats, year_days: float
) -> WorkingCapitalNeed:
    """Need of each company, and the part of it left for a new loan, never below 0.

    own_funds_cny, existing_loans_cny, other_cny   what already covers the need; shape (company,).
    Raises   credit.amount_negative for a negative balance; a loss (negative margin) is allowed and raises the need.
    Source   流动资金贷款管理办法 (2024), annex; evidence in tests/published/working_capital_2024.
    """
    sales, cost = (
        not_negative("sales", figures.sales, missing=True),
        not_negative("cost_of_sales", figures.cost_of_sales, missing=True),
    )
    balances = {
        name: not_negative(name, getattr(figures, name), missing=True)
        for name in ("receivables", "inventory", "payables", "prepayments", "advances")
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        days = {
            name: year_days * balance / (sales if name in ("receivables", "advances") else cost)
            for name, balance in balances.items()
        }
        net = days["inventory"] + days["receivables"] - days["payables"] + days["prepayments"] - days["advances"]
        turns = year_days / net
        need = sales * (1.0 - figures.profit_margin) * (1.0 + figures.sales_growth) / turns
    covered = [
        not_negative(name, amount, missing=True)
        for name, amount in (
            ("own_funds_cny", own_funds_cny),
            ("existing_loans_cny", existing_loans_cny),
            ("other_cny", other_cny),
        )
    ]
    left = need - covered[0] - covered[1] - covered[2]
    missing = np.isnan(sales + cost + figures.profit_margin + figures.sales_growth + sum(balances.values()))
    missing |= np.isnan(covered[0] + covered[1] + covered[2])
    reason = np.select(
        [missing, ~((sales > 0) & (cost > 0)), ~(net > 0), ~(need > 0)],
        ["figures_missing", "sales_zero", "cycle_not_positive", "need_not_positive"],
        "",
    )
    answered = reason == ""
    return WorkingCapitalNeed(
        inventory_days=days["inventory"],
        receivable_days=days["receivables"],
        payable_days=days["payables"],
        prepayment_days=days["prepayments"],
        advance_days=days["advances"],
        net_days=net,
        turnover_times=np.where(net > 0, turns, np.nan),
        working_capital_cny=np.where(answered, need, np.nan),
        new_loan_cny=np.where(answered, np.maximum(left, 0.0), np.nan),
        reason=reason,
    )


def refuse_without_answer(need: WorkingCapitalNeed) -> None:
    """For one company of which an answer is wanted: the reason as a sentence.

    Raises   credit.cycle_not_positive, credit.sales_zero, credit.figures_missing, credit.need_not_positive.
    """
    reason = str(np.atleast_1d(need.reason)[0])
    if reason == "cycle_not_positive":
        raise InputError("credit.cycle_not_positive", days=f"{float(np.atleast_1d(need.net_days)[0]):.1f}")
    if reason == "sales_zero":
        raise InputError("credit.sales_zero")
    if reason == "figures_missing":
        raise InputError("credit.figures_missing")
    if reason == "need_not_positive":
        raise InputError("credit.need_not_positive")

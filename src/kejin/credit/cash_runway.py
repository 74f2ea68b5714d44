"""How much does a company need that lives on research and has no sales to speak of? The cash-runway method.

31号文 lets a bank estimate the working-capital need of a technology company by a method of its own. This is ours:
months of operation to be covered x what the company burns in a month, less the cash that it has and the money that
is sure to come.

    monthly burn  = (operating cash outflow after research, a year) / 12, at least 0
    need          = burn x months to be covered - cash - money committed
    most          = burn x the longest runway that a loan may pay for

The months are those until the next milestone (equity round, registration, first sales), bounded by the rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.credit.input_checks import Floats, not_negative
from kejin.rule_values import Figure, from_rule


@dataclass(frozen=True, slots=True)
class CashRunwayRules:
    """How far ahead a loan may pay for research."""

    runway_months_max: Figure = from_rule("credit/limit/runway_months_max")
    committed_share: Figure = from_rule("credit/limit/runway_committed_share")
    rd_to_revenue_min: Figure = from_rule("credit/limit/runway_rd_to_revenue_min")


@dataclass(frozen=True, slots=True)
class RunwayNeed:
    """Burn a month, months that the cash lasts, and the need; NaN where a figure is missing.

    applies    the company spends enough on research for this method.
    reason     "" | figures_missing | not_research_intensive | no_burn.
    """

    burn_cny_per_month: Floats
    cash_months: Floats
    need_cny: Floats
    reason: np.ndarray[tuple[int, ...], np.dtype[np.str_]]


def cash_runway_need(
    operating_cash_flow_cny: Floats,
    cash_cny: Floats,
    committed_cny: Floats,
    rd_to_revenue: Floats,
    milestone_months: Floats,
    rules: CashRunwayRules,
) -> RunwayNeed:
    """Need of each company by this method.

    operating_cash_flow_cny   of the last year, after research; negative is burn. NaN: missing.
    committed_cny             money signed for and not yet paid in (equity, grants); counted with the rule's share.
    rd_to_revenue             R&D expense to revenue; +inf for a company without revenue.
    milestone_months          until the next milestone; cut at the rule's longest runway.
    Raises   credit.amount_negative for negative cash, commitments or months.
    """
    cash = not_negative("cash_cny", cash_cny, missing=True)
    committed = not_negative("committed_cny", committed_cny, missing=True)
    months = np.minimum(
        not_negative("milestone_months", milestone_months, missing=True), rules.runway_months_max.number
    )
    burn = np.maximum(-np.asarray(operating_cash_flow_cny, dtype=np.float64), 0.0) / 12.0
    with np.errstate(divide="ignore", invalid="ignore"):
        lasts = np.where(burn > 0, cash / burn, np.inf)
    need = np.maximum(burn * months - cash - rules.committed_share.number * committed, 0.0)
    intensive = np.asarray(rd_to_revenue, dtype=np.float64)
    missing = np.isnan(burn + cash + committed + months) | np.isnan(intensive)
    reason = np.select(
        [missing, ~(intensive >= rules.rd_to_revenue_min.number), ~(burn > 0)],
        ["figures_missing", "not_research_intensive", "no_burn"],
        "",
    )
    answered = (reason == "") | (reason == "no_burn")
    return RunwayNeed(burn, np.where(missing, np.nan, lasts), np.where(answered, need, np.nan), reason)

"""Small portfolios for tests: plain arrays with every column, to be changed one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np

from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.appraise import Frame, learn
from kejin.valuation.figures import ValuationRules
from kejin.valuation.market_comparables import Deals
from kejin.valuation.opinion import Opinion
from kejin.valuation.patent_columns import MAX_YEARS, PatentColumns
from kejin.workflows.fill_rules import fill_rules

AS_OF = date(2026, 9, 30)


@cache
def rules() -> ValuationRules:
    return fill_rules(ValuationRules, Lookups(RuleBook.shipped(None), AS_OF))


def patents(size: int = 4, **changes: Any) -> PatentColumns:
    """Inventions in force of one company in different fields; columns given replace the usual ones."""
    ones, zeros = np.ones(size), np.zeros(size, dtype=np.int64)
    no = np.zeros(size, dtype=bool)
    usual = PatentColumns(
        company=zeros, kind=zeros, field=zeros + 6, royalty_group=zeros + 4, obsolescence_group=zeros + 2,
        age_years=4.0 * ones, left_years=16.0 * ones, in_force=~no, pending=no, quality=0.5 * ones, use=zeros + 1,
        holders=ones, disputed=zeros, invalidity_pending=no, fee_overdue=no, licensed_out=no, pledges=zeros,
        family_place=zeros, revenue_cny=5e7 * ones, revenue_prior_log=17.0 * ones, revenue_prior_sigma=1.5 * ones,
        research_cny=3e6 * ones, own_deal_log=np.nan * ones,
    )  # fmt: skip
    return replace(usual, **{name: _column(value, getattr(usual, name)) for name, value in changes.items()})


def _column(value: Any, like: Any) -> Any:
    return np.broadcast_to(np.asarray(value, dtype=like.dtype), like.shape).copy()


def survival(columns: PatentColumns, yearly: float = 0.93) -> np.ndarray:
    """The same chance of being kept every year."""
    curve = yearly ** (np.arange(MAX_YEARS) + 0.5)
    return np.where(columns.left_years[:, None] > np.arange(MAX_YEARS)[None, :], curve[None, :], 0.0)


def no_deals() -> Deals:
    none, flags, ints = np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64)
    return Deals(none, none, flags, ints, ints, none, ints)


def renewal(columns: PatentColumns) -> Opinion:
    """A renewal opinion that rises with what is left of the life."""
    mu = np.log(20_000.0) + 0.05 * columns.left_years
    return Opinion(mu, np.full(len(columns), 1.4))


def frame(columns: PatentColumns) -> Frame:
    return learn(columns, survival(columns), no_deals(), rules(), renewal(columns))

"""What can be seen of a company before it fails? Monthly indicators, each as it could be known on its review day.

Month t is reviewed on its last day. A value counts only where it was known by then; what came later, or is not there,
is missing (NaN) and never 0. Tax, insurance and meters of a month are known some weeks after it, so indicators end with
the month before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
YEAR = 12


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: names in both languages, unit, whether a high value is bad, the stages whose signals use it."""

    name: str
    zh: str
    en: str
    unit: str
    high_is_bad: bool
    stages: tuple[str, ...]


_ALL, _LATER, _EARLIER = ("start_up", "growth", "mature"), ("growth", "mature"), ("start_up", "growth")
INDICATORS = (
    Indicator(
        "sales_change_3m", "三个月销售同比（对数）",
        "Sales of 3 months on the year before, log", "log", False, _LATER,
    ),
    Indicator(
        "months_without_sales_3m", "近三月无销售月数",
        "Months without sales in the last 3", "month", True, _LATER,
    ),
    Indicator(
        "insured_change_6m", "参保人数较六个月高点（对数）",
        "Insured persons on the highest of 6 months, log", "log", False, _ALL,
    ),
    Indicator(
        "electricity_change_3m", "三个月用电同比（对数）",
        "Electricity of 3 months on the year before, log", "log", False, _LATER,
    ),
    Indicator(
        "tax_overdue_3m", "近三月欠税月数",
        "Months with overdue tax in the last 3", "month", True, _ALL,
    ),
    Indicator(
        "insurance_overdue_3m", "近三月欠缴社保月数",
        "Months with overdue social insurance in the last 3", "month", True, _ALL,
    ),
    Indicator(
        "utility_overdue_3m", "近三月水电欠费月数",
        "Months with overdue bills in the last 3", "month", True, _ALL,
    ),
    Indicator(
        "late_payments_3m", "近三月贷款逾期月数",
        "Months with a late loan payment in the last 3", "month", True, _ALL,
    ),
    Indicator(
        "limit_use", "授信使用率",
        "Balance on limits approved", "ratio", True, _ALL,
    ),
    Indicator(
        "patents_lapsed_12m", "一年内因欠费终止的专利占比",
        "Share of patents lapsed by unpaid fees in 12 months", "ratio", True, _ALL,
    ),
    Indicator(
        "sued_12m", "一年内被诉件数",
        "Cases against it in 12 months", "count", True, _ALL,
    ),
    Indicator(
        "enforced_12m", "一年内被执行或限高件数",
        "Enforcements and restrictions in 12 months", "count", True, _ALL,
    ),
    Indicator(
        "round_gap_months", "距上轮融资月数",
        "Months since the last equity round", "month", True, _EARLIER,
    ),
    Indicator(
        "runway_months", "现金可用月数",
        "Months that cash lasts", "month", False, _EARLIER,
    ),
)  # fmt: skip
NAMES = tuple(one.name for one in INDICATORS)
RUNWAY_MAX = 60.0  # a company that burns no cash, or little, has this runway


@dataclass(frozen=True, slots=True)
class Monthly:
    """A monthly figure: value and day it was known (days since 1970), shape (company, month); NaN where missing."""

    value: Floats
    known: Ints

    def seen(self, place: int, review_on: int) -> Floats:
        """The month's values as known on a review day; all missing before the first month."""
        if place < 0:
            return np.full(len(self.value), np.nan)
        return np.where(self.known[:, place] <= review_on, self.value[:, place], np.nan)


@dataclass(frozen=True, slots=True)
class Happened:
    """Things that happened to companies: company, day, day it was known, amount; shape (event,)."""

    company: Ints
    day: Ints
    known: Ints
    amount: Floats


@dataclass(frozen=True)
class WatchFacts:
    """What early warning reads, for the companies that borrow.

    review_on  last day of each month, days since 1970, shape (month,); for the month of the as-of day the day itself.
    monthly    sales, insured, electricity, tax_overdue, insurance_overdue, utility_overdue, overdue_days, balance,
               approved
    happened   lapsed, patents (day of filing), sued, enforced, rounds, reports (day: end of year; amount: runway)
    loaded     names of monthly and happened whose register holds rows; others are missing for everybody
    """

    review_on: Ints
    established: Floats
    monthly: Mapping[str, Monthly]
    happened: Mapping[str, Happened]
    loaded: frozenset[str]


def indicators_of_month(facts: WatchFacts, place: int) -> Floats:
    """The indicators of every company on the review day of a month; shape (company, indicator), NaN where missing."""
    day = int(facts.review_on[place])

    def months(name: str, back: int, count: int) -> Floats:
        """`count` months up to the one `back` before the reviewed one; shape (count, company)."""
        series = facts.monthly[name]
        return np.stack([series.seen(place - back - step, day) for step in range(count)])

    insured = months("insured", 1, 6)
    found = {
        "sales_change_3m": _change(months("sales", 1, 3), months("sales", 1 + YEAR, 3)),
        "months_without_sales_3m": _count(months("sales", 1, 3) <= 0, months("sales", 1, 3)),
        "insured_change_6m": _ratio_log(insured[0], _max(insured)),
        "electricity_change_3m": _change(months("electricity", 1, 3), months("electricity", 1 + YEAR, 3)),
        "limit_use": _divided(months("balance", 1, 1)[0], months("approved", 1, 1)[0]),
        "patents_lapsed_12m": _lapsed(facts, day),
        "round_gap_months": (day - _last(facts, "rounds", day)[0]) / 30.4375,
        "runway_months": _last(facts, "reports", day)[1],
    }
    for name, source in (("tax_overdue_3m", "tax_overdue"), ("insurance_overdue_3m", "insurance_overdue"),
                         ("utility_overdue_3m", "utility_overdue"), ("late_payments_3m", "overdue_days")):  # fmt: skip
        values = months(source, 1, 3)
        found[name] = _count(values > 0, values)
    for name, source in (("sued_12m", "sued"), ("enforced_12m", "enforced")):
        found[name] = _counted(facts, source, day)
    return np.column_stack([found[name] for name in NAMES])


def _change(now: Floats, before: Floats) -> Floats:
    """Log of the sum of three months on the same three a year before; missing where a month is."""
    return _ratio_log(now.sum(axis=0), before.sum(axis=0), least=0.01)


def _ratio_log(now: Floats, before: Floats, least: float = 0.01) -> Floats:
    """log(now / before), now at least a hundredth of before, so that nothing is a large fall and not infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before > 0, now / before, np.nan)
    found: Floats = np.log(np.maximum(ratio, least))
    return found


def _count(condition: Flags, values: Floats) -> Floats:
    """In how many months the condition held; missing where no month is known."""
    known = np.isfinite(values)
    return np.where(known.any(axis=0), (condition & known).sum(axis=0).astype(np.float64), np.nan)


def _max(values: Floats) -> Floats:
    found: Floats = np.where(np.isfinite(values), values, -np.inf).max(axis=0)
    return np.where(np.isfinite(found), found, np.nan)


def _divided(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def _counted(facts: WatchFacts, name: str, day: int) -> Floats:
    """How many in the year up to the day; 0 for a company without rows of a loaded register."""
    if name not in facts.loaded:
        return np.full(len(facts.established), np.nan)
    one = facts.happened[name]
    chosen = (one.known <= day) & (one.day <= day) & (one.day > day - 365)
    return np.bincount(one.company[chosen], minlength=len(facts.established)).astype(np.float64)


def _lapsed(facts: WatchFacts, day: int) -> Floats:
    """Patents lapsed by unpaid fees in the year on patents ever filed; missing for a company without patents."""
    held = facts.happened["patents"]
    owned = np.bincount(held.company[held.known <= day], minlength=len(facts.established)).astype(np.float64)
    return _divided(_counted(facts, "lapsed", day), owned)


def _last(facts: WatchFacts, name: str, day: int) -> tuple[Floats, Floats]:
    """Day and amount of the last one known on the day; missing for a company without one."""
    one = facts.happened[name]
    chosen = np.flatnonzero((one.known <= day) & (one.day <= day))
    order = chosen[np.argsort(one.day[chosen], kind="stable")]
    when, amount = np.full(len(facts.established), np.nan), np.full(len(facts.established), np.nan)
    when[one.company[order]] = one.day[order].astype(np.float64)
    amount[one.company[order]] = one.amount[order]
    return when, amount

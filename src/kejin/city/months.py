"""How do the months look? Sales, insured persons and utilities of the last 36 months, agreeing with the yearly path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.activity import FIRST_YEAR
from kejin.city.days import month_start, months_of
from kejin.city.industries import trade_values
from kejin.city.parts import Part
from kejin.city.streams import Flags, Floats, Ints, chance, rounded
from kejin.city.values import Rows

MONTHS = 36
_SEASON = np.array([0.86, 0.68, 1.02, 0.98, 1.0, 1.04, 0.96, 0.98, 1.06, 1.0, 1.12, 1.30])  # by month of the year


@dataclass(frozen=True, slots=True)
class Months:
    """Matrices (company, month) of the last 36 complete months before the last day.

    months   months since January 1970, shape (month,)
    alive    the company exists at the end of the month
    weak     0 when healthy, up to 1 in a time of trouble
    sales    CNY before tax; the twelve months of a year add up to the year's revenue
    insured  persons
    """

    months: Ints
    alive: Flags
    weak: Floats
    sales: Floats
    insured: Ints


def make_months(part: Part) -> Months:
    """The months of one part."""
    rng, block, activity, n = part.stream("months"), part.companies, part.activity, part.count
    last = int(months_of(np.array([part.until + 1]))[0]) - 1
    span = np.arange((last - MONTHS + 1) // 12 * 12, (last // 12 + 1) * 12, dtype=np.int64)  # whole years around
    start, end = month_start(span), month_start(span + 1)
    there = (block.born[:, None] < end) & (block.ended[:, None] > start)
    weak = np.clip((end - block.distressed[:, None]) / 300.0, 0, 1) * (block.recovered[:, None] > start)
    noise = np.exp(rng.normal(0.0, 0.28, (n, len(span))))
    within = np.arange(len(span)) % 12
    rise = np.exp(np.linspace(-0.05, 0.05, 12))[within]
    weights = _SEASON[within] * rise * noise * there * np.exp(-0.6 * weak)
    weights *= rng.random((n, len(span))) > (0.06 * np.exp(-0.4 * block.management))[:, None] * (0.4 + 2 * weak)
    by_year = weights.reshape(n, -1, 12)
    year = span[::12] // 12 + 1970 - FIRST_YEAR
    revenue = activity.revenue[:, np.minimum(year, activity.revenue.shape[1] - 1)]
    total = by_year.sum(axis=2)
    scale = np.divide(revenue, total, out=np.zeros_like(total), where=total > 0)
    sales = (by_year * scale[:, :, None]).reshape(n, -1)
    place = span // 12 + 1970 - FIRST_YEAR
    step = (span % 12 + 1) / 12
    now, before = activity.staff[:, place], activity.staff[:, np.maximum(place - 1, 0)]
    staff = np.where(before > 0, before + (now - before) * step, now)
    cover = rng.beta(9, 1.2, n)[:, None]
    insured = np.rint(staff * cover * np.exp(rng.normal(0, 0.015, staff.shape))).astype(np.int64) * there
    keep = slice(last - MONTHS + 1 - int(span[0]), last + 1 - int(span[0]))
    return Months(span[keep], there[:, keep], weak[:, keep], rounded(sales[:, keep], 2), insured[:, keep])


def _cells(part: Part, rng: np.random.Generator, covered: Flags, lag: tuple[int, int]) -> tuple[Ints, Ints, Ints]:
    """(company, month place, day known) of the rows of a monthly table; a few months are never reported."""
    block = part.months
    shown = block.alive & covered[:, None] & (rng.random(block.alive.shape) > 0.012)
    company, place = np.nonzero(shown)
    known = month_start(block.months[place] + 1) + rng.integers(*lag, len(company))
    return company, place, known


def tax_month_rows(part: Part) -> Rows:
    """Rows of `tax_month`."""
    rng, block, activity = part.stream("tax rows"), part.months, part.activity
    company, place, known = _cells(part, rng, np.ones(part.count, dtype=bool), (14, 22))
    m = len(company)
    sales = block.sales[company, place]
    margin = trade_values("gross_margin", part.companies.industry)[company]
    rate = np.where(rng.random(part.count) < 0.25, 0.01, 0.13)[company]
    payable = rounded(sales * rate * np.clip(margin + rng.normal(0.02, 0.15, m), -0.4, 1.0), 2)
    others = sales * 0.012 + (block.insured[company, place] > 0) * activity.wage[company, -2] * 0.004
    paid = np.maximum(payable, 0) + others
    late = chance(rng, 0.006 + 0.16 * block.weak[company, place], m)
    return {
        "company_id": part.ids(company),
        "month": values.days(month_start(block.months[place])),
        "vat_sales_cny": values.money(values.fen(sales), chance(rng, 0.01, m)),
        "vat_payable_cny": values.money(values.fen(payable), chance(rng, 0.02, m)),
        "tax_paid_cny": values.money(values.fen(np.where(late, paid * 0.3, paid)), chance(rng, 0.02, m)),
        "tax_overdue_cny": values.money(values.fen(np.where(late, paid * 0.7, 0)), chance(rng, 0.04, m)),
        "known_on": values.days(known),
        "source": values.same("synthetic: tax office", m),
    }


def social_insurance_rows(part: Part) -> Rows:
    """Rows of `social_insurance_month`."""
    rng, block = part.stream("social insurance rows"), part.months
    covers = ~part.companies.shell & chance(rng, 0.97, part.count)
    company, place, known = _cells(part, rng, covers, (8, 20))
    m = len(company)
    insured = block.insured[company, place]
    base = insured * np.clip(part.activity.wage[company, -2] / 12 * 0.8, 2_800, 27_000)
    late = chance(rng, 0.003 + 0.14 * block.weak[company, place], m)
    return {
        "company_id": part.ids(company),
        "month": values.days(month_start(block.months[place])),
        "insured_persons": values.whole(insured, chance(rng, 0.005, m)),
        "contribution_base_cny": values.money(values.fen(rounded(base)), chance(rng, 0.05, m)),
        "overdue_cny": values.money(values.fen(np.where(late, base * 0.24, 0)), chance(rng, 0.03, m)),
        "known_on": values.days(known),
        "source": values.same("synthetic: social insurance office", m),
    }


def utility_rows(part: Part) -> Rows:
    """Rows of `utility_month` for the companies that have a meter of their own."""
    rng, block, industry = part.stream("utility rows"), part.months, part.companies.industry
    company, place, known = _cells(part, rng, ~part.companies.shell & chance(rng, 0.6, part.count), (5, 25))
    m = len(company)
    lasting = np.exp(rng.normal(0, 0.5, part.count))[company]
    usage = block.sales[company, place] / 1000 * trade_values("kwh", industry)[company] * 0.6
    heads = part.activity.staff[company, -2]
    power = (
        (usage + heads * 60 + 80) * lasting * np.exp(rng.normal(0, 0.15, m)) * (1 - 0.4 * block.weak[company, place])
    )
    water = (heads * 1.8 + usage * 0.004 + 2) * lasting * np.exp(rng.normal(0, 0.25, m))
    gas = usage * 0.02 * lasting * chance(rng, 0.2, part.count)[company]
    rent = rounded((heads * 850 + 2500) * lasting, -1)
    return {
        "company_id": part.ids(company),
        "month": values.days(month_start(block.months[place])),
        "electricity_kwh": values.number(rounded(power, 1), chance(rng, 0.02, m)),
        "water_m3": values.number(rounded(water, 1), chance(rng, 0.06, m)),
        "gas_m3": values.number(rounded(gas, 1), chance(rng, 0.3, m)),
        "rent_cny": values.money(values.fen(rent), chance(rng, 0.2, m)),
        "overdue": values.flags(chance(rng, 0.006 + 0.15 * block.weak[company, place], m), chance(rng, 0.05, m)),
        "known_on": values.days(known),
        "source": values.same("synthetic: utilities", m),
    }

"""What do the yearly accounts say? Income, balance sheet and cash flow that agree with each other to the fen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.activity import FIRST_YEAR, YEARS
from kejin.city.days import as_years, year_start, years_of
from kejin.city.industries import trade_values
from kejin.city.loan_states import balances
from kejin.city.parts import Part
from kejin.city.streams import Floats, Ints, chance, logistic

BALANCE_ITEMS = ("cash", "receivables", "prepayments", "inventory", "other_current")


@dataclass(frozen=True, slots=True)
class Figures:
    """Matrices (company, year 2020..2026) in whole fen, by name of the column without `_cny`.

    Identities: total_assets = total_liabilities + net_assets; operating_profit = total_income - total_cost;
    cash of a year - cash of the year before = the three cash flows; parts never exceed their whole.
    """

    fen: dict[str, Ints]


def make_figures(part: Part) -> Figures:
    """The accounts of one part."""
    owed = _loan_balances(part)
    income = _income(part, owed)
    equity, raised = _equity(part, income)
    sheet = _balance_sheet(part, income, equity, owed)
    flows = _cash_flows(income, sheet, raised)
    return Figures(income | sheet | flows)


def _noisy(rng: np.random.Generator, part: Part, spread: float, yearly: float = 0.08) -> Floats:
    """A factor of a company that lasts, with a smaller one each year."""
    lasting = rng.normal(0.0, spread, part.count)[:, None]
    return np.exp(lasting + rng.normal(0.0, yearly, (part.count, len(YEARS))))


def _income(part: Part, owed: Ints) -> dict[str, Ints]:
    """The income statement."""
    rng, block, activity = part.stream("income"), part.companies, part.activity
    n = part.count
    revenue = values.fen(activity.revenue)
    margin = trade_values("gross_margin", block.industry)
    lasting = np.log(margin / (1 - margin)) + 0.25 * block.research + 0.2 * block.management + rng.normal(0, 0.45, n)
    gross = logistic(lasting[:, None] + rng.normal(0, 0.12, (n, len(YEARS))) - 0.4 * activity.trouble)
    cost_of_sales = _part_of(revenue, 1 - gross)
    payroll = activity.staff * activity.wage * activity.alive
    admin = values.fen(payroll * 0.2 * _noisy(rng, part, 0.35) + np.where(activity.exists, 20_000, 0))
    selling = values.fen(activity.revenue * 0.06 * _noisy(rng, part, 0.6) + payroll * 0.05)
    research = values.fen(activity.rd_expense)
    debt = owed.sum(axis=0) + np.rint(revenue * 0.02 * chance(rng, 0.12, n)[:, None]).astype(np.int64)
    interest = np.rint(debt * 0.04).astype(np.int64)
    surcharge = _part_of(revenue, np.full(revenue.shape, 0.006))
    total_cost = cost_of_sales + admin + selling + research + interest + surcharge
    other = values.fen(activity.revenue * 0.012 * _noisy(rng, part, 1.1, 0.5) + activity.rd_expense * 0.05)
    profit = revenue + other - total_cost
    credited = np.rint(research * 0.15 * (rng.random(n) < 0.8)[:, None]).astype(np.int64)
    tax = np.maximum(np.rint(np.maximum(profit, 0) * 0.15).astype(np.int64), 0)
    main_share = np.where(
        chance(rng, 0.45, n)[:, None], 1.0, 1 - rng.beta(1.2, 9.0, n)[:, None] * _noisy(rng, part, 0.0)
    )
    tech_share = logistic(
        1.0 + 0.6 * block.research[:, None] - 3.0 * block.without_rd[:, None] + rng.normal(0, 0.5, (n, 1))
    )
    exporter = chance(rng, logistic(-1.6 + 0.25 * np.log(np.maximum(block.mature_staff, 1) / 20)), n)
    abroad = np.where(chance(rng, 0.06, n), rng.beta(1, 4, n), 0.0)
    return {
        "revenue": revenue,
        "main_revenue": _part_of(revenue, main_share),
        "high_tech_revenue": _part_of(revenue, tech_share * np.clip(_noisy(rng, part, 0.0, 0.1), 0, 1)),
        "total_income": revenue + other,
        "export_revenue": _part_of(revenue, (exporter * rng.beta(1.2, 2.5, n))[:, None] * np.ones(len(YEARS))),
        "cost_of_sales": cost_of_sales,
        "total_cost": total_cost,
        "selling_expense": selling,
        "admin_expense": admin,
        "interest_expense": interest,
        "rd_expense": research,
        "rd_expense_domestic": research - _part_of(research, abroad[:, None] * np.ones(len(YEARS))),
        "rd_super_deduction_tax": np.minimum(credited, np.maximum(tax * 2, credited // 3)),
        "rd_equipment": values.fen(activity.rd_expense * 0.45 * _noisy(rng, part, 0.9, 0.1)),
        "operating_profit": profit,
        "net_profit": profit - tax,
        "tax_paid": tax + surcharge + _part_of(revenue, np.full(revenue.shape, 0.025)),
    }


def _part_of(whole: Ints, share: Floats) -> Ints:
    """A share of whole fen, never more than the whole."""
    return np.minimum(np.floor(whole * np.clip(share, 0.0, 1.0)).astype(np.int64), whole)


def _loan_balances(part: Part) -> Ints:
    """What the loans of the city leave owed at each year end: (short or long, company, year) in fen."""
    loans = part.loans
    owed = np.zeros((2, part.count, len(YEARS)), dtype=np.int64)
    own = np.arange(len(loans.company), dtype=np.int64)
    for place, year in enumerate(YEARS):
        end = int(year_start(int(year) + 1)) - 1
        month = np.full(len(own), (int(year) - 1970) * 12 + 11, dtype=np.int64)
        there = (loans.granted <= end) & (end <= part.until)
        balance = np.where(there, balances(part, own, month)[0], 0)
        long_term = (loans.due - end > 365).astype(np.int64)
        np.add.at(owed[:, :, place], (long_term, loans.company), balance)
    return owed


def _equity(part: Part, income: dict[str, Ints]) -> tuple[Ints, Ints]:
    """Net assets at each year end and equity paid in during each year, both in fen.

    Net assets move by profit, equity paid in and what the owners take out or put in, and by nothing else.
    """
    rng, block, activity = part.stream("equity moves"), part.companies, part.activity
    rounds, n = part.rounds, part.count
    raised = np.zeros((n, len(YEARS)), dtype=np.int64)
    place = years_of(rounds.closed) - FIRST_YEAR
    inside = (place >= 0) & (place < len(YEARS))
    np.add.at(raised, (rounds.company[inside], place[inside]), rounds.amount_fen[inside])
    before = np.bincount(rounds.company[~inside], weights=rounds.amount_fen[~inside], minlength=n)
    age = np.clip(as_years(int(year_start(FIRST_YEAR)) - block.born), 0, 8)
    kept = activity.revenue[:, 0] * 0.05 * age * np.exp(rng.normal(0.1 * block.strength, 0.6, n))
    start = values.fen(block.capital * block.paid_share * 0.7 + 20_000 + kept) + np.rint(before * 0.5).astype(np.int64)
    pays_out = rng.beta(1.0, 3.0, n)
    net = np.zeros((n, len(YEARS)), dtype=np.int64)
    owed = start
    for year in range(len(YEARS)):
        profit = income["net_profit"][:, year]
        taken = np.floor(np.maximum(profit, 0) * pays_out * (owed > 0)).astype(np.int64)
        # Owners of a company that has lost its capital put in more, or it carries the loss on.
        rescue = np.where((owed + profit < 0) & (rng.random(n) < 0.55), np.rint(-1.1 * (owed + profit)), 0).astype(
            np.int64
        )
        owed = np.where(activity.exists[:, year], owed + profit + raised[:, year] - taken + rescue, owed)
        net[:, year] = owed
        raised[:, year] += rescue - taken
    return net, raised


def _balance_sheet(part: Part, income: dict[str, Ints], equity: Ints, owed: Ints) -> dict[str, Ints]:
    """The balance sheet; the parts are split so that they add up exactly."""
    rng, block, n = part.stream("balance sheet"), part.companies, part.count
    revenue = income["revenue"]
    short, long = owed
    short = short + np.rint(revenue * 0.05 * (chance(rng, 0.08, n))[:, None]).astype(np.int64)
    cost = income["total_cost"]
    payables = np.rint(income["cost_of_sales"] * 0.16 * _noisy(rng, part, 0.5)).astype(np.int64)
    advances = np.rint(revenue * 0.05 * _noisy(rng, part, 0.9, 0.3) * chance(rng, 0.6, n)[:, None]).astype(np.int64)
    other = np.rint(cost * 0.07 * _noisy(rng, part, 0.7)).astype(np.int64) + 100_00
    current_liabilities = short + payables + advances + other
    liabilities = current_liabilities + long
    least = np.rint(cost * 0.08).astype(np.int64) + 3_000_000  # a company has at least something: CNY 30,000
    gap = np.maximum(least - (equity + liabilities), 0)
    current_liabilities, liabilities = current_liabilities + gap, liabilities + gap  # owed to the owners
    assets = equity + liabilities
    fixed_share = trade_values("fixed", block.industry)[:, None] * _noisy(rng, part, 0.4, 0.05)
    fixed_side = _part_of(assets, np.clip(fixed_share, 0.01, 0.85))
    current = assets - fixed_side
    weights = np.stack([share * _noisy(rng, part, 0.55, 0.12) for share in (0.30, 0.32, 0.06, 0.22, 0.10)])
    cumulative = np.floor(np.cumsum(weights, axis=0) / weights.sum(axis=0) * current).astype(np.int64)
    cumulative[-1] = current
    pieces = np.diff(cumulative, axis=0, prepend=0)
    tangible = _part_of(fixed_side, np.clip(0.6 * _noisy(rng, part, 0.3, 0.03), 0, 0.9))
    intangible = _part_of(fixed_side - tangible, np.clip(0.5 * _noisy(rng, part, 0.5, 0.03), 0, 1))
    sheet = dict(zip(BALANCE_ITEMS, pieces, strict=True))
    return sheet | {
        "total_assets": assets,
        "current_assets": current,
        "fixed_assets": tangible,
        "intangible_assets": intangible,
        "depreciation": _part_of(tangible, np.full(tangible.shape, 0.13)) + intangible // 10,
        "total_liabilities": liabilities,
        "current_liabilities": current_liabilities,
        "short_term_loans": short,
        "long_term_loans": long,
        "payables": payables,
        "advance_receipts": advances,
        "net_assets": equity,
    }


def _cash_flows(income: dict[str, Ints], sheet: dict[str, Ints], raised: Ints) -> dict[str, Ints]:
    """Cash flows; what is left of the change in cash after investing and financing came from operations."""
    cash = sheet["cash"]
    change = np.diff(cash, axis=1, prepend=0)
    held = sheet["fixed_assets"] + sheet["intangible_assets"]
    investing = -(np.diff(held, axis=1, prepend=0) + sheet["depreciation"])
    debt = sheet["short_term_loans"] + sheet["long_term_loans"]
    financing = np.diff(debt, axis=1, prepend=0) + raised - income["interest_expense"]
    return {
        "operating_cash_flow": change - investing - financing,
        "investing_cash_flow": investing,
        "financing_cash_flow": financing,
    }

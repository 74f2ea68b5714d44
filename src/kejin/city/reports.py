"""What is filed of the accounts, when, and what is missing? Rows of `annual_report` and `staffing`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from kejin.city import values
from kejin.city.activity import YEARS
from kejin.city.days import year_start
from kejin.city.industries import trade_values
from kejin.city.parts import Part
from kejin.city.streams import Flags, Floats, Ints, chance, logistic, rounded
from kejin.city.values import Rows

Column = TypeVar("Column", Ints, Flags)
BASES = ("audited", "tax_filing", "self_reported")
FIRST_REPORTED = 2021

# Columns that a short form leaves out together, and columns that go missing one by one.
_SHORT_FORM = (
    "high_tech_revenue", "rd_equipment", "prepayments", "advance_receipts", "operating_cash_flow",
    "depreciation", "investing_cash_flow", "financing_cash_flow", "intangible_assets",
    "rd_super_deduction_tax",
)  # fmt: skip
_COLUMNS = (
    "revenue", "main_revenue", "high_tech_revenue", "total_income", "export_revenue", "cost_of_sales",
    "total_cost", "selling_expense", "admin_expense", "interest_expense", "depreciation", "rd_expense",
    "rd_expense_domestic", "rd_super_deduction_tax", "rd_equipment", "operating_profit", "net_profit",
    "total_assets", "current_assets", "cash", "receivables", "prepayments", "inventory",
    "fixed_assets", "intangible_assets", "total_liabilities", "current_liabilities",
    "short_term_loans", "long_term_loans", "payables", "advance_receipts", "net_assets",
    "operating_cash_flow", "investing_cash_flow", "financing_cash_flow", "tax_paid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filings:
    """One value a filed company-year: company, place of the year, day known, basis, whether a short form."""

    company: Ints
    year: Ints
    known: Ints
    basis: Ints
    short_form: Flags

    def rows(self, which: Ints) -> Filings:
        """Some of the filings."""
        return Filings(*(getattr(self, name)[which] for name in self.__slots__))


def filings(part: Part) -> Filings:
    """Which years are filed and when. Small and troubled companies file less, later and shorter."""
    rng, activity = part.stream("filings"), part.activity
    wanted = (activity.alive > 0.2) & (YEARS >= FIRST_REPORTED)[None, :] & (YEARS[-1] > YEARS)[None, :]
    company, year = np.nonzero(wanted)
    m = len(company)
    size = np.log(np.maximum(activity.staff[company, year], 1))
    trouble = activity.trouble[company, year]
    lasting = rng.normal(0.0, 0.6, part.count)[company]
    files = chance(rng, logistic(1.35 + 0.45 * size - 1.4 * trouble - 1.5 * part.companies.shell[company] + lasting), m)
    late = np.where(chance(rng, 0.05 + 0.1 * trouble, m), rng.integers(30, 400, m), 0)
    known = year_start(YEARS[year] + 1) + rng.integers(108, 182, m) + late
    alive = known < part.companies.ended[company] + 200
    files &= alive & (known <= part.until)
    basis = np.where(chance(rng, logistic(-3.2 + 0.75 * size), m), 0, 1 + chance(rng, 0.3, m))
    short = chance(rng, logistic(0.6 - 0.75 * size), m) & (basis > 0)
    return Filings(company[files], year[files], known[files], basis[files].astype(np.int64), short[files])


def annual_report_rows(part: Part) -> Rows:
    """Rows of `annual_report`. About one in a hundred is corrected later by a second row with changed figures."""
    filed, rng = filings(part), part.stream("annual report rows")
    m = len(filed.company)
    fen = {name: part.figures.fen[name][filed.company, filed.year] for name in _COLUMNS}
    missing = _missing(part, filed, rng, fen)
    corrected = chance(rng, 0.011, m)
    wait = rng.integers(45, 420, m)
    wrong = _with_errors(fen, corrected, chance(rng, 0.55, m), rng.uniform(0.1, 0.6, m))
    first = _report_columns(part, filed, wrong, missing) | {"known_on": values.days(filed.known)}
    later = np.flatnonzero(corrected)
    right = _report_columns(part, filed.rows(later), _picked(fen, later), _picked(missing, later))
    right["known_on"] = values.days((filed.known + wait)[later])
    return values.stacked(first, right)


def _picked(columns: dict[str, Column], rows: Ints) -> dict[str, Column]:
    """Some rows of each column."""
    return {name: column[rows] for name, column in columns.items()}


def _report_columns(part: Part, filed: Filings, fen: dict[str, Ints], missing: dict[str, Flags]) -> Rows:
    m = len(filed.company)
    rows: Rows = {
        "company_id": part.ids(filed.company),
        "fiscal_year": values.whole(YEARS[filed.year]),
        "basis": values.picked(BASES, filed.basis, missing["basis"]),
        "source": values.same("synthetic: annual filing", m),
    }
    for name in _COLUMNS:
        rows[f"{name}_cny"] = values.money(fen[name], missing[name])
    return rows


def _missing(part: Part, filed: Filings, rng: np.random.Generator, fen: dict[str, Ints]) -> dict[str, Flags]:
    """What is left empty: by chance, by short form, and where a company has nothing to say."""
    m = len(filed.company)
    gaps = {name: chance(rng, 0.012, m) for name in (*_COLUMNS, "basis")}
    for name in ("revenue", "total_assets"):
        gaps[name] = chance(rng, 0.004, m)
    for name in _SHORT_FORM:
        gaps[name] |= filed.short_form
    silent = chance(rng, 0.4, part.count)[filed.company]  # those without research write 0, or nothing
    none = part.companies.without_rd[filed.company] & silent
    careless = chance(rng, 0.03, m) & (filed.basis > 0)
    for name in ("rd_expense", "rd_expense_domestic", "rd_super_deduction_tax", "rd_equipment"):
        gaps[name] |= none | careless
    for name in ("export_revenue", "interest_expense", "long_term_loans", "short_term_loans"):
        gaps[name] |= (fen[name] == 0) & chance(rng, 0.35, part.count)[filed.company]
    return gaps


def _with_errors(fen: dict[str, Ints], corrected: Flags, of_revenue: Flags, size: Floats) -> dict[str, Ints]:
    """The figures as first filed where they were corrected later; the identities hold in both versions.

    Either sales were booked too early out of advance receipts, or administrative cost was booked as R&D.
    """
    early = corrected & of_revenue
    moved = np.where(early, np.floor(fen["advance_receipts"] * size), 0).astype(np.int64)
    shifted = np.where(corrected & ~of_revenue, np.floor(fen["admin_expense"] * size), 0).astype(np.int64)
    changes = {
        "revenue": moved, "main_revenue": moved, "total_income": moved, "operating_profit": moved, "net_profit": moved,
        "net_assets": moved, "advance_receipts": -moved, "current_liabilities": -moved, "total_liabilities": -moved,
        "rd_expense": shifted, "rd_expense_domestic": shifted, "admin_expense": -shifted,
    }  # fmt: skip
    return fen | {name: fen[name] + change for name, change in changes.items()}


def staffing_rows(part: Part) -> Rows:
    """Rows of `staffing` for the filed years."""
    filed, rng, block = filings(part), part.stream("staffing rows"), part.companies
    company, year = filed.company, filed.year
    m = len(company)
    staff = part.activity.staff[company, year]
    rd_staff = part.activity.rd_staff[company, year]
    others = staff - rd_staff
    spread = rng.beta(1.3, 6.0, part.count)[company]
    tech = rd_staff + rng.binomial(others, spread)
    office = trade_values("wage", block.industry)[company] / 150_000
    able = block.research[company]
    doctors = rng.binomial(rd_staff, np.clip(0.012 * np.exp(0.9 * able) * office**2, 0, 0.6))
    masters = rng.binomial(staff - doctors, np.clip(0.06 * np.exp(0.45 * able) * office, 0, 0.7))
    bachelors = rng.binomial(staff - doctors - masters, np.clip(0.32 * office, 0.05, 0.8))
    experts = rng.binomial(tech, np.clip(0.015 * np.exp(0.4 * able), 0, 0.3))
    months = rounded(rng.gamma(0.5, 6.0, m) * (rd_staff > 0) * np.exp(0.4 * able), 1)
    hired = rng.binomial(staff, np.clip(0.05 + 0.02 * able, 0.005, 0.3))
    insured = rng.binomial(staff, np.clip(rng.beta(9, 1.2, part.count)[company], 0, 1))
    form = filed.short_form
    return {
        "company_id": part.ids(company),
        "fiscal_year": values.whole(YEARS[year]),
        "staff_total": values.whole(staff, chance(rng, 0.01, m)),
        "tech_staff": values.whole(tech, chance(rng, 0.02, m) | (form & chance(rng, 0.25, m))),
        "rd_staff": values.whole(rd_staff, chance(rng, 0.02, m) | (form & chance(rng, 0.2, m))),
        "rd_staff_full_time_equivalent": values.number(
            rounded(rd_staff * rng.uniform(0.6, 1.0, m), 1), form | chance(rng, 0.1, m)
        ),
        "doctors": values.whole(doctors, chance(rng, 0.03, m)),
        "masters": values.whole(masters, chance(rng, 0.03, m)),
        "bachelors": values.whole(bachelors, chance(rng, 0.03, m)),
        "senior_experts": values.whole(experts, form | chance(rng, 0.05, m)),
        "external_expert_months": values.number(months, form | chance(rng, 0.15, m)),
        "graduates_hired": values.whole(hired, chance(rng, 0.06, m)),
        "insured_staff": values.whole(insured, chance(rng, 0.03, m)),
        "known_on": values.days(filed.known),
        "source": values.same("synthetic: annual filing", m),
    }

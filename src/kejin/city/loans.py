"""Who borrows, from whom, on what terms, and when does it go wrong? Loans of the city with their hidden fate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from kejin.city import values
from kejin.city.accounts import account_ids, lending_code
from kejin.city.activity import FIRST_YEAR, YEARS
from kejin.city.days import add_months, as_years, day_number, years_of
from kejin.city.industries import CODES, in_trade
from kejin.city.institutions import bank_of_branch
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Flags, Floats, Ints, chance, logistic, repeat_index, rounded, weighted_rows
from kejin.city.values import Rows, Text

PRODUCTS = (
    "technology_credit", "working_capital", "fixed_asset", "research", "ip_pledge", "merger", "park",
    "start_up", "loan_and_investment", "other",
)  # fmt: skip
SECURITIES = ("unsecured", "guarantee", "ip_pledge", "mortgage", "pledge", "insurance")
REPAYMENTS = ("bullet", "equal_instalment", "equal_principal", "step_up", "other")
PURPOSES = (
    "支付技术人员工资及研发材料款", "流动资金周转", "购置生产设备", "研发项目投入",
    "以专利权质押补充流动资金", "支付并购交易价款", "园区入驻企业周转", "初创期经营投入",
    "配合股权融资的经营投入", "日常经营",
)  # fmt: skip
_PRODUCT_WEIGHTS = np.array([3.0, 5.0, 1.0, 0.9, 0.9, 0.08, 0.6, 0.8, 0.3, 0.6])
_SECURITY_WEIGHTS = np.array(
    [
        [6, 2, 0.2, 0.5, 0.3, 0.6], [2, 3, 0, 2, 0.6, 0.4], [1, 2, 0, 4, 0.5, 0.1], [4, 2, 0.6, 0.5, 0.2, 0.5],
        [0, 0, 1, 0, 0, 0], [1, 2, 0, 1, 3, 0], [3, 3, 0, 0.5, 0.2, 0.4], [4, 4, 0.2, 0.1, 0.1, 0.6],
        [4, 1, 0.4, 0, 1, 0.1], [1, 1, 0, 1, 1, 0.2],
    ]
)  # fmt: skip
_TERMS = np.array([6, 12, 18, 24, 36, 48, 60, 84, 120])
_TERM_WEIGHTS = np.array(
    [
        [1, 6, 1, 3, 3, 0, 0.5, 0, 0], [2, 8, 1, 2, 3, 0, 0.5, 0, 0], [0, 0, 0, 1, 3, 2, 4, 3, 1],
        [0, 2, 1, 3, 4, 1, 2, 0, 0], [1, 7, 1, 2, 2, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 4, 4, 2],
        [1, 6, 1, 2, 2, 0, 0, 0, 0], [1, 6, 1, 2, 1, 0, 0, 0, 0], [0, 3, 1, 3, 3, 0, 1, 0, 0],
        [2, 5, 1, 1, 1, 0, 0, 0, 0],
    ]
)  # fmt: skip
_PRIME_RATE = np.array([0.0385, 0.0385, 0.0365, 0.0350, 0.0330, 0.0305, 0.0300])  # by year of grant, 2020..2026
FIRST_GRANT = day_number(date(2022, 1, 1))


@dataclass(frozen=True, slots=True)
class Loans:
    """One value a loan, sorted by company and day of grant.

    company       place in the part
    amount_fen    whole fen
    term          months
    defaulted     day of the first missed payment that was never made good; NEVER else
    prepaid       day on which all was repaid early; NEVER else
    intensity     true yearly default intensity on the day of grant
    misused       whether part of the money went elsewhere than agreed
    """

    company: Ints
    branch: Ints
    product: Ints
    security: Ints
    repayment: Ints
    term: Ints
    amount_fen: Ints
    rate: Floats
    granted: Ints
    due: Ints
    defaulted: Ints
    prepaid: Ints
    intensity: Floats
    misused: Flags

    @property
    def closed(self) -> Ints:
        """Day on which a loan that kept its promises ends."""
        return np.minimum(self.due, self.prepaid)


def make_loans(part: Part) -> Loans:
    """The loans of one part, granted from 2022 until three weeks before the last day."""
    rng, block, n = part.stream("loans"), part.companies, part.count
    start = np.maximum(block.born + 240, FIRST_GRANT)
    stop = np.minimum(block.ended - 60, part.until - 21)
    window = as_years(np.maximum(stop - start, 0))
    size = np.log(np.maximum(part.activity.staff.max(axis=1), 1))
    borrows = chance(rng, logistic(-3.05 + 0.42 * size + 0.12 * block.management), n) & ~block.shell & (window > 0.1)
    number = np.where(borrows, 1 + rng.poisson(0.35 * window), 0)
    company, _ = repeat_index(np.minimum(number, 8))
    m = len(company)
    granted = start[company] + (rng.random(m) * (stop - start)[company]).astype(np.int64)
    order = np.lexsort((granted, company))
    company, granted = company[order], granted[order]
    product = _products(part, rng, company, granted)
    security = weighted_rows(rng, _SECURITY_WEIGHTS[product])
    term = _TERMS[weighted_rows(rng, _TERM_WEIGHTS[product])]
    due = add_months(granted, term)
    long = (term > 18).astype(float)
    repayment = weighted_rows(
        rng, np.stack([5 - 3.5 * long, 1 + long, 2 + 2 * long, 0.3 + long, np.full(m, 0.2)], axis=1)
    )
    amount = _amounts(part, rng, company, granted, product)
    strength = block.strength[company]
    kept = np.isin(company, block.leader[block.shell]) | (block.leader[company] != company)
    near = (block.distressed[company] < granted + 200) & (block.recovered[company] > granted)
    misused = chance(rng, logistic(-2.5 - 0.4 * block.management[company] + 0.9 * near + 0.7 * kept), m)
    defaulted, prepaid, intensity = _fate(part, rng, company, granted, due, strength, misused)
    seen_risk = np.log(intensity) + rng.normal(0.0, 0.6, m)  # what the bank saw of the risk, through fog
    prime = _PRIME_RATE[np.clip(years_of(granted) - FIRST_YEAR, 0, 6)]
    rate = prime + 0.004 * np.clip(seen_risk + 4.5, -2, 4) + 0.002 * (term > 36) + rng.normal(0, 0.003, m)
    return Loans(
        company, _branches(part, rng, company), product, security, repayment, term, values.fen(amount),
        rounded(np.clip(rate, 0.021, 0.098), 4), granted, due, defaulted, prepaid, intensity, misused,
    )  # fmt: skip


def _branches(part: Part, rng: np.random.Generator, company: Ints) -> Ints:
    """Each company has a house branch; a third of the loans come from elsewhere."""
    branches = len(part.institutions.branches)
    house = rng.integers(0, branches, part.count)
    return np.where(chance(rng, 0.67, len(company)), house[company], rng.integers(0, branches, len(company)))


def _products(part: Part, rng: np.random.Generator, company: Ints, granted: Ints) -> Ints:
    block = part.companies
    young = as_years(granted - block.born[company]) < 3
    weights = np.tile(_PRODUCT_WEIGHTS, (len(company), 1))
    weights[:, 7] *= np.where(young, 3.0, 0.0)
    weights[:, 5] *= block.mature_staff[company] > 150
    weights[:, 6] *= block.park[company] >= 0
    weights[:, [3, 4]] *= ~block.without_rd[company][:, None]
    weights[:, 8] *= np.isin(company, part.rounds.company)
    weights[:, 0] *= np.where(in_trade(block.industry[company], "dealer"), 0.1, 1.0)
    return weighted_rows(rng, weights)


def _amounts(part: Part, rng: np.random.Generator, company: Ints, granted: Ints, product: Ints) -> Floats:
    """Amounts follow the sales or, before there are sales, the research of the year before."""
    year = np.clip(years_of(granted) - FIRST_YEAR - 1, 0, len(YEARS) - 1)
    sales = part.activity.revenue[company, year]
    basis = np.maximum(sales * 0.13, part.activity.rd_expense[company, year] * 0.5)
    multiple = np.array([0.9, 1.0, 1.8, 0.8, 0.7, 5.0, 0.6, 0.9, 0.9, 0.8])[product]
    amount = np.maximum(basis, 1.5e5) * multiple * np.exp(rng.normal(0.0, 0.6, len(company)))
    amount = np.where(product == PRODUCTS.index("start_up"), np.minimum(amount, 5e6), amount)
    return np.asarray(np.clip(np.where(amount > 2e6, rounded(amount, -5), rounded(amount, -4)), 1e5, 3e8))


def _fate(
    part: Part, rng: np.random.Generator, company: Ints, granted: Ints, due: Ints, strength: Floats, misused: Flags
) -> tuple[Ints, Ints, Floats]:
    """First missed payment (or NEVER), early repayment (or NEVER), true intensity on the day of grant.

    Two ways to default: out of the blue, rarely; and in a time of trouble, often. The weak and the misused
    default more. What falls due in trouble fails half the time.
    """
    block, m = part.companies, len(company)
    begins, passes, ended = block.distressed[company], block.recovered[company], block.ended[company]
    healthy = 0.006 * np.exp(-0.6 * strength) * np.where(misused, 3.0, 1.0)
    troubled = 0.75 * np.exp(-0.3 * strength)
    out_of_the_blue = granted + 45 + (365 * rng.exponential(1.0, m) / healthy).astype(np.int64)
    trouble_from = np.maximum(begins, granted) + 45
    in_trouble = trouble_from + (365 * rng.exponential(1.0, m) / troubled).astype(np.int64)
    in_trouble = np.where(in_trouble < passes, in_trouble, NEVER)
    at_due = np.where((begins < due) & (due < passes) & chance(rng, 0.5, m), due, NEVER)
    at_end = np.where(ended < due, np.maximum(ended - 40, granted + 35), NEVER)
    first = np.minimum(np.minimum(out_of_the_blue, in_trouble), np.minimum(at_due, at_end))
    early = granted + (rng.uniform(0.3, 0.95, m) * (due - granted)).astype(np.int64)
    prepaid = np.where(chance(rng, 0.12, m) & (early < first) & (early < begins), early, NEVER)
    defaulted = np.where((first <= due) & (first < prepaid) & (first <= part.until), first, NEVER)
    now_in_trouble = (begins <= granted) & (granted < passes)
    entering = 0.045 * np.exp(-0.65 * strength) * (1 - np.exp(-troubled))
    intensity = healthy + np.where(now_in_trouble, troubled, entering)
    return defaulted, np.where(prepaid <= part.until, prepaid, NEVER), intensity


def loan_ids(part: Part, loan: Ints | None = None) -> Text:
    """Identifiers of loans: part and number within the part."""
    own = np.arange(len(part.loans.company), dtype=np.int64) if loan is None else loan
    parts = np.full(len(own), part.number, dtype=np.int64)
    return values.fixed("SZD", values.digits(parts, 4), "-", values.digits(own, 6))


def loan_rows(part: Part) -> Rows:
    """Rows of `loan`; a restructured loan has a second row, known when it was restructured."""
    block, rng = part.loans, part.stream("loan rows")
    m = len(block.company)
    applied = block.granted - rng.integers(8, 70, m)
    approved = applied + ((block.granted - applied) * rng.uniform(0.3, 1.0, m)).astype(np.int64)
    shared = np.isin(block.security, [1, 5])
    guarantee = np.where(shared, rng.choice([0.5, 0.7, 0.8, 0.8, 0.9, 1.0], m), 0.0)
    limit = block.amount_fen * rng.choice([1, 1, 1, 2, 3], m)
    industry = part.companies.industry[block.company]
    first = {
        "loan_id": loan_ids(part),
        "company_id": part.ids(block.company),
        "institution_id": values.picked(part.institutions.branches, block.branch),
        "product": values.picked(PRODUCTS, block.product, chance(rng, 0.01, m)),
        "security": values.picked(SECURITIES, block.security),
        "purpose": values.picked(PURPOSES, block.product, chance(rng, 0.03, m)),
        "purpose_industry_code": values.picked(CODES, industry, chance(rng, 0.05, m)),
        "amount_cny": values.money(block.amount_fen),
        "approved_cny": values.money(limit, chance(rng, 0.05, m)),
        "rate": values.number(block.rate, chance(rng, 0.005, m)),
        "applied_on": values.days(applied, chance(rng, 0.04, m)),
        "approved_on": values.days(np.minimum(approved, block.granted), chance(rng, 0.01, m)),
        "granted_on": values.days(block.granted),
        "due_on": values.days(block.due),
        "repayment": values.picked(REPAYMENTS, block.repayment),
        "account_id": account_ids(lending_code(part.first + block.company, bank_of_branch(block.branch))),
        "payment_kind": values.picked(("entrusted", "own"), (~entrusted(part)).astype(np.int64)),
        "guarantee_share": values.number(guarantee, chance(rng, 0.02, m) & shared),
        "relending": values.flags(chance(rng, 0.15, m)),
        "restructured": values.flags(np.zeros(m, dtype=bool)),
        "known_on": values.days(block.granted + rng.integers(1, 4, m)),
        "source": values.same("synthetic: bank ledger", m),
    }
    changed = (block.defaulted < NEVER) & chance(rng, 0.15, m)
    later = first | {
        "restructured": values.flags(np.ones(m, dtype=bool)),
        "known_on": values.days(np.minimum(block.defaulted, part.until) + 110),
    }
    return values.stacked(first, values.take(later, changed))


def entrusted(part: Part) -> Flags:
    """Large loans are mostly paid out to the payee through the bank."""
    block, rng = part.loans, part.stream("payment kind")
    return chance(rng, np.where(block.amount_fen >= 10**9, 0.75, 0.15), len(block.company))


def intensity_rows(part: Part) -> Rows:
    """Truth: the yearly default intensity of every company at each year end at which it lives.

    It is the intensity that a loan granted on that day, and properly used, would have.
    """
    block, n = part.companies, part.count
    year_ends = np.array([day_number(date(int(year), 12, 31)) for year in YEARS[1:-1]], dtype=np.int64)
    company = np.repeat(np.arange(n, dtype=np.int64), len(year_ends))
    day = np.tile(year_ends, n)
    strength = block.strength[company]
    trouble = (block.distressed[company] <= day) & (day < block.recovered[company])
    troubled = 0.75 * np.exp(-0.3 * strength)
    entering = 0.045 * np.exp(-0.65 * strength) * (1 - np.exp(-troubled))
    rows = {
        "company_id": part.ids(company),
        "on_day": values.days(day),
        "default_intensity_1y": values.number(0.006 * np.exp(-0.6 * strength) + np.where(trouble, troubled, entering)),
        "in_distress": values.flags(trouble),
    }
    return values.take(rows, (block.born[company] <= day) & (block.ended[company] > day))

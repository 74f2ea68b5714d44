"""How does ordinary money move? Receipts, purchases, wages, taxes, rent, interest and the proper use of loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city.accounts import AFFILIATE, MAIN, VISIBLE, codes_of, lending_code
from kejin.city.activity import FIRST_YEAR, YEARS
from kejin.city.days import month_start, months_of
from kejin.city.institutions import bank_of_branch
from kejin.city.ledger import DAY_US, HOUR_US, MEMO, Draft
from kejin.city.loans import FIRST_GRANT
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Flags, Floats, Ints, chance, repeat_index, weighted

AROUND_MONTHS = 6  # how long before and after a loan's grant the accounts are followed
REGULARS = 8


@dataclass(frozen=True, slots=True)
class Operating:
    """Operating accounts of the part: borrowers' accounts with lending banks, and those of visible firms.

    account, company   code of the account; place of its holder in the part
    turnover           CNY a month through the account, shape (account, year)
    months             months since January 1970, shape (month,)
    active             whether a month is followed, shape (account, month)
    regulars           accounts of regular counterparties, shape (account, REGULARS)
    visible            places in the part of the visible firms, whose accounts come last
    small              accounts of small firms that are paid now and then
    """

    account: Ints
    company: Ints
    turnover: Floats
    months: Ints
    active: Flags
    regulars: Ints
    visible: Ints
    small: Ints

    @property
    def lending(self) -> int:
        """How many of the accounts, the first ones, are borrowers' accounts with lending banks."""
        return len(self.account) - len(self.visible)


def lending_codes(part: Part) -> Ints:
    """The account that each loan is paid out to."""
    loans = part.loans
    return lending_code(part.first + loans.company, bank_of_branch(loans.branch))


def operating_accounts(part: Part) -> Operating:
    """Which accounts are followed, when, and with whom they trade."""
    rng, block, loans = part.stream("operating"), part.companies, part.loans
    settled = (block.born < FIRST_GRANT - 250) & (block.ended == NEVER) & ~block.shell & (block.distressed > part.until)
    sales = part.activity.revenue[:, -3]
    rank = np.argsort(np.argsort(sales)) / max(part.count, 1)  # larger firms are likelier to be followed
    visible = np.flatnonzero(settled & chance(rng, 0.2 * rank**2, part.count))
    lending, loan_account = np.unique(lending_codes(part), return_inverse=True)
    account = np.concatenate([lending, (part.first + visible) * 100 + VISIBLE])
    company = account // 100 - part.first
    first = int(months_of(np.array([FIRST_GRANT]))[0]) - AROUND_MONTHS
    months = np.arange(first, int(months_of(np.array([part.until]))[0]) + 1, dtype=np.int64)
    active = np.zeros((len(account), len(months)), dtype=bool)
    grant = months_of(loans.granted) - first
    for offset in range(-AROUND_MONTHS, AROUND_MONTHS + 1):
        place = grant + offset
        inside = (place >= 0) & (place < len(months))
        active[loan_account[inside], place[inside]] = True
    active[len(lending) :] = True
    active &= month_start(months)[None, :] < block.ended[company][:, None]
    active &= month_start(months)[None, :] >= block.born[company][:, None] + 20
    share = rng.uniform(0.25, 0.9, len(account))[:, None]
    flow = np.maximum(part.activity.revenue[company], part.activity.rd_expense[company] * 0.8)
    turnover = np.maximum(flow * share / 12, 20_000)
    small = small_firms(part)
    regulars = _regulars(part, rng, company, visible, small)
    return Operating(account, company, turnover, months, active, regulars, visible, small)


def small_firms(part: Part) -> Ints:
    """Accounts of small and old enough firms: honest payees mostly, and now and then a place for misused money."""
    block = part.companies
    small = (block.mature_staff < 8) & (block.ended > part.until) & (block.born < part.until - 1_800)
    return (part.first + np.flatnonzero(small)) * 100 + AFFILIATE


def _regulars(part: Part, rng: np.random.Generator, company: Ints, visible: Ints, small: Ints) -> Ints:
    """Regular counterparties: firms whose accounts are followed, small firms, and companies anywhere in the city."""
    shape = (len(company), REGULARS)
    anywhere = rng.integers(0, part.city.companies, shape) * 100 + MAIN
    if len(visible):
        busy = np.sqrt(part.activity.revenue[visible, -3] + 1e5)  # larger firms have more partners
        near = weighted(rng, busy, shape[0] * shape[1]).reshape(shape)
        near = (part.first + visible[near]) * 100 + VISIBLE
        anywhere = np.where(rng.random(shape) < 0.5, near, anywhere)
    if len(small):
        anywhere = np.where(rng.random(shape) < 0.1, small[rng.integers(0, len(small), shape)], anywhere)
    own = anywhere // 100 == (part.first + company)[:, None]
    return np.where(own, codes_of("other", "CONSUMER")[0], anywhere)


def office_hours(rng: np.random.Generator, day: Ints) -> Ints:
    """A time between half past eight and six on a day, in microseconds."""
    return day * DAY_US + (rng.uniform(8.5, 18.0, len(day)) * 3600).astype(np.int64) * 1_000_000


def counterparty(op: Operating, rng: np.random.Generator, row: Ints) -> Ints:
    """A regular counterparty of an account, the first ones more often."""
    place = np.floor(REGULARS * rng.random(len(row)) ** 1.7).astype(np.int64)
    return np.asarray(op.regulars[row, place])


def add_business(part: Part, draft: Draft, op: Operating) -> None:
    """Receipts and payments of every followed month; over time as much goes out as comes in."""
    rng = part.stream("business")
    row, month = np.nonzero(op.active)
    year = np.clip(op.months[month] // 12 + 1970 - FIRST_YEAR, 0, len(YEARS) - 1)
    flow = op.turnover[row, year] * 100
    pace = np.clip(np.exp(rng.normal(0.55, 0.6, len(op.account))), 0.5, 9)
    pace[op.lending :] *= 0.7
    start = month_start(op.months[month])
    cell, amount = split(rng, flow * np.exp(rng.normal(0.0, 0.3, len(row))), rng.poisson(pace[row]))
    payer = counterparty(op, rng, row[cell])
    from_consumers = chance(rng, 0.12, len(cell))
    payer = np.where(from_consumers, rng.choice(codes_of("third_party_payment"), len(cell)), payer)
    moment = office_hours(rng, start[cell] + rng.integers(0, 28, len(cell)))
    kind = np.array([MEMO["货款"], MEMO["服务费"], MEMO["技术服务费"]])[weighted(rng, [6, 1, 1], len(cell))]
    draft.add(payer, op.account[row[cell]], moment, amount, kind)
    cell, amount = split(rng, flow * 0.62 * np.exp(rng.normal(0.0, 0.3, len(row))), rng.poisson(pace[row] * 1.2))
    moment = office_hours(rng, start[cell] + rng.integers(0, 28, len(cell)))
    kind = np.array([MEMO["采购款"], MEMO["研发材料款"], MEMO["检测费"], MEMO["服务费"]])[
        weighted(rng, [6, 2, 1, 1], len(cell))
    ]
    draft.add(op.account[row[cell]], counterparty(op, rng, row[cell]), moment, amount, kind)
    petty = np.flatnonzero(chance(rng, 0.12, len(row)))  # cash for expenses, entertaining customers
    payee = np.where(
        chance(rng, 0.5, len(petty)), codes_of("cash")[0], rng.choice(codes_of("other", "LEISURE"), len(petty))
    )
    moment = office_hours(rng, start[petty] + rng.integers(0, 28, len(petty)))
    sums = np.rint(flow[petty] * rng.uniform(0.002, 0.03, len(petty))).astype(np.int64)
    draft.add(
        op.account[row[petty]],
        payee,
        moment,
        sums,
        np.where(payee == codes_of("cash")[0], MEMO["备用金"], MEMO["服务费"]),
    )
    _add_monthly(draft, op, row, start, flow, rng)


def _add_monthly(draft: Draft, op: Operating, row: Ints, start: Ints, flow: Floats, rng: np.random.Generator) -> None:
    """Wages, taxes, social insurance and rent, on their days of the month, some in batches at one time."""
    own = op.account[row]
    wages_day = start + 9 + (op.company[row] % 6)
    ten = wages_day * DAY_US + 10 * HOUR_US
    noise = np.exp(rng.normal(0.0, 0.08, len(row)))
    through = chance(rng, 0.8, len(op.account))[row]
    for share, day, target, memo in (
        (0.24, ten, codes_of("payroll")[0], "工资"),
        (0.04, (start + 14) * DAY_US + 11 * HOUR_US, codes_of("tax")[0], "税款"),
        (0.06, (start + 19) * DAY_US + 9 * HOUR_US, codes_of("social_insurance")[0], "社保缴费"),
    ):
        amount = np.where(through, np.rint(flow * share * noise), 0).astype(np.int64)
        draft.add(own, target, day, amount, MEMO[memo], channel=2)
    landlord = op.regulars[row, REGULARS - 1]
    draft.add(
        own, landlord, (start + 4) * DAY_US + 15 * HOUR_US, np.rint(flow * 0.03).astype(np.int64), MEMO["房租水电"]
    )


def split(rng: np.random.Generator, total: Floats, pieces: Ints) -> tuple[Ints, Ints]:
    """(whose, fen) of sums split into pieces of uneven size; a sum with no pieces vanishes."""
    cell, _ = repeat_index(pieces)
    weight = rng.gamma(1.0, 1.0, len(cell)) + 0.05
    whole = np.bincount(cell, weights=weight, minlength=len(total))
    return cell, np.floor(total[cell] * weight / whole[cell]).astype(np.int64)


def add_loans(part: Part, draft: Draft, op: Operating, misused_fen: Ints) -> None:
    """Disbursement, proper spending of what is not misused, interest and repayments within the months followed."""
    rng, loans = part.stream("loan payments"), part.loans
    own = np.arange(len(loans.company), dtype=np.int64)
    account, bank = lending_codes(part), bank_of_branch(loans.branch)
    granted_at = grant_times(part)
    draft.add(codes_of("loan")[bank], account, granted_at, loans.amount_fen, MEMO["贷款发放"], loan=own)
    _add_spending(part, draft, op, rng, misused_fen, granted_at)
    _add_repayments(part, draft, rng)


def grant_times(part: Part) -> Ints:
    """The moment at which each loan is paid out, in microseconds."""
    rng, loans = part.stream("grant times"), part.loans
    return loans.granted * DAY_US + (rng.uniform(9.0, 11.0, len(loans.company)) * 3600).astype(np.int64) * 1_000_000


def _add_spending(
    part: Part, draft: Draft, op: Operating, rng: np.random.Generator, misused_fen: Ints, granted_at: Ints
) -> None:
    """What the loan was meant for: suppliers, equipment, materials, wages; quickly when paid as entrusted."""
    from kejin.city.loans import entrusted

    loans = part.loans
    by_bank = entrusted(part)
    row = np.searchsorted(op.account[: op.lending], lending_codes(part))
    spent = (loans.amount_fen - misused_fen) * rng.uniform(0.6, 1.0, len(row))
    loan, amount = split(rng, spent, 2 + rng.poisson(4, len(row)))
    m = len(loan)
    slow = rng.exponential(np.array([8.0, 25.0, 60.0])[weighted(rng, [1, 2, 1], m)])
    wait = np.where(by_bank[loan], rng.uniform(0.05, 2.0, m), np.minimum(slow, 170))
    moment = granted_at[loan] + (wait * DAY_US).astype(np.int64) // 1_000_000 * 1_000_000
    payee = counterparty(op, rng, row[loan])
    new = chance(rng, 0.25, m)  # honest borrowers too pay firms that they never paid before
    strangers = rng.integers(0, part.city.companies, m) * 100 + MAIN
    if len(op.small):
        strangers = np.where(chance(rng, 0.5, m), op.small[rng.integers(0, len(op.small), m)], strangers)
    payee = np.where(new & (strangers // 100 != part.first + loans.company[loan]), strangers, payee)
    wages = chance(rng, 0.18, m) & ~by_bank[loan]
    payee = np.where(wages, codes_of("payroll")[0], payee)
    kind = np.array([MEMO["采购款"], MEMO["设备款"], MEMO["研发材料款"], MEMO["技术服务费"]])[
        weighted(rng, [4, 2, 2, 1], m)
    ]
    draft.add(
        lending_codes(part)[loan], payee, moment, amount, np.where(wages, MEMO["工资"], kind),
        loan=np.where(by_bank[loan], loan, -1), entrusted=by_bank[loan].astype(np.int64),
    )  # fmt: skip


def _add_repayments(part: Part, draft: Draft, rng: np.random.Generator) -> None:
    """Interest each month and the principal that `loan_state` shows as repaid, in the months followed."""
    loans, states = part.loans, part.loan_states
    followed = states.month - months_of(loans.granted[states.loan]) <= AROUND_MONTHS
    bank = bank_of_branch(loans.branch[states.loan])
    account, target = lending_codes(part)[states.loan], codes_of("loan_repayment")[bank]
    on_21st = month_start(states.month) + 20
    paying = followed & (on_21st > loans.granted[states.loan]) & (on_21st < loans.defaulted[states.loan])
    before = states.balance + states.repaid
    interest = np.where(paying, np.rint(before * loans.rate[states.loan] / 12), 0).astype(np.int64)
    draft.add(account, target, on_21st * DAY_US + 8 * HOUR_US, interest, MEMO["贷款利息"], channel=2, loan=states.loan)
    principal = np.where(followed, states.repaid, 0)
    day = np.maximum(month_start(states.month) + rng.integers(20, 26, len(bank)), loans.granted[states.loan] + 1)
    draft.add(account, target, day * DAY_US + 14 * HOUR_US, principal, MEMO["归还贷款本金"], loan=states.loan)
    large = np.flatnonzero(principal > before // 3)  # large repayments are gathered from the company's main account
    own_main = (account[large] // 100) * 100 + MAIN
    moment = office_hours(rng, day[large] - rng.integers(1, 6, len(large)))
    draft.add(own_main, account[large], moment, np.rint(principal[large] * 0.95).astype(np.int64), MEMO["同名划转"])

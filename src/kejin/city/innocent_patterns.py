"""What looks like misuse and is not? Seven families of honest habits of borrowers, with and without misused loans."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kejin.city.accounts import AFFILIATE, CONTROLLER, MAIN, MARGIN, RELATIVE, SECOND, TIME_DEPOSIT, codes_of
from kejin.city.ledger import DAY_US, HOUR_US, MEMO, Draft
from kejin.city.misuse import relatives_of
from kejin.city.ordinary_payments import REGULARS, Operating, lending_codes
from kejin.city.parts import Part
from kejin.city.streams import Ints

FAMILIES = (
    "supplier_refund", "group_pooling", "own_treasury", "owner_drawings", "own_instalments", "intra_group_supply",
    "bill_margin",
)  # fmt: skip
_WEIGHTS = (1.2, 1.0, 1.0, 1.2, 1.0, 1.0, 0.6)
SHARE_OF_LOANS, SHARE_OF_LOANS_OF_GROUPS = 0.35, 0.7
AROUND_DAYS = 170


def add_innocent(part: Part, draft: Draft, op: Operating) -> Ints:
    """Draft honest patterns around some loans; gives each loan's family as a place in FAMILIES, -1 for none."""
    rng, loans = part.stream("innocent"), part.loans
    family = np.full(len(loans.company), -1, dtype=np.int64)
    accounts, relatives = lending_codes(part), relatives_of(part)
    rows = np.searchsorted(op.account[: op.lending], accounts)
    often = np.where(np.isin(loans.company, list(relatives)), SHARE_OF_LOANS_OF_GROUPS, SHARE_OF_LOANS)
    for loan in np.flatnonzero(rng.random(len(family)) < often).tolist():
        company = int(loans.company[loan])
        kin = [one for one in relatives.get(company, ()) if part.companies.born[one] + 220 < loans.granted[loan]]
        weights = np.array(_WEIGHTS)
        if kin:
            weights[[1, 5]] *= 4.0
        else:
            weights[[1, 5]] = 0.0
        kind = int(rng.choice(len(FAMILIES), p=weights / weights.sum()))
        monthly = int(op.turnover[rows[loan]].mean() * 100)
        middle = int(loans.granted[loan])
        first = max(middle - AROUND_DAYS, int(part.companies.born[company]) + 30)
        other = (part.first + kin[int(rng.integers(0, len(kin)))]) * 100 + AFFILIATE if kin else 0
        partner = int(op.regulars[rows[loan], int(rng.integers(0, REGULARS))])
        _PATTERNS[kind](draft, rng, int(accounts[loan]), other, partner, monthly, first, middle)
        family[loan] = kind
    return family


def _moment(rng: Generator, day: float) -> int:
    return int(day) * DAY_US + int(rng.uniform(8.5, 17.5) * 3600) * 1_000_000


def _supplier_refund(
    draft: Draft, rng: Generator, account: int, _kin: int, partner: int, monthly: int, _first: int, middle: int
) -> None:
    """A supplier pays back part or all of what it was paid, because goods were returned or an order cancelled."""
    paid = _moment(rng, middle + rng.uniform(0, 40))
    fen = int(monthly * rng.uniform(0.2, 1.5))
    if draft.row(account, partner, paid, fen, MEMO["采购款"]):
        later = paid + int(rng.uniform(1, 30) * 24) * HOUR_US
        draft.row(partner, account, later, int(fen * rng.choice([0.3, 0.5, 0.8, 1.0])), MEMO["退货款"])


def _group_pooling(
    draft: Draft, rng: Generator, account: int, kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """The group gathers cash every week and gives it out again; it did so before the loan."""
    step = int(rng.choice([7, 7, 14, 30]))
    share = rng.uniform(0.1, 0.4)
    for day in range(first, middle + AROUND_DAYS, step):
        fen = int(monthly * share * rng.uniform(0.7, 1.3))
        up = _moment(rng, day)
        draft.row(account, kin, up, fen, MEMO["资金归集"])
        draft.row(
            kin,
            account,
            up + int(rng.integers(20, step * 20)) * HOUR_US,
            int(fen * rng.uniform(0.9, 1.0)),
            MEMO["资金下拨"],
        )


def _own_treasury(
    draft: Draft, rng: Generator, account: int, _kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """Spare money of its own goes into deposits, wealth or securities and comes back, before and after the loan."""
    day = float(first)
    way = rng.random()
    if way < 0.35:
        places, put, back = np.array([account // 100 * 100 + TIME_DEPOSIT]), "定期存款", "定期支取"
    elif way < 0.5:
        places, put, back = codes_of("securities"), "银证转账", "银证转账"
    else:
        places, put, back = codes_of("wealth"), "购买理财", "理财赎回"
    while day < middle + AROUND_DAYS:
        fen = int(monthly * rng.uniform(0.2, 0.9)) // 1_000_000 * 1_000_000
        bought = _moment(rng, day)
        one = int(places[int(rng.integers(0, len(places)))])
        held = rng.uniform(20, 90)
        draft.row(account, one, bought, fen, MEMO[put])
        draft.row(one, account, bought + int(held * 24) * HOUR_US, int(fen * (1 + 0.02 * held / 365)), MEMO[back])
        day += held + rng.uniform(5, 40)


def _owner_drawings(
    draft: Draft, rng: Generator, account: int, _kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """The owner draws a salary, expenses and now and then a dividend."""
    person = account // 100 * 100 + (CONTROLLER if rng.random() < 0.7 else RELATIVE)
    for day in range(first, middle + AROUND_DAYS, 30):
        draft.row(
            account,
            person,
            _moment(rng, day + rng.uniform(0, 6)),
            int(monthly * rng.uniform(0.02, 0.12)),
            MEMO["报销款"],
        )
    if rng.random() < 0.4:
        draft.row(
            account,
            person,
            _moment(rng, middle + rng.uniform(-100, 100)),
            int(monthly * rng.uniform(0.3, 1.5)),
            MEMO["往来款"],
        )


def _own_instalments(
    draft: Draft, rng: Generator, account: int, _kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """Instalments of another loan, a lease, an office or a micro-loan, each month, out of ordinary income."""
    way = rng.random()
    if way < 0.7:
        lenders, memo = codes_of("loan_repayment"), MEMO["归还贷款本金"] if rng.random() < 0.6 else MEMO["租赁款"]
    elif way < 0.85:
        lenders, memo = codes_of("property"), MEMO["购房款"]
    else:
        lenders, memo = codes_of("current", "MICLEN"), MEMO["还款"]
    lender = int(lenders[int(rng.integers(0, len(lenders)))])
    fen = int(monthly * rng.uniform(0.05, 0.25))
    for day in range(first, middle + AROUND_DAYS, 30):
        draft.row(account, lender, _moment(rng, day), fen, memo)


def _intra_group_supply(
    draft: Draft, rng: Generator, account: int, kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """A company of the same group supplies real goods, has always done so, and pays its own suppliers."""
    step = int(rng.integers(10, 31))
    for day in range(first, middle + AROUND_DAYS, step):
        fen = int(monthly * rng.uniform(0.1, 0.5))
        paid = _moment(rng, day + rng.uniform(0, 5))
        draft.row(account, kin, paid, fen, MEMO["货款"])
        main = kin // 100 * 100 + MAIN
        draft.row(
            kin, main, paid + int(rng.integers(10, 300)) * HOUR_US, int(fen * rng.uniform(0.7, 1.0)), MEMO["同名划转"]
        )


def _bill_margin(
    draft: Draft, rng: Generator, account: int, _kin: int, _partner: int, monthly: int, first: int, middle: int
) -> None:
    """Margin for accepted bills that pay suppliers, released when the bills are paid."""
    holder = account // 100 * 100
    margin = holder + MARGIN
    day = float(first)
    while day < middle + AROUND_DAYS:
        fen = int(monthly * rng.uniform(0.1, 0.4))
        put = _moment(rng, day)
        draft.row(holder + SECOND, margin, put, fen, MEMO["保证金"])
        draft.row(margin, holder + SECOND, put + int(rng.uniform(80, 180) * 24) * HOUR_US, fen, MEMO["保证金"])
        draft.row(account, holder + SECOND, put - 2 * HOUR_US, fen, MEMO["同名划转"])
        day += rng.uniform(40, 120)


_PATTERNS = (
    _supplier_refund, _group_pooling, _own_treasury, _owner_drawings, _own_instalments, _intra_group_supply,
    _bill_margin,
)  # fmt: skip

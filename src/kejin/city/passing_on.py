"""What happens to money once it has arrived? Firms pass it on, and keep their balances near where they began."""

from __future__ import annotations

import numpy as np

from kejin.city.accounts import CONTROLLER, MAIN, codes_of
from kejin.city.days import month_start, months_of
from kejin.city.ledger import DAY_US, MEMO, Draft, Ledger
from kejin.city.ordinary_payments import Operating, counterparty, office_hours, split
from kejin.city.parts import Part
from kejin.city.streams import Flags, Floats, Ints, chance, weighted

Arrivals = tuple[Ints, Ints, Ints]  # (account, moment, fen)


def arrivals(ledger: Ledger) -> Arrivals:
    """Ordinary money that arrived; misused money moves on by its own path and is not passed on twice."""
    ordinary = ledger.path_loan < 0
    return ledger.target[ordinary], ledger.time[ordinary], ledger.fen[ordinary]


def pass_on(part: Part, draft: Draft, op: Operating, subject: str, arrived: Arrivals) -> Arrivals:
    """What firms do with money received: visible ones pay suppliers and staff, small ones empty their accounts.

    Returns these payments as arrivals, so that the next round can start from them.
    """
    rng = part.stream(f"onward {subject}")
    visible = _visible(draft, op, rng, arrived)
    small = _small(part, draft, op, rng, arrived)
    return tuple(np.concatenate(pair) for pair in zip(visible, small, strict=True))  # type: ignore[return-value]


def _pieces(
    rng: np.random.Generator, arrived: Arrivals, chosen: Flags, share: Floats, days: tuple[float, float]
) -> tuple[Ints, Ints, Ints, Ints]:
    """(payer, moment, fen, row) of one to three payments out of each chosen arrival, after a log-uniform wait."""
    account, moment, fen = arrived
    row = np.flatnonzero(chosen)
    piece, amount = split(rng, fen[row] * share[row], rng.integers(1, 4, len(row)))
    which = row[piece]
    wait = np.exp(rng.uniform(np.log(days[0]), np.log(days[1]), len(which)))
    later = moment[which] + (wait * DAY_US).astype(np.int64) // 1_000_000 * 1_000_000
    return account[which], later, amount, which


def _visible(draft: Draft, op: Operating, rng: np.random.Generator, arrived: Arrivals) -> Arrivals:
    codes, m = op.account[op.lending :], len(arrived[0])
    chosen = np.isin(arrived[0], codes) & chance(rng, 0.55, m)
    payer, later, amount, _ = _pieces(rng, arrived, chosen, rng.uniform(0.4, 0.95, m), (0.2, 40.0))
    row = op.lending + np.searchsorted(codes, payer)
    wages = codes_of("payroll")[0]
    payee = np.where(chance(rng, 0.2, len(payer)), wages, counterparty(op, rng, row))
    draft.add(payer, payee, later, amount, np.where(payee == wages, MEMO["工资"], MEMO["货款"]))
    return payee, later, amount


def _small(part: Part, draft: Draft, op: Operating, rng: np.random.Generator, arrived: Arrivals) -> Arrivals:
    m = len(arrived[0])
    chosen = np.isin(arrived[0], op.small) & chance(rng, 0.75, m)
    payer, later, amount, _ = _pieces(rng, arrived, chosen, rng.uniform(0.6, 1.0, m), (0.02, 25.0))
    n, holder = len(payer), payer // 100 * 100
    way = weighted(rng, [0.35, 0.35, 0.18, 0.12], n)
    elsewhere = rng.integers(0, part.city.companies, n) * 100 + MAIN
    payee = np.select(
        [way == 0, way == 1, way == 2], [holder + MAIN, elsewhere, codes_of("payroll")[0]], holder + CONTROLLER
    )
    memo = np.array([MEMO["同名划转"], MEMO["货款"], MEMO["工资"], MEMO["报销款"]])[way]
    draft.add(payer, payee, later, amount, memo)
    return payee, later, amount


def add_sweeps(part: Part, draft: Draft, op: Operating, business: Ledger, everything: Ledger) -> None:
    """Early each month a company moves what the month before brought or cost between this account and its main one.

    So balances stay near where they began. A borrower's account is swept by its ordinary business only: what a
    loan brought and paid for is left alone.
    """
    rng = part.stream("sweeps")
    ordinary = (everything.loan < 0) & (everything.path_loan < 0)
    net = np.concatenate(
        [
            _net_by_month(op, business, np.ones(len(business.time), dtype=bool))[: op.lending],
            _net_by_month(op, everything, ordinary)[op.lending :],
        ]
    )
    row, month = np.nonzero(net)
    usual = op.turnover[row].mean(axis=1) * 100
    amount = np.rint(net[row, month] * rng.uniform(0.8, 1.0, len(row))).astype(np.int64)
    wanted = np.abs(amount) > 0.25 * usual
    row, month, amount = row[wanted], month[wanted], amount[wanted]
    when = office_hours(rng, month_start(op.months[month] + 1) + rng.integers(0, 5, len(row)))
    own, main = op.account[row], op.account[row] // 100 * 100 + MAIN
    out = amount > 0
    draft.add(np.where(out, own, main), np.where(out, main, own), when, np.abs(amount), MEMO["同名划转"])


def _net_by_month(op: Operating, ledger: Ledger, wanted: Flags) -> Ints:
    """What came in minus what went out, in fen, shape (account, month)."""
    width = len(op.months)
    order = np.argsort(op.account)
    ordered = op.account[order]
    net = np.zeros(len(op.account) * width, dtype=np.int64)
    month = months_of(ledger.day) - op.months[0]
    inside = wanted & (month >= 0) & (month < width)
    for side, sign in ((ledger.target, 1), (ledger.source, -1)):
        place = np.minimum(np.searchsorted(ordered, side), len(order) - 1)
        rows = np.flatnonzero(inside & (ordered[place] == side))
        np.add.at(net, order[place[rows]] * width + month[rows], sign * ledger.fen[rows])
    return net.reshape(len(op.account), width)

"""Who put equity into the companies? Rounds, the funds behind them, and the funds' own rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.days import as_years, day_number, years_of
from kejin.city.industries import in_trade
from kejin.city.parts import NEVER, City, Part
from kejin.city.streams import Bytes, Floats, Ints, chance, log_uniform, logistic, rounded
from kejin.city.values import Rows, Text

ROUND_CODES = ("seed", "angel", "pre_a", "a", "b", "c", "d_or_later", "ipo", "strategic")
_MEDIAN_CNY = (2.5e6, 6e6, 1.6e7, 4e7, 1.1e8, 2.6e8, 6e8)
FUND_KINDS = ("venture", "private_equity", "aic", "government", "seed")
_FUND_WORDS = ("创业投资基金", "股权投资基金", "金融资产股权基金", "引导基金", "天使基金")


@dataclass(frozen=True, slots=True)
class Rounds:
    """One value a round, sorted by company and day. amount_fen and post_fen are whole fen; fund -1 is no fund known."""

    company: Ints
    kind: Ints
    closed: Ints
    amount_fen: Ints
    post_fen: Ints
    fund: Ints


@dataclass(frozen=True, slots=True)
class Funds:
    """One value a fund of the city."""

    kind: Ints
    manager: Ints
    established: Ints
    size: Floats


def fund_count(companies: int) -> int:
    """Funds grow with the city."""
    return int(min(300, 12 + companies // 1500))


def make_funds(city: City) -> Funds:
    """The funds of the whole city."""
    rng, n = city.stream("funds"), fund_count(city.companies)
    kind = np.arange(n) % len(FUND_KINDS)
    kind = np.where(chance(rng, 0.5, n), 0, kind)
    first = day_number_of_year(2012)
    established = first + (rng.random(n) * (city.until - 200 - first)).astype(np.int64)
    established[: len(FUND_KINDS)] = first
    return Funds(kind, rng.integers(0, 1_000, n), established, rounded(np.exp(rng.normal(np.log(6e8), 0.9, n)), -6))


def day_number_of_year(year: int) -> int:
    """1 January of a year as a number of days."""
    from datetime import date

    return day_number(date(year, 1, 1))


def make_rounds(part: Part) -> Rounds:
    """Equity rounds of one part: the able and the lucky raise earlier, more and more often."""
    rng, block, n = part.stream("equity"), part.companies, part.count
    liked = in_trade(block.industry, "software", "chip", "bio", "medical", "equipment", "energy")
    appeal = -3.0 + 0.75 * block.research + 0.35 * block.luck + 1.1 * liked - 4.0 * block.shell
    raising = chance(rng, logistic(appeal), n)
    day = block.born + (365 * log_uniform(rng, 0.15, 3.5, n)).astype(np.int64)
    stop = np.minimum(np.minimum(block.ended, block.distressed), np.minimum(block.listed, part.until - 10))
    pieces: list[tuple[Ints, Ints, Ints, Floats]] = []
    skip = rng.integers(0, 3, n)  # some begin with angel or pre-A money
    own = np.arange(n, dtype=np.int64)
    for step in range(len(_MEDIAN_CNY)):
        kind = np.minimum(step + skip, len(_MEDIAN_CNY) - 1)
        now = raising & (day < stop)
        amount = np.array(_MEDIAN_CNY)[kind] * np.exp(rng.normal(0.0, 0.7, n) + 0.15 * block.research)
        pieces.append((own[now], kind[now], day[now], amount[now]))
        raising = now & chance(rng, logistic(-0.2 + 0.5 * block.research + 0.3 * block.luck), n)
        day = day + (365 * rng.uniform(0.7, 2.4, n)).astype(np.int64)
    public = block.listed < NEVER
    staff = np.maximum(block.mature_staff, 50)
    pieces.append((own[public], np.full(public.sum(), 7), block.listed[public], staff[public] * 2.2e6))
    company, kind, day, amount = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.lexsort((kind, day, company))
    company, kind, day, amount = company[order], kind[order], day[order], amount[order]
    m = len(company)
    share = rng.uniform(0.06, 0.24, m)
    strategic = chance(rng, 0.05, m) & (kind >= 3) & (kind < 7)
    kind = np.where(strategic, 8, kind)
    funds = make_funds(part.city)
    fund = rng.integers(0, len(funds.kind), m)
    fund = np.where((funds.established[fund] < day - 30) & (kind < 7) & chance(rng, 0.7, m), fund, -1)
    amount_fen = values.fen(np.maximum(rounded(amount, -4), 1e5))
    return Rounds(company, kind, day, amount_fen, values.fen(rounded(amount_fen / 100 / share, -4)), fund)


def _round_number(part: Part) -> Bytes:
    """Place of each round within its company, two digits."""
    company = part.rounds.company
    starts = np.searchsorted(company, company)
    return values.digits(np.arange(len(company)) - starts, 2)


def equity_round_rows(part: Part) -> Rows:
    """Rows of `equity_round`."""
    block, rng = part.rounds, part.stream("equity rows")
    m = len(block.company)
    funded = block.fund >= 0
    return {
        "round_id": values.fixed("EQ", values.digits(part.first + block.company, 7), _round_number(part)),
        "company_id": part.ids(block.company),
        "round": values.picked(ROUND_CODES, block.kind, chance(rng, 0.02, m)),
        "closed_on": values.days(block.closed),
        "amount_cny": values.money(block.amount_fen, chance(rng, 0.04, m)),
        "post_money_cny": values.money(block.post_fen, chance(rng, 0.45, m)),
        "qualified_investor": values.flags(funded | (block.kind >= 3), chance(rng, 0.05, m)),
        "investor": values.hidden(fund_ids(np.maximum(block.fund, 0)), ~funded),
        "known_on": values.days(block.closed + rng.integers(3, 90, m)),
        "source": values.same("synthetic: equity registry", m),
    }


def fund_ids(fund: Ints) -> Text:
    """Identifiers of funds."""
    return values.fixed("FUND", values.digits(fund, 4))


def fund_rows(part: Part) -> Rows:
    """Rows of `fund`, written with the first part."""
    funds, n = make_funds(part.city), fund_count(part.city.companies)
    if part.number:
        return {}
    rng, own = part.city.stream("fund rows"), np.arange(n, dtype=np.int64)
    paid = np.minimum(1.0, 0.3 + 0.15 * as_years(part.until - funds.established))
    numbers = values.fixed(values.digits(own, 4))
    name = values.joined("演示虚拟", values.picked(_FUND_WORDS, funds.kind), " ", numbers)
    return {
        "fund_id": fund_ids(own),
        "name": name,
        "manager_id": part.institutions.manager_ids(funds.manager, funds.kind == FUND_KINDS.index("aic")),
        "fund_kind": values.picked(FUND_KINDS, funds.kind),
        "established_on": values.days(funds.established),
        "ends_on": values.days(funds.established + 365 * rng.integers(7, 15, n), chance(rng, 0.05, n)),
        "size_cny": values.money(values.fen(funds.size)),
        "paid_in_cny": values.money(values.fen(rounded(funds.size * paid, -4)), chance(rng, 0.08, n)),
        "known_on": values.days(funds.established + 20),
        "source": values.same("synthetic: fund register", n),
    }


def fund_investment_rows(part: Part) -> Rows:
    """Rows of `fund_investment`: into companies (from the rounds) and, with the first part, into the funds."""
    block, rng = part.rounds, part.stream("fund investments")
    chosen = np.flatnonzero(block.fund >= 0)
    company, m = block.company[chosen], len(chosen)
    took = rng.uniform(0.3, 1.0, m)
    amount = rounded(block.amount_fen[chosen] * took).astype(np.int64)
    share = rounded(np.clip(amount / np.maximum(block.post_fen[chosen], 1), 0, 1), 4)
    quality = part.companies.research[company] + part.companies.luck[company]
    held = (365 * rng.uniform(2.0, 8.0, m)).astype(np.int64)
    dies = part.companies.ended[company]
    exit_day = np.minimum(block.closed[chosen] + held, dies)
    exits = (exit_day <= part.until - 5) & (chance(rng, 0.45, m) | (dies < NEVER))
    multiple = np.exp(0.35 * quality + rng.normal(0.1, 0.8, m)) * np.where(exit_day == dies, 0.05, 1.0)
    number = _round_number(part)[chosen]
    none = np.zeros(m, dtype=bool)
    rows: Rows = {
        "investment_id": values.fixed("INV", values.digits(part.first + company, 7), number),
        "fund_id": fund_ids(block.fund[chosen]),
        "direction": values.same("into_company", m),
        "company_id": part.ids(company),
        "investor_id": values.no_text(m),
        "invested_on": values.days(block.closed[chosen]),
        "amount_cny": values.money(amount, chance(rng, 0.02, m)),
        "share": values.number(share, chance(rng, 0.15, m)),
        "source": values.same("synthetic: fund register", m),
    }
    at_first = rows | {
        "exited_on": values.days(exit_day, ~none),
        "proceeds_cny": values.money(np.zeros(m, dtype=np.int64), ~none),
        "known_on": values.days(block.closed[chosen] + rng.integers(5, 60, m)),
    }
    proceeds = np.rint(amount * multiple).astype(np.int64)
    at_exit = rows | {
        "exited_on": values.days(exit_day),
        "proceeds_cny": values.money(proceeds, chance(rng, 0.1, m)),
        "known_on": values.days(exit_day + 65),
    }
    pieces = [at_first, values.take(at_exit, exits)]
    return values.stacked(*pieces, _into_funds(part)) if part.number == 0 else values.stacked(*pieces)


def _into_funds(part: Part) -> Rows:
    """Banks' investment companies, insurers and government money put into the funds."""
    funds, rng = make_funds(part.city), part.city.stream("into funds")
    investors = part.institutions.ids_of("aic", "insurer")
    fund = np.repeat(np.arange(len(funds.kind), dtype=np.int64), 3)
    m = len(fund)
    day = np.minimum(funds.established[fund] + rng.integers(10, 900, m), part.until - 70)
    years = years_of(day)
    return {
        "investment_id": values.fixed(
            "FIN", values.digits(np.arange(m, dtype=np.int64), 7), values.digits(years % 100, 2)
        ),
        "fund_id": fund_ids(fund),
        "direction": values.same("into_fund", m),
        "company_id": values.no_text(m),
        "investor_id": values.picked(investors, rng.integers(0, len(investors), m)),
        "invested_on": values.days(day),
        "amount_cny": values.money(values.fen(rounded(funds.size[fund] * rng.uniform(0.03, 0.3, m), -4))),
        "share": values.number(rounded(rng.uniform(0.03, 0.3, m), 4)),
        "source": values.same("synthetic: fund register", m),
        "exited_on": values.no_day(m),
        "proceeds_cny": values.no_money(m),
        "known_on": values.days(day + 30),
    }

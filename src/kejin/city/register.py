"""Who owns whom, who was punished, who is in court? Ownership, penalties and court cases."""

from __future__ import annotations

import numpy as np

from kejin.city import names, values
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Ints, chance, repeat_index, rounded, weighted
from kejin.city.values import Rows

PENALTY_KINDS = ("safety", "quality", "environment", "tax", "research_integrity", "labour", "other")
_AUTHORITIES = (
    "虚拟应急局",
    "虚拟市场监管局",
    "虚拟生态环境局",
    "虚拟税务局",
    "虚拟科技局",
    "虚拟人社局",
    "虚拟行政机关",
)
CASE_ROLES = ("plaintiff", "defendant", "third_party", "enforced", "restricted")
CASE_KINDS = ("contract", "loan", "labour", "ip", "equity", "other")


def ownership_rows(part: Part) -> Rows:
    """Rows of `ownership`: persons, the head of the group, funds and the state, at most five an entity."""
    rng, block, n = part.stream("ownership"), part.companies, part.count
    own = np.arange(n, dtype=np.int64)
    grouped = (block.leader != own) & ~block.nominee
    counts = 1 + np.minimum(rng.poisson(1.1, n), 3)
    company, place = repeat_index(counts)
    m = len(company)
    split = rng.gamma(np.where(place == 0, 3.0, 1.0), 1.0)
    total = np.bincount(company, weights=split, minlength=n)
    share = np.floor(split / total[company] * 10_000) / 10_000
    by_head = (place == 0) & grouped[company]
    state = (place == 0) & (block.ownership[company] == 1) & ~by_head
    since = block.born[company] + np.where(place == 0, 0, rng.integers(0, 900, m))
    since = np.minimum(since, np.minimum(block.ended[company], part.until) - 40)
    since = np.maximum(since, block.born[company])
    until = since + rng.integers(300, 4000, m)
    leaves = (place > 0) & chance(rng, 0.15, m) & (until < np.minimum(part.until - 20, block.ended[company]))
    # The controller owns shares under the same token that the register shows for the company.
    person = names.person(
        part.first + np.where(block.nominee[company] | (place > 0), company, block.leader[company]), 1 + place
    )
    head = part.ids(block.leader[company])
    owner = values.chosen((by_head), head, person)
    owner = values.chosen((state), values.same("STATE-HOLDING-00", m), owner)
    kind = np.where(by_head, 0, np.where(state, 3, 1))
    first = {
        "owner_id": owner,
        "owner_kind": values.picked(("company", "person", "fund", "state", "other"), kind),
        "company_id": part.ids(company),
        "share": values.number(share, chance(rng, 0.03, m)),
        "controls": values.flags((place == 0) & (share > 0.3), chance(rng, 0.05, m)),
        "since_on": values.days(since),
        "until_on": values.days(until, np.ones(m, dtype=bool)),
        "known_on": values.days(since + rng.integers(6, 60, m)),
        "source": values.same("synthetic: company register", m),
    }
    later = first | {"until_on": values.days(until), "known_on": values.days(until + 61)}
    return values.stacked(first, values.take(later, leaves), _fund_holdings(part, rng))


def _fund_holdings(part: Part, rng: np.random.Generator) -> Rows:
    """What funds hold after a round."""
    rounds = part.rounds
    order = np.flatnonzero(rounds.fund >= 0)
    key = (rounds.company[order] * 10_000 + rounds.fund[order]) * 100_000 + rounds.closed[order]
    order = order[np.unique(key, return_index=True)[1]]
    m = len(order)
    share = rounded(rounds.amount_fen[order] / np.maximum(rounds.post_fen[order], 1), 4)
    return {
        "owner_id": values.fixed("FUND", values.digits(rounds.fund[order], 4)),
        "owner_kind": values.same("fund", m),
        "company_id": part.ids(rounds.company[order]),
        "share": values.number(np.clip(share, 0, 1), chance(rng, 0.1, m)),
        "controls": values.flags(np.zeros(m, dtype=bool)),
        "since_on": values.days(rounds.closed[order]),
        "until_on": values.no_day(m),
        "known_on": values.days(rounds.closed[order] + rng.integers(10, 90, m)),
        "source": values.same("synthetic: company register", m),
    }


def penalty_rows(part: Part) -> Rows:
    """Rows of `penalty`: badly managed and larger companies are punished more."""
    rng, block = part.stream("penalties"), part.companies
    years = (np.minimum(block.ended, part.until) - block.born) / 365
    rate = 0.012 * years * np.exp(-0.5 * block.management) * np.sqrt(np.maximum(block.mature_staff, 2) / 20)
    company, place = repeat_index(np.minimum(rng.poisson(rate), 6))
    m = len(company)
    day = _days_of_life(part, rng, company)
    kind = weighted(rng, [0.14, 0.22, 0.14, 0.2, 0.01, 0.14, 0.15], m)
    serious = chance(rng, 0.06, m)
    fine = rounded(np.exp(rng.normal(9.6, 1.2, m) + 1.8 * serious), -2)
    rows = {
        "penalty_id": values.fixed("CF", values.digits(part.first + company, 7), values.digits(place, 2)),
        "company_id": part.ids(company),
        "penalty_kind": values.picked(PENALTY_KINDS, kind),
        "serious": values.flags(serious, chance(rng, 0.05, m)),
        "decided_on": values.days(day),
        "fine_cny": values.money(values.fen(fine), chance(rng, 0.12, m)),
        "authority": values.picked(_AUTHORITIES, kind),
        "known_on": values.days(day + rng.integers(5, 60, m)),
        "source": values.same("synthetic: penalty notices", m),
    }
    return values.take(rows, day > block.born[company])


def _days_of_life(part: Part, rng: np.random.Generator, company: Ints) -> Ints:
    """A day in the life of each company, later days being likelier."""
    born, last = part.companies.born[company], np.minimum(part.companies.ended[company], part.until - 1)
    return born + 30 + (np.maximum(last - born - 40, 1) * rng.random(len(company)) ** 0.7).astype(np.int64)


def court_case_rows(part: Part) -> Rows:
    """Rows of `court_case`: troubled companies and those that stopped paying loans are sued."""
    rng, block = part.stream("court cases"), part.companies
    years = (np.minimum(block.ended, part.until) - block.born) / 365
    usual, _ = repeat_index(
        np.minimum(rng.poisson(0.012 * years * np.sqrt(np.maximum(block.mature_staff, 2) / 20)), 12)
    )
    usual_day = _days_of_life(part, rng, usual)
    troubled = np.flatnonzero(block.distressed < part.until - 60)
    sued, _ = repeat_index(rng.poisson(0.5, len(troubled)))
    sued = troubled[sued]
    sued_day = block.distressed[sued] + rng.integers(60, 700, len(sued))
    bad = np.flatnonzero(part.loans.defaulted < NEVER)
    bad = bad[chance(rng, 0.5, len(bad))]
    company = np.concatenate([usual, sued, part.loans.company[bad]])
    day = np.concatenate([usual_day, sued_day, part.loans.defaulted[bad] + rng.integers(60, 240, len(bad))])
    role = np.concatenate([
        weighted(rng, [0.45, 0.42, 0.05, 0.06, 0.02], len(usual)),
        weighted(rng, [0.05, 0.55, 0.03, 0.26, 0.11], len(sued)),
        weighted(rng, [0, 0.7, 0, 0.2, 0.1], len(bad)),
    ])  # fmt: skip
    kind = np.concatenate([
        weighted(rng, [0.5, 0.04, 0.2, 0.14, 0.04, 0.08], len(usual)),
        weighted(rng, [0.5, 0.2, 0.2, 0.02, 0.05, 0.03], len(sued)), np.ones(len(bad), dtype=np.int64),
    ])  # fmt: skip
    return _case_rows(part, rng, company, day, role, kind)


def _case_rows(part: Part, rng: np.random.Generator, company: Ints, day: Ints, role: Ints, kind: Ints) -> Rows:
    block = part.companies
    kept = (day > block.born[company]) & (day < np.minimum(block.ended[company] + 300, part.until))
    company, day, role, kind = company[kept], day[kept], role[kept], kind[kept]
    order = np.lexsort((kind, role, day, company))
    company, day, role, kind = company[order], day[order], role[order], kind[order]
    m = len(company)
    place = np.arange(m) - np.searchsorted(company, company)
    sales = part.activity.revenue.max(axis=1)[company]
    amount = rounded((2e4 + 0.03 * sales) * np.exp(rng.normal(0, 1.2, m)), 2)
    closed = day + rng.integers(40, 700, m)
    weak_side = np.isin(role, [1, 3, 4])
    first = {
        "case_number": values.joined(
            "(演示)虚案", values.fixed(values.digits(part.first + company, 7), "-", values.digits(place, 3)), "号"
        ),
        "company_id": part.ids(company),
        "role": values.picked(CASE_ROLES, role),
        "case_kind": values.picked(CASE_KINDS, kind, chance(rng, 0.06, m)),
        "filed_on": values.days(day),
        "closed_on": values.days(closed, np.ones(m, dtype=bool)),
        "amount_cny": values.money(values.fen(amount), chance(rng, 0.15, m)),
        "lost": values.flags(np.zeros(m, dtype=bool), np.ones(m, dtype=bool)),
        "known_on": values.days(day + rng.integers(3, 30, m)),
        "source": values.same("synthetic: court notices", m),
    }
    lost = chance(rng, np.where(weak_side, 0.7, 0.25), m)
    later = first | {
        "closed_on": values.days(closed),
        "lost": values.flags(lost, chance(rng, 0.08, m)),
        "known_on": values.days(closed + 31),
    }
    return values.stacked(first, values.take(later, closed <= part.until - 31))

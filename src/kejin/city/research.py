"""What else comes of research? Other rights, projects, awards, standards, research units, technology contracts."""

from __future__ import annotations

import numpy as np

from kejin.city import values
from kejin.city.days import as_years
from kejin.city.industries import in_trade
from kejin.city.parts import Part
from kejin.city.patents import OBTAINED
from kejin.city.streams import Floats, Ints, chance, repeat_index, rounded, weighted, weighted_rows
from kejin.city.values import Rows, Text

RIGHT_KINDS = (
    "software_copyright", "trademark", "ic_layout", "data_ip", "plant_variety", "national_crop_variety",
    "national_new_drug", "tcm_protected", "other",
)  # fmt: skip
LEVELS = ("international", "national", "provincial", "municipal", "district", "company")
CONTRACT_KINDS = ("development", "transfer", "licence", "consulting", "service")


def _events(
    part: Part, rng: np.random.Generator, rate: Floats, most: int, begin: int = 0, back: int = 5_000
) -> tuple[Ints, Ints, Ints]:
    """(company, number, day) of things that happen in a company's life, later days being likelier.

    rate  expected number a company; begin  days after birth; back  how many days before the last day at most.
    """
    block = part.companies
    start = np.maximum(block.born + begin, part.until - back)
    stop = np.minimum(block.ended, part.until - 3)
    company, number = repeat_index(np.where(stop > start + 10, np.minimum(rng.poisson(rate), most), 0))
    day = start[company] + ((stop - start)[company] * rng.random(len(company)) ** 0.75).astype(np.int64)
    return company, number, day


def _life(part: Part) -> Floats:
    """Years of life so far."""
    return as_years(np.minimum(part.companies.ended, part.until) - part.companies.born)


def _drive(part: Part) -> Floats:
    """How much research goes on: 0 without it, 1 for a small able team."""
    block = part.companies
    staff = part.activity.rd_staff.max(axis=1)
    return np.asarray(np.sqrt(staff / 4.0) * np.exp(0.5 * block.research) * ~block.without_rd * ~block.shell)


def _id(prefix: str, part: Part, company: Ints, number: Ints, width: int = 3) -> Text:
    return values.fixed(prefix, values.digits(part.first + company, 7), values.digits(number, width))


def other_ip_rows(part: Part) -> Rows:
    """Rows of `other_ip`: software copyrights and trademarks above all, rare kinds rarely."""
    rng, block = part.stream("other rights"), part.companies
    software = in_trade(block.industry, "software", "creative", "service")
    rate = 0.25 * _life(part) * np.where(software, 2.6, 0.7) * np.sqrt(_drive(part) + 0.15) * ~block.shell
    company, number, day = _events(part, rng, np.minimum(rate, 150), 400, 60)
    m = len(company)
    trade = block.industry[company]
    weights = np.tile(np.array([6.0, 3.0, 0.0, 0.12, 0.004, 0.002, 0.0, 0.0, 0.1]), (m, 1))
    weights[:, 0] *= np.where(in_trade(trade, "software", "creative", "chip", "service"), 2.5, 0.6)
    weights[:, 2] = np.where(in_trade(trade, "chip"), 4.0, 0.01)
    weights[:, 6] = np.where(in_trade(trade, "bio"), 0.08, 0.0)
    weights[:, 7] = np.where(in_trade(trade, "bio"), 0.02, 0.0)
    kind = weighted_rows(rng, weights)
    term = np.array([50, 10, 10, 5, 20, 20, 12, 10, 10])[kind]
    ended = day + rng.integers(400, 5_000, m)
    ends = chance(rng, 0.04, m) & (ended < np.minimum(part.until - 30, day + 365 * term))
    related = chance(rng, 0.72, m)
    first = {
        "right_number": _id("QT", part, company, number, 4),
        "company_id": part.ids(company),
        "right_kind": values.picked(RIGHT_KINDS, kind),
        "name": values.hidden(values.joined("演示作品 ", values.fixed(values.digits(number, 4))), chance(rng, 0.05, m)),
        "granted_on": values.days(day),
        "valid_until": values.days(day + 365 * term, chance(rng, 0.15, m)),
        "ended_on": values.days(ended, np.ones(m, dtype=bool)),
        "how_obtained": values.picked(
            OBTAINED, weighted(rng, [0.95, 0.04, 0.003, 0.005, 0.002], m), chance(rng, 0.04, m)
        ),
        "serves_main_product": values.flags(related, chance(rng, 0.12, m)),
        "in_use": values.flags(related & chance(rng, 0.6, m), chance(rng, 0.22, m)),
        "disputed": values.flags(chance(rng, 0.006, m), chance(rng, 0.03, m)),
        "known_on": values.days(day + rng.integers(5, 40, m)),
        "source": values.same("synthetic: rights registers", m),
    }
    later = first | {"ended_on": values.days(ended), "known_on": values.days(ended + 30)}
    return values.stacked(first, values.take(later, ends))


def research_project_rows(part: Part) -> Rows:
    """Rows of `research_project`: mostly the company's own, some granted by the city and above."""
    rng, block = part.stream("projects"), part.companies
    company, number, day = _events(part, rng, np.minimum(0.22 * _life(part) * _drive(part), 40), 60, 60, 2_600)
    m = len(company)
    tilt = np.exp(np.array([0.9, 0.9, 0.7, 0.45, 0.3, 0.0]) * block.research[company][:, None])
    level = weighted_rows(rng, np.array([0.002, 0.012, 0.035, 0.09, 0.08, 0.8]) * tilt)
    ended = day + rng.integers(200, 1_300, m)
    done = (ended <= part.until) & (ended < block.ended[company])
    scale = np.array([2.0, 2.2, 1.5, 1.0, 0.5, 0.6])[level]
    budget = rounded(np.exp(rng.normal(13.2, 0.9, m)) * scale, -3)
    grant = np.where(level < 5, rounded(budget * rng.uniform(0.1, 0.6, m), -3), 0.0)
    kind = weighted(rng, [0.04, 0.2, 0.76], m)
    first = {
        "project_id": _id("KY", part, company, number),
        "company_id": part.ids(company),
        "name": values.joined("演示研发项目 ", values.fixed(values.digits(number, 3))),
        "level": values.picked(LEVELS, level),
        "project_kind": values.picked(("basic", "applied", "development"), kind, chance(rng, 0.06, m)),
        "major_special": values.flags((level == 1) & chance(rng, 0.12, m), chance(rng, 0.02, m)),
        "role": values.picked(("lead", "joint"), chance(rng, 0.3, m).astype(np.int64), chance(rng, 0.05, m)),
        "started_on": values.days(day),
        "ended_on": values.days(ended, np.ones(m, dtype=bool)),
        "budget_cny": values.money(values.fen(budget), chance(rng, 0.06, m)),
        "grant_cny": values.money(values.fen(grant), chance(rng, 0.1, m)),
        "related_to_main": values.flags(chance(rng, 0.9, m), chance(rng, 0.08, m)),
        "known_on": values.days(day + rng.integers(5, 90, m)),
        "source": values.same("synthetic: project register", m),
    }
    later = first | {"ended_on": values.days(ended), "known_on": values.days(ended + 91)}
    return values.stacked(first, values.take(later, done & (ended + 91 <= part.until)))


def award_rows(part: Part) -> Rows:
    """Rows of `award`; patent awards name one of the company's patents."""
    rng = part.stream("awards")
    company, number, day = _events(part, rng, 0.012 * _life(part) * _drive(part), 8, 500)
    m = len(company)
    kind = weighted(rng, [0.32, 0.28, 0.14, 0.1, 0.16], m)
    level = weighted(rng, [0.01, 0.12, 0.3, 0.4, 0.17], m)
    level = np.where((kind == 1) & (level == 0), 1, level)
    rank = np.where(kind == 1, np.rint(np.exp(rng.uniform(0, np.log(500), m))), 1 + rng.geometric(0.45, m) - 1)
    patents = part.patents
    has = np.searchsorted(patents.company, company, side="left")
    until = np.searchsorted(patents.company, company, side="right")
    chosen = np.minimum(
        has + np.floor((until - has) * rng.random(m)).astype(np.int64), max(len(patents.company) - 1, 0)
    )
    named = (kind == 2) & (until > has)
    named &= patents.published[chosen] < day
    return {
        "award_id": _id("JL", part, company, number),
        "company_id": part.ids(company),
        "award_kind": values.picked(("science_technology", "maker_china", "patent_award", "quality", "other"), kind),
        "level": values.picked(LEVELS, level),
        "grade": values.picked(
            ("一等奖", "二等奖", "三等奖", "优秀奖"), weighted(rng, [1, 3, 4, 3], m), chance(rng, 0.2, m)
        ),
        "rank": values.whole(rank.astype(np.int64), chance(rng, 0.1, m)),
        "awarded_on": values.days(day),
        "applied_in_main": values.flags(chance(rng, 0.75, m), chance(rng, 0.15, m)),
        "publication_number": values.hidden(patents.numbers(part, chosen), ~named),
        "known_on": values.days(day + rng.integers(2, 60, m)),
        "source": values.same("synthetic: award lists", m),
    }


def standard_rows(part: Part) -> Rows:
    """Rows of `standard`."""
    rng, block = part.stream("standards"), part.companies
    big = np.log(np.maximum(block.mature_staff, 1))
    company, number, day = _events(part, rng, 0.006 * _life(part) * _drive(part) * np.clip(big - 1, 0, 5), 25, 700)
    m = len(company)
    level = weighted(rng, [0.02, 0.22, 0.22, 0.2, 0.34], m)
    return {
        "standard_number": _id("BZ", part, company, number),
        "company_id": part.ids(company),
        "level": values.picked(("international", "national", "industry", "local", "group"), level),
        "role": values.picked(("led", "joined"), chance(rng, 0.8, m).astype(np.int64)),
        "published_on": values.days(day),
        "name": values.hidden(values.joined("演示标准 ", values.fixed(values.digits(number, 3))), chance(rng, 0.03, m)),
        "known_on": values.days(day + rng.integers(1, 45, m)),
        "source": values.same("synthetic: standards register", m),
    }


def research_unit_rows(part: Part) -> Rows:
    """Rows of `research_unit`: higher levels go to the able and the large."""
    rng, block = part.stream("research units"), part.companies
    company, number, day = _events(part, rng, np.minimum(0.05 * _life(part) * _drive(part), 4), 6, 500)
    m = len(company)
    lift = block.research[company] + 0.4 * np.log(np.maximum(block.mature_staff[company], 1) / 30)
    base = np.array([0.001, 0.012, 0.07, 0.2, 0.15, 0.55])
    level = weighted_rows(rng, base * np.exp(np.array([1.0, 0.9, 0.6, 0.3, 0.1, -0.2]) * lift[:, None]))
    kinds = (
        "laboratory",
        "engineering_centre",
        "technology_centre",
        "accredited_lab",
        "postdoc_station",
        "expert_station",
        "other",
    )
    ended = day + rng.integers(700, 3_500, m)
    gone = chance(rng, 0.08, m) & (ended + 20 <= part.until)
    first = {
        "unit_id": _id("PT", part, company, number, 2),
        "company_id": part.ids(company),
        "name": values.joined("演示研发机构 ", values.fixed(values.digits(number, 2))),
        "level": values.picked(LEVELS, level),
        "unit_kind": values.picked(kinds, weighted(rng, [1, 3, 3, 0.8, 0.4, 0.2, 1.6], m), chance(rng, 0.04, m)),
        "recognised_on": values.days(day),
        "ended_on": values.days(ended, np.ones(m, dtype=bool)),
        "area_m2": values.number(rounded(np.exp(rng.normal(5.8, 0.9, m))), chance(rng, 0.25, m)),
        "known_on": values.days(day + rng.integers(2, 50, m)),
        "source": values.same("synthetic: research unit lists", m),
    }
    later = first | {"ended_on": values.days(ended), "known_on": values.days(ended + 51)}
    return values.stacked(first, values.take(later, gone & (ended + 51 <= part.until)))


def technology_contract_rows(part: Part) -> Rows:
    """Rows of `technology_contract`."""
    rng, block = part.stream("technology contracts"), part.companies
    lively = np.where(in_trade(block.industry, "software", "service", "bio", "chip"), 1.6, 0.7)
    company, number, day = _events(
        part, rng, np.minimum(0.035 * _life(part) * _drive(part) * lively, 30), 40, 120, 3_000
    )
    m = len(company)
    sales = part.activity.revenue.max(axis=1)[company]
    amount = rounded((3e4 + 0.02 * sales) * np.exp(rng.normal(0, 1.0, m)), 2)
    ends = day + rng.integers(60, 1_800, m)
    partner = (part.first + company + rng.integers(1, part.city.companies, m)) % part.city.companies
    named = values.joined("演示技术交易方 ", values.fixed(values.digits(partner, 7)))
    return {
        "contract_id": _id("JS", part, company, number),
        "company_id": part.ids(company),
        "role": values.picked(("seller", "buyer"), chance(rng, 0.25, m).astype(np.int64), chance(rng, 0.02, m)),
        "contract_kind": values.picked(CONTRACT_KINDS, weighted(rng, [4, 0.6, 0.6, 0.8, 4], m), chance(rng, 0.02, m)),
        "signed_on": values.days(day),
        "ends_on": values.days(ends, chance(rng, 0.15, m)),
        "amount_cny": values.money(values.fen(amount), chance(rng, 0.02, m)),
        "technology_amount_cny": values.money(values.fen(np.floor(amount * rng.beta(6, 1.5, m))), chance(rng, 0.1, m)),
        "counterparty": values.hidden(named, chance(rng, 0.05, m)),
        "known_on": values.days(day + rng.integers(5, 120, m)),
        "source": values.same("synthetic: contract register", m),
    }

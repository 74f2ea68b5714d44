"""What does a company say of itself each year, and what did experts think? Business profiles and expert scores."""

from __future__ import annotations

import numpy as np

from kejin.city import values
from kejin.city.activity import YEARS
from kejin.city.days import year_start
from kejin.city.industries import INDUSTRIES, WORDS, in_trade
from kejin.city.parts import Part
from kejin.city.reports import filings
from kejin.city.streams import Flags, Floats, chance, logistic, rounded, weighted_rows
from kejin.city.values import Rows

FIELDS = tuple(dict.fromkeys(industry.high_tech_field for industry in INDUSTRIES))
POSITIONS = ("fills_gap", "six_foundations", "time_honoured", "chain_supplier", "none")
# Items of the high-tech scheme that a person judges, with their largest points.
EXPERT_ITEMS = (
    ("ip_advancedness", 8), ("ip_support", 8), ("ip_quantity", 8), ("ip_way_obtained", 6), ("standards_bonus", 2),
    ("conversion", 30), ("rd_system", 6), ("rd_unit_cooperation", 6), ("conversion_incentive", 4), ("training", 4),
)  # fmt: skip


def business_profile_rows(part: Part) -> Rows:
    """Rows of `business_profile` for most filed years; what lasts is drawn once a company."""
    filed, rng, block, n = filings(part), part.stream("profiles"), part.companies, part.count
    asked = chance(rng, np.where(block.without_rd, 0.5, 0.93)[filed.company], len(filed.company))
    company, year, known = filed.company[asked], filed.year[asked], filed.known[asked]
    m = len(company)
    able, industry = block.research, block.industry
    lasting = _lasting_flags(part, rng)
    field = np.array([FIELDS.index(one.high_tech_field) for one in INDUSTRIES])[industry]
    field = np.where(block.without_rd & chance(rng, 0.6, n), FIELDS.index("none"), field)
    niche = block.born + (rng.beta(1, 5, n) * 2500).astype(np.int64)
    share = np.clip(np.exp(rng.normal(-5.2, 1.4, n) + 0.5 * able + 0.5 * np.log(block.mature_staff / 20)), 0, 0.85)
    rank = np.maximum(1, np.rint(np.exp(rng.normal(3.6, 1.0, n) - 0.8 * able))).astype(np.int64)
    yearly = np.exp(rng.normal(0.0, 0.12, m))
    level = np.clip(np.rint(1.7 + 0.5 * block.management[company] + 0.15 * (year - 3) + rng.normal(0, 0.7, m)), 0, 4)
    points = np.clip(rounded(8 + 2.5 * able[company] + rng.normal(0, 2, m), 0), 0, 15)
    conversions = rounded(np.exp(rng.normal(0.8, 0.6, n) + 0.35 * able)[company] * yearly, 1)
    position_weights = np.stack(
        [0.05 * np.exp(0.7 * able), 0.08 * np.exp(0.3 * able), np.full(n, 0.004), np.full(n, 0.2), np.full(n, 0.6)],
        axis=1,
    )
    position = weighted_rows(rng, position_weights)
    rows: Rows = {
        "company_id": part.ids(company),
        "fiscal_year": values.whole(YEARS[year]),
        "main_product": values.joined("演示", values.picked(WORDS, industry[company]), "产品"),
        "high_tech_field": values.picked(FIELDS, field[company], chance(rng, 0.06, m)),
        "niche_started_on": values.days(
            np.minimum(niche, part.until)[company], chance(rng, 0.1, m) | (niche[company] > known)
        ),
        "niche_share_national": values.number(rounded(np.clip(share[company] * yearly, 0, 1), 4), chance(rng, 0.35, m)),
        "niche_share_world": values.number(
            rounded(np.clip(share[company] * yearly * 0.3, 0, 1), 4), chance(rng, 0.6, m)
        ),
        "niche_rank_national": values.whole(rank[company], chance(rng, 0.5, m)),
        "product_position": values.picked(POSITIONS, position[company], chance(rng, 0.15, m)),
        "digital_level": values.whole(level.astype(np.int64), chance(rng, 0.2, m)),
        "provincial_feature_points": values.number(points, chance(rng, 0.5, m)),
        "conversions_per_year_3y": values.number(conversions, chance(rng, 0.25, m) | block.without_rd[company]),
        "serious_incident": values.flags(chance(rng, 0.004 * np.exp(-0.5 * block.management[company]), m)),
        "research_misconduct": values.flags(chance(rng, 0.0015, m)),
        "green_energy_intensity": values.number(
            rounded(np.exp(rng.normal(-2.6, 0.7, n))[company] * yearly, 4), chance(rng, 0.6, m)
        ),
        "known_on": values.days(known + rng.integers(0, 45, m)),
        "source": values.same("synthetic: yearly questionnaire", m),
    }
    for name, (truth, gap) in lasting.items():
        rows[name] = values.flags(truth[company], chance(rng, gap, m))
    return rows


def _lasting_flags(part: Part, rng: np.random.Generator) -> dict[str, tuple[Flags, float]]:
    """Yes or no of what stays with a company, and how often the answer is missing."""
    block, n = part.companies, part.count
    able, management = block.research, block.management
    size = np.log(np.maximum(block.mature_staff, 1) / 20)

    def odds(log_odds: Floats | float) -> Flags:
        return chance(rng, logistic(np.zeros(n) + log_odds), n)

    strategic = np.array([industry.strategic for industry in INDUSTRIES])[block.industry]
    return {
        "restricted_product": (odds(-5.5), 0.02),
        "strategic_industry": (chance(rng, strategic, n), 0.08),
        "software_company": (in_trade(block.industry, "software"), 0.02),
        "market_share_relatively_high": (odds(-1.2 + 0.6 * able + 0.3 * size), 0.4),
        "key_chain_field": (odds(-1.6 + 0.5 * able), 0.25),
        "core_process_on_it": (odds(0.6 + 0.5 * management + 0.3 * size), 0.1),
        "quality_award": (odds(-5.0 + 0.6 * management + 0.5 * size), 0.05),
        "system_certified": (odds(-0.3 + 0.4 * management + 0.6 * size), 0.05),
        "product_certified": (odds(-1.2 + 0.3 * management + 0.4 * size), 0.15),
        "own_brand": (odds(0.2 + 0.3 * size), 0.1),
        "core_technology_recognised": (odds(-5.2 + 1.1 * able), 0.1),
        "import_substitution": (odds(-3.6 + 0.8 * able), 0.15),
    }


def expert_score_rows(part: Part) -> Rows:
    """Rows of `expert_score`: the high-tech items of some companies, and the specialised score of a few."""
    return values.stacked(
        _scores(part, "high_tech", EXPERT_ITEMS, -2.6),
        _scores(part, "specialised_development", (("score", 100),), -4.0),
    )


def _scores(part: Part, scheme: str, items: tuple[tuple[str, int], ...], appeal: float) -> Rows:
    """Scores of the companies that asked to be judged under one scheme; some items stay open."""
    rng, block = part.stream(f"expert scores {scheme}"), part.companies
    asks = chance(rng, logistic(appeal + 0.6 * block.research - 3.0 * block.without_rd), part.count)
    company = np.flatnonzero(asks)
    year = rng.integers(2022, 2027, len(company))
    day = year_start(year) + rng.integers(150, 270, len(company))
    judged = (day <= part.until - 5) & (block.born[company] < day - 400) & (block.ended[company] > day)
    company, day = company[judged], day[judged]
    whose, item = np.repeat(np.arange(len(company)), len(items)), np.tile(np.arange(len(items)), len(company))
    m = len(whose)
    most = np.array([points for _, points in items], dtype=np.float64)[item]
    lean = 0.55 + 0.12 * block.research[company][whose] + 0.05 * block.management[company][whose]
    points = np.clip(rounded(most * (lean + rng.normal(0, 0.13, m))), 0, most)
    left_open = chance(rng, 0.08, m)
    rows = {
        "company_id": part.ids(company[whose]),
        "scheme": values.same(scheme, m),
        "item": values.picked([name for name, _ in items], item),
        "scored_on": values.days(day[whose]),
        "points": values.number(points),
        "expert": values.fixed("E*", values.digits(rng.integers(0, 300, len(company))[whose], 4)),
        "known_on": values.days(day[whose] + 3),
        "source": values.same("synthetic: expert panel", m),
    }
    return values.take(rows, ~left_open)

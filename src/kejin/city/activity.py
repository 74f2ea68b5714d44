"""How big is each company in each year? Staff, sales and research from age, quality, trouble and the times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city.days import as_years, year_start
from kejin.city.industries import TRADE_OF, TRADES, trade_values
from kejin.city.parts import Part
from kejin.city.streams import Flags, Floats, Ints, chance, logistic, rounded

FIRST_YEAR = 2020
YEARS: Ints = np.arange(FIRST_YEAR, 2027, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Activity:
    """Matrices (company, year 2020..2026); the last year is written in full and cut by those who read it.

    alive         share of the year in which the company exists
    trouble       share of the year in distress
    staff         persons at year end; 0 where the company does not exist
    revenue       CNY
    wage          CNY a person and year
    rd_staff      persons
    rd_expense    CNY; 0 for companies without R&D
    """

    alive: Floats
    trouble: Floats
    staff: Ints
    revenue: Floats
    wage: Floats
    rd_staff: Ints
    rd_expense: Floats

    @property
    def exists(self) -> Flags:
        return np.asarray(self.alive > 0)


def share_of_years(first: Ints, last: Ints) -> Floats:
    """Share of each year that lies between two days, shape (company, year)."""
    start, stop = year_start(YEARS), year_start(YEARS + 1)
    overlap = np.minimum(last[:, None], stop) - np.maximum(first[:, None], start)
    return np.asarray(np.clip(overlap / (stop - start), 0.0, 1.0))


def times(part: Part) -> Floats:
    """The times: log sales shocks of the whole city and of each trade, shape (trade, year)."""
    rng = part.city.stream("times")
    shared = np.cumsum(rng.normal(0.015, 0.03, len(YEARS)))
    return np.asarray(shared + np.cumsum(rng.normal(0.0, 0.035, (len(TRADES), len(YEARS))), axis=1))


def _noise(rng: np.random.Generator, rows: int, spread: float, persistence: float) -> Floats:
    """Noise that lasts: each year keeps part of the year before; the spread is that of any one year."""
    steps = rng.standard_normal((rows, len(YEARS)))
    for year in range(1, len(YEARS)):
        steps[:, year] = persistence * steps[:, year - 1] + np.sqrt(1 - persistence**2) * steps[:, year]
    return spread * steps


def make_activity(part: Part) -> Activity:
    """The yearly path of every company of one part."""
    rng, block, n = part.stream("activity"), part.companies, part.count
    alive = share_of_years(block.born, block.ended)
    trouble = share_of_years(block.distressed, np.minimum(block.recovered, block.ended))
    age = as_years((year_start(YEARS) + 183)[None, :] - block.born[:, None])
    past = np.maximum(age, 0.05)

    slowness = np.exp(rng.normal(np.log(2.6), 0.35, n))[:, None]
    grown = 1.0 - np.exp(-(past + 0.35) / slowness)
    trend = (0.03 * (0.6 * block.research + 0.6 * block.management) + rng.normal(0.0, 0.045, n))[:, None]
    drift = trend * (YEARS - 2023)[None, :] + 0.5 * times(part)[TRADE_OF[block.industry]]
    expected = np.log(block.mature_staff)[:, None] + np.log(grown) + drift - 0.35 * trouble
    staff = np.exp(expected + _noise(rng, n, 0.14, 0.8))
    lower = np.where(block.shell, 0.0, 1.0)[:, None]
    staff_whole = np.where(alive > 0, np.maximum(np.rint(staff), lower), 0).astype(np.int64)

    revenue = _revenue(part, rng, past, trouble) * np.maximum(staff, 0.6) * alive
    revenue[block.shell] = 0.0
    growth_pay = 1.0 + 0.04 * (YEARS - 2023)
    wage = trade_values("wage", block.industry)[:, None] * growth_pay * np.exp(rng.normal(0.05, 0.22, n))[:, None]
    rd_staff, rd_expense = _research(part, rng, staff_whole, wage, alive)
    return Activity(alive, trouble, staff_whole, rounded(revenue, 2), wage, rd_staff, rd_expense)


def _revenue(part: Part, rng: np.random.Generator, age: Floats, trouble: Floats) -> Floats:
    """Revenue a head: nothing before the first sale, then rising; lower in trouble."""
    block, n = part.companies, part.count
    first_sale = trade_values("first_sale", block.industry) * np.exp(rng.normal(0.0, 0.8, n))
    selling = age - first_sale[:, None]
    ramp = np.where(selling > 0, 1.0 - np.exp(-(selling + 0.25) / 1.0), 0.0)
    level = trade_values("revenue_a_head", block.industry) * np.exp(
        0.5 * rng.standard_normal(n) + 0.18 * block.management + 0.12 * block.luck
    )
    path = 0.5 * times(part)[TRADE_OF[block.industry]] - 0.55 * trouble + _noise(rng, n, 0.2, 0.6)
    quiet = chance(rng, 0.012, n)  # companies that never sell anything
    return np.where(quiet[:, None], 0.0, level[:, None] * ramp * np.exp(path))


def _research(part: Part, rng: np.random.Generator, staff: Ints, wage: Floats, alive: Floats) -> tuple[Ints, Floats]:
    """R&D staff and expense; ability shows in the share of people who do research."""
    block, n = part.companies, part.count
    usual = trade_values("rd_share", block.industry)
    tilt = np.log(usual / (1 - usual)) + 0.55 * block.research + 0.45 * rng.standard_normal(n)
    share = logistic(tilt[:, None] + _noise(rng, n, 0.15, 0.7))
    rd_staff = np.minimum(np.rint(staff * share + 0.35 * (rng.random((n, 1)) < 0.8)), staff).astype(np.int64)
    rd_staff[block.without_rd] = 0
    a_head = wage * np.exp(rng.normal(np.log(1.55), 0.3, n))[:, None] * np.exp(_noise(rng, n, 0.12, 0.4))
    part_time = np.where(rd_staff == 0, 0.2, rd_staff)  # small companies do some research with nobody full-time
    expense = np.where(block.without_rd[:, None], 0.0, part_time * a_head * alive)
    return rd_staff, rounded(expense, 2)

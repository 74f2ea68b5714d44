"""Which titles were granted? Yearly waves, won by hidden quality and luck; the official rules are not known here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city import values
from kejin.city.activity import FIRST_YEAR, YEARS
from kejin.city.days import year_start
from kejin.city.industries import in_trade
from kejin.city.parts import NEVER, Part
from kejin.city.streams import Floats, Ints, chance, logistic
from kejin.city.values import Rows


@dataclass(frozen=True, slots=True)
class Wave:
    """How one title is given: from which year, on which days of the year, for how many years, how rarely.

    appeal   log odds at middling quality; slopes for research ability, log staff and age follow.
    until_year_end   valid to the end of the year instead of whole years from the grant.
    """

    code: str
    level: str
    first_year: int
    days: tuple[int, int]
    years: int
    appeal: float
    research: float
    size: float
    age: float
    until_year_end: bool = False


_WAVES = (
    Wave("tech_sme", "national", 2020, (150, 350), 1, -1.3, 0.9, -0.05, 0.0, until_year_end=True),
    Wave("high_tech", "national", 2020, (315, 355), 3, -3.1, 1.0, 0.35, 0.05),
    Wave("innovative_sme", "provincial", 2022, (120, 330), 3, -3.2, 0.8, 0.35, 0.05),
    Wave("specialised_sme", "provincial", 2020, (60, 200), 3, -4.6, 0.9, 0.5, 0.08),
    Wave("little_giant", "national", 2020, (190, 260), 3, -7.4, 1.2, 0.75, 0.08),
    Wave("manufacturing_champion", "national", 2020, (280, 340), 3, -9.5, 1.0, 0.9, 0.1),
    Wave("innovation_demonstration", "national", 2020, (300, 350), 3, -10.0, 1.1, 0.8, 0.08),
    Wave("ip_demonstration", "national", 2020, (250, 330), 3, -9.2, 1.1, 0.7, 0.08),
    Wave("ip_advantage", "national", 2020, (250, 330), 3, -7.8, 1.1, 0.6, 0.06),
    Wave("enterprise_technology_centre", "municipal", 2020, (90, 330), 3, -6.6, 1.0, 0.7, 0.06),
    Wave("gazelle", "municipal", 2021, (150, 300), 2, -5.6, 0.8, 0.35, -0.08),
    Wave("unicorn", "municipal", 2021, (60, 150), 2, -10.5, 0.9, 0.9, -0.05),
    Wave("other", "district", 2020, (30, 340), 3, -4.6, 0.5, 0.2, 0.0),
)


def title_rows(part: Part) -> Rows:
    """Rows of `title`; a title that is withdrawn has a second row, known when it was."""
    rng, block, n = part.stream("titles"), part.companies, part.count
    own = np.arange(n, dtype=np.int64)
    columns: list[tuple[Ints, Ints, Ints, Ints]] = []
    for number, wave in enumerate(_WAVES):
        holds_until = np.full(n, -1, dtype=np.int64)
        taste = rng.normal(0.0, 0.8, n)  # some never apply, some always do
        for place, year in enumerate(YEARS):
            granted = int(year_start(int(year))) + rng.integers(*wave.days, n)
            if wave.code == "high_tech":
                granted = int(year_start(int(year))) + np.array([318, 335, 352])[rng.integers(0, 3, n)]
            wins = chance(rng, logistic(_appeal(part, wave, place) + taste), n) & (year >= wave.first_year)
            wins &= (
                (holds_until < granted) & block.alive(granted) & (block.born < granted - 365) & (granted <= part.until)
            )
            ends = year_start(int(year) + 1) - 1 if wave.until_year_end else granted + 365 * wave.years
            holds_until = np.where(wins, ends, holds_until)
            columns.append((own[wins], np.full(wins.sum(), number), granted[wins], holds_until[wins]))
    company, title, granted, until = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((granted, title, company))
    return _rows(part, rng, company[order], title[order], granted[order], until[order])


def _appeal(part: Part, wave: Wave, place: int) -> Floats:
    block, activity = part.companies, part.activity
    size = np.log(np.maximum(activity.staff[:, place], 1)) - 2.5
    age = np.minimum(YEARS[place] - FIRST_YEAR + (int(year_start(FIRST_YEAR)) - block.born) / 365, 12)
    appeal = wave.appeal + wave.research * block.research + wave.size * size + wave.age * (age - 4)
    without = np.where(block.without_rd, 5.0, 0.0)
    maker = in_trade(block.industry, "software", "service", "creative", "dealer")
    unfit = 3.0 * maker if wave.code == "manufacturing_champion" else np.zeros(part.count)
    return np.asarray(appeal - without - unfit - 9.0 * block.shell)


def _rows(part: Part, rng: np.random.Generator, company: Ints, title: Ints, granted: Ints, until: Ints) -> Rows:
    m = len(company)
    revoked = granted + rng.integers(120, 900, m)
    withdrawn = chance(rng, 0.012, m) & (revoked < np.minimum(until, part.until - 10))
    level = values.picked([wave.level for wave in _WAVES], title, chance(rng, 0.02, m))
    first = {
        "company_id": part.ids(company),
        "title_code": values.picked([wave.code for wave in _WAVES], title),
        "granted_on": values.days(granted),
        "valid_until": values.days(until, chance(rng, 0.02, m)),
        "revoked_on": values.days(np.full(m, NEVER), np.ones(m, dtype=bool)),
        "certificate_number": values.hidden(
            values.fixed(
                "YS", values.digits(title, 2), values.digits(part.first + company, 7), values.digits(granted, 6)
            ),
            chance(rng, 0.06, m),
        ),
        "level": level,
        "known_on": values.days(granted + rng.integers(1, 40, m)),
        "source": values.same("synthetic: public lists", m),
    }
    later = first | {"revoked_on": values.days(revoked), "known_on": values.days(revoked + 45)}
    return values.stacked(first, values.take(later, withdrawn))

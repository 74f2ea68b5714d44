"""What have the companies invented? Patents with families, grants, ends, hidden value, and the rows on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from kejin.city import citations, values
from kejin.city.days import add_months, as_years, day_number
from kejin.city.industries import MAIN_POOL, SIDE_POOL, TRADE_OF, TRADES, trade_values
from kejin.city.ipc_symbols import POOL_SIZE, POOL_START, SYMBOLS
from kejin.city.parts import NEVER, Part
from kejin.city.streams import (
    Flags,
    Floats,
    Ints,
    chance,
    distinct,
    logistic,
    repeat_index,
    rounded,
    weighted,
    weighted_rows,
)
from kejin.city.values import Rows, Text

KINDS = ("invention", "utility_model", "design")
OFFICES = ("CN", "US", "EP", "JP", "KR")
END_REASONS = ("fee_unpaid", "expired", "invalidated", "refused", "withdrawn", "abandoned")
OBTAINED = ("own", "assigned", "gift", "merger", "licence")
MOST_PATENTS = 2_000  # of one company
INVENTION, UTILITY_MODEL, DESIGN = 0, 1, 2
_LONGER_DESIGNS = day_number(date(2021, 6, 1))  # designs filed from this day on last 15 years, earlier ones 10


@dataclass(frozen=True, slots=True)
class Patents:
    """One value a patent published by the last day, sorted by company and day of filing.

    company, number   place of the company in the part; number within the company
    first_of_family   place of the family's first patent in this block
    granted, ended    days, NEVER while not so by the last day
    quality           hidden, about standard normal
    cited             the citations received (see citations.Citations)
    """

    company: Ints
    number: Ints
    kind: Ints
    office: Ints
    filed: Ints
    published: Ints
    granted: Ints
    ended: Ints
    end_reason: Ints
    quality: Floats
    pool: Ints
    symbol: Ints
    first_of_family: Ints
    cited: citations.Citations

    def numbers(self, part: Part, which: Ints | None = None) -> Text:
        """Publication numbers: office, 9, company, number in the company, kind letter; longer than any real one."""
        own = np.arange(len(self.company), dtype=np.int64) if which is None else which
        return values.fixed(
            values.letters(OFFICES, self.office[own]),
            "9",
            values.digits(part.first + self.company[own], 7),
            values.digits(self.number[own], 4),
            values.letters(("A", "U", "S"), self.kind[own]),
        )


def make_patents(part: Part) -> Patents:
    """The patents of one part."""
    rng, block = part.stream("patents"), part.companies
    company, _ = repeat_index(_counts(part, rng))
    m = len(company)
    start = np.maximum(block.born, day_number(date(2004, 1, 1)))[company]
    stop = np.minimum(block.ended, part.until)[company]
    filed = start + ((stop - start) * rng.random(m) ** 0.75).astype(np.int64)
    order = np.lexsort((filed, company))
    company, filed = company[order], filed[order]
    mix = np.array([trade.invention for trade in TRADES.values()])[TRADE_OF[block.industry[company]]]
    mix = mix * np.exp(np.array([0.15, -0.05, -0.1]) * block.research[company][:, None])
    kind = weighted_rows(rng, mix)
    own = np.arange(m, dtype=np.int64)
    same_company = np.concatenate(([False], company[1:] == company[:-1]))
    follows = same_company & (np.concatenate(([-1], kind[:-1])) == INVENTION)
    follows &= chance(rng, np.clip(0.07 * np.exp(0.5 * block.research[company]), 0, 0.4), m)
    first = np.maximum.accumulate(np.where(follows, -1, own)) if m else own
    kind = np.where(follows, INVENTION, kind)
    place = own - first
    office = np.where(follows, 1 + (place - 1 + first) % 4, 0)
    filed = np.where(follows, filed[first] + rng.integers(280, 365, m), filed)
    quality = 0.5 * block.research[company] + 0.87 * rng.standard_normal(m)
    quality = np.where(follows, quality[first] + 0.3, quality)
    lag = np.where(kind == INVENTION, 100 + rng.beta(2.5, 1.6, m) * 446, 120 + rng.beta(2, 2, m) * 170)
    published = filed + np.where(follows, 548 + rng.integers(0, 25, m), lag).astype(np.int64)
    granted, ended, reason = _fate(part, rng, company, kind, filed, published, quality)
    industry = block.industry[company]
    pool = np.where(chance(rng, 0.72, m), MAIN_POOL[industry], SIDE_POOL[industry])
    pool = np.where(chance(rng, 0.07, m), rng.integers(0, len(POOL_SIZE), m), pool)
    pool = np.where(follows, pool[first], pool)
    # A company returns to its few favourite symbols: low positions after a shift of its own.
    shift = rng.integers(0, 50, part.count)[company]
    position = (np.floor(POOL_SIZE[pool] * rng.random(m) ** 1.8).astype(np.int64) + shift) % POOL_SIZE[pool]
    symbol = np.where(follows, (POOL_START[pool] + position)[first], POOL_START[pool] + position)
    kept = (published + 10 <= part.until) & ((published[first] + 10 <= part.until) | ~follows)
    new_place = np.cumsum(kept) - 1
    number = own - np.searchsorted(company, company)
    made = Patents(
        company, number, kind, office, filed, published, granted, ended, reason, quality, pool, symbol,
        new_place[first], citations.NONE,
    )  # fmt: skip
    known = _selected(made, kept)
    return replace(known, cited=citations.make_citations(part, known))


def _selected(patents: Patents, kept: Flags) -> Patents:
    """The patents that are kept."""
    columns = {name: getattr(patents, name)[kept] for name in Patents.__slots__ if name != "cited"}
    return Patents(cited=patents.cited, **columns)


def _counts(part: Part, rng: np.random.Generator) -> Ints:
    """How many patents each company has filed: research staff, years and ability, with a heavy tail."""
    block, n = part.companies, part.count
    staff = part.activity.rd_staff.max(axis=1)
    years = as_years(np.minimum(block.ended, part.until) - block.born)
    level = 0.115 * trade_values("patents", block.industry) * (staff + 0.2) ** 0.72 * np.clip(years, 0, 14) ** 0.8
    rate = level * np.exp(0.45 * block.research) * rng.gamma(0.9, 1 / 0.9, n)
    rate = np.where(block.without_rd, 0.05 * (rng.random(n) < 0.5), rate) * ~block.shell
    return np.minimum(rng.poisson(rate), MOST_PATENTS)


def _fate(
    part: Part, rng: np.random.Generator, company: Ints, kind: Ints, filed: Ints, published: Ints, quality: Floats
) -> tuple[Ints, Ints, Ints]:
    """Day of grant, day of end and reason of the end; NEVER where it has not come by the last day."""
    m = len(company)
    invention = kind == INVENTION
    examined = np.maximum(filed + rng.integers(400, 1350, m), published + 40)
    succeeds = chance(rng, logistic(0.5 + 0.55 * quality), m) | ~invention
    granted = np.where(succeeds, np.where(invention, examined, published), NEVER)
    hazard = np.array([0.075, 0.13, 0.16])[kind] * np.exp(-0.5 * quality)
    lapse = granted + (365 * (1 + np.floor(rng.exponential(1.0, m) / hazard))).astype(np.int64)
    lapse = np.minimum(lapse, np.maximum(part.companies.ended[company] + 250, granted + 10))
    years = np.where(invention, 20, np.where((kind == DESIGN) & (filed >= _LONGER_DESIGNS), 15, 10))
    expiry = add_months(filed, years * 12)
    attacked = np.where(chance(rng, 0.006, m), granted + rng.integers(150, 2200, m), NEVER)
    ended = np.minimum(np.minimum(lapse, expiry), attacked)
    reason = np.where(ended == attacked, 2, np.where(ended == expiry, 1, np.where(chance(rng, 0.03, m), 5, 0)))
    ended = np.where(succeeds, ended, examined)
    reason = np.where(succeeds, reason, 3 + chance(rng, 0.4, m))
    return (
        np.where(granted <= part.until, granted, NEVER),
        np.where(ended <= part.until, ended, NEVER),
        reason.astype(np.int64),
    )


def _versions(part: Part) -> tuple[Ints, Ints]:
    """(patent, day known) of every row: at publication, grant or refusal, end, and a recount of citations."""
    block, until = part.patents, part.until
    own = np.arange(len(block.company), dtype=np.int64)
    days = np.stack([
        block.published + 7,
        np.where((block.granted < NEVER) & (block.granted > block.published), block.granted + 7, NEVER),
        np.where(block.ended < NEVER, block.ended + 20, NEVER),
    ])  # fmt: skip
    shown = np.where(days <= until, days, -1).max(axis=0)
    recount = day_number(date(2026, 6, 30))
    before = block.cited.count_until(len(own), shown)
    after = block.cited.count_until(len(own), np.full(len(own), recount))
    again = (recount <= until) & (shown < recount - 60) & (after >= before + 2)
    rows = [(own[days[0] <= until], days[0][days[0] <= until])]
    rows += [(own[line <= until], line[line <= until]) for line in days[1:]]
    rows.append((own[again], np.full(int(again.sum()), recount)))
    which, known = (np.concatenate(column) for column in zip(*rows, strict=True))
    pair = distinct(which * 100_000 + known)
    return pair // 100_000, pair % 100_000


def patent_rows(part: Part) -> Rows:
    """Rows of `patent`; what was not known on a row's day is missing in it."""
    block, rng = part.patents, part.stream("patent rows")
    m = len(block.company)
    which, known = _versions(part)
    families = np.bincount(block.first_of_family, minlength=m)
    family_size = families[block.first_of_family]
    claims = np.where(block.kind == DESIGN, 1, np.clip(1 + rng.negative_binomial(4, 0.36, m), 1, 60))
    independent = np.minimum(1 + rng.binomial(np.maximum(claims // 5, 0), 0.5), claims)
    drawn = rng.negative_binomial(2, 0.32, m) * (block.kind != DESIGN)
    backward = np.maximum(drawn, np.bincount(block.cited.citing[block.cited.citing >= 0], minlength=m))
    holders = np.where(chance(rng, 0.07, m), 2 + chance(rng, 0.2, m), 1)
    rank = np.where(holders > 1, 1 + weighted(rng, [0.75, 0.2, 0.05], m), 1)
    obtained = weighted(rng, [0.93, 0.05, 0.004, 0.008, 0.008], m)
    related = chance(rng, 0.75 + 0.1 * (block.pool == MAIN_POOL[part.companies.industry[block.company]]), m)
    used = related & chance(rng, logistic(-0.4 + 0.6 * block.quality), m)
    columns = {
        "publication_number": block.numbers(part),
        "company_id": part.ids(block.company),
        "application_number": values.fixed(
            "AP", values.digits(part.first + block.company, 7), values.digits(block.number, 4)
        ),
        "office": values.picked(OFFICES, block.office),
        "patent_kind": values.picked(KINDS, block.kind),
        "is_pct": values.flags((family_size > 1) & chance(rng, 0.6, m)[block.first_of_family], chance(rng, 0.02, m)),
        "filed_on": values.days(block.filed),
        "published_on": values.days(block.published, chance(rng, 0.002, m)),
        "ipc_main": values.picked(SYMBOLS, block.symbol, (block.kind == DESIGN) | chance(rng, 0.004, m)),
        "ipc_all": _all_symbols(part, rng),
        "family_id": values.fixed(
            "F", values.digits(part.first + block.company, 7), values.digits(block.number[block.first_of_family], 4)
        ),
        "family_size": values.whole(family_size, chance(rng, 0.02, m)),
        "claims": values.whole(claims, chance(rng, 0.05, m)),
        "independent_claims": values.whole(independent, chance(rng, 0.1, m)),
        "backward_citations": values.whole(backward, chance(rng, 0.04, m)),
        "npl_citations": values.whole(rng.poisson(0.35, m) * (block.kind == INVENTION), chance(rng, 0.1, m)),
        "inventor_count": values.whole(inventor_counts(part), chance(rng, 0.01, m)),
        "holder_count": values.whole(holders, chance(rng, 0.02, m)),
        "holder_rank": values.whole(np.minimum(rank, holders), chance(rng, 0.03, m)),
        "how_obtained": values.picked(OBTAINED, obtained, chance(rng, 0.03, m)),
        "serves_main_product": values.flags(related, chance(rng, 0.12, m)),
        "in_use": values.flags(used, chance(rng, 0.2, m)),
        "disputed": values.flags(chance(rng, 0.008, m), chance(rng, 0.02, m)),
        "source": values.same("synthetic: patent office", m),
    }
    counted = block.cited.count_rows(which, known)
    gap = chance(rng, 0.03, len(which))
    granted, ended = block.granted[which], block.ended[which]
    return values.take(columns, which) | {
        "granted_on": values.days(granted, granted > known),
        "ended_on": values.days(ended, ended > known),
        "end_reason": values.picked(
            END_REASONS, block.end_reason[which], (ended > known) | chance(rng, 0.01, len(which))
        ),
        "forward_citations": values.whole(counted, gap),
        "known_on": values.days(known),
    }


def _all_symbols(part: Part, rng: np.random.Generator) -> Text:
    """The main symbol and up to four more, mostly of the same pool, each once."""
    block = part.patents
    m = len(block.company)
    extra = np.minimum(rng.geometric(0.45, m) - 1, 4)
    pool = np.where(rng.random((4, m)) < 0.75, block.pool, SIDE_POOL[part.companies.industry[block.company]])
    more = POOL_START[pool] + np.floor(POOL_SIZE[pool] * rng.random((4, m))).astype(np.int64)
    table = np.concatenate([block.symbol[None, :], more]).T
    keep = np.arange(5)[None, :] <= extra[:, None]
    for later in range(1, 5):
        keep[:, later] &= (table[:, :later] != table[:, [later]]).all(axis=1)
    text = values.lists_joined(SYMBOLS, table[keep], keep.sum(axis=1))
    return values.hidden(text, (block.kind == DESIGN) | chance(rng, 0.01, m))


def inventor_counts(part: Part) -> Ints:
    """Number of inventors of each patent, as listed in `patent_inventor`."""
    patent, _, _ = inventors(part)
    return np.bincount(patent, minlength=len(part.patents.company))


def inventors(part: Part) -> tuple[Ints, Ints, Ints]:
    """(patent, person's number in the company, place): a few people of a company invent most of it."""
    rng, block = part.stream("inventors"), part.patents
    people = 2 + np.rint(0.5 * part.activity.rd_staff.max(axis=1)).astype(np.int64)
    patent, _ = repeat_index(1 + np.minimum(rng.poisson(1.9, len(block.company)), 7))
    pool = np.minimum(people[block.company[patent]], 999)
    person = np.floor(pool * rng.random(len(patent)) ** 2.2).astype(np.int64)
    pair = distinct(patent * 1_000 + person)
    patent, person = pair // 1_000, pair % 1_000
    return patent, person, np.arange(len(pair)) - np.searchsorted(patent, patent) + 1


def patent_inventor_rows(part: Part) -> Rows:
    """Rows of `patent_inventor`."""
    block = part.patents
    patent, person, place = inventors(part)
    return {
        "publication_number": block.numbers(part, patent),
        "inventor_id": values.fixed(
            "V*", values.digits(part.first + block.company[patent], 7), "-", values.digits(person, 3)
        ),
        "position": values.whole(place),
        "known_on": values.days(block.published[patent] + 7),
        "source": values.same("synthetic: patent office", len(patent)),
    }


def worth_cny(part: Part, which: Ints, day: Ints | int) -> Floats:
    """What patents are truly worth on a day while they are in force: kind, quality, chance, and the years left."""
    block, rng = part.patents, part.stream("patent value")
    chances = rng.normal(0.0, 0.5, len(block.company))[which]
    kind = block.kind[which]
    level = np.array([12.7, 11.4, 10.6])[kind] + 1.25 * block.quality[which] + chances
    left = np.clip(as_years(add_months(block.filed[which], np.array([240, 120, 120])[kind]) - day), 0.5, 20)
    return np.asarray(np.exp(level) * (1 - np.exp(-left / 5)))


def value_rows(part: Part) -> Rows:
    """Truth: the quality of every patent and its true value on the last day (0 once it has ended)."""
    block = part.patents
    worth = worth_cny(part, np.arange(len(block.company), dtype=np.int64), part.until) * (block.ended == NEVER)
    return {
        "publication_number": block.numbers(part),
        "quality": values.number(block.quality),
        "true_value_cny": values.money(values.fen(rounded(worth))),
    }

"""Which patents cite which? Citations received by the city's patents, driven by hidden quality, field and year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kejin.city import values
from kejin.city.days import as_years, years_of
from kejin.city.ipc_symbols import CITED, POOL_NAMES_COUNT, POOL_SIZE, POOL_START, SYMBOLS
from kejin.city.parts import City, Part
from kejin.city.streams import Flags, Floats, Ints, chance, repeat_index, weighted
from kejin.city.values import Rows, Text

if TYPE_CHECKING:
    from kejin.city.patents import Patents

_OUTSIDE_OFFICES = ("CN", "US", "EP", "JP", "KR")
_OUTSIDE_WEIGHTS = [0.74, 0.15, 0.05, 0.04, 0.02]
DAYS_TO_KNOW = 7  # from the citing patent's publication to the citation being known
_FIRST_YEAR = 2004
_SCALE, _SHAPE = 5.5, 1.6  # years: citations come slowly, most within eight years


@dataclass(frozen=True, slots=True)
class Citations:
    """One value a citation received. cited and citing are places in the part's patents; citing is -1 from outside."""

    cited: Ints
    citing: Ints
    day: Ints

    def count_rows(self, which: Ints, known: Ints) -> Ints:
        """Citations of patents `which` that were known on the days `known`."""
        key = np.sort(self.cited * 100_000 + self.day + DAYS_TO_KNOW)
        first = np.searchsorted(key, which * 100_000, side="left")
        return np.searchsorted(key, which * 100_000 + known, side="right") - first

    def count_until(self, patents: int, known: Ints) -> Ints:
        """Citations of every patent known on a day each."""
        return self.count_rows(np.arange(patents, dtype=np.int64), np.maximum(known, 0))


NONE = Citations(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


def year_effect(city: City) -> Floats:
    """How much more or less a field was cited in each year, shape (pool, year from 2004)."""
    rng = city.stream("citation years")
    years = years_of(np.array([city.until]))[0] - _FIRST_YEAR + 1
    return np.exp(np.cumsum(rng.normal(0.01, 0.05, (POOL_NAMES_COUNT, years)), axis=1))


def make_citations(part: Part, patents: Patents) -> Citations:
    """Citations received by the part's patents up to the last day; each pair of patents at most once."""
    rng = part.stream("citations")
    age = as_years(np.maximum(part.until - DAYS_TO_KNOW - patents.published, 0))
    ripe = 1 - np.exp(-((age / _SCALE) ** _SHAPE))
    year = np.clip(years_of(patents.published) - _FIRST_YEAR, 0, None)
    level = CITED[patents.pool] * year_effect(part.city)[patents.pool, year] * np.array([1.0, 0.4, 0.08])[patents.kind]
    cited, _ = repeat_index(rng.poisson(level * ripe * np.exp(0.65 * patents.quality - 0.21)))
    m = len(cited)
    delay = _SCALE * (-np.log1p(-rng.random(m) * ripe[cited])) ** (1 / _SHAPE)
    day = patents.published[cited] + (delay * 365.2425).astype(np.int64) + 1
    citing = _citing_in_the_city(part, patents, rng, cited, day)
    inside = citing >= 0
    day = np.where(inside, patents.published[citing], np.minimum(day, part.until - DAYS_TO_KNOW))
    pair = cited * 2**32 + np.where(inside, citing, 2**31 + np.arange(m))
    order = np.argsort(pair, kind="stable")
    keep = order[np.concatenate(([True], np.diff(pair[order]) > 0))] if m else order
    return Citations(cited[keep], citing[keep], day[keep])


def _citing_in_the_city(part: Part, patents: Patents, rng: np.random.Generator, cited: Ints, day: Ints) -> Ints:
    """For some citations the citing patent of the part: a later one of the company, or the next of the field."""
    m = len(cited)
    source = weighted(rng, [0.12, 0.2, 0.68], m)
    last = np.searchsorted(patents.company, patents.company, side="right")
    own = np.minimum(cited + 1 + np.floor((last[cited] - cited - 1) * rng.random(m)).astype(np.int64), last[cited] - 1)
    order = np.lexsort((patents.published, patents.pool))
    key = patents.pool[order] * 100_000 + patents.published[order]
    place = np.minimum(np.searchsorted(key, patents.pool[cited] * 100_000 + day), max(len(order) - 1, 0))
    field = order[place]
    citing = np.where(source == 0, own, np.where(source == 1, field, -1))
    fits = (patents.published[citing] > patents.published[cited]) & (citing != cited)
    fits &= patents.published[citing] + DAYS_TO_KNOW <= part.until
    fits &= (source == 0) | (patents.pool[citing] == patents.pool[cited])
    return np.where(fits, citing, -1)


def patent_citation_rows(part: Part) -> Rows:
    """Rows of `patent_citation`: received from the city and from outside, and made to patents outside."""
    return values.stacked(_received(part), _made(part))


def _received(part: Part) -> Rows:
    patents, rng = part.patents, part.stream("citation rows")
    block = patents.cited
    m, inside = len(block.cited), block.citing >= 0
    office = np.where(inside, patents.office[block.citing], weighted(rng, _OUTSIDE_WEIGHTS, m))
    outside = _outside_numbers(part, office, "8", np.arange(m, dtype=np.int64))
    citing = values.chosen((inside), patents.numbers(part, block.citing), outside)
    pool = np.where(chance(rng, 0.7, m), patents.pool[block.cited], rng.integers(0, POOL_NAMES_COUNT, m))
    other = POOL_START[pool] + np.floor(POOL_SIZE[pool] * rng.random(m)).astype(np.int64)
    symbol = np.where(inside, patents.symbol[block.citing], other)
    design = patents.kind == 2
    family = values.fixed(
        "F",
        values.digits(part.first + patents.company[block.citing], 7),
        values.digits(patents.number[patents.first_of_family[block.citing]], 4),
        missing=~inside & chance(rng, 0.4, m),
    )
    own = inside & (patents.company[block.citing] == patents.company[block.cited])
    away = values.fixed("G", values.digits(np.full(m, part.number), 4), values.digits(np.arange(m, dtype=np.int64), 7))
    family = values.chosen((inside), family, values.hidden(away, chance(rng, 0.4, m)))
    return {
        "citing_number": citing,
        "cited_number": patents.numbers(part, block.cited),
        "cited_on": values.days(block.day),
        "citing_office": values.picked(_OUTSIDE_OFFICES, office),
        "citing_ipc": values.picked(SYMBOLS, symbol, (inside & design[block.citing]) | chance(rng, 0.02, m)),
        "citing_ipc_all": _outside_symbols(part, "symbols of citing patents", pool, symbol, inside),
        "cited_ipc": values.picked(SYMBOLS, patents.symbol[block.cited], design[block.cited] | chance(rng, 0.01, m)),
        "cited_ipc_all": values.no_text(m),
        "citing_family_id": family,
        "self_citation": values.flags(own, chance(rng, 0.03, m)),
        "category": values.picked(("examiner", "applicant"), weighted(rng, [0.7, 0.3], m), chance(rng, 0.08, m)),
        "known_on": values.days(block.day + DAYS_TO_KNOW),
        "source": values.same("synthetic: patent office", m),
    }


def _made(part: Part) -> Rows:
    """Citations that the city's patents make to patents outside: the more original, the wider the fields."""
    patents, rng = part.patents, part.stream("citations made")
    wide = np.clip(0.25 + 0.12 * patents.quality, 0.05, 0.8)
    citing, _ = repeat_index(np.minimum(rng.poisson(1.6, len(patents.company)), 8) * (patents.kind != 2))
    m = len(citing)
    pool = np.where(chance(rng, wide[citing], m), rng.integers(0, POOL_NAMES_COUNT, m), patents.pool[citing])
    symbol = POOL_START[pool] + np.floor(POOL_SIZE[pool] * rng.random(m)).astype(np.int64)
    office = weighted(rng, _OUTSIDE_WEIGHTS, m)
    return {
        "citing_number": patents.numbers(part, citing),
        "cited_number": _outside_numbers(part, office, "7", np.arange(m, dtype=np.int64)),
        "cited_on": values.days(patents.published[citing]),
        "citing_office": values.picked(_OUTSIDE_OFFICES, patents.office[citing]),
        "citing_ipc": values.picked(SYMBOLS, patents.symbol[citing], chance(rng, 0.01, m)),
        "citing_ipc_all": values.no_text(m),
        "cited_ipc": values.picked(SYMBOLS, symbol, chance(rng, 0.03, m)),
        "cited_ipc_all": _outside_symbols(part, "symbols of cited patents", pool, symbol, np.zeros(m, dtype=bool)),
        "citing_family_id": values.fixed(
            "F",
            values.digits(part.first + patents.company[citing], 7),
            values.digits(patents.number[patents.first_of_family[citing]], 4),
        ),
        "self_citation": values.flags(np.zeros(m, dtype=bool)),
        "category": values.picked(("examiner", "applicant"), weighted(rng, [0.7, 0.3], m), chance(rng, 0.08, m)),
        "known_on": values.days(patents.published[citing] + DAYS_TO_KNOW),
        "source": values.same("synthetic: patent office", m),
    }


def _outside_symbols(part: Part, name: str, pool: Ints, symbol: Ints, inside: Flags) -> Text:
    """The main symbol and up to three more, mostly of the same pool; missing for the city's own and some others."""
    rng, m = part.stream(name), len(symbol)
    extra = np.minimum(rng.geometric(0.5, m) - 1, 3)
    other = np.where(rng.random((3, m)) < 0.7, pool, rng.integers(0, POOL_NAMES_COUNT, (3, m)))
    more = POOL_START[other] + np.floor(POOL_SIZE[other] * rng.random((3, m))).astype(np.int64)
    table = np.concatenate([symbol[None, :], more]).T
    keep = np.arange(4)[None, :] <= extra[:, None]
    for later in range(1, 4):
        keep[:, later] &= (table[:, :later] != table[:, [later]]).all(axis=1)
    text = values.lists_joined(SYMBOLS, table[keep], keep.sum(axis=1))
    return values.hidden(text, inside | chance(rng, 0.15, m))


def _outside_numbers(part: Part, office: Ints, mark: str, number: Ints) -> Text:
    """Numbers of patents outside the city: an office, a mark, the part and a running number."""
    parts = np.full(len(number), part.number, dtype=np.int64)
    return values.fixed(
        values.letters(_OUTSIDE_OFFICES, office), mark, values.digits(parts, 4), values.digits(number, 8), "A"
    )

"""Rows of a valuation query as the arrays that the models read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kejin.valuation.figures import ValuationRules
from kejin.valuation.market_comparables import Deals
from kejin.valuation.patent_columns import KINDS, MAX_YEARS, NO, UNKNOWN, YES, Flags, Floats, Ints, PatentColumns
from kejin.valuation.royalty_income import decay_rate, income_figures, sure_years

if TYPE_CHECKING:
    import pyarrow as pa

DAYS_PER_YEAR = 365.25
_PRIOR_MIN = 8  # owners of an industry group from which its own usual revenue is taken
_WIDEST = 2.5  # log spread of revenue where nothing at all is known
_ROYALTY_DEALS = 10.0  # recorded royalties that weigh as much as the ranges of the rule


def numbers(table: pa.Table, column: str) -> Floats:
    """A column as floats; missing is NaN."""
    return np.asarray(table[column].cast("float64").fill_null(float("nan")).to_numpy(), dtype=np.float64)


def flags(table: pa.Table, column: str) -> Flags:
    """A column that is never missing."""
    return np.asarray(table[column].fill_null(False).to_numpy(), dtype=bool)


def three_ways(table: pa.Table, column: str) -> Ints:
    """YES, NO or UNKNOWN."""
    known = np.asarray(table[column].is_valid().to_numpy(), dtype=bool)
    return np.where(known, np.where(flags(table, column), YES, NO), UNKNOWN).astype(np.int64)


def codes(table: pa.Table, column: str) -> tuple[Ints, list[str]]:
    """A text column as places in a list of its sorted distinct values; missing is -1."""
    texts = table[column].combine_chunks().dictionary_encode()
    words = texts.dictionary.to_pylist()
    order = np.argsort(np.array(words, dtype=object)) if words else np.zeros(0, dtype=np.int64)
    rank = np.empty(len(words) + 1, dtype=np.int64)
    rank[order] = np.arange(len(words))
    rank[-1] = -1
    place = np.asarray(texts.indices.fill_null(len(words)).to_numpy(zero_copy_only=False), dtype=np.int64)
    return rank[place], [words[one] for one in order]


def patent_columns(table: pa.Table, rules: ValuationRules, deals: pa.Table, as_of: date) -> tuple[PatentColumns, Deals]:
    """The rows of valuation_inputs and deal_rows as arrays; `deals` with a price point into the patents."""
    company, _ = codes(table, "company_id")
    kind_codes, kind_names = codes(table, "patent_kind")
    kind = np.array([KINDS.index(name) for name in kind_names], dtype=np.int64)[kind_codes]
    field = np.nan_to_num(numbers(table, "field"), nan=0.0).astype(np.int64)
    industry, industry_names = codes(table, "industry_code")
    royalty_names = sorted(rules.royalty_range.rows)
    entries = rules.royalty_group_by_industry.entries
    group_of = [royalty_names.index(_by_prefix(entries, name, "overall")) for name in industry_names]
    group_of.append(royalty_names.index("overall"))
    royalty_group = np.array(group_of, dtype=np.int64)[industry]
    fading_names = sorted(rules.obsolescence_range.rows)
    fading_of = [fading_names.index(rules.obsolescence_group_by_field.entries.get(str(n), "other")) for n in range(36)]
    obsolescence_group = np.array(fading_of, dtype=np.int64)[field]
    revenue, research = numbers(table, "revenue_cny"), numbers(table, "research_cny")
    revenue = np.where(revenue < 0, np.nan, revenue)
    prior, spread = usual_revenue(company, royalty_group, revenue)
    left = np.maximum(np.nan_to_num(numbers(table, "left_days"), nan=0.0), 0.0) / DAYS_PER_YEAR
    patents = PatentColumns(
        company=company,
        kind=kind,
        field=field,
        royalty_group=royalty_group,
        obsolescence_group=obsolescence_group,
        age_years=np.maximum(numbers(table, "age_days"), 0.0) / DAYS_PER_YEAR,
        left_years=left,
        in_force=flags(table, "in_force"),
        pending=flags(table, "pending"),
        quality=numbers(table, "quality"),
        use=three_ways(table, "in_use"),
        holders=numbers(table, "holder_count"),
        disputed=three_ways(table, "disputed"),
        invalidity_pending=flags(table, "invalidity_pending"),
        fee_overdue=flags(table, "fee_overdue"),
        licensed_out=flags(table, "licensed_out"),
        pledges=np.asarray(numbers(table, "pledges"), dtype=np.int64),
        family_place=np.asarray(numbers(table, "family_place"), dtype=np.int64),
        revenue_cny=revenue,
        revenue_prior_log=prior,
        revenue_prior_sigma=spread,
        research_cny=research,
        own_deal_log=np.full(len(company), np.nan),
    )
    return _with_deals(patents, table, rules, deals, as_of)


def usual_revenue(company: Ints, group: Ints, revenue: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of log revenue of owners in a royalty group, for those whose revenue is missing.

    Each owner counts once. A group with few owners, and where none is known, takes all owners; with none at all the
    spread is as wide as it gets, round 10 million CNY.
    """
    _, first = np.unique(company, return_index=True)
    known = revenue[first] > 0
    logs, groups = np.log(revenue[first][known]), group[first][known]
    size = int(group.max(initial=0)) + 1
    if len(logs) < 2:
        return np.full(len(company), np.log(1e7)), np.full(len(company), _WIDEST)
    count = np.bincount(groups, minlength=size)
    safe = np.maximum(count, 1)
    mean = np.bincount(groups, logs, size) / safe
    spread = np.sqrt(np.maximum(np.bincount(groups, logs**2, size) / safe - mean**2, 0.0))
    enough = count >= _PRIOR_MIN
    mean = np.where(enough, mean, logs.mean())
    spread = np.where(enough, spread, logs.std())
    return mean[group], np.maximum(spread, 0.5)[group]


def default_survival(left_years: Floats, kind: Ints, hazards: Mapping[str, tuple[float, float]]) -> Floats:
    """Probability of being in force in the middle of each coming year, from the ends seen by kind of right.

    hazards   kind -> (ends before the term, years in force seen); a kind never seen has 5 ends in 100 years.
    """
    rate = np.array([_rate(*hazards.get(kind_name, (0.0, 0.0))) for kind_name in KINDS])[kind]
    years = np.arange(MAX_YEARS) + 0.5
    curve: Floats = np.exp(-rate[:, None] * years[None, :])
    return np.where(left_years[:, None] > years[None, :] - 0.5, curve, 0.0)


def royalty_shift(deals: pa.Table, patents: PatentColumns, where: Ints, rules: ValuationRules) -> float:
    """By how much do recorded royalties lie above the ranges of the rule, in logs, drawn to 0 by few deals?"""
    rates = numbers(deals, "royalty_rate")
    known = (rates > 0) & (where >= 0)
    if not known.any():
        return 0.0
    group, quality = patents.royalty_group[where[known]], patents.quality[where[known]]
    royalty = income_figures(rules).royalty
    low, high = royalty[group, 0], royalty[group, 1]
    expected = np.log(low + (high - low) * np.where(np.isnan(quality), 0.5, quality))
    error = np.log(rates[known]) - expected
    return float(error.sum() / (len(error) + _ROYALTY_DEALS))


def places_in(wanted: NDArray[np.object_], among: NDArray[np.object_]) -> Ints:
    """Places of texts in a sorted array of texts; -1 for those that are not in it."""
    place = np.searchsorted(among, wanted)
    place = np.minimum(place, max(len(among) - 1, 0))
    found = among[place] == wanted if len(among) else np.zeros(len(wanted), dtype=bool)
    return np.where(found, place, -1).astype(np.int64)


def _with_deals(
    patents: PatentColumns, table: pa.Table, rules: ValuationRules, deals: pa.Table, as_of: date
) -> tuple[PatentColumns, Deals]:
    """Deals with a price, and the patents with their own last sale brought to what is left of their life."""
    where = places_in(texts(deals, "publication_number"), texts(table, "publication_number"))
    price = numbers(deals, "price_cny")
    happened = np.asarray(deals["happened_on"].cast("date32").to_numpy(), dtype="datetime64[D]")
    ago = (np.datetime64(as_of) - happened).astype(np.float64) / DAYS_PER_YEAR
    usable = (price > 0) & (where >= 0)
    where, price, ago = where[usable], price[usable], ago[usable]
    licence = np.asarray(texts(deals, "event_kind")[usable] == "licence", dtype=bool)
    decay = decay_rate(income_figures(rules), patents.obsolescence_group)
    # Life at the deal: what is left by the register on the day, and the time since; an ended right had its term.
    term = np.where(patents.kind == 0, 20.0, 10.0)
    left = np.minimum(np.where(patents.left_years > 0, patents.left_years, 0.0)[where] + ago, term[where])
    years = sure_years(left, decay[where])
    now = sure_years(patents.left_years, decay)
    with np.errstate(divide="ignore"):
        log_years, log_now = np.log(years), np.log(now)
    good = np.isfinite(log_years)
    found = Deals(
        np.log(price)[good], log_years[good], licence[good], patents.kind[where][good], patents.field[where][good],
        patents.quality[where][good], where[good],
    )  # fmt: skip
    own = np.full(len(patents), np.nan)
    sold = ~found.licence
    last = np.argsort(-ago[good][sold], kind="stable")  # the latest comes last and stays
    own[found.patent[sold][last]] = (found.log_price - found.log_years)[sold][last]
    own = np.where(np.isfinite(log_now), own + np.where(np.isfinite(log_now), log_now, 0.0), np.nan)
    return replace(patents, own_deal_log=own), found


def texts(table: pa.Table, column: str) -> NDArray[np.object_]:
    """A text column as an array of objects."""
    return np.asarray(table[column].to_numpy(zero_copy_only=False), dtype=object)


def _by_prefix(entries: Mapping[str, str], code: str, otherwise: str) -> str:
    """The entry of the longest beginning of a code."""
    for length in range(len(code), 0, -1):
        if code[:length] in entries:
            return entries[code[:length]]
    return otherwise


def _rate(ends: float, years: float) -> float:
    """Ends a year, with the weight of 5 ends in 100 years as a belief."""
    return (ends + 5.0) / (years + 100.0)


def by_kind(rows: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Rows of hazard_rows by kind."""
    return {row["patent_kind"]: (float(row["ends"] or 0.0), float(row["years"] or 0.0)) for row in rows}

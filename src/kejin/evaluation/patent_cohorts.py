"""How often is a patent cited, against patents of its field and filing year?

Percentiles are whole millionths (ppm), rounded down, so that sums and means of them are exact on every engine.
A patent's percentile is the share of its cohort that is cited less, and half of the share that is cited as often
(mid-rank): half of a cohort of equals stands below each of them.

Limits   Citations of late years are still to come; the cohort corrects for that only within one filing year.
         A publication that cites two publications of one application counts twice for it.
Source   Field and filing year as cohort: OECD STI Working Paper 2013/03 (Squicciarini, Dernis, Criscuolo).
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import ibis

from kejin.evaluation.patent_states import in_kept_numbers, superseded_publications
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts

PPM = 1_000_000
TOP_DECILE_PPM = 900_000
COHORT = ("field", "filing_year")
CITATION_WINDOW_YEARS = 5  # the OECD's window
QUANTILE_LEVELS_PPM = {
    "p1": 10_000,
    "p10": 100_000,
    "p25": 250_000,
    "p50": 500_000,
    "p75": 750_000,
    "p90": 900_000,
    "p99": 990_000,
}


def with_forward_citations(
    patents: ibis.Table, facts: Facts, as_of: date, others: ibis.Table | None = None, keep: Keep = as_it_is
) -> ibis.Table:
    """The table of patents with the citations that each received up to the day.

    patents  rows of patent_states.
    others   superseded_publications, where the caller has stored it already.
    keep     stores the citations counted.
    Returns  the table with the column
             forward_citations      int64; the citations on file up to the day, or the number that the source of the
                                    patent counted where that is larger; missing where there is neither
             forward_citations_5y   int64; citations on file within 5 years of publication; 0 where the source counted
                                    none at all; otherwise missing without citations on file or day of publication
             filing_year            int64
             citation_window_closed boolean; had the 5 years passed on the day? missing without day of publication
    """
    citations = facts.table("patent_citation")
    citations = citations.filter(citations.cited_on <= ibis.literal(as_of)).select("cited_number", "cited_on")
    if others is None:
        others = superseded_publications(facts, as_of)
    citations = in_kept_numbers(citations, "cited_number", others)
    days = patents.select("publication_number", "published_on")
    dated = citations.join(days, citations.cited_number == days.publication_number)
    inside = inside_citation_window(dated.cited_on, dated.published_on)
    counted = dated.group_by("cited_number").agg(
        citations_on_file=dated.count(),
        citations_5y_on_file=ibis.cases((inside, 1), (~inside, 0)).sum(),
    )
    counted = keep("patent_citations_received", counted)
    table = patents.left_join(counted, patents.publication_number == counted.cited_number).drop("cited_number")
    on_file, by_source = table.citations_on_file, table.forward_citations
    larger = ibis.cases((on_file.isnull(), by_source), (by_source > on_file, by_source), else_=on_file)
    table = table.mutate(
        filing_year=table.filed_on.year().cast("int64"),
        forward_citations=larger.cast("int64"),
        forward_citations_5y=ibis.cases((on_file.notnull(), table.citations_5y_on_file), (by_source == 0, 0)).cast(
            "int64"
        ),
        citation_window_closed=_window_end(table.published_on) <= _number_of(as_of),
    )
    return table.drop("citations_on_file", "citations_5y_on_file")


def with_cohort_percentile(
    patents: ibis.Table,
    value: str = "forward_citations",
    cohort: tuple[str, ...] = COHORT,
    min_cohort_size: int = 10,
    keep: Keep = as_it_is,
    size: str = "cohort_size",
    percentile: str = "percentile_ppm",
) -> ibis.Table:
    """The table with each patent's standing in its cohort.

    value            the column compared (a whole number or a float); more is better.
    cohort           columns whose values must be equal; `filing_year` is made of filed_on where the table lacks it.
    min_cohort_size  a smaller cohort gives no percentile.
    keep             stores the percentile of each value of each cohort.
    size, percentile names of the columns made.
    Returns          the table with `cohort_size` (int64, patents of the cohort whose value is known; missing where the
                     patent's own value or cohort is) and `percentile_ppm` (int64, 0 to 1,000,000; missing in a cohort
                     that is too small).
    """
    if "filing_year" in cohort and "filing_year" not in patents.columns:
        patents = patents.mutate(filing_year=patents.filed_on.year().cast("int64"))
    known = patents.filter(patents[value].notnull(), *(patents[column].notnull() for column in cohort))
    # Group first: the windows then run over the distinct values of a cohort, not over every patent.
    equal = known.group_by(*cohort, value).agg(ties=known.count())
    so_far = ibis.window(group_by=list(cohort), order_by=equal[value], preceding=None, following=0)
    whole = ibis.window(group_by=list(cohort))
    equal = equal.mutate(up_to=equal.ties.sum().over(so_far), cohort_size=equal.ties.sum().over(whole))
    # (below + ties / 2) / size, below = up_to - ties; both terms are whole and far below 2**53, so the quotient's
    # floor is exact.
    twice = (2 * equal.up_to - equal.ties).cast("float64")
    share = (twice * PPM / (2 * equal.cohort_size).cast("float64")).floor().cast("int64")
    ranked = equal.mutate(percentile_ppm=ibis.cases((equal.cohort_size >= min_cohort_size, share)))
    keys = [*cohort, value]
    standing = ranked.select(
        **{f"{key}_of_cohort": ranked[key] for key in keys},
        **{size: ranked.cohort_size.cast("int64"), percentile: ranked.percentile_ppm},
    )
    standing = keep("patent_cohorts" if value == "forward_citations" else f"patent_cohorts_{value}", standing)
    same = [patents[key] == standing[f"{key}_of_cohort"] for key in keys]
    return patents.left_join(standing, same).drop(*(f"{key}_of_cohort" for key in keys))


def with_external_percentile(
    patents: ibis.Table,
    quantiles: ibis.Table,
    value: str = "forward_citations",
    cohort: tuple[str, ...] = COHORT,
    name: str = "external_percentile_ppm",
) -> ibis.Table:
    """The table with each patent's standing against an outside cohort table of quantiles.

    quantiles  one row a cohort: the cohort columns and p1, p10, p25, p50, p75, p90, p99 of the value, rising
               (the shape of the OECD's patent quality cohorts).
    Returns    the table with the column `name`, int64 ppm: linear between two quantiles; where several quantiles equal
               the value, the middle of their levels (0 and 1 stand for the ends); half a percent beyond the first
               and the last. More never gives less. Missing where the value, the cohort or a quantile is missing.
    """
    if "filing_year" in cohort and "filing_year" not in patents.columns:
        patents = patents.mutate(filing_year=patents.filed_on.year().cast("int64"))
    rows = quantiles.select(
        **{f"{key}_of_table": quantiles[key] for key in cohort},
        **{column: quantiles[column].cast("float64") for column in QUANTILE_LEVELS_PPM},
    )
    joined = patents.left_join(rows, [patents[key] == rows[f"{key}_of_table"] for key in cohort])
    levels = [(column, float(level)) for column, level in QUANTILE_LEVELS_PPM.items()]
    # The first and the last quantile that equal the value, named because they are read several times.
    found = joined[value].cast("float64")
    joined = joined.mutate(
        value_placed=found,
        lowest_level=ibis.cases(*((found == joined[column], level) for column, level in levels)),
        highest_level=ibis.cases(*((found == joined[column], level) for column, level in reversed(levels))),
    )
    edges = [(joined[column], level) for column, level in levels]
    position = _between_quantiles(joined.value_placed, edges, joined.lowest_level, joined.highest_level)
    complete = ibis.and_(*(edge.notnull() for edge, _ in edges))
    placed = joined.mutate(**{name: ibis.cases((complete, position.floor().cast("int64")))})
    spare = ("value_placed", "lowest_level", "highest_level")
    return placed.drop(*(f"{key}_of_table" for key in cohort), *QUANTILE_LEVELS_PPM, *spare)


def _between_quantiles(value: Any, edges: list[tuple[Any, float]], lowest: Any, highest: Any) -> Any:
    """The level, in ppm, of a value among rising (quantile, level) pairs.

    lowest, highest   levels of the first and the last quantile that equal the value.
    """
    (first_edge, first_level), (last_edge, last_level) = edges[0], edges[-1]
    # A run of equal quantiles that reaches an end stands for all mass beyond it.
    run = lowest < highest
    lower = ibis.cases((run & (lowest == first_level), 0.0), else_=lowest)
    upper = ibis.cases((run & (highest == last_level), float(PPM)), else_=highest)
    branches = [
        (value < first_edge, ibis.literal(first_level / 2)),
        (value > last_edge, ibis.literal((PPM + last_level) / 2)),
        (lowest.notnull(), (lower + upper) / 2.0),
    ]
    for (left, left_level), (right, right_level) in pairwise(edges):
        inside = left_level + (right_level - left_level) * ((value - left) / (right - left).nullif(0.0))
        branches.append(((value > left) & (value < right), inside))
    return ibis.cases(*branches)


def inside_citation_window(cited_on: Any, published_on: Any) -> Any:
    """Whether a citation lies within five years of the cited patent's publication; missing without either day."""
    return _day_number(cited_on) <= _window_end(published_on)


def _day_number(day: Any) -> Any:
    """A day as the whole number YYYYMMDD: years are added to it without an engine's own calendar."""
    return (day.year() * 10_000 + day.month() * 100 + day.day()).cast("int64")


def _number_of(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _window_end(published_on: Any) -> Any:
    return _day_number(published_on) + CITATION_WINDOW_YEARS * 10_000

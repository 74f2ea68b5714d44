"""Where does a company stand among its peers? Percentiles within cluster, stage and size, with the number of peers.

The percentile of a value is the mid-rank: the share of peers below it plus half the share equal to it, itself counted
among the equal. So ties share one percentile, and the order of rows does not matter. Companies whose value is missing
are not peers for that measure. With fewer peers than the minimum the percentile is missing, and the number says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis


@dataclass(frozen=True, slots=True)
class Measure:
    """A column whose standing is wanted; `higher_is_better` says how to read it (the percentile itself is plain)."""

    column: str
    higher_is_better: bool = True

    @property
    def percentile(self) -> str:
        return f"{self.column}__percentile"

    @property
    def peers(self) -> str:
        return f"{self.column}__peers"


def with_standing(
    table: ibis.Table,
    cohort: Sequence[str],
    measures: Sequence[Measure],
    peers_min: int,
    key: str = "company_id",
    narrow: ibis.Table | None = None,
) -> ibis.Table:
    """The table with, for each measure, its percentile in 0..1 and the number of peers (itself included).

    cohort  columns that make peers; a company with a missing one has no peers: percentile missing, peers 0.
    key     unique in the table.
    narrow  the same companies with key, cohort and measures only, where there is a shorter way to them than through
            the table: a wide table that is read twice would be held in memory.
    """
    numbered = _numbered(table if narrow is None else narrow, cohort, measures, key)
    peers = {
        measure.peers: ibis.ifelse(numbered[measure.column].notnull(), numbered[_size(measure)], ibis.null("int64"))
        for measure in measures
    }
    standing = numbered.select(key, **peers)
    standing = standing.left_join(_percentiles(numbered, measures, peers_min, key), key).drop(f"{key}_right")
    joined = table.left_join(standing, key)
    added = {
        name: column
        for measure in measures
        for name, column in (
            (measure.peers, joined[measure.peers].fill_null(0)),
            (measure.percentile, joined[measure.percentile]),
        )
    }
    return joined.select(*table.columns, **added)


def _size(measure: Measure) -> str:
    return f"{measure.column}__size"


def _numbered(table: ibis.Table, cohort: Sequence[str], measures: Sequence[Measure], key: str) -> ibis.Table:
    """Companies with peers: key, measures, and of their cohort a number and for each measure how many know it."""
    placed = table.filter(*(table[column].notnull() for column in cohort))
    cohorts = placed.group_by(*cohort).agg(**{_size(measure): placed[measure.column].count() for measure in measures})
    in_order = ibis.window(order_by=[cohorts[column] for column in cohort])
    cohorts = cohorts.mutate(cohort_number=ibis.row_number().over(in_order))
    columns = [measure.column for measure in measures]
    return placed.join(cohorts, list(cohort)).select(key, "cohort_number", *columns, *map(_size, measures))


def _percentiles(numbered: ibis.Table, measures: Sequence[Measure], peers_min: int, key: str) -> ibis.Table:
    """One row a company that has peers for some measure: key and the percentiles.

    On the way one row a company and measure, in groups numbered by cohort and measure: one ranking does for all.
    """
    pair = ibis.array(
        [
            ibis.struct(
                {
                    "group": numbered.cohort_number * len(measures) + number,
                    "measure": ibis.literal(number, "int64"),
                    "size": numbered[_size(measure)],
                    "value": numbered[measure.column].cast("float64"),
                }
            )
            for number, measure in enumerate(measures)
        ]
    )
    pairs = numbered.select(key, pair=pair.unnest())
    values = pairs.select(key, **{name: pairs.pair[name] for name in ("group", "measure", "size", "value")})
    values = values.filter(values.value.notnull(), values["size"] >= peers_min)
    # The order has no tie-breaker on purpose: rank and cume_dist give equal values one answer.
    among = ibis.window(group_by=values.group, order_by=values.value)
    below = ibis.rank().over(among).cast("float64") / values["size"].cast("float64")
    ranked = values.select(key, "measure", middle=(below + values.value.cume_dist().over(among)) / 2.0)
    return ranked.group_by(key).agg(
        **{
            measure.percentile: ibis.ifelse(ranked.measure == number, ranked.middle, ibis.null("float64")).max()
            for number, measure in enumerate(measures)
        }
    )

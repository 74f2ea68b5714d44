"""Where does a company stand among its peers? Percentiles within cluster, stage and size, with the number of peers.

The percentile of a value is the mid-rank: the share of peers below it plus half the share equal to it, itself counted
among the equal. So ties share one percentile, and the order of rows does not matter. Companies whose value is missing
are not peers for that measure. With fewer peers than the minimum the percentile is missing, and the number says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    table: ibis.Table, cohort: Sequence[str], measures: Sequence[Measure], peers_min: int, key: str = "company_id"
) -> ibis.Table:
    """The table with, for each measure, its percentile in 0..1 and the number of peers (itself included).

    cohort  columns that make peers; a company with a missing one has no peers: percentile missing, peers 0.
    key     unique in the table.
    """
    placed = table.filter(*(table[column].notnull() for column in cohort))
    sizes = placed.group_by(*cohort).agg(**{_size(measure): placed[measure.column].count() for measure in measures})
    # Percentiles before sizes: the cohort's columns are of the table, the sizes of the cohort.
    joined = table.left_join(_percentiles(placed, cohort, measures, peers_min, key), key).drop(f"{key}_right")
    joined = joined.left_join(sizes, list(cohort))
    return joined.select(
        *table.columns,
        **{
            name: column
            for measure in measures
            for name, column in (
                (measure.peers, _known_size(joined, measure)),
                (measure.percentile, joined[measure.percentile]),
            )
        },
    )


def _size(measure: Measure) -> str:
    return f"{measure.column}__size"


def _known_size(joined: ibis.Table, measure: Measure) -> Any:
    """The number of peers of a company whose value is known, else 0."""
    return ibis.ifelse(joined[measure.column].notnull(), joined[_size(measure)], ibis.null("int64")).fill_null(0)


def _percentiles(
    placed: ibis.Table, cohort: Sequence[str], measures: Sequence[Measure], peers_min: int, key: str
) -> ibis.Table:
    """One row a company that has a known measure: key and the percentiles.

    One row a company and measure on the way, so that one ranking of narrow rows does for all measures.
    """
    pairs = placed.select(
        key,
        *cohort,
        pair=ibis.array(
            [
                ibis.struct({"measure": number, "value": placed[measure.column].cast("float64")})
                for number, measure in enumerate(measures)
            ]
        ).unnest(),
    )
    values = pairs.select(key, *cohort, measure=pairs.pair["measure"], value=pairs.pair["value"])
    values = values.filter(values.value.notnull())
    peers = [*(values[column] for column in cohort), values.measure]
    number = values.count().over(ibis.window(group_by=peers))
    # The order has no tie-breaker on purpose: rank and cume_dist give equal values one answer.
    among = ibis.window(group_by=peers, order_by=values.value)
    below = ibis.rank().over(among).cast("float64") / number.cast("float64")
    middle = (below + values.value.cume_dist().over(among)) / 2.0
    ranked = values.select(key, "measure", middle=ibis.ifelse(number >= peers_min, middle, ibis.null("float64")))
    return ranked.group_by(key).agg(
        **{
            measure.percentile: ibis.ifelse(ranked.measure == number, ranked.middle, ibis.null("float64")).max()
            for number, measure in enumerate(measures)
        }
    )

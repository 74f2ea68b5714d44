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
    # Ranking sorts its rows once a measure, so only the columns that it needs go through it.
    narrow = table.select(key, *cohort, *(measure.column for measure in measures))
    for column in cohort:
        narrow = narrow.filter(narrow[column].notnull())
    sizes = narrow.group_by(*cohort).agg(
        **{f"{measure.column}_n": narrow[measure.column].count() for measure in measures}
    )
    ranked = narrow.left_join(sizes, list(cohort))
    ranked = ranked.select(
        key, **{name: column for measure in measures for name, column in _standing(ranked, cohort, measure, peers_min)}
    )
    joined = table.left_join(ranked, key).drop(f"{key}_right")
    nobody = {measure.peers: joined[measure.peers].fill_null(0) for measure in measures}
    return joined.mutate(**nobody)


def _standing(ranked: ibis.Table, cohort: Sequence[str], measure: Measure, peers_min: int) -> list[tuple[str, Any]]:
    value, number = ranked[measure.column], ranked[f"{measure.column}_n"]
    known = value.notnull()
    # The order has no tie-breaker on purpose: rank and cume_dist give equal values one answer.
    among = ibis.window(group_by=[*(ranked[column] for column in cohort), known], order_by=value)
    below = ibis.rank().over(among).cast("float64") / number.cast("float64").nullif(0.0)
    middle = (below + value.cume_dist().over(among)) / 2.0
    enough = known & (number >= peers_min)
    return [
        (measure.peers, ibis.ifelse(known, number, ibis.literal(0, "int64"))),
        (measure.percentile, ibis.ifelse(enough, middle, ibis.null("float64"))),
    ]

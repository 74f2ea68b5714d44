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


def with_standing(table: ibis.Table, cohort: Sequence[str], measures: Sequence[Measure], peers_min: int) -> ibis.Table:
    """The table with, for each measure, its percentile in 0..1 and the number of peers (itself included).

    cohort  columns that make peers; a company with a missing one has no peers: percentile missing, peers 0.
    """
    placed = ibis.literal(True)
    for column in cohort:
        placed &= table[column].notnull()
    table = table.mutate(has_cohort_=placed)
    columns = {}
    for measure in measures:
        value = table[measure.column]
        known = value.notnull()
        # The order has no tie-breaker on purpose: rank and cume_dist give equal values one answer.
        among = ibis.window(group_by=[*cohort, known], order_by=value)
        everyone = ibis.window(group_by=[*cohort, known])
        counted = table.has_cohort_ & known
        number = ibis.ifelse(known, 1, 0).sum().over(everyone)
        below = ibis.rank().over(among).cast("float64") / number.cast("float64")
        middle = (below + value.cume_dist().over(among)) / 2.0
        columns[measure.peers] = ibis.ifelse(counted, number, ibis.literal(0, "int64"))
        columns[measure.percentile] = ibis.ifelse(counted & (number >= peers_min), middle, ibis.null("float64"))
    return table.mutate(**columns).drop("has_cohort_")

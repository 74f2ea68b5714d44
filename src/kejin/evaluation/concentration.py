"""How concentrated are a company's counts on their groups (fields, inventors), for every company at once?

Sums run over whole numbers only, so every engine and every order of rows gives the same last digit. For that, n ln n
comes from a table of whole numbers of 10**-12 made once in decimals; above its end, 1,024, it is the engine's ln cut to
10**-6, which moves the entropy by less than 10**-7 nats.

Formulas and their sources: kejin.numerics.concentration.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ibis

from kejin.facts.constant_table import constant_table
from kejin.numerics.concentration import scaled_n_log_n

SCALE = 10**12
TABLE_END = 1_024
_COARSE = 10**6
# n ln n * SCALE must stay within int64; beyond it the entropy is missing.
COUNT_LIMIT = 600_000


def concentration(counts: ibis.Table, key: str, count: str, prefix: str, *, entropy: bool = True) -> ibis.Table:
    """One row a key with how its counts are spread over its rows.

    counts   one row a key and group; `count` is a whole number >= 0.
    Returns  key and, each name begun with `prefix`:
             total         int64, sum of the counts
             groups        int64, groups with a count above 0
             largest       int64, the largest count
             hhi           float64, sum of squared shares, 1/groups to 1; missing when the total is 0
             hhi_unbiased  float64, with Hall's correction for small counts, 0 to 1; missing when the total is below 2
             entropy_nats  float64, 0 to ln(groups); missing when the total is 0
             entropy_miller_madow_nats  float64; missing when the total is below 2
    """
    present = counts.filter(counts[count] > 0)
    if entropy:
        present = _with_n_log_n(present, count, "part_n_log_n")
    measures = {
        "total": present[count].sum(),
        "groups": present.count(),
        "largest": present[count].max(),
        "squares": (present[count] * present[count]).sum(),
    }
    if entropy:
        measures |= {"parts_n_log_n": present.part_n_log_n.sum(), "known_logs": present.part_n_log_n.count()}
    sums = present.group_by(key).agg(**{name: value.cast("int64") for name, value in measures.items()})
    if entropy:
        sums = _with_n_log_n(sums, "total", "total_n_log_n")
    total = sums.total.cast("float64")
    columns: dict[str, Any] = {
        "total": sums.total,
        "groups": sums.groups,
        "largest": sums.largest,
        "hhi": sums.squares.cast("float64") / (total * total),
        "hhi_unbiased": (sums.squares - sums.total).cast("float64") / (total * (total - 1.0)).nullif(0.0),
    }
    if entropy:
        nats = (sums.total_n_log_n - sums.parts_n_log_n).cast("float64") / float(SCALE) / total
        nats = ibis.cases((sums.known_logs == sums.groups, nats))
        added = (sums.groups - 1).cast("float64") / (2.0 * total)
        columns["entropy_nats"] = nats
        columns["entropy_miller_madow_nats"] = ibis.cases((sums.total > 1, nats + added))
    return sums.select(key, **{f"{prefix}{name}": value for name, value in columns.items()})


def _with_n_log_n(table: ibis.Table, count: str, name: str) -> ibis.Table:
    """The table with n ln n of a count as whole numbers of 1 / SCALE; missing above COUNT_LIMIT."""
    logs = constant_table({"n_of_log": "int64", "n_log_n": "int64"}, _table())
    joined = table.left_join(logs, table[count] == logs.n_of_log)
    n = joined[count].cast("float64")
    coarse = (n * n.ln() * float(_COARSE)).floor().cast("int64") * (SCALE // _COARSE)
    value = ibis.cases(
        (joined.n_log_n.notnull(), joined.n_log_n),
        ((joined[count] > TABLE_END) & (joined[count] <= COUNT_LIMIT), coarse),
    )
    return joined.mutate(**{name: value}).drop("n_of_log", "n_log_n")


@cache
def _table() -> tuple[tuple[int, int], ...]:
    return tuple(enumerate(scaled_n_log_n(TABLE_END, SCALE)))

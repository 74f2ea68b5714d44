"""Into which bins does a feature fall so that they tell most about default, and what is each worth (WOE)?

Numeric features are cut at quantiles into pre-bins, categories are ordered by their bad rate; neighbours are then
merged so that the information value is largest under a monotone trend, a largest number of bins and a smallest size
of a bin. Missing values have a bin of their own and take no part in the trend. WOE = ln(share of good / share of
bad).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kejin.credit.binning_kernels import best_merge, count_rows, no_weight, place_rows
from kejin.errors import InputError

Trend = Literal["rising", "falling", "monotone", "peak", "valley", "auto", "any"]
TRENDS: tuple[Trend, ...] = ("rising", "falling", "monotone", "peak", "valley", "auto", "any")
# How a trend is searched: (direction of the bad rate, may it turn once); of several the one with the most information.
_SEARCHES: dict[Trend, tuple[tuple[int, bool], ...]] = {
    "rising": ((1, False),),
    "falling": ((-1, False),),
    "monotone": ((1, False), (-1, False)),
    "peak": ((1, True),),
    "valley": ((-1, True),),
    "auto": ((1, True), (-1, True)),
    "any": ((0, False),),
}
PREBINS_LIMIT = 250  # a place is one byte
_RARE = 5  # categories smaller than a fifth of the smallest bin are put together before they are ordered


@dataclass(frozen=True, slots=True)
class BinningSettings:
    """What a bin must fulfil.

    prebins_max   quantile pre-bins of a numeric feature.
    bins_max      bins besides the one of missing values.
    share_min     rows of a bin, as a share of the rows with a value.
    defaults_min  bad rows of a bin, and good rows.
    """

    prebins_max: int = 100
    bins_max: int = 8
    share_min: float = 0.05
    defaults_min: int = 5

    def __post_init__(self) -> None:
        if not (2 <= self.prebins_max <= PREBINS_LIMIT and self.bins_max >= 1 and 0 <= self.share_min < 1):
            raise InputError("credit.binning_settings_wrong", settings=self)


@dataclass(frozen=True, slots=True)
class BinnedFeature:
    """The bins of one feature, in order, the bin of missing values last.

    edges       numeric: bin k holds edges[k-1] <= value < edges[k].
    categories  categorical: the codes of each bin; a code that was never seen is none of them and has WOE 0.
    good, bad   rows of each bin; with weights not whole.
    woe         ln(share of good / share of bad), half a row added to both where a bin lacks one kind; to a bin of
                missing values with fewer than `defaults_min` bad or good rows one bad row is added and as many good
                ones as there are for each bad row: few rows say little, many of one kind a lot.
    """

    name: str
    kind: Literal["numeric", "categorical"]
    trend: Trend
    edges: tuple[float, ...]
    categories: tuple[tuple[str, ...], ...]
    good: tuple[float, ...]
    bad: tuple[float, ...]
    woe: tuple[float, ...]
    information_value: float

    @property
    def bins(self) -> int:
        """Bins besides the one of missing values."""
        return len(self.woe) - 1


def weight_of_evidence(good: NDArray[np.float64], bad: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm ln(share of good / share of bad) of each bin; half a row is added where one kind is absent."""
    lacking = (good == 0) | (bad == 0)
    g, b = good + 0.5 * lacking, bad + 0.5 * lacking
    return np.asarray(np.log((g / good.sum()) / (b / bad.sum())))


def information_parts(good: NDArray[np.float64], bad: NDArray[np.float64]) -> NDArray[np.float64]:
    """(share of good - share of bad) * WOE of each bin; their sum is the information value."""
    shares = good / good.sum() - bad / bad.sum()
    return np.asarray(np.where(good + bad > 0, shares * weight_of_evidence(good, bad), 0.0))


def bin_numeric(
    name: str,
    values: NDArray[np.float64],
    default: NDArray[np.uint8],
    settings: BinningSettings,
    trend: Trend = "monotone",
    weight: NDArray[np.float64] | None = None,
) -> tuple[BinnedFeature, NDArray[np.uint8]]:
    """The bins of a numeric feature and the bin of each row.

    values   shape (row,); NaN is missing; infinite values are refused.
    default  0 or 1, shape (row,).
    Raises   credit.feature_infinite.
    """
    known = np.sort(values[~np.isnan(values)])
    if len(known) and (np.isinf(known[0]) or np.isinf(known[-1])):
        raise InputError("credit.feature_infinite", feature=name)
    weights = no_weight() if weight is None else weight
    edges = _quantile_edges(known, settings.prebins_max)
    place = place_rows(np.ascontiguousarray(values, dtype=np.float64), edges)
    counts = count_rows(place, default, weights, len(edges) + 2)
    starts, found = _merge(counts[:, :-1], settings, trend)
    chosen = tuple(_short_edge(known, edges[start - 1]) for start in starts)
    table = np.append(np.searchsorted(starts, np.arange(len(edges) + 1), side="right"), len(starts) + 1)
    merged = np.zeros((2, len(starts) + 2))
    _add_bins(merged, table, counts)
    feature = _finished(name, "numeric", found, chosen, (), merged, settings)
    return feature, table.astype(np.uint8)[place]


def bin_categorical(
    name: str,
    values: Sequence[str | None] | Any,
    default: NDArray[np.uint8],
    settings: BinningSettings,
    weight: NDArray[np.float64] | None = None,
) -> tuple[BinnedFeature, NDArray[np.uint8]]:
    """The bins of a categorical feature and the bin of each row. None is missing.

    Categories with too few rows are put together first; the others are ordered by bad rate, then by code.
    Raises credit.categories_too_many.
    """
    codes, place = _codes(values)
    if len(codes) > PREBINS_LIMIT:
        raise InputError("credit.categories_too_many", feature=name, found=len(codes), limit=PREBINS_LIMIT)
    counts = count_rows(place.astype(np.uint8), default, no_weight() if weight is None else weight, len(codes) + 1)
    good, bad = counts[0, :-1], counts[1, :-1]
    rare = good + bad < settings.share_min / _RARE * (good + bad).sum()
    groups: list[tuple[int, ...]] = [(int(k),) for k in np.flatnonzero(~rare)]
    if rare.any():
        groups.append(tuple(int(k) for k in np.flatnonzero(rare)))
    rate = [bad[list(g)].sum() / max((good + bad)[list(g)].sum(), 1e-300) for g in groups]
    order = sorted(range(len(groups)), key=lambda g: (rate[g], codes[groups[g][0]]))
    pre = np.array([[side[list(groups[g])].sum() for g in order] for side in (good, bad)]).reshape(2, len(order))
    starts, _ = _merge(pre, settings, "rising")
    bin_of_group = np.searchsorted(starts, np.arange(len(order)), side="right")
    table = np.zeros(len(codes) + 1, dtype=np.uint8)
    table[-1] = len(starts) + 1
    for position, g in enumerate(order):
        table[list(groups[g])] = bin_of_group[position]
    merged = np.zeros((2, len(starts) + 2))
    _add_bins(merged, table, counts)
    members = tuple(
        tuple(sorted(code for code, k in zip(codes, table, strict=False) if k == one)) for one in range(len(starts) + 1)
    )
    return _finished(name, "categorical", "rising", (), members, merged, settings), table[place]


def _add_bins(merged: NDArray[np.float64], table: NDArray[Any], counts: NDArray[np.float64]) -> None:
    """Add the counts of pre-bins to the bins that the table names."""
    for place, one in enumerate(table.tolist()):
        merged[:, one] += counts[:, place]


def _codes(values: Any) -> tuple[list[str], NDArray[np.int64]]:
    """The codes in order, and each row's place among them; missing is the place after the last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(list(values), pa.string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    codes = sorted(pc.unique(array.cast(pa.string())).drop_null().to_pylist())
    place = pc.index_in(array.cast(pa.string()), value_set=pa.array(codes, pa.string())).fill_null(len(codes))
    return codes, place.to_numpy(zero_copy_only=False).astype(np.int64)


def place_of_codes(values: Any, of_code: Mapping[str, int], missing: int) -> NDArray[np.uint8]:
    """The bin of each row by its code; `missing` for None, the one after it for a code that has no bin."""
    codes, place = _codes(values)
    table = np.array([*(of_code.get(code, missing + 1) for code in codes), missing], dtype=np.uint8)
    return table[place]


def _quantile_edges(known: NDArray[np.float64], prebins_max: int) -> NDArray[np.float64]:
    """Lower edges of the pre-bins after the first; each is a value that occurs."""
    if len(known) == 0:
        return np.zeros(0)
    changes = np.flatnonzero(known[1:] > known[:-1]) + 1 if len(known) < 4 * PREBINS_LIMIT else None
    if changes is not None and len(changes) < prebins_max:
        return known[changes]
    positions = (np.arange(1, prebins_max) * len(known)) // prebins_max
    edges = np.unique(known[positions])
    if len(edges) < prebins_max // 2:  # few distinct values, or a heap on one: let every distinct value be an edge
        distinct = np.unique(known)
        if len(distinct) <= prebins_max:
            edges = distinct
        elif edges[0] == known[0]:
            above = np.searchsorted(known, edges[0], side="right")
            edges = np.union1d(edges, known[above : above + 1])
    return np.asarray(edges[edges > known[0]])


def _short_edge(known: NDArray[np.float64], edge: float) -> float:
    """The number with the fewest digits that parts the values at the same place as the edge."""
    below = float(known[np.searchsorted(known, edge, side="left") - 1])
    middle = below + (float(edge) - below) / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if below < short <= edge:
            return short
    return float(edge)


def _merge(counts: NDArray[np.float64], settings: BinningSettings, trend: Trend) -> tuple[NDArray[np.int64], Trend]:
    """First pre-bins of the bins after the first, and the trend found."""
    good, bad = counts
    nothing = np.zeros(0, dtype=np.int64)
    if not (good.sum() > 0 and bad.sum() > 0):
        return nothing, trend
    best, chosen, shape = 0.0, nothing, trend
    for direction, turns in _SEARCHES[trend]:
        value, starts = best_merge(
            np.ascontiguousarray(good),
            np.ascontiguousarray(bad),
            settings.bins_max,
            settings.share_min * counts.sum(),
            float(settings.defaults_min),
            direction,
            turns,
        )
        if value > best:
            best, chosen = value, starts
            shape = _trend_name(good, bad, starts) if trend in ("monotone", "auto") else trend
    return chosen, shape


def _trend_name(good: NDArray[np.float64], bad: NDArray[np.float64], starts: NDArray[np.int64]) -> Trend:
    ends = np.concatenate([[0], starts])
    rate = np.add.reduceat(bad, ends) / np.add.reduceat(good + bad, ends)
    steps = np.diff(rate)
    if (steps > 0).all():
        return "rising"
    if (steps < 0).all():
        return "falling"
    return "peak" if steps[0] > 0 else "valley"


def _finished(
    name: str,
    kind: Literal["numeric", "categorical"],
    trend: Trend,
    edges: tuple[float, ...],
    categories: tuple[tuple[str, ...], ...],
    counts: NDArray[np.float64],
    settings: BinningSettings,
) -> BinnedFeature:
    good, bad = counts
    if not (good.sum() > 0 and bad.sum() > 0):
        raise InputError("credit.outcome_one_sided", feature=name)
    woe = weight_of_evidence(good, bad)
    if min(good[-1], bad[-1]) < settings.defaults_min:  # drawn to the whole by one more default
        odds = good.sum() / bad.sum()
        woe[-1] = np.log((good[-1] + odds) / (bad[-1] + 1.0) / odds)
    parts = (good / good.sum() - bad / bad.sum()) * woe
    return BinnedFeature(
        name, kind, trend, edges, categories,
        tuple(map(float, good)), tuple(map(float, bad)), tuple(map(float, woe)), float(parts.sum()),
    )  # fmt: skip

"""Loops of optimal binning: where do rows fall, and which merge of pre-bins tells most about default?

The best merge is found by dynamic programming over pre-bins: exact, without a solver, the same on every run. A
state is (number of bins, last bin, whether the trend has turned); of equal values the one found first stays, and
the order of the loops is fixed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_NEVER = -1.0e300
_BLOCK = 4096


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def place_rows(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Pre-bin of each value: the number of edges that are <= it; NaN and infinity fall into the bin after the last."""
    missing = len(edges) + 1
    place = np.empty(len(values), dtype=np.uint8)
    for row in range(len(values)):
        value = values[row]
        if not (value - value) == 0.0:  # noqa: SIM201 — true for NaN and infinity
            place[row] = missing
            continue
        low, high = 0, len(edges)
        while low < high:
            middle = (low + high) >> 1
            if edges[middle] <= value:
                low = middle + 1
            else:
                high = middle
        place[row] = low
    return place


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_rows(
    place: NDArray[np.uint8], default: NDArray[np.uint8], weight: NDArray[np.float64], bins: int
) -> NDArray[np.float64]:
    """Good and bad rows of each bin, shape (2, bins); an empty weight array means 1 each."""
    counts = np.zeros((2, bins))
    weighted = len(weight) > 0
    for row in range(len(place)):
        counts[default[row], place[row]] += weight[row] if weighted else 1.0
    return counts


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def add_values(
    place: NDArray[np.uint8],
    moves: NDArray[np.float64],
    points: NDArray[np.int64],
    log_odds: NDArray[np.float64],
    total: NDArray[np.int64],
) -> None:
    """Add each row's value of its bin to the log-odds, and its points to the total."""
    for row in range(len(place)):
        log_odds[row] += moves[place[row]]
        total[row] += points[place[row]]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def add_binned(
    values: NDArray[np.float64],
    edges: NDArray[np.float64],
    moves: NDArray[np.float64],
    points: NDArray[np.int64],
    log_odds: NDArray[np.float64],
    total: NDArray[np.int64],
) -> None:
    """`place_rows` and `add_values` in one pass, for the few edges of a fitted feature.

    Every edge is compared with every value of a block that lies in the nearest cache: no branch depends on the data, so
    the processor does several rows at once. Beyond some thirty edges halving would win.
    """
    missing = len(edges) + 1
    place = np.empty(_BLOCK, dtype=np.uint8)
    for first in range(0, len(values), _BLOCK):
        size = min(_BLOCK, len(values) - first)
        place[:size] = 0
        for edge in edges:
            for k in range(size):
                place[k] += values[first + k] >= edge
        for k in range(size):
            value = values[first + k]
            found = place[k] if (value - value) == 0.0 else missing  # NaN and infinity are missing, as in `place_rows`
            log_odds[first + k] += moves[found]
            total[first + k] += points[found]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_merge(
    good: NDArray[np.float64],
    bad: NDArray[np.float64],
    bins_max: int,
    rows_min: float,
    bad_min: float,
    direction: int,
    turns: bool,
) -> tuple[float, NDArray[np.int64]]:
    """The merge of neighbouring pre-bins with the largest information value.

    good, bad  rows of each pre-bin, shape (pre-bin,).
    rows_min   fewest rows of a bin; bad_min fewest bad and fewest good rows of a bin.
    direction  +1: the bad rate rises from bin to bin; -1: it falls; 0: any.
    turns      the direction may turn once.
    Returns    the information value, and the first pre-bin of each bin but the first; none where nothing is allowed.
    """
    size = len(good)
    all_good, all_bad = good.sum(), bad.sum()
    good_to = np.zeros(size + 1)
    bad_to = np.zeros(size + 1)
    for i in range(size):
        good_to[i + 1] = good_to[i] + good[i]
        bad_to[i + 1] = bad_to[i] + bad[i]
    worth = np.full((size, size), _NEVER)
    for i in range(size):
        for j in range(i, size):
            g, b = good_to[j + 1] - good_to[i], bad_to[j + 1] - bad_to[i]
            if g + b >= rows_min and b >= bad_min and g >= bad_min and b > 0 and g > 0:
                worth[i, j] = (g / all_good - b / all_bad) * math.log((g / all_good) / (b / all_bad))
    starts, best = _unlimited(worth, good_to, bad_to, direction, 2 if turns else 1)
    if len(starts) + 1 > bins_max:
        starts, best = _limited(worth, good_to, bad_to, bins_max, direction, 2 if turns else 1)
    return best, starts


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fits(step: float, direction: int, phase: int) -> bool:
    """May the bad rate change this way? In the second phase the trend has turned."""
    if direction == 0:
        return True
    return step * direction > 0 if phase == 0 else step * direction < 0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _unlimited(
    worth: NDArray[np.float64], good_to: NDArray[np.float64], bad_to: NDArray[np.float64], direction: int, phases: int
) -> tuple[NDArray[np.int64], float]:
    """The best merge with any number of bins: value and way back of each last bin (i..j) and phase."""
    size = len(worth)
    value = np.full((phases, size, size), _NEVER)
    came = np.full((phases, size, size), -1, dtype=np.int64)  # previous bin's first pre-bin * 2 + its phase
    for j in range(size):
        value[0, 0, j] = worth[0, j]
    for i in range(1, size):
        for j in range(i, size):
            if worth[i, j] == _NEVER:
                continue
            g, b = good_to[j + 1] - good_to[i], bad_to[j + 1] - bad_to[i]
            for h in range(i):
                if worth[h, i - 1] == _NEVER:
                    continue
                g0, b0 = good_to[i] - good_to[h], bad_to[i] - bad_to[h]
                step = b * (g0 + b0) - b0 * (g + b)  # sign of the change of the bad rate
                for before in range(phases):
                    old = value[before, h, i - 1]
                    if old == _NEVER:
                        continue
                    for phase in range(before, phases):
                        if _fits(step, direction, phase) and old + worth[i, j] > value[phase, i, j]:
                            value[phase, i, j] = old + worth[i, j]
                            came[phase, i, j] = 2 * h + before
    best, best_phase, best_i = _NEVER, 0, 0
    for phase in range(phases):
        for i in range(size):
            if value[phase, i, size - 1] > best:
                best, best_phase, best_i = value[phase, i, size - 1], phase, i
    if best == _NEVER:
        return np.zeros(0, dtype=np.int64), 0.0
    back = np.zeros(size, dtype=np.int64)
    count, j, phase, i = 0, size - 1, best_phase, best_i
    while i > 0:
        back[count] = i
        count += 1
        way = came[phase, i, j]
        j, i, phase = i - 1, way >> 1, way & 1
    return back[:count][::-1].copy(), best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _limited(
    worth: NDArray[np.float64],
    good_to: NDArray[np.float64],
    bad_to: NDArray[np.float64],
    bins_max: int,
    direction: int,
    phases: int,
) -> tuple[NDArray[np.int64], float]:
    """The same where the number of bins binds: one more dimension."""
    size = len(worth)
    value = np.full((bins_max, phases, size, size), _NEVER)
    came = np.full((bins_max, phases, size, size), -1, dtype=np.int64)  # previous bin's first pre-bin * 2 + its phase
    for j in range(size):
        value[0, 0, 0, j] = worth[0, j]
    for k in range(1, bins_max):
        for i in range(1, size):
            for j in range(i, size):
                if worth[i, j] == _NEVER:
                    continue
                g, b = good_to[j + 1] - good_to[i], bad_to[j + 1] - bad_to[i]
                for h in range(i):
                    if worth[h, i - 1] == _NEVER:
                        continue
                    g0, b0 = good_to[i] - good_to[h], bad_to[i] - bad_to[h]
                    step = b * (g0 + b0) - b0 * (g + b)  # sign of the change of the bad rate
                    for before in range(phases):
                        old = value[k - 1, before, h, i - 1]
                        if old == _NEVER:
                            continue
                        for phase in range(before, phases):
                            if _fits(step, direction, phase) and old + worth[i, j] > value[k, phase, i, j]:
                                value[k, phase, i, j] = old + worth[i, j]
                                came[k, phase, i, j] = 2 * h + before
    best, best_k, best_phase, best_i = _NEVER, -1, 0, 0
    for k in range(bins_max):
        for phase in range(phases):
            for i in range(size):
                if value[k, phase, i, size - 1] > best:
                    best, best_k, best_phase, best_i = value[k, phase, i, size - 1], k, phase, i
    if best_k <= 0:
        return np.zeros(0, dtype=np.int64), 0.0
    starts = np.zeros(best_k, dtype=np.int64)
    j, k, phase, i = size - 1, best_k, best_phase, best_i
    while k > 0:
        starts[k - 1] = i
        back = came[k, phase, i, j]
        j, i, phase, k = i - 1, back >> 1, back & 1, k - 1
    return starts, best


def no_weight() -> Any:
    """The empty array that stands for weight 1 each."""
    return np.zeros(0)

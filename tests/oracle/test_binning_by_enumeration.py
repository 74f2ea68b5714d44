"""Optimal binning, derived a second time: every way to merge a few pre-bins is tried, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest

from kejin.credit.binning_kernels import best_merge

Counts = list[tuple[int, int]]  # (good, bad) of each pre-bin


def _merged(counts: Counts, starts: tuple[int, ...]) -> Counts:
    ends = [0, *starts, len(counts)]
    return [(sum(g for g, _ in counts[a:b]), sum(b_ for _, b_ in counts[a:b])) for a, b in pairwise(ends)]


def _information(bins: Counts) -> float:
    good, bad = sum(g for g, _ in bins), sum(b for _, b in bins)
    return math.fsum((g / good - b / bad) * math.log(Fraction(g, good) / Fraction(b, bad)) for g, b in bins)


def _allowed(bins: Counts, rows_min: int, bad_min: int, shape: str) -> bool:
    if any(g + b < rows_min or b < max(bad_min, 1) or g < max(bad_min, 1) for g, b in bins):
        return False
    rates = [Fraction(b, g + b) for g, b in bins]
    steps = [second - first for first, second in pairwise(rates)]
    rising = [step > 0 for step in steps]
    if any(step == 0 for step in steps):
        return shape == "any"
    match shape:
        case "any":
            return True
        case "rising":
            return all(rising)
        case "falling":
            return not any(rising)
        case "peak":
            return sorted(rising, reverse=True) == rising
        case _:
            return sorted(rising) == rising


def _best(counts: Counts, bins_max: int, rows_min: int, bad_min: int, shape: str) -> float:
    """The largest information value over every merge; 0 where only one bin is allowed."""

    def merges() -> Iterator[tuple[int, ...]]:
        for many in range(1, bins_max):
            yield from combinations(range(1, len(counts)), many)

    found = [
        _information(bins) for starts in merges() if _allowed(bins := _merged(counts, starts), rows_min, bad_min, shape)
    ]
    return max(found, default=0.0)


SHAPES = {"any": (0, False), "rising": (1, False), "falling": (-1, False), "peak": (1, True), "valley": (-1, True)}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bins_max", [2, 3, 8])
def test_no_merge_is_better(shape: str, bins_max: int) -> None:
    rng = np.random.default_rng(bins_max * 31 + len(shape))
    direction, turns = SHAPES[shape]
    for _ in range(25):
        size = int(rng.integers(2, 8))
        counts = [(int(rng.integers(0, 60)), int(rng.integers(0, 12))) for _ in range(size)]
        if not (sum(g for g, _ in counts) and sum(b for _, b in counts)):
            continue
        rows_min, bad_min = int(rng.integers(0, 30)), int(rng.integers(1, 4))
        value, starts = best_merge(
            np.array([g for g, _ in counts], float), np.array([b for _, b in counts], float),
            bins_max, float(rows_min), float(bad_min), direction, turns,
        )  # fmt: skip
        expected = _best(counts, bins_max, rows_min, bad_min, shape)
        found = _merged(counts, tuple(starts.tolist()))
        assert value == pytest.approx(expected, abs=1e-12), counts
        if len(starts):
            assert len(found) <= bins_max
            assert _allowed(found, rows_min, bad_min, shape)
            assert _information(found) == pytest.approx(expected, abs=1e-12)


def test_a_worse_merge_is_noticed() -> None:
    counts = [(50, 1), (40, 4), (30, 9), (20, 12)]
    assert _best(counts, 8, 0, 1, "rising") > _information(_merged(counts, (2,))) + 1e-3

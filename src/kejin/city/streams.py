"""Where does chance come from? One independent stream of random numbers for each part of the city and subject."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

WHOLE_CITY = 2**31  # stands where a part's number stands, for draws that all parts share


def stream(seed: int, part: int, subject: str) -> Generator:
    """The random numbers of one subject in one part; other subjects and parts never shift them.

    seed >= 0; part is a part's number or WHOLE_CITY. The subject's name is hashed, so that adding a subject leaves
    the other streams as they were.
    """
    tag = int.from_bytes(hashlib.blake2b(subject.encode(), digest_size=8).digest(), "big")
    return Generator(SFC64(SeedSequence((seed, part, tag))))


def log_uniform(rng: Generator, low: float, high: float, size: int) -> Floats:
    """Numbers whose logarithm is uniform between log(low) and log(high)."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def weighted(rng: Generator, weights: Floats | list[float], size: int) -> Ints:
    """Positions 0..k-1 drawn with the given weights (they need not add up to 1)."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(edges, rng.random(size) * edges[-1], side="right"), dtype=np.int64)


def weighted_rows(rng: Generator, weights: Floats) -> Ints:
    """One position per row of a matrix of weights, shape (row, choice)."""
    edges = np.cumsum(weights, axis=1)
    return np.asarray((rng.random(len(weights))[:, None] * edges[:, -1:] > edges).sum(axis=1), dtype=np.int64)


def chance(rng: Generator, probability: Floats | float, size: int) -> Flags:
    """True with the given probability."""
    return np.asarray(rng.random(size) < probability)


def logistic(x: Floats) -> Floats:
    """1 / (1 + e^-x)."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def rounded(x: Floats, decimals: int = 0) -> Floats:
    """Rounded to a number of decimals."""
    return np.asarray(np.round(np.asarray(x, dtype=np.float64), decimals))


def distinct(x: Ints) -> Ints:
    """The different values in rising order (sorting is faster here than numpy's hashing)."""
    ordered = np.sort(x)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def repeat_index(counts: Ints) -> tuple[Ints, Ints]:
    """For counts (2, 0, 3): whose (0, 0, 2, 2, 2) and which (0, 1, 0, 1, 2)."""
    whose = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    starts = np.cumsum(counts) - counts
    which = np.arange(len(whose), dtype=np.int64) - starts[whose]
    return whose, which

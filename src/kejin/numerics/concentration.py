"""How concentrated is a whole on its parts? Herfindahl index and Shannon entropy, with small-sample corrections.

A part of size 0 counts as absent. Where a measure is not defined the result is NaN, never 0.

Sources  Herfindahl: sum of squared shares. Correction for small counts: B. H. Hall, "A Note on the Bias in
         Herfindahl-Type Measures Based on Count Data" (2005): 1 - HHI is too low by the factor (N-1)/N.
         Entropy correction: G. A. Miller (1955), (K - 1) / 2N nats for K parts seen in N draws.
         Evidence: tests/published/hall_2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Sizes = Sequence[float] | NDArray[np.float64] | NDArray[np.int64]


def herfindahl(sizes: Sizes) -> float:
    """How concentrated are the parts? 1 = all in one part, 1/K = K equal parts; NaN when they add up to 0.

    sizes    any sizes >= 0 (counts, amounts); only their shares matter.
    Raises   numerics.size_negative for a negative size or one that is not a number.
    """
    parts = present_sizes(sizes)
    return float(np.sum((parts / parts.sum()) ** 2)) if parts.size else float("nan")


def herfindahl_unbiased(counts: Sizes) -> float:
    """How concentrated is the source that the counted items were drawn from? NaN for fewer than two items.

    counts   whole numbers of items a part.
    Returns  sum of n(n-1) over N(N-1): the chance that two items drawn without replacement share a part.
             It equals 1 - N/(N-1) * (1 - HHI), Hall's correction.
    """
    parts = present_sizes(counts)
    total = parts.sum()
    return float(np.sum(parts * (parts - 1)) / (total * (total - 1))) if total > 1 else float("nan")


def entropy_nats(sizes: Sizes) -> float:
    """How evenly are the parts spread, in nats? 0 = one part, ln K = K equal parts; NaN when they add up to 0."""
    parts = present_sizes(sizes)
    if not parts.size:
        return float("nan")
    shares = parts / parts.sum()
    return float(-np.sum(shares * np.log(shares))) + 0.0  # + 0.0 so that one part gives 0.0, not -0.0


def entropy_miller_madow_nats(counts: Sizes) -> float:
    """How evenly is the source spread that the counted items were drawn from, in nats? NaN for fewer than two items."""
    parts = present_sizes(counts)
    total = float(parts.sum())
    return entropy_nats(parts) + (parts.size - 1) / (2 * total) if total > 1 else float("nan")


def scaled_n_log_n(limit: int, scale: int) -> tuple[int, ...]:
    """What is n ln n, in whole numbers of 1/scale, for n from 0 to limit? Sums of it are exact.

    Returns  one number for each n, rounded to the nearest. Worked out in decimals, so it is the same on every machine.
    """
    with localcontext(prec=40):
        logs = (n * Decimal(n).ln() * scale for n in range(1, limit + 1))
        return (0, *(int(value.to_integral_value(ROUND_HALF_EVEN)) for value in logs))


def present_sizes(sizes: Sizes) -> NDArray[np.float64]:
    """The sizes above 0. Raises numerics.size_negative for a negative size or one that is not a number."""
    parts = np.asarray(sizes, dtype=np.float64)
    if not (parts >= 0).all():  # written this way round so that NaN is bad too
        raise InputError("numerics.size_negative", count=int((~(parts >= 0)).sum()))
    return parts[parts > 0]

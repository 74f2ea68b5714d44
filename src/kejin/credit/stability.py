"""Have the companies changed since the model was made? Population stability index (PSI) of the score and of each
feature.

PSI = sum over bins of (share now - share then) * ln(share now / share then). Half a row is added to a bin that is
empty on one side only; a bin empty on both sides counts 0. Equal populations give 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]


def stability_parts(expected: Sequence[float] | Floats, actual: Sequence[float] | Floats) -> Floats:
    """The part of each bin, from counts or shares, shape (bin,). Raises credit.counts_wrong."""
    then, now = np.asarray(expected, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if not (then.shape == now.shape and (then >= 0).all() and (now >= 0).all() and then.sum() > 0 and now.sum() > 0):
        raise InputError("credit.counts_wrong", rows=float(np.sum(then)), defaults=float(np.sum(now)))
    lacking = (then == 0) != (now == 0)
    # For shares half a row means half of one bin's mean share in a thousand: counts and shares alike stay comparable.
    half = 0.5 if then.sum() > 1.5 else 0.0005
    a, b = then + half * lacking, now + half * lacking
    a, b = a / a.sum(), b / b.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where((a > 0) & (b > 0), (b - a) * np.log(b / a), 0.0))


def stability_index(expected: Sequence[float] | Floats, actual: Sequence[float] | Floats) -> float:
    """PSI from counts or shares of the same bins."""
    return float(stability_parts(expected, actual).sum())


def score_bands(score: Floats, bands: int = 10) -> Floats:
    """Inner edges of bands with about equal numbers of rows; equal scores stay together, so there may be fewer."""
    return np.unique(np.quantile(score, np.arange(1, bands) / bands, method="lower"))


def count_in_bands(score: Floats, edges: Floats) -> Floats:
    """Rows in each band: below the first edge, from one edge to the next, from the last edge on."""
    return np.bincount(np.searchsorted(edges, score, side="right"), minlength=len(edges) + 1).astype(np.float64)

"""Has an input moved since the model was fitted? The population stability index of each indicator.

PSI = sum over bins of (share now - share then) ln(share now / share then); bins are tenths of what was seen then, and
missing values are a bin of their own. An empty bin counts as half a row, so that the index stays finite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 10


def stability_index(then: Floats, now: Floats, bins: int = BINS) -> float:
    """The index; 0 where both have the same shares. Missing (NaN) is a bin; no rows on one side gives NaN."""
    if not len(then) or not len(now):
        return float("nan")
    known = then[np.isfinite(then)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
    before, after = _shares(then, edges), _shares(now, edges)
    return float(np.sum((after - before) * np.log(after / before)))


def _shares(values: Floats, edges: Floats) -> Floats:
    place = np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(edges) + 1)
    counts = np.bincount(place, minlength=len(edges) + 2).astype(np.float64)
    found: Floats = np.maximum(counts, 0.5) / len(values)
    return found

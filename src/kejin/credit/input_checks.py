"""Can these figures be used? Checks that the credit models share; each refusal names the column and the first bad
place.

Written so that NaN is refused too, except where a figure may be missing: then NaN passes and stays NaN in the result.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]


def positive(name: str, values: ArrayLike) -> Floats:
    """Figures that are all above 0. Raises credit.amount_not_positive."""
    checked = np.asarray(values, dtype=np.float64)
    if (bad := ~((checked > 0) & np.isfinite(checked))).any():
        raise InputError("credit.amount_not_positive", name=name, **_where(bad, checked))
    return checked


def not_negative(name: str, values: ArrayLike, missing: bool = False) -> Floats:
    """Figures that are all 0 or more; NaN only where they may be missing. Raises credit.amount_negative."""
    checked = np.asarray(values, dtype=np.float64)
    good = (checked >= 0) & (checked < np.inf)
    if (bad := ~(good | np.isnan(checked)) if missing else ~good).any():
        raise InputError("credit.amount_negative", name=name, **_where(bad, checked))
    return checked


def probability(name: str, values: ArrayLike, missing: bool = False) -> Floats:
    """Probabilities strictly between 0 and 1. Raises credit.probability_outside."""
    checked = np.asarray(values, dtype=np.float64)
    good = (checked > 0) & (checked < 1)
    if (bad := ~(good | np.isnan(checked)) if missing else ~good).any():
        raise InputError("credit.probability_outside", name=name, **_where(bad, checked))
    return checked


def share(name: str, values: ArrayLike) -> Floats:
    """Shares from 0 to 1, both included. Raises credit.share_outside."""
    checked = np.asarray(values, dtype=np.float64)
    if (bad := ~((checked >= 0) & (checked <= 1))).any():
        raise InputError("credit.share_outside", name=name, **_where(bad, checked))
    return checked


def term(name: str, months: ArrayLike) -> NDArray[np.int64]:
    """Whole months from 1 on. Raises credit.term_not_positive."""
    checked = np.asarray(months, dtype=np.float64)
    if (bad := ~((checked >= 1) & (checked <= 1200) & (checked == np.floor(checked)))).any():
        raise InputError("credit.term_not_positive", name=name, **_where(bad, checked))
    return checked.astype(np.int64)


def _where(bad: NDArray[np.bool_], values: Floats) -> dict[str, object]:
    flat = np.atleast_1d(bad).ravel()
    place = int(np.argmax(flat))
    return {"count": int(flat.sum()), "total": flat.size, "place": place, "value": float(np.ravel(values)[place])}

"""Chances between two points of the normal distribution, as logarithms that hold far out in the tails.

Source   ln(Phi(b) - Phi(a)) = ln Phi(b) + ln(1 - exp(ln Phi(a) - ln Phi(b))), worked on the side where both are small.
         Evidence: tests/oracle/test_renewal_oracle.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

Floats = NDArray[np.float64]
_LOG_SQRT_2PI = 0.9189385332046727


def log_density(x: Floats) -> Floats:
    """Logarithm of the standard normal density."""
    return np.asarray(-0.5 * x * x - _LOG_SQRT_2PI, dtype=np.float64)


def log_between(low: Floats, high: Floats) -> Floats:
    """ln(Phi(high) - Phi(low)), shape of the inputs; low < high, low may be -inf."""
    # Phi(high) - Phi(low) = Phi(-low) - Phi(-high): take the side on which the numbers are small and exact.
    flip = low > 0
    upper, lower = np.where(flip, -low, high), np.where(flip, -high, low)
    log_upper = log_ndtr(upper)
    gap = np.minimum(log_ndtr(lower) - log_upper, -1e-300)
    return np.asarray(log_upper + np.log(-np.expm1(gap)), dtype=np.float64)


def upper_tail_quantile(tail: Floats) -> Floats:
    """The point above which the chance is `tail`: exact for small tails, where 1 - tail would be rounded to 1."""
    return np.asarray(-ndtri(tail), dtype=np.float64)

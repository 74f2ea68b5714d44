"""At which rate is a row of payments worth nothing? Internal rate of return, and a rate for a year made of it.

Payments stand at equal distances. A borrower's row begins with what is received (positive) and goes on with what is
paid (negative); an investor's row has the signs the other way round: the rate is the same.
Evidence: tests/credit/test_repayment.py against numpy-financial.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from kejin.errors import InputError

_LOWEST, _HIGHEST = -0.999999, 1000.0


def internal_rate(payments: NDArray[np.float64] | list[float]) -> float:
    """Rate a period at which the payments add up to 0 when discounted.

    Raises   numerics.payments_one_sided where no payment comes back, or where a payment is missing: there is no rate.
    """
    flows = np.asarray(payments, dtype=np.float64)
    if not np.isfinite(flows).all() or not ((flows > 0).any() and (flows < 0).any()):
        raise InputError("numerics.payments_one_sided", count=flows.size)
    flows = flows / np.abs(flows).max()
    return float(brentq(lambda rate: _value(flows, rate), *_bracket(flows), xtol=1e-15, rtol=1e-14, maxiter=500))


def nominal_year_rate(rate: float, periods: int) -> float:
    """A period's rate times the periods of a year (APR without compounding)."""
    return rate * periods


def effective_year_rate(rate: float, periods: int) -> float:
    """A period's rate compounded over a year (effective annual rate)."""
    return float((1.0 + rate) ** periods - 1.0)


def _value(flows: NDArray[np.float64], rate: float) -> float:
    """Worth of the payments today, by Horner's rule from the last one."""
    total, factor = 0.0, 1.0 / (1.0 + rate)
    for flow in flows[::-1]:
        total = total * factor + flow
    return float(total)


def _bracket(flows: NDArray[np.float64]) -> tuple[float, float]:
    """Two rates between which the worth changes its sign, as near to 0 as there are."""
    here = _value(flows, 0.0)
    if here == 0.0:
        return -1e-9, 1e-9
    step = 0.01
    while step < _HIGHEST:
        low, high = max(-step / (1.0 + step), _LOWEST), step
        for edge in (high, low):
            if (_value(flows, edge) > 0) != (here > 0):
                return (0.0, edge) if edge > 0 else (edge, 0.0)
        step *= 2.0
    raise InputError("numerics.payments_one_sided", count=flows.size)

"""What does one method say of each patent? The logarithm of its value as a normal distribution, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.numerics.lognormal import Z80
from kejin.valuation.patent_columns import Flags, Floats


@dataclass(frozen=True, slots=True)
class Opinion:
    """A method's view: log of CNY, one value a patent; NaN in both where the method has nothing to say."""

    mu: Floats
    sigma: Floats

    @property
    def heard(self) -> Flags:
        return ~np.isnan(self.mu)

    @property
    def low(self) -> Floats:
        """The tenth percentile, CNY."""
        return np.exp(self.mu - Z80 * self.sigma)

    @property
    def mid(self) -> Floats:
        return np.exp(self.mu)

    @property
    def high(self) -> Floats:
        """The ninetieth percentile, CNY."""
        return np.exp(self.mu + Z80 * self.sigma)


def silent(size: int) -> Opinion:
    """A method that says nothing of any patent."""
    return Opinion(np.full(size, np.nan), np.full(size, np.nan))

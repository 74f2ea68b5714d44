"""What does a renewal model know of a patent, and what does it answer? The shapes that its files share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class ReturnProcess:
    """How returns change with the years, and how owners decide.

    decay            share of the return lost each year, in [0, 1).
    decision_sd_log  the part of each decision to pay that the return does not explain, >= 0: the fee is paid while
                     ln(return) + noise > ln(fee), the noise normal with this standard deviation. 0: owners follow the
                     return alone.
    Raises           valuation.process_wrong.
    """

    decay: float
    decision_sd_log: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.decay < 1 and 0 <= self.decision_sd_log < np.inf):
            raise InputError("valuation.process_wrong", decay=self.decay, noise=self.decision_sd_log)


@dataclass(frozen=True, slots=True)
class PatentState:
    """Where each patent stands; all of shape (patent,).

    kind        place of the kind of right in the fee schedule.
    age_years   years since filing, >= 0.
    first_year  first fee year that was paid, the one of the grant (1 = the first from filing); 0 for an application.
    paid_year   last fee year known to be paid; 0 for an application. A fee paid ahead counts when its year has come.
    alive       in force, or pending; where not, the patent is worth 0.
    """

    kind: Ints
    age_years: Floats
    first_year: Ints
    paid_year: Ints
    alive: Flags

    def chosen(self, rows: Ints) -> PatentState:
        """Some of the patents."""
        kind, first, paid = self.kind[rows], self.first_year[rows], self.paid_year[rows]
        return PatentState(kind, self.age_years[rows], first, paid, self.alive[rows])

    @property
    def year(self) -> Ints:
        """The fee year running: 1 from the day of filing to its first anniversary."""
        return np.floor(self.age_years).astype(np.int64) + 1


def current_state(kind: Ints, age_years: Floats, alive: Flags, granted_age_years: Floats | None = None) -> PatentState:
    """The state of patents whose fees are paid up: a granted one in force has paid for the year that it is in.

    granted_age_years  years from filing to grant; NaN for applications. When not given, all are granted, one does not
                       know when, and only the current year's fee is taken as known to be paid.
    Raises             valuation.age_wrong, valuation.grant_after_age.
    """
    age = np.asarray(age_years, dtype=np.float64)
    check(~(age >= 0), "valuation.age_wrong", age)
    paid = np.floor(age).astype(np.int64) + 1
    first = paid
    if granted_age_years is not None:
        granted_age = np.asarray(granted_age_years, dtype=np.float64)
        pending = np.isnan(granted_age)
        check(~pending & ~((granted_age >= 0) & (granted_age <= age)), "valuation.grant_after_age", granted_age)
        first = np.where(pending, 0, np.floor(np.where(pending, 0.0, granted_age)).astype(np.int64) + 1)
        paid = np.where(pending, 0, paid)
    return PatentState(np.asarray(kind, dtype=np.int64), age, first, paid, np.asarray(alive, dtype=bool))


@dataclass(frozen=True, slots=True)
class RemainingValue:
    """What is known of each patent's worth from the day on, in the unit of the fees.

    quantiles    shape (probability, patent), for the probabilities asked for.
    mean         shape (patent,).
    zero         chance that it is worth nothing; 1 for a patent that ended.
    mean_log, sd_log
                 the lognormal that has the same median and the same 10-90% range as the worth where it is not nothing;
                 NaN where it surely is nothing.
    """

    probabilities: tuple[float, ...]
    quantiles: Floats
    mean: Floats
    zero: Floats
    mean_log: Floats
    sd_log: Floats


def check(bad: Flags, code: str, values: Floats) -> None:
    """Raise InputError `code` with the first bad row, if there is one."""
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(code, count=int(bad.sum()), first=row, value=float(values[row]))

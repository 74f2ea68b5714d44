"""What does the valuation know of each patent? One array a column, one value a patent; missing is NaN or -1.

Numbers come in as columns of facts that a workflow has put side by side; the models read arrays only, so one patent
and a million take the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

KINDS = ("invention", "utility_model", "design")
MAX_YEARS = 20
UNKNOWN, NO, YES = -1, 0, 1


@dataclass(frozen=True, slots=True)
class PatentColumns:
    """One value a patent, all of the same length.

    company             number of the owner; patents of one owner need not stand together
    kind                place in KINDS
    field               WIPO field 1..35, 0 where unknown
    royalty_group       place in the table of royalty ranges
    obsolescence_group  place in the table of obsolescence ranges
    age_years           since filing
    left_years          of the legal term, >= 0
    in_force, pending   on the day; neither: the right has ended and is worth nothing
    quality             standing in its cohort, 0..1; NaN where unknown
    use                 YES, NO or UNKNOWN: in production
    holders             number of right holders; NaN where unknown (one is then assumed, and said)
    disputed            YES, NO or UNKNOWN
    invalidity_pending, fee_overdue, licensed_out    open on the day
    pledges             pledges registered and not released
    family_place        0 for the member that carries its family's value, 1, 2 ... for the others
    revenue_cny         of the owner's last year, NaN where missing; 0 where it sells nothing yet
    revenue_prior_log, revenue_prior_sigma
                        log of the revenue usual for such an owner, and its spread: taken where the revenue is missing
    research_cny        of the owner's last year, NaN where missing
    own_deal_log        log price of the patent's own last recorded sale, brought to the day; NaN without one
    """

    company: Ints
    kind: Ints
    field: Ints
    royalty_group: Ints
    obsolescence_group: Ints
    age_years: Floats
    left_years: Floats
    in_force: Flags
    pending: Flags
    quality: Floats
    use: Ints
    holders: Floats
    disputed: Ints
    invalidity_pending: Flags
    fee_overdue: Flags
    licensed_out: Flags
    pledges: Ints
    family_place: Ints
    revenue_cny: Floats
    revenue_prior_log: Floats
    revenue_prior_sigma: Floats
    research_cny: Floats
    own_deal_log: Floats

    def __post_init__(self) -> None:
        sizes = {len(getattr(self, column.name)) for column in fields(self)}
        assert len(sizes) == 1, "columns of different lengths"
        _check(self.left_years >= 0, "left_years", "left_years >= 0")
        _check(self.age_years >= 0, "age_years", "age_years >= 0")
        _check(np.isnan(self.quality) | ((self.quality >= 0) & (self.quality <= 1)), "quality", "0 <= quality <= 1")
        _check(np.isnan(self.revenue_cny) | (self.revenue_cny >= 0), "revenue_cny", "revenue_cny >= 0")
        _check(np.isnan(self.holders) | (self.holders >= 1), "holders", "holders >= 1")
        _check(self.revenue_prior_sigma >= 0, "revenue_prior_sigma", "revenue_prior_sigma >= 0")

    def __len__(self) -> int:
        return len(self.company)

    @property
    def alive(self) -> Flags:
        """In force or pending on the day."""
        return self.in_force | self.pending

    def take(self, rows: Ints | Flags) -> Self:
        """Some of the patents."""
        return replace(self, **{column.name: getattr(self, column.name)[rows] for column in fields(self)})


def _check(good: Flags, column: str, want: str) -> None:
    if (~good).any():
        raise InputError("valuation.column_wrong", column=column, count=int((~good).sum()), want=want)

"""What is one part of the city? Ten thousand companies in a row, and everything that follows from them, made on demand.

Each block (companies, activity, patents ...) draws from its own stream, so asking for fewer tables never changes the
ones that are written, and memory holds one part at a time however large the city is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from kejin.city.days import day_number
from kejin.city.streams import WHOLE_CITY, Bytes, Ints, stream
from kejin.city.uscc import uscc_bytes
from kejin.city.values import Text, fixed

if TYPE_CHECKING:
    from kejin.city.activity import Activity
    from kejin.city.companies import Companies
    from kejin.city.equity import Rounds
    from kejin.city.figures import Figures
    from kejin.city.institutions import Institutions
    from kejin.city.insurance import Policies
    from kejin.city.loan_states import States
    from kejin.city.loans import Loans
    from kejin.city.money_flows import Flows
    from kejin.city.months import Months
    from kejin.city.patents import Patents

PART_SIZE = 10_000
LAST_DAY = date(2026, 9, 30)
NEVER = 1_000_000  # a day far beyond every real one: has not happened


@dataclass(frozen=True, slots=True)
class City:
    """The size, the seed and the last day of the data (as days since 1970)."""

    companies: int
    seed: int
    until: int = day_number(LAST_DAY)

    @property
    def parts(self) -> int:
        return -(-self.companies // PART_SIZE)

    def stream(self, subject: str) -> Generator:
        """Random numbers that all parts share."""
        return stream(self.seed, WHOLE_CITY, subject)


class Part:
    """One part of the city; its blocks are made when first asked for and dropped with the part."""

    def __init__(self, city: City, number: int) -> None:
        self.city = city
        self.number = number
        self.first = number * PART_SIZE
        self.count = min(PART_SIZE, city.companies - self.first)

    def stream(self, subject: str) -> Generator:
        """The random numbers of one subject in this part."""
        return stream(self.city.seed, self.number, subject)

    @property
    def until(self) -> int:
        return self.city.until

    @cached_property
    def index(self) -> Ints:
        """The companies' places in the whole city."""
        return np.arange(self.first, self.first + self.count, dtype=np.int64)

    @cached_property
    def _id_bytes(self) -> Bytes:
        return uscc_bytes(self.index, self.city.seed)

    def ids(self, company: Ints | None = None) -> Text:
        """Codes of companies of this part, by their places in it; of all in order when None."""
        return fixed(self._id_bytes if company is None else self._id_bytes[company])

    @cached_property
    def institutions(self) -> Institutions:
        from kejin.city.institutions import make_institutions

        return make_institutions(self.city)

    @cached_property
    def companies(self) -> Companies:
        from kejin.city.companies import make_companies

        return make_companies(self)

    @cached_property
    def activity(self) -> Activity:
        from kejin.city.activity import make_activity

        return make_activity(self)

    @cached_property
    def rounds(self) -> Rounds:
        from kejin.city.equity import make_rounds

        return make_rounds(self)

    @cached_property
    def loans(self) -> Loans:
        from kejin.city.loans import make_loans

        return make_loans(self)

    @cached_property
    def loan_states(self) -> States:
        from kejin.city.loan_states import make_states

        return make_states(self)

    @cached_property
    def figures(self) -> Figures:
        from kejin.city.figures import make_figures

        return make_figures(self)

    @cached_property
    def months(self) -> Months:
        from kejin.city.months import make_months

        return make_months(self)

    @cached_property
    def patents(self) -> Patents:
        from kejin.city.patents import make_patents

        return make_patents(self)

    @cached_property
    def policies(self) -> Policies:
        from kejin.city.insurance import make_policies

        return make_policies(self)

    @cached_property
    def flows(self) -> Flows:
        from kejin.city.money_flows import make_flows

        return make_flows(self)

"""What does it cost to keep a patent for another year? Annual fees by kind of right and fee year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.rule_values import BandTable, Citation, Figure, RowTable, from_rule

KINDS = ("invention", "utility_model", "design")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RenewalRules:
    """Fees, terms and the discount rate of a day.

    terms   of the day asked for; look them up on the day of filing where that matters.
    """

    invention: BandTable = from_rule("patents/fees/annual_invention_cny")
    utility_model: BandTable = from_rule("patents/fees/annual_utility_model_cny")
    design: BandTable = from_rule("patents/fees/annual_design_cny")
    terms: RowTable = from_rule("patents/term_years")
    discount_rate: Figure = from_rule("valuation/renewal/discount_rate")
    prior: RowTable = from_rule("valuation/renewal/prior")

    @property
    def cites(self) -> tuple[Citation, ...]:
        fees = (self.invention.cite, self.utility_model.cite, self.design.cite)
        return (*fees, self.terms.cite, self.discount_rate.cite, self.prior.cite)

    def schedule(self) -> FeeSchedule:
        """The fees as numbers."""
        tables = {"invention": self.invention, "utility_model": self.utility_model, "design": self.design}
        return FeeSchedule(
            {
                kind: tuple(fee_of(table, year) for year in range(1, int(self.terms.number(kind, "years")) + 1))
                for kind, table in tables.items()
            }
        )


def fee_of(table: BandTable, year: int) -> float:
    """The fee of a fee year (1 = the first year from filing), CNY."""
    fee = table.below_low
    for band in table.bands:
        if year > band.edge or (year == band.edge and not band.open):
            fee = band.points_low
    return float(fee)


@dataclass(frozen=True)
class FeeSchedule:
    """Annual fees in CNY: kind of right -> fee of year 1, 2, ... to the last year of the term.

    Raises  valuation.fees_wrong where a fee is not above 0 or falls from one year to the next: the rule "pay while the
            year's return is above the fee" is the owner's best only while fees do not fall.
    """

    fees_cny: Mapping[str, tuple[float, ...]]

    def __post_init__(self) -> None:
        for kind, fees in self.fees_cny.items():
            line = np.asarray(fees, dtype=np.float64)
            if not (line.size and (line > 0).all() and (np.diff(line) >= 0).all()):
                raise InputError("valuation.fees_wrong", kind=kind, fees=", ".join(f"{fee:g}" for fee in fees))

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.fees_cny)

    def table(self) -> tuple[Floats, Ints]:
        """(fees of shape (kind, year), NaN after the term; years of each kind's term)."""
        terms = np.array([len(fees) for fees in self.fees_cny.values()], dtype=np.int64)
        table = np.full((len(terms), int(terms.max())), np.nan)
        for row, fees in zip(table, self.fees_cny.values(), strict=True):
            row[: len(fees)] = fees
        return table, terms

    def numbers(self, kinds: NDArray[np.object_] | list[str]) -> Ints:
        """The place of each kind in `kinds`. Raises valuation.kind_unknown."""
        names, place = np.unique(np.asarray(kinds, dtype=object).astype(str), return_inverse=True)
        unknown = [name for name in names if name not in self.fees_cny]
        if unknown:
            raise InputError("valuation.kind_unknown", kind=unknown[0], known=", ".join(self.kinds))
        order = {name: number for number, name in enumerate(self.kinds)}
        return np.array([order[name] for name in names], dtype=np.int64)[place]

    def scaled(self, factor: float) -> FeeSchedule:
        """The same schedule in another unit of money."""
        return FeeSchedule({kind: tuple(fee * factor for fee in fees) for kind, fees in self.fees_cny.items()})

"""Which fees were paid, and how did each patent end? An event table turned into fee years.

Fee year k runs from the (k-1)th to the kth anniversary of filing; its fee is due on its first day. A granted patent
has paid for the year in which it was granted; one that ended in a year, or on the anniversary that closes it, has paid
for that year; one still alive when last seen has paid for the year it was in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kejin.errors import InputError
from kejin.valuation.covariates import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
DAYS_A_YEAR = 365.25
LAPSE = ("fee_unpaid",)
INVALID = ("invalidated",)
_HOUR = 2.0 / DAYS_A_YEAR  # an end within two days of an anniversary lies on it


@dataclass(frozen=True)
class RenewalEvents:
    """Granted patents as a model of renewals sees them; all arrays of shape (patent,).

    kind        kind of right.
    first_year  fee year in which it was granted: the first one known to be paid.
    paid_year   last fee year known to be paid, >= first_year.
    lapsed      the fee after `paid_year` was not paid.
    invalid     it was declared invalid in the year after `paid_year` was paid.
    columns     field, owner and the like, for the design.
    skipped     reason -> rows that could not be used.
    """

    kind: NDArray[Any]
    first_year: Ints
    paid_year: Ints
    lapsed: Flags
    invalid: Flags
    columns: Columns
    skipped: dict[str, int]

    def __len__(self) -> int:
        return len(self.first_year)

    def chosen(self, which: Flags | Ints) -> RenewalEvents:
        """Some of the rows."""
        return RenewalEvents(
            self.kind[which],
            self.first_year[which],
            self.paid_year[which],
            self.lapsed[which],
            self.invalid[which],
            {name: values[which] for name, values in self.columns.items()},
            self.skipped,
        )


def events_from_years(
    kind: NDArray[Any], first_year: Ints, paid_year: Ints, lapsed: Flags, columns: Columns, terms: dict[str, int]
) -> RenewalEvents:
    """Events that are known in fee years already.

    Raises valuation.kind_unknown, valuation.fee_years_wrong, valuation.fee_year_beyond_term.
    """
    first_year, paid_year = np.asarray(first_year, dtype=np.int64), np.asarray(paid_year, dtype=np.int64)
    lapsed = np.asarray(lapsed, dtype=bool)
    term = _terms(kind, terms)
    if (bad := ~((first_year >= 1) & (paid_year >= first_year))).any():
        raise InputError("valuation.fee_years_wrong", count=int(bad.sum()), first=int(np.argmax(bad)))
    if (bad := paid_year > term).any():
        row = int(np.argmax(bad))
        raise InputError(
            "valuation.fee_year_beyond_term", count=int(bad.sum()), year=int(paid_year[row]), term=int(term[row])
        )
    none = np.zeros(len(first_year), dtype=bool)
    return RenewalEvents(kind, first_year, paid_year, lapsed & (paid_year < term), none, columns, {})


def events_from_days(
    kind: NDArray[Any],
    filed_on: NDArray[np.datetime64],
    granted_on: NDArray[np.datetime64],
    ended_on: NDArray[np.datetime64],
    end_reason: NDArray[Any],
    seen_until: np.datetime64 | NDArray[np.datetime64],
    columns: Columns,
    terms: dict[str, int],
) -> RenewalEvents:
    """Events from the days of filing, grant and end.

    ended_on    the day on which the right ended; NaT while it lives.
    end_reason  fee_unpaid, expired, invalidated, abandoned ...; only fee_unpaid is a lapse.
    seen_until  the last day of which ends would be known.
    Left out    rows never granted, or granted after `seen_until`; counted in `skipped`.
    Raises      valuation.grant_before_filing, valuation.end_before_grant, valuation.kind_unknown.
    """
    filed, granted, ended = (np.asarray(days, dtype="datetime64[D]") for days in (filed_on, granted_on, ended_on))
    seen = np.broadcast_to(np.asarray(seen_until, dtype="datetime64[D]"), filed.shape)
    _in_order(filed, granted, "valuation.grant_before_filing")
    _in_order(granted, ended, "valuation.end_before_grant")
    term = _terms(kind, terms)
    reason = np.array(["" if value is None else str(value) for value in end_reason])
    usable = ~np.isnat(filed) & ~np.isnat(granted) & (granted <= seen)
    skipped = {"filed_on missing": int(np.isnat(filed).sum()), "not granted": int(np.isnat(granted).sum())}
    skipped["granted after the last day seen"] = int((~np.isnat(granted) & (granted > seen)).sum())
    first = np.floor(_years(filed, granted)) + 1
    over = ~np.isnat(ended) & (ended <= seen)
    end_age, seen_age = _years(filed, ended), _years(filed, seen)
    # Ended inside year k or on the anniversary that closes it: paid for year k.
    at_end = np.ceil(end_age - _HOUR)
    paid = np.where(over, at_end, np.floor(seen_age) + 1)
    paid = np.clip(np.nan_to_num(paid, nan=1), np.nan_to_num(first, nan=1), None)
    paid = np.minimum(paid, term).astype(np.int64)
    first = np.minimum(np.nan_to_num(first, nan=1), term).astype(np.int64)
    lapsed = over & np.isin(reason, LAPSE) & (paid < term)
    invalid = over & np.isin(reason, INVALID)
    whole = RenewalEvents(np.asarray(kind, dtype=object), first, paid, lapsed, invalid, columns, skipped)
    return whole.chosen(usable)


def _years(start: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> Floats:
    days = (end - start).astype("float64")
    return np.where(np.isnat(start) | np.isnat(end), np.nan, days / DAYS_A_YEAR)


def _in_order(first: NDArray[np.datetime64], second: NDArray[np.datetime64], code: str) -> None:
    bad = ~np.isnat(first) & ~np.isnat(second) & (second < first)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(code, count=int(bad.sum()), first=row, early=str(second[row]), late=str(first[row]))


def _terms(kind: NDArray[Any], terms: dict[str, int]) -> Ints:
    names, back = np.unique(np.asarray(kind, dtype=object).astype(str), return_inverse=True)
    unknown = [name for name in names if name not in terms]
    if unknown:
        raise InputError("valuation.kind_unknown", kind=unknown[0], known=", ".join(terms))
    return np.array([terms[name] for name in names], dtype=np.int64)[back]

"""Days as whole numbers since 1970-01-01, which is how Arrow stores them and how they are fastest to compute with."""

from __future__ import annotations

from datetime import date

import numpy as np

from kejin.city.streams import Floats, Ints

_EPOCH = date(1970, 1, 1).toordinal()
YEAR = 365.2425


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day that a number stands for."""
    return date.fromordinal(int(number) + _EPOCH)


def year_start(years: Ints | int) -> Ints:
    """The number of 1 January of each year."""
    months = np.asarray(years, dtype=np.int64) - 1970
    return np.asarray(months.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64))


def years_of(days: Ints) -> Ints:
    """The calendar year of each day."""
    return np.asarray(_as_days(days).astype("datetime64[Y]").astype(np.int64) + 1970)


def months_of(days: Ints) -> Ints:
    """Months since January 1970."""
    return np.asarray(_as_days(days).astype("datetime64[M]").astype(np.int64))


def month_start(months: Ints) -> Ints:
    """The number of the first day of each month (months since January 1970)."""
    return np.asarray(
        np.asarray(months, dtype=np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )


def month_end(months: Ints) -> Ints:
    """The number of the last day of each month."""
    return month_start(np.asarray(months, dtype=np.int64) + 1) - 1


def month_index(year: int, month: int) -> int:
    """Months since January 1970."""
    return (year - 1970) * 12 + month - 1


def add_months(days: Ints, months: Ints | int) -> Ints:
    """The same day of the month so many months later; the last day where the month is shorter."""
    start = months_of(days)
    offset = days - month_start(start)
    target = start + months
    return np.minimum(month_start(target) + offset, month_end(target))


def as_years(days: Ints | Floats) -> Floats:
    """A number of days as years."""
    return np.asarray(days, dtype=np.float64) / YEAR


def _as_days(days: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]:
    return np.asarray(days, dtype=np.int64).astype("datetime64[D]")

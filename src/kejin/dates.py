"""Days: reading them, and counting years and months between them."""

from __future__ import annotations

import calendar
from datetime import date

from kejin.errors import InputError

OPEN = date.max  # "until open": the last day that a date can be


def parse_day(text: str) -> date:
    """A day written YYYY-MM-DD (also YYYY/M/D and YYYY.M.D, which Chinese registers use).

    Raises InputError dates.not_a_day.
    """
    parts = text.strip().replace("/", "-").replace(".", "-").split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError as error:
        raise InputError("dates.not_a_day", text=text) from error


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last day where the month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """The same day so many years later; 29 February becomes 28 February in a common year."""
    return add_months(day, 12 * years)


def full_years_between(start: date, end: date) -> int:
    """Whole years that have passed from start to end; negative when end is earlier."""
    if end < start:
        return -full_years_between(end, start)
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def last_complete_fiscal_year(as_of: date) -> int:
    """The last calendar year that had ended before the day (Chinese fiscal years are calendar years)."""
    return as_of.year - 1

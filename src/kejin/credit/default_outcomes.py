"""Who can default after a day, and who did? Borrowers known on the day, and their loans' states afterwards.

A borrower has, by what was known on the day, a loan with a balance and none in default. It defaults when one of its
loans is overdue for more days than the rule says, or is graded in one of the classes of the rule, or is written
off, at a month end after the last one known on the day and within the horizon. What is known later enters the
outcome only, never a feature.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from kejin.credit.default_rules import DefaultDefinition
from kejin.dates import add_months
from kejin.facts.view import Facts

_STATE_AGE_MONTHS = 3  # a loan whose last known state is older than this is taken as ended


def in_default(states: ibis.Table, definition: DefaultDefinition) -> Any:
    """Is the loan in default at the month end?"""
    overdue = states.overdue_days > int(definition.overdue_days_above.value)
    graded = states.five_class.isin(sorted(definition.five_classes.codes))
    written_off = states.written_off_cny > 0
    return overdue.fill_null(False) | graded.fill_null(False) | written_off.fill_null(False)


def borrowers(facts: Facts, as_of: date, definition: DefaultDefinition) -> ibis.Table:
    """One row a borrower on the day: company_id, known_until (its last month end known)."""
    rows = _states(facts)
    rows = rows.filter(rows.month_end <= ibis.literal(as_of))
    marked = rows.mutate(bad=in_default(rows, definition))
    last = marked.group_by("loan_id").agg(last_month_end=marked.month_end.max())
    latest = marked.join(last, "loan_id")
    latest = latest.filter(
        latest.month_end == latest.last_month_end,
        latest.month_end > ibis.literal(add_months(as_of, -_STATE_AGE_MONTHS)),
    )
    each = latest.group_by("company_id").agg(
        balance=latest.balance_cny.sum(),
        bad=ibis.ifelse(latest.bad, 1, 0).sum(),
        known_until=latest.month_end.max(),
    )
    return each.filter((each.balance > 0) & (each.bad == 0)).select("company_id", "known_until")


def defaulted_within(facts: Facts, as_of: date, definition: DefaultDefinition, exposed: ibis.Table) -> ibis.Table:
    """One row a borrower: company_id, defaulted; `facts` are those of a later day, `as_of` is the observation day."""
    end = add_months(as_of, int(definition.horizon_months.value))
    rows = _states(facts)
    rows = rows.join(exposed, "company_id")
    rows = rows.filter(rows.month_end > rows.known_until, rows.month_end <= ibis.literal(end))
    bad = rows.filter(in_default(rows, definition)).select("company_id").distinct()
    bad = bad.mutate(hit=ibis.literal(True))
    joined = exposed.left_join(bad, "company_id")
    return joined.select("company_id", defaulted=joined.hit.fill_null(False))


def _states(facts: Facts) -> ibis.Table:
    """States with their borrower."""
    loans = facts.table("loan").select("loan_id", "company_id")
    return facts.table("loan_state").join(loans, "loan_id")

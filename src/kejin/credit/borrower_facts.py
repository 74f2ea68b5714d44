"""What do the bank's and the parks' books say of a borrower? Loans, arrears, enforcement, tenancy, last equity round.

One row a company as of a day. A register that holds no row on the day was never loaded: what it would say is missing.
In one that is loaded, a company without rows owes nothing, is in no park, and has no case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import ibis

from kejin.facts.view import Facts

TABLES_READ = ("company", "loan", "loan_state", "court_case", "park", "park_tenancy", "equity_round", "ownership")
ENFORCED_ROLES = ("enforced", "restricted")


def borrower_facts(facts: Facts, as_of: date, loaded: Collection[str]) -> ibis.Table:
    """One row a company: company_id, ownership_kind, own_district and what the registers say.

    The columns are those of credit/products/inputs.py.

    loaded   tables that hold rows on the day.
    """
    company = facts.table("company")
    wide: Any = company.select("company_id", "ownership_kind", own_district=company.district)
    names = list(wide.columns)
    loans = _loans(facts, as_of)
    parts = [loans, _groups(facts, as_of, loans), _cases(facts, as_of), _tenancy(facts, as_of), _round(facts, as_of)]
    for number, part in enumerate(parts):
        wide = wide.left_join(part, "company_id", rname=f"{{name}}_of_part_{number}")
        names += [name for name in part.columns if name not in names]
    wide = wide.select(*names)
    with_loans, with_cases = {"loan", "loan_state"} <= set(loaded), "court_case" in loaded
    with_parks, with_rounds = "park_tenancy" in loaded, "equity_round" in loaded
    return wide.select(
        "company_id",
        "ownership_kind",
        "own_district",
        loan_balance_fen=_known(wide.loan_balance_fen.fill_null(0.0), with_loans),
        overdue_days=_known(wide.overdue_days.fill_null(0.0), with_loans),
        unsecured_balance_fen=_known(wide.unsecured_balance_fen.fill_null(0.0), with_loans),
        group_balance_fen=_known(
            ibis.coalesce(wide.group_balance_fen, wide.loan_balance_fen, ibis.literal(0.0)), with_loans
        ),
        merger_balance_fen=_known(wide.merger_balance_fen.fill_null(0.0), with_loans),
        enforcement_cases=_known(wide.enforcement_cases.fill_null(0.0), with_cases),
        in_park=_known(wide.tenancy_months.notnull(), with_parks),
        park_id=wide.tenancy_park_id,
        tenancy_months=wide.tenancy_months,
        rent_fen_year=wide.rent_fen_year,
        rent_overdue=wide.rent_overdue,
        park_paired=wide.park_paired,
        latest_round_fen=_known(wide.latest_round_fen, with_rounds),
        months_since_round=_known(wide.months_since_round, with_rounds),
    )


def _known(column: Any, loaded: bool) -> Any:
    return column if loaded else ibis.null(column.type())


def _fen(amount: Any) -> Any:
    return (amount * 100).cast("int64").cast("float64")


def full_months(start: Any, as_of: date) -> Any:
    """Full months from a date column to a day, without an engine's own date arithmetic."""
    not_yet = start.day() > as_of.day
    months = (as_of.year - start.year()) * 12 + as_of.month - start.month() - ibis.ifelse(not_yet, 1, 0)
    return months.cast("float64")


def _loans(facts: Facts, as_of: date) -> ibis.Table:
    """Balance and arrears at the last month end known of each loan; one that has no state yet owes what was lent."""
    loans, states = facts.table("loan"), facts.table("loan_state")
    last = states.group_by("loan_id").agg(
        balance_cny=states.balance_cny.argmax(states.month_end),
        overdue_days=states.overdue_days.argmax(states.month_end),
        last_month_end=states.month_end.max(),
    )
    rows = loans.left_join(last, "loan_id")
    running = (rows.granted_on <= as_of) & (rows.due_on.isnull() | (rows.due_on > as_of))
    owed = ibis.ifelse(
        rows.last_month_end.isnull(), ibis.ifelse(running, _fen(rows.amount_cny), 0.0), _fen(rows.balance_cny)
    )
    merger = ibis.ifelse(rows["product"] == "merger", owed, 0.0)
    unsecured = ibis.ifelse(rows.security == "unsecured", owed, 0.0)
    return rows.group_by("company_id").agg(
        loan_balance_fen=owed.sum(),
        unsecured_balance_fen=unsecured.sum(),
        merger_balance_fen=merger.sum(),
        overdue_days=ibis.ifelse(owed > 0, rows.overdue_days.fill_null(0), 0).max().cast("float64"),
    )


def _groups(facts: Facts, as_of: date, loans: ibis.Table) -> ibis.Table:
    """What the companies under one controlling owner owe together."""
    rows = facts.table("ownership")
    now = (rows.since_on <= as_of) & (rows.until_on.isnull() | (rows.until_on > as_of))
    rows = rows.filter(rows.controls, now)
    heads = rows.group_by("company_id").agg(group_head=rows.owner_id.min())
    owed = loans.select("company_id", "loan_balance_fen").left_join(heads, "company_id")
    owed = owed.select(group_head=ibis.coalesce(owed.group_head, owed.company_id), balance=owed.loan_balance_fen)
    sums = owed.group_by("group_head").agg(group_balance_fen=owed.balance.sum())
    return heads.join(sums, "group_head").select("company_id", "group_balance_fen")


def _cases(facts: Facts, as_of: date) -> ibis.Table:
    rows = facts.table("court_case")
    is_open = (rows.filed_on <= as_of) & (rows.closed_on.isnull() | (rows.closed_on > as_of))
    rows = rows.filter(rows.role.isin(ENFORCED_ROLES), is_open)
    return rows.group_by("company_id").agg(enforcement_cases=rows.count().cast("float64"))


def _tenancy(facts: Facts, as_of: date) -> ibis.Table:
    """The park in which the company sits on the day; of several the one that it has been in longest."""
    rows, parks = facts.table("park_tenancy"), facts.table("park")
    rows = rows.filter(rows.since_on <= as_of, rows.until_on.isnull() | (rows.until_on > as_of))
    first = rows.group_by("company_id").agg(since_on=rows.since_on.min())
    now = rows.join(first, ["company_id", "since_on"]).left_join(parks, "park_id")
    return now.group_by("company_id").agg(
        tenancy_park_id=now.park_id.min(),
        tenancy_months=full_months(now.since_on, as_of).max(),
        rent_fen_year=(_fen(now.monthly_rent_cny) * 12.0).max(),
        rent_overdue=now.rent_overdue.any(),
        park_paired=now.paired_bank_id.notnull().any(),
    )


def _round(facts: Facts, as_of: date) -> ibis.Table:
    """The last equity round paid in by the day."""
    rows = facts.table("equity_round")
    rows = rows.filter(rows.closed_on <= as_of)
    last = rows.group_by("company_id").agg(closed_on=rows.closed_on.max())
    now = rows.join(last, ["company_id", "closed_on"])
    return now.group_by("company_id").agg(
        latest_round_fen=_fen(now.amount_cny).max(), months_since_round=full_months(now.closed_on, as_of).max()
    )

"""The query of a valuation: facts of a day in, one row an application out with all that the methods read."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from kejin.evaluation.patent_states import in_kept_numbers
from kejin.facts.keep import Keep
from kejin.facts.view import Facts

DEAL_KINDS = ("assignment", "licence")
INDICES = (
    "citations_index",
    "family_index",
    "claims_index",
    "generality_index",
    "originality_index",
    "scope_index",
    "grant_speed_index",
)
_QUALITY = ("quality_percentile_ppm", "percentile_ppm")
PATENT_COLUMNS_READ = (
    "publication_number", "company_id", "patent_kind", "office", "field", "family_id", "in_force", "pending", "in_use",
    "disputed", "claims", "filed_on", "age_days", "expires_on", "is_international", "is_granted", "ended",
    "maintained_days", *_QUALITY, *INDICES,
)  # fmt: skip


def valuation_inputs(facts: Facts, as_of: date, patents: ibis.Table, others: ibis.Table, keep: Keep) -> ibis.Table:
    """One row an application of `patents`, in the order of their numbers.

    patents  PATENT_COLUMNS_READ of patent_quality_table, stored.
    others   superseded_publications, stored.
    Returns  identity and state of the patent, what happened to its right, its place in its family, its owner's last
             report. Money is float64 CNY; what is not known is missing.
    """
    own = patents.filter(~patents.is_international)
    happened = keep("patent_right_events", _right_events(facts, as_of, others))
    registered = facts.table("patent").select("publication_number", "holder_count", "granted_on")
    owners = keep("owner_reports", owner_reports(facts, as_of))
    wide = own.left_join(registered, "publication_number").drop("publication_number_right")
    wide = wide.left_join(happened, "publication_number").drop("publication_number_right")
    wide = wide.left_join(owners, "company_id").drop("company_id_right")
    wide = wide.mutate(family_key=ibis.coalesce(wide.family_id, wide.publication_number))
    live = wide.in_force | wide.pending
    first = ibis.window(
        group_by=[wide.company_id, wide.family_key],
        order_by=[
            ibis.ifelse(wide.in_force, 0, 1),
            ibis.ifelse(wide.pending, 0, 1),
            ibis.ifelse(wide.office == "CN", 0, 1).fill_null(1),
            wide.filed_on,
            wide.publication_number,
        ],
    )
    wide = wide.mutate(family_rank=ibis.row_number().over(first))
    numbers = [wide[name].cast("float64") for name in _QUALITY]
    return wide.select(
        "publication_number",
        "company_id",
        "patent_kind",
        "office",
        "field",
        "family_id",
        "in_force",
        "pending",
        "in_use",
        "disputed",
        "holder_count",
        "claims",
        "industry_code",
        "revenue_cny",
        "research_cny",
        "report_year",
        family_place=ibis.ifelse(live, wide.family_rank, 0).cast("int64"),
        age_days=wide.age_days,
        left_days=wide.expires_on.cast("date").delta(ibis.literal(as_of), unit="day").cast("int64"),
        granted_age_days=wide.granted_on.delta(wide.filed_on, unit="day").cast("int64"),
        quality=ibis.coalesce(*numbers) / 1_000_000.0,
        invalidity_pending=wide.invalidity_pending.fill_null(False),
        fee_overdue=wide.fee_overdue.fill_null(False),
        licensed_out=wide.licensed_out.fill_null(False),
        pledges=wide.pledges.fill_null(0),
        secured_cny=wide.secured_cny,
        secured_elsewhere=wide.secured_elsewhere.fill_null(False),
        **{name: wide[name] for name in INDICES},
    ).order_by("publication_number")


def deal_rows(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """Recorded sales and licences up to the day: with a price, or with a running royalty.

    Returns  publication_number, event_kind, happened_on, price_cny (float64), royalty_rate, other_currency. A price in
             another currency than CNY is missing, and its row says so.
    """
    events = _up_to(facts, as_of, others)
    deals = events.filter(events.event_kind.isin(list(DEAL_KINDS)))
    deals = deals.select(
        "publication_number",
        "event_kind",
        "happened_on",
        "reference",
        price_cny=_in_cny(deals),
        royalty_rate=deals.royalty_rate,
        other_currency=_other_currency(deals),
    )
    deals = deals.filter((deals.price_cny > 0) | deals.royalty_rate.notnull() | deals.other_currency)
    return deals.order_by("publication_number", "happened_on", "event_kind", "reference")


def owner_reports(facts: Facts, as_of: date) -> ibis.Table:
    """One row a company with its industry and the figures of its last report known on the day."""
    reports = facts.table("annual_report")
    reports = reports.filter(reports.fiscal_year <= as_of.year)
    newest = reports.group_by("company_id").agg(report_year=reports.fiscal_year.max())
    last = reports.join(newest, [reports.company_id == newest.company_id, reports.fiscal_year == newest.report_year])
    figures = last.group_by("company_id").agg(
        report_year=last.fiscal_year.max().cast("int64"),
        revenue_cny=last.revenue_cny.cast("float64").max(),
        research_cny=last.rd_expense_cny.cast("float64").max(),
    )
    company = facts.table("company").select("company_id", "industry_code")
    joined = company.left_join(figures, "company_id").drop("company_id_right")
    bare = joined.industry_code.re_replace("^[A-T]", "")
    return joined.mutate(industry_code=bare)


def hazard_rows(patents: ibis.Table) -> ibis.Table:
    """By kind of right: how many ended before their term, and the years in force that were seen."""
    granted = patents.filter(patents.is_granted, patents.maintained_days.notnull())
    early = granted.ended & granted.expires_on.notnull()
    full = granted.maintained_days >= granted.expires_on.cast("date").delta(granted.filed_on, unit="day") - 1
    counted = granted.group_by("patent_kind").agg(
        ends=ibis.ifelse(early & ~full, 1.0, 0.0).sum(), years=(granted.maintained_days / 365.25).sum()
    )
    return counted.order_by("patent_kind")


def ownership_rows(facts: Facts) -> ibis.Table:
    """Who owns which company, for the search of circles."""
    rows = facts.table("ownership")
    rows = rows.filter(rows.owner_kind == "company")
    return rows.select("owner_id", "company_id").order_by("owner_id", "company_id")


def _up_to(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    events = facts.table("patent_event")
    events = events.filter(events.happened_on <= ibis.literal(as_of))
    return in_kept_numbers(events, "publication_number", others)


def _right_events(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """One row a patent with events: what is open on the day."""
    events = _up_to(facts, as_of, others)

    def last(*kinds: str) -> Any:
        return ibis.ifelse(events.event_kind.isin(list(kinds)), events.happened_on, ibis.null("date")).max()

    def number(kind: str) -> Any:
        return ibis.ifelse(events.event_kind == kind, 1, 0).sum()

    running = (events.event_kind == "licence") & ibis.coalesce(events.until_on >= ibis.literal(as_of), False)
    pledged = ibis.ifelse(events.event_kind == "pledge", events.happened_on, ibis.null("date"))
    amount = ibis.ifelse(events.event_kind == "pledge", _in_cny(events), ibis.null("float64"))
    elsewhere = (events.event_kind == "pledge") & _other_currency(events)
    found = events.group_by("publication_number").agg(
        asked=last("invalidity_request"),
        decided=last("invalidity_rejected", "invalidated"),
        overdue=last("fee_overdue"),
        settled=last("fee_paid", "restoration", "lapse"),
        licensed_out=running.any(),
        pledged_times=number("pledge"),
        released_times=number("pledge_release"),
        secured=amount.argmax(pledged),
        secured_elsewhere=elsewhere.argmax(pledged),
    )
    open_pledges = ibis.greatest(found.pledged_times - found.released_times, 0).cast("int64")
    return found.select(
        "publication_number",
        "licensed_out",
        invalidity_pending=found.asked.notnull() & ~ibis.coalesce(found.decided >= found.asked, False),
        fee_overdue=found.overdue.notnull() & ~ibis.coalesce(found.settled >= found.overdue, False),
        pledges=open_pledges,
        secured_cny=ibis.ifelse(open_pledges > 0, found.secured, ibis.null("float64")),
        secured_elsewhere=(open_pledges > 0) & found.secured_elsewhere.fill_null(False),
    )


def _in_cny(events: ibis.Table) -> ibis.Value:
    """The amount of an event; missing where it is in another currency, which cannot be added to CNY."""
    return ibis.ifelse(_other_currency(events), ibis.null("float64"), events.amount_cny.cast("float64"))


def _other_currency(events: ibis.Table) -> ibis.Value:
    return (events.amount_cny.notnull() & (events.currency.fill_null("CNY") != "CNY")).fill_null(False)

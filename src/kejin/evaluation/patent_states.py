"""Which patents are in force, pending or ended on a day?

One application counts once: of several publications of it (application A, grant B) the granted one is kept, then the
one published last; events and citations of the others are counted for the kept one.

An end is undone by a later event: a lapse, refusal or withdrawal by `restoration`, an invalidation by
`invalidity_rejected` (upheld); of two on the same day the undoing one holds. The end of the term is not undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from kejin.errors import InputError
from kejin.facts.view import Facts

PATENT_KINDS = ("invention", "utility_model", "design")
INTERNATIONAL_OFFICE = "WO"  # a PCT publication is an application that never becomes a patent itself
BOUGHT = ("assigned", "gift", "merger")
_NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class PatentTerm:
    """Rights of this kind that were filed from this day on last so many years from filing."""

    patent_kind: str
    filed_from: date
    years: int


def patent_states(
    facts: Facts, as_of: date, terms: Iterable[PatentTerm], others: ibis.Table | None = None
) -> ibis.Table:
    """One row an application filed by the day, with its state on the day.

    terms    for each kind of right its terms by day of filing; a filing older than the first term has the first.
    others   superseded_publications, where the caller has stored it already.
    Returns  the columns of `patent` and
             is_granted, in_force, pending, ended, is_international
                              boolean, never missing; in_force, pending and ended exclude each other; an international
                              (PCT) publication is never pending
             expires_on       date, the day on which the term is over
             ended_day        date, the first day of an end that still stands; missing when the day is unknown
             own_filed, bought
                              boolean, missing where the way obtained is; both no for a licence
             age_days         int64, filing to the day
             maintained_days  int64, filing to the end or the day, of granted rights; missing when the end is unknown
    Raises   evaluation.term_missing where a kind of right has no term.
    """
    patents = facts.table("patent")
    patents = patents.filter(patents.filed_on <= ibis.literal(as_of))
    if others is None:
        others = _superseded(patents, as_of)
    patents = patents.anti_join(others, "publication_number")
    ends = _last_events(facts, as_of, others)
    table = patents.left_join(ends, "publication_number").drop("publication_number_right")
    table = table.mutate(expires_on=_expiry(table, _checked(terms)))
    return _with_flags(table, as_of).drop("lapsed_on", "restored_on", "invalidated_on", "upheld_on")


def superseded_publications(facts: Facts, as_of: date) -> ibis.Table:
    """Which publications stand for an application that another publication stands for better?

    Returns  publication_number, kept_number.
    """
    patents = facts.table("patent")
    return _superseded(patents.filter(patents.filed_on <= ibis.literal(as_of)), as_of)


def in_kept_numbers(rows: ibis.Table, column: str, others: ibis.Table) -> ibis.Table:
    """The rows with superseded publication numbers of a column replaced by the kept ones."""
    renamed = others.select(superseded_number=others.publication_number, kept_number=others.kept_number)
    joined = rows.left_join(renamed, rows[column] == renamed.superseded_number)
    kept = ibis.coalesce(joined.kept_number, joined[column])
    return joined.mutate(**{column: kept}).drop("superseded_number", "kept_number")


def _superseded(patents: ibis.Table, as_of: date) -> ibis.Table:
    """Only applications with two publications or more are ranked, so that the window stays small."""
    numbered = patents.filter(patents.application_number.notnull()).select(
        "publication_number",
        "application_number",
        office_key=ibis.coalesce(patents.office, ""),
        granted_rank=ibis.ifelse(patents.granted_on <= ibis.literal(as_of), 0, 1).fill_null(1),
        last_day=ibis.coalesce(patents.granted_on, patents.published_on, patents.filed_on),
    )
    key = ["office_key", "application_number"]
    several = numbered.group_by(key).agg(publications=numbered.count())
    several = several.filter(several.publications > 1).drop("publications")
    rivals = numbered.semi_join(several, key)
    best_first = ibis.window(
        group_by=key,
        order_by=[rivals.granted_rank.asc(), rivals.last_day.desc(), rivals.publication_number.desc()],
    )
    ranked = rivals.mutate(place=ibis.row_number().over(best_first))
    best = ranked.filter(ranked.place == 0).select(*key, kept_number=ranked.publication_number)
    return ranked.filter(ranked.place > 0).join(best, key).select("publication_number", "kept_number")


def _last_events(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """publication_number and the last day of each event that ends a right or undoes its end."""
    columns = {
        "lapsed_on": "lapse",
        "restored_on": "restoration",
        "invalidated_on": "invalidated",
        "upheld_on": "invalidity_rejected",
    }
    events = facts.table("patent_event")
    happened = (events.happened_on <= ibis.literal(as_of)) & events.event_kind.isin(list(columns.values()))
    events = events.filter(happened).select("publication_number", "event_kind", "happened_on")
    events = in_kept_numbers(events, "publication_number", others)

    def last(kind: str) -> Any:
        return ibis.ifelse(events.event_kind == kind, events.happened_on, ibis.null("date")).max()

    return events.group_by("publication_number").agg(**{name: last(kind) for name, kind in columns.items()})


def _checked(terms: Iterable[PatentTerm]) -> list[PatentTerm]:
    rising = sorted(terms, key=lambda term: (term.patent_kind, term.filed_from))
    lacking = [kind for kind in PATENT_KINDS if all(term.patent_kind != kind for term in rising)]
    if lacking:
        raise InputError("evaluation.term_missing", kinds=", ".join(lacking))
    return rising


def _expiry(table: ibis.Table, terms: list[PatentTerm]) -> Any:
    """The day on which the term is over: the same day of the month so many years after filing."""
    branches = []
    for kind in PATENT_KINDS:
        newest_first = [term for term in reversed(terms) if term.patent_kind == kind]
        for place, term in enumerate(newest_first):
            oldest = place == len(newest_first) - 1
            begun = table.filed_on >= ibis.literal(term.filed_from)
            of_kind = table.patent_kind == kind
            branches.append((of_kind if oldest else of_kind & begun, _years_after(table.filed_on, term.years)))
    return ibis.cases(*branches)


def _years_after(day: Any, years: int) -> Any:
    return (day + ibis.interval(years=years)).cast("date")


def _with_flags(table: ibis.Table, as_of: date) -> ibis.Table:
    today, never = ibis.literal(as_of), ibis.literal(_NEVER)
    final = ibis.coalesce(table.end_reason.isin(["expired", "invalidated"]), False)
    by_decision = ibis.coalesce(table.end_reason == "invalidated", False)
    undone_on = ibis.cases((by_decision, table.upheld_on), (~final, table.restored_on))
    recorded = ibis.coalesce(table.ended_on <= today, False) & ~ibis.coalesce(undone_on >= table.ended_on, False)
    # Known to have ended, but not on which day.
    undated = table.ended_on.isnull() & table.end_reason.notnull() & undone_on.isnull()
    lapsed = table.lapsed_on.notnull() & ~ibis.coalesce(table.restored_on >= table.lapsed_on, False)
    invalidated = table.invalidated_on.notnull() & ~ibis.coalesce(table.upheld_on >= table.invalidated_on, False)
    expired = ibis.coalesce(table.expires_on <= today, False)
    first = ibis.least(
        ibis.ifelse(recorded, table.ended_on, never),
        ibis.ifelse(lapsed, table.lapsed_on, never),
        ibis.ifelse(invalidated, table.invalidated_on, never),
        ibis.ifelse(expired, table.expires_on, never),
    )
    table = table.mutate(
        is_granted=ibis.coalesce(table.granted_on <= today, False),
        ended=recorded | undated | lapsed | invalidated | expired,
        is_international=ibis.coalesce(table.office == INTERNATIONAL_OFFICE, False),
        ended_day=first.nullif(never),
        own_filed=table.how_obtained == "own",
        bought=table.how_obtained.isin(list(BOUGHT)),
        age_days=today.delta(table.filed_on, unit="day").cast("int64"),
    )
    last_day = ibis.cases((~table.ended, today), (table.ended, table.ended_day))
    maintained = last_day.delta(table.filed_on, unit="day").cast("int64")
    return table.mutate(
        in_force=table.is_granted & ~table.ended,
        pending=~table.is_granted & ~table.ended & ~table.is_international,
        maintained_days=ibis.cases((table.is_granted, maintained)),
    )

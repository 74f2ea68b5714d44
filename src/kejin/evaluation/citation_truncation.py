"""How many citations will a patent have within five years of publication, when the five years are not over?

Patents whose five years are over show how citations come: the share that has come by each month of age. A younger
patent's citations are divided by the share due at its age. One curve serves all fields.

Source   B. H. Hall, A. B. Jaffe, M. Trajtenberg, NBER Working Paper 8498 (2001): scaling by the lag distribution.
Limits   A patent without a citation stays at 0 however young it is. Below the least share nothing is scaled: the figure
         is missing. Citations known by source only, without days, are not scaled either.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from kejin.evaluation.patent_cohorts import CITATION_WINDOW_YEARS, inside_citation_window
from kejin.evaluation.patent_states import in_kept_numbers
from kejin.facts.constant_table import constant_table
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts

WINDOW_MONTHS = 12 * CITATION_WINDOW_YEARS


def with_scaled_citations(
    patents: ibis.Table,
    facts: Facts,
    as_of: date,
    others: ibis.Table,
    citation_share_min: float,
    keep: Keep = as_it_is,
) -> ibis.Table:
    """The table with what its patents' citations within five years are likely to come to.

    patents  rows of patents_with_standing.
    Returns  the table with
             citation_share_due            float64, 0 to 1: the share that should have come by the day; 1 when the five
                                           years are over; missing without day of publication, or without any patent
                                           whose five years are over and that was cited
             forward_citations_5y_scaled   float64; missing below citation_share_min
    """
    curve = keep("patent_citation_curve", citation_curve(patents, facts, as_of, others))
    age = ibis.cases((patents.published_on <= ibis.literal(as_of), _months(patents.published_on, ibis.literal(as_of))))
    table = patents.mutate(age_months=age)
    joined = table.left_join(curve, table.age_months == curve.month)
    due = ibis.cases((joined.citation_window_closed, 1.0), else_=joined.share_due)
    joined = joined.mutate(citation_share_due=due)
    enough = joined.citation_share_due >= citation_share_min
    scaled = scaled_up(joined.forward_citations_5y, joined.citation_share_due)
    return joined.mutate(forward_citations_5y_scaled=ibis.cases((enough, scaled))).drop(
        "age_months", "month", "share_due"
    )


def scaled_up(citations: Any, share_due: Any) -> Any:
    """Citations divided by the share of them that was due; missing where that is 0."""
    return citations.cast("float64") / share_due.nullif(0.0)


def citation_curve(patents: ibis.Table, facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """The share of the citations within five years that comes by each month of age.

    From patents whose five years were over on the day.
    Returns  month (0 to 60), share_due; shares are missing where such patents received no citation.
    """
    citation = facts.table("patent_citation")
    citation = citation.filter(citation.cited_on <= ibis.literal(as_of)).select("cited_number", "cited_on")
    citation = in_kept_numbers(citation, "cited_number", others)
    closed = patents.filter(patents.citation_window_closed).select("publication_number", "published_on")
    dated = citation.join(closed, citation.cited_number == closed.publication_number)
    dated = dated.filter(inside_citation_window(dated.cited_on, dated.published_on))
    dated = dated.filter(dated.cited_on >= dated.published_on)
    by_month = dated.group_by(came_in=_months(dated.published_on, dated.cited_on)).agg(citations=dated.count())
    months = constant_table({"month": "int64"}, ([month] for month in range(WINDOW_MONTHS + 1)))
    pairs = months.cross_join(by_month)
    come = ibis.ifelse(pairs.came_in <= pairs.month, pairs.citations, 0).sum().cast("float64")
    return pairs.group_by("month").agg(share_due=come / pairs.citations.sum().cast("float64"))


def _months(first: Any, last: Any) -> Any:
    """Full months between two days, int64."""
    months = (last.year() - first.year()) * 12 + last.month() - first.month()
    return ibis.ifelse(last.day() < first.day(), months - 1, months).cast("int64")

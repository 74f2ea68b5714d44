"""How strong is a patent's family: how relevant is its technology, and how large are the markets it covers?

Technology relevance is the citations that the family receives, over the mean of the patents of its field and filing
year. A citing family counts once; a citation by an office whose patents cite little weighs more than one by an office
whose patents cite much (the mean number of patents cited over all offices, over that of the citing office). Market
coverage adds the sizes of the offices where the family is alive, the largest market being 1; a pending application
counts for a part. Their product is the strength; adding it over one patent a family gives a portfolio's
(`is_family_head`).

All sums run over whole millionths, so that no order of rows changes a digit.

Source   The construction is that of the Patent Asset Index (H. Ernst, N. Omland, World Patent Information 33, 2011) as
         described by its vendor; offices' weights come from the facts, sizes of markets and the part of pending
         applications from rules. It is like that index, not that index.
Limits   Members of a family that are not in the facts cover no market. Where no citation is on file the number that the
         source counted stands in, each citation with weight 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from kejin.evaluation.patent_cohorts import PPM
from kejin.evaluation.patent_states import in_kept_numbers
from kejin.facts.constant_table import constant_table
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts
from kejin.rule_values import Figure, RowTable, from_rule
from kejin.schemes.scheme import Label, Unit

STRENGTH_COLUMNS: dict[str, tuple[Unit, Label]] = {
    "is_family_head": ("flag", Label("同族代表", "Stands for its family in sums over a company's patents")),
    "technology_relevance": ("ratio", Label("技术相关度", "Citations of the family, over the mean of the cohort")),
    "market_coverage": ("ratio", Label("市场覆盖度", "Sizes of the markets covered, the largest being 1")),
    "patent_strength": ("ratio", Label("专利强度", "Technology relevance x market coverage")),
}


@dataclass(frozen=True, slots=True)
class StrengthFigures:
    """Sizes of markets, and the part that a pending application counts for."""

    market_size: RowTable = from_rule("patents/strength/market_size")
    pending_part: Figure = from_rule("patents/strength/pending_part")
    cohort_patents_min: Figure = from_rule("patents/quality/cohort_patents_min")


def patent_strength(
    patents: ibis.Table,
    facts: Facts,
    as_of: date,
    others: ibis.Table,
    figures: StrengthFigures,
    keep: Keep = as_it_is,
) -> ibis.Table:
    """One row a patent: publication_number and the columns of STRENGTH_COLUMNS.

    patents  rows of patents_with_standing.
    others   superseded_publications: their citations count for the kept publication.
    Returns  technology_relevance missing where nothing is known of citations, or where the field or filing year is; its
             cohort is the filing year's as a whole where that of field and year is too small; market_coverage is 0 for
             a family without a live member, and missing where none of its offices has a size.
    """
    rows = patents.select(
        "publication_number",
        "company_id",
        "office",
        "field",
        "filing_year",
        "filed_on",
        "forward_citations",
        "backward_citations",
        "in_force",
        "pending",
        family=_family(patents.family_id, patents.publication_number),
    )
    rows = keep("patent_families", rows)
    cited = keep("patent_family_citations", _family_citations(rows, facts, as_of, others, figures))
    covered = keep("patent_family_markets", _markets(rows, figures))
    heads = keep("patent_family_heads", _not_heads(rows))
    table = rows.left_join(cited, "family").drop("family_right")
    by_source = table.forward_citations * PPM
    table = table.mutate(cited_ppm=ibis.coalesce(table.citations_ppm, by_source).cast("int64"))
    table = _with_relevance(table, figures)
    table = table.left_join(covered, "family").drop("family_right")
    table = table.left_join(heads, "publication_number").drop("publication_number_right")
    coverage = table.market_ppm.cast("float64") / float(PPM)
    return table.select(
        "publication_number",
        is_family_head=table.behind.isnull(),
        technology_relevance=table.relevance,
        market_coverage=coverage,
        patent_strength=ibis.ifelse(coverage == 0.0, 0.0, table.relevance * coverage),
    )


def _family(family_id: Any, number: Any) -> Any:
    """The family, or the patent itself where its family is not known."""
    return ibis.ifelse(family_id.isnull(), number.concat(" alone"), family_id)


def _family_citations(
    rows: ibis.Table, facts: Facts, as_of: date, others: ibis.Table, figures: StrengthFigures
) -> ibis.Table:
    """family and citations_ppm: each citing family once, with its heaviest office."""
    citation = facts.table("patent_citation")
    citation = citation.filter(citation.cited_on <= ibis.literal(as_of)).select(
        "cited_number", "citing_office", citing_family=_family(citation.citing_family_id, citation.citing_number)
    )
    citation = in_kept_numbers(citation, "cited_number", others)
    own = rows.select("publication_number", "family")
    joined = citation.join(own, citation.cited_number == own.publication_number)
    pairs = joined.group_by("family", "citing_family", "citing_office").agg(citations=joined.count())
    weights = _office_weights(rows, figures)
    weighed = pairs.left_join(weights, pairs.citing_office == weights.office)
    weighed = weighed.mutate(weight_ppm=weighed.weight_ppm.fill_null(PPM))
    once = weighed.group_by("family", "citing_family").agg(weight_ppm=weighed.weight_ppm.max())
    return once.group_by("family").agg(citations_ppm=once.weight_ppm.sum().cast("float64").cast("int64"))


def _office_weights(rows: ibis.Table, figures: StrengthFigures) -> ibis.Table:
    """office and weight_ppm: patents cited by a patent on average over all offices, over the office's average.

    Offices with too few patents have no row: their citations weigh 1.
    """
    known = rows.filter(rows.backward_citations.notnull(), rows.office.notnull())
    by_office = known.group_by("office").agg(patents=known.count(), cited=known.backward_citations.sum())
    by_office = by_office.mutate(patents=by_office.patents.cast("float64"), cited=by_office.cited.cast("float64"))
    every = ibis.window()
    all_patents, all_cited = by_office.patents.sum().over(every), by_office.cited.sum().over(every)
    weight = (all_cited * by_office.patents * float(PPM) / (all_patents * by_office.cited).nullif(0.0)).floor()
    large = by_office.patents >= float(figures.cohort_patents_min.value)
    weighed = by_office.mutate(weight_ppm=ibis.cases((large, weight)).cast("int64"))
    return weighed.filter(weighed.weight_ppm.notnull()).select("office", "weight_ppm")


def _markets(rows: ibis.Table, figures: StrengthFigures) -> ibis.Table:
    """family and market_ppm: sizes of the offices where it is alive; missing where no office has a size."""
    sizes = [(office, int(row["size"] * PPM)) for office, row in sorted(figures.market_size.rows.items())]
    market = constant_table({"market_office": "string", "size_ppm": "int64"}, sizes)
    pending = ibis.literal(int(figures.pending_part.value * PPM))
    joined = rows.join(market, rows.office == market.market_office)
    part = ibis.cases((joined.in_force, ibis.literal(PPM)), (joined.pending, pending), else_=ibis.literal(0))
    by_office = joined.group_by("family", "market_office").agg(
        size_ppm=joined.size_ppm.max().cast("int64"), part_ppm=part.max().cast("int64")
    )
    alive = (by_office.size_ppm * by_office.part_ppm).cast("float64") / float(PPM)
    return by_office.group_by("family").agg(market_ppm=alive.floor().cast("int64").sum().cast("float64").cast("int64"))


def _not_heads(rows: ibis.Table) -> ibis.Table:
    """publication_number and behind: members of a company's family that another member stands for.

    Live before dead, then the first filed, then the first number.
    """
    key = ["company_id", "family"]
    several = rows.group_by(*key).agg(members=rows.count())
    several = several.filter(several.members > 1).drop("members")
    rivals = rows.semi_join(several, key)
    order = [
        ibis.ifelse(rivals.in_force | rivals.pending, 0, 1).asc(),
        rivals.filed_on.asc(),
        rivals.publication_number.asc(),
    ]
    ranked = rivals.select(
        "publication_number", behind=ibis.row_number().over(ibis.window(group_by=key, order_by=order))
    )
    return ranked.filter(ranked.behind > 0)


def _with_relevance(table: ibis.Table, figures: StrengthFigures) -> ibis.Table:
    """The table with `relevance`: citations over the mean of the narrowest cohort that is large enough."""
    known = table.filter(table.cited_ppm.notnull(), table.filing_year.notnull(), table.field.notnull())
    cohorts = known.group_by("filing_year", "field").agg(
        patents=known.count().cast("float64"), cited=known.cited_ppm.sum().cast("float64")
    )
    year = ibis.window(group_by="filing_year")
    year_patents, year_cited = cohorts.patents.sum().over(year), cohorts.cited.sum().over(year)
    least = float(figures.cohort_patents_min.value)
    mean = ibis.cases(
        (cohorts.patents >= least, cohorts.cited / cohorts.patents),
        (year_patents >= least, year_cited / year_patents),
    )
    means = cohorts.select(year_of_mean=cohorts.filing_year, field_of_mean=cohorts.field, mean_ppm=mean)
    joined = table.left_join(means, [table.filing_year == means.year_of_mean, table.field == means.field_of_mean])
    relevance = joined.cited_ppm.cast("float64") / joined.mean_ppm.nullif(0.0)
    return joined.mutate(relevance=relevance).drop("year_of_mean", "field_of_mean", "mean_ppm")

"""Does a company's research hang on a few persons?"""

from __future__ import annotations

import ibis

from kejin.evaluation.concentration import concentration
from kejin.evaluation.patent_states import in_kept_numbers
from kejin.facts.view import Facts


def key_inventors(patents: ibis.Table, facts: Facts, others: ibis.Table) -> ibis.Table:
    """One row a company whose patents have known inventors.

    patents  publication_number and company_id of the patents that count.
    others   superseded_publications of the day.
    Returns  company_id,
             inventors             int64, different inventors
             inventor_patents      int64, patents with a known inventor
             top_inventor_share    float64, share of those patents that name the most frequent inventor
             inventor_hhi          float64, sum of squared shares of the namings; 1 = one person
             inventor_hhi_unbiased float64, with Hall's correction; missing for a single naming
    Limits   An inventor is an identifier as loaded: two spellings are two persons, two namesakes one.
    """
    named = facts.table("patent_inventor").select("publication_number", "inventor_id")
    # Both publications of an application may name the same person: only their rows can repeat, only they are thinned.
    named = in_kept_numbers(named, "publication_number", others)
    owned = named.join(patents.select("publication_number", "company_id"), "publication_number")
    doubled = owned.semi_join(others, owned.publication_number == others.kept_number).distinct()
    owned = owned.anti_join(others, owned.publication_number == others.kept_number).union(doubled)
    each = owned.group_by("company_id", "inventor_id").agg(namings=owned.count())
    spread = concentration(each, "company_id", "namings", "", entropy=False)
    covered = patents.semi_join(named, "publication_number")
    covered = covered.group_by("company_id").agg(inventor_patents=covered.count())
    table = spread.join(covered, "company_id")
    return table.select(
        "company_id",
        inventors=table.groups,
        inventor_patents=table.inventor_patents.cast("int64"),
        top_inventor_share=table.largest.cast("float64") / table.inventor_patents.cast("float64"),
        inventor_hhi=table.hhi,
        inventor_hhi_unbiased=table.hhi_unbiased,
    )

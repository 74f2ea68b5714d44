"""The query of patent quality: facts of a day in, one row an application out, for one patent as for millions."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from kejin.evaluation.citation_breadth import citation_breadth
from kejin.evaluation.patent_portfolio import patents_with_standing
from kejin.evaluation.patent_quality import QualityFigures, with_quality
from kejin.evaluation.patent_states import superseded_publications
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts
from kejin.policy.lookups import Lookups
from kejin.rule_values import CodeMap, from_rule
from kejin.workflows.evaluation_rules import patent_terms
from kejin.workflows.fill_rules import fill_rules


@dataclass(frozen=True, slots=True)
class FieldRules:
    """In which field and sector a patent is."""

    field_by_ipc: CodeMap = from_rule("technology_fields/ipc_prefix")
    sector_by_field: CodeMap = from_rule("technology_fields/sector_by_field")


def patent_quality_table(
    facts: Facts, rules: Lookups, keep: Keep = as_it_is, patents: ibis.Table | None = None
) -> ibis.Table:
    """One row an application with state, standing, quality and grade on the day of the rules.

    rules    look-ups of the day; every value used is remembered there, so that the output can name the unverified ones.
    keep     stores an intermediate result; give one for more than some ten thousand patents.
    patents  the stored patents_with_standing, where the caller has it already.
    Returns  PATENT_COLUMNS of patent_portfolio and QUALITY_COLUMNS of patent_quality.
    Raises   InputError where a rule that it needs is not in force.
    """
    as_of = rules.as_of
    fields, figures = fill_rules(FieldRules, rules), fill_rules(QualityFigures, rules)
    if patents is None:
        patents = patents_with_standing(
            facts, as_of, fields=fields.field_by_ipc.entries, terms=patent_terms(rules), keep=keep
        )
        patents = keep("patents_with_standing", patents)
    others = keep("patent_publications_superseded", superseded_publications(facts, as_of))
    breadth = keep("patent_citation_breadth", citation_breadth(patents, facts, as_of, others, keep))
    wide = patents.left_join(breadth, "publication_number").drop("publication_number_right")
    return with_quality(wide, figures, fields.sector_by_field.entries, keep)

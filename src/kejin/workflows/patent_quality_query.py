"""The query of patent quality: facts of a day in, one row an application out, for one patent as for millions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import ibis

from kejin.evaluation.citation_breadth import citation_breadth
from kejin.evaluation.citation_truncation import with_scaled_citations
from kejin.evaluation.patent_portfolio import PATENT_COLUMNS, patents_with_standing
from kejin.evaluation.patent_profiles import (
    GbtFigures,
    HandbookFigures,
    Profile,
    gbt_profile,
    handbook_profile,
    judgements,
    profile_columns,
    with_measures,
    with_profile,
)
from kejin.evaluation.patent_quality import QUALITY_COLUMNS, QualityFigures, with_office_percentiles, with_quality
from kejin.evaluation.patent_states import superseded_publications
from kejin.evaluation.patent_strength import STRENGTH_COLUMNS, StrengthFigures, patent_strength
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import FactsView
from kejin.policy.lookups import Lookups
from kejin.rule_values import CodeMap, from_rule
from kejin.schemes.scheme import Label, Unit
from kejin.workflows.evaluation_rules import patent_terms
from kejin.workflows.fill_rules import fill_rules

OPTIONAL_TABLES = ("patent_event", "patent_expert_score", "patent_cohort")


@dataclass(frozen=True, slots=True)
class FieldRules:
    """In which field and sector a patent is."""

    field_by_ipc: CodeMap = from_rule("technology_fields/ipc_prefix")
    sector_by_field: CodeMap = from_rule("technology_fields/sector_by_field")


def patent_quality_table(
    facts: FactsView,
    rules: Lookups,
    keep: Keep = as_it_is,
    patents: ibis.Table | None = None,
    loaded: Collection[str] | None = None,
    of_office: str | None = None,
) -> ibis.Table:
    """One row an application with state, standing, quality, strength, profiles and grades on the day of the rules.

    rules    look-ups of the day; every value used is remembered there, so that the output can name the unverified ones.
    keep     stores an intermediate result; give one for more than some ten thousand patents.
    patents  the stored patents_with_standing, where the caller has it already.
    loaded   tables that hold rows on the day; None asks the facts.
    of_office  compare with the published cohorts of this office; without it each patent with those of its own.
    Returns  PATENT_COLUMNS of patent_portfolio and the columns of quality_columns.
    Raises   InputError where a rule that it needs is not in force.
    """
    as_of = rules.as_of
    if loaded is None:
        loaded = facts.with_rows(OPTIONAL_TABLES)
    fields, figures = fill_rules(FieldRules, rules), fill_rules(QualityFigures, rules)
    strength_figures, profiles = fill_rules(StrengthFigures, rules), patent_profiles(rules)
    if patents is None:
        patents = patents_with_standing(
            facts, as_of, fields=fields.field_by_ipc.entries, terms=patent_terms(rules), keep=keep
        )
        patents = keep("patents_with_standing", patents)
    others = keep("patent_publications_superseded", superseded_publications(facts, as_of))
    breadth = keep("patent_citation_breadth", citation_breadth(patents, facts, as_of, others, keep))
    strength = patent_strength(patents, facts, as_of, others, strength_figures, keep)
    strength = keep("patent_strength", strength)
    wide = patents
    for part in (breadth, strength):
        wide = wide.left_join(part, "publication_number").drop("publication_number_right")
    wide = with_scaled_citations(wide, facts, as_of, others, figures.citation_share_min.number, keep)
    wide = with_quality(wide, figures, fields.sector_by_field.entries, keep)
    published = facts.table("patent_cohort") if "patent_cohort" in loaded else None
    wide = with_office_percentiles(wide, published, of_office, keep)
    wide = with_measures(wide, facts, as_of, others, loaded)
    scores = judgements(facts, as_of, others) if "patent_expert_score" in loaded else None
    for profile in profiles:
        wide = with_profile(wide, profile, scores)
    return wide.select(*PATENT_COLUMNS, *quality_columns(profiles))


def patent_profiles(rules: Lookups) -> tuple[Profile, ...]:
    """The profiles of the day."""
    return gbt_profile(fill_rules(GbtFigures, rules)), handbook_profile(fill_rules(HandbookFigures, rules))


def quality_columns(profiles: tuple[Profile, ...]) -> dict[str, tuple[Unit, Label]]:
    """Every column beside those of patents_with_standing: unit and label."""
    columns = {**QUALITY_COLUMNS, **STRENGTH_COLUMNS}
    for profile in profiles:
        columns |= profile_columns(profile)
    return {name: column for name, column in columns.items() if name not in PATENT_COLUMNS}

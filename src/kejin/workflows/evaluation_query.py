"""The query of an evaluation: facts of a day in, one row a company out, the same for one company and for millions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any

import ibis

from kejin.evaluation.company_inputs import company_inputs
from kejin.evaluation.patent_portfolio import COLUMNS as PORTFOLIO
from kejin.evaluation.patent_portfolio import company_patents, patents_with_standing
from kejin.evaluation.peer_standing import Measure, with_standing
from kejin.evaluation.rights_inputs import HighValueRules, rights_inputs
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts
from kejin.rule_values import BandTable
from kejin.schemes.compile_table import compile_table
from kejin.schemes.expressions import needed_for
from kejin.workflows.evaluation_rules import EvaluationRules

COHORT = ("cluster_code", "life_cycle__stage_code", "size_group")
IDENTITY = ("company_id", "name", "district", "cluster_code", "size_group", "report_year")

RESEARCH_MEASURES = (
    Measure("rd_expense_fen"),
    Measure("rd_intensity_1y"),
    Measure("rd_intensity_3y"),
    Measure("rd_expense_growth_1y"),
    Measure("rd_staff_share"),
    Measure("rd_expense_per_rd_head_fen"),
)
PATENT_MEASURES = (
    Measure("inventions_in_force"),
    Measure("patents_in_force"),
    Measure("citation_percentile_mean"),
    Measure("top_decile_share"),
    Measure("family_size_mean"),
    Measure("maintained_share"),
)
MEASURES = (*RESEARCH_MEASURES, *PATENT_MEASURES)


def patent_table(facts: Facts, rules: EvaluationRules, keep: Keep = as_it_is) -> ibis.Table:
    """One row a patent with its state, field and standing; callers store it, because three parts read it.

    keep  stores an intermediate result that several parts read and gives it back as a table.
    """
    return patents_with_standing(
        facts, rules.as_of, fields=rules.rights.field_by_ipc.entries, terms=rules.terms, keep=keep
    )


def inputs_table(
    facts: Facts,
    rules: EvaluationRules,
    loaded: Collection[str],
    patents: ibis.Table | None,
    keep: Keep = as_it_is,
) -> ibis.Table:
    """One row a company: identity, every input that the rules of the day need, the patent portfolio.

    patents  the stored patent_table; None where no patent is loaded.
    keep     as for patent_table, with the same store.
    """
    # Each stored on its own: together they would hold their groups in memory until the last join is done.
    rights = rights_inputs(
        facts,
        rules.as_of,
        class_one_kinds=rules.rights.class_one_kinds.codes,
        class_two_kinds=rules.rights.class_two_kinds.codes,
        terms=rules.terms,
        high_value=high_value_rules(rules),
        loaded=loaded,
        patents=patents,
    )
    rights = keep("company_rights", rights)
    needed = {*rules.program.inputs, "report_year", "industry_code", "industry_digits", "staff_total_y0"}
    inputs = company_inputs(facts, rules.as_of, needed, loaded, rights)
    portfolio = company_patents(
        facts,
        rules.as_of,
        fields=rules.rights.field_by_ipc.entries,
        terms=rules.terms,
        loaded=loaded,
        usual_fields=rules.rights.usual_fields,
        patents=patents,
        keep=keep,
    )
    portfolio = keep("company_patents", portfolio)
    wide = inputs.left_join(portfolio, "company_id").drop("company_id_right")
    return wide.mutate(
        cluster_code=_cluster(wide, rules.cluster_by_industry),
        size_group=_size_group(wide.staff_total_y0, rules.peers.size_by_staff),
    )


def evaluation_table(inputs: ibis.Table, rules: EvaluationRules) -> ibis.Table:
    """The whole evaluation of every company in inputs_table, with its standing among peers.

    Returns  identity, indicators, portfolio, percentiles and peers, then every step of every scheme.
    """
    keep = (*IDENTITY, *PORTFOLIO)
    table = compile_table(rules.program, inputs, keep)
    measures = [measure for measure in MEASURES if measure.column in table.columns]
    cohort = [column for column in COHORT if column in table.columns]
    narrow = _part(inputs, rules, [*cohort, *(measure.column for measure in measures)])
    table = with_standing(table, cohort, measures, int(rules.peers.peers_min.value), narrow=narrow)
    return table.mutate(
        research_standing=_mean_known(table, RESEARCH_MEASURES),
        patent_standing=_mean_known(table, PATENT_MEASURES),
    )


def _part(inputs: ibis.Table, rules: EvaluationRules, columns: Collection[str]) -> ibis.Table:
    """Some columns of the evaluation on their own."""
    program = needed_for(rules.program, columns)
    return compile_table(program, inputs, ("company_id", *(name for name in columns if name not in program.outputs)))


def high_value_rules(rules: EvaluationRules) -> HighValueRules | None:
    """The criteria of high-value patents; None on days before they were set."""
    figures = rules.high_value
    if figures is None:
        return None
    return HighValueRules(figures.criteria.codes, int(figures.maintained_years_above.value))


def _mean_known(table: ibis.Table, measures: Sequence[Measure]) -> Any:
    """The mean of the percentiles that are known, added in a fixed order; missing when none is."""
    columns = [table[measure.percentile] for measure in measures if measure.percentile in table.columns]
    known = reduce(lambda a, b: a + b, [ibis.ifelse(column.notnull(), 1.0, 0.0) for column in columns])
    total = reduce(lambda a, b: a + b, [column.fill_null(0.0) for column in columns])
    return total / known.nullif(0.0)


def _cluster(table: ibis.Table, by_industry: Mapping[str, str]) -> Any:
    """The cluster declared for the company, else the one usual for its industry class (longest prefix)."""
    bare = table.industry_digits
    branches: list[tuple[Any, Any]] = []
    for length in sorted({len(prefix) for prefix in by_industry}, reverse=True):
        targets: dict[str, list[str]] = {}
        for prefix, target in by_industry.items():
            if len(prefix) == length:
                targets.setdefault(target, []).append(prefix)
        branches += [
            (bare.substr(0, length).isin(prefixes), ibis.literal(target)) for target, prefixes in targets.items()
        ]
    return ibis.coalesce(table.cluster_code, ibis.cases(*branches)) if branches else table.cluster_code


def _size_group(staff: Any, bands: BandTable) -> Any:
    branches = [
        (staff > float(band.edge) if band.open else staff >= float(band.edge), _number(band.points_low))
        for band in reversed(bands.bands)
    ]
    return ibis.cases(*branches, (staff.notnull(), _number(bands.below_low)))


def _number(value: Decimal) -> Any:
    """A float64 constant (a plain one would be a decimal to DuckDB)."""
    return ibis.literal(str(value)).cast("float64")

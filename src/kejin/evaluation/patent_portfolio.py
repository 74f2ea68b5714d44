"""How good are a company's patents? Counts, breadth, citations, upkeep, fit to the business, key persons.

`patents_with_standing` gives one row an application; `company_patents` makes one row a company of it, with the columns
of COLUMNS below; units stand beside each name. A company
without a patent has counts of 0 and missing means; where the patent register was never loaded, everything is missing.
Measures of quality are taken over the live portfolio: rights in force and pending applications.

The money value of patents is no part of this table: patent_value_cny_low, _mid and _high belong to `valuation`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import reduce
from typing import Any

import ibis

from kejin.errors import InputError
from kejin.evaluation.company_inputs import side_by_side
from kejin.evaluation.concentration import concentration
from kejin.evaluation.key_inventors import key_inventors
from kejin.evaluation.patent_cohorts import PPM, TOP_DECILE_PPM, with_cohort_percentile, with_forward_citations
from kejin.evaluation.patent_states import PATENT_KINDS, PatentTerm, patent_states, superseded_publications
from kejin.evaluation.technology_fields import with_field, with_longest_prefix
from kejin.facts.constant_table import constant_table
from kejin.facts.keep import Keep, as_it_is
from kejin.facts.view import Facts
from kejin.schemes.scheme import Label, Unit

DAYS_PER_YEAR = 365.25
_KIND_NAMES = {
    "patents": Label("专利", "Patents"),
    "inventions": Label("发明专利", "Invention patents"),
    "utility_models": Label("实用新型", "Utility models"),
    "designs": Label("外观设计", "Designs"),
}
_STATE_NAMES = {
    "filed": Label("申请数", "filed"),
    "granted": Label("授权数", "granted"),
    "in_force": Label("有效数", "in force"),
    "pending": Label("在审数", "pending"),
    "ended": Label("终止数", "ended"),
}

_KINDS = dict(zip(("inventions", "utility_models", "designs"), PATENT_KINDS, strict=True))

# Every column of the result after company_id: unit and label.
COLUMNS: dict[str, tuple[Unit, Label]] = {
    **{
        f"{kind}_{state}": ("count", Label(kind_label.zh + label.zh, f"{kind_label.en} {label.en}"))
        for kind, kind_label in _KIND_NAMES.items()
        for state, label in _STATE_NAMES.items()
    },
    "pct_applications": ("count", Label("PCT国际申请数", "International (PCT) publications")),
    "patents_live": ("count", Label("存量专利数（有效及在审）", "Patents in force and pending")),
    "patents_own_filed": ("count", Label("存量中自主研发数", "Live patents from own research")),
    "patents_bought": ("count", Label("存量中受让、受赠、并购数", "Live patents bought, given or by merger")),
    "patents_origin_unknown": ("count", Label("存量中取得方式缺失数", "Live patents of unknown origin")),
    "age_in_force_years_mean": ("year", Label("有效专利平均年龄", "Mean age of patents in force, from filing")),
    "field_patents": ("count", Label("已知技术领域的存量专利数", "Live patents of known field")),
    "field_count": ("count", Label("技术领域数", "Technology fields")),
    "field_hhi": ("ratio", Label("领域集中度HHI", "Concentration on fields (HHI)")),
    "field_hhi_unbiased": ("ratio", Label("领域集中度HHI（小样本校正）", "Concentration on fields, corrected")),
    "field_entropy_nats": ("level", Label("领域熵", "Entropy of fields, nats")),
    "field_entropy_miller_madow_nats": ("level", Label("领域熵（小样本校正）", "Entropy of fields, corrected, nats")),
    "family_size_mean": ("count", Label("平均同族数", "Mean family size")),
    "family_size_max": ("count", Label("最大同族数", "Largest family")),
    "claims_mean": ("count", Label("平均权利要求数", "Mean number of claims")),
    "claims_max": ("count", Label("最多权利要求数", "Most claims")),
    "forward_citations_total": ("count", Label("被引次数合计", "Citations received")),
    "forward_citations_5y_total": ("count", Label("公开后五年内被引合计", "Citations within 5 years of publication")),
    "cohort_patents": ("count", Label("可比较被引的专利数", "Live patents with a percentile")),
    "small_cohort_patents": ("count", Label("同组过少的专利数", "Live patents in a cohort that is too small")),
    "citation_percentile_mean": ("ratio", Label("平均被引百分位", "Mean citation percentile in field and year")),
    "top_decile_patents": ("count", Label("被引前10%专利数", "Patents in the top tenth by citations")),
    "top_decile_share": ("ratio", Label("被引前10%专利占比", "Share in the top tenth by citations")),
    "maintained_share": ("ratio", Label("授权专利仍有效比例", "Granted patents still in force")),
    "maintained_years_mean": ("year", Label("授权专利平均维持年限", "Mean years maintained, from filing")),
    "business_fit_patents": ("count", Label("可判断主业契合的有效专利数", "Patents in force whose fit can be judged")),
    "business_fit_share": (
        "ratio",
        Label("与主业契合的有效专利占比", "Patents in force in fields usual for the industry"),
    ),
    "inventors": ("person", Label("发明人数", "Inventors of live patents")),
    "inventor_patents": ("count", Label("已知发明人的专利数", "Live patents with known inventors")),
    "top_inventor_share": ("ratio", Label("首位发明人专利占比", "Share of the most frequent inventor")),
    "inventor_hhi": ("ratio", Label("发明人集中度HHI", "Concentration on inventors (HHI)")),
    "inventor_hhi_unbiased": ("ratio", Label("发明人集中度HHI（小样本校正）", "Concentration on inventors, corrected")),
}


# Of `patent`, patent_states, technology_fields and patent_cohorts, what later parts read.
PATENT_COLUMNS = (
    "publication_number",
    "company_id",
    "office",
    "patent_kind",
    "is_pct",
    "filed_on",
    "published_on",
    "granted_on",
    "family_id",
    "family_size",
    "claims",
    "backward_citations",
    "inventor_count",
    "how_obtained",
    "holder_rank",
    "serves_main_product",
    "in_use",
    "disputed",
    "is_granted",
    "in_force",
    "pending",
    "ended",
    "is_international",
    "expires_on",
    "own_filed",
    "bought",
    "age_days",
    "maintained_days",
    "field",
    "forward_citations",
    "forward_citations_5y",
    "citation_window_closed",
    "filing_year",
    "cohort_size",
    "percentile_ppm",
)
_STATE_COLUMNS = (*PATENT_COLUMNS, "ipc_main")


def patents_with_standing(
    facts: Facts,
    as_of: date,
    *,
    fields: Mapping[str, str],
    terms: Iterable[PatentTerm],
    min_cohort_size: int = 10,
    keep: Keep = as_it_is,
) -> ibis.Table:
    """One row an application: its state, technology field, citations and standing in its cohort.

    fields, terms, min_cohort_size   see technology_fields, patent_states and patent_cohorts.
    keep     stores an intermediate result; give one for more than some ten thousand patents.
    Returns  the columns of PATENT_COLUMNS.
    """
    others = keep("patent_publications_superseded", superseded_publications(facts, as_of))
    states = patent_states(facts, as_of, terms, others)
    states = keep("patent_states", states.select(*(name for name in _STATE_COLUMNS if name in states.columns)))
    cited = with_forward_citations(with_field(states, fields), facts, as_of, others, keep)
    return with_cohort_percentile(cited, min_cohort_size=min_cohort_size, keep=keep).select(*PATENT_COLUMNS)


def company_patents(
    facts: Facts,
    as_of: date,
    *,
    fields: Mapping[str, str],
    terms: Iterable[PatentTerm],
    loaded: Collection[str],
    usual_fields: Mapping[str, Collection[int]] | None = None,
    min_cohort_size: int = 10,
    patents: ibis.Table | None = None,
    keep: Keep = as_it_is,
) -> ibis.Table:
    """One row a company of the register with the figures of its patents.

    loaded        tables that hold rows on the day; without `patent` every figure is missing.
    usual_fields  GB/T 4754 code or its beginning -> WIPO fields usual for it; the longest beginning decides. None, or
                  an industry that is not in it, leaves the fit to the business missing.
    patents       the table of patents_with_standing where the caller has stored it already.
    keep          stores an intermediate result (see above).
    Returns       company_id and the columns of COLUMNS; counts int64, means and shares float64.
    """
    company = facts.table("company").select("company_id", "industry_code")
    if "patent" not in loaded:
        return company.select("company_id", **{name: ibis.null(_type(name)) for name in COLUMNS})
    if patents is None:
        patents = patents_with_standing(
            facts, as_of, fields=fields, terms=terms, min_cohort_size=min_cohort_size, keep=keep
        )
    live = patents.filter(patents.in_force | patents.pending)
    known = live.filter(live.field.notnull())
    by_field = known.group_by("company_id", "field").agg(
        live_of_field=known.count(), in_force_of_field=_number(known.in_force)
    )
    by_field = keep("patents_by_company_and_field", by_field)
    others = keep("patent_publications_superseded", superseded_publications(facts, as_of))
    parts = [
        _figures(patents),
        _renamed(concentration(by_field, "company_id", "live_of_field", "field_")),
        _business_fit(by_field, company, usual_fields),
        key_inventors(live, facts, others),
    ]
    wide = side_by_side(company, [part for part in parts if part is not None])
    return wide.select("company_id", **{name: _finished(wide, name, loaded) for name in COLUMNS})


def _type(name: str) -> str:
    unit, _ = COLUMNS[name]
    return "int64" if unit in {"count", "person"} and not name.endswith("_mean") else "float64"


# Sums over live patents: 0 for a company that has none, missing where it has some and nothing is known of them.
_ZERO_WITHOUT_LIVE = {"field_count", "forward_citations_total", "forward_citations_5y_total", "inventors"}
_NEVER_ZERO = {"family_size_max", "claims_max", "business_fit_patents"}


def _finished(wide: ibis.Table, name: str, loaded: Collection[str]) -> Any:
    """The column in its type; counts of a loaded register are 0 where there is no row, all else stays missing."""
    kind = _type(name)
    if name not in wide.columns:
        return ibis.null(kind)
    column = _whole(wide[name]) if kind == "int64" else wide[name].cast(kind)
    unloaded = name in {"inventors", "inventor_patents"} and "patent_inventor" not in loaded
    if kind == "float64" or unloaded or name in _NEVER_ZERO:
        return column
    if name in _ZERO_WITHOUT_LIVE:
        none_live = ibis.coalesce(wide.patents_live, 0) == 0
        return ibis.cases((column.isnull() & none_live, 0), else_=column).cast(kind)
    return ibis.coalesce(column, 0)


def _whole(count: Any) -> Any:
    """A count as int64. DuckDB's own sums are wider, and Ibis leaves out a cast to the type it believes is there; by
    way of float64 the cast is made, exact for counts below 2^53."""
    return count.cast("float64").cast("int64")


def _number(condition: Any) -> Any:
    """How many rows meet the condition; a missing condition is not met."""
    return ibis.ifelse(condition, 1, ibis.null("int8")).count()


def _where(condition: Any, value: Any) -> Any:
    return ibis.ifelse(condition, value, ibis.null("int64"))


def _ratio(part: Any, whole: Any) -> Any:
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def _figures(patents: ibis.Table) -> ibis.Table:
    """Everything that one pass over the patents gives: whole-number sums first, ratios of them after."""
    table = patents.mutate(is_live=patents.in_force | patents.pending)
    live, standing = table.is_live, table.percentile_ppm
    sums: dict[str, Any] = {}
    states = {
        "granted": table.is_granted,
        "in_force": table.in_force,
        "pending": table.pending,
        "ended": table.ended,
    }
    for plural, kind in _KINDS.items():
        belongs = table.patent_kind == kind
        sums[f"{plural}_filed"] = _number(belongs)
        sums |= {f"{plural}_{state}": _number(belongs & flag) for state, flag in states.items()}
    sums |= {
        "pct_applications": _number(table.is_international),
        "patents_live": _number(live),
        "patents_own_filed": _number(live & table.own_filed),
        "patents_bought": _number(live & table.bought),
        "patents_origin_unknown": _number(live & table.how_obtained.isnull()),
        "cohort_patents": _number(live & standing.notnull()),
        "small_cohort_patents": _number(live & standing.isnull() & table.cohort_size.notnull()),
        "top_decile_patents": _number(live & (standing >= TOP_DECILE_PPM)),
        "forward_citations_total": _where(live, table.forward_citations).sum(),
        "forward_citations_5y_total": _where(live, table.forward_citations_5y).sum(),
        "family_size_max": _where(live, table.family_size).max(),
        "claims_max": _where(live, table.claims).max(),
    }
    averaged = {
        "age_in_force": _where(table.in_force, table.age_days),
        "family_size": _where(live, table.family_size),
        "claims": _where(live, table.claims),
        "percentile": _where(live, standing),
        "maintained": table.maintained_days,
    }
    for name, column in averaged.items():
        sums |= {f"{name}_sum": column.sum(), f"{name}_known": column.count()}
    whole = table.group_by("company_id").agg(**{name: value.cast("int64") for name, value in sums.items()})

    def mean(name: str) -> Any:
        return _ratio(whole[f"{name}_sum"], whole[f"{name}_known"])

    def of_all_kinds(state: str) -> Any:
        return reduce(lambda a, b: a + b, [whole[f"{plural}_{state}"] for plural in _KINDS])

    whole = whole.mutate(**{f"patents_{state}": of_all_kinds(state) for state in _STATE_NAMES})
    return whole.mutate(
        age_in_force_years_mean=mean("age_in_force") / DAYS_PER_YEAR,
        family_size_mean=mean("family_size"),
        claims_mean=mean("claims"),
        citation_percentile_mean=mean("percentile") / float(PPM),
        top_decile_share=_ratio(whole.top_decile_patents, whole.cohort_patents),
        maintained_share=_ratio(whole.patents_in_force, whole.patents_granted),
        maintained_years_mean=mean("maintained") / DAYS_PER_YEAR,
    ).drop(*(f"{name}_{end}" for name in averaged for end in ("sum", "known")))


def _renamed(fields: ibis.Table) -> ibis.Table:
    return fields.rename(field_patents="field_total", field_count="field_groups").drop("field_largest")


def _business_fit(
    by_field: ibis.Table, company: ibis.Table, usual_fields: Mapping[str, Collection[int]] | None
) -> ibis.Table | None:
    """Share of patents in force whose field is usual for the company's industry."""
    if not usual_fields:
        return None
    usual = {_industry(code): sorted(set(numbers)) for code, numbers in usual_fields.items()}
    digits = _without_letter(company.industry_code)
    companies = company.filter(company.industry_code.notnull()).select("company_id", industry=digits)
    industries = with_longest_prefix(companies.select("industry").distinct(), "industry", tuple(usual), "beginning")
    industries = industries.filter(industries.beginning.notnull())
    pairs = constant_table(
        {"beginning": "string", "usual_field": "int64"},
        [(code, number) for code, numbers in usual.items() for number in numbers],
    )
    judged = by_field.join(companies, "company_id").join(industries, "industry")
    fits = judged.left_join(pairs, [judged.beginning == pairs.beginning, judged.field == pairs.usual_field])
    sums = fits.group_by("company_id").agg(
        business_fit_patents=fits.in_force_of_field.sum().cast("int64"),
        fitting=_where(fits.usual_field.notnull(), fits.in_force_of_field).sum().cast("int64"),
    )
    fitting = ibis.coalesce(sums.fitting, 0)
    return sums.mutate(business_fit_share=_ratio(fitting, sums.business_fit_patents)).drop("fitting")


def _industry(code: str) -> str:
    digits = code[1:] if code[:1].isalpha() else code
    if not digits.isdecimal():
        raise InputError("evaluation.industry_map_wrong", entry=repr(code))
    return digits


def _without_letter(code: Any) -> Any:
    """A GB/T 4754 code without the letter of its section."""
    return ibis.ifelse(code.substr(0, 1) >= "A", code.substr(1), code)

"""How good is a patent, against patents of its field and filing year? The OECD's composites of 4 and 6 indicators.

Each indicator is capped at a quantile of its cohort and divided by the cap, so that it lies in 0..1 and one outlier
does not flatten the others; the grant lag is turned round. A composite is the plain mean. Where an indicator is missing
the composite is missing too, and its low and high ends say what it could be: the missing one at 0 and at 1.

A patent that is known to be uncited has no generality, and counts 0 for it in the composite: nobody uses it, in any
class.

Source   M. Squicciarini, H. Dernis, C. Criscuolo, "Measuring Patent Quality", OECD STI Working Paper 2013/03: cohort of
         field and filing year, indicators, plain means. The cap's level is a rule; the OECD's composite is of granted
         patents, ours of every application whose indicators are known.
Limits   A cohort smaller than the least number gives way to the wider one of the sector and filing year, then to the
         filing year alone (`cohort_level`). Citations of late years are still to come: see citation_truncation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from kejin.evaluation.patent_cohorts import COHORT, PPM, with_cohort_percentile, with_external_percentile
from kejin.facts.keep import Keep, as_it_is
from kejin.rule_values import BandTable, Figure, from_rule
from kejin.schemes.scheme import Label, Unit

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class QualityFigures:
    """How indicators become one figure."""

    cap_level: Figure = from_rule("patents/quality/cap_level")
    breakthrough_share: Figure = from_rule("patents/quality/breakthrough_share")
    cohort_patents_min: Figure = from_rule("patents/quality/cohort_patents_min")
    citation_share_min: Figure = from_rule("patents/quality/citation_share_min")
    grade: BandTable = from_rule("patents/quality/grade")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its column, the column of its index in 0..1, and whether less is better."""

    column: str
    index: str
    turned: bool = False


INDICATORS = (
    Indicator("forward_citations_5y", "citations_index"),
    Indicator("family_size", "family_index"),
    Indicator("claims", "claims_index"),
    Indicator("generality_counted", "generality_index"),
    Indicator("backward_citations", "backward_index"),
    Indicator("grant_lag_days", "grant_speed_index", turned=True),
    Indicator("classes", "scope_index"),
    Indicator("originality", "originality_index"),
    Indicator("inventor_count", "inventors_index"),
)
COMPOSITE_4 = ("citations_index", "family_index", "claims_index", "generality_index")
COMPOSITE_6 = (*COMPOSITE_4, "backward_index", "grant_speed_index")
# What is known of an application without waiting for others to cite it.
EARLY = (
    "family_index",
    "claims_index",
    "scope_index",
    "backward_index",
    "originality_index",
    "inventors_index",
)
# From the narrowest cohort to the widest; the filing year is part of each.
LADDER: tuple[tuple[str, ...], ...] = (("field",), ("sector",), ())

# Columns of the result beside those of patents_with_standing: unit and label.
QUALITY_COLUMNS: dict[str, tuple[Unit, Label]] = {
    "backward_citations": ("count", Label("引用专利数", "Patents that it cites")),
    "classes": ("count", Label("IPC小类数", "IPC subclasses of its symbols")),
    "citing_known": ("count", Label("五年内已知分类的引用专利数", "Citing patents of known class within 5 years")),
    "generality": ("ratio", Label("通用性", "Generality")),
    "generality_unbiased": ("ratio", Label("通用性（小样本校正）", "Generality, corrected for few citations")),
    "cited_known": ("count", Label("已知分类的被引用专利数", "Cited patents of known class")),
    "originality": ("ratio", Label("原创性", "Originality")),
    "originality_unbiased": ("ratio", Label("原创性（小样本校正）", "Originality, corrected for few citations")),
    "radicalness": ("ratio", Label("突破性（跨类引用占比）", "Radicalness")),
    "grant_lag_days": ("count", Label("授权周期（日）", "Days from filing to grant")),
    "renewal_years": ("year", Label("维持年限", "Years maintained, from filing, of granted rights")),
    "citation_share_due": ("ratio", Label("应已到达的被引比例", "Share of five-year citations due by now")),
    "forward_citations_5y_scaled": ("count", Label("五年被引推算数", "Citations within 5 years, scaled up")),
    "citations_index": ("ratio", Label("被引指数", "Citations within 5 years, of the cohort's cap")),
    "family_index": ("ratio", Label("同族指数", "Family size, of the cohort's cap")),
    "claims_index": ("ratio", Label("权利要求指数", "Claims, of the cohort's cap")),
    "generality_index": ("ratio", Label("通用性指数", "Generality, of the cohort's cap")),
    "backward_index": ("ratio", Label("引用指数", "Patents cited, of the cohort's cap")),
    "grant_speed_index": ("ratio", Label("授权速度指数", "1 - grant lag, of the cohort's cap")),
    "scope_index": ("ratio", Label("范围指数", "IPC subclasses, of the cohort's cap")),
    "originality_index": ("ratio", Label("原创性指数", "Originality, of the cohort's cap")),
    "inventors_index": ("ratio", Label("发明人指数", "Inventors, of the cohort's cap")),
    "cohort_level": ("level", Label("对照组层级", "1 field and year, 2 sector and year, 3 year")),
    "quality_4": ("ratio", Label("四项综合质量", "Composite of 4 indicators")),
    "quality_4_low": ("ratio", Label("四项综合质量下限", "Composite of 4, missing ones at 0")),
    "quality_4_high": ("ratio", Label("四项综合质量上限", "Composite of 4, missing ones at 1")),
    "quality_6": ("ratio", Label("六项综合质量", "Composite of 6 indicators")),
    "quality_6_low": ("ratio", Label("六项综合质量下限", "Composite of 6, missing ones at 0")),
    "quality_6_high": ("ratio", Label("六项综合质量上限", "Composite of 6, missing ones at 1")),
    "early_quality": ("ratio", Label("早期质量", "Mean of the indices known without waiting for citations")),
    "early_indicators": ("count", Label("早期质量指标数", "Indices in the early quality")),
    "quality_cohort_size": ("count", Label("质量对照组专利数", "Patents of the cohort with a composite of 4")),
    "quality_percentile_ppm": ("count", Label("质量百分位（百万分之）", "Percentile of the composite of 4, ppm")),
    "quality_grade": ("level", Label("质量五级（一级最高）", "Grade by the percentile, 1 best to 5")),
    "breakthrough": ("flag", Label("突破性专利", "In the top hundredth of its cohort by citations in 5 years")),
    "quality_4_office_percentile_ppm": (
        "count",
        Label("四项综合在官方对照组的百分位", "Composite of 4, office's cohort"),
    ),
    "quality_6_office_percentile_ppm": (
        "count",
        Label("六项综合在官方对照组的百分位", "Composite of 6, office's cohort"),
    ),
    "forward_citations_5y_office_percentile_ppm": (
        "count",
        Label("五年被引在官方对照组的百分位", "Citations within 5 years, office's cohort"),
    ),
    "family_size_office_percentile_ppm": ("count", Label("同族数在官方对照组的百分位", "Family size, office's cohort")),
    "claims_office_percentile_ppm": ("count", Label("权利要求数在官方对照组的百分位", "Claims, office's cohort")),
    "generality_office_percentile_ppm": ("count", Label("通用性在官方对照组的百分位", "Generality, office's cohort")),
    "originality_office_percentile_ppm": ("count", Label("原创性在官方对照组的百分位", "Originality, office's cohort")),
    "radicalness_office_percentile_ppm": ("count", Label("突破性在官方对照组的百分位", "Radicalness, office's cohort")),
}
OFFICE_INDICATORS = tuple(
    name.removesuffix("_office_percentile_ppm") for name in QUALITY_COLUMNS if name.endswith("_office_percentile_ppm")
)


def with_quality(
    patents: ibis.Table, figures: QualityFigures, sectors: Mapping[str, str], keep: Keep = as_it_is
) -> ibis.Table:
    """The table with indices, composites, percentile and breakthrough.

    patents  rows of patents_with_standing joined with citation_breadth.
    figures  cap, share of breakthroughs, least cohort.
    sectors  WIPO field number -> sector, for the wider cohort.
    keep     stores the caps and percentiles of the cohorts.
    Returns  the table and the columns of QUALITY_COLUMNS.
    """
    table = patents.mutate(
        sector=patents.field.cast("string").cases(*sorted(sectors.items()), else_=ibis.null("string")),
        generality_counted=ibis.coalesce(patents.generality, ibis.cases((patents.forward_citations_5y == 0, 0.0))),
        grant_lag_days=ibis.cases((patents.is_granted, patents.granted_on.delta(patents.filed_on, unit="day"))).cast(
            "int64"
        ),
        renewal_years=patents.maintained_days.cast("float64") / DAYS_PER_YEAR,
    )
    # Narrow parts are stored, because caps, percentiles and breakthroughs each read them; the wide table is not.
    places = ["publication_number", "field", "sector", "filing_year"]
    narrow = keep("patent_indicators", table.select(*places, *(one.column for one in INDICATORS)))
    caps = keep("patent_quality_caps", _caps(narrow, figures, keep))
    scores = _with_composites(_with_indices(narrow, caps)).select(*places, "forward_citations_5y", "quality_4")
    scores = keep("patent_scores", scores)
    standing = _percentiles(scores, figures, keep)
    breakthroughs = _breakthroughs(scores, figures)
    standing = standing.left_join(breakthroughs, "publication_number").drop("publication_number_right")
    standing = keep("patent_quality_standing", standing)
    table = _with_composites(_with_indices(table, caps)).drop("generality_counted", "sector")
    table = table.left_join(standing, "publication_number").drop("publication_number_right")
    score = table.quality_percentile_ppm.cast("float64") / (PPM / 100)
    return table.mutate(quality_grade=grade_of(score, figures.grade))


def grade_of(score: Any, bands: BandTable) -> Any:
    """The grade of a score of 0 to 100 by bands, int64; missing where the score is."""
    steps = [
        (score > edge if is_open else score >= edge, ibis.literal(int(grade)))
        for edge, grade, is_open in bands.low_steps()
    ]
    return ibis.cases(*steps, (score.notnull(), ibis.literal(int(bands.below_low)))).cast("int64")


def _percentiles(table: ibis.Table, figures: QualityFigures, keep: Keep) -> ibis.Table:
    """publication_number and the standing by the composite of 4 in the narrowest cohort that is large enough."""
    placed = table.select("publication_number", "filing_year", "field", "sector", "quality_4")
    for number, keys in enumerate(LADDER, 1):
        placed = with_cohort_percentile(
            placed,
            "quality_4",
            ("filing_year", *keys),
            int(figures.cohort_patents_min.value),
            lambda name, standing, number=number: keep(f"{name}_{number}", standing),  # type: ignore[misc]
            size=f"size_{number}",
            percentile=f"percentile_{number}",
        )
    steps = range(1, len(LADDER) + 1)
    size = ibis.cases(*((placed[f"percentile_{n}"].notnull(), placed[f"size_{n}"]) for n in steps))
    return placed.select(
        "publication_number",
        quality_cohort_size=size.cast("float64").cast("int64"),
        quality_percentile_ppm=ibis.coalesce(*(placed[f"percentile_{n}"] for n in steps)),
    )


def with_office_percentiles(
    table: ibis.Table, published: ibis.Table | None, of_office: str | None = None, keep: Keep = as_it_is
) -> ibis.Table:
    """The table with the standing of OFFICE_INDICATORS in the cohorts that an office published.

    published   rows of the facts `patent_cohort`; None leaves every standing missing.
    of_office   compare every patent with the cohorts of this office; without it each with those of its own.
    Returns     `<indicator>_office_percentile_ppm`, int64; missing where there is no such cohort. See
                patent_cohorts.with_external_percentile.
    """
    names = {indicator: f"{indicator}_office_percentile_ppm" for indicator in OFFICE_INDICATORS}
    if published is None:
        return table.mutate(**{name: ibis.null("int64") for name in names.values()})
    published = published.rename(cohort_office="office")
    office = table.office if of_office is None else ibis.literal(of_office)
    placed = table.select("publication_number", *COHORT, *OFFICE_INDICATORS, cohort_office=office)
    for indicator, name in names.items():
        of_indicator = published.filter(published.indicator == indicator)
        placed = with_external_percentile(placed, of_indicator, indicator, ("cohort_office", *COHORT), name)
    placed = keep("patent_office_standing", placed.select("publication_number", *names.values()))
    return table.left_join(placed, "publication_number").drop("publication_number_right")


def _with_indices(table: ibis.Table, cohorts: ibis.Table) -> ibis.Table:
    """The indices in 0..1, each by the narrowest cohort that is large enough."""
    joined = table.left_join(
        cohorts,
        [table.filing_year == cohorts.filing_year_of_caps, table.field == cohorts.field_of_caps],
    )
    indices = {}
    for indicator in INDICATORS:
        value, cap = joined[indicator.column].cast("float64"), joined[f"{indicator.index}_cap"]
        capped = ibis.ifelse(value > cap, cap, value)
        part = ibis.ifelse(cap > 0.0, capped / cap.nullif(0.0), 0.0)
        part = ibis.cases((value.notnull() & cap.notnull(), part))
        indices[indicator.index] = 1.0 - part if indicator.turned else part
    caps = [f"{indicator.index}_cap" for indicator in INDICATORS]
    return joined.mutate(**indices).drop("filing_year_of_caps", "field_of_caps", *caps)


def _caps(table: ibis.Table, figures: QualityFigures, keep: Keep) -> ibis.Table:
    """One row a field and filing year: the cap of each indicator, and from how wide a cohort the first one comes.

    The cap is the value at the level, counted in whole patents (no interpolation), so that a patent whose own value
    rises never loses; where it is 0, the largest value.
    """
    placed = table.filter(table.filing_year.notnull(), table.field.notnull())
    counted = []
    for number in range(len(INDICATORS) + 1):  # the last one counts every patent of the cohort
        value = placed[INDICATORS[number].column] if number < len(INDICATORS) else ibis.literal(1)
        rows = placed.select("field", "sector", "filing_year", value=value.cast("float64"))
        rows = rows.filter(rows.value.notnull())
        counted.append(
            rows.group_by("field", "sector", "filing_year", "value")
            .agg(patents=rows.count())
            .mutate(indicator=ibis.literal(number, "int64"))
        )
    values = keep("patent_indicator_values", ibis.union(*counted))
    cohorts = values.select("field", "sector", "filing_year").distinct()
    for number, keys in enumerate(LADDER, 1):
        level = _caps_of(values, keys, figures)
        names = {f"{key}_of_level": level[key] for key in ("filing_year", *keys)}
        level = level.select(**names, **{f"cap_{i}_of_{number}": level[f"cap_{i}"] for i in range(len(INDICATORS) + 1)})
        same = [cohorts[key] == level[f"{key}_of_level"] for key in ("filing_year", *keys)]
        cohorts = cohorts.left_join(level, same).drop(*names)

    def narrowest(place: int) -> list[Any]:
        return [cohorts[f"cap_{place}_of_{number}"] for number in range(1, len(LADDER) + 1)]

    caps = {f"{one.index}_cap": ibis.coalesce(*narrowest(place)) for place, one in enumerate(INDICATORS)}
    counted_all = narrowest(len(INDICATORS))
    level_number = ibis.cases(*((cap.notnull(), number) for number, cap in enumerate(counted_all, 1)))
    return cohorts.select(
        filing_year_of_caps=cohorts.filing_year,
        field_of_caps=cohorts.field,
        cohort_level=level_number.cast("int64"),
        **caps,
    )


def _caps_of(values: ibis.Table, keys: tuple[str, ...], figures: QualityFigures) -> ibis.Table:
    """One row a cohort (keys and filing year): cap_0, cap_1 ... of the indicators, missing where the cohort is too
    small; the last, after the indicators, only says whether the cohort as such is large enough."""
    cohort = ["filing_year", *keys]
    equal = values.filter(*(values[key].notnull() for key in cohort))
    equal = equal.group_by(*cohort, "indicator", "value").agg(ties=equal.patents.sum().cast("float64"))
    so_far = ibis.window(group_by=[*cohort, "indicator"], order_by=equal.value, preceding=None, following=0)
    whole = ibis.window(group_by=[*cohort, "indicator"])
    equal = equal.mutate(up_to=equal.ties.sum().over(so_far), size=equal.ties.sum().over(whole))
    level_ppm = float(figures.cap_level.value * PPM)
    reached = equal.up_to * float(PPM) >= equal["size"] * level_ppm
    large = equal["size"] >= float(figures.cohort_patents_min.value)
    caps = {}
    for place in range(len(INDICATORS) + 1):
        of_indicator = large & (equal.indicator == place)
        at_level = ibis.cases((of_indicator & reached, equal.value)).min()
        caps[f"cap_{place}"] = ibis.coalesce(at_level.nullif(0.0), ibis.cases((of_indicator, equal.value)).max())
    return equal.group_by(*cohort).agg(**caps)


def _with_composites(table: ibis.Table) -> ibis.Table:
    placed = table.cohort_level.notnull()
    columns: dict[str, Any] = {}
    for name, parts in (("quality_4", COMPOSITE_4), ("quality_6", COMPOSITE_6)):
        values = [table[part] for part in parts]
        columns[name] = _sum(values) / float(len(parts))
        for end, filling in (("low", 0.0), ("high", 1.0)):
            filled = _sum([value.fill_null(filling) for value in values]) / float(len(parts))
            columns[f"{name}_{end}"] = ibis.cases((placed, filled))
    early = [table[part] for part in EARLY]
    known = _sum([ibis.ifelse(value.notnull(), 1.0, 0.0) for value in early])
    columns["early_quality"] = _sum([value.fill_null(0.0) for value in early]) / known.nullif(0.0)
    columns["early_indicators"] = known.cast("int64")
    return table.mutate(**columns)


def _sum(values: list[Any]) -> Any:
    """Added in the order given, so that every engine gives the same last digit."""
    return reduce(lambda a, b: a + b, values)


def _breakthroughs(table: ibis.Table, figures: QualityFigures) -> ibis.Table:
    """publication_number and breakthrough: at most the share of the cohort is cited as often or more within 5 years.

    In a cohort too small for the share, its best stays open and the others are not.
    """
    keys = [*COHORT, "forward_citations_5y"]
    known = table.select("publication_number", *keys)
    known = known.filter(*(known[key].notnull() for key in keys))
    equal = known.group_by(*keys).agg(ties=known.count())
    from_above = ibis.window(
        group_by=list(COHORT), order_by=equal.forward_citations_5y.desc(), preceding=None, following=0
    )
    whole = ibis.window(group_by=list(COHORT))
    equal = equal.mutate(
        at_least=equal.ties.sum().over(from_above).cast("float64"),
        size=equal.ties.sum().over(whole).cast("float64"),
        most=equal.forward_citations_5y.max().over(whole),
    )
    share = float(figures.breakthrough_share.value)
    verdict = ibis.cases(
        (equal.forward_citations_5y == 0, False),
        (equal.at_least <= equal["size"] * share, True),
        ((equal["size"] * share >= 1.0) | (equal.forward_citations_5y < equal.most), False),
    )
    verdicts = equal.select(*keys, breakthrough=verdict)
    return known.join(verdicts, keys).select("publication_number", "breakthrough")

"""What does a patent score under a profile of legal, technical and economic items: GB/T 42748, the 2012 handbook?

A profile is a rule: items with dimension, weight and, where facts can stand in, a measure in 0..1. A person's judgement
(the mean of the experts) comes before the measure. An item with neither is open: it may be anything from nothing to
everything, and so every score is an interval. `open_items` says how many items it hangs on.

Formula   points of an item   its share in 0..1, by the profile's bands (10, 8, 6, 4, 2) where it has some, else itself
          dimension           100 x sum(weight x points / most points) / sum(weight), times the share of points of the
                              coefficient item where the dimension has one (the handbook's stability)
          score               sum(dimension's weight x dimension) / sum(dimension's weight)
Source    GB/T 42748-2023 and the handbook of 2012: names and formula as far as seen; weights are unverified rules.
Limits    Designs get no score under a profile for inventions and utility models.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import ibis

from kejin.errors import InputError
from kejin.evaluation.patent_cohorts import PPM
from kejin.evaluation.patent_quality import grade_of
from kejin.evaluation.patent_states import in_kept_numbers
from kejin.evaluation.scheme import Label, Unit
from kejin.facts.view import Facts
from kejin.rule_values import BandTable, RowTable, from_rule

DIMENSIONS = ("legal", "technical", "economic")
JUDGED = "judged"
_DIMENSION_NAMES = {
    "legal": Label("法律", "legal"),
    "technical": Label("技术", "technical"),
    "economic": Label("经济", "economic"),
}


@dataclass(frozen=True, slots=True)
class GbtFigures:
    """GB/T 42748 as a profile."""

    items: RowTable = from_rule("patents/profiles/gbt_42748_items")
    dimensions: RowTable = from_rule("patents/profiles/gbt_42748_dimensions")
    grade: BandTable = from_rule("patents/quality/grade")


@dataclass(frozen=True, slots=True)
class HandbookFigures:
    """The handbook of 2012 as a profile."""

    items: RowTable = from_rule("patents/profiles/handbook_2012_items")
    dimensions: RowTable = from_rule("patents/profiles/handbook_2012_dimensions")
    points: BandTable = from_rule("patents/profiles/handbook_2012_points")
    grade: BandTable = from_rule("patents/quality/grade")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: where it belongs, its weight, what stands in for a judgement ("judged" where nothing does)."""

    name: str
    label: Label
    dimension: str
    weight: float
    measure: str
    is_coefficient: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A form ready for use. points None: the share itself counts."""

    name: str
    items: tuple[Item, ...]
    dimensions: Mapping[str, float]
    points: BandTable | None
    grade: BandTable


def gbt_profile(figures: GbtFigures) -> Profile:
    """GB/T 42748. Raises evaluation.patent_profile_wrong."""
    return _profile("gbt_42748", figures.items, figures.dimensions, None, figures.grade)


def handbook_profile(figures: HandbookFigures) -> Profile:
    """The handbook of 2012. Raises evaluation.patent_profile_wrong."""
    return _profile("handbook_2012", figures.items, figures.dimensions, figures.points, figures.grade)


# What can stand in for a judgement, each in 0..1; missing where its facts are.
MEASURES: dict[str, Label] = {
    "citation_percentile": Label("同组被引百分位", "Percentile by citations"),
    "claims_index": Label("权利要求指数", "Claims, of the cohort's cap"),
    "family_index": Label("同族指数", "Family size, of the cohort's cap"),
    "scope_index": Label("范围指数", "IPC subclasses, of the cohort's cap"),
    "generality": Label("通用性", "Generality"),
    "originality": Label("原创性", "Originality"),
    "radicalness": Label("突破性", "Radicalness"),
    "market_coverage": Label("市场覆盖度", "Market coverage, 1 at most"),
    "term_left": Label("剩余保护期比例", "Share of the term that is left"),
    "in_use": Label("已产业化", "In use"),
    "serves_main_product": Label("与主导产品相关", "Related to the main product"),
    "licensed": Label("有许可在履行", "A licence is running"),
    "operated": Label("有许可、转让或质押", "Was licensed, assigned or pledged"),
}


def profile_columns(profile: Profile) -> dict[str, tuple[Unit, Label]]:
    """Every column that a profile adds: unit and label."""
    columns: dict[str, tuple[Unit, Label]] = {}
    names = {**_DIMENSION_NAMES, "score": Label("总分", "score")}
    for part, label in names.items():
        for end, zh, en in (("low", "下限", "at least"), ("high", "上限", "at most")):
            columns[f"{profile.name}_{part}_{end}"] = ("point", Label(label.zh + zh, f"{label.en}, {en}"))
    columns[f"{profile.name}_grade_best"] = ("level", Label("最好等级", "best grade possible"))
    columns[f"{profile.name}_grade_worst"] = ("level", Label("最差等级", "worst grade possible"))
    columns[f"{profile.name}_open_items"] = ("count", Label("未定项数", "items that are open"))
    return columns


def with_measures(
    patents: ibis.Table, facts: Facts, as_of: date, others: ibis.Table, loaded: Collection[str]
) -> ibis.Table:
    """The table with the measures of MEASURES as columns `measure_<name>`, float64 in 0..1.

    patents  rows with the columns of patent quality and strength.
    loaded   tables that hold rows; without patent_event nothing is known of licences, assignments and pledges.
    """
    today = ibis.literal(as_of)
    table = patents
    if "patent_event" in loaded:
        events = _operations(facts, as_of, others)
        table = table.left_join(events, "publication_number").drop("publication_number_right")
        licensed: Any = table.licences_running.fill_null(0) > 0
        operated: Any = table.operations.fill_null(0) > 0
        table = table.mutate(licensed=licensed, operated=operated).drop("licences_running", "operations")
    else:
        table = table.mutate(licensed=ibis.null("boolean"), operated=ibis.null("boolean"))
    expires_on = table.expires_on.cast("date")
    left = expires_on.delta(today, unit="day").cast("float64")
    term = expires_on.delta(table.filed_on, unit="day").cast("float64")
    alive = table.in_force | table.pending
    measures = {
        "citation_percentile": table.percentile_ppm.cast("float64") / float(PPM),
        "market_coverage": ibis.ifelse(table.market_coverage > 1.0, 1.0, table.market_coverage),
        "term_left": ibis.ifelse(alive, left / term.nullif(0.0), 0.0),
    }
    for name in ("claims_index", "family_index", "scope_index", "generality", "originality", "radicalness"):
        measures[name] = table[name]
    for name in ("in_use", "serves_main_product", "licensed", "operated"):
        measures[name] = ibis.cases((table[name], 1.0), (~table[name], 0.0))
    assert set(measures) == set(MEASURES)
    return table.mutate(**{f"measure_{name}": value for name, value in measures.items()}).drop("licensed", "operated")


def with_profile(table: ibis.Table, profile: Profile, scores: ibis.Table | None) -> ibis.Table:
    """The table with the columns of profile_columns.

    table    rows of with_measures.
    scores   judgements known on the day (see judgements), or None where there are none.
    """
    judged = None if scores is None else _judged(scores, profile)
    if judged is not None:
        table = table.left_join(judged, "publication_number").drop("publication_number_right")
    wanted = table.patent_kind != "design"
    share = {item.name: _share(table, item, judged is not None) for item in profile.items}
    table = table.mutate(**{f"share_{name}": value for name, value in share.items()})
    columns: dict[str, Any] = {}
    for end, open_share in (("low", 0.0), ("high", 1.0)):
        part = {
            item.name: _points(table[f"share_{item.name}"].fill_null(open_share), profile.points)
            for item in profile.items
        }
        for dimension in DIMENSIONS:
            columns[f"{profile.name}_{dimension}_{end}"] = 100.0 * _dimension(profile, dimension, part)
    table = table.mutate(**{name: ibis.cases((wanted, value)) for name, value in columns.items()})
    total = float(sum(profile.dimensions.values()))
    ends = {
        f"{profile.name}_score_{end}": _sum(
            [table[f"{profile.name}_{name}_{end}"] * profile.dimensions[name] for name in DIMENSIONS]
        )
        / total
        for end in ("low", "high")
    }
    still_open = _sum([ibis.ifelse(table[f"share_{item.name}"].isnull(), 1, 0) for item in profile.items])
    table = table.mutate(**ends, **{f"{profile.name}_open_items": ibis.cases((wanted, still_open)).cast("int64")})
    table = table.mutate(
        **{
            f"{profile.name}_grade_best": grade_of(table[f"{profile.name}_score_high"], profile.grade),
            f"{profile.name}_grade_worst": grade_of(table[f"{profile.name}_score_low"], profile.grade),
        }
    )
    spare = [name for name in table.columns if name.startswith(("share_", "judged_"))]
    return table.drop(*spare)


def judgements(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """What persons judged up to the day: publication_number, profile, item, score_ppm."""
    rows = facts.table("patent_expert_score")
    rows = rows.filter(rows.scored_on <= ibis.literal(as_of))
    rows = in_kept_numbers(rows.select("publication_number", "profile", "item", "score"), "publication_number", others)
    return rows.mutate(score_ppm=(rows.score * float(PPM)).floor().cast("int64")).drop("score")


def _judged(scores: ibis.Table, profile: Profile) -> ibis.Table:
    """publication_number and for each item the mean share that the experts gave."""
    own = scores.filter(scores.profile == profile.name)

    def mean(name: str) -> Any:
        of_item = ibis.cases((own.item == name, own.score_ppm))
        return of_item.sum().cast("float64") / of_item.count().cast("float64").nullif(0.0) / float(PPM)

    return own.group_by("publication_number").agg(**{f"judged_{item.name}": mean(item.name) for item in profile.items})


def _operations(facts: Facts, as_of: date, others: ibis.Table) -> ibis.Table:
    """publication_number, licences running on the day, and licences, assignments and pledges up to it."""
    events = facts.table("patent_event")
    kinds = ["licence", "assignment", "pledge"]
    events = events.filter(events.happened_on <= ibis.literal(as_of), events.event_kind.isin(kinds))
    events = in_kept_numbers(
        events.select("publication_number", "event_kind", "until_on"), "publication_number", others
    )
    running = (events.event_kind == "licence") & ibis.coalesce(events.until_on >= ibis.literal(as_of), True)
    return events.group_by("publication_number").agg(
        licences_running=ibis.ifelse(running, 1, 0).sum().cast("int64"), operations=events.count()
    )


def _share(table: ibis.Table, item: Item, with_judgements: bool) -> Any:
    found = [table[f"judged_{item.name}"]] if with_judgements else []
    if item.measure != JUDGED:
        found.append(table[f"measure_{item.measure}"])
    return ibis.coalesce(*found) if found else ibis.null("float64")


def _points(share: Any, points: BandTable | None) -> Any:
    """The share of the most points."""
    if points is None:
        return share
    most = points.maximum
    steps = [
        (share > edge if is_open else share >= edge, ibis.literal(number / most))
        for edge, number, is_open in points.low_steps()
    ]
    return ibis.cases(*steps, else_=ibis.literal(float(points.below_low) / most))


def _dimension(profile: Profile, dimension: str, part: Mapping[str, Any]) -> Any:
    """Share of the most points in a dimension, in the order of the rule's items."""
    weighed = [item for item in profile.items if item.dimension == dimension and not item.is_coefficient]
    total = float(sum(item.weight for item in weighed))
    value = _sum([part[item.name] * item.weight for item in weighed]) / total
    for item in profile.items:
        if item.dimension == dimension and item.is_coefficient:
            value = value * part[item.name]
    return value


def _profile(name: str, items: RowTable, dimensions: RowTable, points: BandTable | None, grade: BandTable) -> Profile:
    rows = tuple(_item(name, item, row) for item, row in items.rows.items())
    weights = {dimension: float(row["weight"]) for dimension, row in dimensions.rows.items()}
    for dimension in DIMENSIONS:
        of_items = sum(item.weight for item in rows if item.dimension == dimension and not item.is_coefficient)
        if not of_items > 0:
            raise InputError("evaluation.patent_profile_wrong", profile=name, entry=f"{dimension}: 0")
    if set(weights) != set(DIMENSIONS) or not sum(weights.values()) > 0:
        raise InputError("evaluation.patent_profile_wrong", profile=name, entry=", ".join(weights) or "-")
    return Profile(name, rows, weights, points, grade)


def _item(profile: str, name: str, row: Mapping[str, Any]) -> Item:
    item = Item(
        name,
        Label(str(row["name_zh"]), str(row["name_en"])),
        str(row["dimension"]),
        float(row["weight"]),
        str(row["measure"]),
        row["role"] == "coefficient",
    )
    known = item.measure == JUDGED or item.measure in MEASURES
    if item.dimension not in DIMENSIONS or not known or not item.weight >= 0:
        raise InputError("evaluation.patent_profile_wrong", profile=profile, entry=name)
    return item


def _sum(values: list[Any]) -> Any:
    return reduce(lambda a, b: a + b, values)

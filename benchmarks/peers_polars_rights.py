"""How many rights of which class does a company hold on a day? By hand in Polars, for peers_polars.

A right counts when it is valid on the day and not disputed. Counts that hang on a fact which may be missing come as
`_low` (every condition known to hold) and `_high` (none known to fail).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

CLASS_ONE = (
    "invention",
    "plant_variety",
    "national_crop_variety",
    "national_new_drug",
    "tcm_protected",
    "ic_layout",
)
CLASS_TWO = ("utility_model", "design", "software_copyright")
DESIGN_15_YEARS_FROM = date(2021, 6, 1)  # patent law of 2020: designs filed from this day on run 15 years
ENDS = {
    "lapsed_on": "lapse",
    "restored_on": "restoration",
    "invalidated_on": "invalidated",
    "upheld_on": "invalidity_rejected",
}


@dataclass(frozen=True)
class HighValueNeeds:
    """What the judgement of a high-value invention reads beside the right itself."""

    pledged: pl.LazyFrame
    awarded: pl.LazyFrame
    strategic: pl.LazyFrame


def patents_on_day(patents: pl.LazyFrame, events: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Patents in force on the day, one an application."""
    filed = patents.filter(pl.col("filed_on") <= as_of)
    # Only publications that share an application number compete; the best stands for the others and has their events.
    number, key = pl.col("publication_number"), ["office", "application_number"]
    numbers = filed.filter(pl.col("application_number").is_not_null()).select(
        *key,
        "publication_number",
        granted=(pl.col("granted_on") <= as_of).fill_null(value=False),
        day=pl.coalesce("granted_on", "published_on", "filed_on"),
    )
    several = numbers.group_by(key).agg(pl.len()).filter(pl.col("len") > 1)
    rivals = numbers.join(several, on=key, how="semi", nulls_equal=True)
    ranked = rivals.sort("granted", "day", "publication_number", descending=True)
    replaced = ranked.with_columns(kept=number.first().over(key)).filter(number != pl.col("kept"))
    replaced = replaced.select("publication_number", "kept")
    kept = filed.join(replaced, on="publication_number", how="anti")
    return kept.join(_ends(events, replaced, as_of), on="publication_number", how="left").filter(_in_force(as_of))


def _ends(events: pl.LazyFrame, replaced: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """The last day of each event that ends a right or undoes its end."""
    kind, day = pl.col("event_kind"), pl.col("happened_on")
    ends = events.filter(kind.is_in(list(ENDS.values())), day <= as_of)
    ends = ends.join(replaced, on="publication_number", how="left")
    ends = ends.with_columns(publication_number=pl.coalesce("kept", "publication_number"))
    return ends.group_by("publication_number").agg(
        day.filter(kind == one).max().alias(name) for name, one in ENDS.items()
    )


def _in_force(as_of: date) -> pl.Expr:
    filed, ended, reason = pl.col("filed_on"), pl.col("ended_on"), pl.col("end_reason")
    years = pl.when(pl.col("patent_kind") == "invention").then(pl.lit("20y"))
    years = years.when((pl.col("patent_kind") == "design") & (filed >= DESIGN_15_YEARS_FROM)).then(pl.lit("15y"))
    expired = filed.dt.offset_by(years.otherwise(pl.lit("10y"))) <= as_of
    # A decision of invalidity is undone by the one that upholds, other ends but the end of the term by restoration.
    undone = (
        pl.when(reason == "invalidated")
        .then("upheld_on")
        .when(reason.is_null() | (reason != "expired"))
        .then("restored_on")
    )
    recorded = (ended <= as_of) & ~(undone >= ended).fill_null(value=False)
    undated = ended.is_null() & reason.is_not_null() & undone.is_null()
    lapsed = pl.col("lapsed_on").is_not_null() & ~(pl.col("restored_on") >= pl.col("lapsed_on")).fill_null(value=False)
    invalidated = pl.col("invalidated_on").is_not_null() & ~(pl.col("upheld_on") >= pl.col("invalidated_on")).fill_null(
        value=False
    )
    over = recorded.fill_null(value=False) | undated | lapsed | invalidated | expired
    return (pl.col("granted_on") <= as_of) & ~over


def high_value_needs(events: pl.LazyFrame, awards: pl.LazyFrame, strategic: pl.LazyFrame) -> HighValueNeeds:
    pledged = events.filter(pl.col("event_kind") == "pledge").select("publication_number").unique()
    great = (pl.col("award_kind") == "patent_award") | (
        (pl.col("award_kind") == "science_technology") & (pl.col("level") == "national")
    )
    awarded = awards.filter(great, pl.col("publication_number").is_not_null()).select("publication_number").unique()
    yes = pl.lit(value=True)
    return HighValueNeeds(pledged.with_columns(pledged=yes), awarded.with_columns(awarded=yes), strategic)


def rights_on_day(patents: pl.LazyFrame, other_ip: pl.LazyFrame, needs: HighValueNeeds, as_of: date) -> pl.LazyFrame:
    """One row a valid right: class and what the counts ask."""
    own, main = pl.col("how_obtained") == "own", pl.col("serves_main_product")
    classes = pl.when(pl.col("kind").is_in(CLASS_ONE)).then(1).when(pl.col("kind").is_in(CLASS_TWO)).then(2)
    asked = ("company_id", "in_use", "high_value")
    undisputed = ~pl.col("disputed").fill_null(value=False)
    judged = _with_high_value(patents, needs, as_of).filter(undisputed).rename({"patent_kind": "kind"})
    mine = judged.select(*asked, "kind", own=own, main=main, first_holders=pl.col("holder_rank") <= 3)
    today = (
        (pl.col("granted_on") <= as_of)
        & (pl.col("valid_until") >= as_of).fill_null(value=True)
        & (pl.col("ended_on") > as_of).fill_null(value=True)
    )
    ten_years = as_of.replace(year=as_of.year - 10)
    long_held = pl.when(pl.col("granted_on") < ten_years).then(statement=True)
    others = other_ip.filter(today, undisputed).rename({"right_kind": "kind"}).with_columns(high_value=long_held)
    others = others.select(*asked, "kind", own=own, main=main, first_holders=pl.lit(None, dtype=pl.Boolean))
    return pl.concat([mine, others]).with_columns(right_class=classes).filter(pl.col("right_class").is_not_null())


def _with_high_value(patents: pl.LazyFrame, needs: HighValueNeeds, as_of: date) -> pl.LazyFrame:
    """CNIPA's criteria, any one: strategic industry, overseas family, ten years kept, sizeable pledge, great award.

    Nobody has said from which amount on a pledge is sizeable, so a pledge leaves the answer open.
    """
    abroad = patents.filter(pl.col("office") != "CN", pl.col("family_id").is_not_null())
    abroad = abroad.select("company_id", "family_id", abroad=pl.lit(value=True)).unique()
    table = patents.join(abroad, on=["company_id", "family_id"], how="left")
    table = table.join(needs.strategic, on="company_id", how="left")
    for part in (needs.pledged, needs.awarded):
        table = table.join(part, on="publication_number", how="left")
    overseas = pl.when("abroad").then(statement=True).when(pl.col("family_size") == 1).then(statement=False)
    pledged = pl.when(pl.col("pledged").is_null()).then(statement=False)
    return table.with_columns(
        high_value=(pl.col("strategic_industry") & pl.col("serves_main_product"))
        | overseas
        | (pl.col("filed_on") < as_of.replace(year=as_of.year - 10))
        | pledged
        | pl.col("awarded").fill_null(value=False)
    )


def count_rights(rights: pl.LazyFrame) -> pl.LazyFrame:
    one, two, main = pl.col("right_class") == 1, pl.col("right_class") == 2, pl.col("main")
    conditions = {
        "class_one_main": one & main,
        "class_two_main": two & main,
        "class_one_own_main": one & main & pl.col("own"),
        "class_one_high_value_main": one & main & pl.col("high_value"),
        "class_one_own_in_use": one & pl.col("own") & pl.col("first_holders") & pl.col("in_use"),
    }
    ends = [(name, condition, end) for name, condition in conditions.items() for end in ("low", "high")]
    return rights.group_by("company_id").agg(
        condition.fill_null(end == "high").sum().alias(f"{name}_{end}") for name, condition, end in ends
    )

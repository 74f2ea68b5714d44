"""What would the same rules cost, written by hand in Polars? 科技型中小企业 and 专精特新 from Parquet facts to answers.

A peer to measure against, and a second derivation: it reads the same files, knows the same day, and shares no code with
the evaluation. Both versions of 专精特新 are here: points and answer until 2026-03-31, the answer from 2026-04-01 on.

Missing is not zero: a missing flag or figure stays missing through comparisons; an item whose figure is missing counts
from its fewest to its most points, so that scores come as a low and a high end. Every table is taken to be loaded: a
company without a row in a register holds none. Money is whole fen, as float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

import polars as pl
from peers_polars_rights import count_rights, high_value_needs, patents_on_day, rights_on_day

YI, WAN = 10_000_000_000.0, 1_000_000.0  # in fen
Points = tuple[pl.Expr, pl.Expr]
Steps = Sequence[tuple[float, float]]
KEYS: Mapping[str, tuple[str, ...]] = {
    "company": ("company_id",),
    "title": ("company_id", "title_code", "granted_on"),
    "business_profile": ("company_id", "fiscal_year"),
    "expert_score": ("company_id", "scheme", "item", "scored_on"),
    "penalty": ("penalty_id",),
    "annual_report": ("company_id", "fiscal_year"),
    "staffing": ("company_id", "fiscal_year"),
    "equity_round": ("round_id",),
    "patent": ("publication_number",),
    "patent_event": ("publication_number", "event_kind", "happened_on", "reference"),
    "other_ip": ("right_number",),
    "award": ("award_id", "company_id"),
    "standard": ("standard_number", "company_id"),
    "research_unit": ("unit_id",),
}


@dataclass(frozen=True)
class Facts:
    """Parquet folders of facts as known on a day; `superseded` names the tables in which newer rows replace older."""

    folder: Path
    as_of: date
    superseded: frozenset[str]

    @classmethod
    def scan(cls, folder: Path, as_of: date) -> Facts:
        """Count once which tables hold several versions of a row: only those need to be sorted out."""
        counts = [
            _scan(folder, name).select(pl.struct(KEYS[name]).n_unique() < pl.len()).select(pl.first().alias(name))
            for name in KEYS
        ]
        found = pl.concat(pl.collect_all(counts), how="horizontal").row(0, named=True)
        return cls(folder, as_of, frozenset(name for name, several in found.items() if several))

    def table(self, name: str) -> pl.LazyFrame:
        """Rows known on the day, the newest version of each."""
        rows = _scan(self.folder, name).filter(pl.col("known_on") <= self.as_of)
        if name in self.superseded:
            key = list(KEYS[name])
            newest = rows.group_by(key).agg(pl.col("known_on").max())
            rows = rows.join(newest, on=[*key, "known_on"], how="semi")
        return rows


def _scan(folder: Path, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / name / "*.parquet")


def evaluate(folder: Path, as_of: date) -> pl.LazyFrame:
    """One row a company: the answer, the score's ends and every item's points of both titles."""
    facts = Facts.scan(folder, as_of)
    table = company_figures(facts)
    specialised = specialised_2022() if as_of < date(2026, 4, 1) else specialised_2026()
    columns = {**named("tech_sme", *tech_sme()), **named("specialised_sme", *specialised)}
    return table.select("company_id", **columns)


def named(scheme: str, answer: pl.Expr, items: Mapping[str, Points]) -> dict[str, pl.Expr]:
    columns = {f"{scheme}__qualifies": answer}
    for item, (low, high) in items.items():
        columns |= {f"{scheme}__{item}__low": low, f"{scheme}__{item}__high": high}
    return columns


# Figures of a company


def company_figures(facts: Facts) -> pl.LazyFrame:
    patents = patents_on_day(facts.table("patent"), facts.table("patent_event"), facts.as_of)
    needs = high_value_needs(
        facts.table("patent_event"),
        facts.table("award"),
        newest_profile(facts).select("company_id", "strategic_industry"),
    )
    rights = rights_on_day(patents, facts.table("other_ip"), needs, facts.as_of)
    company = facts.table("company").select(
        "company_id", "mainland_resident", "on_abnormal_list", "on_serious_breach_list"
    )
    parts = (reports(facts), staff(facts), profile(facts), failings(facts), expert_scores(facts))
    counted = (titles(facts), awards(facts), standards(facts), equity(facts), units(facts), count_rights(rights))
    for part in parts:
        company = company.join(part, on="company_id", how="left")
    for part in counted:  # registers: no row means none
        zeros = [name for name in part.collect_schema().names() if name != "company_id"]
        company = company.join(part, on="company_id", how="left").with_columns(pl.col(zeros).fill_null(0))
    return company.with_columns(pl.col("serious_failing").fill_null(value=False))


def by_years_back(table: pl.LazyFrame, as_of: date, figures: Mapping[str, int]) -> pl.LazyFrame:
    """Each figure of the last fiscal year known (_0) and of years before; older than the last but one is stale."""
    fresh = table.filter(pl.col("fiscal_year") < as_of.year)
    fresh = fresh.with_columns(base=pl.col("fiscal_year").max().over("company_id"))
    fresh = fresh.filter(pl.col("base") >= as_of.year - 2)
    back = pl.col("base") - pl.col("fiscal_year")
    chosen = [
        pl.col(figure).filter(back == years).max().alias(f"{figure.removesuffix('_cny')}_{years}")
        for figure, most in figures.items()
        for years in range(most + 1)
    ]
    return fresh.filter(back <= max(figures.values())).group_by("company_id").agg(chosen)


def reports(facts: Facts) -> pl.LazyFrame:
    figures = {
        "revenue_cny": 1,
        "main_revenue_cny": 2,
        "rd_expense_cny": 1,
        "net_profit_cny": 0,
        "total_cost_cny": 0,
        "total_assets_cny": 0,
        "total_liabilities_cny": 0,
    }
    # The stored whole number of a decimal of two places is the amount in fen.
    fen = facts.table("annual_report").with_columns(pl.col(list(figures)).to_physical().cast(pl.Float64))
    return by_years_back(fen, facts.as_of, figures)


def staff(facts: Facts) -> pl.LazyFrame:
    figures = {"staff_total": 0, "tech_staff": 0, "rd_staff": 0}
    return by_years_back(facts.table("staffing"), facts.as_of, figures)


def newest_profile(facts: Facts) -> pl.LazyFrame:
    """The profile of the newest year; the running year counts too."""
    fresh = facts.table("business_profile").filter(
        pl.col("fiscal_year").is_between(facts.as_of.year - 2, facts.as_of.year)
    )
    return fresh.filter(pl.col("fiscal_year") == pl.col("fiscal_year").max().over("company_id"))


def profile(facts: Facts) -> pl.LazyFrame:
    niche = pl.col("niche_started_on")
    today = facts.as_of.month * 100 + facts.as_of.day
    not_yet = niche.dt.month().cast(pl.Int32) * 100 + niche.dt.day() > today
    return newest_profile(facts).select(
        "company_id",
        "restricted_product",
        "market_share_relatively_high",
        "product_position",
        "digital_level",
        "quality_award",
        "system_certified",
        "own_brand",
        "provincial_feature_points",
        niche_years=facts.as_of.year - niche.dt.year() - not_yet.cast(pl.Int32),
    )


def failings(facts: Facts) -> pl.LazyFrame:
    """Was there a serious failing last year or this? A penalty or the company's own word says so."""
    since = date(facts.as_of.year - 1, 1, 1)
    kinds = ["safety", "quality", "environment", "research_integrity"]
    grave = pl.col("penalty_kind").is_in(kinds) & pl.col("serious") & (pl.col("decided_on") >= since)
    penalised = facts.table("penalty").filter(grave).select("company_id", serious_failing=pl.lit(value=True))
    declared = facts.table("business_profile").filter(
        pl.col("fiscal_year") >= facts.as_of.year - 1, pl.col("serious_incident") | pl.col("research_misconduct")
    )
    said = declared.select("company_id", serious_failing=pl.lit(value=True))
    return pl.concat([penalised, said]).unique()


def expert_scores(facts: Facts) -> pl.LazyFrame:
    """The last score of the specialised development evaluation."""
    scores = facts.table("expert_score").filter(
        pl.col("scheme") == "specialised_development", pl.col("item") == "score"
    )
    return scores.group_by("company_id").agg(development_score=pl.col("points").max_by("scored_on"))


def titles(facts: Facts) -> pl.LazyFrame:
    valid = (
        (pl.col("granted_on") <= facts.as_of)
        & (pl.col("valid_until") >= facts.as_of).fill_null(value=True)
        & (pl.col("revoked_on") > facts.as_of).fill_null(value=True)
    )
    held = pl.col("title_code")
    prior = held.is_in(["tech_innovative_sme", "tech_sme", "innovative_sme"])
    valid_titles = facts.table("title").filter(valid)
    return valid_titles.group_by("company_id").agg(
        high_tech_titles=(held == "high_tech").sum(), prior_titles=prior.sum()
    )


def awards(facts: Facts) -> pl.LazyFrame:
    science, rank = pl.col("award_kind") == "science_technology", pl.col("rank")
    national, provincial = pl.col("level") == "national", pl.col("level") == "provincial"
    in_3y, in_5y = within("awarded_on", facts.as_of, 3), within("awarded_on", facts.as_of, 5)
    contest = pl.col("award_kind") == "maker_china"
    return (
        facts.table("award")
        .group_by("company_id")
        .agg(
            national_top3_5y=(science & national & (rank <= 3) & in_5y).sum(),
            leading_awards_3y=(science & in_3y & ((national & (rank <= 5)) | (provincial & (rank <= 3)))).sum(),
            contests_3y=(contest & (rank <= 500) & in_3y).sum(),
        )
    )


def standards(facts: Facts) -> pl.LazyFrame:
    counted = facts.table("standard").filter(pl.col("level").is_in(["international", "national", "industry"]))
    led = (pl.col("role") == "led") & within("published_on", facts.as_of, 5)
    return counted.group_by("company_id").agg(led_5y=led.sum(), standards_joined=pl.len())


def equity(facts: Facts) -> pl.LazyFrame:
    recent = facts.table("equity_round").filter(within("closed_on", facts.as_of, 2))
    fen = pl.col("amount_cny").to_physical().cast(pl.Float64)
    return recent.group_by("company_id").agg(equity_2y=fen.sum())


def units(facts: Facts) -> pl.LazyFrame:
    ended = (pl.col("ended_on") <= facts.as_of).fill_null(value=False)
    here = facts.table("research_unit").filter(pl.col("recognised_on") <= facts.as_of, ~ended)
    level = pl.col("level")
    return here.group_by("company_id").agg(
        national_units=level.is_in(["international", "national"]).sum(),
        provincial_units=(level == "provincial").sum(),
        municipal_units=(level == "municipal").sum(),
        other_units=level.is_in(["district", "company"]).sum(),
    )


def within(day: str, as_of: date, years: int) -> pl.Expr:
    """So many years before the day, the day itself included."""
    return (pl.col(day) > as_of.replace(year=as_of.year - years)) & (pl.col(day) <= as_of)


# Points


def points(value: pl.Expr, steps: Steps, below: float = 0.0, *, undefined: pl.Expr | None = None) -> Points:
    """Points for reaching an edge, edges falling; the whole range for a missing value, the fewest where undefined."""
    scale = reduce(lambda chain, step: chain.when(value >= step[0]).then(step[1]), steps[1:], _first(value, steps[0]))
    return _ends(scale.when(value.is_not_null()).then(below), [below, *(given for _, given in steps)], undefined)


def points_up_to(value: pl.Expr, steps: Steps, above: float, *, undefined: pl.Expr | None = None) -> Points:
    """Points for staying within an edge, edges rising."""
    chain = pl.when(value <= steps[0][0]).then(steps[0][1])
    scale = reduce(lambda made, step: made.when(value <= step[0]).then(step[1]), steps[1:], chain)
    return _ends(scale.when(value.is_not_null()).then(above), [above, *(given for _, given in steps)], undefined)


def _first(value: pl.Expr, step: tuple[float, float]) -> pl.Expr:
    return pl.when(value >= step[0]).then(step[1])


def _ends(scale: pl.Expr, given: list[float], undefined: pl.Expr | None) -> Points:
    if undefined is not None:
        scale = pl.when(undefined).then(min(given)).otherwise(scale)
    return scale.fill_null(min(given)), scale.fill_null(max(given))


def counted(name: str, steps: Steps) -> Points:
    """Points of a count known between two ends."""
    return points(pl.col(f"{name}_low"), steps)[0], points(pl.col(f"{name}_high"), steps)[0]


def by_flag(flag: pl.Expr, yes: float) -> Points:
    given = pl.when(flag).then(yes).when(~flag).then(0.0)
    return given.fill_null(0.0), given.fill_null(yes)


def best(*options: Points) -> Points:
    return pl.max_horizontal(low for low, _ in options), pl.max_horizontal(high for _, high in options)


def together(items: Iterable[Points], most: float | None = None) -> Points:
    parts = list(items)
    sums = [reduce(lambda one, other: one + other, (part[end] for part in parts)) for end in (0, 1)]
    low, high = sums if most is None else [pl.min_horizontal(total, pl.lit(most)) for total in sums]
    return low, high


def passes(score: Points, mark: float, holds: Callable[[pl.Expr, float], pl.Expr] = pl.Expr.ge) -> pl.Expr:
    """Yes if even the low end passes, no if not even the high end does, else missing."""
    low, high = score
    return pl.when(holds(low, mark)).then(statement=True).when(~holds(high, mark)).then(statement=False)


def zero(name: str) -> pl.Expr:
    return (pl.col(name) == 0).fill_null(value=False)


def share(part: str, whole: str) -> pl.Expr:
    """Missing where a figure is, or the whole is 0."""
    return pl.when(pl.col(whole) != 0).then(pl.col(part) / pl.col(whole))


def at_least(value: pl.Expr, edge: float, undefined: pl.Expr) -> pl.Expr:
    return pl.when(undefined).then(statement=False).otherwise(value >= edge)


# Titles

SALES_STEPS = ((0.06, 50.0), (0.05, 40.0), (0.04, 30.0), (0.03, 20.0), (0.02, 10.0))
COST_STEPS = ((0.30, 50.0), (0.25, 40.0), (0.20, 30.0), (0.15, 20.0), (0.10, 10.0))
TECH_STAFF_STEPS = ((0.30, 20.0), (0.25, 16.0), (0.20, 12.0), (0.15, 8.0), (0.10, 4.0))
CLASS_TWO_STEPS = ((4, 24.0), (3, 18.0), (2, 12.0), (1, 6.0))


def tech_sme() -> tuple[pl.Expr, dict[str, Points]]:
    """国科发政〔2017〕115号: gates, and 60 of 100 points or a direct way."""
    items = {
        "tech_staff": points(share("tech_staff_0", "staff_total_0"), TECH_STAFF_STEPS, undefined=zero("staff_total_0")),
        "rd_input": best(
            points(share("rd_expense_0", "revenue_0"), SALES_STEPS, undefined=zero("revenue_0")),
            points(share("rd_expense_0", "total_cost_0"), COST_STEPS, undefined=zero("total_cost_0")),
        ),
        "rights": best(counted("class_one_main", ((1, 30.0),)), counted("class_two_main", CLASS_TWO_STEPS)),
    }
    items["score"] = together(items.values())
    gates = (
        pl.col("mainland_resident")
        & ~pl.col("restricted_product")
        & ~(pl.col("serious_failing") | pl.col("on_abnormal_list") | pl.col("on_serious_breach_list"))
        & (pl.col("staff_total_0") <= 500)
        & (pl.col("revenue_0") <= 2 * YI)
        & (pl.col("total_assets_0") <= 2 * YI)
    )
    scored = passes(items["score"], 60) & passes(items["tech_staff"], 0, pl.Expr.gt)
    direct = (
        (pl.col("high_tech_titles") > 0)
        | (pl.col("national_top3_5y") > 0)
        | (pl.col("national_units") + pl.col("provincial_units") > 0)
        | (pl.col("led_5y") > 0)
    )
    return gates & (scored | direct), items


def specialised_2026() -> tuple[pl.Expr, dict[str, Points]]:
    """The measures of 2026-01-16, in force from 2026-04-01: conditions only."""
    research = [
        (pl.col(f"rd_expense_{year}") >= 100 * WAN)
        & at_least(share(f"rd_expense_{year}", f"revenue_{year}"), 0.03, zero(f"revenue_{year}"))
        for year in (0, 1)
    ]
    debt = share("total_liabilities_0", "total_assets_0") <= 0.80
    answer = (
        (pl.col("prior_titles") > 0)
        & (pl.col("niche_years") >= 3)
        & at_least(share("main_revenue_0", "revenue_0"), 0.80, zero("revenue_0"))
        & pl.when(zero("total_assets_0")).then(statement=False).otherwise(debt)
        & research[0]
        & research[1]
        & passes((pl.col("class_one_own_in_use_low"), pl.col("class_one_own_in_use_high")), 1)
        & pl.col("market_share_relatively_high")
        & (pl.col("development_score") >= 50)
        & ((pl.col("revenue_0") >= 1500 * WAN) | (pl.col("equity_2y") >= 2000 * WAN))
    )
    return answer, {}


def specialised_2022() -> tuple[pl.Expr, dict[str, Points]]:
    """工信部企业〔2022〕63号 annex 2: needed conditions, and 60 of 100 points or one of four ways."""
    blocks = {
        "specialisation": (25.0, specialisation_items()),
        "refinement": (25.0, refinement_items()),
        "distinction": (15.0, {"provincial": provincial_points()}),
        "innovation": (35.0, innovation_items()),
    }
    items = {name: item for _, mine in blocks.values() for name, item in mine.items()}
    score = together(together(mine.values(), most) for most, mine in blocks.values())
    needed = (
        ~pl.col("restricted_product")
        & ~(pl.col("on_abnormal_list") | pl.col("on_serious_breach_list"))
        & (pl.col("niche_years") >= 2)
        & (pl.col("rd_expense_0") >= 100 * WAN)
        & at_least(share("rd_expense_0", "revenue_0"), 0.03, zero("revenue_0"))
    )
    size = (pl.col("revenue_0") >= 1000 * WAN) | (pl.col("equity_2y") >= 2000 * WAN)
    ways = (
        passes(score, 60)
        | (pl.col("leading_awards_3y") > 0)
        | ((pl.col("rd_expense_0") + pl.col("rd_expense_1")) / 2 >= 1000 * WAN)
        | (pl.col("equity_2y") >= 6000 * WAN)
        | (pl.col("contests_3y") > 0)
    )
    return needed & size & ways, {**items, "score": score}


def specialisation_items() -> dict[str, Points]:
    now, before, first = (pl.col(f"main_revenue_{year}") for year in (0, 1, 2))
    mean = ((now - before) / before + (before - first) / first) / 2
    # A mean of two rates is not one division: so close to an edge counts as at it.
    steps = [(edge - 1e-14, given) for edge, given in ((0.10, 10.0), (0.08, 8.0), (0.06, 6.0), (0.04, 4.0), (0.0, 2.0))]
    position = pl.col("product_position").replace_strict(
        {"fills_gap": 5.0, "six_foundations": 3.0, "time_honoured": 3.0, "chain_supplier": 3.0, "none": 0.0},
        default=None,
        return_dtype=pl.Float64,
    )
    return {
        "main_share": points(
            share("main_revenue_0", "revenue_0"), ((0.80, 5.0), (0.70, 3.0), (0.60, 1.0)), undefined=zero("revenue_0")
        ),
        "main_growth": points(mean, steps, undefined=zero("main_revenue_1") | zero("main_revenue_2")),
        "niche_years_item": points(pl.col("niche_years"), ((10, 5.0), (8, 4.0), (6, 3.0), (4, 2.0), (2, 1.0))),
        "product_field": (position.fill_null(0.0), position.fill_null(5.0)),
    }


def refinement_items() -> dict[str, Points]:
    flags = [pl.col("quality_award"), pl.col("system_certified"), pl.col("own_brand"), pl.col("standards_joined") > 0]
    return {
        "digital_level": points(pl.col("digital_level"), ((3, 5.0), (2, 3.0))),
        "quality": together((by_flag(flag, 3.0) for flag in flags), 5.0),
        "net_profit_rate": points(
            share("net_profit_0", "revenue_0"),
            ((0.10, 10.0), (0.08, 8.0), (0.06, 6.0), (0.04, 4.0), (0.02, 2.0)),
            undefined=zero("revenue_0"),
        ),
        "debt_ratio": points_up_to(
            share("total_liabilities_0", "total_assets_0"),
            ((0.50, 5.0), (0.60, 3.0), (0.70, 1.0)),
            0.0,
            undefined=zero("total_assets_0"),
        ),
    }


def provincial_points() -> Points:
    judged = pl.col("provincial_feature_points").clip(0.0, 15.0)
    return judged.fill_null(0.0), judged.fill_null(15.0)


def innovation_items() -> dict[str, Points]:
    amount = ((500 * WAN, 10.0), (400 * WAN, 8.0), (300 * WAN, 6.0), (200 * WAN, 4.0), (100 * WAN, 2.0))
    ratio = ((0.10, 10.0), (0.08, 8.0), (0.06, 6.0), (0.04, 4.0), (0.03, 2.0))
    rights = {
        "class_one_high_value_main": 10.0,
        "class_one_own_main": 8.0,
        "class_one_main": 6.0,
        "class_two_main": 2.0,
    }
    institutions = {"national_units": 10.0, "provincial_units": 8.0, "municipal_units": 4.0, "other_units": 2.0}
    return {
        "ip": best(*(counted(name, ((1, given),)) for name, given in rights.items())),
        "rd": best(
            points(pl.col("rd_expense_0"), amount),
            points(share("rd_expense_0", "revenue_0"), ratio, undefined=zero("revenue_0")),
        ),
        "rd_staff": points(
            share("rd_staff_0", "staff_total_0"),
            ((0.20, 5.0), (0.10, 3.0), (0.05, 1.0)),
            undefined=zero("staff_total_0"),
        ),
        "rd_institution": best(*(points(pl.col(name), ((1, given),)) for name, given in institutions.items())),
    }

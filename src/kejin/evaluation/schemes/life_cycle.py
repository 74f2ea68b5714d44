"""Which stage is the company in: start-up (初创期), growth (成长期) or mature (成熟期)?

The action plan names the stages without limits; the limits here are a provisional profile of our own.

Start-up    young, little revenue, never raised equity or in an early round, not listed.
Mature      listed, or a late equity round, or old with profit in every recent year and slow growth.
Growth      neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    GROWTH_SLACK,
    mean_growth,
    mean_growth_lever,
    yearly,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, Expression, If, all_of, any_of, lift, smaller
from kejin.schemes.scheme import Gate, Label, Scheme, compared, step

ID = "life_cycle"
START_UP, GROWTH, MATURE = 1.0, 2.0, 3.0
STAGES = {START_UP: "start_up", GROWTH: "growth", MATURE: "mature"}


@dataclass(frozen=True, slots=True)
class LifeCycleRules:
    """The figures of the profile on a day."""

    start_up_age_years_max: Figure = from_rule("life_cycle/start_up_age_years_max")
    start_up_revenue_cny_max: Figure = from_rule("life_cycle/start_up_revenue_cny_max")
    start_up_equity_rounds: CodeSet = from_rule("life_cycle/start_up_equity_rounds")
    growth_revenue_growth_min: Figure = from_rule("life_cycle/growth_revenue_growth_min")
    growth_equity_rounds: CodeSet = from_rule("life_cycle/growth_equity_rounds")
    mature_age_years_min: Figure = from_rule("life_cycle/mature_age_years_min")
    mature_profit_years_min: Figure = from_rule("life_cycle/mature_profit_years_min")
    mature_revenue_growth_max: Figure = from_rule("life_cycle/mature_revenue_growth_max")
    mature_equity_rounds: CodeSet = from_rule("life_cycle/mature_equity_rounds")


def life_cycle(rules: LifeCycleRules) -> Scheme:
    """The stage as `life_cycle__stage_code` (1 start-up, 2 growth, 3 mature), and the gates as reasons."""
    gates = stage_gates(rules)
    return Scheme(
        ID,
        "2025",
        Label("生命周期阶段", "Stage of the life cycle"),
        gates,
        (),
        after=((step(ID, "stage_code"), stage_of({gate.name: Column(step(ID, gate.name)) for gate in gates})),),
        notes=(
            Label(
                "行动方案未给出阶段界限；本判断使用暂行参数。",
                "The action plan gives no limits for the stages; the limits used are provisional.",
            ),
        ),
        kind="stage",
    )


def stage_of(gates: dict[str, Expression]) -> Expression:
    """The stage code from the answers of the gates."""
    early = all_of((gates["start_up_age"], gates["start_up_revenue"], gates["start_up_round"], ~gates["listed"]))
    settled = all_of((gates["mature_age"], gates["mature_profit"], gates["mature_growth"]))
    late = any_of((gates["listed"], gates["mature_round"], settled))
    return If(early, lift(START_UP), If(late, lift(MATURE), lift(GROWTH)))


def stage_gates(rules: LifeCycleRules) -> tuple[Gate, ...]:
    """The conditions that decide the stage, and the two that show growth."""
    return (*_start_up_gates(rules), *_growth_gates(rules), *_mature_gates(rules))


def _start_up_gates(rules: LifeCycleRules) -> tuple[Gate, ...]:
    return (
        compared(
            "start_up_age",
            Label("成立年数不超过初创期上限", "Young"),
            Column("age_years"),
            "<=",
            rules.start_up_age_years_max,
            "year",
        ),
        compared(
            "start_up_revenue",
            Label("营业收入不超过初创期上限", "Little revenue"),
            yearly("revenue"),
            "<=",
            rules.start_up_revenue_cny_max,
            "fen",
            scale=FEN_PER_CNY,
        ),
        Gate(
            "start_up_round",
            Label("未融资或处于早期轮次", "No equity round, or an early one"),
            Column("equity_rounds").equals(0) | _latest_round_in(rules.start_up_equity_rounds.codes),
            (rules.start_up_equity_rounds.cite,),
            Column("latest_equity_round"),
            "text",
        ),
        Gate("listed", Label("上市", "Listed"), Column("listed"), ()),
    )


def _growth_gates(rules: LifeCycleRules) -> tuple[Gate, ...]:
    """Signs of growth; they tell why, and do not decide."""
    return (
        compared(
            "growth_revenue",
            Label("近2年营业收入年均增长率达到成长期水平", "Revenue grows as in the growth stage"),
            mean_growth("revenue"),
            ">=",
            rules.growth_revenue_growth_min,
            "ratio",
            (mean_growth_lever("revenue"),),
            undefined=_no_rate(),
            slack=GROWTH_SLACK,
        ),
        Gate(
            "growth_round",
            Label("处于成长期轮次", "Equity round of the growth stage"),
            _latest_round_in(rules.growth_equity_rounds.codes),
            (rules.growth_equity_rounds.cite,),
            Column("latest_equity_round"),
            "text",
        ),
    )


def _mature_gates(rules: LifeCycleRules) -> tuple[Gate, ...]:
    profits: list[Expression] = [yearly("net_profit", k) for k in range(int(rules.mature_profit_years_min.value))]
    return (
        compared(
            "mature_age",
            Label("成立年数达到成熟期下限", "Old"),
            Column("age_years"),
            ">=",
            rules.mature_age_years_min,
            "year",
        ),
        Gate(
            "mature_profit",
            Label("近年连续盈利", "Profit in every recent year"),
            all_of(profit > 0.0 for profit in profits),
            (rules.mature_profit_years_min.cite,),
            reduce(smaller, profits),
            "fen",
            0.0,
            ">",
        ),
        compared(
            "mature_growth",
            Label("近2年营业收入年均增长率不高于成熟期上限", "Revenue grows slowly"),
            mean_growth("revenue"),
            "<=",
            rules.mature_revenue_growth_max,
            "ratio",
            undefined=_no_rate(),
            slack=GROWTH_SLACK,
        ),
        Gate(
            "mature_round",
            Label("处于后期轮次", "Late equity round"),
            _latest_round_in(rules.mature_equity_rounds.codes),
            (rules.mature_equity_rounds.cite,),
            Column("latest_equity_round"),
            "text",
        ),
    )


def _no_rate() -> Expression:
    """From no revenue there is no growth rate."""
    return yearly("revenue", 1).equals(0) | yearly("revenue", 2).equals(0)


def _latest_round_in(codes: frozenset[str]) -> Expression:
    """Is the latest equity round one of the codes? A company that never raised equity is in none."""
    return If(Column("equity_rounds").equals(0), lift(False), Column("latest_equity_round").one_of(codes))

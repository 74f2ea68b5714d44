"""Is it a little giant (专精特新“小巨人”), by the measures in force from 2026-04-01? Measures of 2026-01-16.

A prior title and higher figures; four own-filed class-I rights unless a national award stands in for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.inputs import award_count
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    all_gates,
    any_gate,
    compound_growth_gate,
    count_gate,
    counted_gate,
    each_year,
    right_ends,
    titles_gate,
    yearly,
    years_together,
)
from kejin.evaluation.schemes.specialised_sme_2026 import DEVELOPMENT_NOTE, development_gate
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, compared

ID = "little_giant"
_RULES = "titles/little_giant/v2026"


@dataclass(frozen=True, slots=True)
class LittleGiant2026Rules:
    """The figures of the scheme on a day."""

    prior_titles: CodeSet = from_rule(f"{_RULES}/prior_titles")
    niche_years_min: Figure = from_rule(f"{_RULES}/niche_years_min")
    revenue_cny_min: Figure = from_rule(f"{_RULES}/revenue_cny_min")
    revenue_growth_min: Figure = from_rule(f"{_RULES}/revenue_growth_min")
    main_share_min: Figure = from_rule(f"{_RULES}/main_share_min")
    debt_ratio_max: Figure = from_rule(f"{_RULES}/debt_ratio_max")
    rd_years: Figure = from_rule(f"{_RULES}/rd_years")
    rd_total_cny_min: Figure = from_rule(f"{_RULES}/rd_total_cny_min")
    rd_to_revenue_min: Figure = from_rule(f"{_RULES}/rd_to_revenue_min")
    class_one_min: Figure = from_rule(f"{_RULES}/class_one_min")
    waiver_award_years: Figure = from_rule(f"{_RULES}/class_one_waiver_award_years")
    waiver_award_rank_max: Figure = from_rule(f"{_RULES}/class_one_waiver_award_rank_max")
    niche_share_min: Figure = from_rule(f"{_RULES}/niche_share_min")
    niche_rank_max: Figure = from_rule(f"{_RULES}/niche_rank_max")
    score_min: Figure = from_rule(f"{_RULES}/score_min")


def little_giant_2026(rules: LittleGiant2026Rules) -> Scheme:
    """The scheme with the figures of a day."""
    market, rights = _market_gates(rules), _rights_gates(rules)
    needed = (
        titles_gate("prior_title", Label("已获专精特新中小企业", "Holds the prior title"), rules.prior_titles),
        *_business_gates(rules),
        *_research_gates(rules),
        Gate(
            "key_chain_field",
            Label("属于重点领域或产业链关键环节", "Core field or key link of a chain"),
            Column("key_chain_field"),
            (),
        ),
        development_gate(rules.score_min),
    )
    return Scheme(
        ID,
        "2026",
        Label("专精特新“小巨人”企业", "Little giant"),
        (*needed, *rights, *market),
        (),
        all_gates(ID, (gate.name for gate in needed))
        & any_gate(ID, (gate.name for gate in rights))
        & any_gate(ID, (gate.name for gate in market)),
        notes=(
            DEVELOPMENT_NOTE,
            Label(
                "按首次认定判断；复核时不要求营业收入增长率。",
                "Judged as a first recognition; a re-check does not ask for revenue growth.",
            ),
        ),
    )


def _business_gates(rules: LittleGiant2026Rules) -> tuple[Gate, ...]:
    sales, assets = yearly("revenue"), yearly("total_assets")
    return (
        compared(
            "niche_years",
            Label("从事特定细分市场年数", "Years in the niche market"),
            Column("niche_years"),
            ">=",
            rules.niche_years_min,
            "year",
        ),
        compared(
            "revenue",
            Label("上年度营业收入", "Revenue of the last year"),
            sales,
            ">=",
            rules.revenue_cny_min,
            "fen",
            (Lever("revenue_fen_y0"),),
            FEN_PER_CNY,
        ),
        compound_growth_gate(
            "revenue_growth",
            Label("近2年营业收入年均复合增长率", "Compound growth of revenue over two years"),
            rules.revenue_growth_min,
            int(rules.rd_years.value),
        ),
        compared(
            "main_share",
            Label("主营业务收入占比", "Share of main-business revenue"),
            yearly("main_revenue") / sales,
            ">=",
            rules.main_share_min,
            "ratio",
            (Lever("main_revenue_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        compared(
            "debt_ratio",
            Label("资产负债率", "Debt to assets"),
            yearly("total_liabilities") / assets,
            "<=",
            rules.debt_ratio_max,
            "ratio",
            (Lever("total_liabilities_fen_y0", assets),),
            undefined=assets.equals(0),
        ),
    )


def _research_gates(rules: LittleGiant2026Rules) -> tuple[Gate, ...]:
    years = int(rules.rd_years.value)
    spent = years_together("rd_expense", years)
    sales = [yearly("revenue", k) for k in range(years)]
    return (
        compared(
            "rd_total",
            Label("近2年研发费用合计", "R&D expense of two years together"),
            spent,
            ">=",
            rules.rd_total_cny_min,
            "fen",
            (Lever("rd_expense_fen_y0", lift(1.0), spent - yearly("rd_expense")),),
            FEN_PER_CNY,
        ),
        each_year(
            "rd_to_revenue",
            Label("近2年各年研发费用占营业收入", "R&D to revenue in each of two years"),
            [yearly("rd_expense", k) / sales[k] for k in range(years)],
            rules.rd_to_revenue_min,
            "ratio",
            (Lever("rd_expense_fen_y0", sales[0]),),
            undefined=[sale.equals(0) for sale in sales],
        ),
    )


def _rights_gates(rules: LittleGiant2026Rules) -> tuple[Gate, ...]:
    award = award_count("national", int(rules.waiver_award_rank_max.value), int(rules.waiver_award_years.value))
    return (
        counted_gate(
            "class_one",
            Label("自主申请并产业化的Ⅰ类知识产权", "Own-filed class-I rights in use"),
            right_ends("class_one_own_in_use"),
            rules.class_one_min.number,
            (rules.class_one_min.cite,),
            (Lever("class_one_own_in_use_low"),),
        ),
        count_gate(
            "class_one_waived",
            Label("近年获国家级科技奖励且排名靠前（免Ⅰ类要求）", "National award that waives class-I rights"),
            Column(award),
            (rules.waiver_award_years.cite, rules.waiver_award_rank_max.cite),
        ),
    )


def _market_gates(rules: LittleGiant2026Rules) -> tuple[Gate, ...]:
    shares = (
        ("niche_share_national", Label("国内细分市场占有率", "National niche share")),
        ("niche_share_world", Label("全球细分市场占有率", "World niche share")),
    )
    return (
        *(
            compared(name, label, Column(name), ">=", rules.niche_share_min, "ratio", (Lever(name),))
            for name, label in shares
        ),
        compared(
            "niche_rank",
            Label("国内细分市场排名", "National niche rank"),
            Column("niche_rank_national"),
            "<=",
            rules.niche_rank_max,
            "rank",
            (Lever("niche_rank_national"),),
        ),
    )

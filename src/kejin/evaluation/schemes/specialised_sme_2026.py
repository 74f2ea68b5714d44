"""Is it a specialised and new SME (专精特新中小企业), by the measures in force from 2026-04-01?

The measures of 2026-01-16 ask for a prior title and nine conditions, one of them the score of the specialised
development evaluation, whose formula is not public here: it is entered as a fact.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.inputs import equity_paid_in
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    all_gates,
    any_gate,
    counted_gate,
    each_year,
    right_ends,
    titles_gate,
    yearly,
)
from kejin.rule_values import CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, compared

ID = "specialised_sme"
DEVELOPMENT_SCORE = "expert__specialised_development__score"
_RULES = "titles/specialised_sme/v2026"


@dataclass(frozen=True, slots=True)
class SpecialisedSme2026Rules:
    """The figures of the scheme on a day."""

    prior_titles: CodeSet = from_rule(f"{_RULES}/prior_titles")
    niche_years_min: Figure = from_rule(f"{_RULES}/niche_years_min")
    revenue_cny_min: Figure = from_rule(f"{_RULES}/revenue_cny_min")
    equity_years: Figure = from_rule(f"{_RULES}/equity_years")
    equity_cny_min: Figure = from_rule(f"{_RULES}/equity_cny_min")
    main_share_min: Figure = from_rule(f"{_RULES}/main_share_min")
    debt_ratio_max: Figure = from_rule(f"{_RULES}/debt_ratio_max")
    rd_years: Figure = from_rule(f"{_RULES}/rd_years")
    rd_cny_min: Figure = from_rule(f"{_RULES}/rd_cny_min")
    rd_to_revenue_min: Figure = from_rule(f"{_RULES}/rd_to_revenue_min")
    class_one_min: Figure = from_rule(f"{_RULES}/class_one_min")
    score_min: Figure = from_rule(f"{_RULES}/score_min")


def specialised_sme_2026(rules: SpecialisedSme2026Rules) -> Scheme:
    """The scheme with the figures of a day."""
    size = _size_gates(rules)
    needed = (
        titles_gate("prior_title", Label("已获科技和创新型中小企业", "Holds the prior title"), rules.prior_titles),
        *_business_gates(rules),
        *_research_gates(rules),
        Gate(
            "market_share",
            Label("市场占有率相对较高", "Market share relatively high"),
            Column("market_share_relatively_high"),
            (),
        ),
        development_gate(rules.score_min),
    )
    return Scheme(
        ID,
        "2026",
        Label("专精特新中小企业", "Specialised and new SME"),
        (*needed, *size),
        (),
        all_gates(ID, (gate.name for gate in needed)) & any_gate(ID, (gate.name for gate in size)),
        notes=(DEVELOPMENT_NOTE,),
    )


DEVELOPMENT_NOTE = Label(
    "专精特新发展评价的权重与公式未公开见到，得分只能作为事实录入。",
    "Weights and formula of the specialised development evaluation were not seen; its score is entered as a fact.",
)


def development_gate(score_min: Figure) -> Gate:
    """The score of the specialised development evaluation, entered as a fact."""
    return compared(
        "development_score",
        Label("专精特新发展评价得分", "Score of the specialised development evaluation"),
        Column(DEVELOPMENT_SCORE),
        ">=",
        score_min,
        "point",
        (Lever(DEVELOPMENT_SCORE),),
    )


def _size_gates(rules: SpecialisedSme2026Rules) -> tuple[Gate, ...]:
    equity = equity_paid_in(int(rules.equity_years.value))
    return (
        compared(
            "revenue",
            Label("上年度营业收入", "Revenue of the last year"),
            yearly("revenue"),
            ">=",
            rules.revenue_cny_min,
            "fen",
            (Lever("revenue_fen_y0"),),
            FEN_PER_CNY,
        ),
        compared(
            "equity",
            Label("近年新增股权融资（代替营业收入）", "New equity of recent years, in place of revenue"),
            Column(equity),
            ">=",
            rules.equity_cny_min,
            "fen",
            (Lever(equity),),
            FEN_PER_CNY,
        ),
    )


def _business_gates(rules: SpecialisedSme2026Rules) -> tuple[Gate, ...]:
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


def _research_gates(rules: SpecialisedSme2026Rules) -> tuple[Gate, ...]:
    years = range(int(rules.rd_years.value))
    spent, sales = [yearly("rd_expense", k) for k in years], [yearly("revenue", k) for k in years]
    return (
        each_year(
            "rd_cny",
            Label("近2年各年研发费用", "R&D expense in each of two years"),
            spent,
            rules.rd_cny_min,
            "fen",
            (Lever("rd_expense_fen_y0"),),
            FEN_PER_CNY,
        ),
        each_year(
            "rd_to_revenue",
            Label("近2年各年研发费用占营业收入", "R&D to revenue in each of two years"),
            [spent[k] / sales[k] for k in years],
            rules.rd_to_revenue_min,
            "ratio",
            (Lever("rd_expense_fen_y0", sales[0]),),
            undefined=[sale.equals(0) for sale in sales],
        ),
        counted_gate(
            "class_one",
            Label("自主申请并产业化的Ⅰ类知识产权", "Own-filed class-I rights in use"),
            right_ends("class_one_own_in_use"),
            rules.class_one_min.number,
            (rules.class_one_min.cite,),
            (Lever("class_one_own_in_use_low"),),
        ),
    )

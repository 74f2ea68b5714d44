"""Is it an innovative SME (创新型中小企业)? 工信部企业〔2022〕63号, annex 1.

60 of 100 points with a minimum in each of three blocks, or one of four direct ways.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.inputs import awards_provincial_plus, equity_qualified
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    all_gates,
    any_gate,
    best_right,
    count_gate,
    flagged_points,
    growth,
    record_gates,
    research_units,
    score_ends,
    titles_gate,
    yearly,
)
from kejin.rule_values import BandTable, CodeSet, Figure, RowTable, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.scheme import Block, Gate, Item, Label, Lever, Scheme, banded, compared, score_gate, step

ID = "innovative_sme"


@dataclass(frozen=True, slots=True)
class InnovativeSmeRules:
    """The figures of the scheme on a day."""

    score_min: Figure = from_rule("titles/innovative_sme/score_min")
    innovation_points_min: Figure = from_rule("titles/innovative_sme/innovation_points_min")
    growth_points_min: Figure = from_rule("titles/innovative_sme/growth_points_min")
    specialisation_points_min: Figure = from_rule("titles/innovative_sme/specialisation_points_min")
    points_max: RowTable = from_rule("titles/innovative_sme/points_max")
    ip_points: RowTable = from_rule("titles/innovative_sme/ip_points")
    rd_to_revenue_points: BandTable = from_rule("titles/innovative_sme/rd_to_revenue_points")
    main_growth_points: BandTable = from_rule("titles/innovative_sme/main_growth_points")
    debt_ratio_points: BandTable = from_rule("titles/innovative_sme/debt_ratio_points")
    product_field_points: RowTable = from_rule("titles/innovative_sme/product_field_points")
    main_share_points: BandTable = from_rule("titles/innovative_sme/main_share_points")
    direct_titles: CodeSet = from_rule("titles/innovative_sme/direct_titles")
    direct_unit_levels: CodeSet = from_rule("titles/innovative_sme/direct_unit_levels")
    direct_award_years: Figure = from_rule("titles/innovative_sme/direct_award_years")
    direct_equity_years: Figure = from_rule("titles/innovative_sme/direct_equity_years")
    direct_equity_cny_min: Figure = from_rule("titles/innovative_sme/direct_equity_cny_min")


def innovative_sme(rules: InnovativeSmeRules) -> Scheme:
    """The scheme with the figures of a day."""
    record, scores, direct = record_gates(), _score_gates(rules), _direct_gates(rules)
    by_score = all_gates(ID, (gate.name for gate in scores))
    directly = any_gate(ID, (gate.name for gate in direct))
    blocks = (
        ("innovation", Label("创新能力", "Innovation")),
        ("growth", Label("成长性", "Growth")),
        ("specialisation", Label("专业化", "Specialisation")),
    )
    return Scheme(
        ID,
        "2022",
        Label("创新型中小企业", "Innovative SME"),
        (*record, *scores, *direct),
        _items(rules),
        all_gates(ID, (gate.name for gate in record)) & (by_score | directly),
        tuple(
            Block(name, label, rules.points_max.number(name, "points_max"), (rules.points_max.cite,))
            for name, label in blocks
        ),
        notes=(
            Label(
                "中小企业划型标准（按行业）未核查。",
                "The size limits of an SME, which differ by industry, are not checked.",
            ),
        ),
    )


def _items(rules: InnovativeSmeRules) -> tuple[Item, ...]:
    field = flagged_points(
        Column("strategic_industry"),
        rules.product_field_points.number("strategic", "points"),
        rules.product_field_points.number("other", "points"),
    )
    sales, assets = yearly("revenue"), yearly("total_assets")
    main, main_before = yearly("main_revenue"), yearly("main_revenue", 1)
    return (
        best_right("innovation", rules.ip_points),
        banded(
            "rd_to_revenue",
            Label("研发费用占营业收入", "R&D to revenue"),
            "innovation",
            yearly("rd_expense") / sales,
            rules.rd_to_revenue_points,
            levers=(Lever("rd_expense_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        banded(
            "main_growth",
            Label("主营业务收入增长率", "Growth of main-business revenue"),
            "growth",
            growth("main_revenue", 0, 1),
            rules.main_growth_points,
            levers=(Lever("main_revenue_fen_y0", main_before, lift(0.0) - main_before),),
            undefined=main_before.equals(0),
        ),
        banded(
            "debt_ratio",
            Label("资产负债率", "Debt to assets"),
            "growth",
            yearly("total_liabilities") / assets,
            rules.debt_ratio_points,
            levers=(Lever("total_liabilities_fen_y0", assets),),
            undefined=assets.equals(0),
        ),
        Item(
            "product_field",
            Label("主导产品所属领域", "Field of the main product"),
            "specialisation",
            max(rules.product_field_points.number(row, "points") for row in rules.product_field_points.rows),
            *field,
            (rules.product_field_points.cite,),
        ),
        banded(
            "main_share",
            Label("主营业务收入占比", "Share of main-business revenue"),
            "specialisation",
            main / sales,
            rules.main_share_points,
            levers=(Lever("main_revenue_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
    )


def _score_gates(rules: InnovativeSmeRules) -> tuple[Gate, ...]:
    low, high = score_ends(ID)
    whole = Gate(
        "score_min",
        Label("评价得分", "Score"),
        score_gate(low, high, rules.score_min),
        (rules.score_min.cite,),
        low,
        "point",
        rules.score_min.number,
    )
    blocks = (
        ("innovation", rules.innovation_points_min, Label("创新能力得分", "Innovation points")),
        ("growth", rules.growth_points_min, Label("成长性得分", "Growth points")),
        ("specialisation", rules.specialisation_points_min, Label("专业化得分", "Specialisation points")),
    )
    return (
        whole,
        *(_block_gate(name, label, figure) for name, figure, label in blocks),
    )


def _block_gate(name: str, label: Label, figure: Figure) -> Gate:
    low, high = (Column(step(ID, name, f"block_{end}")) for end in ("low", "high"))
    return Gate(f"{name}_min", label, score_gate(low, high, figure), (figure.cite,), low, "point", figure.number)


def _direct_gates(rules: InnovativeSmeRules) -> tuple[Gate, ...]:
    equity = equity_qualified(int(rules.direct_equity_years.value))
    awards = Column(awards_provincial_plus(int(rules.direct_award_years.value)))
    return (
        count_gate(
            "direct_award",
            Label("近年获国家级或省级科技奖励", "National or provincial award in recent years"),
            awards,
            (rules.direct_award_years.cite,),
        ),
        titles_gate(
            "direct_title", Label("持有高企、示范等资质", "Holds a title that passes directly"), rules.direct_titles
        ),
        count_gate(
            "direct_unit",
            Label("拥有省部级以上研发机构", "Provincial or higher research unit"),
            research_units(rules.direct_unit_levels.codes),
            (rules.direct_unit_levels.cite,),
        ),
        compared(
            "direct_equity",
            Label("近年新增股权融资（合格机构实缴）", "New equity of recent years, qualified and paid in"),
            Column(equity),
            ">=",
            rules.direct_equity_cny_min,
            "fen",
            (Lever(equity),),
            FEN_PER_CNY,
        ),
    )

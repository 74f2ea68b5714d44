"""Is it a specialised and new SME (专精特新中小企业) by the measures in force until 2026-03-31?

工信部企业〔2022〕63号, annex 2. Years in the niche, R&D and revenue, and either 60 of 100 points or one of four ways.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.inputs import award_count, contest_count, equity_paid_in
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    GROWTH_SLACK,
    all_gates,
    any_gate,
    best_of,
    best_right,
    capped_flags,
    count_gate,
    counted_item,
    existence_table,
    judged_only,
    mean_growth,
    mean_growth_lever,
    record_gates,
    score_ends,
    yearly,
    years_together,
)
from kejin.rule_values import BandTable, CodeSet, Figure, RowTable, from_rule
from kejin.schemes.expressions import Column, lift
from kejin.schemes.rule_expressions import coded_points
from kejin.schemes.scheme import Block, Gate, Item, Label, Lever, Scheme, banded, compared, score_gate

ID = "specialised_sme"
_RULES = "titles/specialised_sme/v2022"


@dataclass(frozen=True, slots=True)
class SpecialisedSme2022Rules:
    """The figures of the scheme on a day."""

    niche_years_min: Figure = from_rule(f"{_RULES}/niche_years_min")
    rd_cny_min: Figure = from_rule(f"{_RULES}/rd_cny_min")
    rd_to_revenue_min: Figure = from_rule(f"{_RULES}/rd_to_revenue_min")
    revenue_cny_min: Figure = from_rule(f"{_RULES}/revenue_cny_min")
    equity_years: Figure = from_rule(f"{_RULES}/equity_years")
    equity_cny_min: Figure = from_rule(f"{_RULES}/equity_cny_min")
    score_min: Figure = from_rule(f"{_RULES}/score_min")
    direct_award_years: Figure = from_rule(f"{_RULES}/direct_award_years")
    direct_award_rank_max: RowTable = from_rule(f"{_RULES}/direct_award_rank_max")
    direct_rd_years: Figure = from_rule(f"{_RULES}/direct_rd_years")
    direct_rd_mean_cny_min: Figure = from_rule(f"{_RULES}/direct_rd_mean_cny_min")
    direct_equity_cny_min: Figure = from_rule(f"{_RULES}/direct_equity_cny_min")
    direct_contest_years: Figure = from_rule(f"{_RULES}/direct_contest_years")
    direct_contest_rank_max: Figure = from_rule(f"{_RULES}/direct_contest_rank_max")
    points_max: RowTable = from_rule(f"{_RULES}/points_max")
    main_share_points: BandTable = from_rule(f"{_RULES}/main_share_points")
    main_growth_points: BandTable = from_rule(f"{_RULES}/main_growth_points")
    niche_years_points: BandTable = from_rule(f"{_RULES}/niche_years_points")
    product_field_points: RowTable = from_rule(f"{_RULES}/product_field_points")
    digital_level_points: BandTable = from_rule(f"{_RULES}/digital_level_points")
    quality_items: CodeSet = from_rule(f"{_RULES}/quality_items")
    quality_points_each: Figure = from_rule(f"{_RULES}/quality_points_each")
    quality_points_max: Figure = from_rule(f"{_RULES}/quality_points_max")
    net_profit_rate_points: BandTable = from_rule(f"{_RULES}/net_profit_rate_points")
    debt_ratio_points: BandTable = from_rule(f"{_RULES}/debt_ratio_points")
    provincial_points_max: Figure = from_rule(f"{_RULES}/provincial_points_max")
    ip_points: RowTable = from_rule(f"{_RULES}/ip_points")
    rd_amount_points: BandTable = from_rule(f"{_RULES}/rd_amount_points")
    rd_ratio_points: BandTable = from_rule(f"{_RULES}/rd_ratio_points")
    rd_staff_points: BandTable = from_rule(f"{_RULES}/rd_staff_points")
    rd_institution_points: RowTable = from_rule(f"{_RULES}/rd_institution_points")


def specialised_sme_2022(rules: SpecialisedSme2022Rules) -> Scheme:
    """The scheme with the figures of a day."""
    record, needed, size = record_gates(), _needed_gates(rules), _size_gates(rules)
    direct, score = _direct_gates(rules), _score(rules)
    blocks = (
        ("specialisation", Label("专业化", "Specialisation")),
        ("refinement", Label("精细化", "Refinement")),
        ("distinction", Label("特色化", "Distinction")),
        ("innovation", Label("创新能力", "Innovation")),
    )
    return Scheme(
        ID,
        "2022",
        Label("专精特新中小企业", "Specialised and new SME"),
        (*record, *needed, *size, score, *direct),
        (*_specialisation_items(rules), *_refinement_items(rules), *_innovation_items(rules)),
        all_gates(ID, (gate.name for gate in (*record, *needed)))
        & any_gate(ID, (gate.name for gate in size))
        & any_gate(ID, (gate.name for gate in (score, *direct))),
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


def _needed_gates(rules: SpecialisedSme2022Rules) -> tuple[Gate, ...]:
    spent, sales = yearly("rd_expense"), yearly("revenue")
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
            "rd_cny",
            Label("上年度研发费用", "R&D expense of the last year"),
            spent,
            ">=",
            rules.rd_cny_min,
            "fen",
            (Lever("rd_expense_fen_y0"),),
            FEN_PER_CNY,
        ),
        compared(
            "rd_to_revenue",
            Label("上年度研发费用占营业收入", "R&D to revenue of the last year"),
            spent / sales,
            ">=",
            rules.rd_to_revenue_min,
            "ratio",
            (Lever("rd_expense_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
    )


def _size_gates(rules: SpecialisedSme2022Rules) -> tuple[Gate, ...]:
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


def _score(rules: SpecialisedSme2022Rules) -> Gate:
    low, high = score_ends(ID)
    return Gate(
        "score_min",
        Label("评价得分", "Score"),
        score_gate(low, high, rules.score_min),
        (rules.score_min.cite,),
        low,
        "point",
        rules.score_min.number,
    )


def _direct_gates(rules: SpecialisedSme2022Rules) -> tuple[Gate, ...]:
    years, ranks = int(rules.direct_award_years.value), rules.direct_award_rank_max
    awards = [
        Column(award_count(level, int(ranks.number(level, "rank_max")), years)) for level in ("national", "provincial")
    ]
    rd_years = int(rules.direct_rd_years.value)
    spent = years_together("rd_expense", rd_years)
    equity = equity_paid_in(int(rules.equity_years.value))
    contests = Column(contest_count(int(rules.direct_contest_rank_max.value), int(rules.direct_contest_years.value)))
    return (
        count_gate(
            "direct_award",
            Label("近年获国家级或省级科技奖励且排名靠前", "National or provincial award in a leading place"),
            awards[0] + awards[1],
            (ranks.cite, rules.direct_award_years.cite),
        ),
        compared(
            "direct_rd_mean",
            Label("近两年研发费用均值", "Mean R&D expense of two years"),
            spent / float(rd_years),
            ">=",
            rules.direct_rd_mean_cny_min,
            "fen",
            (Lever("rd_expense_fen_y0", lift(float(rd_years)), spent - yearly("rd_expense")),),
            FEN_PER_CNY,
        ),
        compared(
            "direct_equity",
            Label("近两年新增股权融资", "New equity of two years"),
            Column(equity),
            ">=",
            rules.direct_equity_cny_min,
            "fen",
            (Lever(equity),),
            FEN_PER_CNY,
        ),
        count_gate(
            "direct_contest",
            Label("近年进入创客中国全国名单", "Place in the Maker China contest in recent years"),
            contests,
            (rules.direct_contest_rank_max.cite, rules.direct_contest_years.cite),
        ),
    )


def _specialisation_items(rules: SpecialisedSme2022Rules) -> tuple[Item, ...]:
    sales, before = yearly("revenue"), (yearly("main_revenue", 1), yearly("main_revenue", 2))
    table = rules.product_field_points
    field = coded_points(Column("product_position"), table)
    points = [table.number(code, "points") for code in table.rows]
    return (
        banded(
            "main_share",
            Label("主营业务收入占比", "Share of main-business revenue"),
            "specialisation",
            yearly("main_revenue") / sales,
            rules.main_share_points,
            levers=(Lever("main_revenue_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        banded(
            "main_growth",
            Label("近2年主营业务收入平均增长率", "Mean growth of main-business revenue over two years"),
            "specialisation",
            mean_growth("main_revenue"),
            rules.main_growth_points,
            levers=(mean_growth_lever("main_revenue"),),
            undefined=before[0].equals(0) | before[1].equals(0),
            slack=GROWTH_SLACK,
        ),
        banded(
            "niche_years_item",
            Label("从事特定细分市场年限", "Years in the niche market"),
            "specialisation",
            Column("niche_years"),
            rules.niche_years_points,
            "year",
        ),
        Item(
            "product_field",
            Label("主导产品所属领域", "Field of the main product"),
            "specialisation",
            max(points),
            field.or_else(min(points)),
            field.or_else(max(points)),
            (table.cite,),
            Column("product_position"),
            "text",
        ),
    )


_QUALITY = {
    "quality_award": Column("quality_award"),
    "system_certified": Column("system_certified"),
    "own_brand": Column("own_brand"),
    "standard": Column("standards_joined") >= 1.0,
}


def _refinement_items(rules: SpecialisedSme2022Rules) -> tuple[Item, ...]:
    sales, assets = yearly("revenue"), yearly("total_assets")
    most = rules.quality_points_max.number
    quality = capped_flags(
        [_QUALITY[code] for code in sorted(rules.quality_items.codes)], rules.quality_points_each.number, most
    )
    return (
        banded(
            "digital_level",
            Label("数字化水平", "Digital level"),
            "refinement",
            Column("digital_level"),
            rules.digital_level_points,
            "level",
            (Lever("digital_level"),),
        ),
        Item(
            "quality",
            Label("质量管理水平", "Quality management"),
            "refinement",
            most,
            *quality,
            (rules.quality_items.cite, rules.quality_points_each.cite, rules.quality_points_max.cite),
        ),
        banded(
            "net_profit_rate",
            Label("净利润率", "Net profit rate"),
            "refinement",
            yearly("net_profit") / sales,
            rules.net_profit_rate_points,
            levers=(Lever("net_profit_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        banded(
            "debt_ratio",
            Label("资产负债率", "Debt to assets"),
            "refinement",
            yearly("total_liabilities") / assets,
            rules.debt_ratio_points,
            levers=(Lever("total_liabilities_fen_y0", assets),),
            undefined=assets.equals(0),
        ),
        judged_only(
            "provincial",
            Label("特色化指标（省级自设）", "Provincial indicators"),
            "distinction",
            "provincial_feature_points",
            rules.provincial_points_max.number,
            rules.provincial_points_max.cite,
        ),
    )


def _innovation_items(rules: SpecialisedSme2022Rules) -> tuple[Item, ...]:
    spent, sales, staff = yearly("rd_expense"), yearly("revenue"), Column("staff_total_y0")
    research = (
        banded(
            "rd_amount",
            Label("研发费用总额", "R&D expense"),
            "innovation",
            spent,
            rules.rd_amount_points,
            "fen",
            (Lever("rd_expense_fen_y0"),),
            scale=FEN_PER_CNY,
        ),
        banded(
            "rd_ratio",
            Label("研发费用占营业收入", "R&D to revenue"),
            "innovation",
            spent / sales,
            rules.rd_ratio_points,
            levers=(Lever("rd_expense_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
    )
    return (
        best_right("innovation", rules.ip_points),
        best_of("rd", Label("研发费用投入", "R&D input"), "innovation", research),
        banded(
            "rd_staff",
            Label("研发人员占比", "Share of R&D staff"),
            "innovation",
            Column("rd_staff_y0") / staff,
            rules.rd_staff_points,
            levers=(Lever("rd_staff_y0", staff),),
            undefined=staff.equals(0),
        ),
        _institution_item(rules.rd_institution_points),
    )


def _institution_item(table: RowTable) -> Item:
    none = table.number("none", "points")
    counts = (
        ("units_national", ("national",), Label("国家级研发机构", "National research unit")),
        ("units_provincial", ("provincial",), Label("省级研发机构", "Provincial research unit")),
        ("units_municipal", ("municipal",), Label("市级研发机构", "Municipal research unit")),
        # The facts do not tell these two apart; where a rule does, the points are a range.
        (
            "units_other",
            ("district", "company"),
            Label("市级以下或自立研发机构", "Research unit below municipal level"),
        ),
    )
    options = []
    for count, levels, label in counts:
        points = existence_table([table.number(level, "points") for level in levels], none, table.cite)
        options.append(counted_item(f"{count}_item", label, "innovation", (Column(count), Column(count)), points))
    return best_of("rd_institution", Label("研发机构级别", "Level of the research unit"), "innovation", options)

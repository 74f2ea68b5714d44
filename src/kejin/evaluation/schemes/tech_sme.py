"""Is it a technology SME (科技型中小企业)? 国科发政〔2017〕115号.

Size gates, a clean record, and either 60 of 100 points with some technology staff or a direct pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.inputs import award_count, standards_led
from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    all_gates,
    any_gate,
    best_of,
    count_gate,
    counted_item,
    research_units,
    right_ends,
    score_ends,
    titles_gate,
    yearly,
)
from kejin.rule_values import BandTable, CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column
from kejin.schemes.scheme import Gate, Item, Label, Lever, Scheme, banded, compared, score_gate, step

ID = "tech_sme"


@dataclass(frozen=True, slots=True)
class TechSmeRules:
    """The figures of the scheme on a day."""

    staff_max: Figure = from_rule("titles/tech_sme/employees_max")
    sales_cny_max: Figure = from_rule("titles/tech_sme/sales_cny_max")
    assets_cny_max: Figure = from_rule("titles/tech_sme/assets_cny_max")
    score_min: Figure = from_rule("titles/tech_sme/score_min")
    tech_staff_points_above: Figure = from_rule("titles/tech_sme/tech_staff_points_above")
    tech_staff_points: BandTable = from_rule("titles/tech_sme/tech_staff_points")
    rd_to_sales_points: BandTable = from_rule("titles/tech_sme/rd_to_sales_points")
    rd_to_cost_points: BandTable = from_rule("titles/tech_sme/rd_to_cost_points")
    class_one_points: BandTable = from_rule("titles/tech_sme/class_one_points")
    class_two_points: BandTable = from_rule("titles/tech_sme/class_two_points")
    direct_titles: CodeSet = from_rule("titles/tech_sme/direct_titles")
    direct_unit_levels: CodeSet = from_rule("titles/tech_sme/direct_unit_levels")
    award_years: Figure = from_rule("titles/tech_sme/direct_award_years")
    award_rank_max: Figure = from_rule("titles/tech_sme/direct_award_rank_max")
    standard_years: Figure = from_rule("titles/tech_sme/direct_standard_years")


def tech_sme(rules: TechSmeRules) -> Scheme:
    """The scheme with the figures of a day."""
    needed = (*_record_gates(), *_size_gates(rules))
    scores, direct = _score_gates(rules), _direct_gates(rules)
    by_score = all_gates(ID, (gate.name for gate in scores))
    directly = any_gate(ID, (gate.name for gate in direct))
    return Scheme(
        ID,
        "2017",
        Label("科技型中小企业", "Technology SME"),
        (*needed, *scores, *direct),
        (_staff_item(rules), _research_item(rules), _rights_item(rules)),
        all_gates(ID, (gate.name for gate in needed)) & (by_score | directly),
    )


def _size_gates(rules: TechSmeRules) -> tuple[Gate, ...]:
    return (
        compared("staff_max", Label("职工总数", "Staff"), Column("staff_total_y0"), "<=", rules.staff_max, "person"),
        compared(
            "sales_max",
            Label("年销售收入", "Annual sales"),
            yearly("revenue"),
            "<=",
            rules.sales_cny_max,
            "fen",
            scale=FEN_PER_CNY,
        ),
        compared(
            "assets_max",
            Label("资产总额", "Total assets"),
            yearly("total_assets"),
            "<=",
            rules.assets_cny_max,
            "fen",
            scale=FEN_PER_CNY,
        ),
    )


def _record_gates() -> tuple[Gate, ...]:
    listed = Column("on_abnormal_list") | Column("on_serious_breach_list")
    return (
        Gate("resident", Label("境内注册的居民企业", "Resident enterprise"), Column("mainland_resident"), ()),
        Gate("product", Label("产品不属于禁止、限制和淘汰类", "No barred product"), ~Column("restricted_product"), ()),
        Gate(
            "clean_record",
            Label("无重大失信且未列入异常或严重违法名单", "No serious failing, on no list"),
            ~(Column("serious_failing_2y") | listed),
            (),
        ),
    )


def _staff_item(rules: TechSmeRules) -> Item:
    staff = Column("staff_total_y0")
    return banded(
        "tech_staff",
        Label("科技人员指标", "Technology staff"),
        "staff",
        Column("tech_staff_y0") / staff,
        rules.tech_staff_points,
        levers=(Lever("tech_staff_y0", staff),),
        undefined=staff.equals(0),
    )


def _research_item(rules: TechSmeRules) -> Item:
    """The better of R&D to sales and R&D to total cost; a measure whose base is known to be 0 gives nothing."""
    spent, sales, cost = yearly("rd_expense"), yearly("revenue"), yearly("total_cost")
    measures = (
        banded(
            "rd_to_sales",
            Label("研发费用占销售收入", "R&D to sales"),
            "research",
            spent / sales,
            rules.rd_to_sales_points,
            levers=(Lever("rd_expense_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        banded(
            "rd_to_cost",
            Label("研发费用占成本费用", "R&D to total cost"),
            "research",
            spent / cost,
            rules.rd_to_cost_points,
            levers=(Lever("rd_expense_fen_y0", cost),),
            undefined=cost.equals(0),
        ),
    )
    return best_of("rd_input", Label("研发投入指标", "R&D input"), "research", measures)


def _rights_item(rules: TechSmeRules) -> Item:
    """One class-I right gives the full mark; otherwise class-II rights count."""
    options = (
        counted_item(
            "class_one",
            Label("Ⅰ类知识产权", "Class-I rights"),
            "rights",
            right_ends("class_one_main"),
            rules.class_one_points,
        ),
        counted_item(
            "class_two",
            Label("Ⅱ类知识产权", "Class-II rights"),
            "rights",
            right_ends("class_two_main"),
            rules.class_two_points,
        ),
    )
    return best_of("rights", Label("科技成果指标", "Rights"), "rights", options)


def _score_gates(rules: TechSmeRules) -> tuple[Gate, ...]:
    low, high = score_ends(ID)
    staff = (Column(step(ID, "tech_staff", "low")), Column(step(ID, "tech_staff", "high")))
    return (
        Gate(
            "score_min",
            Label("综合评价得分", "Score"),
            score_gate(low, high, rules.score_min),
            (rules.score_min.cite,),
            low,
            "point",
            rules.score_min.number,
        ),
        Gate(
            "tech_staff_not_zero",
            Label("科技人员指标得分不为0", "Technology staff score is not 0"),
            score_gate(*staff, rules.tech_staff_points_above, strictly=True),
            (rules.tech_staff_points_above.cite,),
            staff[0],
            "point",
            rules.tech_staff_points_above.number,
            ">",
        ),
    )


def _direct_gates(rules: TechSmeRules) -> tuple[Gate, ...]:
    awards = Column(award_count("national", int(rules.award_rank_max.value), int(rules.award_years.value)))
    led = Column(standards_led(int(rules.standard_years.value)))
    return (
        titles_gate("direct_title", Label("持有效高新技术企业证书", "Holds the high-tech title"), rules.direct_titles),
        count_gate(
            "direct_award",
            Label("近年获国家科技奖并排名靠前", "National award in a leading place"),
            awards,
            (rules.award_years.cite, rules.award_rank_max.cite),
        ),
        count_gate(
            "direct_unit",
            Label("拥有省部级以上研发机构", "Provincial or higher research unit"),
            research_units(rules.direct_unit_levels.codes),
            (rules.direct_unit_levels.cite,),
        ),
        count_gate(
            "direct_standard",
            Label("近年主导制定标准", "Led a standard in recent years"),
            led,
            (rules.standard_years.cite,),
        ),
    )

"""Is it a technology SME (科技型中小企业)? 国科发政〔2017〕115号.

Size gates, a clean record, and either 60 of 100 points with some technology staff or a direct pass.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.expressions import MISSING_FLAG, Column, Expression, If, all_of, any_of, larger, lift
from kejin.evaluation.inputs import award_count, standards_led, title_held
from kejin.evaluation.rule_values import BandTable, Figure, from_rule
from kejin.evaluation.scheme import Gate, Item, Label, Lever, Scheme, banded, compared, score_gate, step

FEN_PER_CNY = 100.0


@dataclass(frozen=True, slots=True)
class TechSmeRules:
    """The figures of the scheme on a day."""

    staff_max: Figure = from_rule("titles/tech_sme/employees_max")
    sales_cny_max: Figure = from_rule("titles/tech_sme/sales_cny_max")
    assets_cny_max: Figure = from_rule("titles/tech_sme/assets_cny_max")
    score_min: Figure = from_rule("titles/tech_sme/score_min")
    tech_staff_points: BandTable = from_rule("titles/tech_sme/tech_staff_points")
    rd_to_sales_points: BandTable = from_rule("titles/tech_sme/rd_to_sales_points")
    rd_to_cost_points: BandTable = from_rule("titles/tech_sme/rd_to_cost_points")
    class_one_points: BandTable = from_rule("titles/tech_sme/class_one_points")
    class_two_points: BandTable = from_rule("titles/tech_sme/class_two_points")
    award_years: Figure = from_rule("titles/tech_sme/direct_award_years")
    award_rank_max: Figure = from_rule("titles/tech_sme/direct_award_rank_max")
    standard_years: Figure = from_rule("titles/tech_sme/direct_standard_years")


def tech_sme(rules: TechSmeRules) -> Scheme:
    """The scheme with the figures of a day."""
    id_ = "tech_sme"
    items = (_staff_item(rules), _research_item(rules), _rights_item(rules))
    score = score_gate(Column(step(id_, "score", "low")), Column(step(id_, "score", "high")), rules.score_min)
    gates = (*_size_gates(rules), *_record_gates(), *_score_gates(rules, score), *_direct_gates(rules))
    basic = all_of(
        Column(step(id_, name))
        for name in ("resident", "staff_max", "sales_max", "assets_max", "product", "clean_record")
    )
    by_score = Column(step(id_, "score_min")) & Column(step(id_, "tech_staff_not_zero"))
    direct = any_of(Column(step(id_, gate.name)) for gate in _direct_gates(rules))
    return Scheme(
        id_,
        "2017",
        Label("科技型中小企业", "Technology SME"),
        gates,
        items,
        basic & (by_score | direct),
    )


def _size_gates(rules: TechSmeRules) -> tuple[Gate, ...]:
    return (
        compared("staff_max", Label("职工总数", "Staff"), Column("staff_total_y0"), "<=", rules.staff_max, "person"),
        compared(
            "sales_max",
            Label("年销售收入", "Annual sales"),
            Column("revenue_fen_y0"),
            "<=",
            rules.sales_cny_max,
            "fen",
            scale=FEN_PER_CNY,
        ),
        compared(
            "assets_max",
            Label("资产总额", "Total assets"),
            Column("total_assets_fen_y0"),
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
    return banded(
        "tech_staff",
        Label("科技人员指标", "Technology staff"),
        "staff",
        Column("tech_staff_y0") / Column("staff_total_y0"),
        rules.tech_staff_points,
        levers=(Lever("tech_staff_y0", Column("staff_total_y0")),),
    )


def _best_of(name: str, label: Label, block: str, low: tuple[Item, Item], high: tuple[Item, Item]) -> Item:
    """An item that takes the better of two measures."""
    return Item(
        name,
        label,
        block,
        max(low[0].maximum, low[1].maximum),
        larger(low[0].low, low[1].low),
        larger(high[0].high, high[1].high),
        (*low[0].cites, *low[1].cites),
        options=low,
    )


def _research_item(rules: TechSmeRules) -> Item:
    """The better of R&D to sales and R&D to total cost; a measure whose base is known to be 0 gives nothing."""
    spent, sales, cost = Column("rd_expense_fen_y0"), Column("revenue_fen_y0"), Column("total_cost_fen_y0")
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
    return _best_of("rd_input", Label("研发投入指标", "R&D input"), "research", measures, measures)


def _rights_item(rules: TechSmeRules) -> Item:
    """One class-I right gives the full mark; otherwise class-II rights count."""

    def measures(end: str) -> tuple[Item, Item]:
        one, two = f"class_one_main_{end}", f"class_two_main_{end}"
        return (
            banded(
                "class_one",
                Label("Ⅰ类知识产权", "Class-I rights"),
                "rights",
                Column(one),
                rules.class_one_points,
                "count",
                (Lever(one),),
            ),
            banded(
                "class_two",
                Label("Ⅱ类知识产权", "Class-II rights"),
                "rights",
                Column(two),
                rules.class_two_points,
                "count",
                (Lever(two),),
            ),
        )

    return _best_of("rights", Label("科技成果指标", "Rights"), "rights", measures("low"), measures("high"))


def _score_gates(rules: TechSmeRules, score: Expression) -> tuple[Gate, ...]:
    staff_low, staff_high = (
        Column(step("tech_sme", "tech_staff", "low")),
        Column(step("tech_sme", "tech_staff", "high")),
    )
    not_zero = If(staff_low > 0, lift(True), If(staff_high > 0, MISSING_FLAG, lift(False)))
    return (
        Gate(
            "score_min",
            Label("综合评价得分", "Score"),
            score,
            (rules.score_min.cite,),
            Column(step("tech_sme", "score", "low")),
            "point",
            rules.score_min.number,
        ),
        Gate(
            "tech_staff_not_zero",
            Label("科技人员指标得分不为0", "Technology staff score is not 0"),
            not_zero,
            (rules.tech_staff_points.cite,),
        ),
    )


def _direct_gates(rules: TechSmeRules) -> tuple[Gate, ...]:
    awards = Column(award_count("national", int(rules.award_rank_max.value), int(rules.award_years.value)))
    led = Column(standards_led(int(rules.standard_years.value)))
    return (
        Gate(
            "direct_high_tech",
            Label("持有效高新技术企业证书", "Holds the high-tech title"),
            Column(title_held("high_tech")),
            (),
        ),
        Gate(
            "direct_award",
            Label("近年获国家科技奖并排名靠前", "National award in a leading place"),
            awards >= 1,
            (rules.award_years.cite, rules.award_rank_max.cite),
            awards,
            "count",
            1.0,
        ),
        Gate(
            "direct_unit",
            Label("拥有省部级以上研发机构", "Provincial or higher research unit"),
            Column("units_national") + Column("units_provincial") >= 1,
            (),
            Column("units_national") + Column("units_provincial"),
            "count",
            1.0,
        ),
        Gate(
            "direct_standard",
            Label("近年主导制定标准", "Led a standard in recent years"),
            led >= 1,
            (rules.standard_years.cite,),
            led,
            "count",
            1.0,
        ),
    )

"""Is it a high and new technology enterprise (高新技术企业)? 国科发火〔2016〕32号 and 195号.

Gates on age, rights, field, staff, R&D, income and record, and more than 70 of 100 points, many judged by experts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    GROWTH_SLACK,
    all_gates,
    best_of,
    counted_gate,
    counted_item,
    growth,
    judged,
    judged_only,
    mean_growth,
    right_ends,
    score_ends,
    yearly,
    years_together,
)
from kejin.rule_values import BandTable, CodeSet, Figure, RowTable, from_rule
from kejin.schemes.expressions import MISSING_NUMBER, Column, Expression, If, any_of, lift
from kejin.schemes.rule_expressions import bands_of
from kejin.schemes.scheme import Block, Gate, Item, Label, Lever, Scheme, banded, compared, score_gate

ID = "high_tech"


@dataclass(frozen=True, slots=True)
class HighTechRules:
    """The figures of the scheme on a day."""

    registered_days_min: Figure = from_rule("titles/high_tech/registered_days_min")
    fields: CodeSet = from_rule("titles/high_tech/fields")
    tech_staff_share_min: Figure = from_rule("titles/high_tech/tech_staff_share_min")
    rd_years: Figure = from_rule("titles/high_tech/rd_years")
    rd_to_sales_min: BandTable = from_rule("titles/high_tech/rd_to_sales_min")
    rd_domestic_share_min: Figure = from_rule("titles/high_tech/rd_domestic_share_min")
    high_tech_income_share_min: Figure = from_rule("titles/high_tech/high_tech_income_share_min")
    score_above: Figure = from_rule("titles/high_tech/score_above")
    points_max: RowTable = from_rule("titles/high_tech/points_max")
    class_one_points: BandTable = from_rule("titles/high_tech/class_one_points")
    class_two_points: BandTable = from_rule("titles/high_tech/class_two_points")
    obtained_points: RowTable = from_rule("titles/high_tech/ip_obtained_points")
    standard_bonus: RowTable = from_rule("titles/high_tech/ip_standard_bonus")
    conversion_points: BandTable = from_rule("titles/high_tech/conversion_points")
    net_asset_growth_points: BandTable = from_rule("titles/high_tech/net_asset_growth_points")
    sales_growth_points: BandTable = from_rule("titles/high_tech/sales_growth_points")


def high_tech(rules: HighTechRules) -> Scheme:
    """The scheme with the figures of a day."""
    gates = (
        *_company_gates(rules),
        *_money_gates(rules),
        Gate(
            "score_above",
            Label("创新能力评价得分", "Innovation score"),
            score_gate(*score_ends(ID), rules.score_above, strictly=True),
            (rules.score_above.cite,),
            score_ends(ID)[0],
            "point",
            rules.score_above.number,
            ">",
        ),
    )
    blocks = (
        ("ip", Label("知识产权", "Intellectual property")),
        ("conversion", Label("科技成果转化能力", "Conversion of results")),
        ("organisation", Label("研究开发组织管理水平", "Research organisation")),
        ("growth", Label("企业成长性", "Growth")),
    )
    return Scheme(
        ID,
        "2016",
        Label("高新技术企业", "High and new technology enterprise"),
        gates,
        (*_right_items(rules), *_judged_items(rules), *_growth_items(rules)),
        all_gates(ID, (gate.name for gate in gates)),
        tuple(Block(name, label, _most(rules, name), (rules.points_max.cite,)) for name, label in blocks),
        notes=(
            Label(
                "Ⅱ类知识产权仅限使用一次；是否已用于上次申报未核查。",
                "A class-II right counts once only; whether it was used in an earlier application is not checked.",
            ),
        ),
    )


def _most(rules: HighTechRules, item: str) -> float:
    return rules.points_max.number(item, "points_max")


def _company_gates(rules: HighTechRules) -> tuple[Gate, ...]:
    one, two = right_ends("class_one_main"), right_ends("class_two_main")
    staff = Column("staff_total_y0")
    return (
        compared(
            "registered_days",
            Label("注册成立天数", "Days since registration"),
            Column("age_days"),
            ">=",
            rules.registered_days_min,
            "count",
        ),
        counted_gate(
            "core_right",
            Label("拥有对主要产品起核心支持作用的知识产权", "Owns rights that support the main product"),
            (one[0] + two[0], one[1] + two[1]),
            1.0,
            (),
        ),
        Gate(
            "field",
            Label("属于国家重点支持的高新技术领域", "In a supported high-tech field"),
            Column("high_tech_field").one_of(rules.fields.codes),
            (rules.fields.cite,),
        ),
        compared(
            "tech_staff_share",
            Label("科技人员占职工总数", "Technology staff to all staff"),
            Column("tech_staff_y0") / staff,
            ">=",
            rules.tech_staff_share_min,
            "ratio",
            (Lever("tech_staff_y0", staff),),
            undefined=staff.equals(0),
        ),
        Gate(
            "no_incident",
            Label("申请前一年内无重大安全、质量事故或严重环境违法", "No serious incident in the year before"),
            ~Column("serious_incident_1y"),
            (),
        ),
    )


def _money_gates(rules: HighTechRules) -> tuple[Gate, ...]:
    years, lived = int(rules.rd_years.value), Column("fiscal_years")
    spent, sales = years_together("rd_expense", years, lived), years_together("revenue", years, lived)
    domestic = years_together("rd_expense_domestic", years, lived)
    asked = bands_of(yearly("revenue"), rules.rd_to_sales_min, FEN_PER_CNY)
    ratio = spent / sales
    return (
        Gate(
            "rd_to_sales",
            Label("近三年研发费用占销售收入", "R&D to sales of three years"),
            If(sales.equals(0).or_else(False), lift(False), ratio >= asked),
            (rules.rd_to_sales_min.cite, rules.rd_years.cite),
            ratio,
            "ratio",
            levers=(Lever("rd_expense_fen_y0", sales, spent - yearly("rd_expense")),),
            edge=asked,
        ),
        compared(
            "rd_domestic_share",
            Label("境内研发费用占比", "Share of R&D spent in China"),
            domestic / spent,
            ">=",
            rules.rd_domestic_share_min,
            "ratio",
            (Lever("rd_expense_domestic_fen_y0", spent, domestic - yearly("rd_expense_domestic")),),
            undefined=spent.equals(0),
        ),
        compared(
            "high_tech_income_share",
            Label("高新技术产品（服务）收入占总收入", "High-tech income to total income"),
            yearly("high_tech_revenue") / yearly("total_income"),
            ">=",
            rules.high_tech_income_share_min,
            "ratio",
            (Lever("high_tech_revenue_fen_y0", yearly("total_income")),),
            undefined=yearly("total_income").equals(0),
        ),
    )


def _expert(item: str) -> str:
    return f"expert__{ID}__{item}"


def _right_items(rules: HighTechRules) -> tuple[Item, ...]:
    cite = rules.points_max.cite
    quantity = best_of(
        "ip_quantity",
        Label("知识产权数量", "Number of rights"),
        "ip",
        (
            counted_item(
                "class_one", Label("Ⅰ类", "Class I"), "ip", right_ends("class_one_main"), rules.class_one_points
            ),
            counted_item(
                "class_two", Label("Ⅱ类", "Class II"), "ip", right_ends("class_two_main"), rules.class_two_points
            ),
        ),
    )
    return (
        judged_only(
            "ip_advancedness",
            Label("技术的先进程度", "Advancedness of the technology"),
            "ip",
            _expert("ip_advancedness"),
            _most(rules, "ip_advancedness"),
            cite,
        ),
        judged_only(
            "ip_support",
            Label("对主要产品的核心支持作用", "Core support to the main product"),
            "ip",
            _expert("ip_support"),
            _most(rules, "ip_core_support"),
            cite,
        ),
        judged(quantity, _expert("ip_quantity")),
        judged(_obtained_item(rules), _expert("ip_way_obtained")),
        judged(_bonus_item(rules), _expert("standards_bonus")),
    )


def _obtained_item(rules: HighTechRules) -> Item:
    """Own research leaves the expert the wide band; rights that were only bought or given, the narrow one."""
    table = rules.obtained_points
    own, bought = right_ends("own_right"), right_ends("bought_right")
    own_low, own_high = table.number("own", "points_low"), table.number("own", "points_high")
    bought_low, bought_high = (table.number("only_transferred", end) for end in ("points_low", "points_high"))
    either = If((own[1] >= 1.0).or_else(True), lift(min(own_low, bought_low)), lift(bought_low))
    least = If(own[0] >= 1.0, lift(own_low), If(bought[0] >= 1.0, either, lift(0.0)))
    most = If(own[1] >= 1.0, lift(own_high), If(bought[1] >= 1.0, lift(bought_high), lift(0.0)))
    return Item(
        "ip_way_obtained",
        Label("知识产权获得方式", "Way the rights were obtained"),
        "ip",
        own_high,
        least.or_else(0.0),
        most.or_else(max(own_high, bought_high)),
        (table.cite,),
        own[0],
        "count",
    )


def _bonus_item(rules: HighTechRules) -> Item:
    """A standard led or joined earns the bonus; without one, methods and specifications may still earn it."""
    table = rules.standard_bonus
    joined = Column("standards_joined") >= 1.0
    least = If(joined, lift(table.number("joined", "points_low")), lift(table.number("none", "points_low")))
    most = table.number("joined", "points_high")
    return Item(
        "standards_bonus",
        Label("参与编制标准（加分）", "Standards participation (bonus)"),
        "ip",
        most,
        least.or_else(table.number("none", "points_low")),
        lift(most),
        (table.cite,),
        Column("standards_joined"),
        "count",
    )


def _judged_items(rules: HighTechRules) -> tuple[Item, ...]:
    conversion = banded(
        "conversion",
        Label("近三年年均科技成果转化数", "Conversions a year, mean of three years"),
        "conversion",
        Column("conversions_per_year_3y"),
        rules.conversion_points,
        "count",
        (Lever("conversions_per_year_3y"),),
    )
    organisation = (
        ("rd_system", "organisation_system", Label("研发管理制度、核算体系与辅助账", "R&D system and ledger")),
        ("rd_unit_cooperation", "organisation_unit", Label("内设研发机构与产学研合作", "R&D unit and cooperation")),
        (
            "conversion_incentive",
            "organisation_incentive",
            Label("成果转化激励与开放式平台", "Conversion incentives and open platform"),
        ),
        ("training", "organisation_talent", Label("人才培养与绩效评价", "Training and performance")),
    )
    return (
        judged(conversion, _expert("conversion")),
        *(
            judged_only(name, label, "organisation", _expert(name), _most(rules, row), rules.points_max.cite)
            for name, row, label in organisation
        ),
    )


def _growth_items(rules: HighTechRules) -> tuple[Item, ...]:
    net_assets = _growth_item(
        "net_asset_growth", Label("净资产增长率", "Net asset growth"), "net_assets", rules.net_asset_growth_points
    )
    sales = _growth_item("sales_growth", Label("销售收入增长率", "Sales growth"), "revenue", rules.sales_growth_points)
    return judged(net_assets, _expert("net_asset_growth")), judged(sales, _expert("sales_growth"))


def _growth_item(name: str, label: Label, amount: str, table: BandTable) -> Item:
    """Mean of two yearly growth rates; year 1 zero: the last rate alone; year 2 zero: no points; no rate: no points.

    A negative base makes the official formula say the opposite of what it means: then the points stay open.
    """
    first, second = yearly(amount, 2), yearly(amount, 1)
    lived = Column("fiscal_years")
    three = lived >= 3.0
    rate: Expression = If(three, If(first.equals(0), growth(amount, 0, 1), mean_growth(amount)), growth(amount, 0, 1))
    negative = (second < 0.0) | (three & (first < 0.0))
    value = If(negative, MISSING_NUMBER, rate)
    no_rate = any_of((lived <= 1.0, second.equals(0)))
    item = banded(name, label, "growth", value, table, undefined=no_rate, slack=GROWTH_SLACK)
    return replace(item, levers=())

"""How many points does the innovation points system (创新积分制) give it? 18 indicators, weighted by stage.

The ministry's weight table and formula were not found: weights and anchors are a provisional profile that an
institution is expected to replace. A score, no yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.schemes.life_cycle import STAGES, LifeCycleRules, stage_gates, stage_of
from kejin.evaluation.schemes.measures import FEN_PER_CNY, Line, growth, on_line, research_units, yearly
from kejin.rule_values import AnchorTable, CodeMap, RowTable, from_rule
from kejin.schemes.expressions import Column, Expression, If, lift
from kejin.schemes.scheme import Block, Item, Label, Lever, Scheme, Unit, step

ID = "innovation_points"
_RULES = "titles/innovation_points"
_CNY = "_cny"


@dataclass(frozen=True, slots=True)
class InnovationPointsRules(LifeCycleRules):
    """The figures of the profile on a day, with those of the stages that set the weights."""

    groups: CodeMap = from_rule(f"{_RULES}/groups")
    weights: RowTable = from_rule(f"{_RULES}/weights")
    anchors: AnchorTable = from_rule(f"{_RULES}/anchors")


@dataclass(frozen=True, slots=True)
class _Indicator:
    """What an indicator measures."""

    label: Label
    value: Expression
    unit: Unit = "ratio"
    levers: tuple[Lever, ...] = ()
    undefined: Expression | None = None


def innovation_points(rules: InnovationPointsRules) -> Scheme:
    """The scheme with the figures of a day."""
    stage = stage_of({gate.name: gate.passes for gate in stage_gates(rules)})
    indicators = _indicators()
    items = tuple(_item(rules, name, indicators[name]) for name in indicators if name in rules.weights.rows)
    blocks = (
        ("innovation", Label("技术创新指标", "Technological innovation")),
        ("growth", Label("成长经营指标", "Growth and business")),
        ("support", Label("辅助指标", "Supporting")),
    )
    return Scheme(
        ID,
        "2024",
        Label("创新积分", "Innovation points"),
        (),
        items,
        blocks=tuple(
            Block(
                name,
                label,
                sum(item.maximum for item in items if item.block == name),
                (rules.groups.cite,),
            )
            for name, label in blocks
        ),
        before=((step(ID, "stage_code"), stage),),
        notes=(
            Label(
                "权重与归一化区间为暂行参数，不是科技部公布的数值。",
                "Weights and anchors are a provisional profile, not those of the ministry.",
            ),
        ),
        kind="score",
        score_max=max(sum(rules.weights.number(item.name, stage) for item in items) for stage in STAGES.values()),
    )


def _item(rules: InnovationPointsRules, name: str, indicator: _Indicator) -> Item:
    """Points along a line from 0 to the weight of the stage; where the stage is open, over all stages."""
    weights = {code: rules.weights.number(name, stage) for code, stage in STAGES.items()}
    pair = rules.anchors.anchors[name]
    scale = FEN_PER_CNY if name.endswith(_CNY) else 1.0
    floor, full = (float(end) * scale if end is not None else None for end in (pair.floor, pair.full))
    line = Line(lift(floor or 0.0), None if full is None else lift(full), 1.0)
    share = on_line(
        name,
        indicator.label,
        rules.groups.entries[name],
        indicator.value,
        line,
        (rules.anchors.cite, rules.weights.cite),
        indicator.unit,
        indicator.levers,
        () if full is None else (full,),
        indicator.undefined,
    )
    weight: Expression = lift(weights[max(weights)])
    code = Column(step(ID, "stage_code"))
    for stage in sorted(weights, reverse=True)[1:]:
        weight = If(code.equals(stage), lift(weights[stage]), weight)
    return Item(
        name,
        share.label,
        share.block,
        max(weights.values()),
        share.low * weight.or_else(min(weights.values())),
        share.high * weight.or_else(max(weights.values())),
        share.cites,
        share.value,
        share.unit,
        share.edges,
        share.levers,
    )


def _amount(zh: str, en: str, name: str) -> _Indicator:
    return _Indicator(Label(zh, en), yearly(name), "fen", (Lever(f"{name}_fen_y0"),))


def _count(zh: str, en: str, column: str, unit: Unit = "count") -> _Indicator:
    return _Indicator(Label(zh, en), Column(column), unit, (Lever(column),))


def _growth(zh: str, en: str, amount: str) -> _Indicator:
    before = yearly(amount, 1)
    lever = Lever(f"{amount}_fen_y0", before, lift(0.0) - before)
    return _Indicator(Label(zh, en), growth(amount, 0, 1), levers=(lever,), undefined=before.equals(0))


def _indicators() -> dict[str, _Indicator]:
    return _research_indicators() | _business_indicators() | _support_indicators()


def _research_indicators() -> dict[str, _Indicator]:
    sales, staff = yearly("revenue"), Column("staff_total_y0")
    return {
        "rd_expense_cny": _amount("研发费用金额", "R&D expense", "rd_expense"),
        "rd_expense_growth": _growth("研发费用增速", "Growth of R&D expense", "rd_expense"),
        "rd_to_revenue": _Indicator(
            Label("研发费用占营业收入比例", "R&D to revenue"),
            yearly("rd_expense") / sales,
            levers=(Lever("rd_expense_fen_y0", sales),),
            undefined=sales.equals(0),
        ),
        "tech_staff_share": _Indicator(
            Label("科技人员占职工总数比重", "Share of technology staff"),
            Column("tech_staff_y0") / staff,
            levers=(Lever("tech_staff_y0", staff),),
            undefined=staff.equals(0),
        ),
        "invention_applications": _count(
            "与主营业务相关的发明专利申请量", "Inventions filed, related to the main business", "inventions_filed_main"
        ),
        "pct_applications": _count(
            "与主营业务相关的PCT专利申请量", "PCT applications related to the main business", "pct_filed_main"
        ),
        "technology_contract_cny": _count(
            "企业技术合同成交额", "Technology contracts sold within a year", "technology_contracts_fen_1y", "fen"
        ),
    }


def _business_indicators() -> dict[str, _Indicator]:
    assets = yearly("net_assets")
    return {
        "high_tech_income_cny": _amount("高新技术产品收入", "High-tech product income", "high_tech_revenue"),
        "revenue_cny": _amount("营业收入", "Revenue", "revenue"),
        "revenue_growth": _growth("营业收入增长率", "Growth of revenue", "revenue"),
        "rd_deduction_tax_cny": _amount(
            "研发加计扣除所得税减免额", "Tax saved by the R&D deduction", "rd_super_deduction_tax"
        ),
        "net_asset_return": _Indicator(
            Label("净资产利润率", "Return on net assets"),
            yearly("net_profit") / assets,
            levers=(Lever("net_profit_fen_y0", assets),),
            # A loss over negative net assets would read as a good return.
            undefined=assets <= 0.0,
        ),
    }


def _support_indicators() -> dict[str, _Indicator]:
    staff = Column("staff_total_y0")
    degrees = Column("doctors_y0") + Column("masters_y0")
    return {
        "graduate_staff_share": _Indicator(
            Label("研究生以上人员占比", "Share of staff with a master's degree or above"),
            degrees / staff,
            undefined=staff.equals(0),
        ),
        "new_graduates": _count("吸纳高校应届毕业生人数", "New graduates taken on", "graduates_hired_y0", "person"),
        "provincial_platforms": _Indicator(
            Label("省级及以上研发或创新平台数量", "Provincial or higher platforms"),
            research_units(["national", "provincial"]),
            "count",
        ),
        "provincial_awards": _count(
            "省级及以上科技奖励数量", "Provincial or higher awards", "awards_provincial_plus_3y"
        ),
        "provincial_projects": _count(
            "省级及以上科技计划项目数量", "Provincial or higher research projects", "projects_provincial_3y"
        ),
        "venture_capital_cny": _count("获得风险投资金额", "Venture capital received", "equity_total_fen", "fen"),
    }

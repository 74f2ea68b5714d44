"""How strong is its research as the Beijing technology-centre scorecard (北京市企业技术中心) measures it?

A score, no yes or no: below the floor nothing, at the floor part of the weight, from the full mark on all of it, on a
line in between. Where the published copy is cut off, the item stays open between 0 and its weight.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejin.evaluation.schemes.measures import FEN_PER_CNY, Line, on_line, research_units, yearly
from kejin.rule_values import AnchorTable, Citation, CodeMap, Figure, RowTable, from_rule
from kejin.schemes.expressions import MISSING_NUMBER, Column, Expression, If, lift
from kejin.schemes.scheme import Item, Label, Lever, Scheme, Unit

ID = "beijing_rd_centre"
_RULES = "titles/beijing_rd_centre"
_ALL, _OTHER = "all", "other"


@dataclass(frozen=True, slots=True)
class BeijingRdCentreRules:
    """The figures of the scheme on a day."""

    weights: RowTable = from_rule(f"{_RULES}/weights")
    floor_mark: Figure = from_rule(f"{_RULES}/floor_mark")
    sector_by_industry: CodeMap = from_rule(f"{_RULES}/sector_by_industry")
    rd_expense_per_rd_head: AnchorTable = from_rule(f"{_RULES}/rd_expense_per_rd_head")
    rd_staff_share: AnchorTable = from_rule(f"{_RULES}/rd_staff_share")
    senior_experts: AnchorTable = from_rule(f"{_RULES}/senior_experts")
    external_expert_months: AnchorTable = from_rule(f"{_RULES}/external_expert_months")
    valid_ip: AnchorTable = from_rule(f"{_RULES}/valid_ip")
    valid_invention_patents: AnchorTable = from_rule(f"{_RULES}/valid_invention_patents")
    rd_projects: AnchorTable = from_rule(f"{_RULES}/rd_projects")
    basic_applied_project_share: AnchorTable = from_rule(f"{_RULES}/basic_applied_project_share")
    rd_equipment_cny: AnchorTable = from_rule(f"{_RULES}/rd_equipment_cny")
    national_platforms: AnchorTable = from_rule(f"{_RULES}/national_platforms")
    provincial_platforms: AnchorTable = from_rule(f"{_RULES}/provincial_platforms")
    accredited_labs: AnchorTable = from_rule(f"{_RULES}/accredited_labs")
    patent_applications: AnchorTable = from_rule(f"{_RULES}/patent_applications")
    invention_applications: AnchorTable = from_rule(f"{_RULES}/invention_applications")
    standards_3y: AnchorTable = from_rule(f"{_RULES}/standards_3y")


@dataclass(frozen=True, slots=True)
class _Measure:
    """What an item measures; scale is units of the value in one unit of the rule."""

    label: Label
    value: Expression
    unit: Unit
    scale: float = 1.0
    levers: tuple[Lever, ...] = ()
    undefined: Expression | None = None


def beijing_rd_centre(rules: BeijingRdCentreRules) -> Scheme:
    """The scheme with the figures of a day."""
    return Scheme(
        ID,
        "2020",
        Label("北京市企业技术中心评价", "Beijing technology-centre scorecard"),
        (),
        (_open_item(rules), *(_item(rules, name, measure) for name, measure in _measures().items())),
        notes=(
            Label(
                "所见指标权重合计75分，非100分；达到基本要求得权重60%为暂行参数。",
                "The items seen weigh 75 of 100; that the floor earns 60% of the weight is provisional.",
            ),
        ),
        kind="score",
    )


def _measures() -> dict[str, _Measure]:
    return _people_measures() | _work_measures()


def _people_measures() -> dict[str, _Measure]:
    staff, heads = Column("staff_total_y0"), Column("rd_staff_y0")
    return {
        "rd_expense_per_rd_head": _Measure(
            Label("研发人员人均研发经费", "R&D expense per R&D head"),
            yearly("rd_expense") / heads,
            "fen",
            FEN_PER_CNY,
            (Lever("rd_expense_fen_y0", heads),),
            heads.equals(0),
        ),
        "rd_staff_share": _Measure(
            Label("研发人员占比", "Share of R&D staff"),
            heads / staff,
            "ratio",
            1.0,
            (Lever("rd_staff_y0", staff),),
            staff.equals(0),
        ),
        "senior_experts": _Measure(
            Label("高级专家与博士人数", "Senior experts and doctors"),
            Column("senior_experts_y0") + Column("doctors_y0"),
            "person",
            levers=(Lever("senior_experts_y0", less=Column("doctors_y0")),),
        ),
        "external_expert_months": _counted(
            "external_expert_months_y0", "month", "外部专家人月", "External expert months"
        ),
    }


def _work_measures() -> dict[str, _Measure]:
    running = Column("projects_running")
    return {
        "valid_ip": _counted("valid_right_count", "count", "有效知识产权数", "Valid rights"),
        "valid_invention_patents": _counted(
            "valid_invention_count", "count", "有效发明专利数", "Valid invention patents"
        ),
        "rd_projects": _counted("projects_running", "count", "研发项目数", "R&D projects"),
        "basic_applied_project_share": _Measure(
            Label("基础与应用研究项目占比", "Share of basic and applied projects"),
            Column("projects_basic_applied") / running,
            "ratio",
            1.0,
            (Lever("projects_basic_applied", running),),
            running.equals(0),
        ),
        "rd_equipment_cny": _Measure(
            Label("研发设备原值", "Original value of R&D equipment"),
            yearly("rd_equipment"),
            "fen",
            FEN_PER_CNY,
            (Lever("rd_equipment_fen_y0"),),
        ),
        "national_platforms": _Measure(
            Label("国家级研发平台数", "National R&D platforms"), research_units(["national"]), "count"
        ),
        "provincial_platforms": _Measure(
            Label("省部级研发平台数", "Provincial R&D platforms"), research_units(["provincial"]), "count"
        ),
        "accredited_labs": _counted("accredited_labs", "count", "认可实验室数", "Accredited laboratories"),
        "patent_applications": _counted("patents_filed_1y", "count", "当年专利申请数", "Patents filed in the year"),
        "invention_applications": _counted(
            "inventions_filed_1y", "count", "当年发明专利申请数", "Inventions filed in the year"
        ),
        "standards_3y": _counted("standards_3y", "count", "近三年标准数", "Standards led or joined in three years"),
    }


def _counted(column: str, unit: Unit, zh: str, en: str) -> _Measure:
    return _Measure(Label(zh, en), Column(column), unit, levers=(Lever(column),))


def _item(rules: BeijingRdCentreRules, name: str, measure: _Measure) -> Item:
    table: AnchorTable = getattr(rules, name)
    weight = rules.weights.number(name, "weight")
    cites: tuple[Citation, ...] = (table.cite, rules.weights.cite, rules.floor_mark.cite)
    if _ALL in table.anchors:
        pair = table.anchors[_ALL]
        floor, full = float(pair.floor) * measure.scale, pair.full
        edges: tuple[float, ...] = (floor,) if full is None else (floor, float(full) * measure.scale)
        line = Line(lift(floor), None if full is None else lift(edges[-1]), weight, rules.floor_mark.number)
    else:
        cites = (*cites, rules.sector_by_industry.cite)
        floors = {sector: float(pair.floor) * measure.scale for sector, pair in table.anchors.items()}
        fulls = {s: float(pair.full) * measure.scale for s, pair in table.anchors.items() if pair.full is not None}
        edges = ()
        line = Line(_by_sector(rules, floors), _by_sector(rules, fulls), weight, rules.floor_mark.number)
    return on_line(
        name,
        measure.label,
        "research",
        measure.value,
        line,
        cites,
        measure.unit,
        measure.levers,
        edges,
        measure.undefined,
    )


def _by_sector(rules: BeijingRdCentreRules, numbers: dict[str, float]) -> Expression:
    """The number of the company's sector; longer prefixes of the industry class decide before shorter ones."""
    digits, prefixes = Column("industry_digits"), rules.sector_by_industry.entries
    number: Expression = _number(numbers, _OTHER)
    for length in sorted({len(prefix) for prefix in prefixes}):
        for sector in sorted(set(prefixes.values())):
            mine = [prefix for prefix, found in prefixes.items() if found == sector and len(prefix) == length]
            if mine:
                number = If(digits.begins_with(mine), _number(numbers, sector), number)
    return number


def _number(numbers: dict[str, float], sector: str) -> Expression:
    return lift(numbers[sector]) if sector in numbers else MISSING_NUMBER


def _open_item(rules: BeijingRdCentreRules) -> Item:
    """R&D to main-business revenue: its anchors differ by size and were not seen, so its points stay open."""
    weight = rules.weights.number("rd_to_main_revenue", "weight")
    return Item(
        "rd_to_main_revenue",
        Label("研发经费占主营业务收入", "R&D to main-business revenue"),
        "research",
        weight,
        lift(0.0),
        lift(weight),
        (rules.weights.cite,),
        yearly("rd_expense") / yearly("main_revenue"),
    )

"""Does it meet the science and innovation attributes of the STAR board (科创属性评价指引)? CSRC, 2022 and 2024 figures.

Four measures together, or any one of five exceptional routes; software companies are asked for a higher R&D ratio
and no number of patents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kejin.evaluation.schemes.measures import (
    FEN_PER_CNY,
    all_gates,
    any_gate,
    compound_growth_gate,
    count_gate,
    counted_gate,
    right_ends,
    yearly,
    years_together,
)
from kejin.rule_values import CaseFigure, CodeSet, Figure, from_rule
from kejin.schemes.expressions import Column, If, lift
from kejin.schemes.rule_expressions import in_case, number_in_case
from kejin.schemes.scheme import Gate, Label, Lever, Scheme, compared, held

ID = "star_board"


@dataclass(frozen=True, slots=True)
class StarBoardRules:
    """The figures of the scheme on a day."""

    rd_years: Figure = from_rule("titles/star_board/rd_years")
    rd_to_revenue_min: CaseFigure = from_rule("titles/star_board/rd_to_revenue_min")
    rd_total_cny_min: Figure = from_rule("titles/star_board/rd_total_cny_min")
    rd_staff_share_min: Figure = from_rule("titles/star_board/rd_staff_share_min")
    invention_patents_min: CaseFigure = from_rule("titles/star_board/invention_patents_min")
    revenue_growth_years: Figure = from_rule("titles/star_board/revenue_growth_years")
    revenue_growth_min: Figure = from_rule("titles/star_board/revenue_growth_min")
    revenue_cny_min: Figure = from_rule("titles/star_board/revenue_cny_min")
    exception_routes: CodeSet = from_rule("titles/star_board/exception_routes")
    exception_invention_patents_min: Figure = from_rule("titles/star_board/exception_invention_patents_min")


def star_board(rules: StarBoardRules) -> Scheme:
    """The scheme with the figures of a day."""
    research, growth = _research_gates(rules), _growth_gates(rules)
    needed, routes = _needed_gates(rules), _route_gates(rules)
    regular = (
        any_gate(ID, (gate.name for gate in research))
        & all_gates(ID, (gate.name for gate in needed))
        & any_gate(ID, (gate.name for gate in growth))
    )
    return Scheme(
        ID,
        f"{rules.rd_total_cny_min.cite.in_force_from:%Y}",
        Label("科创属性", "STAR board attributes"),
        (*research, *needed, *growth, *routes),
        (),
        regular | any_gate(ID, (gate.name for gate in routes)),
        notes=(
            Label(
                "采用第五套上市标准的企业不要求营业收入增长，本判断未作区分。",
                "Companies under the fifth listing standard are not asked for revenue growth; this is not told apart.",
            ),
        ),
    )


def _research_gates(rules: StarBoardRules) -> tuple[Gate, ...]:
    """The ratio, or the amount; the amount does not stand in for the ratio of a software company."""
    years = int(rules.rd_years.value)
    spent, sales = years_together("rd_expense", years), years_together("revenue", years)
    ratio, edge = spent / sales, rules.rd_total_cny_min.number * FEN_PER_CNY
    before = spent - yearly("rd_expense")
    reached = in_case(rules.rd_to_revenue_min, lambda figure: held(ratio, ">=", figure.number))
    return (
        Gate(
            "rd_to_revenue",
            Label("近三年研发投入占营业收入", "R&D to revenue of three years"),
            If(sales.equals(0).or_else(False), lift(False), reached),
            rules.rd_to_revenue_min.cites,
            ratio,
            "ratio",
            levers=(Lever("rd_expense_fen_y0", sales, before),),
            edge=number_in_case(rules.rd_to_revenue_min),
        ),
        Gate(
            "rd_total",
            Label("近三年研发投入累计", "R&D of three years together"),
            (spent >= edge) & ~Column("software_company"),
            (rules.rd_total_cny_min.cite,),
            spent,
            "fen",
            edge,
            levers=(Lever("rd_expense_fen_y0", lift(1.0), before),),
        ),
    )


def _needed_gates(rules: StarBoardRules) -> tuple[Gate, ...]:
    staff, (low, high) = Column("staff_total_y0"), right_ends("invention_main")
    label = Label("应用于主营业务并能产业化的发明专利", "Invention patents applied to the main business")

    def enough(figure: Figure) -> Gate:
        return counted_gate("invention_patents", label, (low, high), lift(figure.number), (figure.cite,))

    number = number_in_case(rules.invention_patents_min)
    shown = counted_gate(
        "invention_patents", label, (low, high), number, rules.invention_patents_min.cites, (Lever(low.name),)
    )
    return (
        compared(
            "rd_staff_share",
            Label("研发人员占员工总数", "R&D staff to all staff"),
            Column("rd_staff_y0") / staff,
            ">=",
            rules.rd_staff_share_min,
            "ratio",
            (Lever("rd_staff_y0", staff),),
            undefined=staff.equals(0),
        ),
        replace(shown, passes=in_case(rules.invention_patents_min, lambda figure: enough(figure).passes)),
    )


def _growth_gates(rules: StarBoardRules) -> tuple[Gate, ...]:
    return (
        compound_growth_gate(
            "revenue_growth",
            Label("近三年营业收入复合增长率", "Compound growth of revenue over three years"),
            rules.revenue_growth_min,
            int(rules.revenue_growth_years.value) - 1,
        ),
        compared(
            "revenue",
            Label("最近一年营业收入", "Revenue of the last year"),
            yearly("revenue"),
            ">=",
            rules.revenue_cny_min,
            "fen",
            (Lever("revenue_fen_y0"),),
            FEN_PER_CNY,
        ),
    )


def _route_gates(rules: StarBoardRules) -> tuple[Gate, ...]:
    cites = (rules.exception_routes.cite,)
    many = rules.exception_invention_patents_min
    routes = {
        "core_technology_recognised": Gate(
            "route_recognised",
            Label("核心技术经国家主管部门认定", "Core technology recognised by the authority"),
            Column("core_technology_recognised"),
            cites,
        ),
        "national_award": count_gate(
            "route_award",
            Label("获国家科技奖励并应用于主营业务", "National award applied in the main business"),
            Column("national_award_main"),
            cites,
        ),
        "national_major_project": count_gate(
            "route_project",
            Label("独立或牵头承担国家重大科技专项", "Leads a national major project"),
            Column("major_special_lead"),
            cites,
        ),
        "import_substitution": Gate(
            "route_import_substitution",
            Label("主要产品实现进口替代", "Main product replaces imports"),
            Column("import_substitution"),
            cites,
        ),
        "invention_patents": counted_gate(
            "route_patents",
            Label("形成核心技术的发明专利数量", "Invention patents that form core technology"),
            right_ends("invention_main"),
            many.number,
            (*cites, many.cite),
            (Lever("invention_main_low"),),
        ),
    }
    return tuple(routes[code] for code in routes if code in rules.exception_routes.codes)

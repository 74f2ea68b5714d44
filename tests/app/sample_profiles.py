"""Profiles made by hand from the shipped rules of a day, for pages and texts: no workspace is needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from kejin.errors import InputError
from kejin.evaluation.inputs import input_of
from kejin.evaluation.profile import (
    FigureShown,
    Profile,
    SourceRow,
    missing_sentences,
    strengths_and_weaknesses,
    title_sentences,
)
from kejin.evaluation.schemes.catalogue import SCHEMES
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.schemes.explain import explain
from kejin.schemes.scheme import Label, Scheme
from kejin.workflows.fill_rules import fill_rules

DAY = date(2026, 3, 31)
YI = 10_000_000_000  # fen in 1亿元
# Sales 1.5亿元, R&D 405万元: 2.7% of sales, where 专精特新 (2022) asks for 3%, so 45万元 are lacking.
SHORT_OF_RD: Mapping[str, Any] = {
    "age_days": 3300.0,
    "age_years": 9.0,
    "fiscal_years": 9.0,
    "is_active": True,
    "mainland_resident": True,
    "listed": False,
    "on_abnormal_list": False,
    "on_serious_breach_list": False,
    "serious_failing_2y": False,
    "serious_incident_1y": False,
    "restricted_product": False,
    "industry_code": "C3971",
    "industry_digits": "3971",
    "report_year": 2025.0,
    "revenue_fen_y0": 1.5 * YI,
    "revenue_fen_y1": 1.2 * YI,
    "revenue_fen_y2": 1.0 * YI,
    "main_revenue_fen_y0": 1.4 * YI,
    "main_revenue_fen_y1": 1.1 * YI,
    "main_revenue_fen_y2": 0.9 * YI,
    "rd_expense_fen_y0": 0.0405 * YI,
    "rd_expense_fen_y1": 0.06 * YI,
    "rd_expense_fen_y2": 0.05 * YI,
    "net_profit_fen_y0": 0.12 * YI,
    "total_assets_fen_y0": 1.1 * YI,
    "total_cost_fen_y0": 1.3 * YI,
    "staff_total_y0": 120.0,
    "tech_staff_y0": 31.0,
    "rd_staff_y0": 22.0,
    "niche_years": 6.0,
    "class_one_main_low": 1.0,
    "class_one_main_high": 3.0,
    "class_two_main_low": 4.0,
    "class_two_main_high": 4.0,
    "latest_equity_round": "a",
    "holds__high_tech": False,
}


@cache
def schemes_of(day: date) -> tuple[tuple[Scheme, ...], tuple[Label, ...], str]:
    """The schemes in force on a day, what was not in force, and the edition."""
    rules = Lookups(RuleBook.shipped(), day)
    found, absent = [], []
    for name, versions in SCHEMES.items():
        try:
            chosen = rules.choice(f"titles/{name}/version") if len(versions) > 1 else next(iter(versions))
            found.append(versions[chosen].build(fill_rules(versions[chosen].rules, rules)))
        except InputError as error:
            absent.append(Label(error.part("what", "zh"), error.part("what", "en")))
    return tuple(found), tuple(absent), rules.edition


def figures(standing: bool = True) -> tuple[FigureShown, ...]:
    """Six research and four patent figures; without standing, as where peers are too few."""
    rows = [
        ("rd_expense_fen", "研发费用", "R&D expense", "fen", 4_050_000_00.0, "research", 0.41),
        ("rd_intensity_1y", "研发强度", "R&D intensity", "ratio", 0.027, "research", 0.22),
        ("rd_intensity_3y", "三年研发强度", "R&D intensity, 3 years", "ratio", 0.0406, "research", 0.47),
        ("rd_expense_growth_1y", "研发费用增长率", "Growth of R&D expense", "ratio", -0.325, "research", 0.06),
        ("rd_staff_share", "研发人员占比", "Share of R&D staff", "ratio", 22 / 120, "research", 0.66),
        ("inventions_in_force", "发明专利有效数", "Invention patents in force", "count", 11.0, "patents", 0.83),
        ("citation_percentile_mean", "平均被引百分位", "Mean citation percentile", "ratio", 0.71, "patents", 0.9),
        ("family_size_mean", "平均同族数", "Mean family size", "count", None, "patents", None),
        ("maintained_share", "授权专利仍有效比例", "Granted patents still in force", "ratio", 0.92, "patents", 0.58),
    ]
    return tuple(
        FigureShown(
            name,
            Label(zh, en),
            unit,  # type: ignore[arg-type]
            value,
            group,
            higher_is_better=True,
            percentile=percentile if standing else None,
            peers=(64 if value is not None else 0) if standing else 7,
            inputs=("rd_expense_fen_y0", "revenue_fen_y0") if group == "research" else ("patent",),
        )
        for name, zh, en, unit, value, group, percentile in rows
    )


def sample(
    name: str = "云海虚拟芯片(演示)有限公司 0000001",
    inputs: Mapping[str, Any] = SHORT_OF_RD,
    day: date = DAY,
    standing: bool = True,
    source: str = "synthetic: company register",
) -> Profile:
    """A whole profile of one company."""
    schemes, absent, edition = schemes_of(day)
    answers = tuple(explain(scheme, inputs, input_of) for scheme in schemes)
    titles = tuple(answer for answer in answers if answer.kind != "stage")
    shown = figures(standing)
    strengths, weaknesses = strengths_and_weaknesses(shown)
    names = sorted({name for scheme in schemes for name in scheme.program.inputs})
    identity = (
        FigureShown("company_id", Label("统一社会信用代码", "Unified social credit code"), "text", "X", "identity"),
        FigureShown("district", Label("所在区", "District"), "text", Label("南山区", "Nanshan"), "identity"),
        FigureShown("cluster_code", Label("20+8产业集群", "20+8 cluster"), "text", "半导体 Semiconductors", "identity"),
        FigureShown("report_year", Label("最近财务年度", "Last fiscal year known"), "text", "2025", "identity"),
        FigureShown("research_standing", Label("研发综合位次", "Standing in research"), "ratio", 0.36, "standing"),
        FigureShown("patent_standing", Label("专利综合位次", "Standing in patents"), "ratio", None, "standing"),
    )
    return Profile(
        "91440300MA5XUNIT0A",
        name,
        day,
        day,
        edition,
        identity,
        next(answer for answer in answers if answer.kind == "stage"),
        titles,
        shown,
        {name: inputs.get(name) for name in names},
        (
            SourceRow("company", {"company_id": "91440300MA5XUNIT0A"}, date(2026, 1, 5), source),
            SourceRow("annual_report", {"company_id": "91440300MA5XUNIT0A", "year": "2025"}, date(2026, 3, 1), source),
        ),
        tuple(sorted({rule for answer in answers for rule in answer.unverified})),
        absent,
        strengths,
        weaknesses,
        missing_sentences(titles, {"company", "annual_report", "staffing"}),
        title_sentences(titles),
    )

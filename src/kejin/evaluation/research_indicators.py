"""How strong is a company's research? Levels, growth, intensity, people, projects, platforms, awards, contracts.

Each indicator is one expression over the input columns of `inputs.py`, so that the table of all companies and the one
company of a what-if give the same figure. An indicator is missing where an input is missing or where it divides by 0;
`missing_inputs` says which input it lacks.

Smooth  Every indicator is a ratio, a difference or a count without bands: a small change of an input makes a small
        change of the figure. The plain growth rate is unbounded near a base of 0; the `_midpoint` ones divide by the
        mean of both years, run from -2 to 2 and stay defined when one of the years is 0. Intensity over sales explodes
        for a company before its first sales; `rd_share_of_activity`, R&D / (R&D + sales), runs from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kejin.schemes.expressions import Column, Expression, Program, Root, columns_of, total
from kejin.schemes.scheme import Label, Unit

Better = Literal["higher", "lower", "none"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator.

    name        the column of the result.
    unit        `ratio` 1, `fen`, `person`, `count`, `level` (a plain number per something, named in the label).
    formula     as a reader writes it.
    expression  over input columns only.
    better      whether more is better for a company; none where it depends.
    """

    name: str
    label: Label
    unit: Unit
    formula: str
    expression: Expression
    better: Better = "higher"

    @property
    def needs(self) -> tuple[str, ...]:
        """The input columns that it reads, sorted."""
        return tuple(sorted(columns_of(self.expression)))


def _spent(year: int) -> Expression:
    return Column(f"rd_expense_fen_y{year}")


def _sales(year: int) -> Expression:
    return Column(f"revenue_fen_y{year}")


def _midpoint(new: Expression, old: Expression) -> Expression:
    """(new - old) over their mean: -2 to 2 for values >= 0; missing when both are 0."""
    return (new - old) * 2.0 / (new + old)


def _of(name: str) -> Expression:
    return Column(name)


_SPEND = (
    Indicator(
        "rd_expense_fen",
        Label("研发费用", "R&D expense"),
        "fen",
        "R&D expense of the last fiscal year",
        _spent(0),
    ),
    Indicator(
        "rd_expense_mean_3y_fen",
        Label("近三年年均研发费用", "R&D expense, mean of three years"),
        "fen",
        "(R0 + R1 + R2) / 3",
        total((_spent(0), _spent(1), _spent(2))) / 3.0,
    ),
    Indicator(
        "rd_expense_growth_1y",
        Label("研发费用增长率", "Growth of R&D expense"),
        "ratio",
        "(R0 - R1) / R1",
        (_spent(0) - _spent(1)) / _spent(1),
    ),
    Indicator(
        "rd_expense_growth_1y_midpoint",
        Label("研发费用增长率（中点法）", "Growth of R&D expense, midpoint"),
        "ratio",
        "2 (R0 - R1) / (R0 + R1)",
        _midpoint(_spent(0), _spent(1)),
    ),
    Indicator(
        "rd_expense_growth_2y_annual",
        Label("近两年研发费用年均增长率", "Growth of R&D expense a year over two years"),
        "ratio",
        "sqrt(R0 / R2) - 1",
        Root(_spent(0) / _spent(2)) - 1.0,
    ),
    Indicator(
        "rd_expense_growth_3y_midpoint",
        Label("近两年对前两年研发费用增长率（中点法）", "R&D expense of two years against the two before, midpoint"),
        "ratio",
        "2 ((R0 + R1) - (R2 + R3)) / (R0 + R1 + R2 + R3)",
        _midpoint(_spent(0) + _spent(1), _spent(2) + _spent(3)),
    ),
    Indicator(
        "rd_intensity_1y",
        Label("研发投入强度", "R&D intensity"),
        "ratio",
        "R0 / S0",
        _spent(0) / _sales(0),
    ),
    Indicator(
        "rd_intensity_3y",
        Label("近三年研发投入强度", "R&D intensity over three years"),
        "ratio",
        "(R0 + R1 + R2) / (S0 + S1 + S2)",
        total((_spent(0), _spent(1), _spent(2))) / total((_sales(0), _sales(1), _sales(2))),
    ),
    Indicator(
        "rd_intensity_change_1y",
        Label("研发投入强度变化", "Change of R&D intensity"),
        "ratio",
        "R0 / S0 - R1 / S1",
        _spent(0) / _sales(0) - _spent(1) / _sales(1),
    ),
    Indicator(
        "rd_share_of_activity",
        Label("研发占研发与营收之和", "R&D as a share of R&D and sales"),
        "ratio",
        "R0 / (R0 + S0)",
        _spent(0) / (_spent(0) + _sales(0)),
    ),
    Indicator(
        "rd_to_total_cost",
        Label("研发占成本费用", "R&D to total cost"),
        "ratio",
        "R0 / total cost and expense",
        _spent(0) / _of("total_cost_fen_y0"),
    ),
    Indicator(
        "rd_domestic_share_1y",
        Label("境内研发占比", "Domestic share of R&D"),
        "ratio",
        "domestic R0 / R0",
        _of("rd_expense_domestic_fen_y0") / _spent(0),
    ),
    Indicator(
        "rd_domestic_share_3y",
        Label("近三年境内研发占比", "Domestic share of R&D over three years"),
        "ratio",
        "(domestic R0 + R1 + R2) / (R0 + R1 + R2)",
        total(Column(f"rd_expense_domestic_fen_y{year}") for year in range(3))
        / total((_spent(0), _spent(1), _spent(2))),
    ),
    Indicator(
        "rd_super_deduction_to_expense",
        Label("加计扣除减免税额占研发费用", "Tax saved by the super deduction to R&D expense"),
        "ratio",
        "tax saved / R0",
        _of("rd_super_deduction_tax_fen_y0") / _spent(0),
        "none",
    ),
)
_PEOPLE = (
    Indicator(
        "rd_expense_per_head_fen",
        Label("人均研发费用", "R&D expense per head"),
        "fen",
        "R0 / staff",
        _spent(0) / _of("staff_total_y0"),
    ),
    Indicator(
        "rd_expense_per_rd_head_fen",
        Label("研发人员人均研发费用", "R&D expense per R&D head"),
        "fen",
        "R0 / R&D staff",
        _spent(0) / _of("rd_staff_y0"),
    ),
    Indicator(
        "rd_equipment_per_rd_head_fen",
        Label("研发人员人均研发设备原值", "R&D equipment per R&D head"),
        "fen",
        "R&D equipment / R&D staff",
        _of("rd_equipment_fen_y0") / _of("rd_staff_y0"),
    ),
    Indicator(
        "rd_staff_share",
        Label("研发人员占比", "Share of R&D staff"),
        "ratio",
        "R&D staff / staff",
        _of("rd_staff_y0") / _of("staff_total_y0"),
    ),
    Indicator(
        "rd_staff_growth_1y_midpoint",
        Label("研发人员增长率（中点法）", "Growth of R&D staff, midpoint"),
        "ratio",
        "2 (N0 - N1) / (N0 + N1)",
        _midpoint(_of("rd_staff_y0"), _of("rd_staff_y1")),
    ),
    Indicator(
        "tech_staff_share",
        Label("科技人员占比", "Share of technology staff"),
        "ratio",
        "technology staff / staff",
        _of("tech_staff_y0") / _of("staff_total_y0"),
    ),
    Indicator(
        "doctor_share",
        Label("博士占比", "Share of doctors"),
        "ratio",
        "doctors / staff",
        _of("doctors_y0") / _of("staff_total_y0"),
    ),
    Indicator(
        "postgraduate_share",
        Label("硕士及以上占比", "Share of master's degrees and doctorates"),
        "ratio",
        "(doctors + masters) / staff",
        (_of("doctors_y0") + _of("masters_y0")) / _of("staff_total_y0"),
    ),
    Indicator(
        "graduate_share",
        Label("本科及以上占比", "Share of bachelor's degrees and above"),
        "ratio",
        "(doctors + masters + bachelors) / staff",
        total((_of("doctors_y0"), _of("masters_y0"), _of("bachelors_y0"))) / _of("staff_total_y0"),
    ),
    Indicator(
        "expert_share",
        Label("高级专家及博士占比", "Share of senior experts and doctors"),
        "ratio",
        "(senior experts + doctors) / staff",
        (_of("senior_experts_y0") + _of("doctors_y0")) / _of("staff_total_y0"),
    ),
    Indicator(
        "external_expert_months_per_rd_head",
        Label("研发人员人均外部专家人月", "External expert months per R&D head"),
        "level",
        "external expert months / R&D staff",
        _of("external_expert_months_y0") / _of("rd_staff_y0"),
        "none",
    ),
    Indicator(
        "fresh_graduate_share",
        Label("吸纳应届毕业生占比", "Fresh graduates hired to staff"),
        "ratio",
        "graduates hired / staff",
        _of("graduates_hired_y0") / _of("staff_total_y0"),
        "none",
    ),
)


def _count(name: str, zh: str, en: str, inputs: tuple[str, ...]) -> Indicator:
    return Indicator(name, Label(zh, en), "count", " + ".join(inputs), total(Column(one) for one in inputs))


_OUTPUT = (
    _count("rd_projects_running", "在研项目数", "Projects running", ("projects_running",)),
    Indicator(
        "rd_projects_basic_applied_share",
        Label("基础和应用研究项目占比", "Share of basic and applied projects"),
        "ratio",
        "basic and applied projects / projects running",
        _of("projects_basic_applied") / _of("projects_running"),
    ),
    _count(
        "rd_projects_national_3y", "三年内国家级项目", "National projects in three years", ("projects_national_3y",)
    ),
    _count(
        "rd_projects_provincial_up_3y",
        "三年内省级以上项目",
        "Provincial or higher projects in three years",
        ("projects_provincial_3y",),
    ),
    _count("rd_platforms_national", "国家级平台", "National platforms", ("units_national",)),
    _count(
        "rd_platforms_provincial_up",
        "省部级以上平台",
        "Provincial or higher platforms",
        ("units_national", "units_provincial"),
    ),
    _count(
        "rd_platforms_all",
        "各级研发平台",
        "Platforms of every level",
        ("units_national", "units_provincial", "units_municipal", "units_other"),
    ),
    _count("rd_accredited_labs", "认可实验室", "Accredited laboratories", ("accredited_labs",)),
    _count(
        "rd_awards_provincial_up_3y",
        "三年内省级以上科技奖励",
        "Provincial or higher awards in three years",
        ("awards_provincial_plus_3y",),
    ),
    _count("rd_standards_3y", "三年内参与标准数", "Standards in three years", ("standards_3y",)),
    Indicator(
        "rd_contracts_fen_1y",
        Label("一年内技术合同成交额", "Technology contracts sold within a year"),
        "fen",
        "technology contracts sold within a year",
        _of("technology_contracts_fen_1y"),
    ),
    Indicator(
        "rd_contracts_to_sales",
        Label("技术合同成交额占营业收入", "Technology contracts to sales"),
        "ratio",
        "technology contracts sold within a year / S0",
        _of("technology_contracts_fen_1y") / _sales(0),
    ),
    Indicator(
        "high_tech_sales_share",
        Label("高新技术产品（服务）收入占总收入", "High-tech revenue to total income"),
        "ratio",
        "high-tech revenue / total income",
        _of("high_tech_revenue_fen_y0") / _of("total_income_fen_y0"),
    ),
    Indicator(
        "inventions_filed_per_rd_head",
        Label("研发人员人均发明申请", "Inventions filed per R&D head"),
        "level",
        "inventions filed within a year / R&D staff",
        _of("inventions_filed_1y") / _of("rd_staff_y0"),
    ),
    Indicator(
        "valid_inventions_per_rd_head",
        Label("研发人员人均有效发明专利", "Valid invention patents per R&D head"),
        "level",
        "valid invention patents / R&D staff",
        _of("valid_invention_count") / _of("rd_staff_y0"),
    ),
)

RESEARCH_INDICATORS: tuple[Indicator, ...] = (*_SPEND, *_PEOPLE, *_OUTPUT)


@cache
def research_program() -> Program:
    """All indicators as one program over the input columns, for compile_table and compile_row."""
    inputs = sorted({name for one in RESEARCH_INDICATORS for name in one.needs})
    return Program(tuple(inputs), tuple((one.name, one.expression) for one in RESEARCH_INDICATORS))


def missing_inputs(indicator: Indicator, row: Mapping[str, object]) -> tuple[str, ...]:
    """Which inputs of the indicator does the row lack? Empty where a missing figure comes from a division by 0."""
    return tuple(name for name in indicator.needs if _is_missing(row.get(name)))


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))

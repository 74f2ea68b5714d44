"""Research indicators: by hand, the same in a table and for one company, missing where an input is."""

from __future__ import annotations

import math
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kejin.engines.on_duckdb  # noqa: F401  gives Ibis the names that it expects
from kejin.evaluation.inputs import input_of
from kejin.evaluation.research_indicators import RESEARCH_INDICATORS, missing_inputs, research_program
from kejin.schemes.compile_row import compile_row
from kejin.schemes.compile_table import compile_table

EVALUATE = compile_row(research_program())
INPUTS = research_program().inputs
BY_NAME = {one.name: one for one in RESEARCH_INDICATORS}

# A company with round figures, in fen where money.
EXAMPLE: dict[str, Any] = {
    **{f"rd_expense_fen_y{year}": value for year, value in enumerate((120.0, 100.0, 30.0, 50.0))},
    **{f"revenue_fen_y{year}": value for year, value in enumerate((1000.0, 800.0, 700.0))},
    **{f"rd_expense_domestic_fen_y{year}": value for year, value in enumerate((90.0, 80.0, 30.0))},
    "total_cost_fen_y0": 900.0,
    "rd_super_deduction_tax_fen_y0": 18.0,
    "staff_total_y0": 50.0,
    "rd_staff_y0": 20.0,
    "rd_staff_y1": 12.0,
    "tech_staff_y0": 30.0,
    "doctors_y0": 2.0,
    "masters_y0": 8.0,
    "bachelors_y0": 25.0,
    "senior_experts_y0": 3.0,
    "external_expert_months_y0": 10.0,
    "graduates_hired_y0": 5.0,
    "rd_equipment_fen_y0": 400.0,
    "projects_running": 8.0,
    "projects_basic_applied": 2.0,
    "projects_national_3y": 1.0,
    "projects_provincial_3y": 3.0,
    "units_national": 1.0,
    "units_provincial": 2.0,
    "units_municipal": 0.0,
    "units_other": 4.0,
    "accredited_labs": 1.0,
    "awards_provincial_plus_3y": 2.0,
    "standards_3y": 6.0,
    "technology_contracts_fen_1y": 250.0,
    "high_tech_revenue_fen_y0": 600.0,
    "total_income_fen_y0": 1200.0,
    "inventions_filed_1y": 4.0,
    "valid_invention_count": 10.0,
}
BY_HAND = {
    "rd_expense_fen": 120,
    "rd_expense_mean_3y_fen": 250 / 3,
    "rd_expense_growth_1y": 0.2,
    "rd_expense_growth_1y_midpoint": 40 / 220,
    "rd_expense_growth_2y_annual": 1.0,  # 30 to 120 in two years: doubled each year
    "rd_expense_growth_3y_midpoint": 2 * (220 - 80) / 300,
    "rd_intensity_1y": 0.12,
    "rd_intensity_3y": 0.1,
    "rd_intensity_change_1y": -0.005,
    "rd_share_of_activity": 120 / 1120,
    "rd_to_total_cost": 120 / 900,
    "rd_domestic_share_1y": 0.75,
    "rd_domestic_share_3y": 0.8,
    "rd_super_deduction_to_expense": 0.15,
    "rd_expense_per_head_fen": 2.4,
    "rd_expense_per_rd_head_fen": 6,
    "rd_equipment_per_rd_head_fen": 20,
    "rd_staff_share": 0.4,
    "rd_staff_growth_1y_midpoint": 0.5,
    "tech_staff_share": 0.6,
    "doctor_share": 0.04,
    "postgraduate_share": 0.2,
    "graduate_share": 0.7,
    "expert_share": 0.1,
    "external_expert_months_per_rd_head": 0.5,
    "fresh_graduate_share": 0.1,
    "rd_projects_running": 8,
    "rd_projects_basic_applied_share": 0.25,
    "rd_projects_national_3y": 1,
    "rd_projects_provincial_up_3y": 3,
    "rd_platforms_national": 1,
    "rd_platforms_provincial_up": 3,
    "rd_platforms_all": 7,
    "rd_accredited_labs": 1,
    "rd_awards_provincial_up_3y": 2,
    "rd_standards_3y": 6,
    "rd_contracts_fen_1y": 250,
    "rd_contracts_to_sales": 0.25,
    "high_tech_sales_share": 0.5,
    "inventions_filed_per_rd_head": 0.2,
    "valid_inventions_per_rd_head": 0.5,
}


def in_table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    table = ibis.memtable(
        [{"place": place} | row for place, row in enumerate(rows)],
        schema=ibis.schema({"place": "int64"} | dict.fromkeys(INPUTS, "float64")),
    )
    result = ibis.duckdb.connect().to_pyarrow(compile_table(research_program(), table, ("place",)).order_by("place"))
    return [{name: value for name, value in row.items() if name != "place"} for row in result.to_pylist()]


def test_by_hand() -> None:
    assert set(EXAMPLE) == set(INPUTS)
    assert set(BY_HAND) == set(BY_NAME)
    assert EVALUATE(EXAMPLE) == pytest.approx(BY_HAND, rel=1e-12)
    assert in_table([EXAMPLE]) == [EVALUATE(EXAMPLE)]


def test_a_planted_error_is_noticed() -> None:
    assert EVALUATE(EXAMPLE | {"rd_expense_fen_y0": 121.0}) != pytest.approx(BY_HAND, rel=1e-12)


def test_every_indicator_is_declared_whole() -> None:
    assert len(BY_NAME) == len(RESEARCH_INDICATORS)
    for one in RESEARCH_INDICATORS:
        assert one.label.zh
        assert one.label.en
        assert one.formula
        assert one.unit in {"ratio", "fen", "person", "count", "level"}
        for name in one.needs:
            input_of(name)  # raises for an input that is not declared


@pytest.mark.parametrize("lacking", INPUTS)
def test_a_missing_input_makes_exactly_its_indicators_missing(lacking: str) -> None:
    result = EVALUATE(EXAMPLE | {lacking: None})
    missing = {name for name, value in result.items() if value is None}
    assert missing == {one.name for one in RESEARCH_INDICATORS if lacking in one.needs}
    for name in missing:
        assert missing_inputs(BY_NAME[name], EXAMPLE | {lacking: math.nan}) == (lacking,)


def test_a_base_of_zero_is_missing_not_infinite() -> None:
    row = EXAMPLE | {"revenue_fen_y0": 0.0, "rd_expense_fen_y1": 0.0, "projects_running": 0.0}
    result = EVALUATE(row)
    assert result["rd_intensity_1y"] is None
    assert result["rd_expense_growth_1y"] is None
    assert result["rd_expense_growth_1y_midpoint"] == 2.0
    assert result["rd_share_of_activity"] == 1.0
    assert result["rd_projects_basic_applied_share"] is None
    assert missing_inputs(BY_NAME["rd_intensity_1y"], row) == ()


def values() -> st.SearchStrategy[dict[str, Any]]:
    amount = st.one_of(st.none(), st.integers(0, 10**12).map(float))
    return st.fixed_dictionaries(dict.fromkeys(INPUTS, amount))


@settings(max_examples=20)
@given(st.lists(values(), min_size=1, max_size=8))
def test_table_and_row_agree(rows: list[dict[str, Any]]) -> None:
    assert in_table(rows) == [EVALUATE(row) for row in rows]


@given(values(), st.integers(1, 10**9))
def test_more_research_never_lowers_a_research_level(row: dict[str, Any], more: int) -> None:
    """With everything else as it was, more R&D of the last year lowers no level, growth or intensity."""
    rising = [name for name in BY_HAND if name.startswith("rd_") and not name.endswith(("_running", "_equipment"))]
    rising = [name for name in rising if "domestic" not in name and "deduction" not in name]
    before = EVALUATE(row)
    if row["rd_expense_fen_y0"] is None:
        return
    after = EVALUATE(row | {"rd_expense_fen_y0": row["rd_expense_fen_y0"] + more})
    for name in rising:
        if before[name] is not None and after[name] is not None:
            assert after[name] >= before[name], name


@given(values())
def test_midpoint_growth_stays_within_two(row: dict[str, Any]) -> None:
    result = EVALUATE(row)
    for name in ("rd_expense_growth_1y_midpoint", "rd_expense_growth_3y_midpoint", "rd_staff_growth_1y_midpoint"):
        assert result[name] is None or -2.0 <= result[name] <= 2.0
    share = result["rd_share_of_activity"]
    assert share is None or 0.0 <= share <= 1.0

"""创新积分, derived a second time from the provisional profile: a line from 0 to the full mark, weights by stage."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from life_cycle_oracle import stage_of
from three_values import FEN, UNDEFINED, Points, Row, Value, added, capped, fen, grown, number, plus, result, share

# name: full mark, weights for start-up, growth, stable, block
PROFILE: dict[str, tuple[str, tuple[str, str, str], str]] = {
    "rd_expense_cny": ("20000000", ("5.5", "5.5", "5.5"), "innovation"),
    "rd_expense_growth": ("0.50", ("5.5", "6", "5.5"), "innovation"),
    "rd_to_revenue": ("0.20", ("6", "5.5", "5.5"), "innovation"),
    "tech_staff_share": ("0.50", ("6", "5.5", "5.5"), "innovation"),
    "invention_applications": ("10", ("5.5", "5.5", "5.5"), "innovation"),
    "pct_applications": ("5", ("5.5", "5.5", "5.5"), "innovation"),
    "technology_contract_cny": ("10000000", ("5.5", "5.5", "5.5"), "innovation"),
    "high_tech_income_cny": ("100000000", ("5.5", "5.5", "5.5"), "growth"),
    "revenue_cny": ("200000000", ("5.5", "5.5", "6"), "growth"),
    "revenue_growth": ("0.50", ("5.5", "6", "5.5"), "growth"),
    "rd_deduction_tax_cny": ("3000000", ("5.5", "5.5", "5.5"), "growth"),
    "net_asset_return": ("0.20", ("5.5", "5.5", "6"), "growth"),
    "graduate_staff_share": ("0.30", ("5.5", "5.5", "5.5"), "support"),
    "new_graduates": ("20", ("5.5", "5.5", "5.5"), "support"),
    "provincial_platforms": ("3", ("5.5", "5.5", "5.5"), "support"),
    "provincial_awards": ("3", ("5.5", "5.5", "5.5"), "support"),
    "provincial_projects": ("5", ("5.5", "5.5", "5.5"), "support"),
    "venture_capital_cny": ("50000000", ("5.5", "5.5", "5.5"), "support"),
}


def values_of(row: Row) -> dict[str, Value]:
    sales, spent, staff = fen(row, "revenue"), fen(row, "rd_expense"), number(row, "staff_total_y0")
    own = fen(row, "net_assets")
    return_on_own: Value = share(fen(row, "net_profit"), own)
    if own is not None and own <= 0:
        return_on_own = UNDEFINED
    return {
        "rd_expense_cny": spent,
        "rd_expense_growth": grown(spent, fen(row, "rd_expense", 1)),
        "rd_to_revenue": share(spent, sales),
        "tech_staff_share": share(number(row, "tech_staff_y0"), staff),
        "invention_applications": number(row, "inventions_filed_main"),
        "pct_applications": number(row, "pct_filed_main"),
        "technology_contract_cny": number(row, "technology_contracts_fen_1y"),
        "high_tech_income_cny": fen(row, "high_tech_revenue"),
        "revenue_cny": sales,
        "revenue_growth": grown(sales, fen(row, "revenue", 1)),
        "rd_deduction_tax_cny": fen(row, "rd_super_deduction_tax"),
        "net_asset_return": return_on_own,
        "graduate_staff_share": share(plus(number(row, "doctors_y0"), number(row, "masters_y0")), staff),
        "new_graduates": number(row, "graduates_hired_y0"),
        "provincial_platforms": plus(number(row, "units_national"), number(row, "units_provincial")),
        "provincial_awards": number(row, "awards_provincial_plus_3y"),
        "provincial_projects": number(row, "projects_provincial_3y"),
        "venture_capital_cny": number(row, "equity_total_fen"),
    }


def innovation_points(row: Row) -> dict[str, Any]:
    stage = stage_of(row)
    items: dict[str, Points] = {}
    blocks: dict[str, Points] = {}
    for name, value in values_of(row).items():
        full, by_stage, block = PROFILE[name]
        scale = FEN if name.endswith("_cny") else 1
        weights = [Fraction(weight) for weight in by_stage] if stage is None else [Fraction(by_stage[stage - 1])]
        if value is UNDEFINED:
            part = (Fraction(0), Fraction(0))
        elif value is None:
            part = (Fraction(0), Fraction(1))
        else:
            reached = min(max(value / (Fraction(full) * scale), Fraction(0)), Fraction(1))  # type: ignore[operator]
            part = (reached, reached)
        items[name] = part[0] * min(weights), part[1] * max(weights)
        blocks[f"{block}__block"] = added(blocks.get(f"{block}__block", (Fraction(0), Fraction(0))), items[name])
    score = capped(added(*items.values()), 100)
    return result({}, None, items, score=score, **blocks) | {"stage_code": stage}

"""北京市企业技术中心 scorecard, derived a second time: items on a line from 60% of the weight to all of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from three_values import FEN, UNDEFINED, WAN, Points, Row, Value, added, fen, number, plus, result, share

MARK = Fraction(60, 100)
SECTORS = {
    "manufacturing": [str(division) for division in range(13, 44)],
    "construction": ["47", "48", "49", "50"],
    "information_technology": ["63", "64", "65"],
    "technology_service": ["73", "74", "75"],
}
STAFF_SHARE = {
    "manufacturing": ("0.02", "0.10"),
    "information_technology": ("0.30", "0.60"),
    "technology_service": ("0.30", "0.60"),
    "construction": ("0.01", "0.05"),
    "other": ("0.02", "0.10"),
}
EQUIPMENT_WAN = {
    "manufacturing": (500, 2000),
    "information_technology": (300, 1000),
    "technology_service": (300, 1000),
    "construction": (1000, 3000),
    "other": (500, 2000),
}


def sector_of(row: Row) -> str | None:
    digits = row["industry_digits"]
    if digits is None:
        return None
    return next((sector for sector, divisions in SECTORS.items() if digits[:2] in divisions), "other")


def line(value: Value, floor: Fraction | None, full: Fraction | None, weight: int) -> Points:
    if value is UNDEFINED:
        return Fraction(0), Fraction(0)
    if value is None or floor is None or full is None:
        return Fraction(0), Fraction(weight)
    if value < floor:  # type: ignore[operator]
        return Fraction(0), Fraction(0)
    part = min((value - floor) / (full - floor), Fraction(1))  # type: ignore[operator]
    given = weight * (MARK + (1 - MARK) * part)
    return given, given


def counted(row: Row, name: str, floor: int, full: int, weight: int) -> Points:
    return line(number(row, name), Fraction(floor), Fraction(full), weight)


def standards(row: Row) -> Points:
    """The full mark is cut off in the copy: from one standard on, between 3 and 5 points."""
    joined = number(row, "standards_3y")
    if joined is None:
        return Fraction(0), Fraction(5)
    return (Fraction(3), Fraction(5)) if joined >= 1 else (Fraction(0), Fraction(0))


def beijing_rd_centre(row: Row) -> dict[str, Any]:
    sector = sector_of(row)
    heads = number(row, "rd_staff_y0")
    ends = [None if sector is None else Fraction(end) for end in STAFF_SHARE[sector or "other"]]
    equipment = [None if sector is None else Fraction(end * WAN) for end in EQUIPMENT_WAN[sector or "other"]]
    per_head = share(fen(row, "rd_expense"), heads)
    basic = share(number(row, "projects_basic_applied"), number(row, "projects_running"))
    items = {
        "rd_to_main_revenue": (Fraction(0), Fraction(12)),
        "rd_expense_per_rd_head": line(per_head, Fraction(80_000 * FEN), Fraction(600_000 * FEN), 8),
        "rd_staff_share": line(share(heads, number(row, "staff_total_y0")), ends[0], ends[1], 9),
        "senior_experts": line(
            plus(number(row, "senior_experts_y0"), number(row, "doctors_y0")), Fraction(3), Fraction(20), 4
        ),
        "external_expert_months": counted(row, "external_expert_months_y0", 10, 50, 2),
        "valid_ip": counted(row, "valid_right_count", 10, 50, 4),
        "valid_invention_patents": counted(row, "valid_invention_count", 3, 20, 3),
        "rd_projects": counted(row, "projects_running", 3, 50, 3),
        "basic_applied_project_share": line(basic, Fraction(2, 100), Fraction(8, 100), 3),
        "rd_equipment_cny": line(fen(row, "rd_equipment"), equipment[0], equipment[1], 5),
        "national_platforms": counted(row, "units_national", 1, 2, 2),
        "provincial_platforms": counted(row, "units_provincial", 1, 2, 2),
        "accredited_labs": counted(row, "accredited_labs", 1, 2, 3),
        "patent_applications": counted(row, "patents_filed_1y", 5, 40, 4),
        "invention_applications": counted(row, "inventions_filed_1y", 3, 20, 6),
        "standards_3y": standards(row),
    }
    return result({}, None, items, score=added(*items.values()))

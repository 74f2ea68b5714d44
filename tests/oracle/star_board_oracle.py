"""科创属性, derived a second time: the "4 + 5" of the CSRC, figures of 2022 and of 2024-04-30."""

from __future__ import annotations

from typing import Any

from three_values import (
    UNDEFINED,
    WAN,
    YI,
    Answer,
    Row,
    enough,
    fen,
    number,
    plus,
    reaches,
    result,
    share,
    turned,
    yes_all,
    yes_any,
)


def star_board_2022(row: Row) -> dict[str, Any]:
    return _star_board(row, total=6000 * WAN, patents=5, growth_over_two_years="1.44")


def star_board_2024(row: Row) -> dict[str, Any]:
    return _star_board(row, total=8000 * WAN, patents=7, growth_over_two_years="1.5625")


def _star_board(row: Row, total: int, patents: int, growth_over_two_years: str) -> dict[str, Any]:
    software = row["software_company"]
    spent = plus(*(fen(row, "rd_expense", back) for back in (0, 1, 2)))
    sales = plus(*(fen(row, "revenue", back) for back in (0, 1, 2)))
    ratio = share(spent, sales)
    low, high = number(row, "invention_main_low"), number(row, "invention_main_high")
    gates = {
        "rd_to_revenue": False
        if ratio is UNDEFINED
        else _by_kind(software, reaches(ratio, "0.10"), reaches(ratio, "0.05")),
        "rd_total": yes_all(reaches(spent, total), turned(software)),
        "rd_staff_share": reaches(share(number(row, "rd_staff_y0"), number(row, "staff_total_y0")), "0.10"),
        "invention_patents": _by_kind(software, True, enough(low, high, patents)),
        "revenue_growth": reaches(share(fen(row, "revenue"), fen(row, "revenue", 2)), growth_over_two_years),
        "revenue": reaches(fen(row, "revenue"), 3 * YI),
        "route_recognised": row["core_technology_recognised"],
        "route_award": reaches(number(row, "national_award_main"), 1),
        "route_project": reaches(number(row, "major_special_lead"), 1),
        "route_import_substitution": row["import_substitution"],
        "route_patents": enough(low, high, 50),
    }
    regular = yes_all(
        yes_any(gates["rd_to_revenue"], gates["rd_total"]),
        gates["rd_staff_share"],
        gates["invention_patents"],
        yes_any(gates["revenue_growth"], gates["revenue"]),
    )
    routes = [answer for name, answer in gates.items() if name.startswith("route_")]
    return result(gates, yes_any(regular, *routes))


def _by_kind(software: Answer, for_software: Answer, for_others: Answer) -> Answer:
    """Where it is not known whether the company makes software: the answer that both cases share."""
    if software is None:
        return for_software if for_software is for_others else None
    return for_software if software else for_others

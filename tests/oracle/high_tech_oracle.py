"""高新技术企业, derived a second time from 国科发火〔2016〕32号 article 11 and 〔2016〕195号."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from three_values import (
    UNDEFINED,
    YI,
    Points,
    Row,
    Value,
    added,
    at_ends,
    best,
    capped,
    enough,
    fen,
    judged_points,
    number,
    passes_mark,
    plus,
    points,
    reaches,
    result,
    settled,
    share,
    turned,
    yes_all,
)

FIELDS = {
    "electronics",
    "biology_medicine",
    "aerospace",
    "new_materials",
    "high_tech_services",
    "energy",
    "environment",
    "advanced_manufacturing",
}
CLASS_ONE = [(">= 1", 7, 8)]
CLASS_TWO = [(">= 5", 5, 6), (">= 3", 3, 4), (">= 1", 1, 2)]
CONVERSION = [(">= 5", 25, 30), (">= 4", 19, 24), (">= 3", 13, 18), (">= 2", 7, 12), (">= 1", 1, 6)]
GROWTH = [(">= 0.35", 9, 10), (">= 0.25", 7, 8), (">= 0.15", 5, 6), (">= 0.05", 3, 4), ("> 0", 1, 2)]


def years_of(row: Row, name: str) -> Fraction | None:
    """Up to three fiscal years, fewer for a company that is younger."""
    lived = number(row, "fiscal_years")
    if lived is None:
        return None
    return plus(*(fen(row, name, back) for back in range(max(1, min(3, int(lived))))))


def rate(row: Row, name: str) -> Value:
    """1/2 x (y2/y1 + y3/y2) - 1 with the cases for zero years and for fewer than three."""
    first, second, third = (fen(row, name, back) for back in (2, 1, 0))
    lived = number(row, "fiscal_years")
    if second == 0 or (lived is not None and lived <= 1):
        return UNDEFINED
    if lived is None or second is None or third is None:
        return None
    if second < 0:
        return None
    if lived < 3 or first == 0:
        return third / second - 1
    if first is None or first < 0:
        return None
    return settled(Fraction(1, 2) * (second / first + third / second) - 1)


def expert(row: Row, item: str) -> Fraction | None:
    return number(row, f"expert__high_tech__{item}")


def obtained(row: Row) -> Points:
    own = [number(row, f"own_right_{end}") for end in ("low", "high")]
    bought = [number(row, f"bought_right_{end}") for end in ("low", "high")]
    if own[0] is None:
        least = 0
    elif own[0] >= 1:
        least = 1
    else:
        least = 1 if bought[0] is not None and bought[0] >= 1 else 0
    most = 6
    if own[1] is not None and own[1] < 1 and bought[1] is not None:
        most = 3 if bought[1] >= 1 else 0
    return Fraction(least), Fraction(most)


def items_of(row: Row) -> dict[str, Points]:
    whole = {name: (Fraction(0), Fraction(most)) for name, most in (("8", 8), ("6", 6), ("4", 4))}
    quantity = best(
        *(
            at_ends(
                points(number(row, f"{count}_main_low"), steps, (0, 0)),
                points(number(row, f"{count}_main_high"), steps, (0, 0)),
            )
            for count, steps in (("class_one", CLASS_ONE), ("class_two", CLASS_TWO))
        )
    )
    joined = number(row, "standards_joined")
    bonus = (Fraction(1 if joined is not None and joined >= 1 else 0), Fraction(2))
    allowed = {
        "ip_advancedness": whole["8"],
        "ip_support": whole["8"],
        "ip_quantity": quantity,
        "ip_way_obtained": obtained(row),
        "standards_bonus": bonus,
        "conversion": points(number(row, "conversions_per_year_3y"), CONVERSION, (0, 0)),
        "rd_system": whole["6"],
        "rd_unit_cooperation": whole["6"],
        "conversion_incentive": whole["4"],
        "training": whole["4"],
        "net_asset_growth": points(rate(row, "net_assets"), GROWTH, (0, 0)),
        "sales_growth": points(rate(row, "revenue"), GROWTH, (0, 0)),
    }
    return {name: judged_points(expert(row, name), band) for name, band in allowed.items()}


def rd_asked(sales: Fraction | None) -> Fraction | None:
    if sales is None:
        return None
    if sales <= YI // 2:
        return Fraction(5, 100)
    return Fraction(4, 100) if sales <= 2 * YI else Fraction(3, 100)


def high_tech(row: Row) -> dict[str, Any]:
    items = items_of(row)
    ip = ("ip_advancedness", "ip_support", "ip_quantity", "ip_way_obtained", "standards_bonus")
    organisation = ("rd_system", "rd_unit_cooperation", "conversion_incentive", "training")
    blocks = {
        "ip__block": capped(added(*(items[name] for name in ip)), 30),
        "conversion__block": capped(items["conversion"], 30),
        "organisation__block": capped(added(*(items[name] for name in organisation)), 20),
        "growth__block": capped(added(items["net_asset_growth"], items["sales_growth"]), 20),
    }
    score = added(*blocks.values())
    spent, sales = years_of(row, "rd_expense"), years_of(row, "revenue")
    asked, ratio = rd_asked(fen(row, "revenue")), share(spent, sales)
    field = row["high_tech_field"]
    ends = [plus(number(row, f"class_one_main_{end}"), number(row, f"class_two_main_{end}")) for end in ("low", "high")]
    gates = {
        "registered_days": reaches(number(row, "age_days"), 365),
        "core_right": enough(ends[0], ends[1], 1),
        "field": None if field is None else field in FIELDS,
        "tech_staff_share": reaches(share(number(row, "tech_staff_y0"), number(row, "staff_total_y0")), "0.10"),
        "no_incident": turned(row["serious_incident_1y"]),
        "rd_to_sales": False if ratio is UNDEFINED else None if asked is None else reaches(ratio, asked),
        "rd_domestic_share": reaches(share(years_of(row, "rd_expense_domestic"), spent), "0.60"),
        "high_tech_income_share": reaches(share(fen(row, "high_tech_revenue"), fen(row, "total_income")), "0.60"),
        "score_above": passes_mark(score, 70, strictly=True),
    }
    return result(gates, yes_all(*gates.values()), items, score=score, **blocks)

"""科技型中小企业, derived a second time from the published scoring sheet (国科发政〔2017〕115号)."""

from __future__ import annotations

from typing import Any

from three_values import (
    YI,
    Row,
    added,
    at_ends,
    best,
    enough,
    fen,
    fixed,
    number,
    passes_mark,
    plus,
    points,
    reaches,
    result,
    share,
    stays_within,
    turned,
    yes_all,
    yes_any,
)

STAFF = fixed((">= 0.30", 20), (">= 0.25", 16), (">= 0.20", 12), (">= 0.15", 8), (">= 0.10", 4))
RD_TO_SALES = fixed((">= 0.06", 50), (">= 0.05", 40), (">= 0.04", 30), (">= 0.03", 20), (">= 0.02", 10))
RD_TO_COST = fixed((">= 0.30", 50), (">= 0.25", 40), (">= 0.20", 30), (">= 0.15", 20), (">= 0.10", 10))
CLASS_ONE = fixed((">= 1", 30))
CLASS_TWO = fixed((">= 4", 24), (">= 3", 18), (">= 2", 12), (">= 1", 6))


def tech_sme(row: Row) -> dict[str, Any]:
    staff, sales = number(row, "staff_total_y0"), fen(row, "revenue")
    spent = fen(row, "rd_expense")
    items = {
        "tech_staff": points(share(number(row, "tech_staff_y0"), staff), STAFF, (0, 0)),
        "rd_input": best(
            points(share(spent, sales), RD_TO_SALES, (0, 0)),
            points(share(spent, fen(row, "total_cost")), RD_TO_COST, (0, 0)),
        ),
        "rights": best(
            *(
                at_ends(
                    points(number(row, f"{count}_main_low"), steps, (0, 0)),
                    points(number(row, f"{count}_main_high"), steps, (0, 0)),
                )
                for count, steps in (("class_one", CLASS_ONE), ("class_two", CLASS_TWO))
            )
        ),
    }
    score = added(*items.values())
    gates = {
        "resident": row["mainland_resident"],
        "product": turned(row["restricted_product"]),
        "clean_record": turned(
            yes_any(row["serious_failing_2y"], row["on_abnormal_list"], row["on_serious_breach_list"])
        ),
        "staff_max": stays_within(staff, 500),
        "sales_max": stays_within(sales, 2 * YI),
        "assets_max": stays_within(fen(row, "total_assets"), 2 * YI),
        "score_min": passes_mark(score, 60),
        "tech_staff_not_zero": passes_mark(items["tech_staff"], 0, strictly=True),
        "direct_title": row["holds__high_tech"],
        "direct_award": reaches(number(row, "award_count__national__top3__5y"), 1),
        "direct_unit": enough(*(plus(number(row, "units_national"), number(row, "units_provincial")),) * 2, 1),
        "direct_standard": reaches(number(row, "standards_led__5y"), 1),
    }
    always = [gates[name] for name in ("resident", "product", "clean_record", "staff_max", "sales_max", "assets_max")]
    scored = yes_all(gates["score_min"], gates["tech_staff_not_zero"])
    direct = [gates[f"direct_{way}"] for way in ("title", "award", "unit", "standard")]
    return result(gates, yes_all(*always, yes_any(scored, *direct)), items, score=score)

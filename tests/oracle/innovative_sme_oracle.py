"""创新型中小企业, derived a second time from 工信部企业〔2022〕63号 annex 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from three_values import (
    WAN,
    Points,
    Row,
    added,
    at_ends,
    best,
    by_flag,
    fen,
    fixed,
    grown,
    number,
    passes_mark,
    plus,
    points,
    reaches,
    result,
    share,
    turned,
    yes_all,
    yes_any,
)

RD = fixed((">= 0.05", 20), (">= 0.03", 15), (">= 0.02", 10), (">= 0.01", 5))
GROWTH = fixed((">= 0.15", 20), (">= 0.10", 15), (">= 0.05", 10), (">= 0", 5))
DEBT = fixed(("> 0.75", 0), (">= 0.55", 5))
MAIN = fixed((">= 0.70", 20), (">= 0.60", 15), (">= 0.55", 10), (">= 0.50", 5))
BEST_RIGHT = (("class_one_high_value", 20), ("class_one_own", 15), ("class_one", 10), ("class_two", 5))


def best_right(row: Row, ladder: tuple[tuple[str, int], ...]) -> Points:
    return best(
        *(
            at_ends(
                points(number(row, f"{count}_main_low"), fixed((">= 1", given)), (0, 0)),
                points(number(row, f"{count}_main_high"), fixed((">= 1", given)), (0, 0)),
            )
            for count, given in ladder
        )
    )


def innovative_sme(row: Row) -> dict[str, Any]:
    sales, main = fen(row, "revenue"), fen(row, "main_revenue")
    items = {
        "ip": best_right(row, BEST_RIGHT),
        "rd_to_revenue": points(share(fen(row, "rd_expense"), sales), RD, (0, 0)),
        "main_growth": points(grown(main, fen(row, "main_revenue", 1)), GROWTH, (0, 0)),
        "debt_ratio": points(share(fen(row, "total_liabilities"), fen(row, "total_assets")), DEBT, (10, 10)),
        "product_field": by_flag(row["strategic_industry"], 10, 5),
        "main_share": points(share(main, sales), MAIN, (0, 0)),
    }
    blocks = {
        "innovation__block": added(items["ip"], items["rd_to_revenue"]),
        "growth__block": added(items["main_growth"], items["debt_ratio"]),
        "specialisation__block": added(items["product_field"], items["main_share"]),
    }
    score = added(*blocks.values())
    titles = ("high_tech", "innovation_demonstration", "ip_advantage", "ip_demonstration")
    gates = {
        "product": turned(row["restricted_product"]),
        "not_listed": turned(yes_any(row["on_abnormal_list"], row["on_serious_breach_list"])),
        "score_min": passes_mark(score, 60),
        "innovation_min": passes_mark(blocks["innovation__block"], 20),
        "growth_min": passes_mark(blocks["growth__block"], 15),
        "specialisation_min": passes_mark(blocks["specialisation__block"], 15),
        "direct_award": reaches(number(row, "awards_provincial_plus__3y"), 1),
        "direct_title": yes_any(*(row[f"holds__{title}"] for title in titles)),
        "direct_unit": reaches(plus(number(row, "units_national"), number(row, "units_provincial")), 1),
        "direct_equity": reaches(number(row, "equity_qualified_fen__3y"), Fraction(500 * WAN)),
    }
    scored = yes_all(*(gates[name] for name in ("score_min", "innovation_min", "growth_min", "specialisation_min")))
    direct = [gates[f"direct_{way}"] for way in ("award", "title", "unit", "equity")]
    answer = yes_all(gates["product"], gates["not_listed"], yes_any(scored, *direct))
    return result(gates, answer, items, score=score, **blocks)

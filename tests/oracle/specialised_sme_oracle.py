"""专精特新中小企业, derived a second time: 工信部企业〔2022〕63号 annex 2, and the measures of 2026."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from innovative_sme_oracle import best_right
from three_values import (
    UNDEFINED,
    WAN,
    Points,
    Row,
    Value,
    added,
    best,
    by_flag,
    capped,
    enough,
    fen,
    fixed,
    grown,
    judged_points,
    number,
    passes_mark,
    plus,
    points,
    reaches,
    result,
    settled,
    share,
    stays_within,
    turned,
    yes_all,
    yes_any,
)

MAIN = fixed((">= 0.80", 5), (">= 0.70", 3), (">= 0.60", 1))
GROWTH = fixed((">= 0.10", 10), (">= 0.08", 8), (">= 0.06", 6), (">= 0.04", 4), (">= 0", 2))
DIGITAL = fixed((">= 3", 5), (">= 2", 3))
PROFIT = fixed((">= 0.10", 10), (">= 0.08", 8), (">= 0.06", 6), (">= 0.04", 4), (">= 0.02", 2))
DEBT = fixed(("> 0.70", 0), ("> 0.60", 1), ("> 0.50", 3))
RIGHTS = (("class_one_high_value", 10), ("class_one_own", 8), ("class_one", 6), ("class_two", 2))
AMOUNT = fixed((">= 500", 10), (">= 400", 8), (">= 300", 6), (">= 200", 4), (">= 100", 2))
RATIO = fixed((">= 0.10", 10), (">= 0.08", 8), (">= 0.06", 6), (">= 0.04", 4), (">= 0.03", 2))
STAFF = fixed((">= 0.20", 5), (">= 0.10", 3), (">= 0.05", 1))
PRODUCT = {"fills_gap": 5, "six_foundations": 3, "time_honoured": 3, "chain_supplier": 3, "none": 0}
INSTITUTION = (("units_national", 10), ("units_provincial", 8), ("units_municipal", 4), ("units_other", 2))


def mean_rate(row: Row, name: str) -> Value:
    """The plain mean of the last two yearly growth rates."""
    last, before, first = (fen(row, name, back) for back in (0, 1, 2))
    rates = (grown(last, before), grown(before, first))
    if UNDEFINED in rates:
        return UNDEFINED
    return None if None in rates else settled((rates[0] + rates[1]) / 2)  # type: ignore[operator]


def niche_points(years: Fraction | None) -> Points:
    """One point for every full two years, five at most."""
    if years is None:
        return Fraction(0), Fraction(5)
    given = Fraction(min(int(years) // 2, 5))
    return given, given


def items_of(row: Row) -> dict[str, Points]:
    sales, spent = fen(row, "revenue"), fen(row, "rd_expense")
    standards = number(row, "standards_joined")
    quality = [row["quality_award"], row["system_certified"], row["own_brand"], reaches(standards, 1)]
    position = row["product_position"]
    field = points(None, fixed((">= 0", 5)), (0, 0)) if position is None else (Fraction(PRODUCT[position]),) * 2
    return {
        "main_share": points(share(fen(row, "main_revenue"), sales), MAIN, (0, 0)),
        "main_growth": points(mean_rate(row, "main_revenue"), GROWTH, (0, 0)),
        "niche_years_item": niche_points(number(row, "niche_years")),
        "product_field": field,
        "digital_level": points(number(row, "digital_level"), DIGITAL, (0, 0)),
        "quality": capped(added(*(by_flag(flag, 3, 0) for flag in quality)), 5),
        "net_profit_rate": points(share(fen(row, "net_profit"), sales), PROFIT, (0, 0)),
        "debt_ratio": points(share(fen(row, "total_liabilities"), fen(row, "total_assets")), DEBT, (5, 5)),
        "provincial": judged_points(number(row, "provincial_feature_points"), (Fraction(0), Fraction(15))),
        "ip": best_right(row, RIGHTS),
        "rd": best(
            points(None if spent is None else spent / WAN, AMOUNT, (0, 0)), points(share(spent, sales), RATIO, (0, 0))
        ),
        "rd_staff": points(share(number(row, "rd_staff_y0"), number(row, "staff_total_y0")), STAFF, (0, 0)),
        "rd_institution": best(
            *(points(number(row, count), fixed((">= 1", given)), (0, 0)) for count, given in INSTITUTION)
        ),
    }


def specialised_sme_2022(row: Row) -> dict[str, Any]:
    items = items_of(row)
    groups = {
        "specialisation__block": (25, ("main_share", "main_growth", "niche_years_item", "product_field")),
        "refinement__block": (25, ("digital_level", "quality", "net_profit_rate", "debt_ratio")),
        "distinction__block": (15, ("provincial",)),
        "innovation__block": (35, ("ip", "rd", "rd_staff", "rd_institution")),
    }
    blocks = {name: capped(added(*(items[item] for item in mine)), most) for name, (most, mine) in groups.items()}
    score = added(*blocks.values())
    sales, spent = fen(row, "revenue"), fen(row, "rd_expense")
    equity = number(row, "equity_paid_in_fen__2y")
    both_years = plus(spent, fen(row, "rd_expense", 1))
    awards = plus(number(row, "award_count__national__top5__3y"), number(row, "award_count__provincial__top3__3y"))
    gates = {
        "product": turned(row["restricted_product"]),
        "not_listed": turned(yes_any(row["on_abnormal_list"], row["on_serious_breach_list"])),
        "niche_years": reaches(number(row, "niche_years"), 2),
        "rd_cny": reaches(spent, 100 * WAN),
        "rd_to_revenue": reaches(share(spent, sales), "0.03"),
        "revenue": reaches(sales, 1000 * WAN),
        "equity": reaches(equity, 2000 * WAN),
        "score_min": passes_mark(score, 60),
        "direct_award": reaches(awards, 1),
        "direct_rd_mean": reaches(None if both_years is None else both_years / 2, 1000 * WAN),
        "direct_equity": reaches(equity, 6000 * WAN),
        "direct_contest": reaches(number(row, "contest_count__top500__3y"), 1),
    }
    needed = [gates[name] for name in ("product", "not_listed", "niche_years", "rd_cny", "rd_to_revenue")]
    direct = [gates[f"direct_{way}"] for way in ("award", "rd_mean", "equity", "contest")]
    answer = yes_all(*needed, yes_any(gates["revenue"], gates["equity"]), yes_any(gates["score_min"], *direct))
    return result(gates, answer, items, score=score, **blocks)


def specialised_sme_2026(row: Row) -> dict[str, Any]:
    sales = [fen(row, "revenue", back) for back in (0, 1)]
    spent = [fen(row, "rd_expense", back) for back in (0, 1)]
    titles = ("tech_sme", "innovative_sme", "tech_innovative_sme")
    gates = {
        "prior_title": yes_any(*(row[f"holds__{title}"] for title in titles)),
        "niche_years": reaches(number(row, "niche_years"), 3),
        "revenue": reaches(sales[0], 1500 * WAN),
        "equity": reaches(number(row, "equity_paid_in_fen__2y"), 2000 * WAN),
        "main_share": reaches(share(fen(row, "main_revenue"), sales[0]), "0.80"),
        "debt_ratio": stays_within(share(fen(row, "total_liabilities"), fen(row, "total_assets")), "0.80"),
        "rd_cny": yes_all(*(reaches(amount, 100 * WAN) for amount in spent)),
        "rd_to_revenue": yes_all(*(reaches(share(spent[year], sales[year]), "0.03") for year in (0, 1))),
        "class_one": enough(number(row, "class_one_own_in_use_low"), number(row, "class_one_own_in_use_high"), 1),
        "market_share": row["market_share_relatively_high"],
        "development_score": reaches(number(row, "expert__specialised_development__score"), 50),
    }
    size = yes_any(gates["revenue"], gates["equity"])
    rest = [answer for name, answer in gates.items() if name not in ("revenue", "equity")]
    return result(gates, yes_all(size, *rest))

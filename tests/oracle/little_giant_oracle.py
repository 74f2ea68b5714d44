"""专精特新“小巨人”, derived a second time: 工信部企业〔2022〕63号 annex 3, and the measures of 2026."""

from __future__ import annotations

from typing import Any

from specialised_sme_oracle import mean_rate
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
    stays_within,
    turned,
    yes_all,
    yes_any,
)


def little_giant_2022(row: Row) -> dict[str, Any]:
    sales = [fen(row, "revenue", back) for back in (0, 1)]
    spent = [fen(row, "rd_expense", back) for back in (0, 1)]
    large = reaches(sales[0], YI // 2)
    asked = "0.03" if sales[0] is not None and sales[0] >= YI else "0.06"
    ratios = yes_all(*(reaches(share(spent[year], sales[year]), asked) for year in (0, 1)))
    if sales[0] is None:
        ratios = _whatever_is_asked([share(spent[year], sales[year]) for year in (0, 1)])
    gates = {
        "product": turned(row["restricted_product"]),
        "not_listed": turned(yes_any(row["on_abnormal_list"], row["on_serious_breach_list"])),
        "niche_years": reaches(number(row, "niche_years"), 3),
        "main_share": reaches(share(fen(row, "main_revenue"), sales[0]), "0.70"),
        "main_growth": reaches(mean_rate(row, "main_revenue"), "0.05"),
        "debt_ratio": stays_within(share(fen(row, "total_liabilities"), fen(row, "total_assets")), "0.70"),
        "niche_share": reaches(number(row, "niche_share_national"), "0.10"),
        "core_process_on_it": row["core_process_on_it"],
        "certified": yes_any(row["system_certified"], row["product_certified"]),
        "own_brand": row["own_brand"],
    }
    needed = list(gates.values())
    gates |= {
        "rd_to_revenue": yes_all(large, ratios),
        "small_revenue": turned(large),
        "small_equity": reaches(number(row, "equity_qualified_fen__2y"), 8000 * WAN),
        "small_rd": reaches(spent[0], 3000 * WAN),
        "small_rd_staff": reaches(share(number(row, "rd_staff_y0"), number(row, "staff_total_y0")), "0.50"),
        "research_unit": reaches(
            plus(*(number(row, f"units_{level}") for level in ("national", "provincial", "municipal", "other"))), 1
        ),
        "class_one": enough(number(row, "class_one_main_in_use_low"), number(row, "class_one_main_in_use_high"), 2),
        "direct_award": reaches(number(row, "award_count__national__top3__3y"), 1),
        "direct_contest": reaches(number(row, "contest_count__top50__3y"), 1),
    }
    small = yes_all(*(gates[f"small_{part}"] for part in ("revenue", "equity", "rd", "rd_staff")))
    regular = yes_all(yes_any(gates["rd_to_revenue"], small), gates["research_unit"], gates["class_one"])
    answer = yes_all(*needed, yes_any(regular, gates["direct_award"], gates["direct_contest"]))
    return result(gates, answer)


def _whatever_is_asked(values: list[Any]) -> Answer:
    """The last year's revenue is missing: only a year without revenue can be decided."""
    return False if UNDEFINED in values else None


def little_giant_2026(row: Row) -> dict[str, Any]:
    sales = [fen(row, "revenue", back) for back in (0, 1, 2)]
    spent = [fen(row, "rd_expense", back) for back in (0, 1)]
    gates = {
        "prior_title": row["holds__specialised_sme"],
        "niche_years": reaches(number(row, "niche_years"), 3),
        "revenue": reaches(sales[0], 5000 * WAN),
        # Growth of 5% a year over two years multiplies revenue by 1.1025.
        "revenue_growth": reaches(share(sales[0], sales[2]), "1.1025"),
        "main_share": reaches(share(fen(row, "main_revenue"), sales[0]), "0.90"),
        "debt_ratio": stays_within(share(fen(row, "total_liabilities"), fen(row, "total_assets")), "0.75"),
        "rd_total": reaches(plus(*spent), 1200 * WAN),
        "rd_to_revenue": yes_all(*(reaches(share(spent[year], sales[year]), "0.03") for year in (0, 1))),
        "key_chain_field": row["key_chain_field"],
        "development_score": reaches(number(row, "expert__specialised_development__score"), 60),
    }
    needed = list(gates.values())
    gates |= {
        "class_one": enough(number(row, "class_one_own_in_use_low"), number(row, "class_one_own_in_use_high"), 4),
        "class_one_waived": reaches(number(row, "award_count__national__top3__3y"), 1),
        "niche_share_national": reaches(number(row, "niche_share_national"), "0.10"),
        "niche_share_world": reaches(number(row, "niche_share_world"), "0.10"),
        "niche_rank": stays_within(number(row, "niche_rank_national"), 3),
    }
    market = yes_any(gates["niche_share_national"], gates["niche_share_world"], gates["niche_rank"])
    return result(gates, yes_all(*needed, yes_any(gates["class_one"], gates["class_one_waived"]), market))

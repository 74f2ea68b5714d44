"""Companies at the edges of 专精特新中小企业 and “小巨人”, both versions; see edge_companies.py."""

from __future__ import annotations

from edge_companies import (
    COUNTS,
    FIRST,
    FLAGS,
    RECORD,
    RECORD_CHOICES,
    REVENUE,
    RIGHTS,
    SECOND,
    Choices,
    Row,
    around,
    mean_growth_edges,
    parts,
    two_ends,
)
from three_values import WAN, YI

SPECIALISED_SME_2022: tuple[Row, Choices] = (
    RECORD
    | {f"{right}_{end}": 0 for right in RIGHTS for end in ("low", "high")}
    | {
        "class_one_own_main_low": 1,
        "class_one_own_main_high": 1,
        "revenue_fen_y0": REVENUE,
        "rd_expense_fen_y0": REVENUE * 5 // 100,
        "rd_expense_fen_y1": 2_000_000_00,
        "main_revenue_fen_y0": REVENUE * 80 // 100,
        "main_revenue_fen_y1": SECOND,
        "main_revenue_fen_y2": FIRST,
        "net_profit_fen_y0": REVENUE * 8 // 100,
        "total_liabilities_fen_y0": REVENUE * 50 // 100,
        "total_assets_fen_y0": REVENUE,
        "niche_years": 5,
        "product_position": "six_foundations",
        "digital_level": 2,
        "quality_award": False,
        "system_certified": True,
        "own_brand": True,
        "standards_joined": 0,
        "provincial_feature_points": 8,
        "rd_staff_y0": 20,
        "staff_total_y0": 100,
        "units_national": 0,
        "units_provincial": 0,
        "units_municipal": 1,
        "units_other": 0,
        "equity_paid_in_fen__2y": 0,
        "award_count__national__top5__3y": 0,
        "award_count__provincial__top3__3y": 0,
        "contest_count__top500__3y": 0,
    },
    {
        **RECORD_CHOICES,
        **{name: ends for right in RIGHTS for name, ends in two_ends(right, 0, 1, 2).items()},
        "revenue_fen_y0": around(REVENUE, 1000 * WAN),
        "rd_expense_fen_y0": [
            *parts(REVENUE, "0.10", "0.08", "0.06", "0.04", "0.03"),
            *around(*(amount * WAN for amount in (100, 200, 300, 400, 500))),
            *around(2 * 1000 * WAN - 2_000_000_00),
        ],
        "rd_expense_fen_y1": around(2_000_000_00, 2 * 1000 * WAN - REVENUE * 5 // 100),
        "main_revenue_fen_y0": [
            *parts(REVENUE, "0.80", "0.70", "0.60"),
            *mean_growth_edges("0.10", "0.08", "0.06", "0.04", "0"),
        ],
        "main_revenue_fen_y1": around(SECOND),
        "main_revenue_fen_y2": around(FIRST),
        "net_profit_fen_y0": [*parts(REVENUE, "0.10", "0.08", "0.06", "0.04", "0.02"), -REVENUE],
        "total_liabilities_fen_y0": parts(REVENUE, "0.50", "0.60", "0.70"),
        "total_assets_fen_y0": around(REVENUE),
        "niche_years": [*range(13), None],
        "product_position": ["fills_gap", "six_foundations", "time_honoured", "chain_supplier", "none", None],
        "digital_level": [0, 1, 2, 3, 4, None],
        "quality_award": FLAGS,
        "system_certified": FLAGS,
        "own_brand": FLAGS,
        "standards_joined": COUNTS,
        "provincial_feature_points": [0, 7.5, 15, 20, None],
        "rd_staff_y0": parts(100, "0.20", "0.10", "0.05"),
        "staff_total_y0": around(100),
        **dict.fromkeys(("units_national", "units_provincial", "units_municipal", "units_other"), COUNTS),
        "equity_paid_in_fen__2y": around(2000 * WAN, 6000 * WAN),
        "award_count__national__top5__3y": COUNTS,
        "award_count__provincial__top3__3y": COUNTS,
        "contest_count__top500__3y": COUNTS,
    },
)
# Small revenue makes the amount of R&D, not its ratio, the weaker measure, and the other way round.
SPECIALISED_SMALL = [
    *(
        SPECIALISED_SME_2022[0] | {"revenue_fen_y0": 1000 * WAN, "rd_expense_fen_y0": spent}
        for spent in parts(1000 * WAN, "0.10", "0.08", "0.06", "0.04", "0.03")
    ),
    *(
        SPECIALISED_SME_2022[0] | {f"class_one_own_main_{end}": 0 for end in ("low", "high")} | {right: 1}
        for right in ("class_one_main_low", "class_one_main_high", "class_two_main_low", "class_two_main_high")
    ),
    *(
        SPECIALISED_SME_2022[0]
        | {"own_brand": False, "standards_joined": joined, "units_municipal": 0, "units_other": 1}
        for joined in (0, 1)
    ),
    *(
        SPECIALISED_SME_2022[0]
        | {
            "revenue_fen_y0": revenue,
            "rd_expense_fen_y0": spent + change,
            "equity_paid_in_fen__2y": equity,
            "main_revenue_fen_y0": revenue,
        }
        for revenue in (1000 * WAN, 1000 * WAN - 1, 10 * YI)
        for spent in (100 * WAN, 200 * WAN, 300 * WAN, 400 * WAN, 500 * WAN)
        for change in (-1, 0, 1)
        for equity in (0, 2000 * WAN)
    ),
    # Every item at its full mark, so that the blocks' full marks are met.
    SPECIALISED_SME_2022[0]
    | {"class_one_high_value_main_low": 1, "class_one_high_value_main_high": 1, "rd_expense_fen_y0": YI}
    | {"niche_years": 10, "product_position": "fills_gap", "digital_level": 3, "provincial_feature_points": 15}
    | {"net_profit_fen_y0": YI, "units_national": 1, "main_revenue_fen_y0": YI * 2},
]

SPECIALISED_SME_2026: tuple[Row, Choices] = (
    {
        "holds__tech_sme": True,
        "holds__innovative_sme": False,
        "holds__tech_innovative_sme": False,
        "niche_years": 5,
        "revenue_fen_y0": REVENUE,
        "revenue_fen_y1": REVENUE,
        "equity_paid_in_fen__2y": 0,
        "main_revenue_fen_y0": REVENUE * 80 // 100,
        "total_liabilities_fen_y0": REVENUE * 80 // 100,
        "total_assets_fen_y0": REVENUE,
        "rd_expense_fen_y0": REVENUE * 3 // 100,
        "rd_expense_fen_y1": REVENUE * 3 // 100,
        "class_one_own_in_use_low": 1,
        "class_one_own_in_use_high": 1,
        "market_share_relatively_high": True,
        "expert__specialised_development__score": 50,
    },
    {
        "holds__tech_sme": FLAGS,
        "holds__innovative_sme": FLAGS,
        "holds__tech_innovative_sme": FLAGS,
        "niche_years": [0, 2, 3, 4, None],
        "revenue_fen_y0": around(REVENUE, 1500 * WAN),
        "revenue_fen_y1": around(REVENUE),
        "equity_paid_in_fen__2y": around(2000 * WAN),
        "main_revenue_fen_y0": parts(REVENUE, "0.80"),
        "total_liabilities_fen_y0": parts(REVENUE, "0.80"),
        "total_assets_fen_y0": around(REVENUE),
        "rd_expense_fen_y0": [*parts(REVENUE, "0.03"), *around(100 * WAN)],
        "rd_expense_fen_y1": [*parts(REVENUE, "0.03"), *around(100 * WAN)],
        **two_ends("class_one_own_in_use", 0, 1, 2),
        "market_share_relatively_high": FLAGS,
        "expert__specialised_development__score": [0, 49, 49.99, 50, 60, None],
    },
)
# R&D of exactly one million is below 3% of a large revenue; a small one shows the amount's own edge.
SPECIALISED_2026_SMALL = [
    SPECIALISED_SME_2026[0]
    | {"revenue_fen_y0": 1500 * WAN, "revenue_fen_y1": 1500 * WAN, "main_revenue_fen_y0": 1500 * WAN}
    | {"rd_expense_fen_y0": 100 * WAN + now, "rd_expense_fen_y1": 100 * WAN + before}
    for now in (-1, 0, 1)
    for before in (-1, 0, 1)
]

LITTLE_GIANT_2022: tuple[Row, Choices] = (
    RECORD
    | {
        "niche_years": 5,
        "revenue_fen_y0": 2 * YI,
        "revenue_fen_y1": 2 * YI,
        "main_revenue_fen_y0": YI * 14 // 10,
        "main_revenue_fen_y1": SECOND,
        "main_revenue_fen_y2": FIRST,
        "total_liabilities_fen_y0": YI * 70 // 100,
        "total_assets_fen_y0": YI,
        "niche_share_national": 0.1,
        "core_process_on_it": True,
        "system_certified": True,
        "product_certified": False,
        "own_brand": True,
        "rd_expense_fen_y0": YI * 6 // 100,
        "rd_expense_fen_y1": YI * 6 // 100,
        "equity_qualified_fen__2y": 0,
        "rd_staff_y0": 50,
        "staff_total_y0": 100,
        "units_national": 0,
        "units_provincial": 0,
        "units_municipal": 0,
        "units_other": 1,
        "class_one_main_in_use_low": 2,
        "class_one_main_in_use_high": 2,
        "award_count__national__top3__3y": 0,
        "contest_count__top50__3y": 0,
    },
    {
        **RECORD_CHOICES,
        "niche_years": [0, 2, 3, 4, None],
        "revenue_fen_y0": around(2 * YI, YI, YI // 2),
        "revenue_fen_y1": around(2 * YI),
        "main_revenue_fen_y0": [*parts(2 * YI, "0.70"), *mean_growth_edges("0.05")],
        "main_revenue_fen_y1": around(SECOND),
        "main_revenue_fen_y2": around(FIRST),
        "total_liabilities_fen_y0": parts(YI, "0.70"),
        "total_assets_fen_y0": around(YI),
        "niche_share_national": [0, 0.0999, 0.1, 0.1001, None],
        "core_process_on_it": FLAGS,
        "system_certified": FLAGS,
        "product_certified": FLAGS,
        "own_brand": FLAGS,
        "rd_expense_fen_y0": around(YI * 6 // 100, YI * 12 // 100, 3000 * WAN),
        "rd_expense_fen_y1": around(YI * 6 // 100, YI * 12 // 100),
        "equity_qualified_fen__2y": around(8000 * WAN),
        "rd_staff_y0": parts(100, "0.50"),
        "staff_total_y0": around(100),
        **dict.fromkeys(("units_national", "units_provincial", "units_municipal", "units_other"), COUNTS),
        **two_ends("class_one_main_in_use", 0, 1, 2, 3),
        "award_count__national__top3__3y": COUNTS,
        "contest_count__top50__3y": COUNTS,
    },
)
LITTLE_GIANT_SMALLER = [
    LITTLE_GIANT_2022[0]
    | {"revenue_fen_y0": revenue, "revenue_fen_y1": revenue, "main_revenue_fen_y0": SECOND}
    | {"rd_expense_fen_y0": revenue * percent // 100 + change, "rd_expense_fen_y1": revenue * percent // 100}
    for revenue in (YI, YI - 100, YI // 2, YI // 2 - 100)
    for percent in (3, 6)
    for change in (-1, 0, 1)
] + [
    LITTLE_GIANT_2022[0]
    | {"revenue_fen_y0": revenue, "main_revenue_fen_y0": SECOND, "rd_expense_fen_y0": spent, "rd_staff_y0": heads}
    | {"equity_qualified_fen__2y": equity}
    for revenue in (YI // 2 - 1, YI // 2, None)
    for spent in (3000 * WAN - 1, 3000 * WAN)
    for heads in (49, 50, None)
    for equity in (8000 * WAN - 1, 8000 * WAN, None)
]

LITTLE_GIANT_2026: tuple[Row, Choices] = (
    {
        "holds__specialised_sme": True,
        "niche_years": 5,
        "revenue_fen_y0": REVENUE * 441 // 400,
        "revenue_fen_y1": REVENUE,
        "revenue_fen_y2": REVENUE,
        "main_revenue_fen_y0": REVENUE,
        "total_liabilities_fen_y0": YI * 75 // 100,
        "total_assets_fen_y0": YI,
        "rd_expense_fen_y0": 700 * WAN,
        "rd_expense_fen_y1": 500 * WAN,
        "key_chain_field": True,
        "class_one_own_in_use_low": 4,
        "class_one_own_in_use_high": 4,
        "award_count__national__top3__3y": 0,
        "niche_share_national": 0.1,
        "niche_share_world": 0.01,
        "niche_rank_national": 9,
        "expert__specialised_development__score": 60,
    },
    {
        "holds__specialised_sme": FLAGS,
        "niche_years": [0, 2, 3, 4, None],
        "revenue_fen_y0": around(REVENUE * 441 // 400, 5000 * WAN, 700 * WAN * 100 // 3),
        "revenue_fen_y1": around(REVENUE, 500 * WAN * 100 // 3),
        "revenue_fen_y2": around(REVENUE),
        "main_revenue_fen_y0": parts(REVENUE * 441 // 400, "0.90"),
        "total_liabilities_fen_y0": parts(YI, "0.75"),
        "total_assets_fen_y0": around(YI),
        "rd_expense_fen_y0": [*around(700 * WAN), *parts(REVENUE * 441 // 400, "0.03")],
        "rd_expense_fen_y1": [*around(500 * WAN), *parts(REVENUE, "0.03")],
        "key_chain_field": FLAGS,
        **two_ends("class_one_own_in_use", 0, 3, 4, 5),
        "award_count__national__top3__3y": COUNTS,
        "niche_share_national": [0, 0.0999, 0.1, None],
        "niche_share_world": [0, 0.0999, 0.1, None],
        "niche_rank_national": [1, 3, 4, None],
        "expert__specialised_development__score": [0, 59.99, 60, 61, None],
    },
)
LITTLE_GIANT_2026_SMALLER = [
    LITTLE_GIANT_2026[0]
    | {"revenue_fen_y0": last, "revenue_fen_y1": last, "revenue_fen_y2": last // 2, "main_revenue_fen_y0": last}
    for last in (5000 * WAN - 2, 5000 * WAN, 5000 * WAN + 2)
]

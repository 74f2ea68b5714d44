"""Companies at and around every edge of a scheme: exactly there, one fen or person on either side, missing, zero.

A company that meets the scheme is the centre. Every value is tried alone, then several at a time, drawn with a fixed
seed. Rows are plain mappings; nothing here reads the package under test.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from three_values import FEN, WAN, YI

Row = dict[str, Any]
Choices = Mapping[str, Sequence[Any]]
FLAGS: Sequence[Any] = (True, False, None)
COUNTS: Sequence[Any] = (0, 1, 2, None)


def around(*edges: int) -> list[Any]:
    """Each edge with its neighbours one unit away, then missing and zero."""
    return [*(edge + step for edge in edges for step in (-1, 0, 1)), None, 0]


def parts(whole: int, *ratios: str) -> list[Any]:
    """The parts of a whole that lie at the ratios, with their neighbours."""
    from fractions import Fraction

    exact = [Fraction(ratio) * whole for ratio in ratios]
    assert all(part.denominator == 1 for part in exact), "choose a whole that every ratio divides"
    return around(*(int(part) for part in exact))


def ends(*counts: int) -> dict[str, list[Any]]:
    return {"low": [*counts, None], "high": [*counts, None]}


def companies(centre: Row, choices: Choices, count: int, seed: int) -> list[Row]:
    """The centre, every single change, then changes of two to six values at a time until there are enough."""
    source = random.Random(seed)
    rows = [dict(centre)]
    rows += [centre | {name: value} for name, values in choices.items() for value in values]
    names = sorted(choices)
    while len(rows) < count:
        changed = source.sample(names, min(len(names), source.randint(2, 6)))
        rows.append(centre | {name: source.choice(list(choices[name])) for name in changed})
    return [_with_ends_in_order(row) for row in rows]


def _with_ends_in_order(row: Row) -> Row:
    """What is surely there is possibly there too."""
    for name in row:
        if name.endswith("_low"):
            high = f"{name[:-4]}_high"
            if row[name] is not None and row[high] is not None and row[high] < row[name]:
                row[high] = row[name]
    return row


RECORD: Row = {"restricted_product": False, "on_abnormal_list": False, "on_serious_breach_list": False}
RECORD_CHOICES: Choices = dict.fromkeys(RECORD, FLAGS)


def two_ends(name: str, *counts: int) -> dict[str, Sequence[Any]]:
    return {f"{name}_{end}": [*counts, None] for end in ("low", "high")}


# Each scheme: the centre, and what is tried around it. Revenue of CNY 100 million makes every ratio's edge whole fen.

REVENUE = YI

TECH_SME: tuple[Row, Choices] = (
    RECORD
    | {
        "mainland_resident": True,
        "serious_failing_2y": False,
        "staff_total_y0": 200,
        "tech_staff_y0": 60,
        "revenue_fen_y0": REVENUE,
        "total_cost_fen_y0": REVENUE,
        "total_assets_fen_y0": REVENUE,
        "rd_expense_fen_y0": REVENUE * 3 // 100,
        "class_one_main_low": 0,
        "class_one_main_high": 0,
        "class_two_main_low": 2,
        "class_two_main_high": 2,
        "holds__high_tech": False,
        "award_count__national__top3__5y": 0,
        "units_national": 0,
        "units_provincial": 0,
        "standards_led__5y": 0,
    },
    {
        **RECORD_CHOICES,
        "mainland_resident": FLAGS,
        "serious_failing_2y": FLAGS,
        "staff_total_y0": around(200, 500),
        "tech_staff_y0": parts(200, "0.30", "0.25", "0.20", "0.15", "0.10"),
        "revenue_fen_y0": around(REVENUE, 2 * YI),
        "total_cost_fen_y0": around(REVENUE, REVENUE // 10),
        "total_assets_fen_y0": around(2 * YI),
        "rd_expense_fen_y0": [
            *parts(REVENUE, "0.06", "0.05", "0.04", "0.03", "0.02"),
            *parts(REVENUE, "0.30", "0.25", "0.20", "0.15", "0.10"),
            *parts(REVENUE // 10, "0.30", "0.25", "0.20", "0.15", "0.10"),
        ],
        **two_ends("class_one_main", 0, 1, 2),
        **two_ends("class_two_main", 0, 1, 2, 3, 4, 5),
        "holds__high_tech": FLAGS,
        "award_count__national__top3__5y": COUNTS,
        "units_national": COUNTS,
        "units_provincial": COUNTS,
        "standards_led__5y": COUNTS,
    },
)

_EXPERTS = {
    "ip_advancedness": 8,
    "ip_support": 8,
    "ip_quantity": 8,
    "ip_way_obtained": 6,
    "standards_bonus": 2,
    "conversion": 30,
    "rd_system": 6,
    "rd_unit_cooperation": 6,
    "conversion_incentive": 4,
    "training": 4,
    "net_asset_growth": 10,
    "sales_growth": 10,
}
_CENTRE_POINTS = {"ip_advancedness": 7, "ip_support": 7, "rd_system": 5, "rd_unit_cooperation": 5, "training": 3}
# Assets and sales of the year before last; growth of 10% a year between the first two years.
_FIRST, _SECOND = 1_000_000_00, 1_100_000_00


def _third_years() -> list[Any]:
    """Last-year amounts at which 1/2 x (y2/y1 + y3/y2) - 1 meets the edges, and at which y3/y2 - 1 does."""
    from fractions import Fraction

    found = []
    for edge in ("0.35", "0.25", "0.15", "0.05", "0"):
        mean = (2 * (1 + Fraction(edge)) - Fraction(_SECOND, _FIRST)) * _SECOND
        single = (1 + Fraction(edge)) * _SECOND
        assert mean.denominator == single.denominator == 1
        found += [int(mean), int(single)]
    return around(*found)


HIGH_TECH: tuple[Row, Choices] = (
    {
        "age_days": 2000,
        "fiscal_years": 5,
        "class_one_main_low": 1,
        "class_one_main_high": 1,
        "class_two_main_low": 4,
        "class_two_main_high": 4,
        "own_right_low": 5,
        "own_right_high": 5,
        "bought_right_low": 0,
        "bought_right_high": 0,
        "standards_joined": 0,
        "high_tech_field": "new_materials",
        "tech_staff_y0": 20,
        "staff_total_y0": 100,
        "serious_incident_1y": False,
        "rd_expense_fen_y0": 10_000_000_00,
        "rd_expense_fen_y1": 2_000_000_00,
        "rd_expense_fen_y2": 1_000_000_00,
        "rd_expense_domestic_fen_y0": 9_000_000_00,
        "rd_expense_domestic_fen_y1": 2_000_000_00,
        "rd_expense_domestic_fen_y2": 1_000_000_00,
        "revenue_fen_y0": _SECOND * 13 // 10,
        "revenue_fen_y1": _SECOND,
        "revenue_fen_y2": _FIRST,
        "net_assets_fen_y0": _SECOND * 13 // 10,
        "net_assets_fen_y1": _SECOND,
        "net_assets_fen_y2": _FIRST,
        "high_tech_revenue_fen_y0": 90_000_00,
        "total_income_fen_y0": 100_000_00,
        "conversions_per_year_3y": 4,
        **{f"expert__high_tech__{item}": _CENTRE_POINTS.get(item) for item in _EXPERTS},
    },
    {
        "age_days": around(365),
        "fiscal_years": [0, 1, 2, 3, 4, None],
        **two_ends("class_one_main", 0, 1),
        **two_ends("class_two_main", 0, 1, 2, 3, 4, 5, 6),
        **two_ends("own_right", 0, 1, 5),
        **two_ends("bought_right", 0, 1),
        "standards_joined": COUNTS,
        "high_tech_field": [
            *("electronics", "biology_medicine", "aerospace", "new_materials", "high_tech_services", "energy"),
            *("environment", "advanced_manufacturing", "none", None),
        ],
        "tech_staff_y0": parts(100, "0.10"),
        "staff_total_y0": around(200),
        "serious_incident_1y": FLAGS,
        # With the other years as in the centre the three years' ratio meets 5% at small sales.
        "rd_expense_fen_y0": [*around(10_000_000_00), -3_000_000_00 + (_SECOND * 23 // 10 + _FIRST) // 20],
        "rd_expense_fen_y1": around(2_000_000_00),
        "rd_expense_fen_y2": around(1_000_000_00),
        "rd_expense_domestic_fen_y0": around(9_000_000_00, 13_000_000_00 * 60 // 100 - 3_000_000_00),
        "rd_expense_domestic_fen_y1": around(2_000_000_00),
        "rd_expense_domestic_fen_y2": around(1_000_000_00),
        # 5%, 4% and 3% of all sales are 13 million: sales of 260, 325 and 433.3 million; and the two bounds of sales.
        "revenue_fen_y0": [
            *_third_years(),
            *around(YI // 2, 2 * YI),
            *around(260_000_000_00 - _FIRST - _SECOND, 325_000_000_00 - _FIRST - _SECOND),
        ],
        "revenue_fen_y1": around(_SECOND),
        "revenue_fen_y2": around(_FIRST),
        "net_assets_fen_y0": [*_third_years(), -1, -_SECOND],
        "net_assets_fen_y1": [*around(_SECOND), -_SECOND],
        "net_assets_fen_y2": [*around(_FIRST), -_FIRST],
        "high_tech_revenue_fen_y0": parts(100_000_00, "0.60"),
        "total_income_fen_y0": around(100_000_00),
        "conversions_per_year_3y": [0, 0.99, 1, 1.5, 2, 2.99, 3, 4, 4.99, 5, 6, None],
        **{f"expert__high_tech__{item}": [0, most // 2, most, most + 5, None] for item, most in _EXPERTS.items()},
    },
)
# Ratios of R&D to sales around 4% and 3% need larger sales: a second and third centre.
HIGH_TECH_LARGER = [
    HIGH_TECH[0]
    | {
        "revenue_fen_y0": last * FEN,
        "revenue_fen_y1": last * FEN,
        "revenue_fen_y2": last * FEN,
        "rd_expense_fen_y0": last * 3 * FEN * percent // 100 - 3_000_000_00 + change,
    }
    for last in (50_000_000, 50_000_100, 200_000_000, 200_000_100)
    for percent in (3, 4, 5)
    for change in (-1, 0, 1)
]

_RIGHTS = ("class_one_high_value_main", "class_one_own_main", "class_one_main", "class_two_main")
_MAIN = YI * 8 // 10

INNOVATIVE_SME: tuple[Row, Choices] = (
    RECORD
    | {f"{right}_{end}": 0 for right in _RIGHTS for end in ("low", "high")}
    | {
        "class_one_main_low": 1,
        "class_one_main_high": 1,
        "revenue_fen_y0": REVENUE,
        "rd_expense_fen_y0": REVENUE * 2 // 100,
        "main_revenue_fen_y0": REVENUE * 60 // 100,
        "main_revenue_fen_y1": REVENUE * 60 // 100 * 100 // 120,
        "total_liabilities_fen_y0": REVENUE * 60 // 100,
        "total_assets_fen_y0": REVENUE,
        "strategic_industry": False,
        "awards_provincial_plus__3y": 0,
        "units_national": 0,
        "units_provincial": 0,
        "equity_qualified_fen__3y": 0,
        **{
            f"holds__{title}": False
            for title in ("high_tech", "innovation_demonstration", "ip_advantage", "ip_demonstration")
        },
    },
    {
        **RECORD_CHOICES,
        **{name: ends for right in _RIGHTS for name, ends in two_ends(right, 0, 1, 2).items()},
        "revenue_fen_y0": around(REVENUE),
        "rd_expense_fen_y0": parts(REVENUE, "0.05", "0.03", "0.02", "0.01"),
        "main_revenue_fen_y0": [
            *parts(REVENUE, "0.70", "0.60", "0.55", "0.50"),
            *parts(REVENUE * 50 // 100, "1.15", "1.10", "1.05", "1"),
        ],
        "main_revenue_fen_y1": [*around(REVENUE * 50 // 100), REVENUE * 60 // 100, REVENUE],
        "total_liabilities_fen_y0": parts(REVENUE, "0.55", "0.75"),
        "total_assets_fen_y0": around(REVENUE),
        "strategic_industry": FLAGS,
        "awards_provincial_plus__3y": COUNTS,
        "units_national": COUNTS,
        "units_provincial": COUNTS,
        "equity_qualified_fen__3y": around(500 * WAN),
        **{
            f"holds__{title}": FLAGS
            for title in ("high_tech", "innovation_demonstration", "ip_advantage", "ip_demonstration")
        },
    },
)


def _mean_growth_edges(*edges: str) -> list[Any]:
    """Last-year amounts at which the mean of two growth rates meets the edges, the first of them being 10%."""
    from fractions import Fraction

    found = [(2 * Fraction(edge) - Fraction(1, 10) + 1) * _SECOND for edge in edges]
    assert all(amount.denominator == 1 for amount in found)
    return around(*(int(amount) for amount in found))


SPECIALISED_SME_2022: tuple[Row, Choices] = (
    RECORD
    | {f"{right}_{end}": 0 for right in _RIGHTS for end in ("low", "high")}
    | {
        "class_one_own_main_low": 1,
        "class_one_own_main_high": 1,
        "revenue_fen_y0": REVENUE,
        "rd_expense_fen_y0": REVENUE * 5 // 100,
        "rd_expense_fen_y1": 2_000_000_00,
        "main_revenue_fen_y0": REVENUE * 80 // 100,
        "main_revenue_fen_y1": _SECOND,
        "main_revenue_fen_y2": _FIRST,
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
        **{name: ends for right in _RIGHTS for name, ends in two_ends(right, 0, 1, 2).items()},
        "revenue_fen_y0": around(REVENUE, 1000 * WAN),
        "rd_expense_fen_y0": [
            *parts(REVENUE, "0.10", "0.08", "0.06", "0.04", "0.03"),
            *around(*(amount * WAN for amount in (100, 200, 300, 400, 500))),
            *around(2 * 1000 * WAN - 2_000_000_00),
        ],
        "rd_expense_fen_y1": around(2_000_000_00, 2 * 1000 * WAN - REVENUE * 5 // 100),
        "main_revenue_fen_y0": [
            *parts(REVENUE, "0.80", "0.70", "0.60"),
            *_mean_growth_edges("0.10", "0.08", "0.06", "0.04", "0"),
        ],
        "main_revenue_fen_y1": around(_SECOND),
        "main_revenue_fen_y2": around(_FIRST),
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
        "main_revenue_fen_y1": _SECOND,
        "main_revenue_fen_y2": _FIRST,
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
        "main_revenue_fen_y0": [*parts(2 * YI, "0.70"), *_mean_growth_edges("0.05")],
        "main_revenue_fen_y1": around(_SECOND),
        "main_revenue_fen_y2": around(_FIRST),
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
    | {"revenue_fen_y0": revenue, "revenue_fen_y1": revenue, "main_revenue_fen_y0": _SECOND}
    | {"rd_expense_fen_y0": revenue * percent // 100 + change, "rd_expense_fen_y1": revenue * percent // 100}
    for revenue in (YI, YI - 100, YI // 2, YI // 2 - 100)
    for percent in (3, 6)
    for change in (-1, 0, 1)
] + [
    LITTLE_GIANT_2022[0]
    | {"revenue_fen_y0": revenue, "main_revenue_fen_y0": _SECOND, "rd_expense_fen_y0": spent, "rd_staff_y0": heads}
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

STAR_BOARD: tuple[Row, Choices] = (
    {
        "software_company": False,
        **{f"revenue_fen_y{back}": amount for back, amount in enumerate((25 * YI // 16, 2 * YI - 25 * YI // 16, YI))},
        **{f"rd_expense_fen_y{back}": YI * 5 // 100 for back in (0, 1, 2)},
        "rd_staff_y0": 10,
        "staff_total_y0": 100,
        "invention_main_low": 7,
        "invention_main_high": 7,
        "core_technology_recognised": False,
        "national_award_main": 0,
        "major_special_lead": 0,
        "import_substitution": False,
    },
    {
        "software_company": FLAGS,
        # 1.44 and 1.5625 times the first year; the three years' sales make R&D of 15 million meet 5% at 300 million.
        "revenue_fen_y0": around(25 * YI // 16, 144 * YI // 100, 3 * YI, 2 * YI - (2 * YI - 25 * YI // 16)),
        "revenue_fen_y1": around(2 * YI - 25 * YI // 16, 3 * YI - YI - 25 * YI // 16),
        "revenue_fen_y2": around(YI, 64 * YI // 100),
        "rd_expense_fen_y0": around(
            YI * 5 // 100, YI * 20 // 100, 6000 * WAN - YI * 10 // 100, 8000 * WAN - YI * 10 // 100, 6000 * WAN
        ),
        "rd_expense_fen_y1": around(YI * 5 // 100),
        "rd_expense_fen_y2": around(YI * 5 // 100),
        "rd_staff_y0": parts(100, "0.10"),
        "staff_total_y0": around(100),
        **two_ends("invention_main", 0, 4, 5, 6, 7, 8, 49, 50, 51),
        "core_technology_recognised": FLAGS,
        "national_award_main": COUNTS,
        "major_special_lead": COUNTS,
        "import_substitution": FLAGS,
    },
)
STAR_BOARD_MORE = [
    STAR_BOARD[0]
    | {"software_company": software, "revenue_fen_y0": 2 * YI, "revenue_fen_y1": YI, "revenue_fen_y2": YI}
    | {"rd_expense_fen_y0": 4 * YI * percent // 100 - YI * 10 // 100 + change, "invention_main_low": patents}
    | {"invention_main_high": patents}
    for software in FLAGS
    for percent in (5, 10)
    for change in (-1, 0, 1)
    for patents in (0, 7, None)
]

BEIJING: tuple[Row, Choices] = (
    {
        "industry_digits": "3511",
        "rd_expense_fen_y0": 340_000 * FEN * 10,
        "main_revenue_fen_y0": REVENUE,
        "rd_staff_y0": 10,
        "staff_total_y0": 100,
        "senior_experts_y0": 5,
        "doctors_y0": 5,
        "external_expert_months_y0": 30,
        "valid_right_count": 30,
        "valid_invention_count": 10,
        "projects_running": 20,
        "projects_basic_applied": 1,
        "rd_equipment_fen_y0": 1000 * WAN,
        "units_national": 1,
        "units_provincial": 1,
        "accredited_labs": 1,
        "patents_filed_1y": 20,
        "inventions_filed_1y": 10,
        "standards_3y": 1,
    },
    {
        "industry_digits": [
            *(
                "13",
                "1310",
                "4390",
                "44",
                "46",
                "47",
                "5011",
                "62",
                "63",
                "6510",
                "66",
                "7310",
                "75",
                "76",
                "0111",
                "9",
            ),
            *(None,),
        ],
        "rd_expense_fen_y0": around(80_000 * FEN * 10, 600_000 * FEN * 10),
        "main_revenue_fen_y0": around(REVENUE),
        "rd_staff_y0": [0, 1, 2, 3, 5, 6, 9, 10, 29, 30, 31, 60, 61, None],
        "staff_total_y0": around(100),
        "senior_experts_y0": around(15),
        "doctors_y0": [0, 5, 15, None],
        "external_expert_months_y0": [0, 9.5, 10, 30, 50, 51, None],
        "valid_right_count": around(10, 50),
        "valid_invention_count": around(3, 20),
        "projects_running": around(3, 50),
        "projects_basic_applied": [0, 1, 2, None],
        "rd_equipment_fen_y0": around(*(amount * WAN for amount in (300, 500, 1000, 2000, 3000))),
        "units_national": [0, 1, 2, 3, None],
        "units_provincial": [0, 1, 2, 3, None],
        "accredited_labs": [0, 1, 2, 3, None],
        "patents_filed_1y": around(5, 40),
        "inventions_filed_1y": around(3, 20),
        "standards_3y": [0, 1, 2, None],
    },
)
# Every sector with its own floors and full marks.
BEIJING_SECTORS = [
    BEIJING[0] | {"industry_digits": digits, "rd_staff_y0": heads, "rd_equipment_fen_y0": equipment * WAN + change}
    for digits in ("3511", "6510", "7310", "4710", "0111")
    for heads, equipment in ((0, 299), (1, 300), (2, 500), (5, 1000), (10, 1500), (30, 2000), (60, 3000))
    for change in (-1, 0)
] + [
    BEIJING[0] | {"projects_running": running, "projects_basic_applied": basic}
    for running, basic in ((50, 1), (51, 1), (100, 2), (100, 8), (100, 9), (25, 2), (26, 2))
]

_ROUNDS = ["seed", "angel", "pre_a", "a", "b", "c", "d_or_later", "ipo", "strategic", None]
LIFE_CYCLE: tuple[Row, Choices] = (
    {
        "age_years": 7,
        "revenue_fen_y0": _SECOND * 12 // 10,
        "revenue_fen_y1": _SECOND,
        "revenue_fen_y2": _FIRST,
        "net_profit_fen_y0": 100,
        "net_profit_fen_y1": 100,
        "equity_rounds": 1,
        "latest_equity_round": "a",
        "listed": False,
    },
    {
        "age_years": [0, 4, 5, 6, 9, 10, 11, None],
        "revenue_fen_y0": [*around(2000 * WAN), *_mean_growth_edges("0.10", "0.20")],
        "revenue_fen_y1": around(_SECOND),
        "revenue_fen_y2": around(_FIRST),
        "net_profit_fen_y0": [-100, -1, 0, 1, None],
        "net_profit_fen_y1": [-100, -1, 0, 1, None],
        "equity_rounds": COUNTS,
        "latest_equity_round": _ROUNDS,
        "listed": FLAGS,
    },
)
LIFE_CYCLE_MORE = [
    LIFE_CYCLE[0] | {"age_years": age, "latest_equity_round": latest, "revenue_fen_y0": revenue}
    for age in (5, 6, 9, 10)
    for latest in _ROUNDS
    for revenue in (2000 * WAN, 2000 * WAN + 1, _SECOND * 11 // 10, _SECOND * 11 // 10 + 1)
]

INNOVATION_POINTS: tuple[Row, Choices] = (
    LIFE_CYCLE[0]
    | {
        "rd_expense_fen_y0": 1000 * WAN,
        "rd_expense_fen_y1": 800 * WAN,
        "tech_staff_y0": 20,
        "staff_total_y0": 100,
        "inventions_filed_main": 4,
        "pct_filed_main": 1,
        "technology_contracts_fen_1y": 100 * WAN,
        "high_tech_revenue_fen_y0": 1000 * WAN,
        "rd_super_deduction_tax_fen_y0": 100 * WAN,
        "net_assets_fen_y0": 5000 * WAN,
        "doctors_y0": 3,
        "masters_y0": 7,
        "graduates_hired_y0": 5,
        "units_national": 0,
        "units_provincial": 1,
        "awards_provincial_plus_3y": 1,
        "projects_provincial_3y": 2,
        "equity_total_fen": 1000 * WAN,
    },
    {
        **LIFE_CYCLE[1],
        "rd_expense_fen_y0": around(2000 * WAN, 1200 * WAN),
        "rd_expense_fen_y1": around(800 * WAN, 2000 * WAN),
        "tech_staff_y0": parts(100, "0.50"),
        "staff_total_y0": around(100),
        "inventions_filed_main": around(10),
        "pct_filed_main": around(5),
        "technology_contracts_fen_1y": around(1000 * WAN),
        "high_tech_revenue_fen_y0": around(YI),
        "revenue_fen_y0": around(2000 * WAN, 2 * YI, _SECOND * 15 // 10, 5000 * WAN),
        "rd_super_deduction_tax_fen_y0": around(300 * WAN),
        "net_profit_fen_y0": [*around(1000 * WAN), -1],
        "net_assets_fen_y0": [*around(5000 * WAN), -5000 * WAN],
        "doctors_y0": [0, 3, 23, 24, None],
        "masters_y0": [0, 7, 27, None],
        "graduates_hired_y0": around(20),
        "units_national": [0, 1, 2, None],
        "units_provincial": [0, 1, 2, 3, None],
        "awards_provincial_plus_3y": around(3),
        "projects_provincial_3y": around(5),
        "equity_total_fen": around(5000 * WAN),
    },
)
INNOVATION_STAGES = [
    INNOVATION_POINTS[0] | {"age_years": age, "latest_equity_round": latest, "revenue_fen_y0": revenue}
    for age in (3, 7, 12, None)
    for latest in ("a", "d_or_later", None)
    for revenue in (500 * WAN, _SECOND)
]

"""Companies at and around every edge of a scheme: exactly there, one fen or person on either side, missing, zero.

A company that meets the scheme is the centre. Every value is tried alone, then several at a time, drawn with a fixed
seed. Rows are plain mappings; nothing here reads the package under test.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from three_values import WAN, YI

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


# Two years with growth of 10% between them.
FIRST, SECOND = 1_000_000_00, 1_100_000_00


def mean_growth_edges(*edges: str) -> list[Any]:
    """Last-year amounts at which the mean of two growth rates meets the edges, the first of them being 10%."""
    from fractions import Fraction

    found = [(2 * Fraction(edge) - Fraction(1, 10) + 1) * SECOND for edge in edges]
    assert all(amount.denominator == 1 for amount in found)
    return around(*(int(amount) for amount in found))


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

# Sales a hundred times the cost leave the measure against cost as the better one.
TECH_SME_MORE = [
    TECH_SME[0] | {"revenue_fen_y0": 100 * YI, "rd_expense_fen_y0": spent}
    for spent in parts(REVENUE, "0.30", "0.25", "0.20", "0.15", "0.10")
]

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


def _third_years() -> list[Any]:
    """Last-year amounts at which 1/2 x (y2/y1 + y3/y2) - 1 meets the edges, and at which y3/y2 - 1 does."""
    from fractions import Fraction

    found = []
    for edge in ("0.35", "0.25", "0.15", "0.05", "0"):
        mean = (2 * (1 + Fraction(edge)) - Fraction(SECOND, FIRST)) * SECOND
        single = (1 + Fraction(edge)) * SECOND
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
        "revenue_fen_y0": SECOND * 13 // 10,
        "revenue_fen_y1": SECOND,
        "revenue_fen_y2": FIRST,
        "net_assets_fen_y0": SECOND * 13 // 10,
        "net_assets_fen_y1": SECOND,
        "net_assets_fen_y2": FIRST,
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
        "rd_expense_fen_y0": [*around(10_000_000_00), -3_000_000_00 + (SECOND * 23 // 10 + FIRST) // 20],
        "rd_expense_fen_y1": around(2_000_000_00),
        "rd_expense_fen_y2": around(1_000_000_00),
        "rd_expense_domestic_fen_y0": around(9_000_000_00, 13_000_000_00 * 60 // 100 - 3_000_000_00),
        "rd_expense_domestic_fen_y1": around(2_000_000_00),
        "rd_expense_domestic_fen_y2": around(1_000_000_00),
        # 5%, 4% and 3% of all sales are 13 million: sales of 260, 325 and 433.3 million; and the two bounds of sales.
        "revenue_fen_y0": [
            *_third_years(),
            *around(YI // 2, 2 * YI),
            *around(260_000_000_00 - FIRST - SECOND, 325_000_000_00 - FIRST - SECOND),
        ],
        "revenue_fen_y1": around(SECOND),
        "revenue_fen_y2": around(FIRST),
        "net_assets_fen_y0": [*_third_years(), -1, -SECOND],
        "net_assets_fen_y1": [*around(SECOND), -SECOND],
        "net_assets_fen_y2": [*around(FIRST), -FIRST],
        "high_tech_revenue_fen_y0": parts(100_000_00, "0.60"),
        "total_income_fen_y0": around(100_000_00),
        "conversions_per_year_3y": [0, 0.99, 1, 1.5, 2, 2.99, 3, 4, 4.99, 5, 6, None],
        **{f"expert__high_tech__{item}": [0, most // 2, most, most + 5, None] for item, most in _EXPERTS.items()},
    },
)
# Ratios of R&D to sales around 5%, 4% and 3% at the bounds of sales, which are 50 and 200 million.
HIGH_TECH_MORE = (
    [
        HIGH_TECH[0]
        | {"revenue_fen_y0": last, "revenue_fen_y1": last, "revenue_fen_y2": last}
        | {"rd_expense_fen_y0": -(-3 * last * percent // 100) - 3_000_000_00 + change}
        for last in (YI // 2, YI // 2 + 1, 2 * YI, 2 * YI + 1)
        for percent in (3, 4, 5)
        for change in (-1, 0, 1)
    ]
    + [
        HIGH_TECH[0] | {"class_one_main_low": 0, "class_one_main_high": 0} | two
        for low in (0, 1, 2, 3, 4, 5, 6)
        for two in ({"class_two_main_low": low, "class_two_main_high": low},)
    ]
    + [
        HIGH_TECH[0] | {"own_right_low": 0, "own_right_high": own, "bought_right_low": low, "bought_right_high": 1}
        for own in (0, 1, None)
        for low in (0, 1, None)
    ]
    + [
        HIGH_TECH[0]
        | {"own_right_low": 0, "own_right_high": 0, "bought_right_low": 1, "bought_right_high": 1}
        | {"expert__high_tech__ip_way_obtained": judged}
        for judged in (0, 1, 3, 6)
    ]
    + [HIGH_TECH[0] | {f"expert__high_tech__{item}": most + more for item, most in _EXPERTS.items()} for more in (0, 1)]
)

RIGHTS = ("class_one_high_value_main", "class_one_own_main", "class_one_main", "class_two_main")
_MAIN = YI * 8 // 10

INNOVATIVE_SME: tuple[Row, Choices] = (
    RECORD
    | {f"{right}_{end}": 0 for right in RIGHTS for end in ("low", "high")}
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
        **{name: ends for right in RIGHTS for name, ends in two_ends(right, 0, 1, 2).items()},
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


INNOVATIVE_SME_MORE = [
    INNOVATIVE_SME[0] | {"class_one_main_low": 0, "class_one_main_high": 0} | {f"class_two_main_{end}": 1}
    for end in ("low", "high")
] + [
    INNOVATIVE_SME[0]
    | {"class_one_high_value_main_high": 1, "rd_expense_fen_y0": REVENUE}
    | {"main_revenue_fen_y0": REVENUE, "strategic_industry": True, "total_liabilities_fen_y0": 0}
]

"""Companies at the edges of the STAR board, the Beijing scorecard, the stages and the innovation points."""

from __future__ import annotations

from edge_companies import (
    COUNTS,
    FIRST,
    FLAGS,
    REVENUE,
    SECOND,
    Choices,
    Row,
    around,
    mean_growth_edges,
    parts,
    two_ends,
)
from three_values import FEN, WAN, YI

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
        "revenue_fen_y0": SECOND * 12 // 10,
        "revenue_fen_y1": SECOND,
        "revenue_fen_y2": FIRST,
        "net_profit_fen_y0": 100,
        "net_profit_fen_y1": 100,
        "equity_rounds": 1,
        "latest_equity_round": "a",
        "listed": False,
    },
    {
        "age_years": [0, 4, 5, 6, 9, 10, 11, None],
        "revenue_fen_y0": [*around(2000 * WAN), *mean_growth_edges("0.10", "0.20")],
        "revenue_fen_y1": around(SECOND),
        "revenue_fen_y2": around(FIRST),
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
    for revenue in (2000 * WAN, 2000 * WAN + 1, SECOND * 11 // 10, SECOND * 11 // 10 + 1)
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
        "revenue_fen_y0": around(2000 * WAN, 2 * YI, SECOND * 15 // 10, 5000 * WAN),
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
    for age in (5, 6, 9, 10, None)
    for latest in _ROUNDS
    for revenue in (2000 * WAN, 2000 * WAN + 1, SECOND * 11 // 10, SECOND * 11 // 10 + 1)
]

"""The shipped figures, typed a second time by hand from the fact sheets; and what every shipped rule must say."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kejin.errors import InputError
from kejin.policy import RuleBook, band_of
from kejin.policy.check_rules import check_rules

BOOK = RuleBook.shipped()
LAST_OLD, FIRST_NEW = date(2026, 3, 31), date(2026, 4, 1)
FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"

FIGURES = """
2024-01-01 titles/tech_sme/employees_max 500
2024-01-01 titles/tech_sme/sales_cny_max 200000000
2024-01-01 titles/tech_sme/assets_cny_max 200000000
2024-01-01 titles/tech_sme/score_min 60
2024-01-01 titles/tech_sme/tech_staff_months_min 6
2024-01-01 titles/tech_sme/direct_award_years 5
2024-01-01 titles/tech_sme/direct_award_rank_max 3
2024-01-01 titles/tech_sme/direct_standard_years 5
2024-01-01 titles/high_tech/registered_days_min 365
2024-01-01 titles/high_tech/rd_domestic_share_min 0.60
2024-01-01 titles/high_tech/tech_staff_share_min 0.10
2024-01-01 titles/high_tech/high_tech_income_share_min 0.60
2024-01-01 titles/high_tech/score_above 70
2024-01-01 titles/innovative_sme/score_min 60
2024-01-01 titles/innovative_sme/innovation_points_min 20
2024-01-01 titles/innovative_sme/growth_points_min 15
2024-01-01 titles/innovative_sme/specialisation_points_min 15
2024-01-01 titles/innovative_sme/direct_equity_cny_min 5000000
2026-03-31 titles/specialised_sme/v2022/niche_years_min 2
2026-03-31 titles/specialised_sme/v2022/revenue_cny_min 10000000
2026-03-31 titles/specialised_sme/v2022/rd_cny_min 1000000
2026-03-31 titles/specialised_sme/v2022/score_min 60
2026-03-31 titles/specialised_sme/v2022/direct_equity_cny_min 60000000
2026-03-31 titles/specialised_sme/v2022/direct_rd_mean_cny_min 10000000
2026-03-31 titles/specialised_sme/v2022/direct_contest_rank_max 500
2026-04-01 titles/specialised_sme/v2026/niche_years_min 3
2026-04-01 titles/specialised_sme/v2026/revenue_cny_min 15000000
2026-04-01 titles/specialised_sme/v2026/main_share_min 0.80
2026-04-01 titles/specialised_sme/v2026/debt_ratio_max 0.80
2026-04-01 titles/specialised_sme/v2026/class_one_min 1
2026-04-01 titles/specialised_sme/v2026/score_min 50
2026-03-31 titles/little_giant/v2022/niche_share_min 0.10
2026-03-31 titles/little_giant/v2022/main_share_min 0.70
2026-03-31 titles/little_giant/v2022/debt_ratio_max 0.70
2026-03-31 titles/little_giant/v2022/class_one_min 2
2026-03-31 titles/little_giant/v2022/small_equity_cny_min 80000000
2026-03-31 titles/little_giant/v2022/small_rd_cny_min 30000000
2026-03-31 titles/little_giant/v2022/small_rd_staff_share_min 0.50
2026-04-01 titles/little_giant/v2026/revenue_cny_min 50000000
2026-04-01 titles/little_giant/v2026/main_share_min 0.90
2026-04-01 titles/little_giant/v2026/debt_ratio_max 0.75
2026-04-01 titles/little_giant/v2026/rd_total_cny_min 12000000
2026-04-01 titles/little_giant/v2026/class_one_min 4
2026-04-01 titles/little_giant/v2026/score_min 60
2024-04-29 titles/star_board/rd_total_cny_min 60000000
2024-04-30 titles/star_board/rd_total_cny_min 80000000
2024-04-29 titles/star_board/revenue_growth_min 0.20
2024-04-30 titles/star_board/revenue_growth_min 0.25
2024-04-30 titles/star_board/revenue_cny_min 300000000
2024-04-30 titles/star_board/exception_invention_patents_min 50
"""

# rule, figure, lowest and highest points: on, just below and between the edges
POINTS = """
titles/tech_sme/tech_staff_points 0.30 20 20
titles/tech_sme/tech_staff_points 0.2999 16 16
titles/tech_sme/tech_staff_points 0.10 4 4
titles/tech_sme/tech_staff_points 0.0999 0 0
titles/tech_sme/rd_to_sales_points 0.06 50 50
titles/tech_sme/rd_to_sales_points 0.0599 40 40
titles/tech_sme/rd_to_sales_points 0.0199 0 0
titles/tech_sme/rd_to_cost_points 0.25 40 40
titles/tech_sme/rd_to_cost_points 0.0999 0 0
titles/tech_sme/class_one_points 1 30 30
titles/tech_sme/class_one_points 0 0 0
titles/tech_sme/class_two_points 5 24 24
titles/tech_sme/class_two_points 3 18 18
titles/tech_sme/class_two_points 1 6 6
titles/high_tech/rd_to_sales_min 50000000 0.05 0.05
titles/high_tech/rd_to_sales_min 50000000.01 0.04 0.04
titles/high_tech/rd_to_sales_min 200000000 0.04 0.04
titles/high_tech/rd_to_sales_min 200000000.01 0.03 0.03
titles/high_tech/class_two_points 5 5 6
titles/high_tech/class_two_points 4 3 4
titles/high_tech/class_two_points 0 0 0
titles/high_tech/conversion_points 5 25 30
titles/high_tech/conversion_points 4.67 19 24
titles/high_tech/sales_growth_points 0.35 9 10
titles/high_tech/sales_growth_points 0.0001 1 2
titles/high_tech/sales_growth_points 0 0 0
titles/high_tech/net_asset_growth_points -1 0 0
titles/innovative_sme/rd_to_revenue_points 0.05 20 20
titles/innovative_sme/debt_ratio_points 0.5499 10 10
titles/innovative_sme/debt_ratio_points 0.55 5 5
titles/innovative_sme/debt_ratio_points 0.75 5 5
titles/innovative_sme/debt_ratio_points 0.7501 0 0
titles/specialised_sme/v2022/main_growth_points 0 2 2
titles/specialised_sme/v2022/main_growth_points -0.0001 0 0
titles/specialised_sme/v2022/niche_years_points 3 1 1
titles/specialised_sme/v2022/niche_years_points 14 5 5
titles/specialised_sme/v2022/debt_ratio_points 0.50 5 5
titles/specialised_sme/v2022/rd_amount_points 4000000 8 8
titles/specialised_sme/v2022/rd_ratio_points 0.0299 0 0
titles/little_giant/v2022/rd_to_revenue_min 100000000 0.03 0.03
titles/little_giant/v2022/rd_to_revenue_min 99999999.99 0.06 0.06
"""

FIELD_OF = """
A61K 8/02 = 14
A61K 9/00 = 16
A61K 31/415 = 16
B01D 1/00 = 23
B01D 53/86 = 24
C13B 5/00 = 29
C13B 10/02 = 18
E01F 8/00 = 24
E01F 9/30 = 35
G01N 33/53 = 11
G01N 3/08 = 10
H04N 1/00 = 3
H04N 5/232 = 2
H04N 21/43 = 4
H04N 23/60 = 2
H04N 25/70 = 2
H10K 50/11 = 8
G06V 10/82 = 6
G16H 50/20 = 13
G06Q 40/02 = 7
A61K =
H04N =
Z99Z 1/00 =
"""


def lines_of(table: str) -> list[str]:
    return table.strip().split("\n")


def test_the_shipped_files_are_right() -> None:
    assert [finding.text("en") for finding in check_rules(BOOK)] == []


@pytest.mark.parametrize("line", lines_of(FIGURES))
def test_figures(line: str) -> None:
    day, name, figure = line.split()
    assert BOOK.decimal(name, date.fromisoformat(day), facts={"software_company": False}) == Decimal(figure)


@pytest.mark.parametrize("line", lines_of(POINTS))
def test_points(line: str) -> None:
    name, figure, low, high = line.split()
    band = band_of(BOOK.bands(name, LAST_OLD), Decimal(figure))
    assert band is not None
    assert (band.points_low, band.points_high) == (Decimal(low), Decimal(high))


def test_outside_what_a_rule_covers_there_is_no_band() -> None:
    bands = BOOK.bands("titles/little_giant/v2022/rd_to_revenue_min", LAST_OLD)
    assert band_of(bands, Decimal("49999999.99")) is None
    assert band_of(bands, float("nan")) is None


def test_the_version_changes_on_1_april_2026() -> None:
    for scheme in ("specialised_sme", "little_giant"):
        assert BOOK.choice(f"titles/{scheme}/version", LAST_OLD) == "2022"
        assert BOOK.choice(f"titles/{scheme}/version", FIRST_NEW) == "2026"
        assert BOOK.choice(f"titles/{scheme}/version", FIRST_NEW, known_on=date(2026, 1, 15)) == "2022", (
            "not yet issued"
        )
        assert BOOK.choice(f"titles/{scheme}/version", FIRST_NEW, known_on=date(2026, 1, 16)) == "2026"


def test_the_old_version_says_nothing_afterwards_nor_the_new_one_before() -> None:
    for name, day in (
        ("titles/specialised_sme/v2022/score_min", FIRST_NEW),
        ("titles/little_giant/v2022/class_one_min", FIRST_NEW),
        ("titles/innovative_sme/score_min", FIRST_NEW),
        ("titles/specialised_sme/v2026/score_min", LAST_OLD),
        ("titles/little_giant/v2026/score_min", LAST_OLD),
        ("titles/star_board/rd_years", date(2022, 12, 29)),
        ("titles/tech_sme/score_min", date(2017, 5, 2)),
        ("titles/innovation_points/weights", date(2024, 8, 12)),
    ):
        with pytest.raises(InputError) as caught:
            BOOK.look_up(name, day)
        assert caught.value.code == "policy.nothing_in_force", name


def test_software_companies_on_the_star_board() -> None:
    day = date(2025, 1, 1)
    assert BOOK.decimal("titles/star_board/rd_to_revenue_min", day, facts={"software_company": True}) == Decimal("0.10")
    assert BOOK.decimal("titles/star_board/rd_to_revenue_min", day, facts={"software_company": False}) == Decimal(
        "0.05"
    )
    found = BOOK.look_up("titles/star_board/invention_patents_min", day, facts={"software_company": True})
    assert (found.value, found.exception, found.confidence) == (Decimal(0), "software_company", "unverified")


@pytest.mark.parametrize("line", lines_of(FIELD_OF))
def test_fields_of_ipc_symbols(line: str) -> None:
    symbol, _, field = line.partition("=")
    fields = BOOK.mapping("technology_fields/ipc_prefix", LAST_OLD)
    assert fields.find(symbol.strip()) == (field.strip() or None)  # type: ignore[attr-defined]


def test_all_35_fields_are_there() -> None:
    wanted = {str(number) for number in range(1, 36)}
    assert set(BOOK.codes("technology_fields/fields", LAST_OLD)) == wanted
    assert set(BOOK.mapping("technology_fields/ipc_prefix", LAST_OLD).values()) == wanted
    assert set(BOOK.mapping("technology_fields/sector_by_field", LAST_OLD)) == wanted


@pytest.mark.skipif(
    not (FACTS / "wipo_ipc_technology.tsv").is_file(), reason="the fact sheets are not beside the project"
)
def test_every_row_of_the_concordance_is_in_the_rule() -> None:
    with (FACTS / "wipo_ipc_technology.tsv").open(encoding="utf-8", newline="") as file:
        rows = {row["ipc_prefix"]: row["field"] for row in csv.DictReader(file, delimiter="\t")}
    found = BOOK.look_up("technology_fields/ipc_prefix", LAST_OLD)
    assert dict(found.value) == rows  # type: ignore[call-overload]
    assert len(rows) == 764


def test_what_was_added_to_the_concordance_is_marked_unverified() -> None:
    found = BOOK.look_up("technology_fields/ipc_prefix_added", LAST_OLD)
    assert found.confidence == "unverified"
    assert dict(found.value) == {"H04N23/": "2", "H04N25/": "2", "G06V": "6", "G16Y": "6", "H10": "8"}  # type: ignore[call-overload]


@pytest.mark.parametrize(("day", "robot", "aerospace"), [("2024-02-29", False, True), ("2024-03-01", True, False)])
def test_twenty_clusters_and_eight_future_industries(day: str, robot: bool, aerospace: bool) -> None:
    on = date.fromisoformat(day)
    clusters, future = BOOK.codes("clusters/industry_clusters", on), BOOK.codes("clusters/future_industries", on)
    assert (len(set(clusters)), len(set(future))) == (20, 8)
    assert ("robot" in clusters, "aerospace" in future) == (robot, aerospace)
    assert set(BOOK.mapping("clusters/by_industry", on).values()) <= set(clusters)


def test_the_innovation_points_profile_says_that_it_is_not_official() -> None:
    day = date(2025, 1, 1)
    indicators = BOOK.codes("titles/innovation_points/indicators", day)
    assert len(set(indicators)) == 18
    weights = BOOK.table("titles/innovation_points/weights", day)
    for stage in ("start_up", "growth", "mature"):
        assert sum(weights[one][stage] for one in indicators) == 100
    assert set(weights) == set(indicators) == set(BOOK.anchors("titles/innovation_points/anchors", day))
    assert set(BOOK.mapping("titles/innovation_points/groups", day)) == set(indicators)
    for name in ("weights", "anchors", "indicators"):
        found = BOOK.look_up(f"titles/innovation_points/{name}", day)
        assert found.confidence == "unverified"
    assert "非官方" in BOOK.look_up("titles/innovation_points/weights", day).title.zh


def test_the_beijing_scorecard() -> None:
    day = date(2025, 1, 1)
    weights = BOOK.table("titles/beijing_rd_centre/weights", day)
    assert sum(row["weight"] for row in weights.values()) == 75
    unseen = {"rd_to_main_revenue"}
    for item in set(weights) - unseen:
        BOOK.anchors(f"titles/beijing_rd_centre/{item}", day)
    staff = BOOK.anchors("titles/beijing_rd_centre/rd_staff_share", day)
    assert (staff["information_technology"].floor, staff["construction"].full) == (Decimal("0.30"), Decimal("0.05"))
    assert BOOK.anchors("titles/beijing_rd_centre/standards_3y", day)["all"].full is None, "it was cut off: not guessed"
    assert BOOK.look_up("titles/beijing_rd_centre/floor_mark", day).confidence == "unverified"


@pytest.mark.parametrize(
    ("filed_on", "years"),
    [("2021-05-31", {"invention": 20, "utility_model": 10, "design": 10}), ("2021-06-01", {"design": 15})],
)
def test_the_term_of_a_patent_by_its_day_of_filing(filed_on: str, years: dict[str, int]) -> None:
    terms = BOOK.table("patents/term_years", date.fromisoformat(filed_on))
    assert {kind: int(terms[kind]["years"]) for kind in years} == years


def test_what_is_ours_is_never_given_out_as_official() -> None:
    for name in BOOK.names:
        rule = BOOK.rule(name)
        for values in (rule.values, *(one.values for one in rule.exceptions.values())):
            for dated in values:
                ours = dated.document == "kejin_profile"
                assert not ours or dated.confidence == "unverified", name

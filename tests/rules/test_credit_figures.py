"""Figures of credit and sharing, typed a second time by hand from the fact sheets, with their days and confidence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kejin.errors import InputError
from kejin.policy import RuleBook, band_of

BOOK = RuleBook.shipped()
DAY = date(2026, 6, 30)

FIGURES = """
2024-07-24 sharing/guarantee_plan/bank_share_min 0.20 secondary
2024-07-24 sharing/guarantee_plan/province_share_min 0.20 secondary
2024-07-24 sharing/guarantee_plan/borrower_balance_cny_max 30000000 secondary
2024-07-24 sharing/guarantee_plan/compensation_rate_max 0.05 secondary
2024-07-24 sharing/guarantee_plan/guarantee_fee_mean_below 0.01 secondary
2019-12-31 sharing/shenzhen_pool/pool_cny 2000000000 secondary
2020-01-01 sharing/shenzhen_pool/pool_cny 5000000000 secondary
2019-12-31 sharing/shenzhen_pool/share_max 0.30 secondary
2020-01-01 sharing/shenzhen_pool/share_max 0.50 secondary
2026-02-05 sharing/pingshan_pool/pool_cny 10000000 text_seen
2026-06-30 sharing/levels/warning_rate 0.05 unverified
2026-06-30 sharing/levels/stop_rate 0.08 unverified
2024-06-30 credit/limit/working_capital_year_days 360 secondary
2024-07-01 credit/limit/working_capital_year_days 360 secondary
2024-01-01 credit/capital/irb_confidence 0.999 unverified
2024-01-01 credit/capital/irb_probability_min 0.0005 unverified
2024-01-01 credit/capital/sme_revenue_cny_max 300000000 unverified
2024-01-01 credit/capital/small_micro_exposure_cny_max 10000000 unverified
"""

# rule, key, column, figure
CELLS = """
sharing/guarantee_plan/fund_share_by_class specialised share 0.40
sharing/guarantee_plan/fund_share_by_class high_tech share 0.35
sharing/guarantee_plan/fund_share_by_class tech_sme share 0.30
credit/capital/standard_weights corporate risk_weight 1.00
credit/capital/standard_weights investment_grade risk_weight 0.75
credit/capital/standard_weights sme risk_weight 0.85
credit/capital/standard_weights small_micro risk_weight 0.75
credit/capital/standard_weights retail risk_weight 0.75
credit/capital/irb_loss_rates senior_corporate loss_rate 0.40
credit/capital/irb_loss_rates senior_financial loss_rate 0.45
credit/capital/irb_loss_rates subordinated loss_rate 0.75
credit/capital/irb_classes sme size_floor 30000000
credit/capital/irb_classes sme size_cap 300000000
credit/capital/irb_classes sme size_effect 0.04
credit/capital/irb_classes corporate correlation_low 0.12
credit/capital/irb_classes corporate correlation_high 0.24
"""


def lines_of(table: str) -> list[str]:
    return table.strip().split("\n")


@pytest.mark.parametrize("line", lines_of(FIGURES))
def test_figures(line: str) -> None:
    day, name, figure, confidence = line.split()
    found = BOOK.look_up(name, date.fromisoformat(day))
    assert (found.value, found.confidence) == (Decimal(figure), confidence)


@pytest.mark.parametrize("line", lines_of(CELLS))
def test_cells(line: str) -> None:
    name, key, column, figure = line.split()
    assert BOOK.table(name, DAY)[key][column] == Decimal(figure)


@pytest.mark.parametrize(("amount", "fee"), [("1", "0.003"), ("5000000", "0.003"), ("5000000.01", "0.005")])
def test_fee_bands(amount: str, fee: str) -> None:
    band = band_of(BOOK.bands("sharing/guarantee_plan/reguarantee_fee_max", DAY), Decimal(amount))
    assert band is not None
    assert band.points_low == Decimal(fee)


def test_the_shenzhen_guarantee_fund_takes_a_fifth_to_a_half() -> None:
    band = band_of(BOOK.bands("sharing/shenzhen_guarantee_fund/reguarantee_share", DAY), Decimal(1))
    assert band is not None
    assert (band.points_low, band.points_high) == (Decimal("0.20"), Decimal("0.50"))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("sharing/guarantee_plan/bank_share_min", date(2024, 7, 23)),
        ("sharing/pingshan_pool/pool_cny", date(2026, 2, 4)),
        ("credit/capital/standard_weights", date(2023, 12, 31)),
    ],
)
def test_before_a_rule_there_is_none(name: str, day: date) -> None:
    with pytest.raises(InputError) as caught:
        BOOK.look_up(name, day)
    assert caught.value.code == "policy.nothing_in_force"


def test_figures_of_our_own_say_so() -> None:
    names = [name for name in BOOK.names if name.startswith(("credit/price", "credit/loss", "credit/limit/runway"))]
    assert len(names) > 12
    assert {BOOK.look_up(name, DAY).confidence for name in names} == {"unverified"}


def test_scenarios_weigh_one() -> None:
    table = BOOK.table("credit/provision/scenarios", DAY)
    assert sum(row["weight"] for row in table.values()) == 1

"""Figures of the valuation rules a second time, typed from their sources."""

from __future__ import annotations

from datetime import date

import pytest

from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook

ROYALTY_PERCENT = {
    "overall": (0.5, 10), "petrochemical": (0.5, 2), "consumer_goods": (1, 2.5), "machinery": (1.5, 3),
    "chemicals": (2, 3.5), "pharmaceutical": (2.5, 4), "electrical": (3, 4.5), "precision_instruments": (4, 5.5),
    "automotive": (4.5, 6), "optics_electronics": (7, 10),
}  # fmt: skip


@pytest.fixture(scope="module")
def rules() -> Lookups:
    return Lookups(RuleBook.shipped(None), date(2026, 9, 30))


def test_royalties_of_the_survey(rules: Lookups) -> None:
    table = rules.table("valuation/royalty_range")
    found = {name: (100 * float(row["low"]), 100 * float(row["high"])) for name, row in table.items()}
    assert set(found) == set(ROYALTY_PERCENT)
    for name, ends in ROYALTY_PERCENT.items():
        assert found[name] == pytest.approx(ends)


def test_obsolescence_of_the_studies(rules: Lookups) -> None:
    table = rules.table("valuation/obsolescence_range")
    for name, low, high in (
        ("pharmaceutical", 11.82, 41), ("semiconductor", 17.95, 42), ("software", 30.17, 31.5), ("chemicals", 15, 18),
        ("machinery", 15, 26), ("electrical", 15, 29), ("transport", 15, 21),
    ):  # fmt: skip
        assert 100 * float(table[name]["low"]) == pytest.approx(low)
        assert 100 * float(table[name]["high"]) == pytest.approx(high)
    fields = rules.mapping("valuation/obsolescence_group_by_field")
    assert set(fields) == {str(number) for number in range(1, 36)}


def test_statistics_of_licences(rules: Lookups) -> None:
    year = rules.table("valuation/licence_statistics")["y2023"]
    assert [int(year[name]) for name in ("contracts", "patents", "fixed_fee_contracts")] == [15603, 36794, 6150]
    # The mean of CNY 1.66 million a contract is printed beside the total.
    assert float(year["fixed_fee_total_cny"]) / 6150 == pytest.approx(1_660_000, rel=0.001)
    year = rules.table("valuation/licence_statistics")["y2022"]
    assert float(year["fixed_fee_total_cny"]) / float(year["fixed_fee_contracts"]) == pytest.approx(
        3_210_000, rel=0.001
    )


def test_caps_of_open_licences(rules: Lookups) -> None:
    caps = rules.table("valuation/open_licence_caps")
    assert [float(caps[name]["cap"]) for name in ("fixed_fee_cny", "net_sales", "profit")] == [2e7, 0.2, 0.4]


def test_figures_of_our_own_are_said_to_be_unverified(rules: Lookups) -> None:
    for name in ("kind_weight", "patent_share", "right_stands", "portfolio_correlation", "deal_prior"):
        assert rules.look_up(f"valuation/{name}").confidence == "unverified"

"""Annual fees of patents, typed a second time by hand from the fact sheet, and what they add up to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kejin.errors import InputError
from kejin.policy import Lookups, RuleBook, band_of
from kejin.valuation.renewal_fees import RenewalRules
from kejin.workflows.fill_rules import fill_rules

INVENTION = {
    1: 900,
    3: 900,
    4: 1200,
    6: 1200,
    7: 2000,
    9: 2000,
    10: 4000,
    12: 4000,
    13: 6000,
    15: 6000,
    16: 8000,
    20: 8000,
}
UTILITY_MODEL = {1: 600, 3: 600, 4: 900, 5: 900, 6: 1200, 8: 1200, 9: 2000, 10: 2000}
DESIGN = UTILITY_MODEL | {11: 3000, 15: 3000}


def _rules(day: date = date(2026, 1, 1)) -> Lookups:
    return Lookups(RuleBook.shipped(), day)


@pytest.mark.parametrize(
    ("kind", "fees"), [("invention", INVENTION), ("utility_model", UTILITY_MODEL), ("design", DESIGN)]
)
def test_fees_by_year(kind: str, fees: dict[int, int]) -> None:
    bands = _rules().bands(f"patents/fees/annual_{kind}_cny")
    for year, fee in fees.items():
        found = band_of(bands, year)
        assert found is not None
        assert found.value == fee
    assert band_of(bands, 0) is None
    assert band_of(bands, max(fees) + 1) is None
    assert fill_rules(RenewalRules, _rules()).schedule().fees_cny[kind][max(fees) - 1] == fees[max(fees)]


def test_an_invention_costs_82300_over_its_term() -> None:
    schedule = fill_rules(RenewalRules, _rules()).schedule()
    assert sum(schedule.fees_cny["invention"]) == 82_300
    assert {kind: len(fees) for kind, fees in schedule.fees_cny.items()} == {
        "invention": 20,
        "utility_model": 10,
        "design": 15,
    }


def test_the_term_of_a_design_was_shorter_before() -> None:
    assert len(fill_rules(RenewalRules, _rules(date(2021, 5, 31))).schedule().fees_cny["design"]) == 10


def test_surcharge_and_reductions() -> None:
    rules = _rules()
    assert rules.decimal("patents/fees/late_surcharge_share_per_month") == Decimal("0.05")
    shares = rules.table("patents/fees/reduction_share")
    assert (shares["single"]["share"], shares["joint"]["share"]) == (Decimal("0.85"), Decimal("0.70"))
    assert rules.decimal("patents/fees/reduction_individual_income_cny_below") == 60_000
    assert rules.decimal("patents/fees/reduction_company_taxable_income_cny_below") == 1_000_000


def test_what_is_ours_is_marked() -> None:
    rules = _rules()
    fill_rules(RenewalRules, rules)
    unverified = {found.name for found in rules.unverified()}
    assert {"valuation/renewal/discount_rate", "valuation/renewal/prior"} <= unverified


def test_before_the_schedule_nothing_is_found() -> None:
    with pytest.raises(InputError) as caught:
        _rules(date(2001, 2, 28)).bands("patents/fees/annual_invention_cny")
    assert caught.value.code in ("policy.nothing_in_force", "policy.nothing_known")

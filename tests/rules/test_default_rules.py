"""The definition of default and the risk grade of its model: figures typed from the documents, on days of change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kejin.policy import Lookups, RuleBook


@pytest.mark.parametrize(
    ("day", "confidence", "document"),
    [(date(2023, 6, 30), "unverified", "kejin_profile"), (date(2023, 7, 1), "secondary", "nfra_2023_1")],
)
def test_more_than_ninety_days_and_the_last_three_classes(day: date, confidence: str, document: str) -> None:
    rules = Lookups(RuleBook.shipped(), day)
    assert rules.decimal("credit/default_definition/overdue_days_above") == Decimal(90)
    assert set(rules.codes("credit/default_definition/five_classes")) == {"substandard", "doubtful", "loss"}
    for name in ("overdue_days_above", "five_classes"):
        found = rules.look_up(f"credit/default_definition/{name}")
        assert (found.confidence, found.document.id) == (confidence, document)


@pytest.mark.parametrize(
    ("day", "document"), [(date(2026, 6, 17), "kejin_profile"), (date(2026, 6, 18), "nfra_2026_8")]
)
def test_credit_approval_is_a_high_risk_use(day: date, document: str) -> None:
    rules = Lookups(RuleBook.shipped(), day)
    assert rules.choice("credit/default_model/risk_grade") == "high"
    assert rules.look_up("credit/default_model/risk_grade").document.id == document


def test_our_own_settings_say_that_they_are_ours() -> None:
    rules = Lookups(RuleBook.shipped(), date(2026, 9, 30))
    assert rules.table("credit/default_model/settings")["points_to_double"]["figure"] == Decimal(20)
    assert rules.decimal("credit/default_model/validity_months") == Decimal(12)
    assert {one.name for one in rules.unverified()} == {
        "credit/default_model/settings",
        "credit/default_model/validity_months",
    }

"""What must hold of the rules of loans whatever the figures: a change of day, and more of a good thing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.workflows.lending_rules import LendingRules, lending_rules

NAME = "merger/loan_to_price_max"
AS_SHIPPED, MOVED = date(2025, 12, 31), date(2026, 2, 1)
FIRST, LAST = date(2024, 7, 1), date(2026, 11, 25)
RULES = Path(__file__).resolve().parents[2] / "src" / "kejin" / "policy" / "rules" / "loans"
DEAL: dict[str, Any] = {
    "deal_kind": "control",
    "technology_company": False,
    "pilot_city": False,
    "deal_price_fen": 100_000_000_00.0,
    "amount_fen": 65_000_000_00.0,
}


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An institution's overlay in which 70% begins a month later than the shipped rule says."""
    folder = tmp_path_factory.mktemp("overlay")
    text = (RULES / f"{NAME}.yaml").read_text("utf-8")
    head, exceptions = text.split("exceptions:")
    assert "until: 2025-12-30" in head
    assert "from: 2025-12-31" in head
    head = head.replace("until: 2025-12-30", "until: 2026-01-31").replace("from: 2025-12-31", "from: 2026-02-01")
    target = folder / "rules" / "loans" / f"{NAME}.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(f"{head}exceptions:{exceptions}", "utf-8")
    (folder / "sources").mkdir()
    return folder


def answer(rules: LendingRules) -> tuple[Any, Any]:
    product = rules.products["merger"]
    row = dict.fromkeys(product.scheme.detail.inputs) | DEAL
    result = product.scheme.evaluate_row(row)
    return result[product.step("cap", "deal_price")], result[product.step("within_deal_price")]


@settings(max_examples=12)
@given(st.dates(FIRST, LAST))
def test_a_changed_first_day_changes_answers_from_that_day_only(later: Path, day: date) -> None:
    shipped, moved = answer(lending_rules(day)), answer(lending_rules(day, overlay=later))
    assert (shipped != moved) == (AS_SHIPPED <= day < MOVED)


@pytest.mark.parametrize("day", [AS_SHIPPED - timedelta(days=1), AS_SHIPPED, MOVED - timedelta(days=1), MOVED])
def test_on_the_days_themselves(later: Path, day: date) -> None:
    shipped, moved = answer(lending_rules(day)), answer(lending_rules(day, overlay=later))
    assert shipped == ((60_000_000_00.0, False) if day < AS_SHIPPED else (70_000_000_00.0, True))
    assert moved == ((60_000_000_00.0, False) if day < MOVED else (70_000_000_00.0, True))


RULES_OF_DAY = lending_rules(date(2026, 9, 30))
AMOUNT = st.integers(0, 10**14).map(float)


@settings(max_examples=200)
@given(price=AMOUNT, less=AMOUNT, kind=st.sampled_from(["control", "participation"]), pilot=st.booleans())
def test_a_dearer_deal_never_carries_a_smaller_loan(price: float, less: float, kind: str, pilot: bool) -> None:
    product = RULES_OF_DAY.products["merger"]
    low, high = sorted((price, less))

    def cap(amount: float) -> float:
        row = dict.fromkeys(product.scheme.detail.inputs) | DEAL
        row |= {"deal_price_fen": amount, "deal_kind": kind, "pilot_city": pilot, "technology_company": True}
        found: float = product.scheme.evaluate_row(row)[product.step("cap", "deal_price")]
        return found

    assert cap(low) <= cap(high) <= 0.8 * high + 1


@settings(max_examples=200)
@given(value=AMOUNT, more=AMOUNT, kind=st.sampled_from(["invention", "utility_model", "trademark", "software"]))
def test_a_more_valuable_pledge_never_carries_less(value: float, more: float, kind: str) -> None:
    product = RULES_OF_DAY.products["ip_pledge"]
    low, high = sorted((value, more))

    def cap(amount: float) -> float:
        row = dict.fromkeys(product.scheme.detail.inputs) | {"pledge_value_fen_low": amount, "pledge_right_kind": kind}
        found: float = product.scheme.evaluate_row(row)[product.step("cap", "pledge")]
        return found

    assert 0 <= cap(low) <= cap(high) <= high

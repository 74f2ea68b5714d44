"""Schedules against plain decimals, to the fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
import repayment_oracle as oracle
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kejin.credit.repayment import KINDS, RepaymentTerms, repayment_schedule


@settings(max_examples=100)
@given(
    st.one_of(st.integers(1, 1000), st.integers(1, 10**13)),
    st.decimals(0, Decimal("0.3"), places=5),
    st.integers(1, 40),
    st.sampled_from([1, 3, 6, 12]),
    st.sampled_from(KINDS),
    st.integers(0, 6),
    st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("-0.1")]),
)
def test_every_line(amount: int, rate: Decimal, periods: int, every: int, kind: str, grace: int, step: Decimal) -> None:
    assume(grace < periods)
    terms = RepaymentTerms(amount, rate, periods * every, kind, every, grace * every, step)  # type: ignore[arg-type]
    wanted = oracle.schedule(amount, rate, periods * every, kind, every, grace * every, step)
    if step < 0 and kind == "step_up":
        assume(all(part > 0 for part, _, _ in wanted[grace:]))  # else the payment may not cover its interest
    found = repayment_schedule(terms)
    lines = zip(found.principal_fen.tolist(), found.interest_fen.tolist(), found.balance_fen.tolist(), strict=True)
    assert list(lines) == wanted


def test_a_case_by_hand() -> None:
    # 1,200.00 CNY, 12% a year, 3 months, equal principal: interest 12.00, 8.00, 4.00.
    found = repayment_schedule(RepaymentTerms(120_000, Decimal("0.12"), 3, "equal_principal"))
    assert found.principal_fen.tolist() == [40_000, 40_000, 40_000]
    assert found.interest_fen.tolist() == [1_200, 800, 400]
    assert oracle.schedule(120_000, Decimal("0.12"), 3, "equal_principal")[1] == (40_000, 800, 40_000)


@pytest.mark.parametrize("wrong", [Decimal("0.0420"), Decimal("0.0421")])
def test_a_planted_fault_is_noticed(wrong: Decimal) -> None:
    right = oracle.schedule(10**9, Decimal("0.0420"), 36, "equal_instalment")
    same = oracle.schedule(10**9, wrong, 36, "equal_instalment") == right
    assert same == (wrong == Decimal("0.0420"))

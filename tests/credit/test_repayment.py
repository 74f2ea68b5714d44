"""Rates of a year against numpy-financial; schedules by hand; what cannot be repaid is refused."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import numpy_financial as npf
import pytest

from kejin.credit.repayment import KINDS, RepaymentTerms, repayment_schedule, year_cost
from kejin.errors import InputError
from kejin.numerics.internal_rate import effective_year_rate, internal_rate

LOAN = RepaymentTerms(300_000_000, Decimal("0.0435"), 36, "equal_instalment")


def test_equal_instalment_as_numpy_financial() -> None:
    found = repayment_schedule(LOAN)
    payment = -npf.pmt(0.0435 / 12, 36, 3_000_000.0)
    assert found.payment_fen[0] / 100 == pytest.approx(payment, abs=0.005)
    interest = -npf.ipmt(0.0435 / 12, np.arange(1, 37), 36, 3_000_000.0)
    assert found.interest_fen / 100 == pytest.approx(interest, abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fee", "every"), [(0, 1), (4_500_000, 1), (1_000_000, 3)])
def test_internal_rate_as_numpy_financial(kind: str, fee: int, every: int) -> None:
    terms = RepaymentTerms(300_000_000, Decimal("0.0435"), 36, kind, every, 6, Decimal("0.04"))  # type: ignore[arg-type]
    found = repayment_schedule(terms)
    flows = [terms.amount_fen - fee, *(-found.payment_fen).tolist()]
    rate = npf.irr(np.array(flows, dtype=float))
    cost = year_cost(found, paid_at_start_fen=fee)
    assert cost.nominal == pytest.approx(rate * 12 / every, abs=1e-10)
    assert cost.effective == pytest.approx((1 + rate) ** (12 / every) - 1, abs=1e-10)
    if fee == 0:
        assert cost.nominal == pytest.approx(0.0435, abs=1e-7)


def test_interest_help_lowers_the_cost() -> None:
    found = repayment_schedule(LOAN)
    helped = year_cost(found, paid_each_period_fen=-int(found.interest_fen.mean() // 2))
    assert helped.nominal < year_cost(found).nominal


def test_equal_principal_keeps_the_remainder_for_the_end() -> None:
    found = repayment_schedule(RepaymentTerms(100, Decimal(0), 3, "equal_principal"))
    assert found.principal_fen.tolist() == [33, 33, 34]
    assert found.interest_fen.tolist() == [0, 0, 0]


def test_grace_and_quarters() -> None:
    terms = RepaymentTerms(1_200_000, Decimal("0.04"), 12, "equal_principal", every_months=3, grace_months=6)
    found = repayment_schedule(terms)
    assert found.month.tolist() == [3, 6, 9, 12]
    assert found.principal_fen.tolist() == [0, 0, 600_000, 600_000]
    assert found.interest_fen.tolist() == [12_000, 12_000, 12_000, 6_000]


def test_a_bullet_is_reviewed_every_year() -> None:
    found = repayment_schedule(RepaymentTerms(500_000_000, Decimal("0.035"), 36, "bullet", every_months=3))
    assert found.review_months == (12, 24)
    assert found.principal_fen.tolist() == [0] * 11 + [500_000_000]
    assert found.balance_by_year_fen().tolist() == [500_000_000] * 3


def test_step_up_grows_once_a_year() -> None:
    found = repayment_schedule(RepaymentTerms(300_000_000, Decimal("0.0435"), 36, "step_up", step_year=Decimal("0.10")))
    first, second, third = (found.payment_fen[month] for month in (0, 12, 24))
    assert (found.payment_fen[:12] == first).all()
    assert second == pytest.approx(first * 1.10, abs=1)
    assert third == pytest.approx(first * 1.21, abs=1)


def test_balances_at_the_beginning_of_years() -> None:
    found = repayment_schedule(RepaymentTerms(240_000, Decimal(0), 24, "equal_principal"))
    assert found.balance_by_year_fen().tolist() == [240_000, 120_000]
    part = repayment_schedule(RepaymentTerms(180_000, Decimal(0), 18, "equal_principal"))
    assert part.balance_by_year_fen().tolist() == [180_000, 60_000]


BAD = [
    ({"amount_fen": 0}, "credit.amount_not_positive"),
    ({"amount_fen": -1}, "credit.amount_not_positive"),
    ({"term_months": 0}, "credit.term_not_positive"),
    ({"term_months": -12}, "credit.term_not_positive"),
    ({"every_months": 5}, "credit.term_not_positive"),
    ({"term_months": 35, "every_months": 3}, "credit.term_uneven"),
    ({"grace_months": 36}, "credit.grace_too_long"),
    ({"grace_months": -3}, "credit.grace_too_long"),
    ({"rate_year": Decimal("NaN")}, "credit.rate_outside"),
    ({"rate_year": Decimal("-0.01")}, "credit.rate_outside"),
    ({"kind": "as_you_like"}, "credit.repayment_unknown"),
    ({"kind": "step_up", "step_year": Decimal("3"), "rate_year": Decimal("0.2")}, "credit.instalment_below_interest"),
]


@pytest.mark.parametrize(("changed", "code"), BAD)
def test_what_cannot_be_repaid_is_refused(changed: dict[str, object], code: str) -> None:
    terms = {"amount_fen": 10**8, "rate_year": Decimal("0.04"), "term_months": 36, "kind": "equal_instalment"} | changed
    with pytest.raises(InputError) as caught:
        repayment_schedule(RepaymentTerms(**terms))  # type: ignore[arg-type]
    assert caught.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in caught.value.text(lang), "every detail is filled in"


@pytest.mark.parametrize("flows", [[], [1.0, 2.0], [-1.0, -2.0], [1.0, float("nan")], [0.0, 0.0]])
def test_no_rate_without_money_both_ways(flows: list[float]) -> None:
    with pytest.raises(InputError) as caught:
        internal_rate(flows)
    assert caught.value.code == "numerics.payments_one_sided"


@pytest.mark.parametrize("rate", [-0.5, -0.01, 0.0, 1e-9, 0.3, 5.0])
def test_any_rate_is_found_again(rate: float) -> None:
    assert internal_rate([-1.0, 0.0, 0.0, (1 + rate) ** 3]) == pytest.approx(rate, abs=1e-9)
    assert effective_year_rate(rate, 1) == pytest.approx(rate)

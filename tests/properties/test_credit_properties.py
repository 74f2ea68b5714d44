"""What every credit answer must hold: more security never costs more, more risk never costs less, no cap is passed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.credit.capital import IrbClass, irb_capital
from kejin.credit.default_term import conditional, hazard_term, marginal
from kejin.credit.expected_loss import Scenario, loan_expected_loss, yearly_loss_rate
from kejin.credit.limit import set_limit
from kejin.credit.loss_given_default import CollateralTerms, loss_given_default
from kejin.credit.portfolio_loss import portfolio_loss
from kejin.credit.price import PriceFigures, price_loans
from kejin.credit.repayment import KINDS, RepaymentTerms, repayment_schedule, year_cost

PD = st.floats(0.0005, 0.4)
SHARE = st.floats(0, 1)
MONEY = st.floats(1.0, 1e10)
FIGURES = PriceFigures(0.008, 0.10, 0.25, 0.018, rate_min=0.0, rate_max=9.0)
TERMS = {"patent": CollateralTerms(0.6, 0.1, 18.0), "house": CollateralTerms(0.3, 0.08, 12.0)}
SME = IrbClass(0.12, 0.24, 50.0, 3e7, 3e8, 0.04)


def lgd(exposure: float, patent: float, house: float, guaranteed: float = 0.0) -> np.ndarray:
    pledges = {"patent": np.array([patent]), "house": np.array([house])}
    borne = {"guarantor": (guaranteed, 0.9)}
    return loss_given_default(
        np.array([exposure]), pledges, TERMS, 0.55, borne_by_others=borne, loss_rate_floor=0.05
    ).bank


@given(MONEY, st.floats(0, 1e10), st.floats(0, 1e10), st.floats(0, 1e10), SHARE, SHARE, PD)
def test_more_security_never_raises_expected_loss(
    exposure: float, patent: float, house: float, more: float, share: float, other: float, pd: float
) -> None:
    low, high = sorted((share, other))
    less_secured = lgd(exposure, patent, house, low)
    for better in (lgd(exposure, patent + more, house, low), lgd(exposure, patent, house + more, low)):
        assert better[0] <= less_secured[0]
    assert lgd(exposure, patent, house, high)[0] <= less_secured[0]
    owed = np.array([[exposure, exposure / 2]])
    losses = [
        loan_expected_loss(np.array([pd]), owed, rate, np.array([0.04]), 2.0).lifetime_cny[0]
        for rate in (lgd(exposure, patent + more, house, low), less_secured)
    ]
    assert losses[0] <= losses[1]


@given(PD, PD, SHARE, st.floats(1, 5))
def test_price_rises_with_the_probability_of_default(
    first: float, second: float, loss_rate: float, years: float
) -> None:
    """Expected loss always rises; the whole price does, since IRB capital rises up to probabilities of some 30%."""
    low, high = sorted((min(first, 0.2), min(second, 0.2)))
    rates = []
    for pd in (low, high):
        capital = irb_capital(np.array([pd]), np.array([max(loss_rate, 0.05)]), np.array([years]), np.array([5e7]), SME)
        loss = np.array([pd * max(loss_rate, 0.05)])
        rates.append(price_loans(np.array([0.018]), loss, capital.capital, FIGURES).rate[0])
    assert rates[0] <= rates[1] + 1e-15


@given(PD, PD, st.floats(0.05, 1), st.floats(0.01, 0.2))
def test_with_capital_by_class_the_price_always_rises(one: float, two: float, loss_rate: float, capital: float) -> None:
    low, high = sorted((one, two))
    price = price_loans(np.full(2, 0.018), np.array([low, high]) * loss_rate, np.full(2, capital), FIGURES)
    assert price.rate[0] <= price.rate[1]
    assert (price.rate[1] - price.rate[0]) == pytest.approx((high - low) * loss_rate, abs=1e-12)


@given(st.floats(0, 0.2), st.floats(1e-4, 0.3), st.floats(-0.01, 0.5), st.floats(0, 0.05))
def test_price_parts_add_up_and_return_is_the_target(loss: float, capital: float, target: float, help_: float) -> None:
    figures = PriceFigures(0.008, target, 0.25, 0.018, rate_min=-9.0, rate_max=9.0)
    price = price_loans(np.array([0.018]), np.array([loss]), np.array([capital]), figures, help_)
    assert sum(part[0] for part in price.parts().values()) == pytest.approx(price.wanted[0], abs=1e-12)
    assert price.raroc[0] == pytest.approx(target, rel=1e-9, abs=1e-9)


CAPS = st.dictionaries(
    st.sampled_from(["asked", "need", "debt_service", "pledge", "product", "single_borrower"]),
    st.one_of(st.floats(0, 1e10), st.just(np.inf)),
    min_size=1,
)


@given(CAPS, st.sampled_from([0.0, 0.01, 10_000.0]))
def test_a_limit_passes_no_cap_and_names_the_least(caps: dict[str, float], step: float) -> None:
    found = set_limit(caps, step)
    assert all(found.limit_cny <= cap for cap in caps.values())
    assert caps[str(found.binding)] == min(caps.values())
    if np.isfinite(found.limit_cny):
        assert min(caps.values()) - found.limit_cny <= (step or 0.01) * (1 + 1e-9) + 1e-4
    for name in caps:  # a cap that cannot be worked out leaves no limit
        unknown = set_limit({**caps, name: float("nan")}, step)
        assert np.isnan(unknown.limit_cny)
        assert unknown.binding == name


@given(PD, st.integers(1, 10), st.floats(0.5, 2.0))
def test_a_term_structure_is_a_distribution(pd: float, years: int, shape: float) -> None:
    cumulative = hazard_term(np.array([pd]), np.arange(1.0, years + 1), shape)
    assert cumulative[0, 0] == pytest.approx(pd, rel=1e-12)
    assert (marginal(cumulative) >= 0).all()
    assert cumulative[0, -1] < 1
    survived = np.prod(1 - conditional(cumulative))
    assert survived == pytest.approx(1 - cumulative[0, -1], rel=1e-9)


@given(PD, SHARE, st.floats(0, 0.2), st.floats(0.1, 9.9), st.floats(1.0, 1e6))
def test_expected_loss_scales_and_lasts_at_least_a_year(
    pd: float, rate: float, effective: float, years: float, times: float
) -> None:
    scenarios = {"base": Scenario(0.7, 0.0), "bad": Scenario(0.3, -1.5)}
    owed = np.linspace(100.0, 10.0, int(np.ceil(years)))[None, :]
    args = (np.array([rate]), np.array([effective]), years, scenarios, 0.1)
    one, many = (loan_expected_loss(np.array([pd]), owed * factor, *args) for factor in (1.0, times))
    assert many.lifetime_cny[0] == pytest.approx(one.lifetime_cny[0] * times, rel=1e-9)
    assert one.year_cny[0] <= one.lifetime_cny[0] + 1e-12
    assert one.lifetime_cny[0] <= 100.0
    assert yearly_loss_rate(one, owed, effective, years)[0] == pytest.approx(
        yearly_loss_rate(many, owed * times, effective, years)[0], rel=1e-9
    )


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.floats(1, 1e6), SHARE, PD), min_size=1, max_size=30), st.floats(0, 0.4), st.floats(0.1, 50)
)
def test_portfolio_loss(loans: list[tuple[float, float, float]], correlation: float, times: float) -> None:
    owed, rate, pd = (np.array(column) for column in zip(*loans, strict=True))
    found, scaled = (portfolio_loss(owed * factor, rate, pd, correlation) for factor in (1.0, times))
    expected = float((owed * rate) @ pd)
    assert found.expected_cny == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert scaled.quantiles[0.99] == pytest.approx(found.quantiles[0.99] * times, rel=1e-5, abs=1e-6)
    levels = sorted(found.quantiles)
    losses = [found.quantiles[level] for level in levels]
    assert losses == sorted(losses)
    tolerance = 1e-6 * (1 + owed.sum())
    assert all(found.shortfalls[level] >= found.quantiles[level] - tolerance for level in levels)


@settings(max_examples=60)
@given(
    st.integers(1, 10**12),
    st.decimals(0, Decimal("0.24"), places=4),
    st.integers(1, 60),
    st.sampled_from(KINDS),
    st.integers(0, 12),
)
def test_schedules_keep_the_principal(amount: int, rate: Decimal, months: int, kind: str, grace: int) -> None:
    terms = RepaymentTerms(amount, rate, months, kind, grace_months=min(grace, months - 1))  # type: ignore[arg-type]
    found = repayment_schedule(terms)
    assert int(found.principal_fen.sum()) == amount
    assert found.balance_fen[-1] == 0
    assert (found.principal_fen >= 0).all()
    assert (found.interest_fen >= 0).all()
    assert (found.balance_before_fen() - found.principal_fen == found.balance_fen).all()
    assert found.balance_by_year_fen()[0] == amount
    if amount > 10**8:
        assert year_cost(found).nominal == pytest.approx(float(rate), abs=2e-6)
        assert year_cost(found, paid_at_start_fen=amount // 100).nominal > float(rate)

"""Loss rates by hand, stages at their edges, capital of a day's rules, prices by term and security."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

import numpy as np
import pytest

from kejin.credit.capital import CapitalRules, irb_capital, irb_class, standard_capital, standard_class
from kejin.credit.expected_loss import StageRules, impairment_stage, loan_expected_loss, scenarios_of
from kejin.credit.loss_given_default import (
    CollateralTerms,
    LossRules,
    collateral_terms,
    exposure_at_default,
    loss_given_default,
)
from kejin.credit.portfolio_loss import PortfolioRules, portfolio_loss
from kejin.credit.price import PriceFigures, PriceRules, curve_of, funding_rate, price_loans
from kejin.credit.price_what_if import mean_life_years, price_what_if
from kejin.credit.repayment import RepaymentTerms, repayment_schedule
from kejin.errors import InputError
from kejin.policy import Lookups, RuleBook
from kejin.workflows.fill_rules import fill_rules

Record = TypeVar("Record")
LOOKUPS = Lookups(RuleBook.shipped(), as_of=date(2026, 6, 30))
NAN = float("nan")


def rules(record: type[Record]) -> Record:
    return fill_rules(record, LOOKUPS)


def a(*values: float) -> np.ndarray:
    return np.array(values)


def test_loss_rate_by_hand() -> None:
    # 10 million owed, a patent worth 4 million at the low end: 4 x 0.4 x 0.9 / 1.04^1.5 recovered.
    terms = {"invention": CollateralTerms(0.6, 0.1, 18.0)}
    found = loss_given_default(a(1e7), {"invention": a(4e6)}, terms, 0.55, discount_rate=0.04)
    recovered = 4e6 * 0.4 * 0.9 / 1.04**1.5
    assert found.collateral[0] == pytest.approx(recovered / 1e7, rel=1e-12)
    assert found.whole[0] == pytest.approx((1e7 - recovered) * 0.55 / 1e7, rel=1e-12)
    assert found.bank[0] == found.whole[0]


def test_others_bear_their_part_as_surely_as_they_pay() -> None:
    borne = {"national_fund": (0.4, 0.99), "local_guarantor": (0.2, 0.9)}
    found = loss_given_default(a(1e6), {}, {}, 0.5, borne_by_others=borne)
    assert found.bank[0] == pytest.approx(0.5 * (1 - 0.4 * 0.99 - 0.2 * 0.9), rel=1e-12)


def test_floor_prior_claims_and_what_was_not_valued() -> None:
    terms = {"house": CollateralTerms(0.0, 0.0, 0.0)}
    full = loss_given_default(a(1e6, 1e6, 1e6), {"house": a(9e6, 1e6, NAN)}, terms, 0.5, loss_rate_floor=0.05)
    assert full.whole.tolist() == [0.05, 0.05, 0.5]
    assert full.unvalued.tolist() == [False, False, True]
    behind = loss_given_default(a(1e6), {"house": a(9e5)}, terms, 0.5, prior_claims_cny=a(8e5))
    assert behind.whole[0] == pytest.approx(0.45)


def test_exposure() -> None:
    assert exposure_at_default(a(3e6), a(2e6), 0.4, a(1e4))[0] == 3_810_000.0


def test_rules_of_losses_are_whole() -> None:
    table = rules(LossRules)
    assert set(collateral_terms(table.collateral)) >= {"invention", "utility_model", "receivable", "real_estate"}
    assert not table.unsecured_loss_rate.cite.verified


@pytest.mark.parametrize(
    ("days", "defaulted", "then", "now", "stage"),
    [
        (0.0, False, 0.02, 0.02, 1),
        (30.0, False, 0.02, 0.02, 1),
        (31.0, False, 0.02, 0.02, 2),
        (90.0, False, 0.02, 0.02, 2),
        (91.0, False, 0.02, 0.02, 3),
        (0.0, True, 0.02, 0.02, 3),
        (0.0, False, 0.02, 0.05, 2),  # 2.5 times
        (0.0, False, 0.02, 0.0499, 1),
        (0.0, False, 0.001, 0.004, 1),  # four times, but by less than half a percentage point
    ],
)
def test_stages_at_their_edges(days: float, defaulted: bool, then: float, now: float, stage: int) -> None:
    found = impairment_stage(a(days), np.array([defaulted]), a(then), a(now), rules(StageRules))
    assert found.tolist() == [stage]


def test_scenarios_make_the_loss_larger_than_their_mean_state() -> None:
    """The loss is convex in the factor: the weighted loss exceeds the loss of the base scenario alone."""
    stage = rules(StageRules)
    scenarios = scenarios_of(stage.scenarios)
    owed = np.array([[100.0, 50.0]])
    args = (a(0.03), owed, a(0.45), a(0.04), 2.0)
    base = loan_expected_loss(*args, {"base": scenarios["base"].__class__(1.0, 0.0)}, stage.cycle_correlation.number)
    found = loan_expected_loss(*args, scenarios, stage.cycle_correlation.number)
    assert found.year_cny[0] > base.year_cny[0]
    assert sum(one.weight for one in scenarios.values()) == pytest.approx(1.0)


def test_expected_loss_of_a_part_of_a_year() -> None:
    """Half a year of a bullet loan: 1 - (1 - p)^0.5, in the middle of the half year."""
    found = loan_expected_loss(a(0.04), np.array([[200.0]]), a(0.5), a(0.06), 0.5)
    wanted = (1 - 0.96**0.5) * 200 * 0.5 * 1.06**-0.25
    assert found.year_cny[0] == pytest.approx(wanted, rel=1e-12)
    assert found.lifetime_cny[0] == pytest.approx(wanted, rel=1e-12)


def test_standardised_classes_and_capital() -> None:
    capital = rules(CapitalRules)
    classes = standard_class(
        np.array([True, True, False, False]), a(1e7, 1e7 + 1, 5e6, 5e6), a(9e9, 3e8, 3e8, NAN), capital
    )
    assert classes.tolist() == ["small_micro", "sme", "sme", "corporate"]
    assert standard_capital(classes, capital).tolist() == pytest.approx(
        [0.75 * 0.105, 0.85 * 0.105, 0.85 * 0.105, 0.105]
    )
    with pytest.raises(InputError) as caught:
        standard_capital(np.array(["unknown"]), capital)
    assert caught.value.code == "credit.class_unknown"
    with pytest.raises(InputError):
        irb_class(capital, "unknown")


def test_capital_of_the_rules_is_the_published_one() -> None:
    """A small company of the Chinese rules, in CNY: the case of sales 150 million in tests/published/basel_irb."""
    found = irb_capital(a(0.01), a(0.4), a(2.5), a(1.5e8), irb_class(rules(CapitalRules), "sme"))
    assert found.capital[0] == pytest.approx(0.0576730043950233, rel=1e-9)


def test_figures_of_the_profile_are_there() -> None:
    assert set(rules(PortfolioRules).correlations.rows) == {"start_up", "growth", "mature"}
    assert rules(CapitalRules).irb_loss_rates.number("senior_corporate", "loss_rate") == 0.40


def test_funding_between_the_points_and_beyond() -> None:
    curve = curve_of(rules(PriceRules).funding_rates)
    months = a(1.0, 12.0, 18.0, 24.0, 600.0)
    assert funding_rate(months, curve) == pytest.approx([0.0155, 0.0168, 0.0173, 0.0178, 0.0225])


def test_floor_and_cap_are_named() -> None:
    figures = PriceFigures.of_rules(rules(PriceRules))
    price = price_loans(a(0.001, 0.018, 0.018), a(0.0, 0.01, 0.30), a(0.01, 0.08, 0.3), figures)
    assert price.bound.tolist() == ["floor", "", "cap"]
    assert price.rate[0] == 0.022
    assert price.rate[2] == 0.12
    assert price.raroc[0] > figures.target_return > price.raroc[2]
    helped = price_loans(a(0.018), a(0.01), a(0.08), figures, subsidy=0.01)
    assert price.rate[1] - helped.rate[0] == pytest.approx(0.01)


def test_price_by_term_and_security() -> None:
    price, capital = rules(PriceRules), rules(CapitalRules)
    figures = PriceFigures(0.008, 0.10, 0.25, 0.018, rate_min=0.0, rate_max=1.0)
    sme = irb_class(capital, "sme")
    grid = price_what_if(
        0.02,
        5e6,
        (6, 12, 36, 60),
        {"none": 0.55, "patent": 0.45, "guarantee": 0.15},
        curve_of(price.funding_rates),
        figures,
        lambda loss, life: float(irb_capital(a(0.02), a(loss), a(min(max(life, 1.0), 5.0)), a(5e7), sme).capital[0]),
    )
    assert grid.rate.shape == (3, 4)
    assert (np.diff(grid.rate, axis=0) < 0).all(), "better security is cheaper at every term"
    assert (np.diff(grid.funding, axis=1) > 0).all()
    assert grid.rate_of("guarantee", 12) < grid.rate_of("none", 12)
    assert grid.mean_life_years[1] == pytest.approx(6.5 / 12)  # twelve equal parts, one a month
    assert mean_life_years(repayment_schedule(RepaymentTerms(100, price.rate_min.value, 24, "bullet"))) == 2.0


def test_a_portfolio_of_one_certain_kind() -> None:
    """Without correlation and with very many loans the loss is its mean; with some, the tail is longer."""
    n = 100_000
    alone = portfolio_loss(np.ones(n), np.ones(n), np.full(n, 0.02), 0.0)
    together = portfolio_loss(np.ones(n), np.ones(n), np.full(n, 0.02), 0.15)
    assert alone.quantiles[0.999] == pytest.approx(0.02 * n, rel=0.08)
    assert together.quantiles[0.999] > 4 * alone.quantiles[0.999]
    assert together.unexpected(0.999) == together.quantiles[0.999] - together.expected_cny

"""Every figure that cannot be used is a sentence with a place, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kejin.credit.capital import IrbClass, irb_capital
from kejin.credit.credit_risk_plus import banded_loss
from kejin.credit.default_term import hazard_term
from kejin.credit.expected_loss import Scenario, discounted_losses, loan_expected_loss, weighted
from kejin.credit.limit import pledge_cap
from kejin.credit.loss_given_default import CollateralTerms, exposure_at_default, loss_given_default
from kejin.credit.portfolio_loss import portfolio_loss
from kejin.credit.price import PriceFigures, funding_rate, price_loans, raroc
from kejin.errors import InputError
from kejin.numerics.one_factor import granularity_adjustment, share_given_factor

NAN = float("nan")
FIGURES = PriceFigures(0.008, 0.1, 0.25, 0.018, 0.02, 0.12)
CORPORATE = IrbClass(0.12, 0.24, 50.0)
TERMS = {"patent": CollateralTerms(0.6, 0.1, 18.0)}


def a(*values: float) -> np.ndarray:
    return np.array(values)


CASES: list[tuple[Callable[[], object], str]] = [
    *((lambda pd=pd: hazard_term(a(pd), a(1.0)), "credit.probability_outside") for pd in (0.0, 1.0, -0.1, 1.1, NAN)),
    (lambda: hazard_term(a(0.1), a(0.0)), "credit.amount_not_positive"),
    (lambda: loss_given_default(a(0.0), {}, TERMS, 0.5), "credit.amount_not_positive"),
    (lambda: loss_given_default(a(-1.0), {}, TERMS, 0.5), "credit.amount_not_positive"),
    (lambda: loss_given_default(a(NAN), {}, TERMS, 0.5), "credit.amount_not_positive"),
    (lambda: loss_given_default(a(1.0), {"patent": a(-1.0)}, TERMS, 0.5), "credit.amount_negative"),
    (lambda: loss_given_default(a(1.0), {}, TERMS, 1.5), "credit.share_outside"),
    (
        lambda: loss_given_default(a(1.0), {}, TERMS, 0.5, borne_by_others={"fund": (0.8, 1.0), "pool": (0.3, 1.0)}),
        "credit.share_outside",
    ),
    (lambda: exposure_at_default(a(1.0), a(1.0), 1.2), "credit.share_outside"),
    (lambda: exposure_at_default(a(NAN), a(1.0), 0.4), "credit.amount_negative"),
    (lambda: pledge_cap(a(1.0), a(1.2), a(0.0)), "credit.share_outside"),
    (lambda: irb_capital(a(0.0), a(0.4), a(2.5), a(50.0), CORPORATE), "credit.probability_outside"),
    (lambda: irb_capital(a(0.01), a(0.4), a(0.5), a(50.0), CORPORATE), "credit.maturity_outside"),
    (lambda: irb_capital(a(0.01), a(0.4), a(NAN), a(50.0), CORPORATE), "credit.amount_not_positive"),
    (lambda: price_loans(a(0.02), a(NAN), a(0.08), FIGURES), "credit.amount_negative"),
    (lambda: price_loans(a(0.02), a(0.01), a(0.0), FIGURES), "credit.amount_not_positive"),
    (
        lambda: price_loans(a(0.02), a(0.01), a(0.08), PriceFigures(0.0, 0.1, 0.25, 0.0, 0.2, 0.1)),
        "credit.price_bounds_crossed",
    ),
    (lambda: raroc(0.01, 0.0, 0.0, 0.0), "credit.amount_not_positive"),
    (lambda: funding_rate(a(12.0), {}), "credit.curve_empty"),
    (lambda: funding_rate(a(0.0), {12: 0.02}), "credit.amount_not_positive"),
    (lambda: weighted({"base": 1.0}, {"base": 0.9}), "credit.weights_not_one"),
    (
        lambda: loan_expected_loss(a(0.1), a(1.0)[None, :], a(0.4), a(0.04), 1.0, {"b": Scenario(0.5, 0.0)}),
        "credit.weights_not_one",
    ),
    (lambda: loan_expected_loss(a(0.1), a(1.0)[None, :], a(0.4), a(0.04), 3.0), "credit.term_uneven"),
    (lambda: loan_expected_loss(a(0.1), a(1.0)[None, :], a(0.4), a(0.04), 0.0), "credit.amount_not_positive"),
    (
        lambda: discounted_losses(a(1.2)[None, :], a(1.0)[None, :], a(0.4), a(0.0), a(1.0), "end"),
        "credit.share_outside",
    ),
    (lambda: portfolio_loss(a(), a(), a(), 0.1), "credit.portfolio_empty"),
    (lambda: portfolio_loss(a(1.0), a(0.4), a(0.1), 1.0), "credit.portfolio_empty"),
    (lambda: portfolio_loss(a(1.0), a(0.4), a(NAN), 0.1), "credit.probability_outside"),
    (lambda: portfolio_loss(a(1.0), a(0.4), a(0.1), 0.1, (1.0,)), "credit.probability_outside"),
    (lambda: banded_loss(a(1.0), a(0.1), a(0.05), 0.0), "credit.amount_not_positive"),
    (lambda: banded_loss(a(1e12), a(0.1), a(0.05), 1.0), "credit.bands_too_many"),
    (lambda: banded_loss(a(1.0), a(0.1), a(0.05), 1.0, a(0.5)[:, None]), "credit.weights_not_one"),
    (lambda: share_given_factor(0.0, 0.1, 0.0), "numerics.probability_outside"),
    (lambda: share_given_factor(0.1, 1.0, 0.0), "numerics.correlation_outside"),
    (lambda: granularity_adjustment(0.1, 0.1, 0.999, 0), "numerics.count_not_positive"),
]


@pytest.mark.parametrize(("call", "code"), CASES, ids=[f"{n}-{code}" for n, (_, code) in enumerate(CASES)])
def test_refused_with_a_sentence(call: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.code == code
    for lang in ("en", "zh"):
        text = caught.value.text(lang)
        assert "{" not in text
        assert len(text) > 60


def test_the_place_is_named() -> None:
    with pytest.raises(InputError) as caught:
        hazard_term(a(0.1, 0.2, 1.5, NAN), a(1.0))
    assert {name: caught.value.details[name] for name in ("count", "total", "place", "value")} == {
        "count": 2,
        "total": 4,
        "place": 2,
        "value": 1.5,
    }

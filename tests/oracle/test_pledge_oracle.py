"""Pledge value and route against the second derivation, at the edges and at random."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pledge_oracle import PILOT_FIRST, PILOT_LAST, own_value_will_do, pledge_fen

from kejin.policy import Lookups, RuleBook
from kejin.valuation.pledge_value import PilotRules, PledgeRules, basis_value, pledge_value, valuation_route
from kejin.workflows.fill_rules import fill_if_in_force, fill_rules

BOOK = RuleBook.shipped()
LIMIT_FEN = 1_000_000_000
DAYS = (
    PILOT_FIRST - timedelta(days=1),
    PILOT_FIRST,
    date(2026, 6, 30),
    PILOT_LAST,
    PILOT_LAST + timedelta(days=1),
)


@cache
def rules(day: date) -> tuple[PledgeRules, PilotRules | None]:
    lookups = Lookups(BOOK, day)
    return fill_rules(PledgeRules, lookups), fill_if_in_force(PilotRules, lookups)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("region", ["31", "44", "51", "11", None])
@pytest.mark.parametrize("loan_fen", [1, LIMIT_FEN - 1, LIMIT_FEN, LIMIT_FEN + 1, 10 * LIMIT_FEN])
def test_route_at_the_edges(day: date, region: str | None, loan_fen: int) -> None:
    route = valuation_route(Decimal(loan_fen) / 100, region, *rules(day))
    allowed = {"external", "mixed"}
    if own_value_will_do(loan_fen, region, day):
        allowed |= {"internal", "negotiated"}
    assert route.allowed == allowed
    assert (route.reason == "within_limit") == ("internal" in allowed)


@given(st.integers(0, 10**13), st.sampled_from(("invention", "utility_model", "design")))
def test_pledge_value_to_the_fen(value_fen: int, kind: str) -> None:
    found = pledge_value(Decimal(value_fen) / 100, kind, rules(date(2026, 6, 30))[0])
    expected = pledge_fen(value_fen, kind)
    assert (None if found is None else found.pledge_cny * 100) == expected


@given(st.integers(0, 10**11), st.integers(0, 10**11))
def test_more_value_never_lends_less(one_fen: int, other_fen: int) -> None:
    low, high = sorted((Decimal(one_fen) / 100, Decimal(other_fen) / 100))
    own = rules(date(2026, 6, 30))[0]
    found = [pledge_value(value, "invention", own) for value in (low, high)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].pledge_cny <= found[1].pledge_cny <= high


AMOUNTS = st.none() | st.integers(0, 10**9).map(Decimal)


@given(AMOUNTS, AMOUNTS)
def test_which_value_a_route_takes(own: Decimal | None, given_cny: Decimal | None) -> None:
    assert basis_value("internal", own, given_cny) == own
    assert basis_value("external", own, given_cny) == basis_value("negotiated", own, given_cny) == given_cny
    mixed = basis_value("mixed", own, given_cny)
    assert (mixed is None) == (own is None or given_cny is None)
    if mixed is not None:
        assert mixed in (own, given_cny)
        assert mixed <= max(own or mixed, given_cny or mixed)

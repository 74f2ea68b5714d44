"""What every sharing contract must hold: money is kept, order moves it between loans only, size does not matter."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.sharing.bearer_cost import RiskyLoans, loan_cost, portfolio_cost
from kejin.sharing.contract import LossShare, SharingContract
from kejin.sharing.settle_claims import KINDS, Events, Loans, settle_claims
from kejin.sharing.split_loss import split_loss

LOSSES = st.lists(st.one_of(st.integers(0, 99), st.integers(0, 10**12)), min_size=1, max_size=12)


@st.composite
def contracts(draw: st.DrawFn, stops: bool = False) -> SharingContract:
    left, shares = 10**9, []
    for number in range(draw(st.integers(0, 4))):
        basis = draw(st.sampled_from(["loss", "rest"]))
        ratio = draw(st.integers(0, left if basis == "loss" else 10**9))
        left -= ratio if basis == "loss" else 0
        shares.append(
            LossShare(
                f"bearer{number}",
                (Decimal(ratio) / 10**9,),
                basis,
                draw(st.sampled_from([0, 5, 10**6])),
                draw(st.one_of(st.none(), st.integers(0, 10**11))),
                draw(st.sampled_from([0, 9, 10**9])),
                draw(st.one_of(st.none(), st.integers(0, 10**12))),
                stop_fen=draw(st.one_of(st.none(), st.integers(0, 10**12))) if stops else None,
            )
        )
    return SharingContract(tuple(shares))


@given(LOSSES, contracts(stops=True))
def test_parts_add_up_and_none_is_negative(losses: list[int], contract: SharingContract) -> None:
    paid = split_loss(np.array(losses), contract)
    assert sum(paid.values()).tolist() == losses  # type: ignore[union-attr]
    assert all((part >= 0).all() for part in paid.values())
    for share in contract.shares:
        if share.total_fen_max is not None:
            assert paid[share.bearer].sum() <= share.total_fen_max
        if share.loan_fen_max is not None:
            assert paid[share.bearer].max() <= share.loan_fen_max


@given(LOSSES, contracts(), st.randoms(use_true_random=False))
def test_order_moves_money_between_loans_only(losses: list[int], contract: SharingContract, random: object) -> None:
    order = list(range(len(losses)))
    random.shuffle(order)  # type: ignore[attr-defined]
    first = split_loss(np.array(losses), contract)
    second = split_loss(np.array(losses)[order], contract)
    assert {name: int(part.sum()) for name, part in first.items()} == {n: int(p.sum()) for n, p in second.items()}


@given(LOSSES, contracts())
def test_a_loss_without_end_of_sharing_grows_for_everybody(losses: list[int], contract: SharingContract) -> None:
    """Each bearer's total never falls when one more loan fails."""
    fewer = split_loss(np.array(losses[:-1] or [0]), contract)
    more = split_loss(np.array(losses), contract)
    assert all(more[name].sum() >= fewer[name].sum() for name in contract.bearers)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), contracts(), st.data())
def test_claims_recoveries_and_refunds_keep_the_money(
    claims: list[int], contract: SharingContract, data: st.DataObject
) -> None:
    rows = [(0, loan, fen) for loan, fen in enumerate(claims)]
    left = dict(enumerate(claims))
    for _ in range(data.draw(st.integers(0, 10))):
        loan = data.draw(st.integers(0, len(claims) - 1))
        if left[loan] > 0:
            kind, fen = data.draw(st.sampled_from([1, 2])), data.draw(st.integers(1, left[loan]))
            left[loan] -= fen if kind == 1 else 0
            rows.append((kind, loan, fen))
    kind, loan, fen = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    settled = settle_claims(Events(loan, kind, fen, np.arange(fen.size)), contract, Loans.alike(len(claims)))
    wanted = np.select([kind == KINDS["claim"], kind == KINDS["recovery"]], [fen, -fen], 0)
    assert (settled.flows_fen.sum(axis=1) == wanted).all()
    net = np.zeros((len(claims), len(contract.bearers)), np.int64)
    np.add.at(net, loan, settled.flows_fen)
    assert (net >= 0).all()  # nobody gets back more than it bore
    assert net.sum(axis=1).tolist() == [left[number] for number in range(len(claims))]


@given(st.integers(0, 10**9), st.integers(1, 1000))
def test_losses_of_whole_units_scale(loss: int, times: int) -> None:
    """Where ratios give whole fen, so many times the loss is so many times every part."""
    contract = SharingContract(
        (LossShare("fund", (Decimal("0.4"),)), LossShare("local", (Decimal("0.5"),), "rest")), keeper="bank"
    )
    one, many = (split_loss(np.array([fen]), contract) for fen in (10 * loss, 10 * loss * times))
    assert all(many[name][0] == one[name][0] * times for name in contract.bearers)


@st.composite
def portfolios(draw: st.DrawFn) -> RiskyLoans:
    count = draw(st.integers(1, 6))
    column = lambda low, high: np.array([draw(st.floats(low, high)) for _ in range(count)])  # noqa: E731
    return RiskyLoans(column(0, 1e7), column(0, 1), column(1e-4, 0.5), np.zeros(count, np.int64))


@settings(max_examples=40)
@given(portfolios(), contracts(), st.floats(0, 0.4))
def test_costs_add_up_to_the_expected_loss(loans: RiskyLoans, contract: SharingContract, correlation: float) -> None:
    cost = portfolio_cost(loans, contract, correlation, points=48)
    whole = float(loans.default_probability @ (loans.loss_fen() / 100))
    assert sum(one.expected for one in cost.values()) == pytest.approx(whole, rel=1e-5, abs=1e-6)
    assert sum(one.uncapped for one in cost.values()) == pytest.approx(whole, rel=1e-5, abs=1e-6)
    assert sum(part.sum() for part in loan_cost(loans, contract).values()) == pytest.approx(whole, rel=1e-9, abs=1e-9)
    for share in contract.shares:
        assert cost[share.bearer].expected <= cost[share.bearer].uncapped * (1 + 1e-6) + 1e-6
        if share.total_fen_max is not None:
            assert cost[share.bearer].stressed <= share.total_fen_max / 100 + 1e-6

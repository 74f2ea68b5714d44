"""Positional forms and sweeps give the same fen on random ledgers; every fen of a loan is somewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))

from fund_sweep import sweep_lots, sweep_pool

from kejin.monitoring import balance_index
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.trace import RULES, Bounds, unexplained_fen

from .ledgers import drawdowns_of, kept, ledger_of, moved, random_ledgers


@pytest.mark.parametrize("rule", ["lifo", "fifo"])
@given(case=random_ledgers(), most=st.sampled_from([1, 128]))
@settings(max_examples=120)
def test_positions_and_lots_agree(rule: str, case: tuple, most: int) -> None:
    rows, opening, loans, follows, hops_max, dust = case
    ledger = ledger_of(rows, opening)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(balance_index, "LOOKED_THROUGH_MAX", most)  # payers of more payments count as busy
        trace = MoneyFollower(ledger).trace(rule, drawdowns_of(loans), np.array(follows), Bounds(hops_max, dust))
    for loan, one in enumerate(loans):
        # Each loan alone: money of one loan that pays another out again would change its colour in a sweep of both.
        swept = sweep_lots(rows, opening, [one], follows, hops_max, dust, rule == "lifo")
        assert moved(trace, loan) == dict(swept.moved[0])
        assert kept(trace, ledger, loan) == {account: fen for account, fen in swept.kept[0].items() if fen}
        assert int(trace.dust_fen[trace.drawdown == loan].sum()) == swept.dust[0]


@pytest.mark.parametrize("rule", ["loan_first", "pro_rata", "lowest_balance"])
@given(case=random_ledgers())
@settings(max_examples=120)
def test_pools_agree(rule: str, case: tuple) -> None:
    rows, opening, loans, follows, hops_max, dust = case
    ledger = ledger_of(rows, opening)
    trace = MoneyFollower(ledger).trace(rule, drawdowns_of(loans), np.array(follows), Bounds(hops_max, dust))
    for loan, one in enumerate(loans):
        swept_moved, swept_kept, swept_dust = sweep_pool(rows, opening, one, follows, hops_max, dust, rule)
        assert moved(trace, loan) == swept_moved
        assert kept(trace, ledger, loan) == swept_kept
        assert int(trace.dust_fen[trace.drawdown == loan].sum()) == swept_dust


@pytest.mark.parametrize("rule", RULES)
@given(case=random_ledgers())
@settings(max_examples=40)
def test_every_fen_is_somewhere(rule: str, case: tuple) -> None:
    rows, opening, loans, follows, hops_max, dust = case
    ledger, drawdowns = ledger_of(rows, opening), drawdowns_of(loans)
    trace = MoneyFollower(ledger).trace(rule, drawdowns, np.array(follows), Bounds(hops_max, dust))
    assert not unexplained_fen(trace, ledger, drawdowns).any()
    assert (trace.kept_fen >= 0).all()
    assert (trace.dust_fen >= 0).all()
    assert (trace.fen > 0).all()


def test_a_lost_fen_is_noticed() -> None:
    ledger, drawdowns = ledger_of([(0, 1, 100), (1, 2, 60)], [0, 0, 0]), drawdowns_of([(0, 2)])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, np.ones(3, bool), Bounds(8, 0))
    trace.kept_fen[1] -= 1
    assert unexplained_fen(trace, ledger, drawdowns).tolist() == [1]


@given(case=random_ledgers())
@settings(max_examples=40)
def test_the_loan_first_rule_lets_most_leave_the_first_account(case: tuple) -> None:
    rows, opening, loans, follows, _, _ = case
    ledger, drawdowns = ledger_of(rows, opening), drawdowns_of(loans[:1])
    follower, bounds = MoneyFollower(ledger), Bounds(1, 0)
    left = {}
    for rule in RULES:
        trace = follower.trace(rule, drawdowns, np.array(follows), bounds)
        left[rule] = int(trace.fen[trace.hop == 1].sum())
    assert left["loan_first"] == max(left.values())
    assert left["lowest_balance"] == min(left.values())


def test_a_ledger_without_transfers_and_many_steps_from_one_drawdown() -> None:
    count = 30_000  # more steps than the first room holds
    rows = [(0, 1, count), *((1, 2 + n % 5, 1) for n in range(count))]
    ledger, drawdowns = ledger_of(rows, [0] * 7), drawdowns_of([(0, len(rows))])
    for rule in RULES:
        trace = MoneyFollower(ledger).trace(rule, drawdowns, np.ones(7, bool), Bounds(8, 0))
        assert len(trace) == count + 1
        assert not unexplained_fen(trace, ledger, drawdowns).any()
    empty = ledger_of([], [0, 5])
    for rule in RULES:
        assert len(MoneyFollower(empty).trace(rule, drawdowns_of([]), np.ones(2, bool), Bounds(8, 0))) == 0


@given(case=random_ledgers(), most=st.sampled_from([-1, 0, 2, 128]))
def test_where_to_look_next_skips_no_lower_balance(case: tuple, most: int) -> None:
    """Whatever counts as a busy account: balances by hand, and no payment between that leaves less."""
    rows, opening = case[0], case[1]
    ledger = ledger_of(rows, opening)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(balance_index, "LOOKED_THROUGH_MAX", most)
        index = balance_index.balance_index(ledger)
    held, after, before = list(opening), [], []
    for payer, payee, fen in rows:
        after.append(held[payer] - fen)
        held[payer] = max(after[-1], 0)
        before.append(held[payee])
        held[payee] += fen
    assert index.source_after.tolist() == after
    assert index.target_before.tolist() == before
    for place, (payer, payee, _) in enumerate(rows):
        later = [n for n in range(place + 1, len(rows)) if rows[n][0] == payer]
        lower = [n for n in later if max(after[n], 0) < max(after[place], 0)]
        busy = sum(row[0] == payer for row in rows) > most
        found = int(index.next_to_look[place])
        assert (found if found > place else None) == next(iter(lower if busy else later), None)
        assert int(index.first_out[place]) == next((n for n in range(place + 1, len(rows)) if rows[n][0] == payee), -1)

"""Rows that cannot be money moving are left out and named; statements are reported where they break."""

from __future__ import annotations

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.monitoring import follow_money
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.ledger import FEN_MAX, GivenRows, Ordered, StatedBalances, order_transfers, reconcile
from kejin.monitoring.trace import RULES, Bounds, Rule, unexplained_fen

from .ledgers import drawdowns_of, ledger_of

LAST = 1_000


def given(rows: list[tuple], accounts: int = 4, opening: list[int] | None = None) -> Ordered:
    """rows: source, target, fen, time, sequence, number, ours."""
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    source, target, fen, time, sequence, number = (column.astype(np.int64) for column in columns[:6])
    begin = np.array(opening or [0] * accounts, np.int64)
    table = GivenRows(source, target, fen, time, sequence, number, columns[6].astype(bool))
    return order_transfers(table, begin, np.ones(accounts, dtype=bool), 0, LAST)


def codes(ordered: Ordered) -> dict[str, tuple[int, int]]:
    return {one.code.removeprefix("monitoring."): (one.first, one.rows) for one in ordered.findings}


def test_good_rows_raise_nothing() -> None:
    ordered = given([(0, 1, 5, 1, 0, 0, True), (1, 2, 5, 2, 0, 1, True)])
    assert ordered.findings == ()
    assert ordered.given.tolist() == [0, 1]


def test_transfers_of_one_time_are_ordered_by_sequence_and_then_by_number() -> None:
    ordered = given([(1, 2, 7, 5, 1, 3, True), (0, 1, 8, 5, 0, 9, True), (2, 3, 9, 5, 1, 2, True)])
    assert ordered.ledger.fen.tolist() == [8, 9, 7]
    assert ordered.given.tolist() == [1, 2, 0]


def test_rows_out_of_order_are_put_in_order_and_counted() -> None:
    ordered = given([(0, 1, 5, 9, 0, 0, True), (1, 2, 6, 2, 0, 1, True), (1, 2, 7, 10, 0, 2, True)])
    assert ordered.ledger.time.tolist() == [2, 9, 10]
    assert codes(ordered) == {"transfers_unordered": (1, 1)}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ((0, 1, 0, 1, 0, 5, True), "amount_not_positive"),
        ((0, 1, -3, 1, 0, 5, True), "amount_not_positive"),
        ((1, 1, 3, 1, 0, 5, True), "transfer_to_itself"),
        ((-1, 1, 3, 1, 0, 5, True), "account_missing"),
        ((0, 1, 3, 1, 0, 5, False), "currency_other"),
        ((0, 1, 3, LAST + 1, 0, 5, True), "time_outside"),
        ((0, 1, 3, -7, 0, 5, True), "time_outside"),
        ((2, 3, 4, 2, 0, 0, True), "transfer_repeated"),
    ],
)
def test_a_bad_row_is_left_out_and_named(row: tuple, code: str) -> None:
    ordered = given([(2, 3, 4, 1, 0, 0, True), row])
    assert codes(ordered) == {code: (1, 1)}
    assert ordered.given.tolist() == [0]


def test_every_finding_has_its_sentences() -> None:
    for code in ("amount_not_positive", "transfer_repeated", "balance_breaks", "time_outside", "account_unlisted"):
        error = InputError(f"monitoring.{code}", first="T1", rows=3, cny="5.00")
        for lang in ("en", "zh"):
            assert "{" not in error.text(lang)
            assert "T1" in error.text(lang)


def test_sums_beyond_reason_are_refused() -> None:
    with pytest.raises(InputError, match="amount_too_large"):
        given([(0, 1, FEN_MAX + 1, 1, 0, 0, True)])


def test_an_overdrawn_opening_counts_as_nothing_and_is_named() -> None:
    ordered = given([(0, 1, 5, 1, 0, 0, True)], opening=[-20, 0, 0, 0])
    assert ordered.ledger.opening_fen.tolist() == [0, 0, 0, 0]
    assert codes(ordered) == {"opening_overdrawn": (0, 1)}


def stated(ledger_rows: int, **sides: list) -> StatedBalances:
    columns = []
    for side in ("source", "target"):
        values = sides.get(side, [None] * ledger_rows)
        columns += [
            np.array([0 if v is None else v for v in values], np.int64),
            np.array([v is not None for v in values]),
        ]
    return StatedBalances(*columns)


def test_stated_balances_that_follow_break_nowhere() -> None:
    ledger = ledger_of([(0, 1, 30), (1, 2, 10), (1, 2, 5)], [100, 0, 0])
    checked = reconcile(ledger, np.array([True, True, True]), stated(3, source=[70, 20, 15], target=[30, None, None]))
    assert checked.first_break.tolist() == [-1, -1, -1]


def test_the_first_row_that_breaks_is_reported() -> None:
    ledger = ledger_of([(0, 1, 30), (1, 2, 10), (1, 2, 5)], [100, 0, 0])
    checked = reconcile(ledger, np.array([True, True, True]), stated(3, source=[70, 21, 16]))
    assert checked.first_break.tolist() == [-1, 1, -1]
    assert checked.breaks.tolist() == [0, 1, 0]


def test_an_unknown_opening_is_taken_from_the_first_stated_balance() -> None:
    ledger = ledger_of([(0, 1, 30), (1, 2, 10)], [0, 0, 0])
    checked = reconcile(ledger, np.array([False, False, False]), stated(2, source=[None, 55]))
    assert checked.ledger.opening_fen.tolist() == [0, 35, 0]
    assert checked.implied.tolist() == [False, True, False]


def test_an_overdraft_is_unseen_money_below_the_loans() -> None:
    # 50 of own money, 100 of loan, 180 paid out: 30 must have come from somewhere unseen; all 100 of the loan left.
    ledger, drawdowns = ledger_of([(0, 1, 100), (1, 2, 180), (2, 3, 40)], [100, 50, 0, 0]), drawdowns_of([(0, 3)])
    trace = MoneyFollower(ledger).trace("lifo", drawdowns, np.ones(4, bool), Bounds(8, 0))
    assert trace.fen.tolist() == [100, 100, 40]
    assert not unexplained_fen(trace, ledger, drawdowns).any()


def test_a_loan_larger_than_what_the_account_ever_received_is_traced_as_far_as_it_was_seen() -> None:
    ledger, drawdowns = ledger_of([(0, 1, 500), (1, 2, 10)], [0, 0, 0]), drawdowns_of([(0, 2)])
    for rule in RULES:
        trace = MoneyFollower(ledger).trace(rule, drawdowns, np.ones(3, bool), Bounds(8, 0))
        assert int(trace.kept_fen.sum()) == 500


@pytest.mark.slow
def test_a_million_transfers_on_one_account() -> None:
    count = 1_000_000
    rng = np.random.default_rng(3)
    rows = np.empty((count, 3), np.int64)
    incoming = rng.random(count) < 0.5
    rows[:, 0], rows[:, 1] = np.where(incoming, 1, 0), np.where(incoming, 0, 2)
    rows[:, 2] = rng.integers(1, 10**6, count)
    rows[::1000] = (1, 0, 10**9)
    ledger = ledger_of(rows, [10**9, 10**15, 0])
    drawdowns = drawdowns_of([(row, count) for row in range(0, count, 5000)])
    follower = MoneyFollower(ledger)
    for rule in RULES:
        traced, parts = 0, 0
        for first, part, trace in follower.trace_in_parts(rule, drawdowns, np.ones(3, bool), Bounds(2, 100)):
            assert first == traced
            assert not unexplained_fen(trace, ledger, part).any()
            assert len(trace) < 25_000_000  # loans times payments would be several times as many
            traced, parts = traced + len(part.row), parts + 1
        assert traced == len(drawdowns.row)
        assert parts > 3  # memory never holds the steps of all loans at once


@pytest.mark.parametrize("rule", RULES)
def test_parts_are_the_whole(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of a trace made in parts are those of the trace made at once."""
    rng = np.random.default_rng(11)
    rows = [(int(a), int(b), int(fen)) for a, b, fen in rng.integers((0, 0, 1), (4, 4, 500), (300, 3)) if a != b]
    ledger = ledger_of(rows, [1_000, 500, 300, 200])
    drawdowns = drawdowns_of([(row, len(rows)) for row in range(0, len(rows), 9)])
    follower, follows, bounds = MoneyFollower(ledger), np.ones(4, bool), Bounds(4, 3)
    whole = follower.trace(rule, drawdowns, follows, bounds)
    monkeypatch.setattr(follow_money, "DRAWDOWNS_AT_ONCE", (7, 7))
    parts = list(follower.trace_in_parts(rule, drawdowns, follows, bounds))
    assert len(parts) > 3
    for name in ("row", "fen", "hop", "kept_fen", "why", "dust_fen"):
        assert np.concatenate([getattr(trace, name) for _, _, trace in parts]).tolist() == getattr(whole, name).tolist()
    assert np.concatenate([first + trace.drawdown for first, _, trace in parts]).tolist() == whole.drawdown.tolist()

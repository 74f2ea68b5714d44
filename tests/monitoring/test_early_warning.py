"""Hazard, lines, signals and drift by hand; indicators see only what was known on their day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejin.errors import InputError
from kejin.monitoring.drift import stability_index
from kejin.monitoring.early_warning import STAGES, Panel, WarningRules, alert_lines, fit_model, signal_lines, signals
from kejin.monitoring.early_warning_indicators import NAMES, Happened, Monthly, WatchFacts, indicators_of_month
from kejin.monitoring.hazard import calibration, choose_penalty, choose_penalty_forward, fit_hazard
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.workflows.fill_rules import fill_rules

RULES = fill_rules(WarningRules, Lookups(RuleBook.shipped(), date(2026, 9, 30)))
MONTHS = 20
REVIEW = np.array([30 * (place + 1) for place in range(MONTHS)], np.int64)


def drawn(rows: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Rows with a known hazard: log-odds -2 + x0 - x1 / 2."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, 2))
    odds = -2 + values[:, 0] - values[:, 1] / 2
    return values, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)


def test_the_fit_satisfies_the_likelihood_equations() -> None:
    rows, bad = drawn(4_000)
    for penalty in (0.0, 5.0):
        fitted = fit_hazard(rows, bad, penalty)
        left = bad - fitted.probability(rows)
        assert abs(left.sum()) < 1e-6
        assert np.allclose(rows.T @ left, penalty * fitted.coefficients[1:], atol=1e-6)
    assert np.allclose(fit_hazard(rows, bad, 0.0).coefficients, [-2, 1, -0.5], atol=0.15)


def test_calibration_of_the_truth_is_one_and_of_an_extreme_guess_below_one() -> None:
    rows, bad = drawn(20_000)
    truth = -2 + rows[:, 0] - rows[:, 1] / 2
    right, extreme = calibration(truth, bad), calibration(2 * truth + 2, bad)
    assert abs(right.slope - 1) < 3 * right.slope_error
    assert abs(right.expected - right.observed) < 3 * np.sqrt(right.expected)
    assert abs(extreme.slope - right.slope / 2) < 1e-6


def test_noise_asks_for_a_larger_penalty_than_signal() -> None:
    rng = np.random.default_rng(5)
    noise, signal = rng.normal(size=(600, 6)), drawn(6_000)
    coin = (rng.random(600) < 0.1).astype(np.float64)
    assert choose_penalty(noise, coin, np.arange(600)) > choose_penalty(*signal, np.arange(6_000))


def test_what_fades_with_time_asks_for_a_larger_penalty_than_what_lasts() -> None:
    """Both cities look the same to companies left out; only later months show that one signal fades."""
    rng = np.random.default_rng(8)
    month, rows = np.sort(rng.integers(0, 20, 6_000)), rng.normal(size=(6_000, 4))
    chosen = []
    for strength in (np.ones(6_000), np.where(month < 8, 1.0, 0.0)):
        odds = -2 + strength * rows[:, 0]
        bad = (rng.random(6_000) < 1 / (1 + np.exp(-odds))).astype(np.float64)
        chosen.append(choose_penalty_forward(rows, bad, month))
    assert chosen[0] < chosen[1]


def test_values_that_are_no_numbers_are_refused() -> None:
    rows, bad = drawn(50)
    rows[3, 0] = np.nan
    with pytest.raises(InputError, match=r"monitoring\.hazard_not_converged"):
        fit_hazard(rows, bad, 1.0)


def panel_of(values: np.ndarray, bad: np.ndarray, months: int = 10) -> Panel:
    count = len(values)
    numbers = np.arange(count)
    return Panel(numbers, numbers % months, numbers % 3, np.full(count, 12.0), values, bad)


def some_panel(count: int = 3_000) -> Panel:
    rng = np.random.default_rng(9)
    values = rng.normal(size=(count, len(NAMES)))
    values[rng.random(values.shape) < 0.1] = np.nan
    return panel_of(values, (rng.random(count) < 0.05).astype(np.float64))


def test_too_short_a_history_is_refused() -> None:
    panel = some_panel()
    for short in (replace(panel, place=panel.place % 5), replace(panel, defaulted=np.zeros(len(panel)))):
        with pytest.raises(InputError, match=r"monitoring\.history_too_short"):
            fit_model(short)


def test_the_alert_lines_keep_to_the_budget_where_they_were_set() -> None:
    panel = some_panel()
    chance = fit_model(panel).probability(panel)
    alert = chance > alert_lines(chance, panel.stage, RULES)[panel.stage]
    for number, stage in enumerate(STAGES):
        share = alert[panel.stage == number].mean()
        assert RULES.budget(stage) - 2 / 1000 <= share <= RULES.budget(stage)


def test_missing_is_neither_a_signal_nor_normal() -> None:
    panel = some_panel()
    found = signals(panel, signal_lines(panel, RULES))
    fits = found[:, NAMES.index("tax_overdue_3m")]
    assert ((fits == -1) == np.isnan(panel.values[:, NAMES.index("tax_overdue_3m")])).all()
    assert (found[panel.stage == 0, NAMES.index("sales_change_3m")] == 0).all()
    known = fits[fits >= 0]
    assert (known >= 1).mean() <= 0.05
    assert (known == 2).mean() <= 0.01


def test_a_missing_value_moves_only_its_mark() -> None:
    panel = some_panel()
    model = fit_model(panel)
    gone = panel.values.copy()
    gone[:, 0] = np.nan
    rows, after = model.rows(panel), model.rows(replace(panel, values=gone))
    changed = [column for column in range(rows.shape[1]) if not np.array_equal(rows[:, column], after[:, column])]
    assert changed == [0, len(NAMES) + list(model.marks).index(0)]
    assert (after[:, 0] == 0).all()


@given(st.lists(st.integers(0, 4), min_size=30, max_size=60))
def test_drift_is_zero_on_itself_and_never_negative(values: list[int]) -> None:
    then = np.array(values, np.float64)
    assert stability_index(then, then) == 0
    assert stability_index(then, np.append(then, np.nan)) >= 0


def test_drift_by_hand() -> None:
    then = np.repeat([1.0, 2.0], 50)
    now = np.repeat([1.0, np.nan], [50, 50])
    shares = [(0.5, 0.5), (0.5, 0.005), (0.005, 0.5)]
    assert stability_index(then, now, 2) == pytest.approx(sum((b - a) * np.log(b / a) for a, b in shares))
    assert np.isnan(stability_index(then, np.empty(0)))


def facts_of(sales: np.ndarray, known_late: int = 0, loaded: tuple[str, ...] = ("sued", "enforced")) -> WatchFacts:
    """One company; everything of a month known 15 days after it, the last `known_late` months never in time."""
    known = REVIEW + 15
    known[len(known) - 1 - known_late : -1] += 1000
    series = Monthly(sales[None, :], known[None, :])
    none = Happened(*(np.empty(0, np.int64) for _ in range(3)), np.empty(0))
    names = ("sales", "insured", "electricity", "tax_overdue", "insurance_overdue", "utility_overdue", "overdue_days",
             "balance", "approved")  # fmt: skip
    happened = dict.fromkeys(("sued", "enforced", "patents", "lapsed", "rounds", "reports"), none)
    happened["sued"] = Happened(np.zeros(2, np.int64), np.array([500, 590]), np.array([505, 5000]), np.ones(2))
    return WatchFacts(REVIEW, np.array([0.0]), dict.fromkeys(names, series), happened, frozenset(loaded))


def test_indicators_by_hand_and_only_from_what_was_known() -> None:
    sales = np.full(MONTHS, 100.0)
    sales[16:19] = 50.0
    last = MONTHS - 1
    (seen,) = indicators_of_month(facts_of(sales), last)
    told = dict(zip(NAMES, seen, strict=True))
    assert told["sales_change_3m"] == pytest.approx(np.log(150 / 300))
    assert told["insured_change_6m"] == pytest.approx(np.log(50 / 100))
    assert told["months_without_sales_3m"] == 0
    assert told["tax_overdue_3m"] == 3
    assert told["sued_12m"] == 1  # the second case was not known yet
    assert told["enforced_12m"] == 0  # a loaded register without rows of the company
    assert np.isnan(told["round_gap_months"])
    assert np.isnan(told["patents_lapsed_12m"])


def test_what_is_known_late_is_missing_and_a_register_never_loaded_too() -> None:
    (seen,) = indicators_of_month(facts_of(np.full(MONTHS, 100.0), known_late=3, loaded=()), MONTHS - 1)
    told = dict(zip(NAMES, seen, strict=True))
    for name in ("sales_change_3m", "months_without_sales_3m", "tax_overdue_3m", "sued_12m", "enforced_12m"):
        assert np.isnan(told[name]), name
    zero = np.zeros(MONTHS)
    (seen,) = indicators_of_month(facts_of(zero), MONTHS - 1)
    told = dict(zip(NAMES, seen, strict=True))
    assert told["months_without_sales_3m"] == 3
    assert np.isnan(told["sales_change_3m"])  # nothing a year before: no change can be said

"""Event tables: what counts as paid and as lapsed, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.valuation.covariates import Category, Design, LogCount, design_of
from kejin.valuation.renewal_events import RenewalEvents, events_from_days, events_from_years
from kejin.valuation.renewal_fees import FeeSchedule
from kejin.valuation.renewal_state import PatentState, ReturnProcess, current_state
from kejin.valuation.renewal_value import remaining_value

TERMS = {"invention": 20, "utility_model": 10}
SCHEDULE = FeeSchedule({"invention": (900.0,) * 20, "utility_model": (600.0,) * 10})


def _days(*texts: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    return np.array([np.datetime64(text) if text else np.datetime64("NaT") for text in texts], dtype="datetime64[D]")


def _events(
    filed: str, granted: str, ended: str, reason: str | None, seen: str = "2020-06-01", kind: str = "invention"
) -> RenewalEvents:
    return events_from_days(
        np.array([kind], dtype=object),
        _days(filed),
        _days(granted),
        _days(ended),
        np.array([reason], dtype=object),
        np.datetime64(seen),
        {},
        TERMS,
    )


@pytest.mark.parametrize(
    ("granted", "ended", "reason", "first", "paid", "lapsed"),
    [
        ("2013-09-01", "", None, 4, 11, False),  # alive: the year running on 2020-06-01 is the 11th
        ("2013-09-01", "2016-03-01", "fee_unpaid", 4, 6, True),  # on the 6th anniversary: paid for the 6th year
        ("2013-09-01", "2016-02-28", "fee_unpaid", 4, 6, True),
        ("2013-09-01", "2016-08-01", "fee_unpaid", 4, 7, True),
        ("2013-09-01", "2016-08-01", "invalidated", 4, 7, False),
        ("2013-09-01", "2016-08-01", None, 4, 7, False),  # ended, one does not know why: seen until then
        ("2010-03-01", "", None, 1, 11, False),  # granted on the day of filing
        ("2013-09-01", "2021-03-01", "fee_unpaid", 4, 11, False),  # ends after the last day seen
    ],
)
def test_fee_years(granted: str, ended: str, reason: str | None, first: int, paid: int, lapsed: bool) -> None:
    events = _events("2010-03-01", granted, ended, reason)
    assert (events.first_year[0], events.paid_year[0], events.lapsed[0]) == (first, paid, lapsed)
    assert events.invalid[0] == (reason == "invalidated")


def test_expiry_is_no_lapse() -> None:
    events = _events("2005-01-01", "2007-01-01", "2015-01-01", "fee_unpaid", kind="utility_model")
    assert events.paid_year[0] == 10
    assert not events.lapsed[0]


def test_what_was_never_granted_is_left_out_and_counted() -> None:
    events = _events("2010-03-01", "", "2012-01-01", "refused")
    assert len(events) == 0
    assert events.skipped["not granted"] == 1
    assert len(_events("2010-03-01", "2021-01-01", "", None)) == 0


@pytest.mark.parametrize(
    ("code", "filed", "granted", "ended", "kind"),
    [
        ("valuation.grant_before_filing", "2010-03-01", "2010-02-28", "", "invention"),
        ("valuation.end_before_grant", "2010-03-01", "2013-01-01", "2012-12-31", "invention"),
        ("valuation.kind_unknown", "2010-03-01", "2013-01-01", "", "trade_mark"),
    ],
)
def test_days_that_cannot_be_are_refused(code: str, filed: str, granted: str, ended: str, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        _events(filed, granted, ended, None, kind=kind)
    assert caught.value.code == code
    assert "{" not in caught.value.text("en") + caught.value.text("zh")


@pytest.mark.parametrize(
    ("code", "first", "paid"),
    [
        ("valuation.fee_year_beyond_term", 4, 21),
        ("valuation.fee_years_wrong", 4, 3),
        ("valuation.fee_years_wrong", 0, 3),
    ],
)
def test_fee_years_that_cannot_be_are_refused(code: str, first: int, paid: int) -> None:
    kind = np.array(["invention"], dtype=object)
    with pytest.raises(InputError) as caught:
        events_from_years(kind, np.array([first]), np.array([paid]), np.array([True]), {}, TERMS)
    assert caught.value.code == code


def test_claims_of_zero_are_refused_and_missing_ones_are_not() -> None:
    columns = {"claims": np.array([3.0, np.nan, 8.0])}
    design = design_of(columns, (), ("claims",))
    table, missing = design.matrix(columns, 3)
    assert missing[:, 0].tolist() == [False, True, False]
    assert table[1, 1] == 0  # the average of those known
    for claims in (0.0, -1.0):
        with pytest.raises(InputError, match="below 1"):
            design.matrix({"claims": np.array([3.0, claims, 8.0])}, 3)
        with pytest.raises(InputError, match="below 1"):
            design_of({"claims": np.array([3.0, claims, 8.0])}, (), ("claims",))


def test_a_level_never_seen_is_the_average_and_widens() -> None:
    design = Design((Category("owner_kind", ("company", "university"), (0.75, 0.25)), LogCount("claims", 1.5, 0.5)))
    effects = np.array([10.0, -2.0, 0.4])
    columns = {"owner_kind": np.array(["company", "university", "museum", None], dtype=object)}
    mean, added = design.predict(effects, columns, 4)
    assert mean == pytest.approx([10.0, 8.0, 9.5, 9.5])
    assert added == pytest.approx([0.08, 0.08, 0.83, 0.83])  # 0.4² × 0.5, and 4 × 0.75 × 0.25
    with pytest.raises(InputError) as caught:
        design.predict(effects, columns, 5)
    assert caught.value.code == "valuation.column_length"


def test_states_and_values_refuse_what_cannot_be() -> None:
    one, yes = np.array([0]), np.array([True])
    cases = [
        ("valuation.age_wrong", lambda: current_state(one, np.array([-0.1]), yes)),
        ("valuation.age_wrong", lambda: current_state(one, np.array([np.nan]), yes)),
        ("valuation.grant_after_age", lambda: current_state(one, np.array([2.0]), yes, np.array([2.5]))),
        ("valuation.grant_after_age", lambda: current_state(one, np.array([2.0]), yes, np.array([-1.0]))),
        ("valuation.process_wrong", lambda: ReturnProcess(1.0)),
        ("valuation.process_wrong", lambda: ReturnProcess(0.1, float("nan"))),
        ("valuation.fees_wrong", lambda: FeeSchedule({"invention": (900.0, 800.0)})),
        ("valuation.fees_wrong", lambda: FeeSchedule({"invention": (0.0, 800.0)})),
        ("valuation.kind_unknown", lambda: SCHEDULE.numbers(["plant"])),
    ]
    good = PatentState(one, np.array([3.0]), np.array([4]), np.array([4]), yes)
    late = PatentState(one, np.array([3.0]), np.array([4]), np.array([21]), yes)

    def value(state: PatentState, mean: float, spread: float, rate: float, level: float) -> None:
        process = ReturnProcess(0.1, 1.0)
        remaining_value(np.array([mean]), np.array([spread]), state, SCHEDULE, process, rate, (level,))

    cases += [
        ("valuation.fee_year_beyond_term", lambda: value(late, 9.0, 1.0, 0.1, 0.5)),
        ("valuation.return_wrong", lambda: value(good, 9.0, 0.0, 0.1, 0.5)),
        ("valuation.return_wrong", lambda: value(good, np.nan, 1.0, 0.1, 0.5)),
        ("valuation.discount_wrong", lambda: value(good, 9.0, 1.0, -0.1, 0.5)),
        ("valuation.probability_wrong", lambda: value(good, 9.0, 1.0, 0.1, 1.0)),
    ]
    for code, act in cases:
        with pytest.raises(InputError) as caught:
            act()
        assert caught.value.code == code
        assert "{" not in caught.value.text("en") + caught.value.text("zh")

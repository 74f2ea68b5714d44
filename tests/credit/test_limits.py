"""Need, runway, debt service, pledge and concentration, worked out by hand; what has no answer says why."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy_financial as npf
import pytest

from kejin.credit.cash_runway import CashRunwayRules, cash_runway_need
from kejin.credit.debt_service import DebtServiceRules, coverage, debt_service_capacity
from kejin.credit.limit import ConcentrationRules, concentration_caps, pledge_cap, room_under, set_limit
from kejin.credit.working_capital import (
    OperatingFigures,
    WorkingCapitalNeed,
    WorkingCapitalRules,
    refuse_without_answer,
    working_capital_need,
)
from kejin.errors import InputError
from kejin.policy import Lookups, RuleBook
from kejin.workflows.fill_rules import fill_rules

RULES = Lookups(RuleBook.shipped(), as_of=date(2026, 6, 30))
NAN = float("nan")


def one(value: float) -> np.ndarray:
    return np.array([value])


def need(**changed: float) -> WorkingCapitalNeed:
    figures = {
        "sales": 10_000.0,
        "cost_of_sales": 7_500.0,
        "receivables": 1_800.0,
        "inventory": 1_500.0,
        "payables": 900.0,
        "prepayments": 200.0,
        "advances": 150.0,
        "profit_margin": 0.08,
        "sales_growth": 0.15,
    } | changed
    days = fill_rules(WorkingCapitalRules, RULES).year_days.number
    operating = OperatingFigures(**{name: one(value) for name, value in figures.items()})
    return working_capital_need(operating, one(500.0), one(800.0), one(100.0), days)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"payables": 9_000.0}, "cycle_not_positive"),
        ({"advances": 9_000.0}, "cycle_not_positive"),
        (
            {"inventory": 0.0, "receivables": 0.0, "payables": 0.0, "prepayments": 0.0, "advances": 0.0},
            "cycle_not_positive",
        ),
        ({"sales": 0.0}, "sales_zero"),
        ({"cost_of_sales": 0.0}, "sales_zero"),
        ({"inventory": NAN}, "figures_missing"),
        ({"sales_growth": NAN}, "figures_missing"),
        ({"profit_margin": 1.0}, "need_not_positive"),
        ({"sales_growth": -1.0}, "need_not_positive"),
    ],
)
def test_no_answer_says_why(changed: dict[str, float], reason: str) -> None:
    found = need(**changed)
    assert found.reason[0] == reason
    assert np.isnan(found.working_capital_cny[0])
    assert np.isnan(found.new_loan_cny[0])
    with pytest.raises(InputError) as caught:
        refuse_without_answer(found)
    assert caught.value.code == f"credit.{reason}"
    assert "{" not in caught.value.text("zh")


def test_what_is_there_already_leaves_no_need_below_0() -> None:
    assert need(receivables=100.0, inventory=1_000.0).new_loan_cny[0] == 0.0


def test_a_negative_balance_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        need(inventory=-1.0)
    assert caught.value.code == "credit.amount_negative"


def runway(flow: float, cash: float, committed: float, research: float, months: float) -> tuple[float, str]:
    rules = fill_rules(CashRunwayRules, RULES)
    found = cash_runway_need(one(flow), one(cash), one(committed), one(research), one(months), rules)
    return float(found.need_cny[0]), str(found.reason[0])


def test_runway_by_hand() -> None:
    # 12 million a year is 1 million a month; 12 months less 3 million cash less half of 4 million committed.
    assert runway(-12e6, 3e6, 4e6, 0.8, 12.0) == (7e6, "")
    assert runway(-12e6, 3e6, 4e6, 0.8, 60.0) == (13e6, "")  # 18 months at most
    assert runway(-12e6, 30e6, 0.0, np.inf, 12.0) == (0.0, "")
    assert runway(5e6, 1e6, 0.0, 0.8, 12.0) == (0.0, "no_burn")
    for args, reason in (
        ((-12e6, 3e6, 0.0, 0.1, 12.0), "not_research_intensive"),
        ((NAN, 3e6, 0.0, 0.8, 12.0), "figures_missing"),
    ):
        found, why = runway(*args)
        assert np.isnan(found)
        assert why == reason


def test_debt_service_by_hand() -> None:
    least = fill_rules(DebtServiceRules, RULES).coverage_min.number
    found = debt_service_capacity(one(2.4e6), one(0.8e6), one(0.05), one(36.0), least)
    wanted = -npf.pv(0.05 / 12, 36, (2.4e6 / 1.2 - 0.8e6) / 12)
    assert found[0] == pytest.approx(wanted, rel=1e-12)
    assert debt_service_capacity(one(2.4e6), one(0.8e6), one(0.0), one(36.0), least)[0] == pytest.approx(3.6e6)
    assert debt_service_capacity(one(-1e6), one(0.0), one(0.05), one(36.0), least)[0] == 0.0
    assert np.isnan(debt_service_capacity(one(NAN), one(0.0), one(0.05), one(36.0), least)[0])
    assert coverage(one(2.4e6), one(1.2e6))[0] == 2.0
    assert np.isposinf(coverage(one(2.4e6), one(0.0))[0])


def test_pledge_and_room() -> None:
    assert pledge_cap(one(1e7), one(0.3), one(1e6))[0] == 2e6
    assert pledge_cap(one(1e6), one(0.3), one(1e6))[0] == 0.0
    assert np.isnan(pledge_cap(one(NAN), one(0.3), one(0.0))[0])
    assert room_under(one(1e7), one(1.2e7))[0] == 0.0
    caps = concentration_caps(1e9, 8e8, one(9.5e7), one(1e8), fill_rules(ConcentrationRules, RULES))
    assert (caps["single_borrower"][0], caps["single_group"][0]) == (5e6, 6e7)


def test_what_binds_is_named_in_order() -> None:
    found = set_limit({"asked": one(5e6), "need": one(3_214_567.0), "product": one(1e7)}, 10_000.0)
    assert (found.limit_cny[0], found.binding[0]) == (3_210_000.0, "need")
    equal = set_limit({"asked": one(5e6), "need": one(5e6)})
    assert equal.binding[0] == "asked"
    unknown = set_limit({"asked": one(5e6), "need": one(NAN), "pledge": one(NAN)})
    assert unknown.binding[0] == "need"
    assert set_limit({"asked": one(29_990_000.0)}, 10_000.0).limit_cny[0] == 29_990_000.0
    with pytest.raises(InputError) as caught:
        set_limit({})
    assert caught.value.code == "credit.caps_missing"
    with pytest.raises(InputError) as caught:
        set_limit({"asked": one(-1.0)})
    assert caught.value.code == "credit.amount_negative"

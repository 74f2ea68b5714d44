"""The annex of the working-capital rules, by its days and by an identity without days."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.working_capital import OperatingFigures, WorkingCapitalNeed, working_capital_need

HERE = Path(__file__).parent
TOLERANCE = 1e-12
COLUMNS = ("sales", "cost", "ar", "inv", "ap", "pre", "adv", "profit_margin", "growth")


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _need(row: dict[str, str], year_days: float = 360.0) -> WorkingCapitalNeed:
    figures = OperatingFigures(*(np.array([float(row[name])]) for name in COLUMNS))
    funds = (np.array([float(row[name])]) for name in ("own", "exist", "other"))
    return working_capital_need(figures, *funds, year_days)


@pytest.mark.parametrize("row", _rows("cases.csv"))
def test_days_turnover_and_need(row: dict[str, str]) -> None:
    found = _need(row)
    for name, column in (
        ("days_inv", found.inventory_days),
        ("days_ar", found.receivable_days),
        ("days_ap", found.payable_days),
        ("days_pre", found.prepayment_days),
        ("days_adv", found.advance_days),
        ("net_days", found.net_days),
        ("turns", found.turnover_times),
        ("wc", found.working_capital_cny),
        ("new_loan", found.new_loan_cny),
    ):
        assert column[0] == pytest.approx(float(row[name]), rel=TOLERANCE), name
    assert found.reason[0] == ""


@pytest.mark.parametrize("row", _rows("cases.csv"))
def test_identity_without_days(row: dict[str, str]) -> None:
    """(1 - m)(1 + g)[(inventory - payables + prepayments) sales / cost + receivables - advances], whatever the year."""
    f = {name: float(row[name]) for name in COLUMNS}
    turned = (f["inv"] - f["ap"] + f["pre"]) * f["sales"] / f["cost"] + f["ar"] - f["adv"]
    closed = (1 - f["profit_margin"]) * (1 + f["growth"]) * turned
    assert _need(row).working_capital_cny[0] == pytest.approx(closed, rel=TOLERANCE)
    assert _need(row, 365.0).working_capital_cny[0] == pytest.approx(closed, rel=TOLERANCE)


def test_a_wrong_basis_is_noticed() -> None:
    """Days of payables on sales instead of cost would be seen."""
    row = dict(_rows("cases.csv")[0])
    row["ap"] = str(float(row["ap"]) * float(row["cost"]) / float(row["sales"]))
    assert _need(row).working_capital_cny[0] != pytest.approx(float(row["wc"]), rel=TOLERANCE)

"""Return on risk-adjusted capital, and the price that earns the target."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.price import PriceFigures, price_loans, raroc

HERE = Path(__file__).parent
TOLERANCE = 1e-12


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _rows("raroc.csv"), ids=lambda row: row["case"])
def test_raroc(row: dict[str, str]) -> None:
    names = ("spread", "cost", "loss", "capital", "return_on_capital", "tax")
    assert raroc(*(float(row[name]) for name in names)) == pytest.approx(float(row["raroc"]), rel=TOLERANCE)


@pytest.mark.parametrize("row", _rows("price.csv"))
def test_price_and_what_it_earns(row: dict[str, str]) -> None:
    figure = {name: float(value) for name, value in row.items()}
    figures = PriceFigures(
        figure["opex"], figure["hurdle_after_tax"], figure["tax"], figure["rf_on_ec"], rate_min=0.0, rate_max=1.0
    )
    loss = np.array([figure["pd"] * figure["lgd"]])
    price = price_loans(np.array([figure["ftp"]]), loss, np.array([figure["ec_ratio"]]), figures)
    assert price.rate[0] == pytest.approx(figure["rate"], rel=1e-10)
    assert price.raroc[0] == pytest.approx(figure["hurdle_after_tax"], rel=1e-10)


def test_a_wrong_figure_is_noticed() -> None:
    assert raroc(0.025, 0.007, 0.01, 0.04, 0.02) != pytest.approx(0.2, abs=5e-5)

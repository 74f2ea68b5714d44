"""CreditRisk+ on its own example: 25 obligors, with the banding of the spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.credit_risk_plus import BandedLoss, banded_loss, spreadsheet_unit

HERE = Path(__file__).parent
TOLERANCE = 1.0


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in _rows("obligors.csv")])


def _found(sectors: int, unit: float | None = None) -> BandedLoss:
    weights = np.eye(3)[_column("sector").astype(int) - 1] if sectors == 3 else None
    exposure, rate = _column("exposure"), _column("rate")
    return banded_loss(exposure, rate, rate / 2, unit or spreadsheet_unit(exposure), weights)


def test_the_unit_of_the_spreadsheet() -> None:
    assert spreadsheet_unit(_column("exposure")) == 202_389
    assert _column("exposure").sum() == 130_513_072


@pytest.mark.parametrize("row", _rows("printed.csv"), ids=lambda row: f"{row['figure']}-{row['sectors']}")
def test_as_printed(row: dict[str, str]) -> None:
    found = _found(int(row["sectors"]))
    figures = {"expected": found.expected_cny, "deviation": found.deviation_cny}
    value = figures.get(row["figure"]) or found.quantile(float(row["figure"]))
    assert value == pytest.approx(float(row["value"]), abs=TOLERANCE)


def test_without_banding() -> None:
    """With narrow bands the deviation is that of the model itself."""
    exposure, rate = _column("exposure"), _column("rate")
    loss = exposure @ rate
    exact = np.sqrt((exposure**2 * rate).sum() + (0.5 * loss) ** 2)
    found = _found(1, 500.0)
    assert exact == pytest.approx(12_613_103.68, abs=0.01)
    assert found.deviation_cny == pytest.approx(exact, rel=1e-4)
    assert found.quantile(0.99) == pytest.approx(55.24e6, rel=2e-4)


def test_poisson_where_rates_do_not_move() -> None:
    """Equal losses of one band, no deviation: the number of defaults is Poisson."""
    from scipy.stats import poisson

    found = banded_loss(np.full(40, 100.0), np.full(40, 0.05), np.zeros(40), 100.0)
    assert found.probabilities[:12] == pytest.approx(poisson.pmf(np.arange(12), 2.0), abs=1e-14)


def test_nearest_bands_keep_the_expected_loss_too() -> None:
    exposure, rate = _column("exposure"), _column("rate")
    found = banded_loss(exposure, rate, rate / 2, 1_000_000.0, rounding="nearest")
    assert found.expected_cny == pytest.approx(exposure @ rate, rel=1e-9)
    assert found.probabilities.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_wrong_banding_is_noticed() -> None:
    exposure, rate = _column("exposure"), _column("rate")
    wrong = banded_loss(exposure, rate, rate / 2, 202_389.0, rounding="nearest")
    assert wrong.deviation_cny != pytest.approx(12_668_742, abs=TOLERANCE)

"""The loss of a large portfolio, the correction for few loans, tranches and capped compensation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.portfolio_loss import portfolio_loss, stressed_loss
from kejin.numerics.one_factor import (
    bivariate_normal,
    granularity_adjustment,
    joint_probability,
    mean_excess,
    share_deviation,
    share_mode,
    share_quantile,
    share_shortfall,
)
from kejin.sharing.layer_cost import capped_rate_cost, mean_layer, tranche_cost

HERE = Path(__file__).parent
TOLERANCE, TOLERANCE_GRANULARITY = 1e-7, 1e-6


def _rows(name: str) -> list[dict[str, float]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("row", _rows("quantiles.csv"))
def test_distribution_of_the_share(row: dict[str, float]) -> None:
    p, rho = row["PD"], row["rho"]
    for level in (0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999):
        assert share_quantile(p, rho, level) == pytest.approx(row[f"q{level}"], rel=TOLERANCE)
    assert share_mode(p, rho) == pytest.approx(row["mode"], rel=TOLERANCE)
    assert share_deviation(p, rho) == pytest.approx(row["sd"], rel=TOLERANCE)
    assert joint_probability(p, rho) == pytest.approx(row["joint_PD"], rel=TOLERANCE)
    assert share_shortfall(p, rho, 0.99) == pytest.approx(row["ES99_closed_form"], rel=TOLERANCE)
    assert share_shortfall(p, rho, 0.999) == pytest.approx(row["ES999"], rel=TOLERANCE)


@pytest.mark.parametrize("row", _rows("granularity.csv"))
def test_granularity_adjustment(row: dict[str, float]) -> None:
    found = granularity_adjustment(row["PD"], row["rho"], 0.999, int(row["n"]))
    assert found == pytest.approx(row["GA"], rel=TOLERANCE_GRANULARITY)


@pytest.mark.parametrize("row", [row for row in _rows("granularity.csv") if row["n"] >= 250])
def test_few_equal_loans_by_mixture(row: dict[str, float]) -> None:
    """The mixture of normals is between the limit and one loan beside the exact quantile of so many equal loans."""
    n = int(row["n"])
    ones = np.ones(n)
    found = portfolio_loss(ones, ones, np.full(n, row["PD"]), row["rho"], (0.999,)).quantiles[0.999] / n
    assert found > row["asymptotic"]
    assert found == pytest.approx(row["finite_q999"], abs=1.1 / n)


def test_hull_100_million() -> None:
    # 100 million in many loans, 2%, correlation 0.1, recovery 60%: 12.8% default, 5.13 million are lost at 99.9%.
    n = 100_000
    owed, lost, p = np.full(n, 1e8 / n), np.full(n, 0.4), np.full(n, 0.02)
    assert stressed_loss(owed, lost, p, 0.1, 0.999).sum() == pytest.approx(5129484.29197693, rel=1e-9)
    found = portfolio_loss(owed, lost, p, 0.1, (0.999,))
    assert found.expected_cny == pytest.approx(800_000.0, rel=1e-9)
    assert found.quantiles[0.999] == pytest.approx(5129484.29, rel=2e-4)  # 100,000 loans are not infinitely many
    assert found.deviation_cny == pytest.approx(0.4e8 * 0.0169700911639097, rel=1e-3)


@pytest.mark.parametrize("row", _rows("tranches.csv"))
def test_tranches(row: dict[str, float]) -> None:
    found = tranche_cost(row["PD"], row["rho"], row["LGD"], row["attach"], row["detach"])
    assert found == pytest.approx(row["tranche_EL_of_pool"], rel=TOLERANCE)


def test_a_first_loss_and_a_guarantee() -> None:
    loss, chances = (np.array([row[name] for row in _rows("discrete_loss.csv")]) for name in ("loss", "probability"))
    fund = mean_layer(loss, chances, 0.0, 5.0)
    guarantor = mean_layer(loss, chances, 5.0, 15.0, 0.8)
    assert (fund, guarantor) == (pytest.approx(2.1, rel=TOLERANCE), pytest.approx(1.008, rel=TOLERANCE))
    assert mean_layer(loss, chances, 0.0) - fund - guarantor == pytest.approx(0.452, rel=TOLERANCE)


def test_a_compensation_rate_with_a_cap() -> None:
    assert capped_rate_cost(200, 0.02, 1.0, 0.8) == pytest.approx(0.016, rel=TOLERANCE)
    assert capped_rate_cost(200, 0.02, 0.03, 0.8) == pytest.approx(0.0152433096594266, rel=TOLERANCE)


@pytest.mark.parametrize(("h", "k"), [(0.0, 0.0), (0.0, 1.0), (0.0, -1.0), (-2.0, 0.0), (1.5, -0.5), (-1.0, -2.0)])
def test_two_normal_figures(h: float, k: float) -> None:
    from scipy.stats import multivariate_normal

    for rho in (-0.7, 0.0, 0.3, 0.95):
        wanted = multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([h, k])
        assert bivariate_normal(h, k, rho) == pytest.approx(wanted, abs=1e-6)


def test_mean_excess_at_its_ends() -> None:
    assert mean_excess(0.03, 0.1, 0.0) == pytest.approx(0.03)
    assert mean_excess(0.03, 0.1, 1.0) == 0.0
    assert mean_excess(0.03, 0.0, 0.02) == pytest.approx(0.01)


def test_a_wrong_figure_is_noticed() -> None:
    assert share_quantile(0.02, 0.11, 0.999) != pytest.approx(0.128237107299423, rel=TOLERANCE)

"""Published summaries of patent values and the lognormals that they imply."""

from __future__ import annotations

import csv
from math import log
from pathlib import Path

import pytest

from kejin.errors import InputError
from kejin.numerics import lognormal

HERE = Path(__file__).parent


def _rows(name: str) -> list[dict[str, float | str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return [
            {key: value if key == "case" else float(value) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _near(expected: object) -> object:
    return pytest.approx(float(str(expected)), rel=1e-9)


@pytest.mark.parametrize("case", _rows("summaries.csv"), ids=lambda case: case["case"])
def test_mean_and_median_imply_the_rest(case: dict[str, float]) -> None:
    sigma, mu = lognormal.sigma_from_mean_and_median(case["mean"], case["median"]), log(case["median"])
    assert sigma == _near(case["implied_sigma"])
    assert lognormal.mode(mu, sigma) == _near(case["implied_mode"])
    assert lognormal.mean(mu, sigma) == _near(case["mean"])
    for level in (25, 75, 90, 95, 99):
        assert lognormal.quantile(mu, sigma, level / 100) == _near(case[f"p{level}"])
    for part in (1, 5, 10):
        assert lognormal.top_share(sigma, part / 100) == _near(case[f"share_top{part}"])
    assert lognormal.gini(sigma) == _near(case["gini"])


@pytest.mark.parametrize("case", _rows("quantiles.csv"), ids=lambda case: str(case["level"]))
def test_one_quantile_implies_a_spread(case: dict[str, float]) -> None:
    assert lognormal.sigma_from_quantile(case["median"], case["quantile"], case["level"]) == _near(case["sigma"])


@pytest.mark.parametrize("case", _rows("lognormals.csv"), ids=lambda case: str(case["sigma"]))
def test_spread_gives_mean_and_concentration(case: dict[str, float]) -> None:
    sigma = case["sigma"]
    assert lognormal.mean(log(case["median"]), sigma) == _near(case["mean"])
    for part in (1, 5, 10):
        assert lognormal.top_share(sigma, part / 100) == _near(case[f"top{part}"])
    assert lognormal.gini(sigma) == _near(case["gini"])


def test_half_of_the_value_in_five_per_cent() -> None:
    sigma = lognormal.sigma_of_top_share(0.05, 0.5)
    assert sigma == pytest.approx(1.644854, abs=5e-7)
    assert lognormal.top_share(sigma, 0.05) == _near(0.5)


def test_impossible_summaries_are_refused() -> None:
    for mean, median in ((1.0, 2.0), (1.0, -1.0), (float("nan"), 1.0)):
        with pytest.raises(InputError, match="lognormal"):
            lognormal.sigma_from_mean_and_median(mean, median)
    with pytest.raises(InputError, match="lognormal"):
        lognormal.sigma_from_quantile(1.0, 2.0, 0.5)


def test_a_wrong_figure_is_noticed() -> None:
    assert lognormal.gini(1.0) != _near(0.520499877813047 + 1e-8)

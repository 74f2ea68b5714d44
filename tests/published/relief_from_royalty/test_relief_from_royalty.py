"""Relief from royalty as valuers work it out by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.errors import InputError
from kejin.numerics.discounting import growing_annuity, present_value
from kejin.valuation.relief_from_royalty import (
    patent_value_degree,
    relief_from_royalty,
    royalty_by_profit_split,
    royalty_by_sharing_score,
    within_open_licence_caps,
)

TOLERANCE = 1e-12
with (Path(__file__).parent / "streams.csv").open(encoding="utf-8", newline="") as _file:
    STREAMS = list(csv.DictReader(_file))


def _near(expected: float) -> object:
    return pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.parametrize("case", STREAMS, ids=lambda case: case["case"])
def test_streams(case: dict[str, str]) -> None:
    revenue = [float(text) for text in case["revenue"].split()]
    figures = [float(case[name]) for name in ("royalty", "tax", "discount")]
    years = int(case["amortisation_years"])
    end = relief_from_royalty(revenue, *figures, years)
    middle = relief_from_royalty(revenue, *figures, years, mid_year=True)
    assert list(end.after_tax_royalty) == pytest.approx(
        [float(x) for x in case["after_tax_royalty"].split()], rel=1e-12
    )
    assert end.value == _near(float(case["pv_year_end"]))
    assert middle.value == _near(float(case["pv_mid_year"]))
    assert end.amortisation_factor == _near(float(case["tab_factor_year_end"]))
    assert end.value_with_amortisation == _near(float(case["with_tab_year_end"]))
    assert middle.value_with_amortisation == _near(float(case["with_tab_mid"]))


def test_growing_annuity_by_formula_and_by_sum() -> None:
    first = 1000 * 0.05 * (1 - 0.25)
    assert growing_annuity(first, 0.03, 0.12, 10) == _near(236.372872348051)
    assert present_value([first * 1.03**year for year in range(10)], 0.12) == _near(236.372872348051)
    assert growing_annuity(first, 0.12, 0.12, 10) == _near(first * 10 / 1.12)


def test_profit_split_is_a_cross_check() -> None:
    assert royalty_by_profit_split(0.16) == _near(0.04)
    total, gross = 10.0 * 0.25 * 225_978_721, 85 * 225_978_721
    assert total == 564_946_802.5
    assert total / gross == _near(0.0294117647058824)


def test_open_licence_caps() -> None:
    caps = (20_000_000.0, 0.2, 0.4)
    assert within_open_licence_caps(19_999_999, 0.2, 0.4, caps) == (True, True, True)
    assert within_open_licence_caps(20_000_001, 0.21, 0.41, caps) == (False, False, False)
    assert within_open_licence_caps(None, None, 0.41, caps) == (None, None, False)


def test_value_degree() -> None:
    assert patent_value_degree([0.3, 0.4, 0.3], [80, 70, 60]) == _near(70.0)
    with pytest.raises(InputError, match="weights"):
        patent_value_degree([0.3, 0.4, 0.4], [80, 70, 60])


def test_sharing_rate_runs_from_the_low_to_the_high_end() -> None:
    # K = m + (n - m) r, with the range of machinery: 1.5% to 3%.
    assert list(royalty_by_sharing_score(0.015, 0.03, np.array([0.0, 0.5, 1.0]))) == pytest.approx(
        [0.015, 0.0225, 0.03]
    )
    with pytest.raises(InputError, match="outside 0 to 1"):
        royalty_by_sharing_score(0.015, 0.03, np.array([1.2]))


def test_impossible_inputs_are_refused() -> None:
    for royalty in (-0.01, 1.5, float("nan")):
        with pytest.raises(InputError, match="royalty rate"):
            relief_from_royalty([1000.0], royalty, 0.25, 0.12, 5)
    with pytest.raises(InputError, match="tax rate"):
        relief_from_royalty([1000.0], 0.05, 1.0, 0.12, 5)
    with pytest.raises(InputError, match="negative or not a number"):
        relief_from_royalty([float("nan")], 0.05, 0.25, 0.12, 5)
    with pytest.raises(InputError, match="yearly rate"):
        relief_from_royalty([1000.0], 0.05, 0.25, -1.0, 5)


def test_a_wrong_figure_is_noticed() -> None:
    assert relief_from_royalty([1000.0], 0.05, 0.25, 0.12, 5).value != _near(37.5 / 1.12 * (1 + 1e-10))

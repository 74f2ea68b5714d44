"""Cumulative default from a printed matrix, with both ways of putting its rows right, and its generator."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kejin.credit.default_term import (
    conditional,
    generator,
    generator_term,
    marginal,
    matrix_term,
    mean_hazard,
    root_matrix,
    transition_matrix,
)
from kejin.errors import InputError

HERE = Path(__file__).parent
TOLERANCE = 1e-10


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _numbers(name: str, skip: int = 1) -> np.ndarray:
    return np.array([[float(cell) for cell in list(row.values())[skip:]] for row in _rows(name)])


@pytest.mark.parametrize("how", ["rownorm", "diagfix"])
def test_powers_of_the_matrix(how: str) -> None:
    matrix = transition_matrix(_numbers("matrix.csv") / 100, how)  # type: ignore[arg-type]
    found = matrix_term(matrix, 10)
    for row in (row for row in _rows("cumulative.csv") if row["how"] == how):
        wanted = [float(cell) for cell in list(row.values())[2:]]
        assert found[:, int(row["years"]) - 1] == pytest.approx(wanted, rel=TOLERANCE, abs=1e-15)
    fifth = np.array(
        [[float(c) for c in list(row.values())[2:]] for row in _rows("five_years.csv") if row["how"] == how]
    )
    assert np.linalg.matrix_power(matrix, 5) == pytest.approx(fifth, rel=TOLERANCE)


def test_generator_and_parts_of_a_year() -> None:
    rates = generator(transition_matrix(_numbers("matrix.csv") / 100, "rownorm"))
    assert rates == pytest.approx(_numbers("generator.csv"), abs=1e-9)
    for row in (row for row in _rows("cumulative.csv") if row["how"] == "generator"):
        wanted = [float(cell) for cell in list(row.values())[2:]]
        assert generator_term(rates, np.array([float(row["years"])]))[:, 0] == pytest.approx(
            wanted, rel=1e-8, abs=1e-12
        )


def test_roots_lead_back_to_the_year() -> None:
    rates = generator(transition_matrix(_numbers("matrix.csv") / 100, "rownorm"))
    year = np.linalg.matrix_power(root_matrix(rates, 12), 12)
    assert year == pytest.approx(root_matrix(rates, 1), abs=1e-14)
    assert (root_matrix(rates, 12) >= -1e-16).all()


def test_marginal_and_conditional() -> None:
    bbb = matrix_term(transition_matrix(_numbers("matrix.csv") / 100, "rownorm"), 5)[3]
    for number, row in enumerate(_rows("bbb.csv")):
        assert marginal(bbb)[number] == pytest.approx(float(row["marginal"]), rel=TOLERANCE)
        assert conditional(bbb)[number] == pytest.approx(float(row["conditional"]), rel=TOLERANCE)


def test_three_grades_exact() -> None:
    matrix = transition_matrix(_numbers("small_matrix.csv", 0), "rownorm")
    for row in _rows("small_cumulative.csv"):
        found = matrix_term(matrix, int(row["years"]))[:, -1]
        assert found == pytest.approx([float(row["a"]), float(row["b"])], rel=TOLERANCE)
    assert generator(matrix) == pytest.approx(_numbers("small_generator.csv", 0), abs=1e-12)


def test_hazard_of_a_third_year() -> None:
    # 30.494% after two years and 39.717% after three: 13.27% of the survivors, 14.24% as an intensity.
    cumulative = np.array([0.0, 0.30494, 0.39717])
    assert marginal(cumulative)[2] == pytest.approx(0.09223, abs=1e-12)
    assert conditional(cumulative)[2] == pytest.approx(0.132693580410324, rel=1e-12)
    assert mean_hazard(0.30494, 0.39717) == pytest.approx(0.142362939509279, rel=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        [[0.9, 0.1], [0.1, 0.9]],  # default is not for good
        [[0.9, 0.2], [0.0, 1.0]],  # more than everybody
        [[1.1, -0.1], [0.0, 1.0]],
        [[float("nan"), 0.1], [0.0, 1.0]],
    ],
)
def test_a_wrong_matrix_is_refused(rows: list[list[float]]) -> None:
    with pytest.raises(InputError) as caught:
        transition_matrix(np.array(rows), "rownorm")
    assert caught.value.code == "credit.matrix_wrong"


def test_the_two_repairs_differ() -> None:
    """The tolerance tells them apart: a planted exchange of the repairs would be seen."""
    first, second = (
        matrix_term(transition_matrix(_numbers("matrix.csv") / 100, how), 1) for how in ("rownorm", "diagfix")
    )  # type: ignore[arg-type]
    assert first[6, 0] != pytest.approx(second[6, 0], rel=TOLERANCE)

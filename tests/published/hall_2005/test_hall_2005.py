"""Concentration as in the literature: the formulas on arrays and the query over a table give the same figures."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import ibis
import pytest

import kejin.engines.on_duckdb  # noqa: F401  gives Ibis the names that it expects
from kejin.errors import InputError
from kejin.evaluation.concentration import COUNT_LIMIT, TABLE_END, concentration
from kejin.numerics.concentration import entropy_miller_madow_nats, entropy_nats, herfindahl, herfindahl_unbiased

HERE = Path(__file__).parent
TOLERANCE = 1e-12


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split()]


def _by_query(counts: list[int]) -> dict[str, float | None]:
    rows = [{"company_id": "A", "n": n} for n in counts]
    table = ibis.memtable(rows, schema=ibis.schema({"company_id": "string", "n": "int64"}))
    (row,) = ibis.duckdb.connect().to_pyarrow(concentration(table, "company_id", "n", "")).to_pylist()
    return dict(row)


@pytest.mark.parametrize("case", _rows("counts.csv"), ids=lambda case: case["counts"])
def test_counts_as_published(case: dict[str, str]) -> None:
    counts = _numbers(case["counts"])
    row = _by_query(counts)
    assert row["total"] == int(case["n"])
    assert row["groups"] == len(counts)
    assert row["largest"] == max(counts)
    for hhi, unbiased in ((herfindahl(counts), herfindahl_unbiased(counts)), (row["hhi"], row["hhi_unbiased"])):
        assert hhi == pytest.approx(float(case["hhi"]), abs=TOLERANCE)
        assert 1 - hhi == pytest.approx(float(case["index"]), abs=TOLERANCE)
        assert unbiased == pytest.approx(float(case["hhi_unbiased"]), abs=TOLERANCE)
        assert 1 - unbiased == pytest.approx(float(case["index_unbiased"]), abs=TOLERANCE)


@pytest.mark.parametrize("case", _rows("shares.csv"), ids=lambda case: case["sizes"])
def test_entropy_as_published(case: dict[str, str]) -> None:
    sizes = _numbers(case["sizes"])
    row = _by_query(sizes)
    assert entropy_nats(sizes) == pytest.approx(float(case["entropy_nats"]), abs=TOLERANCE)
    assert row["entropy_nats"] == pytest.approx(float(case["entropy_nats"]), abs=TOLERANCE)
    assert herfindahl(sizes) == pytest.approx(float(case["hhi"]), abs=TOLERANCE)
    assert row["hhi"] == pytest.approx(float(case["hhi"]), abs=TOLERANCE)


def test_a_wrong_figure_is_noticed() -> None:
    """The comparison above fails on a figure that is off by one in the sixth digit."""
    assert herfindahl([3, 2, 1]) != pytest.approx(0.388889888888889, abs=TOLERANCE)


def test_miller_madow_adds_the_parts_over_twice_the_count() -> None:
    # K = 3 parts, N = 6 items: (3 - 1) / 12 nats more.
    expected = -(3 / 6 * math.log(3 / 6) + 2 / 6 * math.log(2 / 6) + 1 / 6 * math.log(1 / 6)) + 2 / 12
    assert entropy_miller_madow_nats([3, 2, 1]) == pytest.approx(expected, abs=TOLERANCE)
    assert _by_query([3, 2, 1])["entropy_miller_madow_nats"] == pytest.approx(expected, abs=TOLERANCE)


def test_one_item_has_no_corrected_figure() -> None:
    row = _by_query([1, 0])
    assert (row["total"], row["groups"], row["hhi"], row["entropy_nats"]) == (1, 1, 1.0, 0.0)
    assert row["hhi_unbiased"] is None
    assert row["entropy_miller_madow_nats"] is None
    assert math.isnan(herfindahl_unbiased([1]))
    assert math.isnan(entropy_miller_madow_nats([1]))
    assert math.isnan(herfindahl([]))
    assert math.isnan(entropy_nats([0]))


def test_counts_beyond_the_table_stay_close() -> None:
    counts = [TABLE_END, TABLE_END + 1, 7 * TABLE_END, 3]
    total = sum(counts)
    expected = -sum(n / total * math.log(n / total) for n in counts)
    assert _by_query(counts)["entropy_nats"] == pytest.approx(expected, abs=1e-7)
    assert _by_query([COUNT_LIMIT, 1])["entropy_nats"] is None
    assert _by_query([COUNT_LIMIT, 1])["hhi"] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("sizes", [[1, -1], [float("nan"), 1]])
def test_a_negative_or_missing_size_is_refused(sizes: list[float]) -> None:
    with pytest.raises(InputError, match="negative or not a number") as caught:
        herfindahl(sizes)
    assert "负" in caught.value.text("zh")

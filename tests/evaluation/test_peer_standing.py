"""Standing among peers against a count made by hand."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pyarrow as pa
import pytest

from kejin.engines.on_duckdb import connect_memory, ibis_over
from kejin.evaluation.peer_standing import Measure, with_standing

PEERS_MIN = 3


def _companies(seed: int, count: int) -> list[dict[str, object]]:
    random.seed(seed)
    return [
        {
            "company_id": f"C{number:03d}",
            "cluster": random.choice(["a", "b", None]),
            "stage": random.choice([1.0, 2.0]),
            "x": random.choice([None, 0.0, 1.0, 1.0, 2.5, -3.0]),
        }
        for number in range(count)
    ]


def _by_hand(rows: list[dict[str, object]], row: dict[str, object]) -> tuple[Fraction | None, int]:
    """Mid-rank among the companies of the same cluster and stage whose value is known."""
    if row["cluster"] is None or row["x"] is None:
        return None, 0
    peers = [
        other["x"]
        for other in rows
        if (other["cluster"], other["stage"]) == (row["cluster"], row["stage"]) and other["x"] is not None
    ]
    if len(peers) < PEERS_MIN:
        return None, len(peers)
    below = sum(1 for value in peers if value < row["x"])  # type: ignore[operator]
    equal = sum(1 for value in peers if value == row["x"])
    return Fraction(2 * below + equal, 2 * len(peers)), len(peers)


def _standing(rows: list[dict[str, object]]) -> dict[str, tuple[float | None, int]]:
    schema = pa.schema(
        [("company_id", pa.string()), ("cluster", pa.string()), ("stage", pa.float64()), ("x", pa.float64())]
    )
    connection = ibis_over(connect_memory())
    table = connection.create_table("rows", pa.Table.from_pylist(rows, schema=schema))
    result = with_standing(table, ("cluster", "stage"), (Measure("x"),), PEERS_MIN).to_pyarrow().to_pylist()
    assert len(result) == len(rows)
    return {row["company_id"]: (row["x__percentile"], row["x__peers"]) for row in result}


@pytest.mark.parametrize("seed", range(6))
def test_percentile_is_the_mid_rank_counted_by_hand(seed: int) -> None:
    rows = _companies(seed, 60)
    found = _standing(rows)
    for row in rows:
        percentile, peers = found[str(row["company_id"])]
        wanted, number = _by_hand(rows, row)
        assert peers == number
        if wanted is None:
            assert percentile is None
        else:
            assert percentile is not None
            assert math.isclose(percentile, float(wanted), rel_tol=1e-15, abs_tol=0)


def test_order_of_rows_does_not_matter() -> None:
    rows = _companies(11, 40)
    assert _standing(rows) == _standing(list(reversed(rows)))


def test_too_few_peers_say_how_many() -> None:
    rows = [
        {"company_id": "A", "cluster": "a", "stage": 1.0, "x": 5.0},
        {"company_id": "B", "cluster": "a", "stage": 1.0, "x": 6.0},
    ]
    assert _standing(rows) == {"A": (None, 2), "B": (None, 2)}


def test_a_wrong_rank_would_be_seen() -> None:
    """The comparison by hand fails on a planted fault: a percentile that counts ties as below."""
    rows = _companies(0, 60)
    wrong = 0
    for row in rows:
        wanted, number = _by_hand(rows, row)
        if wanted is not None:
            peers = [
                o["x"]
                for o in rows
                if (o["cluster"], o["stage"]) == (row["cluster"], row["stage"]) and o["x"] is not None
            ]
            faulty = Fraction(sum(1 for value in peers if value <= row["x"]), number)  # type: ignore[operator]
            wrong += faulty != wanted
    assert wrong > 0

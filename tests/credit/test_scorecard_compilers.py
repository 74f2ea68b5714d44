"""One scorecard, three ways to ask it: a query, one row, columns in memory. They agree on odd rows too."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scored_rows import FEATURES, SETTINGS, rows

from kejin.credit.calibration import fit_calibration
from kejin.credit.fit_default import CalibrationPlan, fit_default_scorecard
from kejin.credit.score_arrays import probabilities, score_columns
from kejin.credit.score_row import row_scorer
from kejin.credit.score_table import reason_columns, score_table
from kejin.credit.scorecard import Scorecard, read_scorecard, write_scorecard
from kejin.errors import InputError


@pytest.fixture(scope="module")
def platt() -> Scorecard:
    columns, default = rows()
    plan = CalibrationPlan("platt", "stage", long_run_rate=0.04, folds=3)
    return fit_default_scorecard(columns, default, FEATURES, np.arange(len(default)), SETTINGS, plan).scorecard


@pytest.fixture(scope="module")
def isotonic(platt: Scorecard) -> Scorecard:
    columns, default = rows()
    log_odds, _ = score_columns(platt, columns)
    return replace(platt, calibration=fit_calibration(log_odds, default, "isotonic", columns["stage"], "stage"))


def _odd_rows() -> list[dict[str, Any]]:
    """Rows of every kind: on an edge, missing, NaN, infinite, a code never seen."""
    columns, _ = rows(300, seed=8)
    found = [
        {name: (None if one is None or one != one else one) for name, one in zip(columns, values, strict=True)}
        for values in zip(*columns.values(), strict=True)
    ]
    whole = dict(found[0])
    found += [
        dict.fromkeys(whole),
        whole | {"margin": math.nan, "overdue": math.nan},
        whole | {"margin": math.inf, "age": -math.inf},
        whole | {"industry": "Z99", "stage": "never seen"},
        whole | {"margin": 0.0, "age": 0.0, "overdue": 0.0, "noise": 0.0},
    ]
    return found


def _by_query(scorecard: Scorecard, asked: list[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """Through a Parquet file: its statistics leave NaN out, which once led the engine astray."""
    types = {"industry": pa.string(), "stage": pa.string()}
    table = pa.table(
        {
            "company_id": pa.array([f"{k:04d}" for k in range(len(asked))]),
            **{n: pa.array([row[n] for row in asked], types.get(n, pa.float64()), from_pandas=False) for n in asked[0]},
        }
    )
    pq.write_table(table, path)
    backend = ibis.duckdb.connect()
    query = score_table(backend.read_parquet(str(path)), scorecard).order_by("company_id")
    return list(backend.to_pyarrow(query).to_pylist())


@pytest.mark.parametrize("name", ["platt", "isotonic"])
def test_query_row_and_columns_agree(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    scorecard: Scorecard = request.getfixturevalue(name)
    for feature in scorecard.features:  # every edge itself and just below it
        assert list(feature.edges) == sorted(set(feature.edges))
    asked = _odd_rows()
    whole = dict(asked[0])
    for feature in scorecard.features:
        for edge in feature.edges:
            asked += [whole | {feature.name: edge}, whole | {feature.name: math.nextafter(edge, -math.inf)}]
    score = row_scorer(scorecard)
    in_memory = probabilities(
        scorecard,
        {
            n: pa.array([row[n] for row in asked], pa.string() if n in ("industry", "stage") else pa.float64())
            for n in whole
        },
    )
    for row, queried, probability in zip(
        asked, _by_query(scorecard, asked, tmp_path / "r.parquet"), in_memory, strict=True
    ):
        one = score(row)
        assert queried["default_probability_1y"] == pytest.approx(one.default_probability_1y, rel=1e-12)
        assert probability == pytest.approx(one.default_probability_1y, rel=1e-12)
        assert queried["default_probability_1y_low"] == pytest.approx(one.default_probability_1y_low, rel=1e-10)
        assert queried["default_probability_1y_high"] == pytest.approx(one.default_probability_1y_high, rel=1e-10)
        assert one.default_probability_1y_low <= one.default_probability_1y <= one.default_probability_1y_high
        assert queried["points"] == one.points
        assert queried["missing_inputs"] == len(one.missing)
        assert tuple(queried[c] for c in reason_columns(scorecard) if queried[c] is not None) == one.reasons


def test_noise_is_left_out_and_weights_are_not_negative(platt: Scorecard) -> None:
    assert "noise" not in {feature.name for feature in platt.features}
    assert all(feature.weight > 0 for feature in platt.features)


def test_a_better_bin_never_costs_points(platt: Scorecard) -> None:
    for feature in platt.features:
        order = np.argsort(feature.woe)
        assert (np.diff(np.array(feature.points)[order]) >= 0).all()


def test_the_file_gives_the_same_scorecard_and_notices_a_change(platt: Scorecard, tmp_path: Path) -> None:
    path = tmp_path / "scorecard.json"
    digest = write_scorecard(platt, path)
    assert read_scorecard(path) == platt
    assert read_scorecard(path).content_hash == digest
    text = path.read_text("utf-8")
    path.write_text(text.replace('"base_points": 600.0', '"base_points": 601.0'), "utf-8")
    with pytest.raises(InputError) as caught:
        read_scorecard(path)
    assert caught.value.code == "credit.scorecard_changed"
    path.write_text("{}", "utf-8")
    with pytest.raises(InputError) as caught:
        read_scorecard(path)
    assert caught.value.code == "credit.scorecard_unreadable"


def test_a_table_without_a_feature_is_refused(platt: Scorecard) -> None:
    table = ibis.memtable(pa.table({"company_id": ["a"], "margin": [1.0]}))
    with pytest.raises(InputError, match="no column") as caught:
        score_table(table, platt)
    assert caught.value.code == "credit.feature_missing"


def test_points_follow_the_odds(platt: Scorecard) -> None:
    """The points are the log-odds before calibration, to half a point a feature."""
    columns, _ = rows(500, seed=5)
    log_odds, points = score_columns(platt, columns)
    exact = platt.scaling.offset - platt.scaling.factor * log_odds
    assert np.abs(points - exact).max() <= 0.5 * len(platt.features) + 1e-9

"""Do the hand-written peers of the benchmark and the evaluation give the same answers and points from the same files?

The Polars peer shares no code with the evaluation: it is a second derivation of two titles from facts to answer.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kejin.city import write_city
from kejin.workflows.evaluate_companies import TABLES_READ

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
import peers_polars  # noqa: E402
from whole_city import evaluate_city  # noqa: E402

pytestmark = pytest.mark.slow
COMPANIES = 2_000
DAYS = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 9, 30))  # both versions of 专精特新, and a later day


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    write_city(folder, COMPANIES, 7, tables=TABLES_READ)
    return folder


@pytest.fixture(scope="module", params=DAYS, ids=str)
def both(request: pytest.FixtureRequest, city: Path, tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """Ours and the peer's, in order of company."""
    out = tmp_path_factory.mktemp("ours")
    evaluate_city(city, request.param, out)
    peer = peers_polars.evaluate(city / "facts", request.param).collect()
    ours = pl.read_parquet(out / "evaluation.parquet").select(peer.columns)
    return [table.sort("company_id") for table in (ours, peer)]


def test_every_answer_and_point_is_the_same(both: list[pl.DataFrame]) -> None:
    ours, peer = both
    assert ours.height > COMPANIES * 0.9
    assert differences(ours, peer) == {}


def test_the_city_tries_every_answer(both: list[pl.DataFrame]) -> None:
    """Nothing is proved by a city in which nobody qualifies."""
    _, peer = both
    for column in ("tech_sme__qualifies", "specialised_sme__qualifies"):
        assert set(peer[column].to_list()) >= {False, None}
    assert set(peer["tech_sme__qualifies"].to_list()) == {True, False, None}


def test_a_changed_point_is_found(both: list[pl.DataFrame]) -> None:
    """The comparison itself, seen to fail: one point of one company, one answer made missing."""
    ours, peer = both
    first = pl.int_range(pl.len()) == 0
    moved = peer.with_columns(
        pl.when(first).then(-1.0).otherwise(pl.col("tech_sme__score__low")).alias("tech_sme__score__low")
    )
    assert list(differences(ours, moved)) == ["tech_sme__score__low"]
    answered = pl.col("tech_sme__qualifies").is_not_null().cum_sum() == 1
    silent = peer.with_columns(pl.when(~answered).then(pl.col("tech_sme__qualifies")).alias("tech_sme__qualifies"))
    assert list(differences(ours, silent)) == ["tech_sme__qualifies"]


def differences(ours: pl.DataFrame, peer: pl.DataFrame) -> dict[str, list[str]]:
    """column -> companies whose values differ; a missing value equals only a missing one."""
    unequal = {name: ~ours[name].eq_missing(peer[name]) for name in peer.columns}
    return {name: ours["company_id"].filter(where).to_list()[:5] for name, where in unequal.items() if where.any()}

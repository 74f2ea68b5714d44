"""SQL and Spark give the same fen as the kernels, on random ledgers and on a larger one."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

from kejin.engines.on_duckdb import connect_memory
from kejin.engines.trace_with_sql import prepare, trace
from kejin.errors import UseError
from kejin.monitoring.follow_money import MoneyFollower
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import RULES, Bounds, Drawdowns, Trace

from .ledgers import drawdowns_of, ledger_of, random_ledgers

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
Sums = dict[tuple[int, int], int]


def transfer_table(ledger: Ledger) -> pa.Table:
    columns = {"row": np.arange(len(ledger.fen)), "source": ledger.source, "target": ledger.target, "fen": ledger.fen}
    return pa.table({name: np.asarray(column, np.int64) for name, column in columns.items()})


def opening_table(ledger: Ledger) -> pa.Table:
    return pa.table({"account": np.arange(len(ledger.opening_fen)), "opening": ledger.opening_fen})


def drawdown_table(drawdowns: Drawdowns) -> pa.Table:
    number = np.arange(len(drawdowns.row))
    return pa.table({"drawdown": number, "row": drawdowns.row, "row_end": drawdowns.row_end})


def follow_table(follows: np.ndarray) -> pa.Table:
    return pa.table({"account": np.flatnonzero(follows)})


def sums_of(rows: list[dict]) -> tuple[Sums, Sums, dict[int, int]]:
    """(drawdown, row) -> fen, (drawdown, account) -> kept, drawdown -> dust."""
    moved, kept, dust = defaultdict(int), defaultdict(int), defaultdict(int)
    for one in rows:
        moved[one["drawdown"], one["row"]] += one["fen"]
        kept[one["drawdown"], one["account"]] += one["kept"]
        dust[one["drawdown"]] += one["dust"]
    return dict(moved), {key: fen for key, fen in kept.items() if fen}, {key: fen for key, fen in dust.items() if fen}


def rows_of(trace: Trace, ledger: Ledger) -> list[dict]:
    columns = (trace.drawdown, trace.row, ledger.target[trace.row], trace.fen, trace.kept_fen, trace.dust_fen)
    names = ("drawdown", "row", "account", "fen", "kept", "dust")
    return [dict(zip(names, row, strict=True)) for row in zip(*(c.tolist() for c in columns), strict=True)]


@pytest.mark.parametrize("rule", ["lifo", "fifo"])
@given(case=random_ledgers())
@settings(max_examples=8)
def test_sql_and_kernel_agree(rule: str, case: tuple) -> None:
    rows, opening, loans, follows, hops_max, dust = case
    ledger, drawdowns = ledger_of(rows, opening), drawdowns_of(loans)
    kernel = MoneyFollower(ledger).trace(rule, drawdowns, np.array(follows), Bounds(hops_max, dust))
    with connect_memory() as connection:
        prepare(connection, transfer_table(ledger), opening_table(ledger))
        by_sql = trace(
            connection, drawdown_table(drawdowns), follow_table(np.array(follows)), hops_max, dust, rule == "lifo"
        )
    assert sums_of(by_sql.to_pylist()) == sums_of(rows_of(kernel, ledger))


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["lifo", "fifo"])
def test_sql_and_kernel_agree_on_many_transfers(rule: str) -> None:
    from trace_ledger import make_drawdowns, make_ledger

    ledger = make_ledger(100_000, seed=5)
    drawdowns = make_drawdowns(ledger, 200, 60)
    follows, bounds = np.ones(len(ledger.opening_fen), dtype=bool), Bounds(5, 100_000)
    kernel = MoneyFollower(ledger).trace(rule, drawdowns, follows, bounds)
    with connect_memory() as connection:
        prepare(connection, transfer_table(ledger), opening_table(ledger))
        by_sql = trace(
            connection,
            drawdown_table(drawdowns),
            follow_table(follows),
            bounds.hops_max,
            bounds.dust_fen,
            rule == "lifo",
        )
    assert len(by_sql) == len(kernel)
    assert sums_of(by_sql.to_pylist()) == sums_of(rows_of(kernel, ledger))


@pytest.mark.spark
@pytest.mark.slow
def test_spark_and_kernel_agree(spark_session: object) -> None:
    from trace_ledger import make_drawdowns, make_ledger

    from kejin.workflows.trace_on_spark import trace_on_spark

    ledger = make_ledger(3_000, seed=6)
    ledger.opening_fen[::3] = 0
    drawdowns = make_drawdowns(ledger, 20, 60)
    follows = np.random.default_rng(1).random(len(ledger.opening_fen)) < 0.9
    bounds = Bounds(3, 100_000)
    kernel = MoneyFollower(ledger).trace("lifo", drawdowns, follows, bounds)
    frames = [
        spark_session.createDataFrame(table)  # type: ignore[attr-defined]
        for table in (transfer_table(ledger), opening_table(ledger), drawdown_table(drawdowns), follow_table(follows))
    ]
    by_spark = trace_on_spark(spark_session, *frames, bounds.hops_max, bounds.dust_fen, buckets=2)
    assert len(by_spark[by_spark["hop"] > 1]) > 10
    assert len(by_spark) == len(kernel)
    assert sums_of(by_spark.to_dict("records")) == sums_of(rows_of(kernel, ledger))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "lifo"])
def test_spark_refuses_the_rules_that_it_does_not_have(rule: str) -> None:
    from kejin.workflows.trace_on_spark import trace_on_spark

    with pytest.raises(UseError, match=r"monitoring\.rule_not_on_spark") as caught:
        trace_on_spark(None, None, None, None, None, 3, 0, rule=rule)
    assert rule in caught.value.text("zh")

"""Last in, first out on Spark, for ledgers that no machine holds: accounts in hash buckets, one join a hop.

The session comes from `engines/on_spark.py`, what happens inside a bucket from `monitoring/trace_buckets.py`. Balances
are worked out once for each bucket (`applyInPandas`); after that each hop sends only the money on its way, a few rows a
loan, to the bucket of the account where it lies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from kejin.errors import UseError
from kejin.monitoring.trace_buckets import bucket_balances, bucket_hop

_EVENT = "account long, row long, incoming boolean, fen long, opening long, bucket int"
_VALUE = "row long, incoming boolean, account long, value long"
_MOVED = "drawdown long, row_end long, row long, account long, fen long, low long, hop int, kept long, dust long"


def trace_on_spark(
    session: Any, transfers: Any, openings: Any, drawdowns: Any, follows: Any, hops_max: int, dust_fen: int,
    buckets: int = 64, rule: str = "lifo",
) -> pd.DataFrame:  # fmt: skip
    """Steps of every drawdown: drawdown, row, account, fen, hop, kept, dust.

    transfers  frame of row, source, target, fen; openings: account, opening (>= 0), every account
    drawdowns  drawdown, row, row_end; follows: account, those whose payments are followed
    buckets    so many that one bucket's transfers fit a worker: about two million each.
    rule       lifo only. Raises UseError monitoring.rule_not_on_spark for any other.
    """
    if rule != "lifo":
        raise UseError("monitoring.rule_not_on_spark", rule=rule)
    links = _links(session, transfers, openings, buckets).persist()
    links.createOrReplaceTempView("traced_links")
    drawdowns.createOrReplaceTempView("traced_drawdowns")
    follows.createOrReplaceTempView("traced_follows")
    money = (
        session.sql(
            "SELECT d.drawdown, d.row_end, l.row, l.target AS account, l.fen, l.before AS low"
            " FROM traced_drawdowns d JOIN traced_links l ON d.row = l.row"
        )
        .toArrow()
        .to_pandas()
    )
    followed = set(follows.toArrow()["account"].to_pylist())
    found = []
    for hop in range(hops_max + 1):
        if not len(money):
            break
        going = money["account"].isin(followed) if hop < hops_max else pd.Series(data=False, index=money.index)
        found.append(_stayed(money[~going], hop))
        if not going.any():
            break
        moved = _hop(session, links, money[going].assign(hop=hop), dust_fen, buckets)
        found.append(moved[moved["hop"] == hop].drop(columns=["low", "row_end"]))
        money = moved[moved["hop"] == hop + 1][["drawdown", "row_end", "row", "account", "fen", "low"]]
    links.unpersist()
    columns = ["drawdown", "row", "account", "fen", "hop", "kept", "dust"]
    return pd.concat(found, ignore_index=True)[columns].sort_values(columns, ignore_index=True)


def _stayed(money: pd.DataFrame, hop: int) -> pd.DataFrame:
    return money.drop(columns=["low", "row_end"]).assign(hop=hop, kept=money["fen"], dust=0)


def _links(session: Any, transfers: Any, openings: Any, buckets: int) -> Any:
    """Every transfer with the payer's balance after it and the payee's before it."""
    transfers.createOrReplaceTempView("traced_transfers")
    openings.createOrReplaceTempView("traced_openings")
    events = session.sql(
        "SELECT e.account, e.row, e.incoming, e.fen, o.opening, CAST(pmod(hash(e.account), "
        f"{buckets}) AS INT) AS bucket FROM (SELECT source AS account, row, false AS incoming, fen"
        " FROM traced_transfers"
        " UNION ALL SELECT target, row, true, fen FROM traced_transfers) e"
        " JOIN traced_openings o ON e.account = o.account"
    )
    values = events.groupBy("bucket").applyInPandas(_bucket_values, _VALUE)
    values.createOrReplaceTempView("traced_values")
    return session.sql(
        f"SELECT t.row, t.source, t.target, t.fen, p.value AS after, r.value AS before,"
        f" CAST(pmod(hash(t.source), {buckets}) AS INT) AS bucket FROM traced_transfers t"
        " JOIN traced_values p ON t.row = p.row AND NOT p.incoming JOIN traced_values r ON t.row = r.row AND r.incoming"
    )


def _bucket_values(events: pd.DataFrame) -> pd.DataFrame:
    columns = [events[name].to_numpy() for name in ("account", "row", "incoming", "fen", "opening")]
    order, value = bucket_balances(*columns)
    return events.iloc[order][["row", "incoming", "account"]].assign(value=value)


def _hop(session: Any, links: Any, money: pd.DataFrame, dust_fen: int, buckets: int) -> pd.DataFrame:
    """The settled money of this hop, and the pieces that it sends to the next."""
    sent = session.createDataFrame(pa.Table.from_pandas(money, preserve_index=False))
    sent = sent.selectExpr("*", f"CAST(pmod(hash(account), {buckets}) AS INT) AS bucket")

    def work(here: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
        return _moved(here, payments, dust_fen)

    return sent.groupBy("bucket").cogroup(links.groupBy("bucket")).applyInPandas(work, _MOVED).toArrow().to_pandas()


def _moved(here: pd.DataFrame, payments: pd.DataFrame, dust_fen: int) -> pd.DataFrame:
    if not len(here):
        return pd.DataFrame(columns=[part.split()[0] for part in _MOVED.split(", ")])
    payments = payments.sort_values(["source", "row"], ignore_index=True)
    low = here["low"].to_numpy()
    money = (
        here["account"].to_numpy(), here["row"].to_numpy(), here["row_end"].to_numpy(), low, low +
        here["fen"].to_numpy()
    )  # fmt: skip
    links = tuple(payments[name].to_numpy(dtype=np.int64) for name in ("source", "row", "after", "before"))
    which, payment, fen, place, kept, dust = bucket_hop(money, links, dust_fen)
    settled = here.drop(columns=["bucket"]).assign(kept=kept, dust=dust)
    onward = pd.DataFrame(
        {
            "drawdown": here["drawdown"].to_numpy()[which], "row_end": here["row_end"].to_numpy()[which],
            "row": payments["row"].to_numpy()[payment], "account": payments["target"].to_numpy()[payment],
            "fen": fen, "low": place, "hop": here["hop"].to_numpy()[which] + 1, "kept": 0, "dust": 0,
        }
    )  # fmt: skip
    names = [part.split()[0] for part in _MOVED.split(", ")]
    return pd.concat([settled[names], onward[names]], ignore_index=True).astype({"hop": "int32"})

"""Tracing as SQL: the same question asked of DuckDB with window functions and one join a hop.

An independent form that tests hold against the kernels; good for a look at a few million transfers, some tens of times
slower than the kernels beyond. Rules of attribution that mix (loan first, pro rata, lowest balance) feed back from
event to event and are not expressed here.
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

_BALANCES = """
CREATE OR REPLACE TEMP TABLE traced_event AS
WITH event AS (
    SELECT source AS account, "row", fen, 0 AS incoming, -fen AS change FROM transfer_in
    UNION ALL
    SELECT target, "row", fen, 1, fen FROM transfer_in
), running AS (
    SELECT event.*, opening,
        opening + sum(change) OVER before_and_now AS net,
        coalesce(sum(CASE WHEN incoming = 1 THEN event.fen END) OVER before, 0) AS received_before,
        coalesce(sum(CASE WHEN incoming = 0 THEN event.fen END) OVER before, 0) AS paid_before
    FROM event JOIN opening_in USING (account)
    WINDOW before_and_now AS (PARTITION BY account ORDER BY "row"),
        before AS (PARTITION BY account ORDER BY "row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), lent AS (
    SELECT *, greatest(max(-net) OVER (PARTITION BY account ORDER BY "row"), 0) AS unseen FROM running
)
SELECT account, "row", fen, incoming, net + unseen AS after, received_before, paid_before, opening, unseen,
    unseen - coalesce(lag(unseen) OVER (PARTITION BY account ORDER BY "row"), 0) AS unseen_now
FROM lent
"""
_LINKS = """
CREATE OR REPLACE TEMP TABLE traced_link AS
SELECT o."row", o.account AS source, i.account AS target, o.fen, o.after::BIGINT AS after,
    o.unseen_now::BIGINT AS unseen_now, (i.after - i.fen)::BIGINT AS target_before, o.paid_before::BIGINT AS taken,
    (i.opening + i.received_before + i.unseen)::BIGINT AS place
FROM traced_event o JOIN traced_event i USING ("row")
WHERE o.incoming = 0 AND i.incoming = 1
"""
_FIRST = """
CREATE OR REPLACE TEMP TABLE traced_step AS
SELECT row_number() OVER (ORDER BY d.drawdown) AS id, d.drawdown, d.row_end, l."row", l.target AS account,
    l.fen, 0 AS hop, {low} AS low, 0::BIGINT AS kept, 0::BIGINT AS dust
FROM drawdown_in d JOIN traced_link l USING ("row")
"""
# Takes what lies above the balance after a payment, as far as no earlier payment took it.
_STACK_PIECES = """
WITH seen AS (
    SELECT f.id, f.drawdown, f.row_end, f.low, f.low + f.fen AS high, l.*,
        min(l.after) OVER (PARTITION BY f.id ORDER BY l."row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS
        lowest
    FROM traced_step f JOIN follows_in ON follows_in.account = f.account
    JOIN traced_link l ON l.source = f.account AND l."row" > f."row" AND l."row" < f.row_end
    WHERE f.hop = {hop}
), cut AS (SELECT *, least(high, coalesce(lowest, high)) AS top, greatest(after, low) AS bottom FROM seen)
SELECT id AS parent, drawdown, row_end, "row", target AS account, top - bottom AS fen,
    target_before + unseen_now + bottom - after AS low
FROM cut WHERE top > bottom
"""
_QUEUE_PIECES = """
SELECT f.id AS parent, f.drawdown, f.row_end, l."row", l.target AS account,
    least(f.low + f.fen, l.taken + l.fen) - greatest(f.low, l.taken) AS fen,
    l.place + greatest(f.low, l.taken) - l.taken AS low
FROM traced_step f JOIN follows_in ON follows_in.account = f.account
JOIN traced_link l ON l.source = f.account AND l."row" < f.row_end
    AND l.taken + l.fen > f.low AND l.taken < f.low + f.fen
WHERE f.hop = {hop}
"""


def prepare(connection: duckdb.DuckDBPyConnection, transfers: pa.Table, openings: pa.Table) -> None:
    """The colour-free part: balances and places of every transfer, as tables of the connection.

    transfers  row, source, target, fen in order; openings: account, opening (fen, >= 0), every account.
    """
    connection.register("transfer_in", transfers)
    connection.register("opening_in", openings)
    connection.execute(_BALANCES)
    connection.execute(_LINKS)


def trace(
    connection: duckdb.DuckDBPyConnection, drawdowns: pa.Table, follows: pa.Table, hops_max: int, dust_fen: int,
    newest_first: bool,
) -> pa.Table:  # fmt: skip
    """Steps of every drawdown: drawdown, row, account, fen, hop, kept, dust. After prepare.

    drawdowns     drawdown, row, row_end; follows: account, those whose payments are followed
    newest_first  last in, first out; else first in, first out.
    """
    connection.register("drawdown_in", drawdowns)
    connection.register("follows_in", follows)
    connection.execute(_FIRST.format(low="l.target_before" if newest_first else "l.place"))
    pieces = _STACK_PIECES if newest_first else _QUEUE_PIECES
    for hop in range(hops_max):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE traced_piece AS {pieces.format(hop=hop)}")
        _settle(connection, dust_fen)
        added = f"""
            INSERT INTO traced_step
            SELECT (SELECT max(id) FROM traced_step) + row_number() OVER (ORDER BY parent, "row"), drawdown, row_end,
                "row", account, fen, {hop + 1}, low, 0, 0
            FROM traced_piece WHERE fen >= {dust_fen}"""
        if not _count(connection, added):
            break
    connection.execute("UPDATE traced_step SET kept = fen - kept - dust")
    return connection.sql(
        'SELECT drawdown, "row", account, fen, hop, kept, dust FROM traced_step ORDER BY id'
    ).to_arrow_table()


def _settle(connection: duckdb.DuckDBPyConnection, dust_fen: int) -> None:
    """Writes into `kept`, for the time being, what went on, and into `dust` what was too small to."""
    connection.execute(
        f"""UPDATE traced_step SET kept = gone.onward, dust = gone.dust FROM (
            SELECT parent, coalesce(sum(CASE WHEN fen >= {dust_fen} THEN fen END), 0)::BIGINT AS onward,
                coalesce(sum(CASE WHEN fen < {dust_fen} THEN fen END), 0)::BIGINT AS dust
            FROM traced_piece GROUP BY parent) gone WHERE gone.parent = traced_step.id"""
    )


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    rows: list[Any] = connection.execute(query).fetchall()
    return int(rows[0][0]) if rows else 0

"""How is money kept track of? Transfers drafted in any order, put in order of time, with running balances in fen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejin.city.accounts import TIME_DEPOSIT, modelled
from kejin.city.streams import Ints

DAY_US = 86_400_000_000
HOUR_US = DAY_US // 24
MEMOS = (
    "货款", "采购款", "工资", "税款", "社保缴费", "房租水电", "贷款发放", "归还贷款本金", "贷款利息",
    "设备款", "研发材料款", "技术服务费", "往来款", "借款", "还款", "备用金", "报销款", "购房款",
    "购买理财", "银证转账", "定期存款", "保证金", "取现", "资金归集", "资金下拨", "退货款", "服务费",
    "同名划转", "理财赎回", "租赁款", "定期支取", "检测费",
)  # fmt: skip
MEMO = {memo: place for place, memo in enumerate(MEMOS)}
CHANNELS = ("online", "counter", "batch", "mobile")

Row = tuple[int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Transfers in order of time. loan is -1 where none; path_loan, hop mark transfers that carry misused money."""

    source: Ints
    target: Ints
    time: Ints
    fen: Ints
    memo: Ints
    channel: Ints
    loan: Ints
    entrusted: Ints
    path_loan: Ints
    hop: Ints

    @property
    def day(self) -> Ints:
        return self.time // DAY_US


class Draft:
    """Transfers as they are thought of, in whole columns or one by one."""

    def __init__(self, until: int) -> None:
        self.stop_us = (until + 1) * DAY_US
        self._columns: list[tuple[Ints, ...]] = []
        self._rows: list[Row] = []

    def add(
        self, source: Ints, target: Ints | int, time: Ints, fen: Ints, memo: Ints | int, channel: int = 0,
        loan: Ints | int = -1, entrusted: Ints | int = 0,
    ) -> None:  # fmt: skip
        """Many ordinary transfers; scalars stand for every row."""
        m = len(source)
        columns = (source, target, time, fen, memo, channel, loan, entrusted, -1, 0)
        self._columns.append(tuple(np.broadcast_to(np.asarray(column, dtype=np.int64), m) for column in columns))

    def row(
        self, source: int, target: int, time: int, fen: int, memo: int, loan: int = -1, path: int = -1, hop: int = 0
    ) -> bool:
        """One transfer; says whether it happens by the last day. Nothing is paid to oneself and nothing below a fen."""
        if time >= self.stop_us or fen <= 0 or source == target:
            return False
        self._rows.append((source, target, time, fen, memo, 0, loan, path, hop))
        return True

    def gathered(self) -> Ledger:
        """All transfers by the last day in order of time; equal times stay in the order of drafting."""
        pieces = list(self._columns)
        if self._rows:
            table = np.array(self._rows, dtype=np.int64).T
            none = np.zeros(table.shape[1], dtype=np.int64)
            pieces.append((*table[:7], none, table[7], table[8]))
        columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        source, target, time, fen = columns[:4]
        kept = np.flatnonzero((time < self.stop_us) & (fen > 0) & (source != target))
        order = kept[np.argsort(time[kept], kind="stable")]
        return Ledger(*(column[order] for column in columns))


@dataclass(frozen=True, slots=True)
class Balances:
    """Balances of the modelled accounts: at the beginning, and of both sides after every transfer (0 where unknown)."""

    accounts: Ints
    opening: Ints
    opening_day: Ints
    source_after: Ints
    target_after: Ints


def balances(ledger: Ledger, drawn: Ints, accounts: Ints) -> Balances:
    """Running balances that never jump and never fall below zero.

    accounts  the modelled accounts, sorted; drawn  what each would like to begin with, in fen. An account that
    would be overdrawn begins with as much more as it needs.
    """
    n = len(ledger.time)
    place = np.arange(n, dtype=np.int64)
    side = np.concatenate([ledger.source, ledger.target])
    change = np.concatenate([-ledger.fen, ledger.fen])
    row = np.concatenate([place, place])
    known = modelled(side)
    side, change, row, is_target = side[known], change[known], row[known], (np.arange(2 * n) >= n)[known]
    order = np.lexsort((row, side))
    side, change, row, is_target = side[order], change[order], row[order], is_target[order]
    total = np.cumsum(change)
    starts = (
        np.flatnonzero(np.concatenate(([True], side[1:] != side[:-1]))) if len(side) else np.zeros(0, dtype=np.int64)
    )
    before = np.concatenate(([0], total))[starts]
    group = np.cumsum(np.concatenate(([True], side[1:] != side[:-1]))) - 1 if len(side) else starts
    running = total - before[group]
    lowest = np.minimum.reduceat(running, starts) if len(side) else starts
    moved = np.searchsorted(accounts, side[starts])
    need = np.zeros(len(accounts), dtype=np.int64)
    need[moved] = np.maximum(-lowest, 0)
    opening = np.where(need > drawn, need + drawn // 16, drawn)
    opening = np.where(accounts % 100 == TIME_DEPOSIT, need, opening)  # a deposit begins with what it pays as interest
    running = running + opening[np.searchsorted(accounts, side)]
    first_day = np.full(len(accounts), int(ledger.day[0]) if n else 0, dtype=np.int64)
    first_day[moved] = ledger.day[row[starts]] - 1
    after = np.zeros((2, n), dtype=np.int64)
    after[is_target.astype(np.int64), row] = running
    return Balances(accounts, opening, first_day, after[0], after[1])

"""One question, five answers: the trace of every drawdown under the rules of attribution that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from kejin.monitoring.arrays import Flags, Ints32
from kejin.monitoring.balance_index import BalanceIndex, QueueIndex, balance_index, next_payments, queue_index
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Bounds, Drawdowns, Rule, Trace
from kejin.monitoring.trace_mixed import trace_mixed
from kejin.monitoring.trace_queue import trace_queue
from kejin.monitoring.trace_stack import trace_stack

# A rule that mixes may write a step for every payment of an account and every loan on it; so many fit into memory.
STEPS_AT_ONCE = 20_000_000
DRAWDOWNS_AT_ONCE = (16, 4_096)


class MoneyFollower:
    """A ledger that answers for any drawdown under any rule; each index is made when it is first needed."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @cached_property
    def balances(self) -> BalanceIndex:
        return balance_index(self.ledger)

    @cached_property
    def queues(self) -> QueueIndex:
        return queue_index(self.ledger)

    @cached_property
    def following(self) -> Ints32:
        return next_payments(self.ledger)

    def trace(self, rule: Rule, drawdowns: Drawdowns, follows: Flags, bounds: Bounds) -> Trace:
        """follows: accounts whose payments are followed; on the others money ends."""
        if rule == "lifo":
            return trace_stack(self.ledger, self.balances, drawdowns, follows, bounds)
        if rule == "fifo":
            return trace_queue(self.ledger, self.queues, drawdowns, follows, bounds)
        return trace_mixed(self.ledger, self.balances, self.following, drawdowns, follows, bounds, rule)

    def trace_in_parts(
        self, rule: Rule, drawdowns: Drawdowns, follows: Flags, bounds: Bounds
    ) -> Iterator[tuple[int, Drawdowns, Trace]]:
        """The same, some drawdowns at a time, so that memory does not grow with loans times payments.

        Yields   (place of the part's first drawdown, the part's drawdowns, their trace).
        """
        payments = np.bincount(self.ledger.source, minlength=len(follows))
        most = int(payments[follows].max(initial=1)) if len(payments) else 1
        fewest, largest = DRAWDOWNS_AT_ONCE
        size = min(max(STEPS_AT_ONCE // max(most, 1), fewest), largest)
        for first in range(0, len(drawdowns.row), size):
            part = Drawdowns(drawdowns.row[first : first + size], drawdowns.row_end[first : first + size])
            yield first, part, self.trace(rule, part, follows, bounds)

"""One question, five answers: the trace of every drawdown under the rules of attribution that are asked for."""

from __future__ import annotations

from functools import cached_property

from kejin.monitoring.arrays import Flags, Ints32
from kejin.monitoring.balance_index import BalanceIndex, QueueIndex, balance_index, next_payments, queue_index
from kejin.monitoring.ledger import Ledger
from kejin.monitoring.trace import Bounds, Drawdowns, Rule, Trace
from kejin.monitoring.trace_mixed import trace_mixed
from kejin.monitoring.trace_queue import trace_queue
from kejin.monitoring.trace_stack import trace_stack


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

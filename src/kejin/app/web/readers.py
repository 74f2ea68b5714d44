"""Reading facts from many requests at once: a few open workspaces, lent to one request each, renewed after a load."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from kejin.errors import InputError
from kejin.workflows.company_profile import Profiler
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.workspace import Workspace

_DAYS_KEPT = 4
_WAIT_SECONDS = 30
T = TypeVar("T")


class Reader:
    """One open workspace with what was made ready for some days. Used by one request at a time."""

    def __init__(self, path: Path) -> None:
        self.workspace = Workspace.open(path)
        self._made: OrderedDict[tuple[str, date], Any] = OrderedDict()

    def evaluator(self, as_of: date) -> Evaluator:
        return self._once("evaluator", as_of, lambda: Evaluator(self.workspace, as_of))

    def profiler(self, as_of: date) -> Profiler:
        return self._once("profiler", as_of, lambda: Profiler(self.evaluator(as_of)))

    def desk(self, as_of: date) -> LendingDesk:
        return self._once("desk", as_of, lambda: LendingDesk(self.workspace, as_of))

    def _once(self, kind: str, as_of: date, make: Callable[[], T]) -> T:
        key = (kind, as_of)
        if key not in self._made:
            self._made[key] = make()
            while len(self._made) > _DAYS_KEPT * 3:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        made: T = self._made[key]
        return made

    def close(self) -> None:
        self.workspace.close()


class ReaderPool:
    """Readers of one workspace. `generation` grows with every load, so that answers kept elsewhere grow old with it."""

    def __init__(self, path: Path, size: int = 3) -> None:
        self.path = path
        self.size = size
        self.generation = 0
        self._free: queue.LifoQueue[Reader] = queue.LifoQueue()
        self._change = threading.Lock()
        for _ in range(size):
            self._free.put(Reader(path))

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A reader for one request. Raises InputError app.server_busy where none gets free in time."""
        try:
            reader = self._free.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            raise InputError("app.server_busy", seconds=_WAIT_SECONDS) from None
        try:
            yield reader
        finally:
            self._free.put(reader)

    def one_is_free(self, wait_seconds: float = 2.0) -> bool:
        """Whether a request would get a reader soon."""
        try:
            reader = self._free.get(timeout=wait_seconds)
        except queue.Empty:
            return False
        self._free.put(reader)
        return True

    @contextmanager
    def nobody_reads(self) -> Iterator[None]:
        """Waits until every reader is free, closes them all, and opens them anew afterwards."""
        with self._change:
            readers = [self._free.get() for _ in range(self.size)]
            for reader in readers:
                reader.close()
            try:
                yield
            finally:
                self.generation += 1
                for _ in range(self.size):
                    self._free.put(Reader(self.path))

    def renew(self) -> None:
        """Reads anew from the next request on: models, results or rules changed."""
        with self.nobody_reads():
            pass

    def close(self) -> None:
        for _ in range(self.size):
            self._free.get().close()

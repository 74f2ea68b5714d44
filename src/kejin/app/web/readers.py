"""Reading facts from many requests at once: a few open workspaces, lent to one request each, renewed after a load."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from kejin.engines.run_query import rows_of
from kejin.errors import InputError
from kejin.workflows.company_profile import Profiler
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.workspace import Workspace

_DAYS_KEPT = 4
_WAIT_SECONDS = 30
log = logging.getLogger("kejin.web")
T = TypeVar("T")


class Reader:
    """One open workspace with what was made ready for some days. Used by one request at a time."""

    def __init__(self, path: Path) -> None:
        self.workspace = Workspace.open(path)
        self.is_warm = False
        self._made: OrderedDict[tuple[str, date], Any] = OrderedDict()

    def evaluator(self, as_of: date) -> Evaluator:
        return self._once("evaluator", as_of, lambda: Evaluator(self.workspace, as_of))

    def profiler(self, as_of: date) -> Profiler:
        return self._once("profiler", as_of, lambda: Profiler(self.evaluator(as_of)))

    def desk(self, as_of: date) -> LendingDesk:
        return self._once("desk", as_of, lambda: LendingDesk(self.workspace, as_of))

    def warm(self, as_of: date) -> None:
        """Answers once for nobody: the first profile puts queries together, which takes ten times as long as the next.

        A day that nobody evaluated stays as it is: that work is never started unasked.
        """
        self.is_warm = True
        if not was_evaluated(self.evaluator(as_of).folder):
            return
        sql = "SELECT company_id FROM company WHERE known_on <= $as_of LIMIT 1"
        for row in rows_of(self.workspace.backend, sql, {"as_of": as_of}):
            self.profiler(as_of).profile(row["company_id"])
            self.desk(as_of).look_up(row["company_id"])

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


def was_evaluated(folder: Path) -> bool:
    """Whether the folder of a day's evaluation holds one."""
    return (folder / "evaluation.parquet").is_file() and (folder / "inputs.parquet").is_file()


class ReaderPool:
    """Readers of one workspace. `generation` grows with every load, so that answers kept elsewhere grow old with it.

    after_change   called when there are new readers.
    """

    def __init__(self, path: Path, size: int = 3, after_change: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.after_change = after_change
        self.size = size
        self.generation = 0
        self._free = [Reader(path) for _ in range(size)]  # the last given back is the first lent: its pages are at hand
        self._given_back = threading.Condition()
        self._change = threading.Lock()
        self._closed = False

    def _take(self, wait_seconds: float | None, *, cold: bool = False) -> Reader | None:
        """A free reader, None where none gets free in time; with `cold`, one that has not answered yet, at once."""
        with self._given_back:
            if cold:
                found = next((one for one in self._free if not one.is_warm), None)
                if found is not None:
                    self._free.remove(found)
                return found
            return self._free.pop() if self._given_back.wait_for(lambda: self._free, wait_seconds) else None

    def _give_back(self, reader: Reader) -> None:
        with self._given_back:
            self._free.append(reader)
            self._given_back.notify()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A reader for one request. Raises InputError app.server_busy where none gets free in time."""
        reader = self._take(_WAIT_SECONDS)
        if reader is None:
            raise InputError("app.server_busy", seconds=_WAIT_SECONDS)
        try:
            yield reader
        finally:
            self._give_back(reader)

    def warm(self, as_of: date) -> None:
        """Makes every free reader ready for a day, one after the other, so that the others go on answering."""
        while (reader := self._take(None, cold=True)) is not None:
            try:
                reader.warm(as_of)
            except Exception:  # whatever is wrong with the facts, the request that needs them says it
                log.warning("a reader could not be made ready", exc_info=True)
            finally:
                self._give_back(reader)

    def one_is_free(self, wait_seconds: float = 2.0) -> bool:
        """Whether a request would get a reader soon."""
        reader = self._take(wait_seconds)
        if reader is None:
            return False
        self._give_back(reader)
        return True

    @contextmanager
    def nobody_reads(self) -> Iterator[None]:
        """Waits until every reader is free, closes them all, and opens them anew afterwards."""
        with self._change:
            for reader in self._take_all():
                reader.close()
            try:
                yield
            finally:
                self.generation += 1
                for _ in range(self.size):
                    self._give_back(Reader(self.path))
                self.after_change()

    def renew(self) -> None:
        """Reads anew from the next request on: models, results or rules changed."""
        with self.nobody_reads():
            pass

    def close(self) -> None:
        """Waits until every reader is free and closes it; a second time does nothing."""
        with self._change:
            if not self._closed:
                self._closed = True
                for reader in self._take_all():
                    reader.close()

    def _take_all(self) -> list[Reader]:
        return [reader for _ in range(self.size) if (reader := self._take(None)) is not None]

"""Running a tracing kernel over many drawdowns: in two halves at once, with room that grows when it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np

from kejin.monitoring.trace import Steps, Trace

Run = Callable[[int, int, Steps], tuple[int, int]]  # first and last drawdown, room -> (drawdowns done, steps used)
_ROOM_FOR_EACH = 24
_WORTH_A_THREAD = 512


def run_over(drawdowns: int, run: Run) -> Trace:
    """The trace of all drawdowns; parents are places in it."""
    threads = min(os.cpu_count() or 1, 8) if drawdowns >= _WORTH_A_THREAD else 1
    edges = [drawdowns * part // threads for part in range(threads + 1)]
    spans = list(pairwise(edges))
    if threads == 1:
        return with_places(_span(0, drawdowns, run))
    with ThreadPoolExecutor(threads) as pool:
        return with_places(joined(list(pool.map(lambda span: _span(span[0], span[1], run), spans))))


def _span(first: int, last: int, run: Run) -> Trace:
    pieces: list[Trace] = []
    room = max((last - first) * _ROOM_FOR_EACH, 1024)
    done = first
    while done < last:
        steps = Steps(room)
        reached, used = run(done, last, steps)
        if reached == done:  # not even one fits
            room *= 4
            continue
        pieces.append(steps.trace(used))
        done = reached
    return joined(pieces)


def joined(pieces: list[Trace]) -> Trace:
    """Traces one after the other; kernels count parents from a drawdown's first step, the whole from its own first."""
    columns = {
        name: np.concatenate([getattr(piece, name) for piece in pieces] or [np.empty(0, np.int64)])
        for name in Trace.__slots__
    }
    return Trace(**columns)


def with_places(trace: Trace) -> Trace:
    """The trace with parents as places in it."""
    first = np.flatnonzero(trace.hop == 0)
    begin = first[np.searchsorted(first, np.arange(len(trace)), side="right") - 1] if len(first) else first
    parent = np.where(trace.parent < 0, -1, trace.parent + begin).astype(np.int32)
    return replace(trace, parent=parent)

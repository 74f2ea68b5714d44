"""How each act of the journal is done again: act -> a function of workspace and entry that gives the result's hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kejin.journal import Entry
from kejin.workflows import evaluate_companies, trace_funds

REPLAYERS: dict[str, Callable[[Path, Entry], str]] = {
    evaluate_companies.ACT: evaluate_companies.replay,
    trace_funds.ACT: trace_funds.replay,
}

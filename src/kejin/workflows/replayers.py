"""How each act of the journal is done again: act -> a function of workspace and entry that gives the result's hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kejin.journal import Entry
from kejin.workflows import classify_loans, evaluate_companies, watch_companies

REPLAYERS: dict[str, Callable[[Path, Entry], str]] = {
    evaluate_companies.ACT: evaluate_companies.replay,
    classify_loans.ACT: classify_loans.replay,
    watch_companies.ACT: watch_companies.replay,
}

"""How acts of casework are done again: act -> a function of workspace and entry that gives the result's hash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kejin.casework import objections
from kejin.journal import Entry

REPLAYERS: dict[str, Callable[[Path, Entry], str]] = {
    objections.OPEN_ACT: objections.replay,
    objections.ANSWER_ACT: objections.replay,
}

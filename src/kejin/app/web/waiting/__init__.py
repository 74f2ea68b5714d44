"""What waits for somebody? One file an area with `waiting(ask) -> Waiting`; the home page gathers them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kejin.app.web.site import Ask


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for this person."""

    text: str
    subject: str
    to: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An area's part of the home page: numbers with where they lead, tasks, and sentences that warn."""

    tiles: list[tuple[str, int, str]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    alerts: list[tuple[str, str]] = field(default_factory=list)


def everything_waiting(ask: Ask) -> Waiting:
    """All areas together; tasks by their day, those without one last."""
    whole = Waiting()
    for one in sorted(iter_modules(__path__), key=lambda found: found.name):
        part: Waiting = import_module(f"{__name__}.{one.name}").waiting(ask)
        whole.tiles.extend(part.tiles)
        whole.tasks.extend(part.tasks)
        whole.alerts.extend(part.alerts)
    whole.tasks.sort(key=lambda task: (task.due_on is None, task.due_on or date.max, task.subject))
    return whole

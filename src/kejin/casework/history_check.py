"""Does a stored history still tell what the journal says? Folded anew, compared with its entry and its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from kejin.casework.events import Event
from kejin.errors import InputError
from kejin.journal import Entry, value_hash


class _Versioned(Protocol):
    @property
    def version(self) -> int:
        """The number of the last event that was folded in."""


State = TypeVar("State", bound=_Versioned)


def state_told(
    entry: Entry,
    events: Sequence[Event],
    fold: Callable[[Sequence[Event]], State | None],
    row_told: Callable[[State], bool],
    differs: InputError,
    in_journal: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
) -> tuple[State, Event]:
    """The state at an entry's step and the step itself.

    row_told     whether the row beside the events says the same; asked at the newest step only.
    in_journal   what of an event's details its entry holds.
    Raises       `differs` where history, entry and row do not tell the same.
    """
    version = int(entry.inputs["version"])
    until = [event for event in events if event.version <= version]
    state = fold(until)
    if state is None or state.version != version:
        raise differs
    step = until[-1]
    told = (step.kind, step.actor, step.journal_entry, value_hash(dict(in_journal(step.details))))
    if told != (entry.inputs["kind"], entry.actor, entry.sequence, value_hash(dict(entry.inputs["details"]))):
        raise differs
    if version == events[-1].version and not row_told(state):
        raise differs
    return state, step


def says_the_same(row: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a stored row, a mapping or None where there is none, holds what a state says of itself."""
    return row is not None and all(row[name] == said for name, said in wanted.items())

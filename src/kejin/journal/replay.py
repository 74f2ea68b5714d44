"""Does the same request still give the same result? Compares what a decision was with what it is when done again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from kejin.errors import InputError, KejinError
from kejin.journal.entry import Entry

Outcome = Literal["equal", "different", "cannot"]
Replayer = Callable[[Entry], str]  # does the act of an entry again and returns the hash of the whole result


@dataclass(frozen=True)
class Replayed:
    """How did the replay of one entry end?

    got       hash of the result of the replay, None where it could not be done.
    problem   why it could not be done or what the difference means; None where results are equal.
    """

    sequence: int
    act: str
    outcome: Outcome
    expected: str
    got: str | None
    problem: KejinError | None

    def reason(self, lang: str = "en") -> str:
        return self.problem.part("what", lang) if self.problem else ""

    def as_json(self, lang: str = "en") -> dict[str, object]:
        shown = {"sequence": self.sequence, "act": self.act, "outcome": self.outcome}
        return shown | {"expected": self.expected, "got": self.got, "reason": self.reason(lang)}


def replay(entries: Iterable[Entry], replayers: Mapping[str, Replayer]) -> Iterator[Replayed]:
    """Does each entry's act again and compares result hashes; one by one, as entries come.

    replayers   act -> function of the entry that computes the result's hash in the same form as the entry has it.
                A KejinError of it ends as "cannot" with that error.
    """
    for entry in entries:
        yield _replayed(entry, replayers.get(entry.act))


def _replayed(entry: Entry, replayer: Replayer | None) -> Replayed:
    def ended(outcome: Outcome, got: str | None = None, problem: KejinError | None = None) -> Replayed:
        return Replayed(entry.sequence, entry.act, outcome, entry.result_hash, got, problem)

    if replayer is None:
        return ended("cannot", None, InputError("journal.replayer_absent", act=entry.act))
    try:
        got = replayer(entry)
    except KejinError as error:
        return ended("cannot", None, error)
    except Exception as error:  # noqa: BLE001 one act that fails must not hide how the others replay
        problem = f"{type(error).__name__}: {error}"
        return ended("cannot", None, InputError("journal.replay_failed", act=entry.act, problem=problem))
    if got == entry.result_hash:
        return ended("equal", got)
    return ended("different", got, InputError("journal.replay_different", act=entry.act))

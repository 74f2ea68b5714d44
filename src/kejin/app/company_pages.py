"""Pages of many companies at once: several processes share the work, each with its own reading of the workspace."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path

from kejin.app.report_page import write_report
from kejin.app.shown import input_label, verdict_of
from kejin.evaluation.profile import Profile, change_text
from kejin.schemes.explain import Answer, Change
from kejin.workflows.company_profile import Profiler
from kejin.workflows.evaluate_companies import Evaluator
from kejin.workflows.workspace import Workspace

SHARE = 50  # companies that a process takes at a time
ALONE_MAX = 150  # so few pages are written sooner than other processes start
PROCESSES_MAX = 4


@dataclass(frozen=True, slots=True)
class Glance:
    """What a page says in a line.

    titles   schemes that the company qualifies for, by name.
    near     the scheme that one small change would win, and the change; `distance` is how small, relative to now.
    lacking  an open scheme and the few facts that leave it open.
    compared figures that have a standing among peers.
    """

    company_id: str
    name: str
    titles: tuple[str, ...]
    near: tuple[str, str] | None
    distance: float
    lacking: tuple[str, tuple[str, ...]] | None
    compared: int = 0


def page_name(company_id: str) -> str:
    """The file name of a company's page; only letters, digits and - _ . stay as they are."""
    from urllib.parse import quote

    return quote(company_id, safe="") + ".html"


def write_company_pages(
    workspace: Path,
    as_of: date,
    company_ids: Sequence[str],
    folder: Path,
    lang: str,
    progress: Callable[[int], None] | None = None,
) -> list[Glance]:
    """Write a page for each company into a folder; the pages share `assets/` there.

    The run of the day has to be there, and nobody may hold the workspace open for writing.
    progress  called with the number of pages done so far.
    Returns   a line a company, in the order of their codes.
    """
    ordered = sorted(company_ids)
    shares = [ordered[start : start + SHARE] for start in range(0, len(ordered), SHARE)]
    found: list[Glance] = []
    processes = min(os.cpu_count() or 1, PROCESSES_MAX)
    with ExitStack() as stack:
        if len(ordered) <= ALONE_MAX or processes == 1:
            writer = stack.enter_context(_Writer(workspace, as_of, folder, lang))
            parts = (writer.write(share) for share in shares)
        else:
            # A new interpreter each: a copy of this process would share its open database.
            pool = stack.enter_context(
                ProcessPoolExecutor(
                    processes, get_context("spawn"), initializer=_begin, initargs=(workspace, as_of, folder, lang)
                )
            )
            parts = (done.result() for done in as_completed([pool.submit(_write, share) for share in shares]))
        for part in parts:
            found += part
            if progress is not None:
                progress(len(found))
    return sorted(found, key=lambda glance: glance.company_id)


class _Writer:
    """An open workspace and the place of its pages."""

    def __init__(self, workspace: Path, as_of: date, folder: Path, lang: str) -> None:
        self.workspace = Workspace.open(workspace)
        self.profiler = Profiler(Evaluator(self.workspace, as_of))
        self.folder, self.lang = folder, lang

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.workspace.close()

    def write(self, company_ids: Sequence[str]) -> list[Glance]:
        glances = []
        for profile in self.profiler.profiles(company_ids):
            write_report(profile, self.folder / page_name(profile.company_id), self.lang, single_file=False)
            glances.append(glance_at(profile, self.lang))
        return glances


_writer: list[_Writer] = []  # one a process


def _begin(workspace: Path, as_of: date, folder: Path, lang: str) -> None:
    _writer.append(_Writer(workspace, as_of, folder, lang))


def _write(company_ids: Sequence[str]) -> list[Glance]:
    return _writer[0].write(company_ids)


def glance_at(profile: Profile, lang: str) -> Glance:
    """What stands out about a company."""
    titles = tuple(answer.label.of(lang) for answer in profile.answers if verdict_of(answer) == "yes")
    near: tuple[str, str] | None = None
    distance = float("inf")
    for answer in profile.answers:
        for change in answer.decisive if verdict_of(answer) == "no" else ():
            size = _size(change)
            if size < distance:
                near, distance = (answer.label.of(lang), change_text(change, lang)), size
    open_answers = [answer for answer in profile.answers if verdict_of(answer) == "open"]
    lacking = min(((len(_open_facts(one)), one.scheme, one) for one in open_answers), default=None)
    facts = None if lacking is None else (lacking[2].label.of(lang), _named(_open_facts(lacking[2]), lang))
    compared = sum(figure.percentile is not None for figure in profile.figures)
    return Glance(profile.company_id, profile.name, titles, near, distance, facts, compared)


def _size(change: Change) -> float:
    """How small a change of money is, relative to what is there; counts and changes downwards do not count."""
    if change.unit != "fen" or change.more is None or not change.now or change.more <= 0:
        return float("inf")
    return change.more / abs(change.now)


def _open_facts(answer: Answer) -> tuple[str, ...]:
    """The missing inputs of the conditions that are open."""
    names = [name for line in answer.lines if line.kind == "gate" and line.passes is None for name in line.missing]
    return tuple(dict.fromkeys(names)) or answer.missing


def _named(names: tuple[str, ...], lang: str) -> tuple[str, ...]:
    return tuple(input_label(name, lang) for name in names)

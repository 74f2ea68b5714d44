"""Long work: start it, see how far it is, cancel it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Form
from fastapi.responses import Response

from kejin.app.web.job_kinds import KINDS, STATES, STEPS
from kejin.app.web.jobs import Job
from kejin.app.web.site import Ask, Site
from kejin.casework.permissions import check_action
from kejin.dates import parse_day
from kejin.errors import InputError

SITE = Site()


@SITE.get("/jobs", "jobs.see")
def jobs(ask: Ask) -> Response:
    """What waits, runs and was done; everybody's for those who may start work, else one's own."""
    everybody = ask.may("work.start")
    found = ask.serving.jobs.newest(None if everybody else ask.person.person_id, 60)
    kinds = [(name, kind.label.of(ask.lang)) for name, kind in KINDS.items() if kind.listed and ask.may(kind.action)]
    view: dict[str, Any] = {
        "rows": [_view(ask, job) for job in found],
        "kinds": kinds,
        "running": any(not job.over for job in found),
    }
    return ask.page("job_rows.html" if ask.wants_part else "jobs.html", **view)


@SITE.post("/jobs", "jobs.see")
def start(ask: Ask, kind: Annotated[str, Form(max_length=40)], day: Annotated[str, Form(max_length=10)]) -> Response:
    """Puts work into the queue."""
    if kind not in KINDS or not KINDS[kind].listed:
        raise InputError("app.job_kind_unknown", kind=kind[:40], known=", ".join(KINDS))
    check_action(ask.person.role, KINDS[kind].action)
    job_id = ask.serving.jobs.start(kind, ask.person, parse_day(day))
    return ask.go(f"/jobs/{job_id}", ask.t("The work is in the queue."))


@SITE.get("/jobs/{job_id}", "jobs.see")
def job(ask: Ask, job_id: str) -> Response:
    """One job: how far it is, what it gave, what was wrong."""
    found = job_of(ask, job_id)
    return ask.page("job_part.html" if ask.wants_part else "job.html", job=_view(ask, found))


@SITE.post("/jobs/{job_id}/cancel", "jobs.see")
def cancel(ask: Ask, job_id: str) -> Response:
    """Ends a job; nothing of it stays."""
    found = job_of(ask, job_id)
    ask.serving.jobs.cancel(found)
    return ask.go(f"/jobs/{job_id}", ask.t("The work is cancelled."))


def job_of(ask: Ask, job_id: str) -> Job:
    """A job that the person may see. Raises InputError app.job_unknown."""
    found = ask.serving.jobs.find(job_id)
    if found is None or not (found.actor == ask.person.person_id or ask.may("work.start")):
        raise InputError("app.job_unknown", job=job_id[:40])
    return found


def _view(ask: Ask, job: Job) -> dict[str, object]:
    """A job as templates show it."""
    lang = ask.lang
    progress = job.progress
    kind = KINDS.get(job.kind)
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "label": kind.label.of(lang) if kind is not None else job.kind,
        "state": job.state,
        "state_label": STATES[job.state].of(lang),
        "over": job.over,
        "actor": job.actor,
        "as_of": job.as_of,
        "made_at": job.made_at,
        "changed_at": job.changed_at,
        "details": dict(job.details),
        "step": STEPS[progress.step].of(lang) if progress is not None and progress.step in STEPS else "",
        "progress": progress,
        "result": _result(job),
        "entry": (job.result or {}).get("journal_entry"),
        "error": None if job.error is None else job.error[lang],
    }


def _result(job: Job) -> list[tuple[str, str]]:
    """The figures of a result that fit in one line each."""
    if job.result is None:
        return []
    return [(name, str(value)) for name, value in job.result.items() if isinstance(value, int | float | str | bool)]

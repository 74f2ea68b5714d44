"""Long work that survives a restart: what waits, runs and was done, and who asked for it.

Jobs are kept by DBOS in `jobs.sqlite` of the workspace, or in the PostgreSQL of KEJIN_DATABASE. This file writes and
reads them; `job_runner.py` does them. How far a running job is stands in memory: after a restart it begins anew.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kejin.app.web.job_kinds import KINDS
from kejin.casework.people import Person
from kejin.errors import InputError
from kejin.journal.place import database_of

JOBS_FILE = "jobs.sqlite"
QUEUE = "heavy"
WORKFLOW = "run_job"
APPLICATION_VERSION = "1"  # the same for every program version: a job is begun by one and ended by a later one
_LISTED_MAX = 200
_STATES = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "running", "CANCELLED": "cancelled"}
logging.getLogger("dbos").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a running job is; `of` is 0 where that cannot be told."""

    step: str
    done: int
    of: int

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.done / self.of)) if self.of else 0


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work.

    state     waiting, running, done, failed, cancelled.
    result    what it gave, when it is done.
    error     language -> parts of the error, when it failed.
    """

    job_id: str
    kind: str
    state: str
    actor: str
    as_of: date | None
    details: Mapping[str, Any]
    made_at: datetime
    changed_at: datetime
    result: Mapping[str, Any] | None
    error: Mapping[str, Mapping[str, str]] | None
    progress: Progress | None

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    def as_json(self, lang: str) -> dict[str, Any]:
        """The shape for programs."""
        return {
            "job_id": self.job_id,
            "kind": self.kind,
            "state": self.state,
            "actor": self.actor,
            "as_of": self.as_of,
            "made_at": self.made_at,
            "changed_at": self.changed_at,
            "step": None if self.progress is None else self.progress.step,
            "percent": None if self.progress is None else self.progress.percent,
            "result": self.result,
            "error": None if self.error is None else self.error[lang],
        }


class JsonSerializer:
    """Orders and outcomes are plain JSON in the store, so that reading them runs nothing."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, ensure_ascii=True, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "kejin_json"


class Jobs:
    """The jobs of a workspace. Opened when it is first asked for something."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.progress: dict[str, Progress] = {}
        self._opened: Any = None
        self._lock = threading.Lock()
        self._kill: Any = None

    @property
    def url(self) -> str:
        """Where DBOS keeps its tables."""
        database = database_of(self.workspace)
        return database if isinstance(database, str) else f"sqlite:///{(self.workspace / JOBS_FILE).resolve()}"

    def _client(self) -> Any:
        from dbos import DBOS, DBOSClient

        with self._lock:
            if self._opened is None:
                DBOS.migrate(self.url)
                self._opened = DBOSClient(system_database_url=self.url, serializer=serializer())
            return self._opened

    def on_cancel(self, kill: Any) -> None:
        """What ends the process of a running job: the runner says so when it starts."""
        self._kill = kill

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.destroy()
                self._opened = None

    # ── asking for work ──────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, kind: str, person: Person, as_of: date | None, details: Mapping[str, Any] | None = None) -> str:
        """Puts work into the queue; its number. Raises InputError app.job_kind_unknown."""
        if kind not in KINDS:
            raise InputError("app.job_kind_unknown", kind=kind, known=", ".join(KINDS))
        job_id = secrets.token_hex(8)
        order = {
            "job_id": job_id,
            "kind": kind,
            "actor": person.person_id,
            "role": person.role,
            "as_of": None if as_of is None else as_of.isoformat(),
            "details": dict(details or {}),
        }
        options: Any = {
            "queue_name": QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": job_id,
            "app_version": APPLICATION_VERSION,
            "authenticated_user": person.person_id,
        }
        self._client().enqueue(options, order)
        return job_id

    def cancel(self, job: Job) -> None:
        """Takes a job out of the queue, or ends it where it runs. One that is over stays as it is."""
        if job.over:
            return
        self._client().cancel_workflow(job.job_id)
        if self._kill is not None:
            self._kill(job.job_id)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, job_id: str) -> Job | None:
        found = self._client().list_workflows(workflow_ids=[job_id], name=WORKFLOW)
        return self._job(found[0]) if found else None

    def newest(self, actor: str | None = None, most: int = _LISTED_MAX) -> list[Job]:
        """The newest jobs, of one person or of all."""
        found: Iterable[Any] = self._client().list_workflows(name=WORKFLOW, user=actor, sort_desc=True, limit=most)
        return [self._job(one) for one in found]

    def open_jobs(self) -> int:
        """How many wait or run."""
        return len(self._client().list_workflows(name=WORKFLOW, status=["ENQUEUED", "PENDING"], load_input=False))

    def _job(self, row: Any) -> Job:
        order = row.input["args"][0]
        outcome = row.output if isinstance(row.output, dict) else None
        state = _STATES.get(row.status)
        if state is None:
            state = "done" if outcome is not None and outcome.get("ok") else "failed"
        error = None
        if state == "failed":
            error = outcome["error"] if outcome is not None else _unexplained()
        return Job(
            row.workflow_id,
            order["kind"],
            state,
            order["actor"],
            None if order["as_of"] is None else date.fromisoformat(order["as_of"]),
            order["details"],
            _moment(row.created_at),
            _moment(row.updated_at),
            outcome["result"] if outcome is not None and state == "done" else None,
            error,
            self.progress.get(row.workflow_id) if state == "running" else None,
        )


def serializer() -> Any:
    """Our JSON as DBOS wants it."""
    from dbos import Serializer

    return type("KejinJson", (JsonSerializer, Serializer), {})()


def _unexplained() -> dict[str, dict[str, str]]:
    error = InputError("app.job_broken", number="-")
    return {lang: error.as_json(lang) for lang in ("en", "zh")}


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

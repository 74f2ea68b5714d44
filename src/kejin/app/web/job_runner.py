"""Doing the jobs: one heavy job at a time, each in a process of its own, taken up again after a restart.

DBOS keeps which step of a job is done. A server that stops, however it does, leaves its job unfinished in the store;
the next start takes it up from the last step that was done. Every kind of work may therefore be done twice: runs that
stand in the journal already are not written again, rows that are loaded already are left unchanged.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from dbos import DBOS

from kejin.app.web.job_kinds import KINDS
from kejin.app.web.jobs import APPLICATION_VERSION, QUEUE, WORKFLOW, Progress, serializer
from kejin.errors import InputError
from kejin.workflows.load_aside import settle, take_over

if TYPE_CHECKING:
    from kejin.app.web.serving import Serving

log = logging.getLogger("kejin.jobs")
_POLLING_SECONDS = 0.5
_TRIES = 3  # of a load whose facts somebody else changed meanwhile
_in_this_process: Runner | None = None
_starting = threading.Lock()


class StoppedError(BaseException):
    """The job's process was ended on purpose. Not an Exception: DBOS must not take it for the job's outcome."""


@DBOS.step(name="do_work")
def _do_work(order: dict[str, Any]) -> dict[str, Any]:
    assert _in_this_process is not None
    return _in_this_process.do(order)


@DBOS.step(name="put_in_place")
def _put_in_place(order: dict[str, Any]) -> bool:
    assert _in_this_process is not None
    return _in_this_process.put_in_place(order)


@DBOS.workflow(name=WORKFLOW)
def _run_job(order: dict[str, Any]) -> dict[str, Any]:
    outcome = _do_work(order)
    for _ in range(_TRIES - 1):
        if not outcome["ok"] or _put_in_place(order):
            return outcome
        outcome = _do_work(order)
    if outcome["ok"] and not _put_in_place(order):
        error = InputError("app.job_facts_changed")
        return {"ok": False, "error": {lang: error.as_json(lang) for lang in ("en", "zh")}}
    return outcome


class Runner:
    """Does the jobs of one served workspace. There is one in a process: DBOS itself is one."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def start(self) -> bool:
        """Takes up what was left, then what comes. False where another workspace's jobs are done in this process."""
        global _in_this_process  # noqa: PLW0603  DBOS is one per process, so this is too
        with _starting:
            if _in_this_process is not None:
                log.warning("the jobs of another workspace are done in this process: ours wait")
                return False
            _in_this_process = self
        jobs = self.serving.jobs
        jobs.on_cancel(self.kill)
        settle(self.serving.path, self.serving.pool.nobody_reads)
        DBOS(
            config={
                "name": "kejin",
                "system_database_url": jobs.url,
                "application_version": APPLICATION_VERSION,
                "executor_id": "kejin",
                "serializer": serializer(),
                "log_level": "ERROR",
                "console_log_level": "ERROR",
                "enable_otlp": False,
                "max_executor_threads": 4,
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=1, polling_interval_sec=_POLLING_SECONDS, on_conflict="always_update"
        )
        return True

    def stop(self) -> None:
        """Ends the running job's process; the job stays in the store and is taken up at the next start."""
        global _in_this_process  # noqa: PLW0603
        if _in_this_process is not self:
            return
        self._stopping = True
        with self._lock:
            for process in self._processes.values():
                process.kill()
        DBOS.destroy(workflow_completion_timeout_sec=5)
        self.serving.jobs.on_cancel(None)
        with _starting:
            _in_this_process = None

    def kill(self, job_id: str) -> None:
        with self._lock:
            process = self._processes.get(job_id)
            if process is not None:
                process.kill()

    # ── one job ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def do(self, order: dict[str, Any]) -> dict[str, Any]:
        """The outcome of a job's process. Raises StoppedError where it was ended on purpose."""
        job_id = order["job_id"]
        process = self._begin(job_id)
        outcome: dict[str, Any] | None = None
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(order | {"workspace": str(self.serving.path)}) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                said = json.loads(line)
                if "outcome" in said:
                    outcome = said["outcome"]
                    break
                self.serving.jobs.progress[job_id] = Progress(said["step"], said["done"], said["of"])
        except (BrokenPipeError, ValueError):
            outcome = None
        finally:
            self._end(job_id, process)
        if outcome is None:
            found = self.serving.jobs.find(job_id)
            if found is not None and found.state == "cancelled":
                self._clear(order)
                raise StoppedError
            if self._stopping:
                raise StoppedError
            log.error("job process ended without an outcome", extra={"job": job_id, "kind": order["kind"]})
            error = InputError("app.job_broken", number=job_id)
            outcome = {"ok": False, "error": {lang: error.as_json(lang) for lang in ("en", "zh")}}
        if not outcome["ok"]:
            self._clear(order)
        log.info("job over", extra={"job": job_id, "kind": order["kind"], "state": "ok" if outcome["ok"] else "failed"})
        return outcome

    def _clear(self, order: dict[str, Any]) -> None:
        """Takes away the copy of the facts that a load which came to nothing leaves."""
        if order["kind"] == "load":
            from kejin.app.web.uploads import Upload

            shutil.rmtree(Upload.find(self.serving.path, order["details"]["upload"]).aside, ignore_errors=True)

    def put_in_place(self, order: dict[str, Any]) -> bool:
        """Makes pages see what the job did; False where a load must be done again because the facts changed."""
        if order["kind"] == "load":
            from kejin.app.web.uploads import Upload

            self.serving.jobs.progress[order["job_id"]] = Progress("swap", 0, 0)
            upload = Upload.find(self.serving.path, order["details"]["upload"])
            if not take_over(self.serving.path, upload.aside, self.serving.pool.nobody_reads):
                return False
        elif KINDS[order["kind"]].renews:
            self.serving.pool.renew()
        self.serving.jobs.progress.pop(order["job_id"], None)
        return True

    def _begin(self, job_id: str) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopping:
                raise StoppedError
            process = subprocess.Popen(
                [sys.executable, "-m", "kejin.app.web.job_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            self._processes[job_id] = process
        return process

    def _end(self, job_id: str, process: subprocess.Popen[str]) -> None:
        with self._lock:
            self._processes.pop(job_id, None)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        process.wait()

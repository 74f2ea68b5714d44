"""For those who run the server: does it live, is it ready, how is it doing?"""

from __future__ import annotations

import ipaddress
import resource
import time

from fastapi import Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sqlalchemy import func, select

from kejin.app.web.metrics import Meter
from kejin.app.web.serving import Serving
from kejin.app.web.site import Site, asking
from kejin.casework.store import now
from kejin.casework.tables import delivery_table, session_table
from kejin.errors import KejinError

SITE = Site()
_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


@SITE.router.get("/health", include_in_schema=False)
def health() -> JSONResponse:
    """The process lives and answers."""
    return JSONResponse({"status": "ok"})


@SITE.router.get("/ready", include_in_schema=False)
def ready(request: Request) -> JSONResponse:
    """Facts and cases can be read, and readers are warm; 503 where not, so that nobody is sent here."""
    serving: Serving = request.app.state.serving
    try:
        with serving.store.reading() as connection:
            connection.execute(select(1))
        good = serving.is_ready
    except KejinError:
        good = False
    return JSONResponse({"status": "ready" if good else "not ready"}, status_code=200 if good else 503)


@SITE.router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus: to calls from this computer itself, and to administrators."""
    from fastapi.concurrency import run_in_threadpool

    if not _is_local(request):
        await asking("metrics.see")(request)
    meter: Meter = request.app.state.meter
    gauges = await run_in_threadpool(_gauges, request.app.state.serving, meter)
    return PlainTextResponse(meter.text(gauges), media_type="text/plain; version=0.0.4; charset=utf-8")


def _is_local(request: Request) -> bool:
    """A call of this computer, and not one that a proxy on it passes on for somebody else."""
    host = request.client.host if request.client is not None else ""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _gauges(serving: Serving, meter: Meter) -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    with serving.store.reading() as connection:
        sessions = connection.scalar(
            select(func.count()).select_from(session_table).where(session_table.c.ends_at > now())
        )
        waiting = connection.scalar(
            select(func.count()).select_from(delivery_table).where(delivery_table.c.state == "waiting")
        )
    return {
        "kejin_jobs_open": float(serving.jobs.open_jobs()),
        "kejin_sessions": float(sessions or 0),
        "kejin_webhook_deliveries_waiting": float(waiting or 0),
        "kejin_facts_generation": float(serving.pool.generation),
        "kejin_uptime_seconds": time.time() - meter.started,
        "kejin_process_cpu_seconds": used.ru_utime + used.ru_stime,
        "kejin_process_memory_peak_bytes": used.ru_maxrss * 1024.0,
    }

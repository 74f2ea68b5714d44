"""How is the server doing? Counted per route and never per person or company: Prometheus text, and lines in the log."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import MutableMapping
from typing import Any

from kejin.app.web.security import Application, Receive, Scope, Send

log = logging.getLogger("kejin.web")
_BOUNDS = (0.05, 0.1, 0.3, 0.5, 1.0, 2.5, 10.0)  # seconds


class Meter:
    """Counts answers and their seconds by method, route and status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.answers: dict[tuple[str, str, int], int] = defaultdict(int)
        # Route -> seconds in all, answers within each bound, answers in all.
        self.seconds: dict[str, list[float]] = defaultdict(lambda: [0.0] * (len(_BOUNDS) + 2))
        self.started = time.time()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        with self._lock:
            self.answers[(method, route, status)] += 1
            kept = self.seconds[route]
            kept[0] += seconds
            for place, bound in enumerate(_BOUNDS, 1):
                kept[place] += seconds <= bound
            kept[-1] += 1

    def text(self, gauges: dict[str, float]) -> str:
        """All figures in the text format of Prometheus."""
        lines = ["# TYPE kejin_answers_total counter"]
        with self._lock:
            for (method, route, status), number in sorted(self.answers.items()):
                lines.append(f'kejin_answers_total{{method="{method}",route="{route}",status="{status}"}} {number}')
            lines.append("# TYPE kejin_answer_seconds histogram")
            for route, (total, *counts) in sorted(self.seconds.items()):
                for bound, within in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
                    lines.append(f'kejin_answer_seconds_bucket{{route="{route}",le="{bound}"}} {within:g}')
                lines += [
                    f'kejin_answer_seconds_sum{{route="{route}"}} {total:.6f}',
                    f'kejin_answer_seconds_count{{route="{route}"}} {counts[-1]:g}',
                ]
        for name, value in sorted(gauges.items()):
            lines += [f"# TYPE {name} gauge", f"{name} {value:g}"]
        return "\n".join(lines) + "\n"


class Metered:
    """Counts every answer of the application inside, and writes a line of it into the log."""

    def __init__(self, application: Application, meter: Meter) -> None:
        self.application = application
        self.meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.application(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.application(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            method, route = str(scope["method"])[:10], route_of(scope)
            self.meter.count(method if method.isalpha() else "-", route, status, seconds)
            extra = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
            log.info("answer", extra=extra)


def route_of(scope: Scope) -> str:
    """The route's pattern, such as /companies/{company_id}: a path itself may name a company or a person."""
    route = scope.get("route")
    return str(getattr(route, "path", "-"))

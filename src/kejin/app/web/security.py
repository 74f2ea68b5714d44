"""What every answer carries and every request must keep to: headers, a strict content policy, rate limits."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Scripts and styles come from our own files only; nothing in a page runs, whatever text got into it.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
BODY_BYTES_MAX = 200 * 2**20
_LOG_IN_A_MINUTE, _CALLS_A_MINUTE = 20, 1_200
_CLIENTS_KEPT = 10_000


class Buckets:
    """How many calls may a client make? A bucket that fills evenly; memory is bounded."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.a_minute = a_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, client: str) -> float:
        """Takes one call; 0 where it may go on, else the seconds to wait."""
        at = self._clock()
        with self._lock:
            left, since = self._left.pop(client, (float(self.a_minute), at))
            left = min(float(self.a_minute), left + (at - since) * self.a_minute / 60)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / self.a_minute
            self._left[client] = (left - 1 if wait == 0 else left, at)
            while len(self._left) > _CLIENTS_KEPT:
                self._left.popitem(last=False)
        return wait


class Guard:
    """The outermost layer: refuses what comes too often, and puts the headers on every answer."""

    def __init__(self, application: Application, secure: bool = False) -> None:
        self.application = application
        self.secure = secure
        self.log_ins, self.calls = Buckets(_LOG_IN_A_MINUTE), Buckets(_CALLS_A_MINUTE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        wait = self._wait(scope)
        if wait > 0:
            await _refuse(send, 429, "too many requests", ((b"retry-after", str(int(wait) + 1).encode()),))
            return
        await self.application(scope, receive, self._with_headers(scope, send))

    def _wait(self, scope: Scope) -> float:
        path = scope["path"]
        if path.startswith("/static/"):
            return 0.0
        client = (scope.get("client") or ("-", 0))[0]
        if path == "/log-in" and scope["method"] == "POST":
            return self.log_ins.take(client)
        # Colleagues may share an address behind a proxy: what counts is the log-in.
        headers = dict(scope["headers"])
        return self.calls.take(str(hash((headers.get(b"cookie"), headers.get(b"authorization"), client))))

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        kept = scope["path"].startswith("/static/")

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                extra = list(HEADERS)
                if not kept:
                    extra.append((b"cache-control", b"no-store"))
                if self.secure:
                    extra.append((b"strict-transport-security", b"max-age=31536000"))
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        return sending


async def _refuse(send: Send, status: int, text: str, extra: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS, *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})

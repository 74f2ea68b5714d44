"""A server in a process of its own, as people run it, so that it can be killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from kejin.app.web.demo_people import DEMO_PASSWORD

READY_SECONDS = 90


class Served:
    """`kejin serve` over a workspace."""

    def __init__(self, workspace: Path, log: Path) -> None:
        self.workspace = workspace
        self.log = log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: list[httpx.Client] = []

    def start(self) -> Served:
        command = "from kejin.app.command_line import main; main()"
        words = [sys.executable, "-c", command, "serve", str(self.workspace), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | {"OMP_NUM_THREADS": "1"})
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.address}/ready", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        while self._clients:
            self._clients.pop().close()
        self.process.send_signal(how)
        self.process.wait(timeout=60)

    def log_in(self, name: str) -> httpx.Client:
        client = httpx.Client(base_url=self.address, timeout=30)
        self._clients.append(client)
        answer = client.post("/log-in", data={"name": name, "password": DEMO_PASSWORD})
        assert answer.status_code == 303, answer.text
        token = re.search(r'"X-CSRF-Token": "([^"]+)"', client.get("/").text)
        assert token is not None
        client.headers["x-csrf-token"] = token[1]
        return client


def wait_for(client: httpx.Client, job: str, *states: str, seconds: float = 90) -> dict[str, object]:
    """The job when it is in one of the states."""
    until = time.monotonic() + seconds
    while True:
        said: dict[str, object] = client.get(f"/api/jobs/{job}").raise_for_status().json()
        if said["state"] in states:
            return said
        assert time.monotonic() < until, said
        time.sleep(0.1)

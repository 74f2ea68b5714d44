"""Is a decision lost or doubled when the server is killed in the middle of case work? `kill_server.py WORKSPACE`

`kejin serve` runs in a process of its own; an officer and an approver, as programs with tokens, open cases, have them
assessed, propose and decide over HTTP as fast as the server answers. It is killed (SIGKILL) at a random moment of one
of the next steps and started again, again and again. A step counts as told of once its answer has come. In the end
every step that was told of must be there once, at most one request a kill may be there untold, rows and histories must
agree, and the journal must verify and replay. The workspace is copied first.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from kill_cases import COMMENT, REASON, Outcome, consenting, problems_of, sitting, steps_of

from kejin.casework.people import People
from kejin.casework.sessions import Sessions
from kejin.casework.store import CaseStore, database_of
from kejin.workflows.workspace import Workspace

READY_SECONDS = 120
LONGEST_SECONDS = 0.6  # an assessment takes about as long
STEPS_MAX = 14
UNTOLD_A_REQUEST = 2  # the request that assesses freezes first: two steps
TOLD = list[str]


def prepared(place: Path) -> tuple[dict[str, str], list[str]]:
    """Tokens of the officer and the approver, and companies that consent to credit by their bank."""
    with Workspace.open(place) as opened, CaseStore.open(database_of(place)) as store:
        companies, tokens = consenting(store, opened), {}
        for name in ("officer", "approver"):
            person = People(store).find(name)
            assert person is not None
            tokens[name] = Sessions(store).new_token(person, "kill_server", 1)
    return tokens, companies


@contextmanager
def serving(place: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server over the workspace, ready; whatever is left of it is ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(Path(sys.executable).parent / "kejin"), "serve", str(place), "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(server, address)
            yield server, address
        finally:
            if server.poll() is None:
                server.kill()


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit("the server ended by itself")
        try:
            if httpx.get(f"{address}/ready", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not get ready")


class Desk:
    """Two people at work over HTTP; `told` holds every step of which the answer came."""

    def __init__(self, address: str, tokens: dict[str, str], day: date) -> None:
        self.told: TOLD = []
        self.day = day
        self.clients = {
            name: httpx.Client(base_url=address, timeout=60, headers={"authorization": f"Bearer {token}"})
            for name, token in tokens.items()
        }

    def ask(self, who: str, path: str, **said: Any) -> dict[str, Any]:
        """One step; raises httpx.TransportError when the server is gone."""
        answer = self.clients[who].post(f"/api/cases{path}", json=said, params={"as_of": self.day.isoformat()})
        if answer.status_code == 409 and answer.json()["code"] == "casework.case_open_already":
            return {}
        if answer.status_code not in (200, 201):
            raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
        case: dict[str, Any] = answer.json()
        if path.endswith("/assess"):
            self.told.append(f"{case['case_id']} {case['version'] - 1} frozen")
        self.told.append(f"{case['case_id']} {case['version']} {case['state']}")
        return case

    def work(self, companies: list[str], chance: random.Random) -> None:
        """Case after case, until the server is gone."""
        while True:
            case = self.ask(
                "officer", "", company_id=chance.choice(companies), product="technology_credit", amount_cny="1000000",
                term_months=12, purpose="operation", comment=COMMENT,
            )  # fmt: skip
            if not case:
                continue
            at = f"/{case['case_id']}"
            case = self.ask("officer", f"{at}/assess", version=case["version"])
            for decision in ("returned", "returned", chance.choice(("approved", "declined"))):
                proposal = {"recommendation": "approve", "amount_cny": "1000000", "override_reason": REASON}
                case = self.ask("officer", f"{at}/propose", version=case["version"], comment=COMMENT, **proposal)
                comment = "不予批准" if decision == "declined" else COMMENT
                amount = {"amount_cny": "1000000"} if decision == "approved" else {}
                case = self.ask(
                    "approver", f"{at}/decide", version=case["version"], decision=decision, comment=comment,
                    override_reason=REASON, **amount,
                )  # fmt: skip


def kill_once(place: Path, day: date, seed: int, tokens: dict[str, str], companies: list[str]) -> TOLD:
    """One server, killed at a random moment of the work; the steps that it told of."""
    chance = random.Random(seed)
    with serving(place) as (server, address):
        desk = Desk(address, tokens, day)
        steps, wait = chance.randrange(STEPS_MAX), chance.uniform(0, LONGEST_SECONDS)

        def kill() -> None:
            while len(desk.told) < steps and server.poll() is None:
                time.sleep(0.005)
            time.sleep(wait)
            os.kill(server.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        with suppress(httpx.TransportError):
            desk.work(companies, chance)
        killer.join()
        assert server.wait() == -signal.SIGKILL, "the server ended by itself"
    return desk.told


def run(workspace: Path, day: date, kills: int, seed: int) -> Outcome:
    """The whole sitting on a copy of the workspace."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        shutil.copytree(workspace, place)
        tokens, companies = prepared(place)
        with CaseStore.open(database_of(place)) as store:
            before = steps_of(store)
        told = []
        for number in range(kills):
            told += kill_once(place, day, seed + number, tokens, companies)
            print(f"{number + 1} of {kills}: {len(told)} steps", file=sys.stderr)
        wrong, stored, decisions, equal = problems_of(place, told, before, kills * UNTOLD_A_REQUEST)
    return Outcome(kills, len(told), stored, decisions, equal, time.perf_counter() - began, tuple(wrong))


if __name__ == "__main__":
    raise SystemExit(sitting(__doc__, run))

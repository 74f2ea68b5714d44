"""How fast is the web application with fifty people at once? Prints the figures of docs/evidence/web.md.

    python benchmarks/web.py WORKSPACE [--people 50] [--seconds 60]

The workspace holds a city of 20,000 companies, evaluated, with people of a demonstration (`kejin demo`). The server
runs in its own process; the people are threads that open a page, read it for some seconds, and open the next. Times
are of the whole answer at the client; the first page is measured in headless Chromium where there is one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from kejin.app.web.demo_people import DEMO_LOG_INS, DEMO_PASSWORD

PORT = 8_190
THINK_SECONDS = (2.0, 6.0)
TARGETS = {"portrait": 0.3, "list": 0.3, "what-if": 0.5, "search": 0.3, "home": 0.3, "cases": 0.3}
CASES = 8
ROLES = ("relationship_manager", "approver", "risk_manager", "branch_head")


class Watch:
    """The times of every kind of page, from all people."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.errors: list[str] = []
        self.refused = 0
        self._lock = threading.Lock()

    def get(self, client: httpx.Client, kind: str, path: str, expect: tuple[int, ...] = (200,)) -> httpx.Response:
        began = time.perf_counter()
        answer = client.get(path)
        took = time.perf_counter() - began
        with self._lock:
            self.times.setdefault(kind, []).append(took)
            self.refused += answer.status_code == 403
            if answer.status_code not in expect:
                self.errors.append(f"{kind} {path}: {answer.status_code}")
        return answer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    program = [str(Path(sys.executable).parent / "kejin"), "serve", str(asked.workspace), "--port", str(PORT)]
    with subprocess.Popen(program, stderr=subprocess.DEVNULL) as server:
        try:
            _wait()
            companies, cases = _subjects(asked.workspace)
            watch = _crowd(asked.people, asked.seconds, companies, cases)
            first = _first_page()
        finally:
            server.terminate()
    return _report(watch, first, asked.people, asked.seconds)


def _wait() -> None:
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{PORT}/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def _client(name: str) -> httpx.Client:
    client = httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=30, headers={"accept-encoding": "gzip"})
    for _ in range(60):
        if client.post("/log-in", data={"name": name, "password": DEMO_PASSWORD}).status_code == 303:
            return client
        time.sleep(1)  # more people than may log in from one address in a minute
    raise SystemExit(f"{name} cannot log in")


def _subjects(workspace: Path) -> tuple[list[str], list[str]]:
    """Companies that the branch may look at, and cases of it, made where there are none: a what-if needs a case."""
    from sqlalchemy import select

    from kejin.app.web.sections import is_covered
    from kejin.app.web.serving import Serving
    from kejin.casework.tables import case_table

    serving = Serving(workspace)
    officer = serving.people.find(DEMO_LOG_INS["relationship_manager"])
    assert officer is not None
    assert officer.head_office is not None
    covered = serving.coverage(officer.head_office, "credit")
    cases = [str(row["case_id"]) for row in serving.store.rows(select(case_table.c.case_id))]
    token = serving.sessions.new_token(officer, "benchmark", 1)
    serving.close()
    if not cases:
        cases = _cases(token, [company for company in sorted(covered) if is_covered("decision", covered[company])])
    return sorted(covered), cases


def _cases(token: str, companies: list[str]) -> list[str]:
    """Some assessed cases, made by program."""
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{PORT}", timeout=120, headers={"authorization": f"Bearer {token}"}
    )
    asked = {"product": "technology_credit", "amount_cny": "2000000", "term_months": 12, "purpose": "operation"}
    made = []
    for company in companies[:CASES]:
        case = client.post("/api/cases", json=asked | {"company_id": company, "comment": "material is complete"})
        if case.status_code != 201:
            raise SystemExit(case.text)
        name = case.json()["case_id"]
        if client.post(f"/api/cases/{name}/assess", json={"version": 1}).status_code == 200:
            made.append(name)
    return made


def _crowd(people: int, seconds: float, companies: list[str], cases: list[str]) -> Watch:
    watch = Watch()
    clients = [_client(DEMO_LOG_INS[ROLES[number % len(ROLES)]]) for number in range(len(ROLES))]
    shared = [httpx.Client(base_url=one.base_url, cookies=one.cookies, timeout=30) for one in clients]
    until = time.monotonic() + seconds

    def person(number: int) -> None:
        chance = random.Random(number)
        client = shared[number % len(shared)]
        time.sleep(chance.uniform(0, THINK_SECONDS[1]))
        while time.monotonic() < until:
            company = chance.choice(companies)
            kind, path, expect = chance.choice(
                (
                    ("portrait", f"/companies/{company}", (200, 403)),
                    ("search", f"/companies?q={company[:12]}", (200,)),
                    ("list", f"/lists?page={chance.randint(1, 20)}", (200,)),
                    ("home", "/", (200,)),
                    ("cases", "/cases", (200,)),
                    *(
                        (
                            (
                                "what-if",
                                f"/cases/{chance.choice(cases)}/what-if?amount={chance.randint(1, 9)}000000",
                                (200, 404),
                            ),
                        )
                        if cases
                        else ()
                    ),
                )
            )
            watch.get(client, kind, path, expect)
            time.sleep(chance.uniform(*THINK_SECONDS))

    threads = [threading.Thread(target=person, args=(number,)) for number in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return watch


def _first_page() -> dict[str, float] | None:
    """Bytes over the wire and seconds until everything is there, cold, in a browser; None without one."""
    program = shutil.which("chromium")
    if program is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started, tempfile.TemporaryDirectory():
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_context().new_page()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        sizes: list[float] = []
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.goto(f"http://127.0.0.1:{PORT}/log-in")
        page.fill("#name", DEMO_LOG_INS["relationship_manager"])
        page.fill("#password", DEMO_PASSWORD)
        began = time.perf_counter()
        page.click("form[action='/log-in'] button")
        page.wait_for_load_state("networkidle")
        took = time.perf_counter() - began - 0.5  # networkidle itself waits half a second
        browser.close()
    return {"kilobytes": sum(sizes) / 1000, "seconds": max(took, 0.0)}


def _report(watch: Watch, first: dict[str, float] | None, people: int, seconds: float) -> int:
    print(
        f"{people} people for {seconds:.0f} s, each reading {THINK_SECONDS[0]:.0f} to {THINK_SECONDS[1]:.0f} s a page"
    )
    print(f"{'page':<10} {'asked':>6} {'median':>9} {'95%':>9} {'longest':>9} {'target':>8}")
    for kind, times in sorted(watch.times.items()):
        ordered = sorted(times)
        high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
        figures = [statistics.median(ordered), high, ordered[-1]]
        verdict = "met" if high <= TARGETS[kind] else "MISSED"
        cells = " ".join(f"{1000 * figure:>6.0f} ms" for figure in figures)
        print(f"{kind:<10} {len(times):>6} {cells} {1000 * TARGETS[kind]:>5.0f} ms {verdict}")
    print(f"errors: {len(watch.errors)}; refused for want of consent: {watch.refused}")
    for line in watch.errors[:10]:
        print(f"  {line}")
    if first is None:
        print("first page: not measured, no Chromium here")
    else:
        print(f"first page after log-in, cold: {first['kilobytes']:.0f} kB (400), {first['seconds']:.2f} s (2)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Is a decision lost or doubled when the process that works on cases is killed? `kill_cases.py WORKSPACE --kills 50`

A process opens cases, freezes, assesses, proposes and decides as fast as it can, and tells of each step once it is
committed. It is killed (SIGKILL) at a random moment, again and again. In the end every step that was told of must be
there once, at most one step a kill may be there untold, rows and histories must agree, and the journal must verify
and replay. The workspace is copied first; it needs an evaluated day and the people of the demonstration.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from kejin.app.case_paper import case_paper
from kejin.casework.case_record import row_of
from kejin.casework.case_states import CaseState, fold
from kejin.casework.consents import Consents
from kejin.casework.events import events_of
from kejin.casework.loan_cases import LoanCases
from kejin.casework.people import People
from kejin.casework.replayers import REPLAYERS, replay_case
from kejin.casework.store import CaseStore, database_of
from kejin.casework.tables import case_event_table, case_table
from kejin.engines.run_query import rows_of
from kejin.errors import InputError
from kejin.workflows.assess_loan import assess_loan
from kejin.workflows.case_rules import case_rules
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.lending_rules import lending_rules
from kejin.workflows.loan_application import Application
from kejin.workflows.workspace import Workspace

LONGEST_SECONDS = 0.3
COMPANIES = 60
STEPS_MAX = 14  # a kill comes after so many steps at most, however fast the machine is
RETURNS = 4  # rounds of a case: many decisions, so that many kills fall into one
COMMENT, REASON = "资料齐全，现场已核", "增信后可控"


@dataclass(frozen=True)
class Outcome:
    """What was found after all kills; `problems` is empty where all is well."""

    kills: int
    told: int
    stored: int
    decisions: int
    replayed: int
    seconds: float
    problems: tuple[str, ...]


def consenting(store: CaseStore, opened: Workspace) -> list[str]:
    """Companies that consent to credit by the officer's bank, each on a signed form."""
    officer = People(store).find("officer")
    assert officer is not None, "the workspace lacks the people of the demonstration"
    sql = "SELECT DISTINCT company_id AS id FROM company ORDER BY 1"
    companies = [str(row["id"]) for row in rows_of(opened.backend, sql, {})][:COMPANIES]
    for company in companies:
        Consents(store).say(officer, company, str(officer.institution_id), "credit", given=True, reference="form 1")
    return companies


def work(workspace: Path, day: date, told: int, seed: int, companies: list[str]) -> None:
    """Works on cases for ever, telling of each committed step through a pipe."""
    random.seed(seed)
    with Workspace.open(workspace) as opened, CaseStore.open(database_of(workspace)) as store:
        people, cases = People(store), LoanCases(store)
        officer, approver = people.find("officer"), people.find("approver")
        assert officer is not None
        assert approver is not None
        desk = LendingDesk(opened, day)
        rules = case_rules(day, desk.rules.known_on, opened.overlay_path)
        desk.scores()
        own = Consents(store)
        first = Application(companies[0], "technology_credit", Decimal(1_000_000), 12, "operation", officer.head_office)
        assess_loan(desk, first, write=False)
        os.write(told, b"ready\n")

        def tell(state: CaseState) -> CaseState:
            os.write(told, f"{state.case_id} {state.version} {state.state}\n".encode())
            return state

        while True:
            company = random.choice(companies)
            asked = Application(company, "technology_credit", Decimal(1_000_000), 12, "operation", officer.head_office)
            try:
                consents = own.of_company(company, [])
                bank = str(officer.institution_id)
                state = tell(cases.apply(officer, bank, "企业", asked, desk, rules, COMMENT, consents))
            except InputError as error:
                if error.code != "casework.case_open_already":
                    raise
                continue
            key = state.case_id
            state = tell(cases.freeze(officer, key, state.version, desk, rules))
            state = tell(cases.assess(officer, key, state.version, desk, rules, case_paper))
            state = tell(cases.prove_duty(officer, key, state.version, "site_visit", COMMENT, rules))
            for _ in range(RETURNS):
                state = tell(cases.propose(officer, key, state.version, "approve", "", COMMENT, REASON, rules))
                state = tell(cases.decide(approver, key, state.version, "returned", "", COMMENT, "", "", rules))
            state = tell(cases.propose(officer, key, state.version, "approve", "", COMMENT, REASON, rules))
            decision = random.choice(("approved", "declined"))
            text = COMMENT if decision == "approved" else "不予批准"
            tell(cases.decide(approver, key, state.version, decision, "", text, REASON, "", rules))


def kill_once(workspace: Path, day: date, seed: int, companies: list[str]) -> list[str]:
    """One worker, killed at a random moment after it began; the steps it told of."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(workspace, day, writing, seed, companies)
        except BaseException:  # noqa: BLE001  said before this process ends without a word
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.readline() == b"ready\n", "the worker did not begin"
        chance = random.Random(seed)
        heard = [pipe.readline().decode() for _ in range(chance.randrange(STEPS_MAX))]
        time.sleep(chance.uniform(0, LONGEST_SECONDS))  # somewhere in one of the next steps
        os.kill(child, signal.SIGKILL)
        lines = ("".join(heard) + pipe.read().decode()).splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the worker ended by itself"
    return lines


def steps_of(store: CaseStore) -> list[str]:
    """Every step that is stored, as a worker tells of it."""
    with store.reading() as connection:
        keys = connection.execute(select(case_table.c.case_id)).scalars().all()
        found = {key: events_of(connection, case_event_table, key) for key in keys}
    return [
        f"{key} {event.version} {_state_at(key, events, event.version)}"
        for key, events in found.items()
        for event in events
    ]


def problems_of(
    workspace: Path, told: list[str], before: list[str], untold_max: int
) -> tuple[list[str], int, int, int]:
    """What is wrong, and how many steps, decisions and equal replays there are."""
    wrong = []
    with CaseStore.open(database_of(workspace)) as store:
        if not store.journal.verify().ok:
            wrong.append("the journal does not verify")
        rows = {row["case_id"]: row for row in store.rows(case_table.select())}
        stored = steps_of(store)
        for key, row in rows.items():
            state = LoanCases(store).state(key)
            if any(row[name] != said for name, said in row_of(state).items()):
                wrong.append(f"{key}: the row is not what the history says")
        twice = [line for line, count in Counter(stored).items() if count > 1]
        lost = sorted({*told, *before} - set(stored))
        wrong += [f"twice: {line}" for line in twice] + [f"lost: {line}" for line in lost]
        untold = len(stored) - len(before) - len(told)
        if untold > untold_max:
            wrong.append(f"{untold} steps untold, where {untold_max} may be")
        acts = {act for act in REPLAYERS if act.startswith("case_")}
        entries = [entry for entry in store.journal.entries() if entry.act in acts]
        if len(entries) != len(stored):
            wrong.append(f"{len(entries)} journal entries for {len(stored)} steps")
    equal = sum(1 for entry in entries if replay_case(workspace, entry) == entry.result_hash)
    if equal != len(entries):
        wrong.append(f"{len(entries) - equal} entries replay differently")
    decisions = sum(1 for line in stored if line.endswith((" approved", " declined", " returned")))
    return wrong, len(stored), decisions, equal


def _state_at(key: str, events: list, version: int) -> str:  # type: ignore[type-arg]
    state = fold(key, [event for event in events if event.version <= version])
    assert state is not None
    return state.state


def run(workspace: Path, day: date, kills: int, seed: int) -> Outcome:
    """The whole sitting on a copy of the workspace."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        shutil.copytree(workspace, place)
        lending_rules(day)  # read before the forks, so that each of them has it
        with Workspace.open(place) as opened, CaseStore.open(database_of(place)) as store:
            companies = consenting(store, opened)
            before = steps_of(store)
        told = [line for number in range(kills) for line in kill_once(place, day, seed + number, companies)]
        wrong, stored, decisions, equal = problems_of(place, told, before, kills)
    return Outcome(kills, len(told), stored, decisions, equal, time.perf_counter() - began, tuple(wrong))


def table_of(found: Outcome) -> str:
    """What was found, as a table of one row."""
    said = "; ".join(found.problems) or "none"
    return (
        "| kills | steps told of | steps stored | decisions | replayed equal | seconds | problems |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {found.kills} | {found.told} | {found.stored} | {found.decisions} | {found.replayed} "
        f"| {found.seconds:.0f} | {said} |"
    )


def sitting(words: str | None, run: Callable[[Path, date, int, int], Outcome]) -> int:
    """The command line of a sitting; prints what was found, 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 9, 30))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = run(asked.workspace, asked.as_of, asked.kills, asked.seed)
    print(table_of(found))
    return 1 if found.problems else 0


if __name__ == "__main__":
    raise SystemExit(sitting(__doc__, run))

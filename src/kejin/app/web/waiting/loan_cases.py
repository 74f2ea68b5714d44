"""Which steps of loan cases wait for this person, and until when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kejin.app.web.waiting import Task, Waiting
from kejin.casework.case_lists import cases_of
from kejin.casework.permissions import scope_of
from kejin.casework.store import now

if TYPE_CHECKING:
    from kejin.app.web.site import Ask


def _next_steps(ask: Ask) -> dict[str, tuple[str, str]]:
    """State -> the action of the next step and its words; those who may do the action have the task."""
    mend, check = ask.t("Mend the returned case"), ask.t("Check the loan")
    return {
        "applied": ("case.propose", ask.t("Freeze the inputs and assess")),
        "frozen": ("case.propose", ask.t("Work the advice out")),
        "assessed": ("case.propose", ask.t("Write the proposal")),
        "returned": ("case.propose", mend),
        "proposed": ("case.decide", ask.t("Decide the case")),
        "approved": ("case.disburse", ask.t("Have the conditions met")),
        "conditions_met": ("case.disburse", ask.t("Sign the contract")),
        "contracted": ("case.disburse", ask.t("Pay the loan out")),
        "disbursed": ("case.disburse", check),
        "monitored": ("case.disburse", check),
    }


def waiting(ask: Ask) -> Waiting:
    """Open cases, and the steps that wait for this person's role."""
    scope = scope_of(ask.person.role, "case.see")
    if scope is None:
        return Waiting()
    rows = cases_of(ask.serving.store, ask.person, scope, state="open")
    if ask.person.role == "company":
        return Waiting(tiles=[(ask.t("My open applications"), len(rows), "/cases")])
    tasks, steps = [], _next_steps(ask)
    for row in rows:
        action, text = steps[row["state"]]
        own = row["maker"] == ask.person.person_id
        if ask.may(action) and not (action == "case.decide" and own):
            subject = f"{row['company_name']} {row['case_id']}"
            tasks.append(Task(text, subject, f"/cases/{row['case_id']}", row["due_on"]))
    today = now().date()
    late = sum(1 for task in tasks if task.due_on is not None and task.due_on < today)
    alerts = [(ask.t("{n} steps of loan cases are late.", n=late), "/cases")] if late else []
    return Waiting(tiles=[(ask.t("Open loan cases"), len(rows), "/cases")], tasks=tasks, alerts=alerts)

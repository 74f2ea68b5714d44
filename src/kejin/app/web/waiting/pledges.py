"""Pledges that wait for a checker of this institution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kejin.app.web.waiting import Task, Waiting
from kejin.casework.people import head_office
from kejin.workflows.pledge_cases import PledgeRegister

if TYPE_CHECKING:
    from kejin.app.web.site import Ask


def waiting(ask: Ask) -> Waiting:
    """Steps of pledges that wait for a second person."""
    if not ask.may("pledge.check"):
        return Waiting()
    tasks = []
    for case in PledgeRegister(ask.serving.store.journal).cases():
        if case.proposed is None:
            continue
        maker = ask.serving.people.find(case.drafted_by)
        house = None if maker is None or maker.institution_id is None else head_office(maker.institution_id)
        if house is not None and house == ask.person.head_office and case.maker != ask.person.person_id:
            subject = f"{case.case_id} · {case.terms['pledgor_name']}"
            tasks.append(Task(ask.t("Check a step of a pledge"), subject, f"/pledges/{case.case_id}"))
    return Waiting(tiles=[(ask.t("Pledges to check"), len(tasks), "/pledges")], tasks=tasks)

"""Objections that wait for an answer, and answers that a company has not had yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kejin.app.web.waiting import Task, Waiting
from kejin.casework.objections import objections
from kejin.casework.store import now

if TYPE_CHECKING:
    from kejin.app.web.site import Ask


def waiting(ask: Ask) -> Waiting:
    """Objections that wait for an answer, with their deadline."""
    if not ask.may("objection.answer") or ask.person.head_office is None:
        return Waiting()
    found = [one for one in objections(ask.serving.store, head=ask.person.head_office) if one.state == "open"]
    today = now().date()
    tasks = [
        Task(
            ask.t("Answer an objection"),
            f"{one.matter_id} · {one.company_id}",
            f"/objections/{one.matter_id}",
            one.due_on,
        )
        for one in found
    ]
    late = sum(one.is_late(today) for one in found)
    alerts = [(ask.t("{n} objections are past their deadline", n=late), "/objections")] if late else []
    return Waiting(tiles=[(ask.t("Objections open"), len(found), "/objections")], tasks=tasks, alerts=alerts)

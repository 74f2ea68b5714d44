"""What waits for a checker, or came back to its maker: trails, warnings, rules, models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kejin.app.web.waiting import Task, Waiting
from kejin.casework.access import within
from kejin.casework.matters import Matters
from kejin.casework.permissions import scope_of

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

# Kind -> action of the checker, action of the maker, texts for both.
_KINDS = {
    "trail": ("trail.confirm", "trail.verdict", "Check the verdict on a money trail", "A verdict came back"),
    "warning": ("warning.close", "warning.triage", "Close a warning", "A warning came back"),
    "rule": ("rule.publish", "rule.propose", "Check a rule before it is published", "A rule came back"),
    "model": ("model.confirm", "model.retire", "Check the retirement of a model", "A retirement came back"),
}


def waiting(ask: Ask) -> Waiting:
    """Money trails, warnings, rules and models that wait for a decision."""
    found = Waiting()
    matters = Matters(ask.serving.store)
    for kind, (confirm, propose, to_check, came_back) in _KINDS.items():
        for state, action, text in (("proposed", confirm, to_check), ("returned", propose, came_back)):
            scope = scope_of(ask.person.role, action)
            if scope is None:
                continue
            head = None if scope == "all" else ask.person.head_office
            for row in matters.rows(kind, head_office=head, states=(state,), newest=50):
                place = None if kind in ("rule", "model") and row["institution_id"] is None else row["institution_id"]
                if row["maker"] == ask.person.person_id and state == "proposed":
                    continue
                if within(ask.person, scope, place, row["company_id"]):
                    found.tasks.append(Task(ask.t(text), row["subject"], _page(kind, row), row["due_on"]))
    return found


def _page(kind: str, row: object) -> str:
    subject = row["subject"]  # type: ignore[index]
    if kind == "trail":
        return f"/trails/{subject}"
    if kind == "warning":
        company, day = subject.split(" ")
        return f"/warnings/{company}?as_of={day}"
    if kind == "rule":
        return f"/rules/proposals/{row['matter_id']}"  # type: ignore[index]
    return f"/models/{subject}"

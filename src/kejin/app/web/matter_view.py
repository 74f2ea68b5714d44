"""A matter as pages show it: its steps, who did them, and which step this person may do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kejin.casework.matters import Matter, Matters

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

STATE_TEXTS = {"open": "open", "proposed": "proposed", "returned": "sent back", "closed": "closed"}
EVENT_TEXTS = {"open": "opened", "propose": "proposed", "confirm": "confirmed", "send_back": "sent back"}


def matters_of(ask: Ask) -> Matters:
    """The matters of a store."""
    return Matters(ask.serving.store)


def matter_view(
    ask: Ask, matter: Matter | None, propose: str, confirm: str, words: Mapping[str, str]
) -> dict[str, Any]:
    """What `matter_part.html` shows.

    propose, confirm   the actions of maker and checker.
    words              code of a proposal -> its text, already in the person's language.
    """
    if matter is None:
        return {"matter": None, "steps": [], "may_propose": ask.may(propose), "may_answer": False, "own": False}
    steps = [
        {
            "text": ask.t(EVENT_TEXTS[event.kind]),
            "at": event.happened_at,
            "actor": event.actor,
            "comment": event.details.get("comment", ""),
            "proposal": [words.get(str(one), str(one)) for one in event.details.get("proposal", {}).values() if one],
            "entry": event.journal_entry,
        }
        for event in matters_of(ask).history(matter.matter_id)
    ]
    own = ask.person.person_id in matter.makers
    return {
        "matter": matter,
        "state": ask.t(STATE_TEXTS[matter.state]),
        "steps": steps,
        "may_propose": matter.state in ("open", "returned") and ask.may(propose),
        "may_answer": matter.state == "proposed" and ask.may(confirm) and not own,
        "own": own and matter.state == "proposed" and ask.may(confirm),
    }


def in_scope(ask: Ask, matter_id: str, kind: str) -> Matter:
    """A matter that the person's scope covers. Raises InputError casework.object_not_found."""
    matter = matters_of(ask).find(matter_id)
    if matter is None or matter.kind != kind:
        ask.no_object(matter_id)
    ask.check_object(matter_id, matter.institution_id, matter.company_id)
    return matter


def propose_about(
    ask: Ask,
    kind: str,
    subject: str,
    *,
    institution_id: str | None,
    company_id: str | None,
    about: Mapping[str, Any],
    comment: str,
    proposal: Mapping[str, Any],
    seen_version: int,
) -> Matter:
    """Proposes in the matter of a subject, which is opened where there is none yet."""
    from kejin.casework.matters import checked_comment

    matters = matters_of(ask)
    checked_comment(comment)
    there = matters.of_subject(kind, subject, institution_id)
    if there is None or (there.state == "closed" and seen_version == 0):
        there = matters.open(
            ask.person,
            kind,
            subject,
            institution_id=institution_id,
            company_id=company_id,
            about=about,
            as_of=ask.as_of,
        )
        seen_version = there.version
    return matters.propose(ask.person, there.matter_id, seen_version, comment, proposal)


def answer_matter(ask: Ask, matter: Matter, version: int, answer: str, comment: str) -> Matter:
    """Confirms, or sends back for any other answer: only a clear yes is a yes."""
    step = matters_of(ask).confirm if answer == "confirm" else matters_of(ask).send_back
    return step(ask.person, matter.matter_id, version, comment)

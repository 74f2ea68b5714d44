"""Where does a pledge stand, and which step may come next? The paperless flow as a state machine over events.

    drafted ─sign─▶ signed ─file─▶ filed ─(office)─▶ registered ─change─▶ changed ─release─▶ released
       └──────────────┴── refuse ──▶ refused ◀─(office)─┘             └────────────release──────▲

A case is what its events say and nothing else: `after(case, event)` is the only way on. Every step but the draft is
proposed by one person (maker) and approved or rejected by another (checker). Steps that the registration office has to
enter (file, change, release) are approved first, then sent, then answered; only its answer moves the case on. The
draft binds nobody, so one person is enough for it. `released` and `refused` are ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kejin.errors import InputError

STATES = ("drafted", "signed", "filed", "registered", "changed", "released", "refused")
HOLDING = ("registered", "changed")
ENDS = ("released", "refused")
EVENTS = ("drafted", "proposed", "approved", "rejected", "sent", "answered")


@dataclass(frozen=True, slots=True)
class Step:
    """What a maker may propose.

    start    states from which it may be proposed.
    at_once  state after approval; None where it stays as it is until the office has answered.
    entered  state after the office has entered it; None for steps that the office does not see.
    """

    start: tuple[str, ...]
    at_once: str | None
    entered: str | None


STEPS: Mapping[str, Step] = {
    "sign": Step(("drafted",), "signed", None),
    "file": Step(("signed",), "filed", "registered"),
    "change": Step(HOLDING, None, "changed"),
    "release": Step(HOLDING, None, "released"),
    "refuse": Step(("drafted", "signed"), "refused", None),
}


@dataclass(frozen=True, slots=True)
class PledgeEvent:
    """Something that happened to a case.

    version   1 for the draft, then rising by 1; two events of a case never share one.
    kind      one of EVENTS.
    happened  the day on which it counts.
    actor     who did it; for `sent` and `answered` who recorded it.
    step      the step proposed, approved, rejected, sent or answered; None for the draft.
    details   terms of the draft or change, reasons, receipt, answer of the office.
    """

    version: int
    kind: str
    happened: date
    actor: str
    step: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PledgeCase:
    """A case after so many events.

    terms       the contract's terms now in force; the draft's until a change is entered.
    proposed    step that waits for a checker, with its maker and details; None where none does.
    outstanding step that was approved and that the office has not answered.
    receipt     the office's receipt for the outstanding step; None while it was not sent.
    """

    case_id: str
    state: str
    version: int
    terms: Mapping[str, Any]
    drafted_by: str
    proposed: str | None = None
    maker: str | None = None
    proposal: Mapping[str, Any] | None = None
    outstanding: str | None = None
    receipt: str | None = None
    registration_number: str | None = None
    registered_on: date | None = None
    last_day: date | None = None

    @property
    def holds(self) -> bool:
        """Whether its patents are pledged in the register."""
        return self.state in HOLDING


def drafted(case_id: str, event: PledgeEvent) -> PledgeCase:
    """The case that a draft opens."""
    assert event.kind == "drafted"
    assert event.version == 1
    return PledgeCase(case_id, "drafted", 1, event.details["terms"], event.actor, last_day=event.happened)


def case_of(case_id: str, events: Iterable[PledgeEvent]) -> PledgeCase:
    """The case that these events, in order, make."""
    case: PledgeCase | None = None
    for event in events:
        case = drafted(case_id, event) if case is None else after(case, event)
    assert case is not None
    return case


def after(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    """The case after one more event.

    Raises   valuation.pledge_version_old where the event was meant for another version; .pledge_ended,
             .pledge_step_wrong, .pledge_waits, .pledge_nothing_proposed, .pledge_one_person, .pledge_not_sent,
             .pledge_day_before where the step may not be taken.
    """
    if event.version != case.version + 1:
        raise InputError("valuation.pledge_version_old", case=case.case_id, wanted=event.version - 1, now=case.version)
    if case.state in ENDS:
        raise InputError("valuation.pledge_ended", case=case.case_id, state=case.state)
    if case.last_day is not None and event.happened < case.last_day:
        raise InputError("valuation.pledge_day_before", case=case.case_id, day=event.happened, last=case.last_day)
    moved = _MOVES[event.kind](case, event)
    return replace(moved, version=event.version, last_day=event.happened)


def steps_open(case: PledgeCase) -> tuple[str, ...]:
    """Which steps may be proposed now?"""
    if case.proposed is not None or case.outstanding is not None:
        return ()
    return tuple(name for name, step in STEPS.items() if case.state in step.start)


def _proposed(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    if case.proposed is not None or case.outstanding is not None:
        waiting = case.proposed or case.outstanding
        raise InputError("valuation.pledge_waits", case=case.case_id, step=waiting)
    if event.step not in steps_open(case):
        raise InputError(
            "valuation.pledge_step_wrong",
            case=case.case_id,
            step=event.step,
            state=case.state,
            allowed=", ".join(steps_open(case)) or "-",
        )
    return replace(case, proposed=event.step, maker=event.actor, proposal=event.details)


def _judged(case: PledgeCase, event: PledgeEvent) -> None:
    """A proposal is there, it is this one, and the judge is another person; of a signature also not the drafter."""
    if case.proposed is None or event.step != case.proposed:
        raise InputError("valuation.pledge_nothing_proposed", case=case.case_id, step=event.step or "-")
    makers = {case.maker, case.drafted_by} if case.proposed == "sign" else {case.maker}
    if event.kind == "approved" and _same(event.actor) in {_same(maker or "") for maker in makers}:
        raise InputError("valuation.pledge_one_person", case=case.case_id, step=case.proposed, actor=event.actor)


def _same(person: str) -> str:
    """A name as it is compared: two spellings of one login are one person."""
    return person.strip().casefold()


def _approved(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    _judged(case, event)
    assert case.proposed is not None
    step = STEPS[case.proposed]
    state = step.at_once or case.state
    if step.entered is None:
        return replace(case, state=state, proposed=None, maker=None, proposal=None)
    return replace(case, state=state, proposed=None, maker=None, outstanding=case.proposed)


def _rejected(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    _judged(case, event)
    return replace(case, proposed=None, maker=None, proposal=None)


def _sent(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    if case.outstanding is None or event.step != case.outstanding or case.receipt is not None:
        raise InputError("valuation.pledge_nothing_proposed", case=case.case_id, step=event.step or "-")
    return replace(case, receipt=event.details["receipt"])


def _answered(case: PledgeCase, event: PledgeEvent) -> PledgeCase:
    if case.outstanding is None or event.step != case.outstanding or case.receipt is None:
        raise InputError("valuation.pledge_not_sent", case=case.case_id, step=event.step or "-")
    done = replace(case, outstanding=None, receipt=None, proposal=None)
    if not event.details["accepted"]:
        # A registration that the office refuses is at its end; a refused change or release leaves the pledge as it is.
        return replace(done, state="refused") if case.outstanding == "file" else done
    state = STEPS[case.outstanding].entered
    assert state is not None
    if case.outstanding == "change":
        done = replace(done, terms={**case.terms, **(case.proposal or {})["terms"]})
    if case.outstanding == "file":
        number = event.details["registration_number"]
        done = replace(done, registration_number=number, registered_on=event.happened)
    return replace(done, state=state)


_MOVES = {
    "proposed": _proposed,
    "approved": _approved,
    "rejected": _rejected,
    "sent": _sent,
    "answered": _answered,
}

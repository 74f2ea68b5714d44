"""Where does a loan case stand? Its states, the steps between them, and the fold of its history into what is so now.

The history is all there is: the row of a case beside it, and every check, come from `fold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from kejin.errors import InputError
from kejin.schemes.scheme import Label

STATES: Mapping[str, Label] = {
    "applied": Label("已受理", "Applied for"),
    "frozen": Label("数据已锁定", "Inputs frozen"),
    "assessed": Label("已测算", "Assessed"),
    "proposed": Label("待审批", "Waiting for a decision"),
    "returned": Label("退回补正", "Returned"),
    "approved": Label("已批准，待落实条件", "Approved, conditions open"),
    "declined": Label("已拒绝", "Declined"),
    "withdrawn": Label("已撤回", "Withdrawn"),
    "conditions_met": Label("条件已落实", "Conditions met"),
    "contracted": Label("已签约", "Under contract"),
    "disbursed": Label("已放款", "Paid out"),
    "monitored": Label("贷后管理中", "Monitored"),
    "closed": Label("已结案", "Closed"),
}
OVER = frozenset({"declined", "withdrawn", "closed"})
_PAID = ("disbursed", "monitored", "closed")
_EVER = tuple(state for state in STATES if state not in ("declined", "withdrawn"))


@dataclass(frozen=True, slots=True)
class Step:
    """A kind of event: from which states, into which (None: stays), by whose action, in words."""

    before: tuple[str, ...]
    into: str | None
    action: str
    label: Label


STEPS: Mapping[str, Step] = {
    "applied": Step((), "applied", "case.open", Label("申请", "Application")),
    "frozen": Step(("applied", "returned"), "frozen", "case.propose", Label("锁定数据", "Inputs frozen")),
    "assessed": Step(("frozen",), "assessed", "case.propose", Label("测算", "Assessment")),
    "proposed": Step(("assessed", "returned"), "proposed", "case.propose", Label("提出意见", "Proposal")),
    "returned": Step(("proposed",), "returned", "case.decide", Label("退回", "Returned")),
    "approved": Step(("proposed",), "approved", "case.decide", Label("批准", "Approved")),
    "declined": Step(("proposed",), "declined", "case.decide", Label("拒绝", "Declined")),
    "withdrawn": Step(
        ("applied", "frozen", "assessed", "returned"), "withdrawn", "case.open", Label("撤回申请", "Withdrawn")
    ),
    "conditions_met": Step(("approved",), "conditions_met", "case.disburse", Label("落实条件", "Conditions met")),
    "contracted": Step(("conditions_met",), "contracted", "case.disburse", Label("签订合同", "Contract signed")),
    "disbursed": Step(
        ("contracted", "disbursed", "monitored"), "disbursed", "case.disburse", Label("放款", "Paid out")
    ),
    "checked": Step(("disbursed", "monitored"), "monitored", "case.disburse", Label("贷后检查", "Checked")),
    "closed": Step(("disbursed", "monitored"), "closed", "case.disburse", Label("结案", "Closed")),
    "duty_done": Step(_EVER, None, "case.evidence", Label("尽职留痕", "Proof of a duty")),
    "exemption_proposed": Step(_PAID, None, "case.exempt", Label("免责意见", "Exemption proposed")),
    "exemption_decided": Step(_PAID, None, "case.exempt_confirm", Label("免责认定", "Exemption decided")),
}
MAKING = frozenset({"applied", "frozen", "assessed", "proposed"})
DECISIONS = ("approved", "declined", "returned")


class Happened(Protocol):
    """What the fold reads of an event."""

    @property
    def version(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case as it stands after some of its history.

    makers        everybody who applied, froze, assessed or proposed, in any round: none of them may decide.
    rounds        how often it was assessed; more than once shows that inputs were frozen anew after a grade was seen.
    authority_cny up to this a head of branch may decide, as frozen.
    duties        item -> the day of its last proof.
    exemption     outcome of the exemption; `exemption_by` who proposed one that is not decided.
    """

    case_id: str
    version: int
    state: str
    institution_id: str
    company_id: str
    company_name: str
    application: Mapping[str, Any]
    as_of: date
    makers: tuple[str, ...]
    checker: str | None = None
    frozen: Mapping[str, Any] | None = None
    advice: str | None = None
    limit_cny: Decimal | None = None
    conditions: tuple[str, ...] = ()
    rounds: int = 0
    recommendation: str | None = None
    proposed_cny: Decimal | None = None
    approved_cny: Decimal | None = None
    contract: Mapping[str, Any] | None = None
    paid_cny: Decimal | None = None
    duties: Mapping[str, str] | None = None
    exemption: str | None = None
    exemption_by: str | None = None
    due_on: date | None = None

    @property
    def amount_cny(self) -> Decimal:
        return Decimal(self.application["amount_cny"])

    @property
    def authority_cny(self) -> Decimal | None:
        return None if self.frozen is None else Decimal(self.frozen["authority_cny"])

    @property
    def assessed(self) -> bool:
        """Whether a grade of the frozen inputs was shown."""
        return self.advice is not None

    def as_plain(self) -> dict[str, Any]:
        """The whole state as plain values: what each journal entry of a case holds as its result."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"makers": list(self.makers), "conditions": list(self.conditions)}


def fold(case_id: str, events: Iterable[Happened]) -> CaseState | None:
    """The state after these events, in order; None without any. Raises InputError casework.step_wrong."""
    state: CaseState | None = None
    for event in events:
        state = after(case_id, state, event)
    return state


def check_step(state: CaseState | None, kind: str) -> None:
    """Raises InputError casework.step_wrong where the case does not stand where this step begins."""
    step = STEPS[kind]
    if (state is None) != (kind == "applied") or (state is not None and state.state not in step.before):
        at = STATES[state.state] if state else Label("尚未申请", "not applied for")
        subject = state.case_id if state else "-"
        said = {"step_zh": step.label.zh, "step_en": step.label.en, "state_zh": at.zh, "state_en": at.en}
        raise InputError("casework.step_wrong", case=subject, **said)


def after(case_id: str, state: CaseState | None, event: Happened) -> CaseState:
    """The state after one more event."""
    check_step(state, event.kind)
    said = event.details
    if state is None:
        application = dict(said["application"])
        return CaseState(
            case_id, event.version, "applied", said["institution_id"], said["company_id"], said["company_name"],
            application, said["as_of"], (event.actor,), due_on=said["due_on"],
        )  # fmt: skip
    changed: dict[str, Any] = {"version": event.version, "state": STEPS[event.kind].into or state.state}
    if event.kind in MAKING and event.actor not in state.makers:
        changed["makers"] = (*state.makers, event.actor)
    if "due_on" in said:
        changed["due_on"] = said["due_on"]
    changed |= _CHANGES.get(event.kind, _nothing)(state, event)
    return replace(state, **changed)


def _nothing(_: CaseState, __: Happened) -> dict[str, Any]:
    return {}


def _frozen(_: CaseState, event: Happened) -> dict[str, Any]:
    """What was shown of earlier inputs no longer counts."""
    said = {name: value for name, value in event.details.items() if name != "due_on"}
    nothing = {"advice": None, "limit_cny": None, "recommendation": None, "proposed_cny": None, "conditions": ()}
    return {"frozen": said, "as_of": said["as_of"], **nothing}


def _assessed(state: CaseState, event: Happened) -> dict[str, Any]:
    decision = event.details["decision"]
    return {
        "advice": decision["advice"],
        "limit_cny": decision["limit_cny"],
        "conditions": tuple(decision["conditions"]),
        "rounds": state.rounds + 1,
    }


def _proposed(_: CaseState, event: Happened) -> dict[str, Any]:
    return {"recommendation": event.details["recommendation"], "proposed_cny": event.details["amount_cny"]}


def _decided(_: CaseState, event: Happened) -> dict[str, Any]:
    return {"checker": event.actor, "approved_cny": event.details.get("amount_cny")}


def _duty(state: CaseState, event: Happened) -> dict[str, Any]:
    return {"duties": dict(state.duties or {}) | {event.details["duty"]: event.details["done_on"]}}


def left_to_pay(state: CaseState) -> Decimal:
    """What of the contract was not paid out yet; 0 before there is one."""
    return Decimal(0) if state.contract is None else (state.approved_cny or Decimal(0)) - (state.paid_cny or Decimal(0))


def _disbursed(state: CaseState, event: Happened) -> dict[str, Any]:
    """One of several payments; their sum never exceeds the contract, by whatever way two of them came."""
    left, amount = left_to_pay(state), Decimal(event.details["amount_cny"])
    if amount > left:
        raise InputError(
            "casework.paid_above_contract", case=state.case_id, amount=f"{amount:,.2f}", left=f"{left:,.2f}"
        )
    stays = {"state": state.state} if state.state == "monitored" else {}
    return {"paid_cny": (state.paid_cny or Decimal(0)) + amount} | stays


_CHANGES: Mapping[str, Callable[[CaseState, Happened], dict[str, Any]]] = {
    "frozen": _frozen,
    "assessed": _assessed,
    "proposed": _proposed,
    "returned": _decided,
    "approved": _decided,
    "declined": _decided,
    "contracted": lambda _, event: {"contract": dict(event.details["contract"])},
    "disbursed": _disbursed,
    "duty_done": _duty,
    "exemption_proposed": lambda _, event: {"exemption_by": event.actor, "exemption": None},
    "exemption_decided": lambda _, event: {"exemption_by": None, "exemption": event.details["outcome"]},
}

"""What a step of a loan case writes down, and the checks of what people type: amounts, comments, days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from kejin.casework.case_states import OVER, CaseState
from kejin.casework.store import now
from kejin.errors import InputError
from kejin.journal import value_hash
from kejin.workflows.case_rules import CaseRules
from kejin.workflows.lending_desk import LendingDesk

COMMENT_LENGTH_MIN, COMMENT_LENGTH_MAX = 4, 4_000
_LEFT_OUT = ("paper",)  # of the details in the journal: large, and bound by its hash


class Coming:
    """An event that is about to be written, as the fold reads it."""

    def __init__(self, version: int, kind: str, actor: str, details: Mapping[str, Any]) -> None:
        self.version, self.kind, self.actor, self.details = version, kind, actor, details


def act_of(kind: str) -> str:
    """The act in the journal of a kind of event."""
    return f"case_{kind}"


def in_journal(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details as the journal's entry repeats them."""
    return {name: value for name, value in details.items() if name not in _LEFT_OUT}


def result_of(state: CaseState, details: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry holds as its result: the state that the history folds to, and the hash of the event's details."""
    return {"state": state.as_plain(), "details_hash": value_hash(dict(details))}


def frozen_inputs(company_id: str, desk: LendingDesk) -> dict[str, Any]:
    """On what a grade rests: day, state of the facts, the company's row, rules, model."""
    row = desk.borrower(company_id)
    read = sorted((name, value) for name, value in row.items() if name in desk.columns)
    return {
        "as_of": desk.as_of,
        "known_on": desk.rules.known_on,
        "facts_state": hashlib.sha256(desk.workspace.store.state().encode()).hexdigest(),
        "borrower_hash": hashlib.sha256(repr(read).encode()).hexdigest(),
        "rule_edition": desk.rules.edition,
        "model": desk.model_used,
    }


def is_override(state: CaseState, recommendation: str, amount_cny: Decimal | None) -> bool:
    """Whether a recommendation goes against the advice, or above the limit that was worked out."""
    if recommendation == "decline":
        return state.advice == "approve"
    above = amount_cny is not None and (state.limit_cny is None or amount_cny > state.limit_cny)
    return state.advice != "approve" or above


def whole_row(state: CaseState) -> dict[str, Any]:
    """The row beside the history."""
    return {
        "institution_id": state.institution_id,
        "company_id": state.company_id,
        "company_name": state.company_name,
        "product": state.application["product"],
        "amount_cny": str(state.amount_cny),
        "term_months": state.application["term_months"],
        "as_of": state.as_of,
        "state": state.state,
        "maker": state.makers[0],
        "checker": state.checker,
        "advice": state.advice,
        "version": state.version,
        "due_on": None if state.state in OVER else state.due_on,
        "changed_at": now(),
    }


def row_of(state: CaseState) -> dict[str, Any]:
    """What the row beside the history must say, the time of the last change aside."""
    return {name: value for name, value in whole_row(state).items() if name != "changed_at"}


def due_day(rules: CaseRules, step: str, today: date | None = None) -> date | None:
    """The day by which the next step of a case is due; None where none waits."""
    days = rules.days(step)
    return None if days is None else (today or now().date()) + timedelta(days=days)


def named(one: Any) -> dict[str, Any]:
    """A code with its name in both languages."""
    return {"code": one.code, "zh": one.label.zh, "en": one.label.en}


def checked_comment(text: str) -> str:
    """Raises InputError casework.comment_missing."""
    said = text.strip()
    if not COMMENT_LENGTH_MIN <= len(said) <= COMMENT_LENGTH_MAX:
        raise InputError("casework.comment_missing", least=COMMENT_LENGTH_MIN, most=COMMENT_LENGTH_MAX)
    return said


def checked_reason(text: str) -> str:
    """Raises InputError casework.override_reason_missing."""
    said = text.strip()
    if not COMMENT_LENGTH_MIN <= len(said) <= COMMENT_LENGTH_MAX:
        raise InputError("casework.override_reason_missing")
    return said


def checked_amount(text: str, most: Decimal) -> Decimal:
    """Raises InputError casework.amount_wrong."""
    try:
        amount = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        amount = Decimal("NaN")
    if not (amount.is_finite() and 0 < amount <= most and amount == amount.quantize(Decimal("0.01"))):
        raise InputError("casework.amount_wrong", amount=text, most=f"{most:,.2f}")
    return amount

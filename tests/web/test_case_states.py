"""The steps of a loan case without a server: what follows what, and texts that contradict the choice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kejin.casework.case_states import STATES, STEPS, CaseState, check_step
from kejin.casework.permissions import ACTIONS
from kejin.casework.proposal_text import contradicts, text_says
from kejin.errors import InputError

# What may follow each state, written down a second time: by hand, from the guide.
FOLLOWS = {
    "applied": {"frozen", "withdrawn", "duty_done"},
    "frozen": {"assessed", "withdrawn", "duty_done"},
    "assessed": {"proposed", "withdrawn", "duty_done"},
    "proposed": {"returned", "approved", "declined", "duty_done"},
    "returned": {"frozen", "proposed", "withdrawn", "duty_done"},
    "approved": {"conditions_met", "duty_done"},
    "declined": set(),
    "withdrawn": set(),
    "conditions_met": {"contracted", "duty_done"},
    "contracted": {"disbursed", "duty_done"},
    "disbursed": {"disbursed", "checked", "closed", "duty_done", "exemption_proposed", "exemption_decided"},
    "monitored": {"disbursed", "checked", "closed", "duty_done", "exemption_proposed", "exemption_decided"},
    "closed": {"duty_done", "exemption_proposed", "exemption_decided"},
}


def _standing(state: str) -> CaseState:
    asked = {"amount_cny": Decimal(1), "term_months": 1, "product": "research"}
    return CaseState("LC1", 1, state, "BANK01-01", "C", "企业", asked, date(2026, 9, 30), ("officer",))


@pytest.mark.parametrize("state", sorted(STATES))
def test_only_these_steps_follow(state: str) -> None:
    found = set()
    for kind in STEPS:
        try:
            check_step(_standing(state), kind)
        except InputError:
            continue
        found.add(kind)
    assert found == FOLLOWS[state]


def test_every_step_has_an_action_of_the_table() -> None:
    assert {step.action for step in STEPS.values()} <= set(ACTIONS)


@pytest.mark.parametrize(
    ("text", "recommendation", "wrong"),
    [
        ("建议拒绝该笔贷款", "approve", True),
        ("不同意放款", "approve", True),
        ("不建议批准", "approve", True),
        ("同意批准", "decline", True),
        ("Not recommended: decline", "approve", True),
        ("I approve the loan", "decline", True),
        ("we cannot recommend this loan", "approve", True),
        ("不建议批准", "decline", False),
        ("资料齐全，现场已核", "approve", False),
        ("前次申请曾建议拒绝，现条件改善，建议批准", "approve", False),
        ("同意批准，注意用途", "approve", False),
    ],
)
def test_plain_contradictions_are_found(text: str, recommendation: str, wrong: bool) -> None:
    assert contradicts(text, recommendation) is wrong  # type: ignore[arg-type]


def test_a_text_that_says_nothing_says_nothing() -> None:
    assert text_says("资料齐全") == frozenset()

"""The state machine: no way to registered without signed and filed, ends are ends, a checker is another person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejin.errors import InputError
from kejin.valuation import pledge_states
from kejin.valuation.pledge_states import ENDS, STATES, STEPS, PledgeCase, PledgeEvent, after, drafted, steps_open

DAY = date(2026, 7, 1)
PEOPLE = ("zhang", "li", "wang")
TERMS = {"pledgee_name": "bank", "loan_cny": 100, "patents": [{"publication_number": "CN1B"}]}
DETAILS = {
    "sent": {"receipt": "R1"},
    "answered": {"accepted": True, "registration_number": "N1", "reason": None},
    "proposed": {"terms": {"loan_cny": 50}, "reason": "repaid"},
}
MOVES = st.tuples(
    st.sampled_from(("proposed", "approved", "rejected", "sent", "answered")),
    st.sampled_from((*STEPS, None)),
    st.sampled_from(PEOPLE),
    st.booleans(),
)


def begin(by: str = "zhang") -> PledgeCase:
    return drafted("PLG-1", PledgeEvent(1, "drafted", DAY, by, None, {"terms": TERMS}))


def event(case: PledgeCase, kind: str, actor: str, step: str | None = None, **details: Any) -> PledgeEvent:
    return PledgeEvent(case.version + 1, kind, DAY, actor, step or case.proposed, DETAILS.get(kind, {}) | details)


def walked(moves: list[tuple[str, str | None, str, bool]]) -> list[PledgeCase]:
    """Every case on the way; moves that are refused are passed over and must change nothing."""
    cases = [begin()]
    for kind, step, actor, accepted in moves:
        case = cases[-1]
        chosen = step if kind == "proposed" else case.outstanding if kind in ("sent", "answered") else case.proposed
        details = {"accepted": accepted} if kind == "answered" else {}
        with suppress(InputError):
            cases.append(after(case, event(case, kind, actor, chosen, **details)))
    return cases


def registered() -> PledgeCase:
    case = begin()
    for step in ("sign", "file"):
        case = after(case, event(case, "proposed", "zhang", step))
        case = after(case, event(case, "approved", "li"))
    case = after(case, event(case, "sent", "li", "file"))
    return after(case, event(case, "answered", "li", "file"))


@given(st.lists(MOVES, max_size=40))
def test_no_path_reaches_registered_without_signed_and_filed(moves: list[tuple[str, str | None, str, bool]]) -> None:
    seen = [case.state for case in walked(moves)]
    for state, needs in (
        ("registered", ("signed", "filed")),
        ("changed", ("registered",)),
        ("released", ("registered",)),
    ):
        if state in seen:
            place = seen.index(state)
            assert all(need in seen[:place] for need in needs)


@given(st.lists(MOVES, max_size=40))
def test_ends_are_ends_and_versions_rise_by_one(moves: list[tuple[str, str | None, str, bool]]) -> None:
    cases = walked(moves)
    assert [case.version for case in cases] == list(range(1, len(cases) + 1))
    ended = [case for case in cases if case.state in ENDS]
    assert ended == cases[-1:] or not ended
    if ended:
        assert steps_open(ended[0]) == ()


@given(st.lists(MOVES, max_size=40))
def test_whoever_approves_did_not_propose(moves: list[tuple[str, str | None, str, bool]]) -> None:
    case = begin()
    for kind, step, actor, accepted in moves:
        chosen = step if kind == "proposed" else case.outstanding if kind in ("sent", "answered") else case.proposed
        made = event(case, kind, actor, chosen, **({"accepted": accepted} if kind == "answered" else {}))
        try:
            moved = after(case, made)
        except InputError:
            continue
        if kind == "approved":
            assert actor != case.maker
            assert case.proposed != "sign" or actor != case.drafted_by
        case = moved


def test_every_state_is_reached() -> None:
    case = registered()
    reached = {"drafted", "signed", "filed", case.state}
    for step in ("change", "release"):
        case = after(case, event(case, "proposed", "wang", step))
        case = after(case, event(case, "approved", "li"))
        case = after(case, event(case, "sent", "li", step))
        case = after(case, event(case, "answered", "li", step))
        reached.add(case.state)
    assert case.terms["loan_cny"] == 50, "the change was entered"
    refused = after(begin(), event(begin(), "proposed", "zhang", "refuse"))
    reached.add(after(refused, event(refused, "approved", "li")).state)
    assert reached == set(STATES)


def test_an_office_that_refuses_a_change_leaves_the_pledge_as_it_is() -> None:
    case = registered()
    case = after(case, event(case, "proposed", "wang", "change"))
    case = after(case, event(case, "approved", "li"))
    assert case.terms["loan_cny"] == 100, "approved is not entered"
    case = after(case, event(case, "sent", "li", "change"))
    case = after(case, event(case, "answered", "li", "change", accepted=False))
    assert (case.state, case.terms["loan_cny"], case.outstanding) == ("registered", 100, None)


def test_an_office_that_refuses_a_registration_ends_the_case() -> None:
    case = begin()
    for step in ("sign", "file"):
        case = after(case, event(case, "proposed", "zhang", step))
        case = after(case, event(case, "approved", "li"))
    case = after(case, event(case, "sent", "li", "file"))
    assert after(case, event(case, "answered", "li", "file", accepted=False)).state == "refused"


REFUSED: list[tuple[str, Callable[[], tuple[PledgeCase, PledgeEvent]]]] = [
    ("valuation.pledge_version_old", lambda: (begin(), PledgeEvent(1, "proposed", DAY, "li", "sign", {}))),
    ("valuation.pledge_step_wrong", lambda: (begin(), event(begin(), "proposed", "li", "file"))),
    ("valuation.pledge_nothing_proposed", lambda: (begin(), event(begin(), "approved", "li"))),
    ("valuation.pledge_not_sent", lambda: (begin(), event(begin(), "answered", "li", "file"))),
    (
        "valuation.pledge_day_before",
        lambda: (begin(), PledgeEvent(2, "proposed", DAY - timedelta(days=1), "li", "sign", {})),
    ),
]


@pytest.mark.parametrize(("code", "make"), REFUSED)
def test_what_may_not_be_is_a_sentence(code: str, make: Callable[[], tuple[PledgeCase, PledgeEvent]]) -> None:
    case, made = make()
    with pytest.raises(InputError) as caught:
        after(case, made)
    assert caught.value.code == code
    assert all("{" not in caught.value.text(lang) for lang in ("zh", "en"))


def test_one_step_at_a_time_and_two_people() -> None:
    case = after(begin(), event(begin(), "proposed", "wang", "sign"))
    with pytest.raises(InputError, match="pledge_waits"):
        after(case, event(case, "proposed", "li", "refuse"))
    for same in ("wang", " Wang ", "zhang"):
        with pytest.raises(InputError, match="pledge_one_person"):
            after(case, event(case, "approved", same))
    assert after(case, event(case, "approved", "li")).state == "signed"


def test_a_step_without_its_guard_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The properties above are seen to fail: a machine that files an unsigned draft breaks the first of them."""
    faulty = dict(STEPS) | {"file": pledge_states.Step(("drafted", "signed"), "filed", "registered")}
    monkeypatch.setattr(pledge_states, "STEPS", faulty)
    path = [("proposed", "file", "zhang", True), ("approved", None, "li", True)]
    path += [("sent", None, "li", True), ("answered", None, "li", True)]
    seen = [case.state for case in walked(path)]
    assert seen[-1] == "registered"
    assert "signed" not in seen

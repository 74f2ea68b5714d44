"""The compiled waterfall against the plain one, on contracts and events drawn at random."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import waterfall_oracle as oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from kejin.sharing.contract import LossShare, SharingContract
from kejin.sharing.settle_claims import KINDS, Events, Loans, settle_claims

AMOUNTS = st.one_of(st.integers(1, 50), st.integers(1, 10**7), st.integers(1, 10**15))
BOUNDS = st.one_of(st.none(), st.integers(0, 60), st.integers(0, 10**8), st.integers(0, 10**16))


@st.composite
def contracts(draw: st.DrawFn) -> list[dict[str, Any]]:
    count, left, shares = draw(st.integers(0, 4)), 10**9, []
    for _ in range(count):
        basis = draw(st.sampled_from(["loss", "rest"]))
        ratio = draw(st.integers(0, left if basis == "loss" else 10**9))
        left -= ratio if basis == "loss" else 0
        warning, stop = draw(BOUNDS), draw(BOUNDS)
        if warning is not None and stop is not None and warning > stop:
            warning, stop = stop, warning
        shares.append(
            {
                "ratio": Fraction(ratio, 10**9),
                "basis": basis,
                "deductible": draw(st.sampled_from([0, 0, 7, 10**5])),
                "loan_max": draw(BOUNDS),
                "first_loss": draw(st.sampled_from([0, 0, 11, 10**6])),
                "total_max": draw(BOUNDS),
                "overdue_min": draw(st.sampled_from([0, 0, 91])),
                "warning": warning,
                "stop": stop,
            }
        )
    return shares


def built(shares: list[dict[str, Any]], recovery: str) -> SharingContract:
    return SharingContract(
        tuple(
            LossShare(
                f"bearer{number}",
                (Decimal(share["ratio"].numerator) / Decimal(share["ratio"].denominator),),
                share["basis"],
                share["deductible"],
                share["loan_max"],
                share["first_loss"],
                share["total_max"],
                share["overdue_min"],
                share["warning"],
                share["stop"],
            )
            for number, share in enumerate(shares)
        ),
        recovery=recovery,  # type: ignore[arg-type]
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[oracle.Event]]:
    """Loans, and events in order of days: each loan claimed once, then money given back, never more than is left."""
    loans = [(draw(st.sampled_from([0, 90, 91])), draw(st.integers(-3, 6))) for _ in range(draw(st.integers(1, 5)))]
    events: list[oracle.Event] = []
    left: dict[int, int] = {}
    day = 0
    for loan in range(len(loans)):
        day += draw(st.integers(0, 2))
        left[loan] = draw(AMOUNTS)
        events.append((day, "claim", loan, left[loan]))
        for _ in range(draw(st.integers(0, 3))):
            back = draw(st.integers(0, loan))
            if left[back]:
                amount = draw(st.integers(1, left[back]))
                kind = draw(st.sampled_from(["recovery", "refund"]))
                left[back] -= amount if kind == "recovery" else 0
                events.append((day, kind, back, amount))
    return loans, events


@settings(max_examples=150)
@given(contracts(), st.sampled_from(["proportional", "keeper_first", "keeper_last"]), stories())
def test_both_say_the_same(
    shares: list[dict[str, Any]], recovery: str, story: tuple[list[tuple[int, int]], list[oracle.Event]]
) -> None:
    loans, events = story
    days, kinds, numbers, amounts = zip(*events, strict=True)
    contract = built(shares, recovery)
    found = settle_claims(
        Events(
            np.array(numbers), np.array([KINDS[kind] for kind in kinds]), np.array(amounts), np.array(days, np.int64)
        ),
        contract,
        Loans(np.zeros(len(loans), np.int64), *(np.array(column, np.int64) for column in zip(*loans, strict=True))),
    )
    flows, warned, stopped = oracle.settle(shares, recovery, loans, events)
    assert found.flows_fen.tolist() == flows
    assert dict(found.warned_on) == {f"bearer{k}": day for k, day in warned.items()}
    assert dict(found.stopped_on) == {f"bearer{k}": day for k, day in stopped.items()}


def test_a_planted_fault_is_noticed() -> None:
    """Rounding a due to the nearest fen instead of down would be seen."""
    shares = [{"ratio": Fraction(1, 2)}]
    assert oracle.dues(shares, 3, 0) == [1]
    wrong = [round(Fraction(1, 2) * 3)]
    assert wrong != oracle.dues(shares, 3, 0)

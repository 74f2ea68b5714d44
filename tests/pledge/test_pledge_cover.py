"""Cover and what moved: alerts at the edge, parts that add up, a lapse seen on its day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pledge_steps import desk_of, registered, sound_check

from kejin.errors import InputError
from kejin.units import round_cny
from kejin.valuation.pledge_cover import cover, movement
from kejin.valuation.pledge_value import PatentPledgeValue
from kejin.workflows.watch_pledges import watch_pledges
from kejin.workflows.workspace import Workspace

ONE = Decimal("1.00")


def value(basis: int, factor: str = "0.5", ratio: str = "0.3") -> PatentPledgeValue:
    figures = (Decimal(basis), Decimal(factor), Decimal(ratio))
    return PatentPledgeValue(*figures, round_cny(figures[0] * figures[1] * figures[2]))


@pytest.mark.parametrize(
    ("pledge", "left", "alerts"),
    [
        ("100.00", "100.00", ()),
        ("99.99", "100.00", ("cover_below_minimum",)),
        ("0.00", "0.00", ()),
        ("0.00", "0.01", ("cover_below_minimum",)),
    ],
)
def test_the_edge_of_the_alert(pledge: str, left: str, alerts: tuple[str, ...]) -> None:
    assert cover(Decimal(pledge), Decimal(left), ONE, barred=False, unknown=False).alerts == alerts


def test_alerts_come_in_order_and_bad_figures_are_sentences() -> None:
    found = cover(Decimal(1), Decimal(2), ONE, barred=True, unknown=True)
    assert found.alerts == ("patent_barred", "value_unknown", "cover_below_minimum")
    assert found.ratio == Decimal("0.5")
    for pledge, left in (("-1", "1"), ("NaN", "1"), ("1", "-1"), ("1", "NaN")):
        with pytest.raises(InputError, match=r"valuation\."):
            cover(Decimal(pledge), Decimal(left), ONE, barred=False, unknown=False)


VALUES = st.dictionaries(
    st.sampled_from("ABC"),
    st.builds(value, st.integers(0, 10**8), st.sampled_from(("0.5", "0.45")), st.sampled_from(("0.3", "0.4"))),
)


@given(VALUES, VALUES)
def test_the_parts_of_a_movement_add_up_to_the_fen(
    before: dict[str, PatentPledgeValue], now: dict[str, PatentPledgeValue]
) -> None:
    found = movement(before, now)
    parts = found.value_cny + found.disposal_factor_cny + found.ratio_cny + found.fallen_out_cny
    assert parts == found.total_cny
    assert found.total_cny == sum(v.pledge_cny for v in now.values()) - sum(v.pledge_cny for v in before.values())


def test_each_cause_is_told_apart() -> None:
    start = {"A": value(1000), "B": value(1000)}
    assert movement(start, {"A": value(1200), "B": value(1000)}).value_cny == 30
    assert movement(start, {"A": value(1000, "0.4"), "B": value(1000)}).disposal_factor_cny == -30
    assert movement(start, {"A": value(1000, ratio="0.4"), "B": value(1000)}).ratio_cny == 50
    assert movement(start, {"A": value(1000)}).fallen_out_cny == -150


def test_a_standing_pledge_is_watched(pledge_path: Path) -> None:
    with desk_of(pledge_path) as desk:
        case = registered(desk, pledge_path, sound_check(pledge_path))
    with Workspace.open(pledge_path) as workspace:
        (fine,) = watch_pledges(workspace, date(2026, 12, 1), "wang")
        assert (fine.cover.alerts, fine.cover.pledge_cny, fine.movement.total_cny) == ((), Decimal(3_000_000), 0)
        assert fine.cover.ratio == 3
        assert watch_pledges(workspace, date(2026, 6, 30), "wang") == [], "not registered yet on that day"
        # The appraised value is a year old on 2027-06-30; the year's fees have not been seen either, which only opens.
        (old,) = watch_pledges(workspace, date(2027, 7, 1), "wang", {case.case_id: Decimal(400_000)})
    assert old.cover.alerts == ("patent_barred", "cover_below_minimum")
    assert {one.code for one in old.barring} == {"value_too_old"}
    assert old.movement.fallen_out_cny == -3_000_000

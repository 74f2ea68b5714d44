"""In force, pending or ended: each patent below was judged by hand for 2026-03-31."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from patent_tables import AS_OF, TERMS, application, facts, patent, rows_of

from kejin.errors import InputError
from kejin.evaluation.patent_states import patent_states, superseded_publications


def event(number: str, kind: str, day: date) -> dict[str, Any]:
    return {"publication_number": number, "event_kind": kind, "happened_on": day, "reference": "-"}


def state(rows: dict[str, Any]) -> str:
    names = [name for name in ("in_force", "pending", "ended") if rows[name]]
    assert len(names) <= 1
    return names[0] if names else "none"


def states(patents: list[dict[str, Any]], events: list[dict[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    view = facts(patent=patents, patent_event=events or [])
    return {row["publication_number"]: row for row in rows_of(view, patent_states(view, AS_OF, TERMS), "filed_on")}


def test_grant_term_and_kind() -> None:
    early, edge = date(2016, 4, 1), date(2016, 3, 31)
    found = states(
        [
            patent("granted"),
            application("waiting"),
            patent("granted later", granted_on=date(2026, 4, 1)),
            patent("granted today", granted_on=AS_OF),
            patent("model, last day", patent_kind="utility_model", filed_on=early),
            patent("model, over", patent_kind="utility_model", filed_on=edge),
            patent("invention, over", filed_on=date(2006, 3, 31)),
            patent("invention, last day", filed_on=date(2006, 4, 1)),
            patent("old design", patent_kind="design", filed_on=edge),
            patent("new design", patent_kind="design", filed_on=date(2021, 6, 1)),
            patent("before the first term", filed_on=date(1990, 1, 1)),
            application("waited out", filed_on=date(2000, 1, 1)),
            application("international", office="WO"),
            patent("filed later", filed_on=date(2026, 4, 1), granted_on=None, published_on=None),
        ]
    )
    assert {name: state(row) for name, row in found.items()} == {
        "granted": "in_force",
        "waiting": "pending",
        "granted later": "pending",
        "granted today": "in_force",
        "model, last day": "in_force",
        "model, over": "ended",
        "invention, over": "ended",
        "invention, last day": "in_force",
        "old design": "ended",
        "new design": "in_force",
        "before the first term": "ended",
        "waited out": "ended",
        "international": "none",
    }
    assert found["old design"]["expires_on"] == AS_OF
    assert found["new design"]["expires_on"] == date(2036, 6, 1)
    assert found["model, last day"]["expires_on"] == date(2026, 4, 1)
    # 2020-01-01 to 2026-03-31: six years with leap years 2020 and 2024, then January to March.
    assert found["granted"]["age_days"] == found["granted"]["maintained_days"] == 6 * 365 + 2 + 31 + 28 + 30
    assert found["waiting"]["maintained_days"] is None


def test_ends_and_what_undoes_them() -> None:
    end, later = date(2024, 1, 1), date(2024, 6, 1)
    lapsed = {"ended_on": end, "end_reason": "fee_unpaid"}
    found = states(
        [
            patent("lapsed", **lapsed),
            patent("lapsed, restored", **lapsed),
            patent("lapsed, restored before", **lapsed),
            patent("lapse event"),
            patent("lapse event, restored"),
            patent("lapse event, restored the same day"),
            patent("lapsed twice"),
            patent("invalidated"),
            patent("invalidated, upheld"),
            patent("invalidated, restored"),
            patent("recorded as invalidated, restored", ended_on=end, end_reason="invalidated"),
            patent("expired, restored", ended_on=end, end_reason="expired"),
            patent("ends later", ended_on=date(2026, 4, 1), end_reason="fee_unpaid"),
            patent("ended, day unknown", end_reason="abandoned"),
            application("refused", ended_on=end, end_reason="refused"),
        ],
        [
            event("lapsed, restored", "restoration", later),
            event("lapsed, restored before", "restoration", date(2023, 1, 1)),
            event("lapse event", "lapse", end),
            event("lapse event, restored", "lapse", end),
            event("lapse event, restored", "restoration", later),
            event("lapse event, restored the same day", "lapse", end),
            event("lapse event, restored the same day", "restoration", end),
            event("lapsed twice", "lapse", end),
            event("lapsed twice", "restoration", later),
            event("lapsed twice", "lapse", date(2025, 1, 1)),
            event("invalidated", "invalidated", end),
            event("invalidated, upheld", "invalidated", end),
            event("invalidated, upheld", "invalidity_rejected", later),
            event("invalidated, restored", "invalidated", end),
            event("invalidated, restored", "restoration", later),
            event("recorded as invalidated, restored", "restoration", later),
            event("expired, restored", "restoration", later),
            event("ends later", "lapse", date(2026, 4, 1)),
        ],
    )
    in_force = {
        "lapsed, restored",
        "lapse event, restored",
        "lapse event, restored the same day",
        "invalidated, upheld",
        "ends later",
    }
    assert {name for name, row in found.items() if state(row) == "in_force"} == in_force
    assert {name for name, row in found.items() if state(row) == "ended"} == set(found) - in_force
    assert found["lapsed twice"]["ended_day"] == date(2025, 1, 1)
    assert found["lapsed"]["ended_day"] == end
    assert found["ended, day unknown"]["ended_day"] is None
    assert found["ended, day unknown"]["maintained_days"] is None
    assert found["lapsed"]["maintained_days"] == 4 * 365 + 1


def test_one_application_counts_once() -> None:
    view = facts(
        patent=[
            application("A1", application_number="1"),
            patent("B1", application_number="1"),
            application("A2", application_number="2", published_on=date(2020, 7, 1)),
            application("A2 corrected", application_number="2", published_on=date(2021, 7, 1)),
            application("US", application_number="1", office="US"),
            patent("no number 1"),
            patent("no number 2"),
        ],
        patent_event=[event("A1", "lapse", date(2024, 1, 1))],
    )
    found = {row["publication_number"]: row for row in rows_of(view, patent_states(view, AS_OF, TERMS), "filed_on")}
    assert set(found) == {"B1", "A2 corrected", "US", "no number 1", "no number 2"}
    assert found["B1"]["ended"], "an event of the other publication counts"
    others = rows_of(view, superseded_publications(view, AS_OF), "publication_number")
    assert [(row["publication_number"], row["kept_number"]) for row in others] == [("A1", "B1"), ("A2", "A2 corrected")]


def test_how_it_was_obtained() -> None:
    ways = ("own", "assigned", "gift", "merger", "licence", None)
    found = states([patent(str(way), how_obtained=way) for way in ways])
    assert {name: (row["own_filed"], row["bought"]) for name, row in found.items()} == {
        "own": (True, False),
        "assigned": (False, True),
        "gift": (False, True),
        "merger": (False, True),
        "licence": (False, False),
        "None": (None, None),
    }


def test_a_kind_without_a_term_is_refused() -> None:
    view = facts(patent=[patent("P")])
    with pytest.raises(InputError, match="design") as caught:
        patent_states(view, AS_OF, [term for term in TERMS if term.patent_kind != "design"])
    assert caught.value.code == "evaluation.term_missing"

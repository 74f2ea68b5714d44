"""A workspace small enough to be checked by hand: three companies, a few patents, each with one thing the matter."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

from kejin.facts.uscc import check_character
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

DAY = date(2026, 6, 30)
KNOWN = "2026-01-05"


def code_of(division: str, number: int) -> str:
    """A credit code with a right check character; division 440300 is Shenzhen."""
    first = f"91{division}MA{number:07d}"
    return first + check_character(first)


OWNER, OTHER, PARENT = code_of("440300", 1), code_of("440300", 2), code_of("440300", 3)
BEIJING, RING_A, RING_B = code_of("110000", 4), code_of("440300", 5), code_of("440300", 6)
NAMES = {
    OWNER: "虚拟甲科技（演示）有限公司",
    OTHER: "虚拟乙科技（演示）有限公司",
    PARENT: "虚拟丙控股（演示）有限公司",
    BEIJING: "虚拟丁科技（演示）有限公司",
    RING_A: "虚拟环甲（演示）有限公司",
    RING_B: "虚拟环乙（演示）有限公司",
}


def patent(number: str, company: str = OWNER, **changed: Any) -> dict[str, Any]:
    """A sound invention of 2020; fees are to be added as events."""
    row = {
        "publication_number": number,
        "company_id": company,
        "application_number": f"A{number}",
        "office": "CN",
        "patent_kind": "invention",
        "filed_on": "2020-03-01",
        "granted_on": "2022-05-01",
        "holder_count": 1,
        "known_on": KNOWN,
        "source": "test",
    }
    return row | changed


def event(number: str, kind: str, day: str, **changed: Any) -> dict[str, Any]:
    row = {
        "publication_number": number,
        "event_kind": kind,
        "happened_on": day,
        "reference": "-",
        "known_on": max(day, KNOWN),
        "source": "test",
    }
    return row | changed


# Year 7 of a right of 2020-03-01 runs from 2026-03-01.
def fee(number: str, year: int = 7, day: str = "2026-02-20") -> dict[str, Any]:
    return event(number, "fee_paid", day, fee_year=year)


PATENTS = [
    patent("CN1B"),
    patent("CN2B"),
    patent("CN3B", OTHER),
    patent("CN4B", PARENT),
    patent("CN5B", RING_A),
    patent("CN6A", granted_on=None),
    patent("CN7B"),
    patent("CN8B"),
    patent("CN9B"),
    patent("CN10B", disputed="true"),
    patent("CN11B"),
    patent("CN12B"),
    patent("CN13B"),
    patent("CN14B", holder_count=2),
    patent("CN15B", holder_count=None),
    patent("CN16U", patent_kind="utility_model", filed_on="2018-03-01", granted_on="2018-09-01"),
    patent("CN17B"),
    patent("CN18S", patent_kind="design", filed_on="2021-07-01"),
    patent("CN19B", BEIJING),
    patent("CN20B"),
    patent("CN21A", application_number="A21", granted_on=None),
    patent("CN21B", application_number="A21"),
]
EVENTS = [
    *(fee(f"CN{n}B") for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 14, 15, 17, 19, 20)),
    fee("CN16U", 9),
    fee("CN21A"),
    fee("CN18S", 5, "2025-06-20"),
    event("CN7B", "lapse", "2026-05-01"),
    event("CN8B", "pledge", "2025-03-01", reference="ZY1", counterparty="演示质权人"),
    event("CN9B", "pledge", "2025-03-01", reference="ZY2", counterparty="演示质权人一"),
    event("CN9B", "pledge", "2025-09-01", reference="ZY3", counterparty="演示质权人二"),
    event("CN11B", "invalidity_request", "2026-02-01", reference="W1"),
    event("CN12B", "fee_overdue", "2026-04-01"),
    fee("CN13B", 6, "2025-02-20"),
    event("CN17B", "licence", "2025-01-01", reference="X1", counterparty="演示被许可方", until_on="2029-01-01"),
    event("CN17B", "suit", "2025-05-01", reference="S1"),
    event("CN20B", "pledge", "2024-03-01", reference="ZY4", counterparty="演示质权人"),
    event("CN20B", "pledge_release", "2025-03-01", reference="JC4"),
    event("CN20B", "invalidity_request", "2024-02-01", reference="W2"),
    event("CN20B", "invalidity_rejected", "2024-09-01", reference="W2"),
    event("CN20B", "fee_overdue", "2025-04-01"),
]
OWNERSHIP = [
    {"owner_id": PARENT, "company_id": OWNER, "share": 0.8, "controls": "true"},
    {"owner_id": RING_B, "company_id": RING_A, "share": 0.6, "controls": "true"},
    {"owner_id": RING_A, "company_id": RING_B, "share": 0.6, "controls": "true"},
]


def make_workspace(home: Path) -> Path:
    """The workspace, with every row loaded and none refused."""
    companies = [
        {"company_id": code, "name": name, "known_on": KNOWN, "source": "test"} for code, name in NAMES.items()
    ]
    ownership = [
        row | {"owner_kind": "company", "since_on": "2021-01-01", "known_on": KNOWN, "source": "test"}
        for row in OWNERSHIP
    ]
    facts = home / "facts"
    facts.mkdir()
    for name, rows in (
        ("company", companies),
        ("patent", PATENTS),
        ("patent_event", EVENTS),
        ("ownership", ownership),
    ):
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (facts / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    path = home / "workspace"
    with Workspace.create(path) as workspace:
        report = load_facts(workspace, [facts])
        assert report.rows_rejected == 0, report.findings
    return path

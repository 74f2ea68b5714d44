"""Bad input from a file to the answer of a valuation: refused at loading, or a finding, and never a silent number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kejin.facts.uscc import check_character
from kejin.workflows.load_facts import load_facts
from kejin.workflows.value_patents import ValuationRun, value_patents
from kejin.workflows.workspace import Workspace

KNOWN = {"known_on": "2021-01-05", "source": "test"}
LAPSED_ON = date(2025, 3, 1)
Rows = dict[str, list[dict[str, Any]]]


def _company(number: int) -> str:
    first = f"91440300MA{number:07d}"
    return first + check_character(first)


A, B, C = _company(1), _company(2), _company(3)


def _patent(number: str, **changed: Any) -> dict[str, Any]:
    return {
        "publication_number": number, "company_id": A, "application_number": f"A{number}", "office": "CN",
        "patent_kind": "invention", "filed_on": "2018-03-01", "granted_on": "2020-05-01", "holder_count": 1,
        "claims": 8, "ipc_main": "G06F16/00",
    } | changed | KNOWN  # fmt: skip


def _event(number: str, kind: str, day: str, reference: str = "-", **changed: Any) -> dict[str, Any]:
    return {"publication_number": number, "event_kind": kind, "happened_on": day, "reference": reference} | changed | {
        "known_on": max(day, KNOWN["known_on"]), "source": "test",
    }  # fmt: skip


def _owns(owner: str, owned: str) -> dict[str, Any]:
    return {"owner_id": owner, "company_id": owned, "owner_kind": "company", "share": 0.6, "since_on": "2019-01-01"} | {
        **KNOWN
    }


PATENTS = [
    _patent("CN1B"),
    _patent("CN2B"),
    _patent("CN3B", ipc_main="G06Q99/99", claims=8),
    _patent("CN4B", ipc_main=""),
]
EVENTS = [
    _event("CN1B", "lapse", LAPSED_ON.isoformat()),
    _event("CN2B", "pledge", "2022-03-01", "ZY1"),
    _event("CN2B", "pledge", "2023-03-01", "ZY2"),
]


OWNER = {"company_id": A, "name": "虚拟甲（演示）有限公司"} | KNOWN


def _files(home: Path, rows: Rows) -> Path:
    home.mkdir(parents=True)
    for name, of_table in rows.items():
        columns = list(dict.fromkeys(column for row in of_table for column in row))
        with (home / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(of_table)
    return home


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Loaded whole: one lapse, two pledges on one patent, no IPC, three companies that own each other in a ring."""
    home = tmp_path_factory.mktemp("bad")
    companies = [{"company_id": code, "name": f"虚拟{code[-3:]}（演示）有限公司"} | KNOWN for code in (A, B, C)]
    ring = [_owns(A, B), _owns(B, C), _owns(C, A)]
    rows: Rows = {"company": companies, "patent": PATENTS, "patent_event": EVENTS, "ownership": ring}
    with Workspace.create(home / "workspace") as made:
        report = load_facts(made, [_files(home / "facts", rows)])
        assert report.rows_rejected == 0, report.findings
        yield made


def _valued(workspace: Workspace, day: date) -> tuple[ValuationRun, dict[str, dict[str, Any]]]:
    run = value_patents(workspace, day)
    return run, {row["publication_number"]: row for row in pq.read_table(run.patents).to_pylist()}


def test_a_lapsed_patent_is_worth_nothing_from_its_day(workspace: Workspace) -> None:
    _, before = _valued(workspace, date(2025, 2, 28))
    _, on_the_day = _valued(workspace, LAPSED_ON)
    assert before["CN1B"]["value_cny_low"] > 0
    assert [on_the_day["CN1B"][f"value_cny_{end}"] for end in ("low", "mid", "high")] == [0, 0, 0]
    assert on_the_day["CN1B"]["reasons"] == "ended"
    assert on_the_day["CN2B"]["value_cny_low"] > 0


def test_findings_reach_the_run_with_their_first_example(workspace: Workspace) -> None:
    run, rows = _valued(workspace, date(2025, 6, 30))
    found = {finding.code: finding.details for finding in run.findings}
    assert found["valuation.pledge_twice"] == {"count": 1, "first": "CN2B"}
    assert found["valuation.field_missing"]["count"] >= 1
    assert found["valuation.ownership_circle"] == {"count": 3, "first": min(A, B, C)}
    assert "field" in rows["CN4B"]["missing"]
    assert rows["CN4B"]["value_cny_mid"] > 0
    assert rows["CN2B"]["pledges"] == 2


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("patent", _patent("CN9B", granted_on="2017-05-01")),  # granted before it was filed
        ("patent", _patent("CN9B", ipc_main="no symbol")),
        ("patent", _patent("CN9B", claims=0)),
        ("patent_event", _event("CN1B", "licence", "2022-01-01", "X1", royalty_rate=-0.01)),
        ("patent_event", _event("CN1B", "licence", "2022-01-01", "X1", amount_cny=-5)),
        ("patent_event", _event("CN1B", "fee_paid", "2022-01-01", fee_year=26)),
        ("patent_event", _event("CN1B", "licence", "2022-01-01", "X1", amount_cny=5, currency="GBP")),
    ],
)
def test_impossible_rows_are_refused_at_loading(table: str, row: dict[str, Any], tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "workspace") as made:
        rows: Rows = {"company": [OWNER], "patent": [_patent("CN1B")]}
        rows[table] = [*rows.get(table, []), row]
        report = load_facts(made, [_files(tmp_path / "facts", rows)])
    assert report.rows_rejected == 1, report.findings

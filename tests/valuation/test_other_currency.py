"""A deal or pledge in another currency: said so, left out, and nothing else changed."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from kejin.facts.uscc import check_character
from kejin.workflows.load_facts import load_facts
from kejin.workflows.value_patents import ValuationRun, value_patents
from kejin.workflows.workspace import Workspace

DAY = date(2026, 6, 30)
COMPANY = "91440300MA0000001"
COMPANY += check_character(COMPANY)
KNOWN = {"known_on": "2026-01-05", "source": "test"}


def _event(number: str, kind: str, amount: str, currency: str) -> dict[str, Any]:
    return {
        "publication_number": number, "event_kind": kind, "happened_on": "2025-03-01", "reference": f"{kind}-{number}",
        "amount_cny": amount, "currency": currency,
    } | KNOWN  # fmt: skip


def _valued(home: Path, events: list[dict[str, Any]]) -> tuple[ValuationRun, dict[str, dict[str, Any]]]:
    patents = [
        {
            "publication_number": f"CN{n}B", "company_id": COMPANY, "application_number": f"A{n}", "office": "CN",
            "patent_kind": "invention", "filed_on": "2020-03-01", "granted_on": "2022-05-01", "holder_count": 1,
            "ipc_main": "G06F16/00",
        } | KNOWN
        for n in range(3)
    ]  # fmt: skip
    companies = [{"company_id": COMPANY, "name": "虚拟甲科技（演示）有限公司"} | KNOWN]
    (home / "facts").mkdir(parents=True)
    for name, rows in (("company", companies), ("patent", patents), ("patent_event", events)):
        with (home / "facts" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    with Workspace.create(home / "workspace") as workspace:
        report = load_facts(workspace, [home / "facts"])
        assert report.rows_rejected == 0, report.findings
        run = value_patents(workspace, DAY)
        return run, {row["publication_number"]: row for row in pq.read_table(run.patents).to_pylist()}


def test_dollars_are_neither_a_price_nor_a_pledge_in_cny(tmp_path: Path) -> None:
    yuan = _event("CN2B", "assignment", "800000", "CNY")
    dollars, found = _valued(
        tmp_path / "usd",
        [_event("CN0B", "assignment", "9000000", "USD"), _event("CN1B", "pledge", "500000", "HKD"), yuan],
    )
    (said,) = [finding for finding in dollars.findings if finding.code == "valuation.currency_other"]
    assert said.details == {"count": 2, "first": "CN0B"}
    assert "another currency than CNY" in said.text("en")
    assert "不是人民币" in said.text("zh")
    assert (found["CN1B"]["secured_cny"], found["CN1B"]["pledges"]) == (None, 1)
    without, plain = _valued(
        tmp_path / "none", [_event("CN0B", "assignment", "", ""), _event("CN1B", "pledge", "", ""), yuan]
    )
    assert not [finding for finding in without.findings if finding.code == "valuation.currency_other"]
    assert found == plain
    _, priced = _valued(
        tmp_path / "cny",
        [_event("CN0B", "assignment", "9000000", "CNY"), _event("CN1B", "pledge", "500000", "CNY"), yuan],
    )
    assert priced["CN0B"]["value_cny_mid"] != found["CN0B"]["value_cny_mid"]
    assert priced["CN1B"]["secured_cny"] == 500_000

"""A workspace made by hand, so that every decision can be worked out with a pencil.

One company is as good as a company can be; each other one differs in one thing. The default model has one feature,
the debt ratio: below 40% a probability of 2%, from 40% on 12%, from 70% on 30%.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kejin.credit.calibration import Calibration
from kejin.credit.registered_model import RegisteredModel
from kejin.credit.scorecard import Scorecard, ScoredFeature, write_scorecard
from kejin.facts.uscc import check_character
from kejin.workflows.default_models import SCORECARD, register_folder, write_record
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

DAY = date(2026, 9, 30)
NAMES = (
    *("good", "struck_off", "overdue", "no_title", "no_statements", "middle", "risky", "young", "tenant", "no_patent"),
    *("enforced", "owner"),
)
BANK = "BANK01"
_HAPPENED = ("closed_on", "granted_on", "filed_on", "since_on", "month_end")
REPORT = {
    "revenue_cny": 60_000_000,
    "cost_of_sales_cny": 40_000_000,
    "operating_profit_cny": 6_000_000,
    "net_profit_cny": 5_000_000,
    "rd_expense_cny": 6_000_000,
    "total_cost_cny": 54_000_000,
    "depreciation_cny": 1_000_000,
    "interest_expense_cny": 0,
    "total_assets_cny": 50_000_000,
    "total_liabilities_cny": 10_000_000,
    "net_assets_cny": 40_000_000,
    "current_assets_cny": 30_000_000,
    "current_liabilities_cny": 10_000_000,
    "cash_cny": 5_000_000,
    "receivables_cny": 15_000_000,
    "prepayments_cny": 0,
    "inventory_cny": 10_000_000,
    "payables_cny": 5_000_000,
    "advance_receipts_cny": 0,
    "short_term_loans_cny": 0,
    "long_term_loans_cny": 0,
    "operating_cash_flow_cny": 5_000_000,
}


def company_id(name: str) -> str:
    """The code of one of NAMES; the check character is right."""
    first = f"91440300MA5{NAMES.index(name):06d}"
    return first + check_character(first)


def make_workspace(path: Path, facts: Path) -> Path:
    """Writes the files, loads them, registers the model; returns the workspace's folder."""
    for table, rows in tables().items():
        _write(facts / f"{table}.csv", rows)
    with Workspace.create(path, language="en") as made:
        report = load_facts(made, [facts])
        assert report.rows_rejected == 0, report
        register(made, date(2026, 6, 30), date(2026, 7, 1), date(2027, 7, 1))
    return path


def tables() -> dict[str, list[dict[str, Any]]]:
    everybody = [company_id(name) for name in NAMES]
    no_report = {company_id("no_statements")}
    return {
        "company": [_company(name) for name in NAMES],
        "annual_report": [
            _known(
                {"company_id": code, "fiscal_year": year, "basis": "audited"} | _report(code, year), f"{year + 1}-05-01"
            )
            for code in everybody
            if code not in no_report
            for year in (2024, 2025)
        ],
        "staffing": [
            _known(
                {"company_id": code, "fiscal_year": 2025, "staff_total": 100, "rd_staff": 40, "tech_staff": 45}
                | {"doctors": 2, "masters": 10, "bachelors": 38},
                "2026-05-01",
            )
            for code in everybody
        ],
        "title": [
            _known(
                {"company_id": code, "title_code": "high_tech", "granted_on": "2024-12-01", "valid_until": "2027-11-30"}
            )
            for code in everybody
            if code != company_id("no_title")
        ],
        "equity_round": [
            _known(
                {"round_id": "R1", "company_id": company_id("good"), "round": "b", "closed_on": "2026-01-15"}
                | {"amount_cny": 20_000_000}
            )
        ],
    } | _books()


def _books() -> dict[str, list[dict[str, Any]]]:
    """What banks, courts and parks know."""
    return {
        "institution": [
            _known({"institution_id": BANK, "name": "Bank", "institution_kind": "bank", "bank_class": "city"})
            | {"total_assets_cny": 200_000_000_000, "tier1_capital_cny": 20_000_000_000}
        ],
        "loan": [
            _known({"loan_id": "L1", "company_id": company_id("overdue"), "institution_id": BANK, "product": "other"})
            | {"security": "unsecured", "amount_cny": 1_000_000, "granted_on": "2025-10-01", "due_on": "2027-10-01"}
            | {"known_on": "2025-10-02"}
        ],
        "loan_state": [
            _known(
                {"loan_id": "L1", "month_end": "2026-08-31", "balance_cny": 800_000, "overdue_days": 45}, "2026-09-05"
            )
        ],
        "court_case": [
            _known(
                {
                    "case_number": "C1",
                    "company_id": company_id("enforced"),
                    "role": "enforced",
                    "filed_on": "2026-02-01",
                }
            )
        ],
        "park": [_known({"park_id": "P1", "name": "Park", "paired_bank_id": BANK})],
        "park_tenancy": [
            _known({"park_id": "P1", "company_id": company_id("tenant"), "since_on": "2025-01-01"})
            | {"monthly_rent_cny": 50_000, "rent_overdue": "false"}
        ],
        "ownership": [
            _known({"owner_id": company_id("owner"), "owner_kind": "company", "company_id": company_id("good")})
            | {"share": 0.6, "controls": "true", "since_on": "2022-01-01"}
        ],
        "patent": [
            _known({"publication_number": "CN110000001B", "company_id": company_id("good"), "patent_kind": "invention"})
            | {"filed_on": "2022-03-01", "granted_on": "2024-03-01", "known_on": "2024-03-05"}
        ],
    }


def _company(name: str) -> dict[str, Any]:
    born = "2025-06-01" if name == "young" else "2020-03-01"
    row = {"company_id": company_id(name), "name": name, "established_on": born, "status": "active"}
    row |= {"ownership_kind": "private", "mainland_resident": "true", "district": "440305", "listed": "false"}
    row |= {"on_abnormal_list": "false", "on_serious_breach_list": "false", "industry_code": "6513"}
    if name == "struck_off":
        row |= {"status": "deregistered", "ended_on": "2026-03-01", "known_on": "2026-03-05"}
    if name == "young":
        row |= {"known_on": "2025-06-05"}
    return _known(row)


def _report(code: str, year: int) -> dict[str, Any]:
    debts = {company_id("middle"): 25_000_000, company_id("risky"): 40_000_000}
    shown = dict(REPORT)
    if code in debts:
        shown |= {"total_liabilities_cny": debts[code], "net_assets_cny": 50_000_000 - debts[code]}
    return shown if year == 2025 else shown | {"revenue_cny": 50_000_000}


def _known(row: Mapping[str, Any], day: str = "2025-01-01") -> dict[str, Any]:
    """The row with the day it was known: the one it names, or the day after its last own day, at the earliest `day`."""
    days = [str(row[name]) for name in _HAPPENED if row.get(name)]
    return dict(row) | {"known_on": row.get("known_on", max([day, *days])), "source": "by hand"}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    listed = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in listed for name in row)))
        writer.writeheader()
        writer.writerows(listed)


def scorecard(version: str) -> Scorecard:
    """One feature; WOE is chosen so that the bins have the probabilities named above."""
    odds = [math.log(p / (1 - p)) for p in (0.02, 0.12, 0.30, 0.12)]
    feature = ScoredFeature(
        "debt_ratio", "资产负债率", "Liabilities to assets", "financial", "numeric", "rising", (0.4, 0.7), (),
        (1.0,) * 4, (1.0,) * 4, tuple(-one for one in odds), (60, 30, 10, 30), 1.0, 0.1,
    )  # fmt: skip
    return Scorecard("default", version, (feature,), 0.0, ((0.01, 0.0), (0.0, 0.0)), Calibration())


def register(
    workspace: Workspace, fitted: date, validated: date | None, valid_until: date | None, version: str = "by-hand"
) -> RegisteredModel:
    """Puts the model into the register."""
    card = scorecard(version)
    model = RegisteredModel(
        "default", card.version, "credit", "high", "owner", fitted, "0" * 64, card.content_hash, "0" * 64, "edition",
        validated, None if validated is None else "validator", valid_until,
    )  # fmt: skip
    folder = register_folder(workspace) / model.version
    folder.mkdir(parents=True, exist_ok=True)
    write_scorecard(card, folder / SCORECARD)
    write_record(workspace, model)
    return model

"""One person a role for a demonstration, each at an institution of the city where there is work for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kejin.casework.consents import covered_tables, standing_consents
from kejin.casework.people import People, Person, head_office
from kejin.casework.permissions import INSTITUTION_KINDS, ROLES
from kejin.casework.store import CaseStore, database_of
from kejin.engines.run_query import rows_of
from kejin.facts.table_groups import COMPANY_TABLES
from kejin.workflows.workspace import Workspace

DEMO_PASSWORD = "kejin-demo-2026"  # noqa: S105  printed beside the names: a demonstration holds invented data only
DEMO_LOG_INS = {
    "relationship_manager": "officer",
    "approver": "approver",
    "risk_manager": "risk",
    "branch_head": "head",
    "insurer": "insurer",
    "guarantor": "guarantor",
    "park": "park",
    "investment_manager": "investor",
    "company": "company",
    "auditor": "auditor",
    "supervisor": "supervisor",
    "administrator": "admin",
}
# The branch with most consents to credit in force: somebody there has companies to look at.
_BRANCH = """
SELECT institution_id, count(*) AS n FROM consent
WHERE purpose = 'credit' AND withdrawn_on IS NULL AND coalesce(valid_until, DATE '9999-12-31') >= $today
  AND institution_id IN (SELECT institution_id FROM institution WHERE institution_kind = 'bank' AND parent_id <> '')
GROUP BY 1 ORDER BY n DESC, 1 LIMIT 1
"""
_BORROWERS = """
SELECT company_id FROM loan WHERE institution_id = $branch AND known_on <= $today
GROUP BY 1 ORDER BY max(amount_cny) DESC, 1
"""
_CONSENTS = "SELECT * FROM consent WHERE known_on <= $today AND split_part(institution_id, '-', 1) = $head"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the people of a demonstration work."""

    branch: str
    company: str
    others: dict[str, str]


def add_demo_people(workspace: Path, today: date) -> list[Person]:
    """One person a role, all with DEMO_PASSWORD; those who are there already are left as they are."""
    places = _places(workspace, today)
    with CaseStore.open(database_of(workspace)) as store:
        people = People(store)
        for role in ROLES:
            if people.find(DEMO_LOG_INS[role]) is None:
                people.add(
                    DEMO_LOG_INS[role],
                    f"演示{ROLES[role].zh}",
                    role,
                    DEMO_PASSWORD,
                    institution_id=_institution(role, places),
                    company_id=places.company if role == "company" else None,
                    must_change=False,
                )
        return people.everyone()


def _institution(role: str, places: Places) -> str | None:
    """Officers and heads sit in the branch, those who check in its head office."""
    kinds = INSTITUTION_KINDS.get(role)
    if kinds is None:
        return None
    if kinds[0] == "bank":
        in_branch = role in ("relationship_manager", "branch_head")
        return places.branch if in_branch else places.branch.split("-", 1)[0]
    return places.others[kinds[0]]


def _places(workspace: Path, today: date) -> Places:
    with Workspace.open(workspace) as opened:
        backend = opened.backend
        found = rows_of(backend, _BRANCH, {"today": today})
        branch = str(found[0]["institution_id"])
        company = _company(backend, branch, today)
        others = {}
        for kinds in INSTITUTION_KINDS.values():
            if kinds[0] == "park":
                sql = "SELECT park_id AS id FROM park_tenancy GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
                rows = rows_of(backend, sql, {})
            else:
                sql = "SELECT min(institution_id) AS id FROM institution WHERE institution_kind = $kind"
                rows = rows_of(backend, sql, {"kind": kinds[0]})
            others[kinds[0]] = str(rows[0]["id"])
    return Places(branch, company, others)


def _company(backend: Any, branch: str, today: date) -> str:
    """The largest borrower of a branch whose consents cover every page, for credit and if possible monitoring."""
    values = {"today": today, "head": head_office(branch)}
    standing = standing_consents(rows_of(backend, _CONSENTS, values), ())
    whole = []
    for purpose in ("credit", "monitoring"):
        covered = covered_tables(standing, branch, purpose, today)
        whole.append({company for company, tables in covered.items() if tables >= COMPANY_TABLES})
    borrowers = [str(row["company_id"]) for row in rows_of(backend, _BORROWERS, {"today": today, "branch": branch})]
    for wanted in (whole[0] & whole[1], whole[0]):
        for company in (*borrowers, *sorted(wanted)):
            if company in wanted:
                return company
    return str(rows_of(backend, "SELECT min(company_id) AS company_id FROM company", {})[0]["company_id"])

"""Of what kind is a table? Every declared table in one group that a person understands when giving consent.

A consent covers tables; people tick groups of them. Tables that say nothing of one company need no consent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kejin.facts.tables import ALL_TABLES


@dataclass(frozen=True, slots=True)
class TableGroup:
    """Tables that are consented to together, with the group's name in both languages."""

    zh: str
    en: str
    tables: tuple[str, ...]

    def of(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


GROUPS: Mapping[str, TableGroup] = {
    "registry": TableGroup(
        "登记、资质与信用记录",
        "Registry, titles and record",
        ("company", "title", "business_profile", "expert_score", "ownership", "penalty", "court_case"),
    ),
    "reports": TableGroup("年报与人员", "Reports and staff", ("annual_report", "staffing")),
    "research": TableGroup(
        "专利与研发",
        "Patents and R&D",
        (
            *("patent", "patent_inventor", "patent_citation", "patent_event", "patent_expert_score", "other_ip"),
            *("research_project", "award", "standard", "research_unit", "technology_contract"),
        ),
    ),
    "tax": TableGroup(
        "税务、社保、用能与发票",
        "Tax, social insurance, energy and invoices",
        ("tax_month", "social_insurance_month", "utility_month", "invoice"),
    ),
    "accounts": TableGroup("账户与资金流水", "Accounts and transfers", ("account", "transfer")),
    "loans": TableGroup("贷款与担保", "Loans and guarantees", ("loan", "loan_state")),
    "insurance": TableGroup("保险", "Insurance", ("insurance_policy", "insurance_claim")),
    "investment": TableGroup("股权融资与基金投资", "Equity rounds and funds", ("equity_round", "fund_investment")),
    "park": TableGroup("园区入驻", "Park tenancy", ("park_tenancy",)),
}
# These say nothing of one company, or (consents) are what the check itself reads.
NOT_OF_A_COMPANY = ("institution", "fund", "park", "patent_cohort", "consent")
COMPANY_TABLES = frozenset(table for group in GROUPS.values() for table in group.tables)


def tables_of(groups: Iterable[str]) -> frozenset[str]:
    """The tables of some groups. KeyError for a group that there is not."""
    return frozenset(table for group in groups for table in GROUPS[group].tables)


def missing_groups(needed: Iterable[str], covered: Collection[str]) -> tuple[str, ...]:
    """The groups of the tables that are needed and not covered, in the order of GROUPS."""
    missing = {table for table in needed if table in COMPANY_TABLES and table not in covered}
    return tuple(code for code, group in GROUPS.items() if missing.intersection(group.tables))


def groups_touched(covered: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """The groups of which something is covered, and whether the whole group is."""
    return tuple(
        (code, all(table in covered for table in group.tables))
        for code, group in GROUPS.items()
        if any(table in covered for table in group.tables)
    )


def tables_text(tables: Collection[str]) -> str:
    """Tables as the facts write them: names in the order of their declaration, separated by semicolons."""
    return ";".join(name for name in ALL_TABLES if name in tables)


def tables_named(text: str | None) -> frozenset[str]:
    """The tables of a company that such a text names; none for an empty one, words that name no table are left out."""
    return frozenset(name.strip() for name in (text or "").split(";")) & COMPANY_TABLES

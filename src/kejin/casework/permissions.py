"""Who may do what, on whose objects? One table, read by the server for every request and by the tests for every cell.

An action is what a route does (`company.portrait`). A scope says on whose objects a role may do it:

own          objects of the person's own company
branch       of the person's own institution or branch only
institution  of the head office with all its branches
all          of everybody
A role that an action does not list may not do it at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kejin.errors import InputError
from kejin.schemes.scheme import Label

Scope = Literal["own", "branch", "institution", "all"]

ROLES: Mapping[str, Label] = {
    "relationship_manager": Label("客户经理", "Relationship manager"),
    "approver": Label("审批官", "Approver"),
    "risk_manager": Label("风险经理", "Risk manager"),
    "branch_head": Label("科技支行行长", "Head of branch"),
    "insurer": Label("保险核保", "Insurance underwriter"),
    "guarantor": Label("担保机构", "Guarantor"),
    "park": Label("园区运营方", "Park operator"),
    "investment_manager": Label("投资经理", "Investment manager"),
    "company": Label("企业", "Company"),
    "auditor": Label("审计", "Auditor"),
    "supervisor": Label("监管部门", "Supervisor"),
    "administrator": Label("系统管理员", "Administrator"),
}
# Which institutions of the facts a role can belong to; () where it belongs to none.
INSTITUTION_KINDS: Mapping[str, tuple[str, ...]] = {
    "relationship_manager": ("bank",),
    "approver": ("bank",),
    "risk_manager": ("bank", "guarantor", "insurer"),
    "branch_head": ("bank",),
    "insurer": ("insurer",),
    "guarantor": ("guarantor", "re_guarantor", "guarantee_fund", "compensation_pool"),
    "park": ("park",),
    "investment_manager": ("aic", "fund_manager"),
    "auditor": ("bank", "guarantor", "insurer"),
}
# For what a role reads a company's data; a company's consent names the purpose.
PURPOSES: Mapping[str, str] = {
    "relationship_manager": "credit",
    "approver": "credit",
    "branch_head": "credit",
    "risk_manager": "monitoring",
    "guarantor": "credit",
    "park": "credit",
    "insurer": "insurance",
    "investment_manager": "investment",
}
# These read by law, not by consent: each look is written down all the same.
WITHOUT_CONSENT = frozenset({"supervisor"})
# These read by office, whatever the consent says today, the companies that their own institution ever dealt with.
BY_OFFICE = frozenset({"auditor"})

_BANK = ("relationship_manager", "approver", "risk_manager", "branch_head")
_PARTNERS = ("insurer", "guarantor", "park", "investment_manager")
_ALL_STAFF = (*_BANK, *_PARTNERS, "auditor", "supervisor")
_EVERYBODY = tuple(ROLES)


def _each(roles: tuple[str, ...], scope: Scope, **others: Scope) -> dict[str, Scope]:
    return dict.fromkeys(roles, scope) | others


ACTIONS: Mapping[str, Mapping[str, Scope]] = {
    # everybody
    "home.see": _each(_EVERYBODY, "all"),
    "account.change": _each(_EVERYBODY, "all"),
    "jobs.see": _each(_EVERYBODY, "all"),
    # companies: searching shows what is public; a portrait needs consent as well
    "company.search": _each(_ALL_STAFF, "all", administrator="all"),
    "company.portrait": _each(_ALL_STAFF, "all", company="own"),
    "company.compare": _each(_ALL_STAFF, "all"),
    "company.lineage": _each(_ALL_STAFF, "all", company="own"),
    "consent.record_paper": _each((*_BANK, *_PARTNERS), "institution"),
    "city.see": _each(_EVERYBODY, "all"),
    # patents and pledges
    "patents.see": _each(_ALL_STAFF, "all", company="own"),
    "pledge.see": _each((*_BANK, "guarantor", "auditor"), "institution", company="own", supervisor="all"),
    "pledge.draft": _each(("relationship_manager",), "branch"),
    "pledge.check": _each(("approver",), "institution"),
    # loan cases
    "case.see": _each(
        ("relationship_manager",),
        "branch",
        approver="institution",
        risk_manager="institution",
        branch_head="branch",
        auditor="institution",
        supervisor="all",
        company="own",
    ),
    # what the bank worked out and wrote: not for the company, which sees its case and plain reasons
    "case.inside": _each(
        ("relationship_manager",),
        "branch",
        approver="institution",
        risk_manager="institution",
        branch_head="branch",
        auditor="institution",
        supervisor="all",
    ),
    "case.overrides": _each(
        ("risk_manager", "auditor", "approver"), "institution", branch_head="branch", supervisor="all"
    ),
    "case.open": _each(("relationship_manager",), "branch", company="own"),
    "case.propose": _each(("relationship_manager",), "branch"),
    "case.decide": _each(("approver",), "institution", branch_head="branch"),
    "case.disburse": _each(("relationship_manager",), "branch"),
    "case.evidence": _each(("relationship_manager",), "branch", branch_head="branch"),
    "case.exempt": _each(("branch_head",), "branch"),
    "case.exempt_confirm": _each(("risk_manager", "approver"), "institution"),
    # money trail and warnings
    "trail.see": _each((*_BANK, "auditor"), "institution", supervisor="all"),
    "trail.verdict": _each(("risk_manager",), "institution"),
    "trail.confirm": _each(("approver",), "institution"),
    "warning.see": _each((*_BANK, "auditor"), "institution", supervisor="all"),
    "warning.triage": _each(("risk_manager",), "institution"),
    "warning.close": _each(("branch_head", "approver"), "institution"),
    # lists
    "list.see": _each((*_BANK, *_PARTNERS, "auditor", "supervisor"), "institution"),
    "list.export": _each((*_BANK, *_PARTNERS, "auditor", "supervisor"), "institution"),
    # rules and models
    "rule.see": _each(_EVERYBODY, "all"),
    "rule.propose": _each(("risk_manager",), "institution"),
    "rule.publish": _each(("branch_head", "approver"), "institution"),
    "model.see": _each((*_ALL_STAFF, "administrator"), "all"),
    "model.retire": _each(("risk_manager",), "institution"),
    "model.confirm": _each(("approver",), "institution"),
    # data
    "data.see": _each((*_ALL_STAFF, "administrator"), "all"),
    "data.upload": _each(("relationship_manager", "risk_manager", "park", "guarantor", "administrator"), "institution"),
    "work.start": _each(("risk_manager", "administrator", "supervisor"), "all"),
    # audit
    "audit.see": _each(("auditor",), "institution", supervisor="all", administrator="all"),
    "audit.export": _each(("auditor",), "institution", supervisor="all"),
    # a company about itself
    "self.see": _each(("company",), "own"),
    "self.consent": _each(("company",), "own"),
    "self.object": _each(("company",), "own"),
    "objection.see": _each(("risk_manager", "auditor"), "institution", supervisor="all", company="own"),
    "objection.answer": _each(("risk_manager",), "institution"),
    # people and interfaces
    "people.manage": _each(("administrator",), "all"),
    "api.tokens": _each((*_ALL_STAFF, "administrator"), "all"),
    "webhook.manage": _each(("administrator",), "all"),
    "metrics.see": _each(("administrator",), "all"),
}


def scope_of(role: str, action: str) -> Scope | None:
    """On whose objects a role may do this; None where it may not at all. KeyError for an action that is not listed."""
    return ACTIONS[action].get(role)


def check_action(role: str, action: str) -> Scope:
    """The scope. Raises InputError casework.not_allowed."""
    scope = scope_of(role, action)
    if scope is None:
        raise InputError("casework.not_allowed", role_zh=ROLES[role].zh, role_en=ROLES[role].en, action=action)
    return scope

"""Assess a loan: may this company have this loan, how much, for how long, at what price, and who shares the loss?

The procedure, in order:
1. the application is complete and can be assessed;
2. what is known of the borrower on the day, and of the bank that lends;
3. will it repay? the score of the registered default model, or none;
4. the product's conditions, the need, the limit and what binds it, the loss, the price, the reasons;
5. other applications that would fare better;
6. advice with term, repayment, conditions, sharing of the loss, monitoring plan;
7. an entry in the journal. A person decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kejin.journal import Entry, Journal, Record, RuleUse, value_hash
from kejin.workflows.lending_desk import LendingDesk, version_of
from kejin.workflows.loan_application import Application, check_application
from kejin.workflows.loan_case import judge, what_would_change
from kejin.workflows.loan_decision import LoanDecision, decided
from kejin.workflows.workspace import Workspace

ACT = "assess_loan"


def assess_loan(desk: LendingDesk, application: Application, actor: str = "-", write: bool = True) -> LoanDecision:
    """The advice on one application, written into the journal.

    actor    who asked for it.
    write    False: nothing is written, for a look at what would follow.
    Raises   errors of check_application, workflows.company_unknown, workflows.bank_unknown,
             workflows.product_day_early, policy.nothing_in_force.
    """
    desk.check_day(application.product)
    check_application(application, desk.rules)
    borrower = desk.borrower(application.company_id)
    bank = {} if application.bank is None else desk.bank(application.bank)
    score = desk.score(application.company_id)
    case = judge(application, borrower, bank, score, desk.rules)
    tried = what_would_change(case, borrower, bank)
    decision = decided(case, tried)
    if not write:
        return decision
    with Journal.open(desk.workspace.cases_path) as journal:
        entry = journal.append(record_of(desk, decision, actor))
    return replace(decision, entry=entry.sequence)


def replay(workspace: Path, entry: Entry) -> str:
    """Assess the application of an entry again, as of its day and with its model; the hash of the result."""
    with Workspace.open(workspace) as opened:
        assert entry.as_of is not None
        desk = LendingDesk(opened, entry.as_of, entry.known_on, model=version_of(entry))
        application = Application.from_plain(dict(entry.inputs))
        decision = assess_loan(desk, application, write=False)
    return value_hash(decision.as_plain(), entry.algorithm)


def record_of(desk: LendingDesk, decision: LoanDecision, actor: str, role: str = "loan_officer") -> Record:
    """The journal's record of an advice; what it holds is enough for `replay` to do it again."""
    read = {name: value for name, value in decision.case.row.items() if name in desk.columns}
    rules, model = decision.rules, desk.model_used
    return Record(
        act=ACT,
        actor=actor,
        role=role,
        subject=decision.case.application.company_id,
        inputs=decision.case.application.as_plain(),
        result=decision.as_plain(),
        as_of=rules.as_of,
        known_on=rules.known_on,
        rows_hash=hashlib.sha256(repr(sorted(read.items())).encode()).hexdigest(),
        rule_edition=rules.edition,
        rules_used=tuple(rule_use(used) for used in rules.used),
        model_versions={} if model is None else {"default": model},
    )


def rule_use(used: Any) -> RuleUse:
    """A rule value as the journal stores it."""
    return RuleUse(
        name=used["rule"],
        value=used["value"],
        from_=date.fromisoformat(used["from"]),
        document=used["document"],
        confidence=used["confidence"],
        overridden=used["overridden_by"] is not None,
    )

"""A loan case from application to its end: who does which step, on what, and that maker and checker are two people.

Each step is one transaction: an event of the case, its journal entry, and the row that says what is so now. Whatever
path a step comes by (page, program, two at once), it passes here, and here it is refused or done.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, select, update

from kejin.casework.access import within
from kejin.casework.case_record import (
    COMMENT_LENGTH_MAX,
    Coming,
    act_of,
    checked_amount,
    checked_comment,
    checked_reason,
    due_day,
    frozen_inputs,
    in_journal,
    is_override,
    named,
    result_of,
    whole_row,
)
from kejin.casework.case_states import DECISIONS, STEPS, CaseState, after, check_step, fold
from kejin.casework.consents import Consent, check_covered
from kejin.casework.events import Event, append_event, events_of
from kejin.casework.people import People, Person, head_office
from kejin.casework.permissions import check_action
from kejin.casework.proposal_text import contradicts
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import case_event_table, case_table
from kejin.errors import InputError
from kejin.journal import Record
from kejin.workflows.assess_loan import assess_loan, record_of
from kejin.workflows.case_rules import CaseRules
from kejin.workflows.decision_tables import TABLES_READ as DECISION_TABLES
from kejin.workflows.lending_desk import LendingDesk
from kejin.workflows.loan_application import Application, check_application
from kejin.workflows.loan_decision import LoanDecision

Paper = Callable[[LoanDecision, LendingDesk], Mapping[str, Any]]
OUTCOMES = ("exempt", "partial", "liable")
_C = case_table.c


class LoanCases:
    """The loan cases of a store."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store
        self.people = People(store)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def history(self, case_id: str) -> list[Event]:
        with self.store.reading() as connection:
            return events_of(connection, case_event_table, case_id)

    def state(self, case_id: str) -> CaseState:
        """What is so now, from the history. Raises InputError casework.object_not_found."""
        return self._folded(case_id, self.history(case_id))

    def _folded(self, case_id: str, events: list[Event]) -> CaseState:
        state = fold(case_id, events)
        if state is None:
            raise InputError("casework.object_not_found", subject=case_id)
        return state

    # ── applying ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def apply(
        self,
        person: Person,
        institution_id: str,
        company_name: str,
        application: Application,
        desk: LendingDesk,
        rules: CaseRules,
        comment: str,
        consents: Iterable[Consent],
    ) -> CaseState:
        """A new case, where the company's consents to the bank cover all that the decision will read.

        consents   the company's, as they stand now.
        Raises     errors of check_application; InputError casework.consent_not_enough, .case_open_already,
                   .comment_missing.
        """
        company = application.company_id
        self._allowed(person, "case.open", institution_id, company, company)
        check_covered(company, institution_id, "credit", DECISION_TABLES, consents)
        check_application(application, desk.rules)
        today = now().date()
        case_id = f"LC{today:%Y%m%d}-{secrets.token_hex(4).upper()}"
        details = {
            "application": application.as_plain(),
            "institution_id": institution_id,
            "company_id": company,
            "company_name": company_name,
            "as_of": desk.as_of,
            "comment": checked_comment(comment),
            "due_on": due_day(rules, "applied", today),
        }
        with self.store.writing() as connection:
            state = self._append(connection, person, case_id, None, 0, "applied", details)
            self._no_other_open(connection, state)
            connection.execute(case_table.insert().values(case_id=case_id, **whole_row(state)))
        return state

    def _no_other_open(self, connection: Connection, state: CaseState) -> None:
        """Raises InputError casework.case_open_already for a second case of the same company, product and bank."""
        query = select(_C.case_id, _C.institution_id, _C.state).where(
            _C.company_id == state.company_id, _C.product == state.application["product"]
        )
        for row in connection.execute(query):
            same_bank = head_office(row.institution_id) == head_office(state.institution_id)
            if same_bank and row.state in ("applied", "frozen", "assessed", "proposed", "returned"):
                raise InputError("casework.case_open_already", case=row.case_id, company=state.company_name)

    # ── freezing, assessing, proposing ───────────────────────────────────────────────────────────────────────────────

    def freeze(self, person: Person, case_id: str, seen: int, desk: LendingDesk, rules: CaseRules) -> CaseState:
        """Writes down on what the grade will rest, before anybody sees one: day, facts, rules, model."""
        details = frozen_inputs(self.state(case_id).company_id, desk) | {
            "authority_cny": rules.handling.branch_head_cny_max.value,
            "due_on": due_day(rules, "frozen"),
        }
        return self._step(person, case_id, seen, "frozen", lambda _: details)

    def assess(
        self, person: Person, case_id: str, seen: int, desk: LendingDesk, rules: CaseRules, paper: Paper
    ) -> CaseState:
        """The advice on the frozen inputs, stored whole; from here on the grade is shown.

        paper    what the pages and the report will show of the decision, as plain values.
        Raises   InputError casework.inputs_changed where facts, rules or model are no longer the frozen ones.
        """
        state = self.state(case_id)
        check_step(state, "assessed")
        assert state.frozen is not None
        found = frozen_inputs(state.company_id, desk)
        if changed := [name for name in found if found[name] != state.frozen[name]]:
            raise InputError("casework.inputs_changed", case=case_id, changed=", ".join(changed))
        decision = assess_loan(desk, Application.from_plain(state.application), person.person_id, write=False)
        record = record_of(desk, decision, person.person_id, person.role)
        shown = paper(decision, desk)
        details = {
            "decision": decision.as_plain(),
            "conditions": [named(one) for one in decision.conditions if one.code != "person_decides"],
            "checks": [named(one) | {"first_on": one.first_on} for one in decision.checks],
            "paper": shown,
            "due_on": due_day(rules, "assessed"),
        }

        def whole(connection: Connection) -> dict[str, Any]:
            return details | {"assessment_entry": self.store.record(connection, record).sequence}

        return self._step(person, case_id, seen, "assessed", whole)

    def propose(
        self,
        person: Person,
        case_id: str,
        seen: int,
        recommendation: str,
        amount: str,
        comment: str,
        override_reason: str,
        rules: CaseRules,
    ) -> CaseState:
        """What the maker proposes, checked against the grade; against the advice only with a reason, and counted.

        Raises   InputError casework.recommendation_unknown, .text_contradicts, .override_reason_missing,
                 .amount_wrong, .comment_missing, .not_assessed.
        """
        state = self.state(case_id)
        check_step(state, "proposed")
        if not state.assessed:
            raise InputError("casework.not_assessed", case=case_id)
        if recommendation not in ("approve", "decline"):
            raise InputError("casework.recommendation_unknown", said=recommendation)
        text = checked_comment(comment)
        if contradicts(text, recommendation):  # type: ignore[arg-type]
            raise InputError("casework.text_contradicts", proposed=recommendation)
        asked = (
            checked_amount(amount or str(state.amount_cny), state.amount_cny) if recommendation == "approve" else None
        )
        override = is_override(state, recommendation, asked)
        details = {
            "recommendation": recommendation,
            "amount_cny": asked,
            "comment": text,
            "override": override,
            "override_reason": checked_reason(override_reason) if override else None,
            "advice": state.advice,
            "due_on": due_day(rules, "proposed"),
        }
        return self._step(person, case_id, seen, "proposed", lambda _: details)

    # ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def decide(
        self,
        person: Person,
        case_id: str,
        seen: int,
        decision: str,
        amount: str,
        comment: str,
        override_reason: str,
        told: str,
        rules: CaseRules,
    ) -> CaseState:
        """Approved, declined or returned, by somebody who made no part of the case, with a comment.

        told     what the company is told beside the plain reasons.
        Raises   InputError casework.maker_is_checker, .above_authority, .decision_unknown, .comment_missing,
                 .text_contradicts, .override_reason_missing, .amount_wrong.
        """
        if decision not in DECISIONS:
            raise InputError("casework.decision_unknown", said=decision)
        state = self.state(case_id)
        check_step(state, decision)
        self.check_checker(person, state, decision)
        text = checked_comment(comment)
        details: dict[str, Any] = {"comment": text, "told": told.strip()[:COMMENT_LENGTH_MAX], "advice": state.advice}
        if decision != "returned":
            word = "approve" if decision == "approved" else "decline"
            if contradicts(text, word):  # type: ignore[arg-type]
                raise InputError("casework.text_contradicts", proposed=word)
            most = state.proposed_cny or state.amount_cny
            granted = checked_amount(amount or str(most), most) if decision == "approved" else None
            override = is_override(state, word, granted)
            details |= {
                "amount_cny": granted,
                "override": override,
                "override_reason": checked_reason(override_reason) if override else None,
            }
        details["due_on"] = due_day(rules, decision)
        return self._step(person, case_id, seen, decision, lambda _: details)

    def check_checker(self, person: Person, state: CaseState, decision: str = "approved") -> None:
        """Whether this person may decide. Raises InputError casework.maker_is_checker, casework.above_authority."""
        makers = [self.people.find(maker) for maker in state.makers]
        if any(self._same_human(person, maker_id, maker) for maker_id, maker in zip(state.makers, makers, strict=True)):
            raise InputError("casework.maker_is_checker", case=state.case_id, makers=", ".join(state.makers))
        most = max(state.amount_cny, state.proposed_cny or Decimal(0))
        over = state.authority_cny is None or most > state.authority_cny
        if decision == "approved" and person.role == "branch_head" and over:
            raise InputError(
                "casework.above_authority", case=state.case_id, amount=f"{most:,.2f}",
                authority="-" if state.authority_cny is None else f"{state.authority_cny:,.2f}",
            )  # fmt: skip

    def _same_human(self, person: Person, other_id: str, other: Person | None) -> bool:
        """The same log-in, whatever its role now; or a log-in of the same name in the same bank."""
        if person.person_id == other_id:
            return True
        if other is None:
            return False
        return " ".join(person.name.split()) == " ".join(other.name.split()) and (
            person.head_office is not None and person.head_office == other.head_office
        )

    # ── after the decision ───────────────────────────────────────────────────────────────────────────────────────────

    def withdraw(self, person: Person, case_id: str, seen: int, comment: str) -> CaseState:
        details = {"comment": checked_comment(comment), "due_on": None}
        return self._step(person, case_id, seen, "withdrawn", lambda _: details)

    def meet_conditions(
        self, person: Person, case_id: str, seen: int, proofs: Mapping[str, str], comment: str, rules: CaseRules
    ) -> CaseState:
        """Each condition of the advice with its proof. Raises InputError casework.condition_open."""
        wanted = [code for code in self.state(case_id).conditions if code != "person_decides"]
        said = {code: proofs.get(code, "").strip()[:COMMENT_LENGTH_MAX] for code in wanted}
        if still := [code for code in wanted if not said[code]]:
            raise InputError("casework.condition_open", case=case_id, conditions=", ".join(still))
        details = {"proofs": said, "comment": checked_comment(comment), "due_on": due_day(rules, "conditions_met")}
        return self._step(person, case_id, seen, "conditions_met", lambda _: details)

    def sign(
        self, person: Person, case_id: str, seen: int, number: str, signed_on: date, rate: str, rules: CaseRules
    ) -> CaseState:
        """The data of the contract; its amount is the approved one. Raises InputError casework.contract_wrong."""
        try:
            yearly = Decimal(rate)
        except InvalidOperation:
            yearly = Decimal("NaN")
        if not number.strip() or not 0 <= yearly <= 1:
            raise InputError("casework.contract_wrong", number=number, rate=rate)
        state = self.state(case_id)
        contract = {
            "number": number.strip()[:80],
            "signed_on": signed_on,
            "rate": yearly,
            "amount_cny": state.approved_cny,
            "term_months": state.application["term_months"],
        }
        details = {"contract": contract, "due_on": due_day(rules, "contracted")}
        return self._step(person, case_id, seen, "contracted", lambda _: details)

    def pay_out(
        self,
        person: Person,
        case_id: str,
        seen: int,
        amount: str,
        paid_on: date,
        payee: str,
        reference: str,
        *,
        entrusted: bool = False,
    ) -> CaseState:
        """Money goes out, at once or in several payments, together at most what the contract says, to the fen.

        entrusted   the bank pays the company's counterparty (受托支付); else the company itself gets it.
        Raises      InputError casework.amount_wrong, .paid_above_contract, .payee_missing.
        """
        state = self.state(case_id)
        check_step(state, "disbursed")
        if not payee.strip():
            raise InputError("casework.payee_missing", case=case_id)
        details: dict[str, Any] = {
            "amount_cny": checked_amount(amount, state.approved_cny or Decimal(0)),
            "paid_on": paid_on,
            "payee": payee.strip()[:200],
            "reference": reference.strip()[:80],
            "entrusted": entrusted,
        }
        if state.paid_cny is None:  # a later payment leaves the plan of checks as it runs
            details["due_on"] = min((one["first_on"] for one in self._checks(case_id)), default=None)
        return self._step(person, case_id, seen, "disbursed", lambda _: details)

    def _checks(self, case_id: str) -> list[Mapping[str, Any]]:
        """The plan of checks of the last assessment."""
        return next(
            (event.details["checks"] for event in reversed(self.history(case_id)) if event.kind == "assessed"), []
        )

    def check(
        self, person: Person, case_id: str, seen: int, check: str, finding: str, comment: str, next_on: date | None
    ) -> CaseState:
        """One check of the monitoring plan, with what was found: in_order or concern."""
        if finding not in ("in_order", "concern"):
            raise InputError("casework.finding_unknown", said=finding)
        details = {"check": check[:80], "finding": finding, "comment": checked_comment(comment), "due_on": next_on}
        return self._step(person, case_id, seen, "checked", lambda _: details)

    def close(self, person: Person, case_id: str, seen: int, how: str, comment: str) -> CaseState:
        """The end: repaid, written_off or transferred."""
        if how not in ("repaid", "written_off", "transferred"):
            raise InputError("casework.ending_unknown", said=how)
        details = {"how": how, "comment": checked_comment(comment), "due_on": None}
        return self._step(person, case_id, seen, "closed", lambda _: details)

    # ── proof of diligence and exemption ─────────────────────────────────────────────────────────────────────────────

    def prove_duty(self, person: Person, case_id: str, seen: int, duty: str, proof: str, rules: CaseRules) -> CaseState:
        """One item of the duty of care done, with its proof; the store's clock says when it was written down."""
        if duty not in rules.duties:
            raise InputError("casework.duty_unknown", duty=duty, known=", ".join(rules.duties))
        details = {"duty": duty, "proof": checked_comment(proof), "done_on": str(now().date())}
        return self._step(person, case_id, seen, "duty_done", lambda _: details)

    def propose_exemption(self, person: Person, case_id: str, seen: int, outcome: str, comment: str) -> CaseState:
        """Exempt, partly or liable, as somebody judges who did not handle the case."""
        if outcome not in OUTCOMES:
            raise InputError("casework.outcome_unknown", said=outcome, known=", ".join(OUTCOMES))
        self._not_judging_oneself(person, self.state(case_id))
        details = {"outcome": outcome, "comment": checked_comment(comment)}
        return self._step(person, case_id, seen, "exemption_proposed", lambda _: details)

    def decide_exemption(self, person: Person, case_id: str, seen: int, agreed: bool, comment: str) -> CaseState:
        """A second person agrees or does not; without agreement it is open again."""
        state = self.state(case_id)
        self._not_judging_oneself(person, state)
        if state.exemption_by is None:
            raise InputError("casework.exemption_not_proposed", case=case_id)
        if self._same_human(person, state.exemption_by, self.people.find(state.exemption_by)):
            raise InputError("casework.maker_is_checker", case=case_id, makers=state.exemption_by)
        proposed = next(event for event in reversed(self.history(case_id)) if event.kind == "exemption_proposed")
        outcome = proposed.details["outcome"] if agreed else None
        details = {"agreed": agreed, "outcome": outcome, "comment": checked_comment(comment)}
        return self._step(person, case_id, seen, "exemption_decided", lambda _: details)

    def _not_judging_oneself(self, person: Person, state: CaseState) -> None:
        handled = (*state.makers, *([state.checker] if state.checker else []))
        if any(self._same_human(person, one, self.people.find(one)) for one in handled):
            raise InputError("casework.judges_oneself", case=state.case_id, handled=", ".join(handled))

    # ── one step ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _allowed(self, person: Person, action: str, institution_id: str, company_id: str, subject: str) -> None:
        """Raises InputError casework.not_allowed, casework.object_not_found."""
        if not within(person, check_action(person.role, action), institution_id, company_id):
            raise InputError("casework.object_not_found", subject=subject)

    def _step(
        self,
        person: Person,
        case_id: str,
        seen: int,
        kind: str,
        details_of: Callable[[Connection], Mapping[str, Any]],
    ) -> CaseState:
        with self.store.writing() as connection:
            state = self._folded(case_id, events_of(connection, case_event_table, case_id))
            self._allowed(person, STEPS[kind].action, state.institution_id, state.company_id, case_id)
            if state.version != seen:
                raise InputError("casework.version_old", subject=case_id, seen=seen, now=state.version)
            check_step(state, kind)
            changed = self._append(connection, person, case_id, state, seen, kind, details_of(connection))
            connection.execute(update(case_table).where(_C.case_id == case_id).values(**whole_row(changed)))
        return changed

    def _append(
        self,
        connection: Connection,
        person: Person,
        case_id: str,
        state: CaseState | None,
        seen: int,
        kind: str,
        details: Mapping[str, Any],
    ) -> CaseState:
        changed = after(case_id, state, Coming(seen + 1, kind, person.person_id, details))
        record = Record(
            act=act_of(kind),
            actor=person.person_id,
            role=person.role,
            subject=changed.company_id,
            as_of=changed.as_of,
            inputs={"case": case_id, "version": seen + 1, "kind": kind, "details": in_journal(details)},
            result=result_of(changed, details),
            refers_to=tuple(details[name] for name in ("assessment_entry",) if name in details),
        )
        append_event(connection, self.store.journal, case_event_table, case_id, seen, kind, record, details)
        return changed

"""Take a pledge from draft to release: each step is proposed, checked by another person, sent, answered, recorded.

The procedure, in order:
1. draft: the terms are frozen, with the check that they rest on;
2. sign: both parties' signers and the hash of the contract's data that they signed;
3. file: the check is made again on the day; what is approved is sent to the office;
4. collect: what is outstanding is sent (again, with the same key) and the office's answers are entered;
5. change and release: as filing, for a pledge that is registered.

Between any two of these a crash loses nothing: what was approved stands as outstanding, and `collect` goes on from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record, value_hash
from kejin.valuation.pledge_states import PledgeCase, PledgeEvent, case_of, steps_open
from kejin.workflows.check_pledge import PledgeCheck, check_pledge_of, must_not_be_refused
from kejin.workflows.pledge_cases import PledgeRegister
from kejin.workflows.pledge_documents import contract_data, draft_terms, question_of, registration_form
from kejin.workflows.registration_office import Filing, RegistrationOffice
from kejin.workflows.workspace import Workspace

ACTS = {
    "drafted": "pledge_draft",
    "proposed": "pledge_propose",
    "approved": "pledge_approve",
    "rejected": "pledge_reject",
    "sent": "pledge_send",
    "answered": "pledge_answer",
}
# The terms that other patents, or other values of the same, bring with them.
_OF_PATENTS = (
    *("patents", "pledge_cny", "route_reason", "answer", "open_reasons", "check_entry", "rule_edition", "unverified"),
)
_ROLES = {"drafted": "maker", "proposed": "maker", "approved": "checker", "rejected": "checker"}


@dataclass(frozen=True)
class Taken:
    """A step taken: the case after it and its journal entry."""

    case: PledgeCase
    entry: Entry


class PledgeDesk:
    """The pledges of a workspace, with the office that they are registered at."""

    def __init__(self, journal: Journal, office: RegistrationOffice) -> None:
        self.register = PledgeRegister(journal)
        self.office = office

    def draft(self, check: PledgeCheck, pledgee: str, actor: str, happened: date) -> Taken:
        """A new case on the terms of a check.

        Raises   workflows.pledge_not_fit where the check's answer is no; .pledge_party_missing.
        """
        must_not_be_refused(check, strict=False)
        if not pledgee.strip():
            raise InputError("workflows.pledge_party_missing", party="pledgee")
        terms = draft_terms(check, pledgee.strip())
        return Taken(*self.register.open_case(happened, _named(actor), {"terms": terms}, _record))

    def sign(
        self,
        case_id: str,
        pledgor_signer: str,
        pledgee_signer: str,
        contract_hash: str | None,
        actor: str,
        happened: date,
        version: int | None = None,
    ) -> Taken:
        """Proposes that the contract is signed.

        contract_hash   what the parties signed, from the data sheet; the present one where not given.
        Raises          workflows.pledge_contract_other where it is not the hash of the case's terms;
                        .pledge_party_missing; valuation.pledge_*.
        """
        present = contract_data(self.register.case(case_id))["contract_hash"]
        if contract_hash not in (None, present):
            raise InputError("workflows.pledge_contract_other", case=case_id, signed=contract_hash, present=present)
        for party, signer in (("pledgor", pledgor_signer), ("pledgee", pledgee_signer)):
            if not signer.strip():
                raise InputError("workflows.pledge_party_missing", party=party)
        details = {
            "pledgor_signer": pledgor_signer.strip(),
            "pledgee_signer": pledgee_signer.strip(),
            "contract_hash": present,
        }
        return self._event(case_id, "proposed", "sign", actor, happened, details, version)

    def file(self, workspace: Workspace, case_id: str, actor: str, happened: date, version: int | None = None) -> Taken:
        """Proposes that the pledge is filed; the check of the draft is made again, as of the day.

        Raises   workflows.pledge_not_fit where the answer is now no or open; valuation.pledge_*.
        """
        case = self.register.case(case_id)
        check = check_pledge_of(workspace, question_of(case), happened, actor)
        must_not_be_refused(check, strict=True)
        assert check.entry is not None
        details = {"check_entry": check.entry.sequence, "pledge_cny": check.answer.pledge_cny}
        return self._event(case_id, "proposed", "file", actor, happened, details, version)

    def propose(
        self,
        case_id: str,
        step: str,
        actor: str,
        happened: date,
        details: Mapping[str, Any],
        version: int | None = None,
    ) -> Taken:
        """Proposes change, release or refuse. A change's details hold `terms`, the others a `reason`.

        Raises   workflows.pledge_change_empty, .pledge_reason_missing; valuation.pledge_*.
        """
        assert step in ("change", "release", "refuse")
        if step == "change":
            self._changed(case_id, details.get("terms") or {})
        elif not str(details.get("reason") or "").strip():
            raise InputError("workflows.pledge_reason_missing", step=step)
        return self._event(case_id, "proposed", step, actor, happened, dict(details), version)

    def change_patents(
        self,
        workspace: Workspace,
        case_id: str,
        patents: Sequence[str],
        actor: str,
        happened: date,
        version: int | None = None,
        *,
        consents: Sequence[str] = (),
        fee_receipts: Sequence[str] = (),
        reason: str = "",
    ) -> Taken:
        """Proposes other patents for a registered pledge, or the same with their value of the day.

        The check is made again on them as of the day; papers of patents that stay are kept.
        consents, fee_receipts   patents for which that paper came in since.
        Raises   workflows.pledge_change_empty, .pledge_reason_missing, .pledge_not_fit; valuation.pledge_*.
        """
        case = self.register.case(case_id)
        if not reason.strip():
            raise InputError("workflows.pledge_reason_missing", step="change")
        before, kept = question_of(case), set(patents)
        question = replace(
            before,
            patents=tuple(patents),
            given={number: value for number, value in before.given.items() if number in kept},
            consents=_papers(patents, before.consents, consents),
            fee_receipts=_papers(patents, before.fee_receipts, fee_receipts),
        )
        if not patents or "change" not in steps_open(case):  # said before the long check is made
            raise InputError(
                "valuation.pledge_step_wrong",
                case=case_id,
                step="change",
                state=case.state,
                allowed=", ".join(steps_open(case)) or "-",
            )
        check = check_pledge_of(workspace, question, happened, actor)
        must_not_be_refused(check, strict=True)
        assert check.entry is not None
        found = draft_terms(check, case.terms["pledgee_name"])
        terms = {name: found[name] for name in _OF_PATENTS}
        if all(terms[name] == case.terms[name] for name in ("patents", "pledge_cny")):
            raise InputError("workflows.pledge_change_empty", case=case_id)
        details = {
            "terms": terms,
            "check_entry": check.entry.sequence,
            "pledge_cny": check.answer.pledge_cny,
            "patents": list(patents),
            "reason": reason.strip(),
        }
        return self._event(case_id, "proposed", "change", actor, happened, details, version)

    def approve(self, case_id: str, actor: str, happened: date, version: int | None = None) -> Taken:
        """Approves what is proposed; what goes to the office is sent at once."""
        taken = self._event(case_id, "approved", None, actor, happened, {}, version)
        if taken.case.outstanding is None:
            return taken
        return self._sent(taken.case, actor, happened)

    def reject(self, case_id: str, actor: str, happened: date, reason: str, version: int | None = None) -> Taken:
        """Sends a proposal back; the case stays where it was. Raises workflows.pledge_reason_missing."""
        if not reason.strip():
            raise InputError("workflows.pledge_reason_missing", step="reject")
        return self._event(case_id, "rejected", None, actor, happened, {"reason": reason.strip()}, version)

    def collect(self, actor: str, happened: date, case_id: str | None = None) -> list[Taken]:
        """Sends what is outstanding and unsent, asks the office, enters its answers; one case or all."""
        cases = [self.register.case(case_id)] if case_id else self.register.cases()
        taken: list[Taken] = []
        for case in cases:
            if case.outstanding is None:
                continue
            now = case
            if now.receipt is None:
                taken.append(self._sent(now, actor, happened))
                now = taken[-1].case
            assert now.receipt is not None
            answer = self.office.answer(now.receipt)
            if answer is not None:
                details = {
                    "accepted": answer.accepted,
                    "registration_number": answer.registration_number,
                    "reason": answer.reason,
                    "receipt": now.receipt,
                }
                step = now.outstanding
                taken.append(self._event(now.case_id, "answered", step, actor, happened, details, now.version))
        return taken

    def _sent(self, case: PledgeCase, actor: str, happened: date) -> Taken:
        assert case.outstanding is not None
        filed = dict(case.terms) | dict((case.proposal or {}).get("terms") or {})
        filing = Filing(
            # The version of the approval: another change of the same case has another key, a second attempt has not.
            key=f"{case.case_id}:{case.version}:{case.outstanding}",
            step=case.outstanding,
            case_id=case.case_id,
            patents=tuple(patent["publication_number"] for patent in filed["patents"]),
            form=registration_form(case),
            filed_on=happened,
        )
        receipt = self.office.send(filing)
        details = {"receipt": receipt, "office": self.office.name}
        return self._event(case.case_id, "sent", case.outstanding, actor, happened, details, case.version)

    def _changed(self, case_id: str, terms: Mapping[str, Any]) -> None:
        """A change names something that changes, keeps the parties and the patents, and keeps the days in order."""
        present = self.register.case(case_id).terms
        moved = {name: value for name, value in terms.items() if present.get(name) != value}
        if not moved:
            raise InputError("workflows.pledge_change_empty", case=case_id)
        assert terms.keys() <= TERMS
        if "loan_cny" in terms and not terms["loan_cny"] > 0:
            raise InputError("valuation.loan_not_positive", value=terms["loan_cny"])
        if "loan_until" in terms and terms["loan_until"] <= present["loan_from"]:
            raise InputError("workflows.pledge_change_day", until=terms["loan_until"], start=present["loan_from"])

    def _event(
        self,
        case_id: str,
        kind: str,
        step: str | None,
        actor: str,
        happened: date,
        details: dict[str, Any],
        version: int | None,
    ) -> Taken:
        return Taken(*self.register.append(case_id, version, kind, happened, _named(actor), step, details, _record))


TERMS = frozenset({"loan_cny", "loan_until", "pledgee_name"})  # what a change may change besides the patents


def replay(workspace: Path, entry: Entry) -> str:
    """What the events of a case up to an entry say, again; the hash of the state."""
    with Workspace.open(workspace) as opened, Journal.open(opened.cases_path) as journal:
        case_id, version = entry.inputs["case"], entry.inputs["version"]
        return value_hash(state_of(case_of(case_id, PledgeRegister(journal).events(case_id, version))))


def state_of(case: PledgeCase) -> dict[str, Any]:
    """A case in plain values: what the journal hashes and --json prints."""
    return {
        "case": case.case_id,
        "state": case.state,
        "version": case.version,
        "terms": dict(case.terms),
        "drafted_by": case.drafted_by,
        "proposed": case.proposed,
        "maker": case.maker,
        "outstanding": case.outstanding,
        "receipt": case.receipt,
        "registration_number": case.registration_number,
        "registered_on": case.registered_on,
        "last_day": case.last_day,
    }


def _papers(patents: Sequence[str], before: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """The patents, in their order, for which a paper was there or has come in."""
    return tuple(one for one in patents if one in before or one in new)


def _named(actor: str) -> str:
    if not actor.strip():
        raise InputError("workflows.pledge_party_missing", party="actor")
    return actor.strip()


def _record(case: PledgeCase, event: PledgeEvent, refers_to: tuple[int, ...]) -> Record:
    details = {name: value for name, value in event.details.items() if name != "terms"}
    return Record(
        act=ACTS[event.kind],
        actor=event.actor,
        role=_ROLES.get(event.kind, "registrar"),
        subject=case.terms["pledgor_id"],
        inputs={"case": case.case_id, "version": event.version, "step": event.step, "details": details},
        result={
            "state": case.state,
            "proposed": case.proposed,
            "outstanding": case.outstanding,
            "registration_number": case.registration_number,
        },
        result_hash=value_hash(state_of(case)),
        as_of=event.happened,
        known_on=event.happened,
        refers_to=refers_to,
    )

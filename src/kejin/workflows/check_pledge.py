"""Check a pledge: facts of a day, rules of the day, own values, the institution's register; one journal entry.

The procedure, in order:
1. what is known of the patents, their owners and the pledgor on the day;
2. the rules of the day: ratios, disposal, the pilot where it is in force;
3. our own value of each patent, and the agreed or appraised one where it was given;
4. pledges in the institution's own register, which the facts may not show yet;
5. every check, the pledge value, the answer with its reasons, written into the journal.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kejin import __version__
from kejin.errors import InputError, UseError
from kejin.journal import Entry, Journal, Record, value_hash
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.valuation.pledge_checks import OtherPledge, PledgeAnswer, PledgePatent, PledgeRequest, check_pledge
from kejin.valuation.pledge_value import PilotRules, PledgeRules
from kejin.workflows.evaluate_companies import rule_use
from kejin.workflows.evaluation_rules import patent_terms
from kejin.workflows.fill_rules import fill_if_in_force, fill_rules
from kejin.workflows.pledge_cases import PledgeRegister
from kejin.workflows.pledge_facts import PledgeFacts, pledge_facts
from kejin.workflows.pledge_values import OwnValue, OwnValues, Values, own_values, values_again
from kejin.workflows.workspace import Workspace

ACT = "check_pledge"


@dataclass(frozen=True)
class GivenValue:
    """A value agreed with the company or appraised from outside, and the day it is of."""

    value_cny: Decimal
    valued_on: date | None


@dataclass(frozen=True)
class PledgeQuestion:
    """What a person asks.

    patents    publication numbers, in the order in which they are to stand in the contract.
    pledgor    who pledges; the owner of the first patent where not given.
    given      patent -> agreed or appraised value.
    consents, fee_receipts   patents for which that paper is there.
    case       the case whose own registration does not count against it.
    loan_ends  the last day of a loan that runs already; the day plus the term where not given.
    """

    patents: tuple[str, ...]
    loan_cny: Decimal
    term_months: int
    route: str
    pledgor: str | None = None
    given: Mapping[str, GivenValue] = dataclasses.field(default_factory=dict)
    consents: tuple[str, ...] = ()
    fee_receipts: tuple[str, ...] = ()
    case: str | None = None
    loan_ends: date | None = None


@dataclass(frozen=True)
class PledgeCheck:
    """A finished check.

    unverified   names of the rules used that nobody has checked against an official text.
    own          our own valuation of the patents, as far as it was looked at.
    entry        the journal entry; None for a look without record.
    """

    question: PledgeQuestion
    request: PledgeRequest
    facts: PledgeFacts
    patents: tuple[PledgePatent, ...]
    answer: PledgeAnswer
    rules: PledgeRules
    unverified: tuple[str, ...]
    edition: str
    own: OwnValues
    entry: Entry | None = None

    @property
    def pledgor_name(self) -> str:
        return self.facts.names[self.request.pledgor_id]


def check_pledge_of(
    workspace: Workspace,
    question: PledgeQuestion,
    as_of: date,
    actor: str = "-",
    *,
    known_on: date | None = None,
    record: bool = True,
    values: Values = own_values,
) -> PledgeCheck:
    """Whether these patents may be pledged for this loan on a day, and what may be lent on them.

    record   write it into the journal.
    values   where our own values come from.
    Raises   UseError workflows.pledge_value_unasked; InputError workflows.patent_unknown, .patent_asked_twice,
             .company_unknown, valuation.* for figures out of range, policy.* where a rule is not in force.
    """
    with Journal.open(workspace.cases_path) as journal:
        register = PledgeRegister(journal)
        seen = register.last_number()
        day = known_on or as_of
        check, rows, lookups = checked(workspace, question, as_of, day, register, seen, values, actor)
        if not record:
            return check
        entry = journal.append(_record(check, rows, lookups, seen, actor))
    return dataclasses.replace(check, entry=entry)


def replay(workspace: Path, entry: Entry) -> str:
    """Do the check of an entry again, from facts, rules and register as of then; the hash of the result."""
    inputs = entry.inputs
    given = {number: GivenValue(one["value_cny"], one["valued_on"]) for number, one in inputs["given"].items()}
    question = PledgeQuestion(
        patents=tuple(inputs["patents"]),
        loan_cny=inputs["loan_cny"],
        term_months=inputs["term_months"],
        route=inputs["route"],
        pledgor=inputs["pledgor"],
        given=given,
        consents=tuple(inputs["consents"]),
        fee_receipts=tuple(inputs["fee_receipts"]),
        case=inputs["case"],
        loan_ends=inputs["loan_ends"],
    )
    assert entry.as_of is not None
    assert entry.known_on is not None
    with Workspace.open(workspace) as opened, Journal.open(opened.cases_path) as journal:
        register, seen = PledgeRegister(journal), inputs["register_seen"]
        values = values_again(entry.model_versions.get("renewal"))
        check, _, _ = checked(opened, question, entry.as_of, entry.known_on, register, seen, values, entry.actor)
    return value_hash(result_of(check))


def result_of(check: PledgeCheck) -> dict[str, Any]:
    """The whole result in plain values: what the journal hashes and --json prints."""
    answer = check.answer
    return {
        "answer": answer.answer,
        "pledge_cny": answer.pledge_cny,
        "values": {number: dataclasses.asdict(value) for number, value in answer.values.items()},
        "route": {"reason": answer.route.reason, "allowed": sorted(answer.route.allowed)},
        "checks": [dataclasses.asdict(one) for one in answer.results],
        "reasons": [
            {"code": one.code, "patent": one.publication_number, "details": dict(one.details)} for one in answer.reasons
        ],
        "unverified": list(check.unverified),
    }


def checked(
    workspace: Workspace,
    question: PledgeQuestion,
    as_of: date,
    known_on: date,
    register: PledgeRegister,
    seen: int,
    values: Values,
    actor: str,
) -> tuple[PledgeCheck, Mapping[str, Sequence[Mapping[str, Any]]], Lookups]:
    """The check of a day against the first `seen` events of the register, the rows it read, the rules it used."""
    _asked_right(question)
    lookups = Lookups(RuleBook.shipped(workspace.overlay_path), as_of, known_on)
    rules, pilot = fill_rules(PledgeRules, lookups), fill_if_in_force(PilotRules, lookups)
    terms = patent_terms(lookups)
    pledgor, facts = pledge_facts(workspace.facts(as_of), question.patents, question.pledgor, as_of, terms)
    kept = {facts.numbers[number] for number in question.patents}
    own = values(workspace, sorted(kept), as_of, known_on, question.route, actor)
    held = register.holders(sorted(kept), seen, question.case)
    own_number = None if question.case is None else register.case(question.case).registration_number
    given = {facts.numbers[number]: value for number, value in question.given.items()}
    patents = tuple(_with_values(patent, own.ranges, given, held, own_number) for patent in facts.patents)
    request = PledgeRequest(
        pledgor_id=pledgor,
        loan_cny=question.loan_cny,
        term_months=question.term_months,
        as_of=as_of,
        route=question.route,
        consents=frozenset(facts.numbers[number] for number in question.consents),
        fee_receipts=frozenset(facts.numbers[number] for number in question.fee_receipts),
        loan_ends=question.loan_ends,
        region=pledgor[2:4],  # a 统一社会信用代码 carries the division of its registry in places 3 to 8
    )
    answer = check_pledge(patents, request, rules, pilot)
    unverified = tuple(sorted({*(found.name for found in lookups.unverified()), *own.unverified}))
    check = PledgeCheck(question, request, facts, patents, answer, rules, unverified, lookups.edition, own)
    return check, facts.rows, lookups


def _asked_right(question: PledgeQuestion) -> None:
    """Values, consents and receipts name patents that are asked for; an internal value is never typed in."""
    for number in (*question.given, *question.consents, *question.fee_receipts):
        if number not in question.patents:
            raise UseError("workflows.pledge_patent_unasked", patent=number, patents=", ".join(question.patents))
    if question.given and question.route == "internal":
        raise UseError("workflows.pledge_value_unasked")


def _with_values(
    patent: PledgePatent,
    own: Mapping[str, OwnValue],
    given: Mapping[str, GivenValue],
    held: Mapping[str, OtherPledge],
    own_number: str | None,
) -> PledgePatent:
    """The patent with its values and the pledges of others, those of our own register that the facts do not show too.

    own_number   registration of the case that is looked at: it does not stand in its own way.
    """
    number = patent.publication_number
    mine, paper, here = own.get(number), given.get(number), held.get(number)
    pledges = tuple(one for one in patent.pledges if own_number is None or one.reference != own_number)
    if here is not None and all(one.reference != here.reference for one in pledges):
        pledges = (*pledges, here)
    return dataclasses.replace(
        patent,
        pledges=pledges,
        own_low_cny=None if mine is None else mine.low_cny,
        own_high_cny=None if mine is None else mine.high_cny,
        given_cny=None if paper is None else paper.value_cny,
        valued_on=None if paper is None else paper.valued_on,
    )


def _record(
    check: PledgeCheck,
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    lookups: Lookups,
    seen: int,
    actor: str,
) -> Record:
    question, request = check.question, check.request
    result = result_of(check)
    return Record(
        act=ACT,
        actor=actor,
        role="loan_officer",
        subject=request.pledgor_id,
        inputs={
            "patents": list(question.patents),
            "loan_cny": question.loan_cny,
            "term_months": question.term_months,
            "route": question.route,
            "pledgor": question.pledgor,
            "given": {number: dataclasses.asdict(value) for number, value in question.given.items()},
            "consents": list(question.consents),
            "fee_receipts": list(question.fee_receipts),
            "case": question.case,
            "loan_ends": question.loan_ends,
            "register_seen": seen,
        },
        result={key: result[key] for key in ("answer", "pledge_cny", "reasons", "route", "unverified")},
        result_hash=value_hash(result),
        as_of=request.as_of,
        known_on=lookups.known_on,
        rows_hash=value_hash(rows),
        row_counts={name: len(found) for name, found in rows.items()},
        rule_edition=check.edition,
        rules_used=tuple(rule_use(used) for used in lookups.records()),
        model_versions={"pledge": __version__} | ({"renewal": check.own.models} if check.own.models else {}),
    )


def must_not_be_refused(check: PledgeCheck, *, strict: bool) -> None:
    """Raises InputError workflows.pledge_not_fit where the answer is no, or open where `strict`."""
    answer = check.answer.answer
    if answer == "no" or (strict and answer == "open"):
        codes = ", ".join(dict.fromkeys(one.code or "" for one in check.answer.reasons if one.result != "note"))
        raise InputError("workflows.pledge_not_fit", answer=answer, reasons=codes)

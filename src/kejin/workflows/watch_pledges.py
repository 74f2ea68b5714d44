"""Do the registered pledges still cover their loans? Each is checked again on a day, against its draft.

Our own valuation is taken anew where the case rests on it; an agreed or appraised value stays as it was, since nobody
has looked again. Principal is the loan's amount until a smaller one is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kejin.journal import Entry, Journal, Record, value_hash
from kejin.valuation.pledge_checks import CheckResult
from kejin.valuation.pledge_cover import Cover, CoverRules, Movement, cover, movement
from kejin.valuation.pledge_states import PledgeCase
from kejin.valuation.pledge_value import PatentPledgeValue
from kejin.workflows.check_pledge import PledgeCheck, checked
from kejin.workflows.fill_rules import fill_rules
from kejin.workflows.pledge_cases import PledgeRegister
from kejin.workflows.pledge_documents import question_of
from kejin.workflows.pledge_values import Values, own_values, values_again
from kejin.workflows.workspace import Workspace

ACT = "watch_pledges"
# Reasons that speak of a new loan and not of a pledge that stands.
_OF_NEW_LOANS = ("route_not_allowed", "loan_above_pledge_value")


@dataclass(frozen=True)
class CoverRow:
    """One registered pledge on the day.

    barring   the reasons that bar a patent now.
    """

    case: PledgeCase
    check: PledgeCheck
    cover: Cover
    movement: Movement
    barring: tuple[CheckResult, ...]


def watch_pledges(
    workspace: Workspace,
    as_of: date,
    actor: str = "-",
    outstanding: Mapping[str, Decimal] | None = None,
    *,
    values: Values = own_values,
) -> list[CoverRow]:
    """Every pledge registered on the day with its cover, alerts and what moved, in order of case; one journal entry.

    outstanding   case -> principal outstanding, CNY, where it is less than the loan.
    Raises        valuation.outstanding_negative; as `check_pledge_of`.
    """
    with Journal.open(workspace.cases_path) as journal:
        register = PledgeRegister(journal)
        seen = register.last_number()
        rows = _rows(workspace, register, seen, as_of, outstanding or {}, values, actor)
        journal.append(_record(rows, seen, outstanding or {}, as_of, actor))
    return rows


def replay(workspace: Path, entry: Entry) -> str:
    """Watch again, from facts, rules and register as of then; the hash of the result."""
    assert entry.as_of is not None
    with Workspace.open(workspace) as opened, Journal.open(opened.cases_path) as journal:
        register, inputs = PledgeRegister(journal), entry.inputs
        values = values_again(entry.model_versions.get("renewal"))
        seen = inputs["register_seen"]
        rows = _rows(opened, register, seen, entry.as_of, inputs["outstanding"], values, entry.actor)
    return value_hash(_shown(rows))


def _rows(
    workspace: Workspace,
    register: PledgeRegister,
    seen: int,
    as_of: date,
    outstanding: Mapping[str, Decimal],
    values: Values,
    actor: str,
) -> list[CoverRow]:
    cases = [case for case in register.cases(on=as_of, up_to=seen) if case.holds]
    rows = []
    for case in cases:
        check, _, lookups = checked(workspace, question_of(case), as_of, as_of, register, seen, values, actor)
        rows.append(_watched(case, check, fill_rules(CoverRules, lookups), outstanding))
    return rows


def _watched(case: PledgeCase, check: PledgeCheck, rules: CoverRules, outstanding: Mapping[str, Decimal]) -> CoverRow:
    found = [one for one in check.answer.reasons if one.code not in _OF_NEW_LOANS]
    barring = tuple(one for one in found if one.result == "fail")
    covered = cover(
        check.answer.pledge_cny,
        outstanding.get(case.case_id, case.terms["loan_cny"]),
        rules.cover_min.value,
        barred=bool(barring),
        unknown=any(one.check == "value" and one.result == "open" for one in found),
    )
    return CoverRow(case, check, covered, movement(_before(case), check.answer.values), barring)


def _before(case: PledgeCase) -> dict[str, PatentPledgeValue]:
    return {
        patent["publication_number"]: PatentPledgeValue(
            patent["basis_cny"], patent["disposal_factor"], patent["ratio"], patent["pledge_cny"]
        )
        for patent in case.terms["patents"]
        if patent["pledge_cny"] is not None
    }


def _shown(rows: list[CoverRow]) -> list[dict[str, Any]]:
    return [
        {
            "case": row.case.case_id,
            "pledge_cny": row.cover.pledge_cny,
            "outstanding_cny": row.cover.outstanding_cny,
            "alerts": list(row.cover.alerts),
        }
        for row in rows
    ]


def _record(rows: list[CoverRow], seen: int, outstanding: Mapping[str, Decimal], as_of: date, actor: str) -> Record:
    shown = _shown(rows)
    models = next((row.check.own.models for row in rows if row.check.own.models), None)
    return Record(
        act=ACT,
        actor=actor,
        role="risk_officer",
        as_of=as_of,
        known_on=as_of,
        inputs={"register_seen": seen, "outstanding": dict(outstanding)},
        result={"cases": len(rows), "alerts": [one for one in shown if one["alerts"]]},
        result_hash=value_hash(shown),
        model_versions={"renewal": models} if models else {},
    )

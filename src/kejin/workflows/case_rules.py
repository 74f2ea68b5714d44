"""What do the rules of a day say about handling a loan case: who may decide, within which days, with which proof?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import RuleBook
from kejin.rule_values import Figure, RowTable, from_rule
from kejin.schemes.scheme import Label
from kejin.workflows.fill_rules import fill_if_in_force, fill_rules


@dataclass(frozen=True, slots=True)
class HandlingRules:
    """A bank's own bounds of handling; all of a profile until the bank lays its own over them."""

    branch_head_cny_max: Figure = from_rule("loans/casework/branch_head_cny_max")
    due_days: RowTable = from_rule("loans/casework/due_days")


@dataclass(frozen=True, slots=True)
class ExemptionRules:
    """To which loans the notice on exemption from liability applies by itself."""

    single_borrower_cny_max: Figure = from_rule("loans/exemption/single_borrower_cny_max")


@dataclass(frozen=True, slots=True)
class CaseRules:
    """The rules of one day.

    duties      code -> item of the duty of care that needs proof.
    exemption   None on days before the notice.
    unverified  names of rules used that nobody has checked against an official text.
    """

    edition: str
    handling: HandlingRules
    exemption: ExemptionRules | None
    duties: Mapping[str, Label]
    unverified: tuple[str, ...]

    def days(self, step: str) -> int | None:
        """Days for a step; None where the rule names none."""
        row = self.handling.due_days.rows.get(step)
        return None if row is None else int(row["value"])


def case_rules(as_of: date, known_on: date | None = None, overlay: Path | None = None) -> CaseRules:
    """Look everything up for a day. Raises InputError policy.nothing_in_force."""
    rules = Lookups(RuleBook.shipped(overlay), as_of, known_on)
    handling = fill_rules(HandlingRules, rules)
    exemption = fill_if_in_force(ExemptionRules, rules)
    named = rules.named_codes("loans/casework/duties")
    return CaseRules(
        rules.edition,
        handling,
        exemption,
        {one.code: Label(one.names.zh, one.names.en) for one in named},
        tuple(sorted({found.name for found in rules.unverified()})),
    )

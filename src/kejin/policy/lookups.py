"""Which rule values did a run use? A day's view of the rule book that remembers every answer it gave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kejin.policy.in_force import Anchors, Code, InForce
from kejin.policy.intervals import Band
from kejin.policy.rule_book import (
    Alternative,
    Facts,
    RuleBook,
    as_anchors,
    as_bands,
    as_choice,
    as_decimal,
    as_integer,
    as_list,
    as_table,
    join_mappings,
)


class Lookups:
    """The rules of one day, with a list of everything that was asked: what the journal stores.

        rules = Lookups(RuleBook.shipped(), date(2026, 3, 31))
        rules.decimal("titles/tech_sme/employees_max")   # Decimal("500")
        rules.records()                                   # for the journal
        rules.unverified()                                # for the notice on every output

    One object serves one run; it is not shared between threads.
    """

    def __init__(self, book: RuleBook, as_of: date, known_on: date | None = None) -> None:
        self.book = book
        self.as_of = as_of
        self.known_on = as_of if known_on is None else known_on
        self._used: dict[tuple[str, str | None], InForce] = {}

    def look_up(self, name: str, facts: Facts | None = None) -> InForce:
        """What the rule says; remembered. Raises as RuleBook.look_up."""
        return self.remember(self.book.look_up(name, self.as_of, self.known_on, facts))

    def alternatives(self, name: str) -> tuple[Alternative, ...]:
        """The rule and its exceptions; all remembered."""
        found = self.book.alternatives(name, self.as_of, self.known_on)
        for one in found:
            self.remember(one.in_force)
        return found

    def in_force(self, name: str) -> bool:
        """Does the rule say anything on the day? For schemes that begin or end; nothing is remembered."""
        from kejin.errors import InputError

        try:
            self.book.alternatives(name, self.as_of, self.known_on)
        except InputError as error:
            if error.code in ("policy.nothing_in_force", "policy.nothing_known"):
                return False
            raise
        return True

    def remember(self, found: InForce) -> InForce:
        """Add an answer to the list of those used."""
        self._used[found.name, found.exception] = found
        return found

    def decimal(self, name: str, facts: Facts | None = None) -> Decimal:
        return as_decimal(self.look_up(name, facts))

    def integer(self, name: str, facts: Facts | None = None) -> int:
        return as_integer(self.look_up(name, facts))

    def bands(self, name: str, facts: Facts | None = None) -> tuple[Band, ...]:
        return as_bands(self.look_up(name, facts))

    def table(self, name: str, facts: Facts | None = None) -> Mapping[str, Mapping[str, Any]]:
        return as_table(self.look_up(name, facts))

    def anchors(self, name: str, facts: Facts | None = None) -> Mapping[str, Anchors]:
        return as_anchors(self.look_up(name, facts))

    def codes(self, name: str, facts: Facts | None = None) -> tuple[str, ...]:
        return tuple(one.code for one in self.named_codes(name, facts))

    def named_codes(self, name: str, facts: Facts | None = None) -> tuple[Code, ...]:
        return as_list(self.look_up(name, facts))

    def choice(self, name: str, facts: Facts | None = None) -> str:
        return as_choice(self.look_up(name, facts))

    def mapping(self, name: str, facts: Facts | None = None) -> Mapping[str, str]:
        return join_mappings(self.look_up(one, facts) for one in self.book.with_also(name))

    @property
    def edition(self) -> str:
        return self.book.edition

    @property
    def used(self) -> tuple[InForce, ...]:
        """Every value used so far, by rule name."""
        return tuple(self._used[key] for key in sorted(self._used, key=lambda key: (key[0], key[1] or "")))

    def unverified(self) -> tuple[InForce, ...]:
        """The used values that nobody has checked against an official text: every output names them."""
        return tuple(one for one in self.used if one.unverified)

    def records(self) -> list[dict[str, Any]]:
        """The used values as plain JSON values, in the order of their names."""
        return [one.as_record() for one in self.used]

"""Give a model the rule values it asks for: a frozen record whose every field was looked up for the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

from kejin.errors import InputError
from kejin.policy.in_force import InForce
from kejin.policy.lookups import Lookups
from kejin.policy.rule_book import as_decimal
from kejin.rule_values import (
    Anchor,
    AnchorTable,
    Band,
    BandTable,
    CaseFigure,
    Citation,
    CodeMap,
    CodeSet,
    Figure,
    RowTable,
    Wording,
)

Record = TypeVar("Record")


def fill_rules(record: type[Record], rules: Lookups) -> Record:
    """The record with each field filled from the rule that the field names.

    Raises InputError policy.nothing_in_force where a rule says nothing on the day; each look-up is remembered.
    """
    hints = get_type_hints(record)
    filled: dict[str, Any] = {}
    for entry in fields(record):  # type: ignore[arg-type]
        name = entry.metadata["rule"]
        filled[entry.name] = _READERS[hints[entry.name]](rules, name)
    return record(**filled)


def fill_if_in_force(record: type[Record], rules: Lookups) -> Record | None:
    """The record, or None on days on which one of its rules says nothing yet or no more."""
    try:
        return fill_rules(record, rules)
    except InputError as error:
        if error.code not in ("policy.nothing_in_force", "policy.nothing_known"):
            raise
        return None


def citation(found: InForce) -> Citation:
    """The provenance of a look-up as a model carries it."""
    return Citation(
        found.name,
        found.document.id,
        found.article,
        found.printed,
        found.confidence,
        found.since,
        found.until,
        found.overridden_by,
    )


def _figure(rules: Lookups, name: str) -> Figure:
    return Figure(rules.decimal(name), citation(rules.look_up(name)))


def _cases(rules: Lookups, name: str) -> CaseFigure:
    """The rule's own number and those of its exceptions, whose conditions the model decides company by company."""
    *exceptions, otherwise = rules.alternatives(name)
    return CaseFigure(
        Figure(as_decimal(otherwise.in_force), citation(otherwise.in_force)),
        tuple(
            (one.condition.tree, Figure(as_decimal(one.in_force), citation(one.in_force)))
            for one in exceptions
            if one.condition is not None
        ),
    )


def _bands(rules: Lookups, name: str) -> BandTable:
    rising = sorted(rules.bands(name), key=lambda band: (band.lower is not None, band.lower or 0))
    lowest, above = rising[0], rising[1:]
    steps = tuple(
        Band(band.lower, not band.lower_included, band.points_low, band.points_high)
        for band in above
        if band.lower is not None
    )
    return BandTable(steps, lowest.points_low, lowest.points_high, citation(rules.look_up(name)), lowest.lower)


def _codes(rules: Lookups, name: str) -> CodeSet:
    return CodeSet(frozenset(rules.codes(name)), citation(rules.look_up(name)))


def _wording(rules: Lookups, name: str) -> Wording:
    return Wording(rules.choice(name), citation(rules.look_up(name)))


def _code_map(rules: Lookups, name: str) -> CodeMap:
    return CodeMap(dict(rules.mapping(name)), citation(rules.look_up(name)))


def _anchors(rules: Lookups, name: str) -> AnchorTable:
    pairs = {key: Anchor(pair.floor, pair.full) for key, pair in rules.anchors(name).items()}
    return AnchorTable(pairs, citation(rules.look_up(name)))


def _rows(rules: Lookups, name: str) -> RowTable:
    return RowTable(rules.table(name), citation(rules.look_up(name)))


_READERS: Mapping[type, Callable[[Lookups, str], Any]] = {
    Figure: _figure,
    CaseFigure: _cases,
    BandTable: _bands,
    CodeSet: _codes,
    Wording: _wording,
    CodeMap: _code_map,
    AnchorTable: _anchors,
    RowTable: _rows,
}

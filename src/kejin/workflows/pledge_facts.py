"""What is known of the patents that a company wants to pledge? Rows of a day as the pledge check wants them.

Only the applications asked for are read: the answer of a single patent takes no walk over the whole register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from kejin.engines.run_query import to_arrow
from kejin.errors import InputError
from kejin.evaluation.patent_states import PatentTerm, patent_states, superseded_publications
from kejin.facts.view import Facts, FactsView
from kejin.valuation.pledge_checks import PledgePatent
from kejin.valuation.pledge_standing import (
    PatentEvent,
    fee_standing,
    invalidity_since,
    open_licences,
    open_pledges,
    owner_relation,
    suit_since,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LEVELS_MAX = 50  # of owners above owners; a longer chain than any that a register shows
_MAJORITY = 0.5


@dataclass(frozen=True)
class PledgeFacts:
    """Patents by the number kept for their application, and the rows that they were read from.

    numbers   number asked for -> number kept (the grant where an application was asked for).
    patents   in the order in which they were asked for, without values and without the institution's own register.
    rows      table -> the rows read, for the journal's content hash.
    names     company code -> name.
    """

    numbers: Mapping[str, str]
    patents: tuple[PledgePatent, ...]
    dates: Mapping[str, tuple[date, date | None]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    names: Mapping[str, str]


class _Only:
    """The facts with `patent` and `patent_event` narrowed to the applications of some publications.

    The few rows of `patent` are fetched once: compiling their query into every other one would take most of the time.
    """

    def __init__(self, facts: Facts, numbers: Sequence[str]) -> None:
        self._facts = facts
        patents = facts.table("patent")
        asked = patents.filter(patents.publication_number.isin(list(numbers)))
        found = to_arrow(asked)
        applications = sorted({number for number in found["application_number"].to_pylist() if number is not None})
        if applications:
            same = patents.application_number.isin(applications)
            found = to_arrow(patents.filter(patents.publication_number.isin(list(numbers)) | same))
        self._patents = ibis.memtable(found, schema=patents.schema())
        self._numbers = sorted(found["publication_number"].to_pylist())
        self._several = len(self._numbers) > len(applications)

    def table(self, name: str) -> ir.Table:
        if name == "patent":
            return self._patents
        table = self._facts.table(name)
        return table.filter(table.publication_number.isin(self._numbers)) if name == "patent_event" else table

    def superseded(self, as_of: date) -> pa.Table:
        """Publications for whose application a better one stands; nothing is asked where each has one."""
        if self._several:
            return to_arrow(superseded_publications(self, as_of))
        return pa.table({"publication_number": pa.array([], pa.string()), "kept_number": pa.array([], pa.string())})


def pledge_facts(
    facts: FactsView, numbers: Sequence[str], pledgor_id: str | None, as_of: date, terms: Iterable[PatentTerm]
) -> tuple[str, PledgeFacts]:
    """The pledgor and what is known of some publications on the day.

    pledgor_id   the owner of the first patent where not given.
    Raises       workflows.patent_unknown, .patent_asked_twice, .company_unknown.
    """
    only = _Only(facts, numbers)
    superseded = only.superseded(as_of)
    kept = {row["publication_number"]: row["kept_number"] for row in superseded.to_pylist()}
    found = to_arrow(patent_states(only, as_of, terms, ibis.memtable(superseded)))
    states = {row["publication_number"]: row for row in found.to_pylist()}
    asked = {number: kept.get(number, number) for number in numbers}
    for number, stands_for in asked.items():
        if stands_for not in states:
            raise InputError("workflows.patent_unknown", patent=number, as_of=as_of)
    if len(set(asked.values())) < len(numbers):
        raise InputError("workflows.patent_asked_twice", patents=", ".join(numbers))
    events = _events(only, kept, as_of)
    states = {number: states[number] for number in asked.values()}
    pledgor = pledgor_id or states[next(iter(asked.values()))]["company_id"]
    entities = {pledgor, *(row["company_id"] for row in states.values())}
    names = _names(facts, entities)
    if pledgor not in names:
        raise InputError("workflows.company_unknown", company=pledgor, as_of=as_of, workspace="company")
    owners_needed = any(row["company_id"] != pledgor for row in states.values())
    controllers, ownership = _controllers(facts, entities, as_of) if owners_needed else ({}, [])
    patents = tuple(_patent(states[n], events.get(n, []), pledgor, controllers, as_of) for n in asked.values())
    rows = {
        "patent": [_plain(states[n]) for n in sorted(states)],
        "patent_event": [_plain(row) for n in sorted(states) for row in events.get(n, [])],
        "ownership": [_plain(row) for row in ownership],
    }
    dates = {n: (row["filed_on"], row["granted_on"]) for n, row in states.items()}
    return pledgor, PledgeFacts(asked, patents, dates, rows, names)


def _events(only: _Only, kept: Mapping[str, str], as_of: date) -> dict[str, list[dict[str, Any]]]:
    """Events that had happened, by kept number, in order of day."""
    table = only.table("patent_event")
    table = table.filter(table.happened_on <= ibis.literal(as_of))
    columns = ("publication_number", "event_kind", "happened_on", "reference", "counterparty", "until_on", "fee_year")
    rows = [
        row | {"publication_number": kept.get(row["publication_number"], row["publication_number"])}
        for row in to_arrow(table.select(*columns)).to_pylist()
    ]
    rows.sort(key=lambda row: (row["publication_number"], row["happened_on"], row["event_kind"], row["reference"]))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["publication_number"], []).append(row)
    return found


def _names(facts: FactsView, entities: set[str]) -> dict[str, str]:
    companies = facts.table("company")
    found = companies.filter(companies.company_id.isin(sorted(entities))).select("company_id", "name")
    return {row["company_id"]: row["name"] or row["company_id"] for row in to_arrow(found).to_pylist()}


def _controllers(
    facts: FactsView, entities: set[str], as_of: date
) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Who controls these entities and those above them on the day, level by level; an entity is looked up once."""
    ownership = facts.table("ownership")
    day = ibis.literal(as_of)
    lasting = (ownership.since_on <= day) & (ownership.until_on.isnull() | (ownership.until_on >= day))
    ruling = ibis.coalesce(ownership.controls, ownership.share > _MAJORITY).fill_null(False)
    ruling_rows = ownership.filter(lasting, ruling).select("owner_id", "company_id", "since_on")
    found: dict[str, list[str]] = {}
    rows: list[dict[str, Any]] = []
    level = set(entities)
    for _ in range(_LEVELS_MAX):
        above = to_arrow(ruling_rows.filter(ruling_rows.company_id.isin(sorted(level)))).to_pylist()
        rows += above
        for row in above:
            found.setdefault(row["company_id"], []).append(row["owner_id"])
        level = {row["owner_id"] for row in above} - found.keys() - set(entities)
        if not level:
            break
    rows.sort(key=lambda row: (row["company_id"], row["owner_id"], row["since_on"]))
    return found, rows


def _patent(
    row: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    pledgor: str,
    controllers: Mapping[str, Sequence[str]],
    as_of: date,
) -> PledgePatent:
    events = [
        PatentEvent(
            event["event_kind"],
            event["happened_on"],
            event["reference"],
            event["counterparty"],
            event["until_on"],
            event["fee_year"],
        )
        for event in rows
    ]
    fee = fee_standing(row["filed_on"], row["granted_on"], events, as_of)
    relation, circle = owner_relation(row["company_id"], pledgor, controllers)
    return PledgePatent(
        publication_number=row["publication_number"],
        kind=row["patent_kind"],
        owner_id=row["company_id"],
        owner_relation=relation,
        granted=row["is_granted"],
        in_force=row["in_force"],
        end_reason=_end_reason(row, events, as_of),
        expires_on=row["expires_on"],
        disputed=row["disputed"],
        holder_count=row["holder_count"],
        fee=fee.state,
        fee_year=fee.year,
        fee_overdue_since=fee.overdue_since,
        invalidity_since=invalidity_since(events),
        suit_since=suit_since(events),
        pledges=open_pledges(events),
        licences=open_licences(events, as_of),
        circle=circle,
    )


def _end_reason(row: Mapping[str, Any], events: Sequence[PatentEvent], as_of: date) -> str | None:
    """Why it is not in force; None where it is, or where it was never granted and has not ended."""
    if row["in_force"] or not row["ended"]:
        return None
    if row["expires_on"] is not None and row["expires_on"] <= as_of:
        return "expired"
    ends = [event for event in events if event.kind in ("lapse", "invalidated")]
    if ends:
        return ends[-1].kind
    return row["end_reason"] or "unknown"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the kinds of values that the journal's canonical form knows."""
    return {name: value for name, value in row.items() if name != "source"}

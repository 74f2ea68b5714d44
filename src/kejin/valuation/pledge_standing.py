"""What does the register say about one patent on a day? Pledges, licences, fees, proceedings and whose it is.

Something that began (a pledge, a suit, a request for invalidity) is open until something ends it. An end with the
reference of a beginning ends that one; any other end ends the oldest one still open, since registers number beginnings
and ends apart. Of a beginning and an end on one day the beginning comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kejin.dates import add_years, full_years_between
from kejin.valuation.pledge_checks import OpenLicence, OtherPledge

_NO_REFERENCE = "-"


@dataclass(frozen=True, slots=True)
class PatentEvent:
    """One row of `patent_event` that had happened on the day."""

    kind: str
    happened_on: date
    reference: str
    counterparty: str | None = None
    until_on: date | None = None
    fee_year: int | None = None


def still_open(events: Iterable[PatentEvent], begins: str, ends: Sequence[str]) -> tuple[PatentEvent, ...]:
    """The beginnings that no end has ended, oldest first."""
    concerned = [event for event in events if event.kind == begins or event.kind in ends]
    concerned.sort(key=lambda event: (event.happened_on, event.kind != begins, event.reference))
    opened: list[PatentEvent] = []
    for event in concerned:
        if event.kind == begins:
            opened.append(event)
            continue
        same = [one for one in opened if one.reference == event.reference != _NO_REFERENCE]
        if same or opened:
            opened.remove((same or opened)[0])
    return tuple(opened)


def open_pledges(events: Iterable[PatentEvent]) -> tuple[OtherPledge, ...]:
    """Pledges registered and not released; one whose term is over stays in the register until it is released."""
    return tuple(
        OtherPledge(event.reference, event.counterparty, event.happened_on)
        for event in still_open(events, "pledge", ("pledge_release",))
    )


def open_licences(events: Iterable[PatentEvent], as_of: date) -> tuple[OpenLicence, ...]:
    """Licences whose last day is not past or not known, the one that lasts longest at the end."""
    found = [
        event for event in events if event.kind == "licence" and (event.until_on is None or event.until_on >= as_of)
    ]
    found.sort(key=lambda event: (event.until_on or date.max, event.reference))
    return tuple(OpenLicence(event.counterparty, event.until_on) for event in found)


def invalidity_since(events: Iterable[PatentEvent]) -> date | None:
    """Since when has a request for invalidity been waiting for its decision?"""
    waiting = still_open(events, "invalidity_request", ("invalidity_rejected", "invalidated"))
    return waiting[0].happened_on if waiting else None


def suit_since(events: Iterable[PatentEvent]) -> date | None:
    """Since when has a suit been open?"""
    waiting = still_open(events, "suit", ("suit_closed",))
    return waiting[0].happened_on if waiting else None


@dataclass(frozen=True, slots=True)
class FeeStanding:
    """state: paid, overdue or unproven; year: the year of the right whose fee is asked for."""

    state: str
    year: int
    overdue_since: date | None


def fee_standing(filed_on: date, granted_on: date | None, events: Iterable[PatentEvent], as_of: date) -> FeeStanding:
    """Is the fee of the current year of the right paid?

    Year n of a right begins when n - 1 full years have passed since filing. The fee of the year of grant is paid with
    the grant. Overdue is what the register calls so last; without a record of the current year's fee it is unproven.
    """
    year = full_years_between(filed_on, as_of) + 1
    fees = sorted(
        (event for event in events if event.kind in ("fee_paid", "fee_overdue", "restoration")),
        key=lambda event: (event.happened_on, event.kind != "fee_overdue"),
    )
    overdue: date | None = None
    paid_year = 0
    for event in fees:
        overdue = event.happened_on if event.kind == "fee_overdue" else None
        if event.kind == "fee_paid":
            paid_year = max(paid_year, event.fee_year or 0)
    if overdue is not None:
        return FeeStanding("overdue", year, overdue)
    with_grant = granted_on is not None and granted_on >= add_years(filed_on, year - 1)
    return FeeStanding("paid" if with_grant or paid_year >= year else "unproven", year, None)


def owner_relation(owner: str, pledgor: str, controllers: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """How do owner and pledgor hang together? (pledgor | group | other | circular, the circle where there is one).

    controllers   who controls an entity on the day; both chains upwards have to be in it.
    """
    if owner == pledgor:
        return "pledgor", ()
    above_owner, circle = _above(owner, controllers)
    above_pledgor, other_circle = _above(pledgor, controllers)
    if circle or other_circle:
        return "circular", circle or other_circle
    related = ({owner} | above_owner) & ({pledgor} | above_pledgor)
    return ("group" if related else "other"), ()


def _above(start: str, controllers: Mapping[str, Sequence[str]]) -> tuple[set[str], tuple[str, ...]]:
    """Everybody above an entity, and the first circle met on the way up."""
    found: set[str] = set()
    circle: tuple[str, ...] = ()
    waiting: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
    while waiting:
        entity, path = waiting.pop()
        for controller in sorted(controllers.get(entity, ())):
            if controller in path:
                circle = circle or (*path[path.index(controller) :], controller)
            elif controller not in found:
                found.add(controller)
                waiting.append((controller, (*path, controller)))
    return found, circle

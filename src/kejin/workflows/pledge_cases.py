"""Where are pledges kept? Events of cases beside the journal, appended one by one, each with its journal entry.

An event, the row that keeps two pledges of a patent apart, and the journal entry are written in one transaction: after
a crash all of them are there or none. Of two who write the next event of a case, the key (case, version) lets one in.
The same statements run on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError

from kejin.errors import InputError
from kejin.journal import Entry, Journal, Record
from kejin.journal.canonical import decode, encode
from kejin.valuation.pledge_checks import OtherPledge
from kejin.valuation.pledge_states import EVENTS, PledgeCase, PledgeEvent, after, case_of, drafted

metadata = MetaData()
event_table = Table(
    "pledge_event",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1"), nullable=False),
    Column("kind", Text, CheckConstraint(f"kind IN {EVENTS}"), nullable=False),
    Column("step", Text),
    Column("happened_on", Date, nullable=False),
    Column("actor", Text, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("journal_entry", BigInteger, nullable=False),
    UniqueConstraint("case_id", "version", name="pledge_event_version"),
    Index("pledge_event_case", "case_id", "version"),
)
# What the events say of each patent now: its key refuses a second registered pledge, whatever a program does.
hold_table = Table(
    "pledge_hold",
    metadata,
    Column("publication_number", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
)
_E = event_table.c
Recorder = Callable[[PledgeCase, PledgeEvent, tuple[int, ...]], Record]  # makes the journal record of an event
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'pledge events are append-only'); END"
_GUARDS = {
    "sqlite": (
        f"CREATE TRIGGER IF NOT EXISTS pledge_event_no_update BEFORE UPDATE ON pledge_event {_REFUSE}",
        f"CREATE TRIGGER IF NOT EXISTS pledge_event_no_delete BEFORE DELETE ON pledge_event {_REFUSE}",
    ),
    # journal_refuse() is made with the journal's own tables in the same database.
    "postgresql": (
        """CREATE OR REPLACE TRIGGER pledge_event_no_change BEFORE UPDATE OR DELETE ON pledge_event
        FOR EACH ROW EXECUTE FUNCTION journal_refuse()""",
    ),
}


class PledgeRegister:
    """The cases of a store. Made over an open journal, whose place it shares."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        with journal.reading() as connection:
            there = inspect(connection).has_table(hold_table.name)
        if not there:
            with journal.transaction() as connection:
                metadata.create_all(connection)
                for guard in _GUARDS[connection.dialect.name]:
                    connection.execute(text(guard))

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def last_number(self) -> int:
        """How many events there are; what a check saw of the register."""
        with self.journal.reading() as connection:
            return int(connection.scalar(select(func.max(_E.number))) or 0)

    def events(self, case_id: str, up_to_version: int | None = None) -> list[PledgeEvent]:
        """The events of a case in order. Raises InputError workflows.pledge_case_unknown."""
        with self.journal.reading() as connection:
            return self._events(connection, case_id, up_to_version)

    def case(self, case_id: str) -> PledgeCase:
        """The case as its events say. Raises as `events`."""
        return case_of(case_id, self.events(case_id))

    def cases(self, on: date | None = None, up_to: int | None = None) -> list[PledgeCase]:
        """Every case in order of its number.

        on, up_to   as of a day, and as the first so many events say; later drafts are then left out.
        """
        query = select(event_table).order_by(_E.case_id, _E.version)
        if on is not None:
            query = query.where(_E.happened_on <= on)
        if up_to is not None:
            query = query.where(_E.number <= up_to)
        with self.journal.reading() as connection:
            rows = connection.execute(query).all()
        grouped: dict[str, list[PledgeEvent]] = {}
        for row in rows:
            grouped.setdefault(row.case_id, []).append(_event(row))
        return [case_of(case_id, events) for case_id, events in grouped.items()]

    def journal_entries(self, case_id: str) -> list[int]:
        """The journal entries of a case, in order."""
        with self.journal.reading() as connection:
            query = select(_E.journal_entry).where(_E.case_id == case_id).order_by(_E.version)
            return list(connection.execute(query).scalars())

    def holders(self, numbers: Sequence[str], up_to: int, without: str | None = None) -> dict[str, OtherPledge]:
        """Patent -> its registered pledge here, as the first `up_to` events say; without one case's own."""
        wanted = set(numbers)
        found: dict[str, OtherPledge] = {}
        for case in self.cases(up_to=up_to):
            if case.case_id == without or not case.holds:
                continue
            for number in wanted.intersection(_patents(case)):
                assert case.registered_on is not None
                reference = case.registration_number or case.case_id
                found[number] = OtherPledge(reference, case.terms["pledgee_name"], case.registered_on)
        return found

    def _events(self, connection: Connection, case_id: str, up_to_version: int | None = None) -> list[PledgeEvent]:
        query = select(event_table).where(_E.case_id == case_id).order_by(_E.version)
        if up_to_version is not None:
            query = query.where(_E.version <= up_to_version)
        rows = connection.execute(query).all()
        if not rows:
            raise InputError("workflows.pledge_case_unknown", case=case_id)
        return [_event(row) for row in rows]

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_case(
        self, happened: date, actor: str, details: dict[str, Any], record: Recorder
    ) -> tuple[PledgeCase, Entry]:
        """A new case with its draft; numbered by year and order."""
        with self.journal.transaction() as connection:
            _lock(connection)
            year = f"PLG-{happened.year}-"
            count = connection.scalar(
                select(func.count()).where(_E.kind == "drafted", _E.case_id.startswith(year, autoescape=True))
            )
            case_id = f"{year}{(count or 0) + 1:06d}"
            event = PledgeEvent(1, "drafted", happened, actor, None, details)
            case = drafted(case_id, event)
            entry = self._written(connection, case, event, record(case, event, ()))
        return case, entry

    def append(
        self,
        case_id: str,
        expected_version: int | None,
        kind: str,
        happened: date,
        actor: str,
        step: str | None,
        details: dict[str, Any],
        record: Recorder,
    ) -> tuple[PledgeCase, Entry]:
        """One more event of a case.

        expected_version   the version that the writer saw; None for the newest.
        Raises             valuation.pledge_* where the step may not be taken or somebody was quicker;
                           workflows.pledge_held where a patent is pledged in another case; .pledge_case_unknown.
        """
        with self.journal.transaction() as connection:
            _lock(connection)
            before = case_of(case_id, self._events(connection, case_id))
            version = before.version if expected_version is None else expected_version
            event = PledgeEvent(version + 1, kind, happened, actor, step or before.proposed, details)
            case = after(before, event)
            self._hold(connection, before, case)
            entries = tuple(
                connection.execute(
                    select(_E.journal_entry).where(_E.case_id == case_id).order_by(_E.version.desc()).limit(1)
                ).scalars()
            )
            entry = self._written(connection, case, event, record(case, event, entries))
        return case, entry

    def _written(self, connection: Connection, case: PledgeCase, event: PledgeEvent, record: Record) -> Entry:
        entry = self.journal.append(record, connection)
        number = int(connection.scalar(select(func.max(_E.number))) or 0) + 1
        try:
            connection.execute(
                event_table.insert().values(
                    number=number,
                    case_id=case.case_id,
                    version=event.version,
                    kind=event.kind,
                    step=event.step,
                    happened_on=event.happened,
                    actor=event.actor,
                    details=encode(dict(event.details)),
                    journal_entry=entry.sequence,
                )
            )
        except IntegrityError as error:
            raise InputError(
                "valuation.pledge_version_old", case=case.case_id, wanted=event.version - 1, now=event.version
            ) from error
        return entry

    def _hold(self, connection: Connection, before: PledgeCase, case: PledgeCase) -> None:
        """Keeps the one row a pledged patent in step with the case."""
        there = _patents(before) if before.holds else []
        if case.holds:
            gone = [number for number in there if number not in _patents(case)]
            if gone:
                connection.execute(
                    hold_table.delete().where(
                        hold_table.c.case_id == case.case_id, hold_table.c.publication_number.in_(gone)
                    )
                )
            for number in _patents(case):
                if number in there:
                    continue
                try:
                    connection.execute(hold_table.insert().values(publication_number=number, case_id=case.case_id))
                except IntegrityError as error:
                    raise InputError("workflows.pledge_held", patent=number, case=case.case_id) from error
        elif before.holds:
            connection.execute(hold_table.delete().where(hold_table.c.case_id == case.case_id))


def _lock(connection: Connection) -> None:
    """Other writers of cases wait until the transaction ends; on SQLite a write transaction holds them off already."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"LOCK TABLE {event_table.name} IN EXCLUSIVE MODE"))


def _patents(case: PledgeCase) -> list[str]:
    return [patent["publication_number"] for patent in case.terms["patents"]]


def _event(row: Any) -> PledgeEvent:
    return PledgeEvent(row.version, row.kind, row.happened_on, row.actor, row.step, decode(row.details))

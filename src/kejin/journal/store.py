"""Where entries are kept: appended one by one under a lock, never changed. SQLite by default, PostgreSQL by its URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    cast,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import QueuePool

import kejin
from kejin.errors import InputError, UseError
from kejin.journal.canonical import Value, time_text
from kejin.journal.chain import (
    Anchor,
    Head,
    Settings,
    entry_hash,
    genesis_hash,
    new_settings,
    read_settings,
    value_hash,
)
from kejin.journal.digest import ALGORITHMS
from kejin.journal.entry import Entry, Record, body_bytes, read_entry
from kejin.journal.tables import COPIES, create_tables, entry_table, guards_absent, settings_table

if TYPE_CHECKING:
    from kejin.journal.verify import Verification

_BUSY_SECONDS = 30
_CHUNK_ENTRIES = 128  # entries read in one transaction and held in memory at once
_CLOCK_SLACK = timedelta(seconds=5)
_MAKING_LOCK = 0x6B656A696E  # any number that nobody else locks
_PROGRAM = f"kejin {kejin.__version__}"
_E = entry_table.c
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class StoredRow:
    """One row as it lies in the store, unread: texts as UTF-8 bytes, so that nothing is repaired on the way."""

    sequence: int
    previous_hash: bytes
    entry_hash: bytes
    body: bytes
    copies: tuple[bytes | None, ...] | None  # in the order of COPIES; None where the source has none (an export)


def _now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """What was decided, on what, by whom? Appends records, gives them back, never changes one.

    Use `Journal.open`; close it or use it in a `with`. Not to be shared between processes; each opens its own.
    """

    def __init__(self, engine: Engine, settings_bytes: bytes, genesis: str, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self.settings_bytes = settings_bytes
        self.genesis_hash = genesis
        self.settings: Settings = read_settings(settings_bytes)

    @classmethod
    def open(
        cls, path_or_url: Path | str, algorithm: str | None = None, *, create: bool = True, clock: Clock = _now
    ) -> Journal:
        """The journal in a SQLite file or at a database URL; made there if it is not and `create` allows it.

        algorithm   sha256 (also if None) or sm3 for a new journal; an existing one must have it, if given.
        Raises      InputError journal.store_absent, .store_unusable, .store_busy, .settings_wrong, .algorithm_other;
                    UseError journal.algorithm_unknown, .url_wrong.
        """
        if algorithm is not None and algorithm not in ALGORITHMS:
            raise UseError("journal.algorithm_unknown", algorithm=algorithm, known=", ".join(ALGORITHMS))
        engine = _engine(path_or_url, create)
        try:
            stored = _stored_settings(engine)
            if stored is None and create:
                stored = _made(engine, new_settings(algorithm or "sha256", clock()))
            journal = cls(engine, *stored, clock) if stored else None
        except BaseException:
            engine.dispose()
            raise
        if journal is None:
            engine.dispose()
            raise InputError("journal.store_absent", path=path_or_url)
        if algorithm not in (None, journal.settings.algorithm):
            journal.close()
            raise InputError("journal.algorithm_other", wanted=algorithm, has=journal.settings.algorithm)
        return journal

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction that holds the journal's lock: all that is written in it stands or falls together.

        Lets a case and its entry be stored in one step: `with journal.transaction() as connection: ...;
        journal.append(record, connection)`. Keep it short: other writers wait.
        """
        with _plain_errors(), _writing(self._engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading what cases keep beside the journal in the same store."""
        with _plain_errors(), self._engine.connect() as connection:
            yield connection

    def append(self, record: Record, connection: Connection | None = None) -> Entry:
        """The record, sealed as the next entry; on the disk when this returns (with `connection`: when that commits).

        Raises InputError journal.* where the record has no canonical form or a wrong shape, the clock is behind, or
        the store cannot take it; nothing is then written.
        """
        if connection is not None:
            with _plain_errors():
                return self._append(connection, record)
        with self.transaction() as own:
            return self._append(own, record)

    def append_all(self, records: Iterable[Record]) -> list[Entry]:
        """The records as the next entries, all or none: one transaction, so much faster than one by one."""
        with self.transaction() as connection:
            return [self._append(connection, record) for record in records]

    def _append(self, connection: Connection, record: Record) -> Entry:
        _lock(connection)
        head, last_time = self._head(connection)
        time = self._next_time(last_time)
        algorithm = self.settings.algorithm
        result_hash = record.result_hash or value_hash(record.result, algorithm)
        body = body_bytes(
            record,
            sequence=head.sequence + 1,
            algorithm=algorithm,
            time=time,
            program=_PROGRAM,
            result_hash=result_hash,
        )
        sealed = entry_hash(algorithm, head.entry_hash, body)
        entry = read_entry(body, head.entry_hash, sealed, wrong="journal.record_wrong")
        row: dict[str, Any] = dict(zip(COPIES, search_copies(vars(entry)), strict=True))
        row |= {"sequence": entry.sequence, "previous_hash": head.entry_hash, "entry_hash": sealed, "body": body}
        connection.execute(entry_table.insert(), row)
        return entry

    def _next_time(self, last: datetime | None) -> datetime:
        """The clock's time, but never before the last entry: small steps back of a clock being set are evened out."""
        now = self._clock()
        if last is None or now >= last:
            return now
        if last - now > _CLOCK_SLACK:
            raise InputError("journal.clock_behind", now=time_text(now), last=time_text(last))
        return last

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def head(self) -> Head:
        """Where does the chain end now?"""
        with _plain_errors(), self._engine.connect() as connection:
            return self._head(connection)[0]

    def _head(self, connection: Connection) -> tuple[Head, datetime | None]:
        row = connection.execute(
            select(_E.sequence, _E.entry_hash, _E.recorded_at).order_by(_E.sequence.desc()).limit(1)
        ).first()
        if row is None:
            return Head(0, self.genesis_hash), None
        try:
            return Head(row.sequence, row.entry_hash), datetime.fromisoformat(row.recorded_at).astimezone(UTC)
        except ValueError:
            raise InputError("journal.entry_changed", sequence=row.sequence) from None

    def get(self, sequence: int) -> Entry:
        """One entry by its number; raises InputError journal.entry_absent, journal.entry_changed."""
        for entry in self.find(first=sequence, last=sequence):
            return entry
        raise InputError("journal.entry_absent", sequence=sequence, last=self.head().sequence)

    def entries(self, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """The entries with numbers from first to last, in order, each checked against its own hash; bounded memory."""
        return self.find(first=first, last=last)

    def find(
        self,
        *,
        act: str | None = None,
        actor: str | None = None,
        subject: str | None = None,
        as_of: date | None = None,
        first: int = 1,
        last: int | None = None,
        newest: int | None = None,
    ) -> Iterator[Entry]:
        """Which entries have this act, actor, subject and day? All that are given must fit; in order.

        newest      only the last so many of those that fit.
        Raises InputError journal.entry_changed at an entry whose bytes do not fit its hash.
        """
        wanted = {"act": act, "actor": actor, "subject": subject, "as_of": as_of.isoformat() if as_of else None}
        filters = [_E[name] == value for name, value in wanted.items() if value is not None]
        if newest is not None:
            first = max(first, self._sequence_from_end(newest, filters))
        for row in self.rows(first, last, filters):
            yield self._checked(row)

    def _sequence_from_end(self, count: int, filters: Sequence[ColumnElement[bool]]) -> int:
        query = select(_E.sequence).where(*filters).order_by(_E.sequence.desc()).offset(count - 1).limit(1)
        with _plain_errors(), self._engine.connect() as connection:
            return connection.scalar(query) or 1

    def _checked(self, row: StoredRow) -> Entry:
        try:
            previous, sealed = row.previous_hash.decode("ascii"), row.entry_hash.decode("ascii")
            if sealed == entry_hash(self.settings.algorithm, previous, row.body):
                entry = read_entry(row.body, previous, sealed)
                if entry.sequence == row.sequence:
                    return entry
        except (ValueError, InputError):
            pass
        raise InputError("journal.entry_changed", sequence=row.sequence)

    def rows(
        self, first: int | None = None, last: int | None = None, filters: Sequence[ColumnElement[bool]] = ()
    ) -> Iterator[StoredRow]:
        """The rows as they lie in the store, unchecked, in order of number; short transactions, bounded memory."""
        with _plain_errors():
            if last is None:
                with self._engine.connect() as connection:
                    last = connection.scalar(select(func.max(_E.sequence)))
            columns = [_E.sequence] + [self._raw(name) for name in ("previous_hash", "entry_hash", "body", *COPIES)]
            query = select(*columns).where(*filters).order_by(_E.sequence).limit(_CHUNK_ENTRIES)
            after = None if first is None else first - 1
            while last is not None:
                bounded = query.where(_E.sequence <= last)
                if after is not None:
                    bounded = bounded.where(_E.sequence > after)
                # Fetched whole, so that no lock is held while the caller works on an entry or appends one.
                with self._engine.connect() as connection:
                    fetched = connection.execute(bounded).all()
                for row in fetched:
                    yield StoredRow(row[0], row[1], row[2], row[3], tuple(row[4:]))
                if len(fetched) < _CHUNK_ENTRIES:
                    return
                after = fetched[-1][0]

    def _raw(self, name: str) -> ColumnElement[bytes]:
        """A column as bytes: on SQLite a damaged text may be no UTF-8 at all, and must still be reported, not fail."""
        if self._engine.dialect.name == "sqlite":
            return cast(_E[name], LargeBinary).label(name)
        if name == "body":
            return _E.body.label(name)
        return func.convert_to(_E[name], "UTF8").label(name)

    def stored_settings(self) -> list[tuple[bytes, bytes]]:
        """Settings and genesis hash as they lie in the store; one pair where all is well."""
        table = settings_table.c
        raw = cast(table.genesis_hash, LargeBinary) if self._sqlite else func.convert_to(table.genesis_hash, "UTF8")
        with _plain_errors(), self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(select(table.settings, raw))]

    def store_problems(self) -> list[tuple[str, dict[str, object]]]:
        """What is wrong with the store itself, as (code, details): guards gone, indexes or pages damaged."""
        with _plain_errors(), self._engine.connect() as connection:
            problems: list[tuple[str, dict[str, object]]] = [
                ("journal.guard_absent", {"guard": name}) for name in guards_absent(connection)
            ]
            if self._sqlite:
                for table in (settings_table.name, entry_table.name):
                    lines = connection.execute(text(f"PRAGMA integrity_check('{table}')")).scalars().all()
                    problems += [("journal.store_damaged", {"detail": line}) for line in lines if line != "ok"]
        return problems

    def verify(self, anchors: Sequence[Anchor] = (), on_progress: Callable[[int], None] | None = None) -> Verification:
        """Was anything changed? See `kejin.journal.verify.verify`."""
        from kejin.journal.verify import verify

        return verify(self, anchors, on_progress)

    def export(self, path: Path) -> int:
        """Writes all entries as JSON lines; see `kejin.journal.export.export`."""
        from kejin.journal.export import export

        return export(self, path)

    @property
    def _sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def anchor(self) -> Anchor:
        """What to give to others so that they can tell later that nothing before now was changed or cut off?"""
        head, known = self.head(), self.settings
        return Anchor(
            known.algorithm, head.entry_hash, self.genesis_hash, known.journal_id, head.sequence, self._clock()
        )


def search_copies(body: Mapping[str, Value]) -> tuple[str | None, ...]:
    """What must the search columns of an entry hold? In the order of COPIES."""
    as_of: date | None = body["as_of"]
    day = as_of.isoformat() if as_of else None
    return body["act"], body["actor"], body["subject"], day, time_text(body["time"])


# ── the database under it ────────────────────────────────────────────────────────────────────────────────────────────


def _engine(path_or_url: Path | str, create: bool) -> Engine:
    try:
        url = make_url(path_or_url) if isinstance(path_or_url, str) and "://" in path_or_url else None
        if url is not None and url.get_backend_name() != "sqlite":
            return create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise UseError("journal.url_wrong", detail=error) from None
    path = Path(url.database or "") if url is not None else Path(path_or_url)
    if not path.is_file() and (not create or path.exists()):
        raise InputError("journal.store_absent", path=path)

    def connect() -> sqlite3.Connection:
        mode = "rwc" if create else "rw"
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        # EXTRA: an entry that was confirmed survives a loss of power in the next instant.
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _begin_on_sqlite(connection: Connection) -> None:
    """Begins what the driver leaves open; a writer locks first, so that two cannot read the same last entry."""
    writes = connection.get_execution_options().get("kejin_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(kejin_writes=True) as connection, connection.begin():
        yield connection


def _lock(connection: Connection) -> None:
    """Holds back other writers until the transaction ends, readers never."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"LOCK TABLE {entry_table.name} IN EXCLUSIVE MODE"))
    elif not connection.get_execution_options().get("kejin_writes", False):
        raise AssertionError("append needs the connection of Journal.transaction()")


def _stored_settings(engine: Engine) -> tuple[bytes, str] | None:
    """Settings and genesis hash, None where there is no journal yet."""
    with _plain_errors(), engine.connect() as connection:
        return _read_stored_settings(connection)


def _read_stored_settings(connection: Connection) -> tuple[bytes, str] | None:
    if not inspect(connection).has_table(settings_table.name):
        return None
    row = connection.execute(select(settings_table.c.settings, settings_table.c.genesis_hash)).first()
    if row is None:
        raise InputError("journal.settings_wrong")
    return row.settings, row.genesis_hash


def _made(engine: Engine, settings: Settings) -> tuple[bytes, str]:
    """Makes the journal, or finds it made by another process in the meantime."""
    with _plain_errors(), _writing(engine) as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING_LOCK})"))
        if (row := _read_stored_settings(connection)) is not None:
            return row
        create_tables(connection)
        encoded = settings.encoded()
        genesis = genesis_hash(settings.algorithm, encoded)
        connection.execute(settings_table.insert(), {"only_row": 1, "settings": encoded, "genesis_hash": genesis})
        return encoded, genesis


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A database's complaint as a sentence."""
    try:
        yield
    except DBAPIError as error:
        detail = str(error.orig).strip().splitlines()[0]
        code = "journal.store_busy" if "locked" in detail else "journal.store_unusable"
        raise InputError(code, detail=detail, seconds=_BUSY_SECONDS) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:  # from opening a damaged file, before SQLAlchemy sees it
        raise InputError("journal.store_unusable", detail=error) from None

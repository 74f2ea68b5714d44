"""The two tables of a journal and the guards that refuse any change: docs/reference/journal_format.md, section 5."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from kejin.journal.canonical import BODY_BYTES_MAX

metadata = MetaData()

settings_table = Table(
    "journal_settings",
    metadata,
    Column("only_row", Integer, CheckConstraint("only_row = 1"), primary_key=True, autoincrement=False),
    Column("settings", LargeBinary, nullable=False),
    Column("genesis_hash", Text, nullable=False),
    sqlite_strict=True,
)

entry_table = Table(
    "journal_entry",
    metadata,
    # On SQLite only the type INTEGER makes the key the row number itself.
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    # Unique: two entries cannot follow the same one, whatever a program does.
    Column("previous_hash", Text, nullable=False, unique=True),
    Column("entry_hash", Text, nullable=False, unique=True),
    Column("body", LargeBinary, CheckConstraint(f"length(body) <= {BODY_BYTES_MAX}"), nullable=False),
    Column("act", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("subject", Text),
    Column("as_of", Text),
    Column("recorded_at", Text, nullable=False),
    Index("journal_entry_act", "act", "sequence"),
    Index("journal_entry_subject", "subject", "sequence"),
    sqlite_strict=True,
)

COPIES = ("act", "actor", "subject", "as_of", "recorded_at")

_REFUSE = "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
# The insert guard also stops INSERT OR REPLACE, which on SQLite passes by a delete trigger.
SQLITE_GUARDS = {
    "journal_settings_no_update": f"BEFORE UPDATE ON journal_settings {_REFUSE}",
    "journal_settings_no_delete": f"BEFORE DELETE ON journal_settings {_REFUSE}",
    "journal_settings_one_row": (
        f"BEFORE INSERT ON journal_settings WHEN EXISTS (SELECT 1 FROM journal_settings) {_REFUSE}"
    ),
    "journal_entry_no_update": f"BEFORE UPDATE ON journal_entry {_REFUSE}",
    "journal_entry_no_delete": f"BEFORE DELETE ON journal_entry {_REFUSE}",
    "journal_entry_next_link": (
        "BEFORE INSERT ON journal_entry"
        " WHEN NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM journal_entry)"
        " OR NEW.previous_hash IS NOT COALESCE("
        "(SELECT entry_hash FROM journal_entry ORDER BY sequence DESC LIMIT 1),"
        " (SELECT genesis_hash FROM journal_settings))"
        " BEGIN SELECT RAISE(ABORT, 'not the next link of the journal'); END"
    ),
}

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$
"""
POSTGRES_GUARDS = {
    f"{table}_no_{name}": f"BEFORE {events} ON {table} FOR EACH {each} EXECUTE FUNCTION journal_refuse()"
    for table in ("journal_settings", "journal_entry")
    for name, events, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
}


def create_tables(connection: Connection) -> None:
    """Makes tables and guards, inside the caller's transaction."""
    metadata.create_all(connection)
    if connection.dialect.name == "sqlite":
        guards = SQLITE_GUARDS
    else:
        connection.execute(text(_POSTGRES_FUNCTION))
        guards = POSTGRES_GUARDS
    for name, body in guards.items():
        connection.execute(text(f"CREATE TRIGGER {name} {body}"))


def guards_absent(connection: Connection) -> list[str]:
    """Which guards are gone or were changed? Names, sorted."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        present = {
            name
            for name, sql in found
            if name in SQLITE_GUARDS and sql == f"CREATE TRIGGER {name} {SQLITE_GUARDS[name]}"
        }
        return sorted(SQLITE_GUARDS.keys() - present)
    query = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND NOT tgisinternal"
    return sorted(POSTGRES_GUARDS.keys() - {name for (name,) in connection.execute(text(query))})

"""What do cases, people and consents look like in the store? The same tables on SQLite and PostgreSQL.

What happened is kept as events that are only appended (`*_event`), each naming its journal entry; the tables beside
them say what is so now, are written in the same transaction, and can be made again from the events.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A point of time, always in UTC; SQLite itself keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment needs its zone"
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────

person_table = Table(
    "person",
    metadata,
    Column("person_id", Text, primary_key=True),  # the name to log in with, lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("institution_id", Text),  # a head office or a branch of the facts; None for companies and administrators
    Column("company_id", Text),  # of company users
    Column("language", Text, CheckConstraint("language IN ('zh', 'en')", name="language"), nullable=False),
    Column("password_hash", Text),  # None where the person logs in elsewhere (OIDC) only
    Column("oidc_subject", Text, unique=True),
    Column("must_change", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    Column("made_at", Moment, nullable=False),
)
session_table = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "person_id"),
)
api_token_table = Table(
    "api_token",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("person_id", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

# ── cases ────────────────────────────────────────────────────────────────────────────────────────────────────────────

case_table = Table(
    "loan_case",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("institution_id", Text, nullable=False),  # the branch that handles it
    Column("company_id", Text, nullable=False),
    Column("company_name", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("amount_cny", Text, nullable=False),  # a decimal as text: the same on every store
    Column("term_months", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("checker", Text),
    Column("advice", Text),  # of the frozen proposal: approve, decline, refer
    Column("version", Integer, nullable=False),
    Column("due_on", Date),
    Column("changed_at", Moment, nullable=False),
    Index(None, "institution_id", "state"),
    Index(None, "company_id"),
)
case_event_table = Table(
    "loan_case_event",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("case_id", Text, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("happened_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("details", LargeBinary, nullable=False),  # canonical bytes of the journal
    Column("journal_entry", BigInteger, nullable=False),
    UniqueConstraint("case_id", "version"),
)

# What a person decided about something that is not a loan case: a finding of a money trail, a warning, an objection,
# a rule, a model. One subject has one history.
matter_table = Table(
    "matter",
    metadata,
    Column("matter_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # trail, warning, objection, rule, model, exemption
    Column("subject", Text, nullable=False),  # loan, company, rule path, model version
    Column("institution_id", Text),
    Column("company_id", Text),
    Column("state", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("checker", Text),
    Column("version", Integer, nullable=False),
    Column("due_on", Date),
    Column("changed_at", Moment, nullable=False),
    Index(None, "kind", "subject"),
    Index(None, "institution_id", "kind", "state"),
    Index(None, "company_id"),
)
matter_event_table = Table(
    "matter_event",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("matter_id", Text, nullable=False),
    Column("version", Integer, CheckConstraint("version >= 1", name="version"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("happened_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("journal_entry", BigInteger, nullable=False),
    UniqueConstraint("matter_id", "version"),
)

# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────────────

consent_event_table = Table(
    "consent_event",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("company_id", Text, nullable=False),
    Column("institution_id", Text, nullable=False),  # a head office; its branches are covered
    Column("purpose", Text, nullable=False),
    Column("kind", Text, CheckConstraint("kind IN ('given', 'withdrawn')", name="kind"), nullable=False),
    Column("tables", Text, nullable=False),  # of facts that it covers, separated by semicolons; empty: withdrawn
    Column("valid_until", Date),  # last day; None for no end
    Column("basis", Text, nullable=False),  # self: given here by the company; paper: a signed form
    Column("reference", Text),  # of the signed form
    Column("happened_at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("journal_entry", BigInteger, nullable=False),
    Index(None, "company_id", "institution_id", "purpose"),
)

# ── who looked at what ───────────────────────────────────────────────────────────────────────────────────────────────

access_table = Table(
    "access",
    metadata,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("institution_id", Text),
    Column("company_id", Text),
    Column("case_id", Text),
    Column("page", Text, nullable=False),  # the action, e.g. company.portrait
    Column("kind", Text, nullable=False),  # seen, downloaded, refused
    Column("file_name", Text),
    Index(None, "company_id", "at"),
    Index(None, "case_id"),
    Index(None, "person_id", "at"),
)
saved_view_table = Table(
    "saved_view",
    metadata,
    Column("view_id", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("person_id", "page", "name"),
)
webhook_table = Table(
    "webhook",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("institution_id", Text),
    Column("address", Text, nullable=False),
    Column("events", Text, nullable=False),  # kinds, separated by spaces
    Column("sealed_secret", LargeBinary, nullable=False),  # to sign with; sealed with the workspace's key
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("active", Boolean, nullable=False),
)
delivery_table = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("webhook_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # waiting, delivered, given_up
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment),
    Column("said", Text),
    Index(None, "state", "next_at"),
)

APPEND_ONLY = (case_event_table, matter_event_table, consent_event_table, access_table)

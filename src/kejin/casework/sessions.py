"""Is this still the person who logged in? Sessions by a random token; only its hash is kept. API tokens alike."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from kejin.casework.people import People, Person
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import api_token_table, session_table
from kejin.errors import InputError

_S, _T = session_table.c, api_token_table.c
HOURS_MAX = 12
_IDLE_MINUTES = 60
_SEEN_EVERY_SECONDS = 60  # a session's last use is written at most this often
TOKEN_DAYS_MAX = 366
_TOKEN_START = "kejin_"  # noqa: S105  so that scanners of other people's files know one that leaked


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in of a person; `csrf` must come back with every form."""

    person: Person
    csrf: str
    token_hash: str


class Sessions:
    """The log-ins of a store."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store
        self.people = People(store)

    def start(self, person: Person) -> str:
        """A new session's token, for the cookie; it is not kept in clear."""
        token, at = secrets.token_urlsafe(32), now()
        row = {
            "token_hash": _hash(token),
            "person_id": person.person_id,
            "csrf": secrets.token_urlsafe(24),
            "made_at": at,
            "seen_at": at,
            "ends_at": at + timedelta(hours=HOURS_MAX),
        }
        with self.store.writing() as connection:
            connection.execute(delete(session_table).where(_S.ends_at < at))
            connection.execute(session_table.insert().values(**row))
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token; None where there is none, it is over, or its person may not log in any more."""
        row = self.store.row(select(session_table).where(_S.token_hash == _hash(token)))
        at = now()
        if row is None or row["ends_at"] <= at or row["seen_at"] <= at - timedelta(minutes=_IDLE_MINUTES):
            return None
        person = self.people.find(row["person_id"])
        if person is None or not person.active:
            return None
        if row["seen_at"] <= at - timedelta(seconds=_SEEN_EVERY_SECONDS):
            with self.store.writing() as connection:
                connection.execute(update(session_table).where(_S.token_hash == row["token_hash"]).values(seen_at=at))
        return Session(person, row["csrf"], row["token_hash"])

    def end(self, session: Session) -> None:
        with self.store.writing() as connection:
            connection.execute(delete(session_table).where(_S.token_hash == session.token_hash))

    # ── tokens for programs ──────────────────────────────────────────────────────────────────────────────────────────

    def new_token(self, person: Person, label: str, days: int) -> str:
        """A token for programs that act as this person; shown once. Raises InputError casework.token_days_wrong."""
        if not 1 <= days <= TOKEN_DAYS_MAX:
            raise InputError("casework.token_days_wrong", days=days, most=TOKEN_DAYS_MAX)
        token, at = _TOKEN_START + secrets.token_urlsafe(32), now()
        row = {
            "token_id": secrets.token_hex(8),
            "token_hash": _hash(token),
            "person_id": person.person_id,
            "label": label.strip()[:80],
            "made_at": at,
            "ends_at": at + timedelta(days=days),
        }
        with self.store.writing() as connection:
            connection.execute(api_token_table.insert().values(**row))
        return token

    def tokens(self, person: Person) -> list[dict[str, Any]]:
        query = select(api_token_table).where(_T.person_id == person.person_id).order_by(_T.made_at)
        return [dict(row) for row in self.store.rows(query)]

    def revoke(self, person: Person, token_id: str) -> None:
        with self.store.writing() as connection:
            connection.execute(
                update(api_token_table)
                .where(_T.token_id == token_id, _T.person_id == person.person_id, _T.revoked_at.is_(None))
                .values(revoked_at=now())
            )

    def of_token(self, token: str) -> Person | None:
        """The person for whom a program acts; None where the token is unknown, over or revoked."""
        row = self.store.row(select(api_token_table).where(_T.token_hash == _hash(token)))
        if row is None or row["revoked_at"] is not None or row["ends_at"] <= now():
            return None
        person = self.people.find(row["person_id"])
        return person if person is not None and person.active and not person.must_change else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

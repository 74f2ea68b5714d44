"""Who is it? People, their passwords, and what stops somebody who guesses them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import IntegrityError

from kejin.casework.permissions import INSTITUTION_KINDS, ROLES
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import person_table, session_table
from kejin.errors import InputError, Lang
from kejin.journal import Record

_P = person_table.c
PASSWORD_LENGTH_MIN = 10
_FAILURES_MAX = 5
_LOCK_MINUTES = 15
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_hasher = PasswordHasher()  # argon2id with the library's defaults (RFC 9106, low memory)
# Hashed once, so that an unknown name takes as long as a wrong password.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in."""

    person_id: str
    name: str
    role: str
    institution_id: str | None
    company_id: str | None
    language: Lang
    must_change: bool
    active: bool

    @property
    def head_office(self) -> str | None:
        """The institution with all its branches: the part of its code before the dash."""
        return None if self.institution_id is None else head_office(self.institution_id)


def head_office(institution_id: str) -> str:
    """The head office of a branch; itself for a head office. Branch codes are `HEAD-NN` throughout the facts."""
    return institution_id.split("-", 1)[0]


class People:
    """The people of a store."""

    def __init__(self, store: CaseStore) -> None:
        self.store = store

    def find(self, person_id: str) -> Person | None:
        row = self.store.row(select(person_table).where(_P.person_id == person_id.strip().lower()))
        return None if row is None else _person(row)

    def of_subject(self, subject: str) -> Person | None:
        """The person whose account at the provider of log-ins (OIDC) this is."""
        row = self.store.row(select(person_table).where(_P.oidc_subject == subject))
        return None if row is None else _person(row)

    def everyone(self) -> list[Person]:
        return [_person(row) for row in self.store.rows(select(person_table).order_by(_P.person_id))]

    def count(self) -> int:
        with self.store.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(person_table)) or 0)

    def add(
        self,
        person_id: str,
        name: str,
        role: str,
        password: str | None,
        *,
        institution_id: str | None = None,
        company_id: str | None = None,
        language: Lang = "zh",
        must_change: bool = True,
        oidc_subject: str | None = None,
        by: Person | None = None,
    ) -> Person:
        """A new person.

        by   the administrator who lets them in: it is then written into the journal, in the same transaction.
        Raises InputError casework.person_name_wrong, .role_unknown, .person_place_missing, .password_weak,
        .person_exists.
        """
        person_id = person_id.strip().lower()
        if not _NAME.fullmatch(person_id):
            raise InputError("casework.person_name_wrong", name=person_id)
        if role not in ROLES:
            raise InputError("casework.role_unknown", role=role, known=", ".join(ROLES))
        if (role in INSTITUTION_KINDS and not institution_id) or (role == "company" and not company_id):
            raise InputError("casework.person_place_missing", name=person_id, role=role)
        if password is not None:
            check_password(password, person_id)
        row = {
            "person_id": person_id,
            "name": name.strip() or person_id,
            "role": role,
            "institution_id": institution_id,
            "company_id": company_id,
            "language": language,
            "password_hash": None if password is None else _hasher.hash(password),
            "oidc_subject": oidc_subject,
            "must_change": must_change,
            "active": True,
            "failures": 0,
            "locked_until": None,
            "made_at": now(),
        }
        try:
            with self.store.writing() as connection:
                connection.execute(person_table.insert().values(**row))
                told = {name: row[name] for name in ("role", "institution_id", "company_id", "active")}
                self._write_down(connection, by, "person_added", person_id, told)
        except IntegrityError as error:
            raise InputError("casework.person_exists", name=person_id) from error
        return _person(row)

    def first_administrator(self) -> str | None:
        """Makes `admin` with a one-time password where nobody is there yet; gives the password, else None."""
        if self.count():
            return None
        password = one_time_password()
        self.add("admin", "管理员", "administrator", password)
        return password

    def log_in(self, person_id: str, password: str) -> Person:
        """The person whose name and password these are.

        Raises InputError casework.log_in_wrong (also for unknown names and inactive people), .log_in_locked.
        """
        person_id = person_id.strip().lower()
        row = self.store.row(select(person_table).where(_P.person_id == person_id))
        usable = row is not None and row["active"] and row["password_hash"] is not None
        at = now()
        if row is not None and row["locked_until"] is not None and row["locked_until"] > at:
            raise InputError("casework.log_in_locked", minutes=_minutes(row["locked_until"] - at))
        right = _fits(row["password_hash"] if row is not None and usable else _NOBODY, password)
        if row is None or not usable or not right:
            if row is not None:
                self._failed(person_id, at)
            raise InputError("casework.log_in_wrong")
        with self.store.writing() as connection:
            connection.execute(
                update(person_table).where(_P.person_id == person_id).values(failures=0, locked_until=None)
            )
        return _person(row)

    def _failed(self, person_id: str, at: datetime) -> None:
        with self.store.writing() as connection:
            # Counted in the database: several guesses at once all count.
            connection.execute(update(person_table).where(_P.person_id == person_id).values(failures=_P.failures + 1))
            failures = int(connection.scalar(select(_P.failures).where(_P.person_id == person_id)) or 0)
            if failures >= _FAILURES_MAX:
                until = at + timedelta(minutes=_LOCK_MINUTES)
                connection.execute(
                    update(person_table).where(_P.person_id == person_id).values(failures=0, locked_until=until)
                )

    def change_password(self, person: Person, old: str, new: str) -> None:
        """A new password; all other sessions of the person end. Raises as `log_in`, casework.password_weak."""
        self.log_in(person.person_id, old)
        check_password(new, person.person_id)
        if new == old:
            raise InputError("casework.password_same")
        self._set_password(person.person_id, new, must_change=False)

    def reset_password(self, person_id: str, by: Person | None = None) -> str:
        """A one-time password for somebody who forgot theirs. Raises casework.person_unknown."""
        if self.find(person_id) is None:
            raise InputError("casework.person_unknown", name=person_id)
        password = one_time_password()
        self._set_password(person_id, password, must_change=True, by=by)
        return password

    def set_active(self, person_id: str, active: bool, by: Person | None = None) -> None:
        """Somebody leaves or comes back; sessions of one who leaves end. Raises casework.person_unknown."""
        if self.find(person_id) is None:
            raise InputError("casework.person_unknown", name=person_id)
        with self.store.writing() as connection:
            connection.execute(update(person_table).where(_P.person_id == person_id).values(active=active))
            if not active:
                _end_sessions(connection, person_id)
            act = "person_activated" if active else "person_deactivated"
            self._write_down(connection, by, act, person_id, {"active": active})

    def set_language(self, person_id: str, language: Lang) -> None:
        with self.store.writing() as connection:
            connection.execute(update(person_table).where(_P.person_id == person_id).values(language=language))

    def _set_password(self, person_id: str, password: str, must_change: bool, by: Person | None = None) -> None:
        values = {"password_hash": _hasher.hash(password), "must_change": must_change}
        with self.store.writing() as connection:
            connection.execute(
                update(person_table).where(_P.person_id == person_id).values(**values, failures=0, locked_until=None)
            )
            _end_sessions(connection, person_id)
            self._write_down(connection, by, "password_reset", person_id, {"must_change": must_change})

    def _write_down(
        self, connection: Connection, by: Person | None, act: str, person_id: str, result: dict[str, Any]
    ) -> None:
        """Who was let in, and by whom, is part of the record; what nobody in particular did (set-up) is not."""
        if by is None:
            return
        self.store.record(
            connection,
            Record(
                act=act,
                actor=by.person_id,
                role=by.role,
                inputs={"person_id": person_id},
                result=result,
                subject=person_id,
            ),
        )


def one_time_password() -> str:
    """A password that nobody chose and that `check_password` takes: its signs are of two kinds."""
    while True:
        password = secrets.token_urlsafe(12)
        if not password.isalpha():
            return password


def check_password(password: str, person_id: str) -> None:
    """Raises InputError casework.password_weak where it is short, all of one kind, or holds the name."""
    kinds = sum(any(test(sign) for sign in password) for test in (str.isalpha, str.isdigit))
    kinds += any(not sign.isalnum() for sign in password)
    if len(password) < PASSWORD_LENGTH_MIN or kinds < 2 or person_id in password.lower():
        raise InputError("casework.password_weak", length=PASSWORD_LENGTH_MIN)


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _end_sessions(connection: Connection, person_id: str) -> None:
    connection.execute(session_table.delete().where(session_table.c.person_id == person_id))


def _minutes(left: timedelta) -> int:
    return max(1, round(left.total_seconds() / 60))


def _person(row: Any) -> Person:
    return Person(**{name: row[name] for name in Person.__slots__})

"""Telling other systems of decisions: what is to be sent is written with the decision itself, and sent afterwards.

A delivery is written in the transaction of the event, so that none is lost and none is sent for what did not happen.
It carries numbers of things, no names and no codes of companies: who may know more asks the interface for it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, select, update

from kejin.casework.people import Person, head_office
from kejin.casework.store import CaseStore, now
from kejin.casework.tables import case_table, delivery_table, matter_table, webhook_table
from kejin.errors import InputError

KEY_FILE = ".webhook_key"
EVENTS = (
    "loan_case.approved",
    "loan_case.declined",
    "loan_case.returned",
    "loan_case.disbursed",
    "matter.confirm",
    "matter.send_back",
    "matter.answered",
)
PRIVATE_VARIABLE = "KEJIN_WEBHOOK_PRIVATE"  # "allow": addresses inside the closed network of a bank
TRIES_MAX = 8
_FIRST_WAIT = timedelta(seconds=30)
_W, _D = webhook_table.c, delivery_table.c


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address."""

    delivery_id: str
    address: str
    event: str
    body: bytes
    signature: str
    tries: int


class Webhooks:
    """The addresses that want to be told, and what waits for them.

    key_file   holds the key that seals the secrets: outside the database, readable by the server's account alone.
    """

    def __init__(self, store: CaseStore, key_file: Path) -> None:
        self.store = store
        self.key_file = key_file

    def add(self, person: Person, address: str, events: tuple[str, ...], institution_id: str | None) -> tuple[str, str]:
        """Number and secret of a new address; the secret is shown this once.

        Raises InputError casework.webhook_address_wrong, .webhook_events_wrong.
        """
        check_address(address)
        if not events or set(events) - set(EVENTS):
            raise InputError("casework.webhook_events_wrong", known=", ".join(EVENTS))
        webhook_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        row = {
            "webhook_id": webhook_id,
            "institution_id": None if institution_id is None else head_office(institution_id),
            "address": address,
            "events": " ".join(events),
            "sealed_secret": self._seal(webhook_id, secret),
            "made_by": person.person_id,
            "made_at": now(),
            "active": True,
        }
        with self.store.writing() as connection:
            connection.execute(webhook_table.insert().values(**row))
        return webhook_id, secret

    def all(self) -> list[Mapping[str, Any]]:
        return self.store.rows(select(webhook_table).order_by(_W.made_at))

    def stop(self, webhook_id: str) -> None:
        """Nothing more is sent there; what waits is given up."""
        with self.store.writing() as connection:
            connection.execute(update(webhook_table).where(_W.webhook_id == webhook_id).values(active=False))
            connection.execute(
                update(delivery_table)
                .where(_D.webhook_id == webhook_id, _D.state == "waiting")
                .values(state="given_up", next_at=None, said="stopped")
            )

    def deliveries(self, newest: int = 100) -> list[Mapping[str, Any]]:
        query = select(_D.delivery_id, _D.webhook_id, _D.event, _D.state, _D.tries, _D.next_at, _D.said)
        return self.store.rows(query.order_by(_D.delivery_id.desc()).limit(newest))

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def due(self, at: datetime, most: int = 20) -> list[Delivery]:
        """What is to be sent now, signed."""
        query = (
            select(delivery_table, _W.address, _W.sealed_secret)
            .join(webhook_table, _W.webhook_id == _D.webhook_id)
            .where(_D.state == "waiting", _D.next_at <= at, _W.active)
            .order_by(_D.next_at)
            .limit(most)
        )
        return [
            Delivery(
                row["delivery_id"],
                row["address"],
                row["event"],
                row["body"],
                sign(self._open(row["webhook_id"], row["sealed_secret"]), row["body"]),
                row["tries"],
            )
            for row in self.store.rows(query)
        ]

    def sent(self, delivery: Delivery, *, arrived: bool, said: str) -> None:
        """Writes down how a try ended; after a failure the next one comes later each time, until it is given up."""
        tries = delivery.tries + 1
        values: dict[str, Any] = {"tries": tries, "said": said[:200], "state": "delivered", "next_at": None}
        if not arrived and tries >= TRIES_MAX:
            values["state"] = "given_up"
        elif not arrived:
            values |= {"state": "waiting", "next_at": now() + _FIRST_WAIT * 2 ** (tries - 1)}
        with self.store.writing() as connection:
            connection.execute(
                update(delivery_table)
                .where(_D.delivery_id == delivery.delivery_id, _D.state == "waiting")
                .values(**values)
            )

    # ── secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _key(self) -> bytes:
        """The sealing key; made at its first use, in a file that only the server's account may read."""
        if not self.key_file.is_file():
            beside = self.key_file.with_name(f"{self.key_file.name}.{secrets.token_hex(4)}")
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
            try:
                os.link(beside, self.key_file)  # whoever is first wins; nobody's key is overwritten
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        return self.key_file.read_bytes()

    def _seal(self, webhook_id: str, secret: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self._key()).encrypt(nonce, secret.encode(), webhook_id.encode())

    def _open(self, webhook_id: str, sealed: bytes) -> str:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key()).decrypt(sealed[:12], sealed[12:], webhook_id.encode()).decode()
        except InvalidTag:
            raise InputError("casework.webhook_key_other", file=self.key_file.name) from None


def announce(connection: Connection, event: str, subject: str, version: int, journal_entry: int) -> None:
    """Writes what is to be sent of an event, in the transaction of the event."""
    if event not in EVENTS:
        return
    institution = _institution_of(connection, event, subject)
    wanted = connection.execute(select(_W.webhook_id, _W.institution_id, _W.events).where(_W.active)).all()
    at = now()
    for row in wanted:
        own = row.institution_id is None or (institution is not None and head_office(institution) == row.institution_id)
        if not own or event not in row.events.split():
            continue
        delivery_id = f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        body = {
            "delivery_id": delivery_id,
            "event": event,
            "subject": subject,
            "version": version,
            "journal_entry": journal_entry,
            "happened_at": at.isoformat(),
        }
        connection.execute(
            delivery_table.insert().values(
                delivery_id=delivery_id,
                webhook_id=row.webhook_id,
                event=event,
                body=json.dumps(body, sort_keys=True).encode(),
                state="waiting",
                tries=0,
                next_at=at,
            )
        )


def _institution_of(connection: Connection, event: str, subject: str) -> str | None:
    if event.startswith("loan_case."):
        return connection.scalar(select(case_table.c.institution_id).where(case_table.c.case_id == subject))
    return connection.scalar(select(matter_table.c.institution_id).where(matter_table.c.matter_id == subject))


def sign(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the body, as the receiver checks it: `sha256=` and hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def check_address(address: str) -> None:
    """Raises InputError casework.webhook_address_wrong where it is no https address of a public host."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise InputError("casework.webhook_address_wrong", said="no address") from None
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password or len(address) > 500:
        raise InputError("casework.webhook_address_wrong", said="https://host/path")
    checked_hosts(parts.hostname, port or 443)


def checked_hosts(host: str, port: int) -> list[str]:
    """The addresses of a host, when all of them may be called.

    Checked when an address is added and again at every try: a name may point elsewhere later.
    Raises InputError casework.webhook_address_wrong.
    """
    try:
        found = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise InputError("casework.webhook_address_wrong", said=f"unknown host {host[:80]}") from None
    if os.environ.get(PRIVATE_VARIABLE) != "allow":
        for one in found:
            if not ipaddress.ip_address(one.split("%", 1)[0]).is_global:
                raise InputError("casework.webhook_address_wrong", said=f"{host[:80]} is inside a private network")
    return found

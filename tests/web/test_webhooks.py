"""Messages to other systems: sent over TLS, signed, tried again, never to where the name does not belong."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from kejin.app.web.courier import Courier
from kejin.casework import matters
from kejin.casework.case_states import STEPS
from kejin.casework.events import append_event
from kejin.casework.store import now
from kejin.casework.tables import case_event_table
from kejin.casework.webhooks import EVENTS, PRIVATE_VARIABLE, TRIES_MAX, sign
from kejin.journal import Record


class Receiver:
    """Another system on this computer, with a certificate of its own for localhost."""

    def __init__(self, folder: Path) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                return

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

        self.certificate = certificate_for_localhost(folder)
        self.server = HTTPServer(("localhost", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"https://localhost:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def certificate_for_localhost(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept = folder / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kept.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return kept


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    yield made
    made.close()


@pytest.fixture
def secret(served: FastAPI, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(PRIVATE_VARIABLE, "allow")
    monkeypatch.setenv("KEJIN_WEBHOOK_CA", str(receiver.certificate))
    serving = served.state.serving
    return str(serving.webhooks.add(serving.people.find("admin"), receiver.address, ("loan_case.approved",), None)[1])


def decide(served: FastAPI, case: str) -> None:
    serving = served.state.serving
    record = Record(act="approved", actor="approver", role="approver", inputs={}, result={"n": 1}, subject=case)
    with serving.store.writing() as connection:
        append_event(connection, serving.store.journal, case_event_table, case, 0, "approved", record, {})


def test_a_decision_arrives_signed(served: FastAPI, receiver: Receiver, secret: str) -> None:
    decide(served, "C-1")
    assert Courier(served.state.serving).send_due() == 1
    ((headers, body),) = receiver.got
    assert headers["x-kejin-signature"] == sign(secret, body)
    assert json.loads(body)["subject"] == "C-1"
    assert headers["host"].startswith("localhost:")
    assert Courier(served.state.serving).send_due() == 0


def test_what_does_not_arrive_is_tried_again_and_given_up(served: FastAPI, receiver: Receiver, secret: str) -> None:
    decide(served, "C-1")
    hooks, courier = served.state.serving.webhooks, Courier(served.state.serving)
    receiver.status = 302
    for _ in range(TRIES_MAX):
        for delivery in hooks.due(now() + timedelta(days=1)):
            from kejin.app.web.courier import send

            arrived, said = send(delivery)
            assert (arrived, said) == (False, "HTTP 302")
            hooks.sent(delivery, arrived=arrived, said=said)
    assert [(one["state"], one["tries"]) for one in hooks.deliveries()] == [("given_up", TRIES_MAX)]
    assert courier.send_due() == 0
    assert len(receiver.got) == TRIES_MAX


def test_nothing_is_sent_to_a_stranger(
    served: FastAPI, receiver: Receiver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(served, "C-1")
    monkeypatch.delenv("KEJIN_WEBHOOK_CA")  # nobody we trust vouches for it
    assert Courier(served.state.serving).send_due() == 0
    monkeypatch.delenv(PRIVATE_VARIABLE)  # and the name leads into a private network
    decide(served, "C-2")
    assert Courier(served.state.serving).send_due() == 0
    assert receiver.got == []
    said = " ".join(str(one["said"]) for one in served.state.serving.webhooks.deliveries())
    assert "private network" in said


def unheard(events: tuple[str, ...]) -> list[str]:
    """Announced events that no step of a case or matter is called."""
    known = {f"loan_case.{kind}" for kind in STEPS}
    known |= {f"matter.{kind}" for kind in (*matters.EVENTS, "opened", "answered")}
    return sorted(set(events) - known)


def test_what_is_announced_can_happen() -> None:
    assert unheard(EVENTS) == []
    assert unheard((*EVENTS, "matter.confirmed")) == ["matter.confirmed"]

"""Logging in by a provider (OIDC), against a small one of our own on this computer."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwk, jwt

from kejin.app.web.oidc import Oidc
from kejin.errors import InputError


class Provider:
    """Gives a code at once, and a token for the code to whoever knows the verifier."""

    def __init__(self) -> None:
        self.key = jwk.RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig"})
        self.asked: dict[str, dict[str, str]] = {}
        self.change: Callable[[dict[str, Any]], None] = lambda claims: None
        self.signed_with = self.key
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                return

            def do_GET(self) -> None:
                if self.path.endswith("openid-configuration"):
                    self.answer(
                        {
                            "issuer": provider.address,
                            "authorization_endpoint": f"{provider.address}/authorize",
                            "token_endpoint": f"{provider.address}/token",
                            "jwks_uri": f"{provider.address}/keys",
                        }
                    )
                else:
                    self.answer({"keys": [provider.key.as_dict(private=False)]})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                said = {name: values[0] for name, values in parse_qs(body).items()}
                asked = provider.asked.pop(said.get("code", ""), None)
                digest = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
                challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
                if asked is None or asked["code_challenge"] != challenge:
                    self.answer({"error": "invalid_grant"}, 400)
                    return
                claims = {
                    "iss": provider.address,
                    "aud": asked["client_id"],
                    "sub": asked["sub"],
                    "nonce": asked["nonce"],
                    "exp": int(time.time()) + 300,
                    "iat": int(time.time()),
                }
                provider.change(claims)
                token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, provider.signed_with)
                self.answer({"access_token": "x", "token_type": "Bearer", "id_token": token})

            def answer(self, content: dict[str, Any], status: int = 200) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def agree(self, url: str, sub: str) -> str:
        """What the person does there: the code and state that come back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked | {"sub": sub}
        return f"/oidc/back?code={code}&state={asked['state']}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def browser(served: FastAPI, provider: Provider) -> TestClient:
    served.state.oidc = Oidc(provider.address, "kejin", "secret", "http://testserver")
    bank = served.state.serving.people.find("approver").institution_id
    served.state.serving.people.add(
        "wang", "王芳", "approver", None, institution_id=bank, must_change=False, oidc_subject="u-77"
    )
    return TestClient(served, follow_redirects=False)


def begin(browser: TestClient, provider: Provider, sub: str = "u-77") -> str:
    return provider.agree(browser.get("/oidc/start?to=/companies").headers["location"], sub)


def test_a_known_subject_logs_in(browser: TestClient, provider: Provider) -> None:
    assert "/oidc/start" in browser.get("/log-in").text
    answer = browser.get(begin(browser, provider))
    assert answer.status_code == 200
    assert "url=/companies" in answer.text
    assert browser.get("/companies").status_code == 200
    assert browser.post("/log-in", data={"name": "wang", "password": "anything-at-all"}).status_code == 401


def test_an_unknown_subject_stays_outside(browser: TestClient, provider: Provider) -> None:
    assert browser.get(begin(browser, provider, "u-78")).status_code == 403
    assert "kejin_session" not in browser.cookies


def test_an_answer_is_taken_once_and_by_the_browser_that_asked(
    served: FastAPI, browser: TestClient, provider: Provider
) -> None:
    back = begin(browser, provider)
    other = TestClient(served, follow_redirects=False)
    assert other.get(back).status_code == 401
    assert browser.get(back).status_code == 200
    browser.cookies.clear()
    assert browser.get(back).status_code == 401


@pytest.mark.parametrize(
    "change", [{"nonce": "x"}, {"aud": "other"}, {"iss": "http://other"}, {"exp": 1_600_000_000}, {"sub": None}]
)
def test_a_token_that_does_not_fit_is_refused(browser: TestClient, provider: Provider, change: dict[str, Any]) -> None:
    provider.change = lambda claims: claims.update(change)
    assert browser.get(begin(browser, provider)).status_code == 401
    assert "kejin_session" not in browser.cookies


def test_a_token_signed_by_somebody_else_is_refused(browser: TestClient, provider: Provider) -> None:
    back = begin(browser, provider)
    provider.signed_with = jwk.RSAKey.generate_key(2048)
    assert browser.get(back).status_code == 401


def test_settings_are_whole_or_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"KEJIN_OIDC_{name}", raising=False)
    assert Oidc.from_environment() is None
    monkeypatch.setenv("KEJIN_OIDC_ISSUER", "https://sso.example")
    with pytest.raises(InputError, match="oidc_setting_missing"):
        Oidc.from_environment()


def test_without_a_provider_there_is_no_such_page(served_for_reading: FastAPI, tmp_path: Path) -> None:
    client = TestClient(served_for_reading, follow_redirects=False)
    assert client.get("/oidc/start").status_code == 404
    assert "/oidc/start" not in client.get("/log-in").text

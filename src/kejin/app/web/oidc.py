"""Logging in with an account of the institution (OIDC): an option, set by the environment.

KEJIN_OIDC_ISSUER          address of the provider; without it there is no such log-in.
KEJIN_OIDC_CLIENT_ID       as registered there.
KEJIN_OIDC_CLIENT_SECRET   likewise; it has no place in the workspace.
KEJIN_ADDRESS              address of this server as browsers see it, e.g. https://kejin.bank.example.
Who may log in is still decided here: a person has the provider's subject written beside their name.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from kejin.errors import InputError

_ALGORITHMS = ("RS256", "PS256", "ES256")
_MINUTES = 10
_STARTED_MAX = 1_000
_CLOCK_SLACK_SECONDS = 60
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Started:
    """A log-in that was sent to the provider and has not come back yet."""

    nonce: str
    verifier: str
    to: str
    since: float


class Oidc:
    """One provider."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, address: str) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self._client_secret = client_secret
        self.redirect_uri = f"{address.rstrip('/')}/oidc/back"
        self._started: OrderedDict[str, Started] = OrderedDict()
        self._lock = threading.Lock()
        self._known: dict[str, Any] | None = None

    @classmethod
    def from_environment(cls) -> Oidc | None:
        """As the environment says; None where it names no provider. Raises InputError app.oidc_setting_missing."""
        issuer = os.environ.get("KEJIN_OIDC_ISSUER")
        if not issuer:
            return None
        names = ("KEJIN_OIDC_CLIENT_ID", "KEJIN_OIDC_CLIENT_SECRET", "KEJIN_ADDRESS")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise InputError("app.oidc_setting_missing", names=", ".join(missing))
        return cls(issuer, *(os.environ[name] for name in names))

    def start(self, to: str) -> tuple[str, str]:
        """The provider's address to go to, and the state that must come back."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._lock:
            self._started[state] = Started(nonce, verifier, to, time.monotonic())
            while len(self._started) > _STARTED_MAX:
                self._started.popitem(last=False)
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._provider()["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url), state

    def finish(self, state: str, code: str) -> tuple[str, str]:
        """The subject that the provider vouches for, and where the person wanted to go.

        Raises InputError app.oidc_failed where anything does not fit.
        """
        with self._lock:
            started = self._started.pop(state, None)
        if started is None or time.monotonic() - started.since > _MINUTES * 60:
            raise InputError("app.oidc_failed", said="the log-in took too long or was not begun here")
        provider = self._provider()
        try:
            with self._client() as client:
                token = client.fetch_token(provider["token_endpoint"], code=code, code_verifier=started.verifier)
                keys = client.request("GET", provider["jwks_uri"], withhold_token=True).json()
            claims = jwt.decode(token["id_token"], jwk.KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS)).claims
            jwt.JWTClaimsRegistry(
                leeway=_CLOCK_SLACK_SECONDS,
                iss={"essential": True, "value": provider["issuer"]},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": started.nonce},
            ).validate(claims)
        except (AuthlibBaseError, JoseError, httpx.HTTPError, KeyError, ValueError) as error:
            raise InputError("app.oidc_failed", said=type(error).__name__) from error
        return str(claims["sub"]), started.to

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            self._client_secret,
            scope="openid",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
        )

    def _provider(self) -> dict[str, Any]:
        """What the provider says about itself; asked once. Raises InputError app.oidc_failed."""
        if self._known is None:
            try:
                with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
                    answer = client.get(f"{self.issuer}/.well-known/openid-configuration").raise_for_status()
                known: dict[str, Any] = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                raise InputError("app.oidc_failed", said=type(error).__name__) from error
            if str(known.get("issuer", "")).rstrip("/") != self.issuer:
                raise InputError("app.oidc_failed", said="the provider has another name")
            self._known = known
        return self._known

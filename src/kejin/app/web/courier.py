"""Sending what waits for other systems: tried again, later each time, until it arrives or is given up."""

from __future__ import annotations

import ipaddress
import logging
import os
import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from kejin.casework.store import now
from kejin.casework.webhooks import Delivery, Webhooks, checked_hosts
from kejin.errors import InputError

if TYPE_CHECKING:
    from kejin.app.web.serving import Serving

log = logging.getLogger("kejin.webhooks")
AUTHORITY_VARIABLE = "KEJIN_WEBHOOK_CA"  # certificate of an institution's own authority, PEM
_LOOK_EVERY_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0


class Courier:
    """One thread that sends what is due.

    What was being sent when the server stopped is sent again: receivers may see a delivery twice, and tell it by its
    number.
    """

    def __init__(self, serving: Serving) -> None:
        self.webhooks: Webhooks = serving.webhooks
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kejin-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=_TIMEOUT_SECONDS + 2)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_SECONDS):
            try:
                self.send_due()
            except Exception:
                log.exception("deliveries could not be sent")

    def send_due(self) -> int:
        """Sends what is due now; how many arrived."""
        arrived = 0
        for delivery in self.webhooks.due(now()):
            if self._stop.is_set():
                break
            good, said = send(delivery)
            arrived += good
            self.webhooks.sent(delivery, arrived=good, said=said)
        return arrived


def send(delivery: Delivery) -> tuple[bool, str]:
    """One try: whether it arrived, and what was answered."""
    headers = {
        "Content-Type": "application/json",
        "X-Kejin-Event": delivery.event,
        "X-Kejin-Delivery": delivery.delivery_id,
        "X-Kejin-Signature": delivery.signature,
    }
    parts = urlsplit(delivery.address)
    host, port = parts.hostname or "", parts.port or 443
    try:
        # Called by the number that was checked, so that the name cannot lead elsewhere in between.
        numbers = checked_hosts(host, port)
        number = ipaddress.ip_address(numbers[0].split("%", 1)[0])
        shown = f"[{number}]" if number.version == 6 else str(number)
        target = parts._replace(netloc=f"{shown}:{port}").geturl()
        trusted = ssl.create_default_context(cafile=os.environ.get(AUTHORITY_VARIABLE) or None)
        with httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False, verify=trusted) as client:
            request = client.build_request(
                "POST",
                target,
                content=delivery.body,
                headers=headers | {"Host": parts.netloc},
                extensions={"sni_hostname": host},
            )
            answer = client.send(request)
    except InputError as error:
        return False, error.part("what", "en")
    except (httpx.HTTPError, OSError) as error:
        return False, type(error).__name__
    return 200 <= answer.status_code < 300, f"HTTP {answer.status_code}"

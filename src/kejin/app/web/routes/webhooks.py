"""Addresses of other systems that are told of decisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from kejin.app.web.site import Ask, Site
from kejin.casework.webhooks import EVENTS

SITE = Site()


@SITE.get("/webhooks", "webhook.manage")
def webhooks(ask: Ask) -> Response:
    """Addresses, and what became of the newest messages."""
    return _page(ask, None)


@SITE.post("/webhooks", "webhook.manage")
def add(
    ask: Ask,
    address: Annotated[str, Form(max_length=500)],
    events: Annotated[list[str] | None, Form()] = None,
    institution_id: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """A new address; the secret to check signatures with is shown this once."""
    _, secret = ask.serving.webhooks.add(
        ask.person, address.strip(), tuple(events or ()), institution_id.strip() or None
    )
    return _page(ask, secret)


@SITE.post("/webhooks/{webhook_id}/stop", "webhook.manage")
def stop(ask: Ask, webhook_id: str) -> Response:
    """Nothing more is sent there."""
    ask.serving.webhooks.stop(webhook_id)
    return ask.go("/webhooks", ask.t("Nothing more is sent to this address."))


def _page(ask: Ask, secret: str | None) -> Response:
    hooks = ask.serving.webhooks
    return ask.page("webhooks.html", rows=hooks.all(), deliveries=hooks.deliveries(), events=EVENTS, secret=secret)

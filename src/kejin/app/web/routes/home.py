"""Home: what waits for this person today."""

from __future__ import annotations

from fastapi.responses import Response

from kejin.app.web.site import Ask, Site
from kejin.app.web.waiting import everything_waiting

SITE = Site()


@SITE.get("/", "home.see")
def home(ask: Ask) -> Response:
    """Tasks, deadlines and alerts of the person's role."""
    return ask.page("home.html", waiting=everything_waiting(ask))

"""How many companies are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kejin.app.web.waiting import Waiting

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

_COUNT = "SELECT count(DISTINCT company_id) AS n FROM company WHERE known_on <= $as_of"


def waiting(ask: Ask) -> Waiting:
    """The number of companies known on the day."""
    if not ask.may("company.search"):
        return Waiting()
    rows = ask.serving.rows("companies_known", _COUNT, as_of=ask.as_of)
    return Waiting(tiles=[(ask.t("Companies known"), int(rows[0]["n"]), "/companies")])

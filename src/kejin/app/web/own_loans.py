"""Which loans did an institution grant, as of a day? Its own are seen by those whose scope covers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kejin.casework.access import within

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

_LOANS = """
SELECT loan_id, company_id, institution_id, product, amount_cny, granted_on, name FROM (
    SELECT *, row_number() OVER (PARTITION BY loan_id ORDER BY known_on DESC) AS newest
    FROM loan WHERE known_on <= $as_of
) LEFT JOIN (
    SELECT company_id, arg_max(name, known_on) AS name FROM company WHERE known_on <= $as_of GROUP BY 1
) USING (company_id)
WHERE newest = 1 ORDER BY loan_id
"""


def loans_in_scope(ask: Ask) -> list[dict[str, Any]]:
    """The loans that the person's scope covers."""
    rows = ask.serving.rows("loans_of_day", _LOANS, as_of=ask.as_of)
    return [row for row in rows if within(ask.person, ask.scope, row["institution_id"], row["company_id"])]


def loan_in_scope(ask: Ask, loan_id: str) -> dict[str, Any]:
    """One loan. Raises InputError casework.object_not_found for one outside the scope, as for one that is not there."""
    rows = ask.serving.rows("loans_of_day", _LOANS, as_of=ask.as_of)
    found = next((row for row in rows if row["loan_id"] == loan_id), None)
    if found is None:
        ask.no_object(loan_id)
    ask.check_object(loan_id, found["institution_id"], found["company_id"])
    return found

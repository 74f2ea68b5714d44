"""Companies: search before anything else, and the portrait of one."""

from __future__ import annotations

from fastapi.responses import Response

from kejin.app.report_view import report_view
from kejin.app.web.site import Ask, Site
from kejin.errors import InputError

SITE = Site()
SHOWN_MAX = 50
_SEARCH = """
SELECT company_id, name, district, industry_code, established_on FROM (
    SELECT *, row_number() OVER (PARTITION BY company_id ORDER BY known_on DESC) AS newest
    FROM company WHERE known_on <= $as_of AND (company_id = upper($words) OR contains(lower(name), lower($words)))
) WHERE newest = 1 ORDER BY name, company_id LIMIT $most
"""


@SITE.get("/companies", "company.search")
def search(ask: Ask, q: str = "") -> Response:
    """Companies by name or code; only what is public is shown here."""
    words = q.strip()[:80]
    found = ask.serving.rows("search", _SEARCH, words=words, as_of=ask.as_of, most=SHOWN_MAX + 1) if words else []
    rows = [row | {"may_read": ask.may_read(row["company_id"])} for row in found[:SHOWN_MAX]]
    template = "company_rows.html" if ask.wants_part else "companies.html"
    return ask.page(template, q=words, rows=rows, more=len(found) > SHOWN_MAX)


@SITE.get("/companies/{company_id}", "company.portrait")
def portrait(ask: Ask, company_id: str) -> Response:
    """Everything known of one company, where its consent allows it."""
    try:
        ask.check_company(company_id)
    except InputError as error:
        if error.code != "casework.consent_missing":
            raise
        name = ask.serving.company_name(company_id, ask.as_of)
        return ask.page("consent_missing.html", 403, error=error, company_id=company_id, name=name)
    view = ask.serving.kept(
        ("portrait", company_id, ask.as_of, ask.lang),
        lambda reader: report_view(reader.profiler(ask.as_of).profile(company_id), ask.lang),
    )
    return ask.page("portrait.html", company_id=company_id, view=view)

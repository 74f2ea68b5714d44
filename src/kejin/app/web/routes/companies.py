"""Companies: search before anything else, and the portrait of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.web.company_lineage import lineage_of, section_of
from kejin.app.web.company_view import portrait, profile_of, whole_profile
from kejin.app.web.consent_view import check_end, consent_rows, groups, tables_ticked
from kejin.app.web.patent_values import portfolio_view, valued_folder
from kejin.app.web.place_names import district_name
from kejin.app.web.site import Ask, Site
from kejin.casework.access import purpose_of
from kejin.dates import parse_day
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
    rows = [
        row | {"may_read": ask.may_read(row["company_id"]), "district": district_name(row["district"], ask.lang)}
        for row in found[:SHOWN_MAX]
    ]
    template = "company_rows.html" if ask.wants_part else "companies.html"
    return ask.page(template, q=words, rows=rows, more=len(found) > SHOWN_MAX)


@SITE.get("/companies/{company_id}", "company.portrait")
def portrait_page(ask: Ask, company_id: str) -> Response:
    """Everything known of one company, where its consent allows it."""
    try:
        name = ask.check_company(company_id)
    except InputError as error:
        if error.code != "casework.consent_missing":
            raise
        name = ask.serving.company_name(company_id, ask.as_of) or company_id
        return ask.page("consent_missing.html", 403, error=error, company_id=company_id, name=name, groups=groups(ask))
    portfolio = portfolio_view(ask, company_id) if ask.may_read(company_id, "patent_values") else None
    return ask.page(
        "portrait.html",
        company_id=company_id,
        name=name,
        t=words_of(ask.lang),
        portfolio=portfolio,
        portfolio_tiles=[] if portfolio is None else [tile | {"missing": False} for tile in portfolio["tiles"]],
        valued=valued_folder(ask, ask.as_of) is not None,
        consents=consent_rows(ask, company_id),
        groups=groups(ask),
        **portrait(ask, company_id),
    )


@SITE.get("/companies/{company_id}/lineage/{figure}", "company.lineage")
def lineage(ask: Ask, company_id: str, figure: str) -> Response:
    """Rows, rule text and formula of one figure; the side panel of a portrait, or a page of its own."""
    whole = whole_profile(ask, company_id, ask.as_of) if ask.may_read(company_id) else None
    name = ask.check_company(company_id, section=None if whole is None else section_of(whole, figure))
    profile = profile_of(ask, company_id, ask.as_of)
    found = None if profile is None else lineage_of(ask, profile, figure)
    if found is None:
        ask.no_object(figure)
    template = "lineage_part.html" if ask.wants_part else "lineage.html"
    return ask.page(template, company_id=company_id, name=name, found=found, t=words_of(ask.lang))


@SITE.post("/companies/{company_id}/consent", "consent.record_paper")
def record_paper(
    ask: Ask,
    company_id: str,
    reference: Annotated[str, Form(max_length=80)],
    until: Annotated[str, Form(max_length=10)] = "",
    group: Annotated[list[str], Form(max_length=40)] = [],  # noqa: B006 a form's list, never changed
) -> Response:
    """A signed form for the person's own institution and the purpose of their role."""
    if ask.serving.company_name(company_id, ask.as_of) is None:
        ask.no_object(company_id)
    purpose, house = purpose_of(ask.person), ask.person.head_office
    if purpose is None or house is None:
        ask.no_object(company_id)
    ends = parse_day(until) if until else None
    check_end(ends)
    ask.serving.consents.say(
        ask.person,
        company_id,
        house,
        purpose,
        given=True,
        tables=tables_ticked(ask, group),
        valid_until=ends,
        reference=reference.strip(),
    )
    return ask.go(f"/companies/{company_id}", ask.t("The consent is recorded; the company sees it."))

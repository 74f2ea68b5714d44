"""A company on another day, and companies beside each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.web.charts_company import radar_option
from kejin.app.web.company_changes import COMPARED_MAX, changes_between, check_count, compared
from kejin.app.web.company_view import evaluated_days, profile_of, profile_view
from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.sections import COMPARED, PROFILE, not_covered
from kejin.app.web.site import Ask, Site
from kejin.dates import parse_day
from kejin.errors import InputError

SITE = Site()


@SITE.get("/companies/{company_id}/history", "company.portrait")
def history(
    ask: Ask,
    company_id: str,
    before: Annotated[str, Query(max_length=10)] = "",
    after: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What changed between two evaluated days; by default the two newest until the day of the page."""
    name = ask.check_company(company_id)
    days = evaluated_days(ask)
    later = parse_day(after) if after else next((day for day in days if day <= ask.as_of), ask.as_of)
    earlier = parse_day(before) if before else next((day for day in days if day < later), None)
    if earlier is not None and earlier > later:
        earlier, later = later, earlier
    profiles = []
    for day in (earlier, later):
        try:
            profiles.append(None if day is None else profile_of(ask, company_id, day))
        except InputError as error:
            if error.code != "workflows.company_unknown":
                raise
            profiles.append(None)
    old, new = profiles
    return ask.page(
        "history.html",
        company_id=company_id,
        name=name,
        t=words_of(ask.lang),
        days=days,
        before=earlier,
        after=later,
        evaluated=days,
        found=None if old is None or new is None else changes_between(old, new, ask.lang),
        hidden=list(not_covered(PROFILE, ask.covered(company_id)).values()),
    )


@SITE.get("/compare", "company.compare")
def compare(
    ask: Ask,
    company: Annotated[list[str] | None, Query(max_length=20)] = None,
    form: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Two to five companies; each must have consented, one that has not is named and left out."""
    asked = list(dict.fromkeys(one.strip().upper() for one in company or () if one.strip()))
    wrong_count = check_count(len(asked), ask.t) if company else None
    refused: list[str] = []
    allowed: list[str] = []
    names: dict[str, str] = {}
    for one in asked[:COMPARED_MAX]:
        try:
            names[one] = ask.check_company(one)
            allowed.append(one)
        except InputError as error:
            refused.append(error.part("what", ask.lang))
    hidden = {one: not_covered(COMPARED, ask.covered(one)) for one in allowed}
    profiles = [profile for one in allowed if (profile := profile_of(ask, one, ask.as_of)) is not None]
    views = [view for one in allowed if (view := profile_view(ask, one, ask.as_of)) is not None]
    table = compared(profiles, ask.lang, hidden) if len(profiles) > 1 else None
    t = words_of(ask.lang)
    if form == "xlsx" and table is not None:
        heads = [t["figure"], *(profile.name for profile in profiles)]
        rows = [[label, *(t[cell] for cell in cells)] for label, cells in table["titles"]]
        rows += [
            [label, *(text for text, _ in cells)] for found in table["groups"].values() for _, label, cells in found
        ]
        content = excel_bytes(ask.t("Comparison"), heads, rows, ask.t("As of {day}", day=ask.as_of))
        return ask.file(content, f"compare-{ask.as_of}.xlsx", XLSX)
    return ask.page(
        "compare.html",
        t=t,
        asked=asked[:COMPARED_MAX],
        profiles=profiles,
        table=table,
        refused=refused,
        hidden=[(names[one], list(found.values())) for one, found in hidden.items() if found],
        wrong_count=wrong_count,
        radar=radar_option({view["name"]: view["standings"] for view in views}, ask.t) if len(views) > 1 else None,
        evaluated=evaluated_days(ask) if allowed and not profiles else None,
    )

"""Patents: what portfolios are worth, where a valuation of the day is there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from kejin.app.page_words import words_of
from kejin.app.web.charts_patents import interval_option, life_option, methods_option, quality_option
from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.patent_values import portfolio_view, portfolios, valued_folder
from kejin.app.web.site import Ask, Site

SITE = Site()
LISTED_MAX, LOOKED_THROUGH = 100, 1_000


@SITE.get("/patents", "patents.see")
def portfolio_list(ask: Ask, order: Annotated[str, Query(max_length=10)] = "value") -> Response:
    """The most valuable portfolios among the companies that the person may read."""
    if ask.person.company_id is not None:
        return ask.go(f"/patents/{ask.person.company_id}")
    rows = portfolios(ask, order, LOOKED_THROUGH)
    shown: list[dict[str, Any]] = []
    for row in rows or []:
        if len(shown) == LISTED_MAX:
            break
        if ask.may_read(row["company_id"], "patent_values"):
            shown.append(row)
    return ask.page("patents.html", t=words_of(ask.lang), valued=rows is not None, rows=shown)


@SITE.get("/patents/{company_id}", "patents.see")
def portfolio_page(ask: Ask, company_id: str, form: Annotated[str, Query(max_length=5)] = "") -> Response:
    """One portfolio: intervals, methods, life, quality, what is missing."""
    name = ask.check_company(company_id, section="patent_values")
    view = portfolio_view(ask, company_id)
    if form == "xlsx" and view is not None:
        t = view["t"]
        heads = [t["patent"], t["low"], t["middle"], t["high"], t["reasons"], t["missing"]]
        rows = [
            [row["number"], *row["amounts"], "; ".join(row["reasons"]), "; ".join(row["missing"])]
            for row in view["patents"]
        ]
        content = excel_bytes(ask.t("Value of patents"), heads, rows, ask.t("As of {day}", day=ask.as_of))
        return ask.file(content, f"patents-{company_id}-{ask.as_of}.xlsx", XLSX, company_id)
    charts = {}
    if view is not None and view["data"]["patents"]:
        charts = {
            "intervals": interval_option(view["data"]),
            "methods": methods_option(view["data"]),
            "life": life_option(view["data"]),
            "quality": quality_option(view["data"]),
        }
    return ask.page(
        "patent_portfolio.html",
        company_id=company_id,
        name=name,
        view=view,
        charts=charts,
        valued=valued_folder(ask, ask.as_of) is not None,
    )

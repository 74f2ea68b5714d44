"""Lists: companies for a bank or a park, with filters, columns, saved views, and the same rows as a workbook."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Form
from fastapi.responses import Response

from kejin.app.loan_words import OFFERS
from kejin.app.shown import STAGES
from kejin.app.web.company_list import (
    COLUMNS,
    EXPORT_ROWS_MAX,
    PAGE_ROWS,
    PRODUCTS,
    TITLES,
    Wanted,
    cell_text,
    company_rows,
    places,
    uncovered,
)
from kejin.app.web.excel_bytes import XLSX, excel_bytes
from kejin.app.web.site import Ask, Site
from kejin.casework.saved_views import SavedViews

SITE = Site()
_CODED = ("district", "cluster_code", "titles", "stage", "offer")  # shown in words
_CHOSEN = tuple(name for name, column in COLUMNS.items() if column.chosen)


def _wanted(query: Any) -> Wanted:
    """What the address asks for; an amount is given in 万元."""
    amount = str(query.get("amount_min", "")).strip().replace(",", "")
    try:
        least = float(amount) * 10_000 if amount else None
    except ValueError:
        least = float("nan")
    page = str(query.get("page", "1"))
    return Wanted(
        q=str(query.get("q", "")).strip()[:80],
        district=str(query.get("district", ""))[:40],
        cluster=str(query.get("cluster", ""))[:40],
        stage=str(query.get("stage", "")),
        title=str(query.get("title", "")),
        product=str(query.get("product", "")) or "technology_credit",
        offer=str(query.get("offer", "")),
        amount_min=least,
        all_companies=query.get("all") == "1",
        sort=str(query.get("sort", "")) or "name",
        down=query.get("down") == "1",
        page=min(max(int(page), 1), 100_000) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        columns=tuple(dict.fromkeys(query.getlist("column"))) or _CHOSEN,
    ).checked()


def _address(ask: Ask, **changed: Any) -> str:
    """The address of this list with something changed."""
    kept = [(name, value) for name, value in ask.request.query_params.multi_items() if name not in changed and value]
    return urlencode(kept + [(name, value) for name, value in changed.items() if value is not None])


@SITE.get("/lists", "list.see")
def company_list(ask: Ask) -> Response:
    """One page of the list."""
    wanted = _wanted(ask.request.query_params)
    rows, total, has_offers = company_rows(ask, wanted)
    heads = [
        {
            "name": name,
            "label": COLUMNS[name].label.of(ask.lang),
            "unit": COLUMNS[name].unit,
            "private": COLUMNS[name].private,
            "to": "/lists?" + _address(ask, sort=name, down="0" if wanted.sort != name or wanted.down else "1", page=1),
            "mark": "" if wanted.sort != name else ("▼" if wanted.down else "▲"),
        }
        for name in wanted.columns
    ]
    for_choice = {
        "titles": [(code, label.of(ask.lang)) for code, label in TITLES.items()],
        "products": [(code, label.of(ask.lang)) for code, label in PRODUCTS.items()],
        "offers": [(code, label.of(ask.lang)) for code, label in OFFERS.items()],
        "stages": [(str(int(code)), label.of(ask.lang)) for code, label in STAGES.items()],
        "columns": [(name, column.label.of(ask.lang), name in wanted.columns) for name, column in COLUMNS.items()],
    }
    pages = max(1, -(-total // PAGE_ROWS))
    return ask.page(
        "lists.html",
        wanted=wanted,
        heads=heads,
        rows=[
            row | {name: cell_text(name, row[name], ask) for name in _CODED} | {"uncovered": uncovered(row)}
            for row in rows
        ],
        total=total,
        pages=pages,
        before="/lists?" + _address(ask, page=wanted.page - 1) if wanted.page > 1 else None,
        after="/lists?" + _address(ask, page=wanted.page + 1) if wanted.page < pages else None,
        export="/lists/export?" + _address(ask, page=None),
        query=_address(ask, page=None),
        has_offers=has_offers,
        cut=_said_of_cut(ask, total),
        views=SavedViews(ask.serving.store).of(ask.person, "lists"),
        choice=for_choice | places(ask),
    )


@SITE.get("/lists/export", "list.export")
def export_list(ask: Ask) -> Response:
    """The list as a workbook, with its day and filters in the last line."""
    wanted = _wanted(ask.request.query_params)
    rows, total, _ = company_rows(ask, Wanted(**{**_fields(wanted), "page": 1}), EXPORT_ROWS_MAX)
    heads = [COLUMNS[name].label.of(ask.lang) for name in wanted.columns]
    said = ask.t("not covered by the consent")
    cells = []
    for row in rows:
        hidden = uncovered(row)
        cells.append([said if name in hidden else cell_text(name, row[name], ask) for name in wanted.columns])
    note = ask.t("As of {day}. {address}", day=ask.as_of, address=_address(ask, page=None))
    if cut := _said_of_cut(ask, total):
        note = f"{cut} {note}"
    title = ask.t("Companies")
    return ask.file(excel_bytes(title, heads, cells, note), f"kejin-{title}-{ask.as_of}.xlsx", XLSX)


def _said_of_cut(ask: Ask, total: int) -> str | None:
    """What page and workbook say where the list is longer than a workbook of it."""
    if total <= EXPORT_ROWS_MAX:
        return None
    counts = {"n": f"{EXPORT_ROWS_MAX:,}", "total": f"{total:,}"}
    return ask.t("The workbook holds the first {n} of {total} companies: narrow the filters for the others.", **counts)


def _fields(wanted: Wanted) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}


@SITE.post("/lists/views", "list.see")
def save_view(
    ask: Ask, name: Annotated[str, Form(max_length=200)], query: Annotated[str, Form(max_length=4000)] = ""
) -> Response:
    """Keeps the filters, columns and order of the page under a name."""
    SavedViews(ask.serving.store).save(ask.person, "lists", name, query)
    return ask.go("/lists?" + query if query else "/lists", ask.t("The view is saved."))


@SITE.post("/lists/views/{view_id}/remove", "list.see")
def remove_view(ask: Ask, view_id: str) -> Response:
    """Takes a view of one's own away."""
    SavedViews(ask.serving.store).remove(ask.person, view_id)
    return ask.go("/lists", ask.t("The view is removed."))

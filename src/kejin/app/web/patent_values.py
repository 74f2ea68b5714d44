"""What are a company's patents worth by the valuation of the day, where one was made? Read, never computed here."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kejin.app.patent_value_page import page_view
from kejin.workflows.value_patents import PATENTS, PORTFOLIOS, SUMMARY, ValuationRun, Valuer, value_or_recall

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader
    from kejin.app.web.site import Ask

View = dict[str, Any]
_ORDERS = {
    "value": "value_cny_mid DESC NULLS LAST",
    "low": "value_cny_low DESC NULLS LAST",
    "patents": "patents DESC NULLS LAST",
}


def valued_folder(ask: Ask, day: date) -> Path | None:
    """Where the valuation of the day lies; None where it was not made for the facts as they are now."""
    folder: Path = ask.serving.kept(("valuation_folder", day), lambda reader: Valuer(reader.workspace, day).folder)
    there = all((folder / name).is_file() for name in (PATENTS, PORTFOLIOS, SUMMARY))
    return folder if there else None


def portfolio_view(ask: Ask, company_id: str) -> View | None:
    """The portfolio as the page of a valuation shows it; None without a valuation or without patents."""
    day, lang = ask.as_of, ask.lang
    folder = valued_folder(ask, day)
    if folder is None:
        return None

    def read(reader: Reader) -> View | None:
        # The same day, rules and facts were found in the folder just now, so this recalls the run and makes none.
        run: ValuationRun = value_or_recall(reader.workspace, day)
        rows, whole = (_rows(reader, path, company_id) for path in (run.patents, run.portfolios))
        return page_view(rows, whole, run, lang) if len(rows) and len(whole) else None

    view: View | None = ask.serving.kept(("portfolio", company_id, day, lang), read)
    return view


def portfolios(ask: Ask, order: str, most: int) -> list[View] | None:
    """The largest portfolios of the day; None where no valuation was made."""
    folder = valued_folder(ask, ask.as_of)
    if folder is None:
        return None
    path = str(folder / PORTFOLIOS).replace("'", "''")
    sql = (
        f"SELECT p.*, c.name FROM read_parquet('{path}') p LEFT JOIN (SELECT company_id, arg_max(name, known_on) "
        "AS name FROM company WHERE known_on <= $as_of GROUP BY 1) c USING (company_id) "
        f"ORDER BY {_ORDERS.get(order, _ORDERS['value'])}, company_id LIMIT $most"
    )
    return ask.serving.rows(
        f"portfolios:{order if order in _ORDERS else 'value'}:{folder.name}", sql, as_of=ask.as_of, most=most
    )


def _rows(reader: Reader, path: Path, company_id: str) -> pa.Table:
    """The rows of one company; no other row group is read."""
    file = str(path).replace("'", "''")
    sql = f"SELECT * FROM read_parquet('{file}') WHERE company_id = $company"
    found: pa.Table = reader.workspace.backend.con.execute(sql, {"company": company_id}).fetch_arrow_table()
    return found

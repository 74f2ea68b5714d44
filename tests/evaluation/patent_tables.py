"""Small tables of facts for the tests of patents and research, on DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import ibis
import pyarrow as pa

import kejin.engines.on_duckdb  # noqa: F401  gives Ibis the names that it expects
from kejin.evaluation.patent_states import PatentTerm
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView, ibis_schema

AS_OF = date(2026, 3, 31)
# Typed for the tests from the notes on the patent law: 20, 10 and 10 years, designs 15 from 2021-06-01 on.
TERMS = (
    PatentTerm("invention", date(1993, 1, 1), 20),
    PatentTerm("utility_model", date(1993, 1, 1), 10),
    PatentTerm("design", date(1993, 1, 1), 10),
    PatentTerm("design", date(2021, 6, 1), 15),
)
FIELDS = {"H04L": "4", "H04W": "4", "H04N": "2", "H04N21/": "4", "G06F": "6", "A61B": "13", "H10": "8", "H04B": "3"}
Rows = Iterable[Mapping[str, Any]]


def facts(as_of: date = AS_OF, **tables: Rows) -> FactsView:
    """A view of the rows given; columns left out are missing, known_on is the day before unless given."""
    connection = ibis.duckdb.connect()
    for name, rows in tables.items():
        schema = ibis_schema(ALL_TABLES[name])
        defaults = dict.fromkeys(schema.names) | {"known_on": date(2000, 1, 1), "source": "test"}
        complete = [defaults | dict(row) for row in rows]
        for row in complete:
            assert set(row) == set(schema.names), set(row) - set(schema.names)
        connection.create_table(name, pa.Table.from_pylist(complete, schema=schema.to_pyarrow()))
    view = FactsView(
        as_of, lambda name: connection.table(name) if name in tables else None, lambda name: name == "patent"
    )
    view.connection = connection  # type: ignore[attr-defined]  keeps the tables alive as long as the view
    return view


def rows_of(view: FactsView, table: ibis.Table, *order: str) -> list[dict[str, Any]]:
    """The result's rows in order."""
    result = view.connection.to_pyarrow(table.order_by(list(order)))  # type: ignore[attr-defined]
    return list(result.to_pylist())


def keep_in(view: FactsView) -> Callable[[str, ibis.Table], ibis.Table]:
    """Stores intermediate results as an engine would."""

    def keep(name: str, table: ibis.Table) -> ibis.Table:
        return view.connection.create_table(name, view.connection.to_pyarrow(table), overwrite=True)  # type: ignore[attr-defined]

    return keep


def patent(number: str, **more: Any) -> dict[str, Any]:
    """A granted invention of company A in field 6, filed 2020-01-01, granted 2022-01-01, unless said otherwise."""
    return {
        "publication_number": number,
        "company_id": "A",
        "office": "CN",
        "patent_kind": "invention",
        "filed_on": date(2020, 1, 1),
        "published_on": date(2020, 7, 1),
        "granted_on": date(2022, 1, 1),
        "ipc_main": "G06F3/00",
        "how_obtained": "own",
        "holder_rank": 1,
    } | more


def application(number: str, **more: Any) -> dict[str, Any]:
    """The same, not yet granted."""
    return patent(number, granted_on=None) | more

"""Which rows stand behind a company's figures? Keys, days and sources of its rows, newest version of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from kejin.engines.fact_store import quoted
from kejin.engines.run_query import rows_of
from kejin.facts.tables import ALL_TABLES


def source_rows(
    backend: Any, tables: Iterable[str], companies: Sequence[str], as_of: date, rows_max: int
) -> list[dict[str, Any]]:
    """Rows of tables keyed to companies, as known on a day; at most rows_max a company and table.

    The companies are filtered before versions are compared, so the cost is that of their own rows.
    Returns  dicts of table, company_id, key (texts in the order of the declared key), known_on, source, rows (how many
             the company has in the table); ordered by company, table, key.
    """
    parts = [_part(name) for name in sorted(tables) if "company_id" in ALL_TABLES[name].column_names]
    if not parts or not companies:
        return []
    sql = _ROWS.format(known="\nUNION ALL\n".join(parts))
    return rows_of(backend, sql, {"companies": list(companies), "as_of": as_of, "rows_max": rows_max})


# One window over the few rows of the companies asked for; a window a table took most of the time of a profile.
_ROWS = """
WITH known AS ({known}), newest AS (
    SELECT * FROM known
    QUALIFY row_number() OVER (PARTITION BY company_id, table_name, key ORDER BY known_on DESC) = 1
)
SELECT *, count(*) OVER (PARTITION BY company_id, table_name) AS rows FROM newest
QUALIFY row_number() OVER (PARTITION BY company_id, table_name ORDER BY key) <= $rows_max
ORDER BY company_id, table_name, key
"""


def _part(name: str) -> str:
    texts = ", ".join(f"CAST({quoted(part)} AS VARCHAR)" for part in ALL_TABLES[name].key)
    return (
        f"SELECT '{name}' AS table_name, company_id, [{texts}] AS key, known_on, source FROM {quoted(name)}"
        " WHERE company_id IN $companies AND known_on <= $as_of"
    )

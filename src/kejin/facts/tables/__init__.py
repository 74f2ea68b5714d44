"""The declaration of every table, one file a subject; ALL_TABLES is the whole schema in loading order."""

from __future__ import annotations

from kejin.facts.declaration import Table, by_name
from kejin.facts.tables import accounts, company, finance, partners, research

# Tables that others refer to come first, so that one pass over a folder of files can load all of them.
ALL_TABLES: dict[str, Table] = by_name(
    (*company.TABLES, *finance.TABLES, *research.TABLES, *accounts.TABLES, *partners.TABLES),
)

SCHEMA_VERSION = 2

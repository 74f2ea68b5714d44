"""Where do the renewals come from? An event table out of the facts of a workspace, or out of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kejin.engines.run_query import to_arrow
from kejin.errors import InputError, UseError
from kejin.evaluation.patent_states import PatentTerm, patent_states
from kejin.evaluation.technology_fields import with_field
from kejin.facts.view import FactsView
from kejin.valuation.renewal_events import RenewalEvents, events_from_days, events_from_years

CATEGORIES = ("field", "owner_kind", "origin")
COUNTS = ("claims", "family_size", "inventor_count")
LAG_SHARE = 0.95  # of lapses recorded by then: ends after the as-of day less this lag count as not yet seen
OFFICE = "CN"  # the fees are those of this office


@dataclass(frozen=True)
class EventTable:
    """Renewals and where they come from.

    seen_until  last day of which ends are known.
    sha256      of the file; None for facts, whose rows the journal hashes.
    """

    events: RenewalEvents
    seen_until: str
    source: str
    sha256: str | None = None


def events_of_facts(
    facts: FactsView,
    as_of: date,
    patent_terms: tuple[PatentTerm, ...],
    fields: Mapping[str, str],
    terms: dict[str, int],
) -> EventTable:
    """Granted patents of the Chinese office known on a day, with field, claims, family and inventors; owner: company.

    Ends become known late: the last days, within which 95% of the lapses were recorded, are left out.
    """
    table = patent_states(facts, as_of, patent_terms)
    table = with_field(table, fields)
    home = (table.office == OFFICE) | table.office.isnull()
    table = table.filter(table.granted_on.notnull(), home)
    columns = ("patent_kind", "filed_on", "granted_on", "ended_day", "end_reason", "field", *COUNTS)
    rows = to_arrow(table.select(*columns, "publication_number").order_by(ibis._["publication_number"]))
    ended, reason = _days(rows, "ended_day"), _texts(rows, "end_reason")
    seen = np.datetime64(as_of) - np.timedelta64(_days_until_recorded(facts), "D")
    found: dict[str, NDArray[Any]] = {name: _numbers(rows, name) for name in COUNTS}
    field_numbers = rows.column("field").to_pylist()
    found["field"] = np.array([None if value is None else str(value) for value in field_numbers], dtype=object)
    found["owner_kind"] = np.full(rows.num_rows, "company", dtype=object)
    found["patent_kind"] = _texts(rows, "patent_kind")
    events = events_from_days(
        found["patent_kind"], _days(rows, "filed_on"), _days(rows, "granted_on"), ended, reason, seen, found, terms
    )
    return EventTable(events, str(seen), "facts")


def _days_until_recorded(facts: FactsView) -> int:
    """Days within which 95% of the lapses among the events were known; 0 where no lapse is recorded."""
    events = facts.table("patent_event")
    lapses = to_arrow(events.filter(events.event_kind == "lapse").select("happened_on", "known_on"))
    if not lapses.num_rows:
        return 0
    late = (_days(lapses, "known_on") - _days(lapses, "happened_on")).astype("int64")
    return max(int(np.quantile(late, LAG_SHARE)), 0)


def events_of_file(path: Path, as_of: date, terms: dict[str, int]) -> EventTable:
    """Renewals from a CSV or Parquet file with one row a patent.

    Days     filed_on, granted_on, ended_on, end_reason, and optionally seen_until (else the as-of day); or
    years    first_fee_year, last_paid_year, lapsed (1 or 0).
    Optional patent_kind (invention when absent), field, owner_kind, origin, claims, family_size, inventor_count.
    Raises   UseError workflows.event_file_kind; InputError workflows.event_file_unread, event_columns_missing,
             event_column_wrong, and the errors of wrong rows.
    """
    rows = _read(path)
    names = set(rows.column_names)
    count = rows.num_rows
    kind = _texts(rows, "patent_kind") if "patent_kind" in names else np.full(count, "invention", dtype=object)
    columns: dict[str, NDArray[Any]] = {name: _texts(rows, name) for name in CATEGORIES if name in names}
    columns |= {name: _numbers(rows, name) for name in COUNTS if name in names}
    columns["patent_kind"] = kind
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    if {"first_fee_year", "last_paid_year", "lapsed"} <= names:
        years = [_numbers(rows, name) for name in ("first_fee_year", "last_paid_year", "lapsed")]
        whole = [np.where(np.isnan(values), 0, values).astype(np.int64) for values in years]
        events = events_from_years(kind, whole[0], whole[1], whole[2] == 1, columns, terms)
        return EventTable(events, str(as_of), path.name, sha256)
    if lacking := sorted({"filed_on", "granted_on", "ended_on", "end_reason"} - names):
        raise InputError("workflows.event_columns_missing", path=path, columns=", ".join(lacking))
    seen = _days(rows, "seen_until") if "seen_until" in names else np.full(count, np.datetime64(as_of))
    seen = np.where(np.isnat(seen), np.datetime64(as_of), np.minimum(seen, np.datetime64(as_of)))
    filed, granted, ended = (_days(rows, name) for name in ("filed_on", "granted_on", "ended_on"))
    events = events_from_days(kind, filed, granted, ended, _texts(rows, "end_reason"), seen, columns, terms)
    return EventTable(events, str(seen.max()) if count else str(as_of), path.name, sha256)


def _read(path: Path) -> pa.Table:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise UseError("workflows.event_file_kind", path=path, suffix=suffix or "-")
    try:
        return pq.read_table(path) if suffix == ".parquet" else pa.csv.read_csv(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError("workflows.event_file_unread", path=path, said=str(error)[:200]) from error


def _days(rows: pa.Table, name: str) -> NDArray[np.datetime64]:
    column = rows.column(name)
    if pa.types.is_null(column.type):
        return np.full(rows.num_rows, "NaT", dtype="datetime64[D]")
    try:
        return np.asarray(column.cast(pa.date32()).to_numpy(zero_copy_only=False), dtype="datetime64[D]")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError("workflows.event_column_wrong", column=name, said=str(error)[:120]) from error


def _numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    column = rows.column(name)
    try:
        return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError("workflows.event_column_wrong", column=name, said=str(error)[:120]) from error


def _texts(rows: pa.Table, name: str) -> NDArray[Any]:
    column = rows.column(name)
    return np.array([None if value is None else str(value) for value in column.to_pylist()], dtype=object)

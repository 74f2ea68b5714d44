"""The whole evaluation of a directory of Parquet facts, as the tests ask for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa

from kejin.engines.parquet_facts import facts_from_parquet
from kejin.engines.run_query import to_arrow
from kejin.facts.view import FactsView
from kejin.workflows.evaluate_companies import TABLES_READ
from kejin.workflows.evaluation_query import evaluation_table, inputs_table, patent_table
from kejin.workflows.evaluation_rules import rules_of_day


def evaluate(
    directory: Path,
    as_of: date,
    facts: FactsView | None = None,
    keep: Callable[[ibis.Table], ibis.Table] | None = None,
    read: Callable[[ibis.Table], pa.Table] = to_arrow,
) -> pa.Table:
    """One row a company, ordered by its code, with every column of the evaluation.

    keep  stores an intermediate table on the engine.
    read  runs the last query.
    """
    view = facts_from_parquet(directory, as_of) if facts is None else facts
    rules = rules_of_day(as_of)
    stored = keep or (lambda table: table.cache())
    patents = stored(patent_table(view, rules))
    inputs = stored(inputs_table(view, rules, TABLES_READ, patents))
    return read(evaluation_table(inputs, rules)).sort_by("company_id")


def differences(left: pa.Table, right: pa.Table) -> list[str]:
    """Columns in which two results differ, with the first difference; None and NaN are themselves only."""
    assert left.column_names == right.column_names
    found = []
    for name in left.column_names:
        for place, (one, other) in enumerate(zip(left[name].to_pylist(), right[name].to_pylist(), strict=True)):
            same = one == other or (one != one and other != other)
            if not same or (one is None) != (other is None):
                found.append(f"{name}: row {place}: {one!r} is not {other!r}")
                break
    return found

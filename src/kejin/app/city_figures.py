"""What does a whole city look like? Counts, quantiles and a sample of the results, whole columns at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Answers:
    """How many companies have which answer."""

    yes: int
    no: int
    open: int


@dataclass(frozen=True, slots=True)
class Box:
    """Quantiles of the known values of one group; None where no value is known."""

    group: str
    known: int
    quantiles: tuple[float, ...] | None


def answers_of(table: pa.Table, scheme: str) -> Answers:
    """Yes, no and open of one scheme."""
    column = table[f"{scheme}__qualifies"]
    yes = pc.sum(column).as_py() or 0
    return Answers(yes, len(column) - column.null_count - yes, column.null_count)


def counts_of(table: pa.Table, column: str) -> dict[Any, int]:
    """Companies by value, most frequent first; None is missing."""
    if column not in table.column_names:
        return {}
    counted = pc.value_counts(table[column].combine_chunks())
    pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], str(pair[0]))))


def numbers_of(table: pa.Table, column: str) -> Numbers:
    """A column as float64; missing is NaN, and an absent column is missing throughout."""
    if column not in table.column_names:
        return np.full(len(table), np.nan)
    values = pc.cast(table[column].combine_chunks(), pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def boxes_of(table: pa.Table, column: str, by: str, groups: Sequence[str]) -> list[Box]:
    """Quantiles of a column in each group, over the known values."""
    values = numbers_of(table, column)
    keys = np.asarray(pc.fill_null(table[by], "").to_numpy(), dtype=object).astype(str)
    known = ~np.isnan(values)
    found = []
    for group in groups:
        chosen = values[known & (keys == group)]
        quantiles = tuple(float(q) for q in np.quantile(chosen, QUANTILES)) if len(chosen) else None
        found.append(Box(group, len(chosen), quantiles))
    return found


def median_of(values: Numbers) -> float | None:
    """The median of the known values; None where none is known."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None


def titles_held(table: pa.Table, schemes: Sequence[str]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many of the schemes each company qualifies for; an open answer does not count."""
    total = np.zeros(len(table), dtype=np.int64)
    for scheme in schemes:
        total += np.asarray(pc.fill_null(table[f"{scheme}__qualifies"], False).to_numpy(), dtype=np.int64)
    return total


def best_first(table: pa.Table, titles: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Row numbers: most titles first, then the best mean standing, then by code; missing standing comes last."""
    both = np.vstack([numbers_of(table, "research_standing"), numbers_of(table, "patent_standing")])
    known = ~np.isnan(both)
    count = known.sum(axis=0)
    mean = np.where(known, both, 0.0).sum(axis=0) / np.maximum(count, 1)
    ids = np.asarray(table["company_id"].to_numpy(), dtype=object).astype(str)
    return np.lexsort((ids, -np.where(count > 0, mean, -1.0), -titles))


def sampled(known: np.ndarray[Any, np.dtype[np.bool_]], most: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Row numbers of at most so many known rows, evenly spread over the table: the same on every run."""
    rows = np.flatnonzero(known)
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def missing_shares(inputs: pa.Table, names: Sequence[str]) -> Mapping[str, float]:
    """Share of companies without each input, most often missing first; NaN is missing too."""
    shares = {}
    for name in names:
        if name in inputs.column_names:
            column = inputs[name]
            missing = column.null_count
            if pa.types.is_floating(column.type):
                missing += pc.sum(pc.is_nan(column)).as_py() or 0
            shares[name] = missing / max(len(column), 1)
    return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))

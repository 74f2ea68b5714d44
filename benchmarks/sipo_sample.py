"""The Chinese sample of applications published in 2002, read as renewal events.

The register publishes a lapse thirteen to fifteen months after the day on which the unpaid fee was due, so of the
terminations those that fall one to three months after an anniversary of filing are lapses of the fee due a year
before; the others ended in another way and count as seen until then. Fees due after the last day less fifteen
months cannot be judged. Applications granted but given up before the first fee never became patents.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kejin.policy import Lookups, RuleBook
from kejin.valuation.renewal_events import RenewalEvents, events_from_years

LAST_DAY = np.datetime64("2017-08-18")  # the last termination in the sample
LAG_DAYS = 456  # fifteen months
TERM = 20


def read_sample(folder: Path) -> RenewalEvents:
    """Granted patents of the sample with field, owner, origin and claims."""
    with (folder / "cn_patents_sipo_sample" / "applications.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["grant"] and row["app_year"]]
    first, paid, lapsed = [], [], []
    usable = []
    for row in rows:
        filed, granted = _day(row["app_date"]), _day(row["grant"])
        g = int(_years(filed, granted)) + 1
        judged = int(_years(filed, LAST_DAY - LAG_DAYS)) + 1
        end, k = False, min(judged, TERM)
        if row["terminate"]:
            age = _years(filed, _day(row["terminate"]))
            since = age % 1
            if 1 / 24 < since < 3.5 / 12 and age < TERM:  # the fee that was due a year before was not paid
                due = int(age) - 1
                end, k = due < judged, min(due, judged)
            else:
                k = min(int(age - 1) + 1, judged, TERM)
        elif row["waive"]:
            continue
        k = max(k, g) if not end or k >= g else k
        if k < g:  # published sooner than the usual lag allows
            k, end = g, False
        usable.append(row)
        first.append(min(g, TERM))
        paid.append(min(k, TERM))
        lapsed.append(end)
    columns = _columns(usable)
    return events_from_years(
        np.array(["invention"] * len(usable), dtype=object), np.array(first), np.array(paid), np.array(lapsed), columns,
        {"invention": TERM},
    )  # fmt: skip


def _columns(rows: list[dict[str, str]]) -> dict[str, Any]:
    def owner(row: dict[str, str]) -> str:
        kinds = (("company", "type1_company"), ("university", "type2_university"), ("individual", "type3_individual"))
        held = [name for name, column in kinds if float(row[column] or 0) > 0]
        return held[0] if len(held) == 1 else "joint" if held else ""

    def number(row: dict[str, str], name: str) -> float:
        value = float(row[name]) if row[name] else np.nan
        return value if value >= 1 else np.nan

    fields = Lookups(RuleBook.shipped(), date(2026, 1, 1)).mapping("technology_fields/ipc_prefix")
    return {
        "field": np.array([fields.find(row["main_IPC"]) for row in rows], dtype=object),
        "owner_kind": np.array([owner(row) for row in rows], dtype=object),
        "origin": np.array(["domestic" if row["Chinese"] == "1" else "foreign" for row in rows], dtype=object),
        "claims": np.array([number(row, "total_claims") for row in rows]),
        "inventor_count": np.array([number(row, "total_inventers") for row in rows]),
    }


def _day(text: str) -> np.datetime64:
    return np.datetime64(date.fromisoformat(text))


def _years(start: np.datetime64, end: np.datetime64) -> float:
    return float((end - start).astype(int)) / 365.25

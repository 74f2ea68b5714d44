"""Charts of the pages of data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def rejected_chart(rows: Iterable[Mapping[str, Any]], lang: str) -> dict[str, Any]:
    """Loaded and rejected rows by day of load, all tables together."""
    days: dict[str, list[int]] = {}
    for row in rows:
        kept = days.setdefault(str(row["day"]), [0, 0])
        kept[0] += int(row["rows_loaded"] or 0)
        kept[1] += int(row["rows_rejected"] or 0)
    names = ("装载", "拒绝") if lang == "zh" else ("loaded", "rejected")
    return {
        "option": {
            "tooltip": {"trigger": "axis"},
            "legend": {"data": list(names), "top": 0},
            "grid": {"containLabel": True, "left": 8, "right": 16, "top": 40, "bottom": 8},
            "xAxis": {"type": "category", "data": sorted(days)},
            "yAxis": {"type": "value"},
            "series": [
                {
                    "name": name,
                    "type": "bar",
                    "stack": "rows",
                    "barMaxWidth": 48,
                    "data": [days[day][place] for day in sorted(days)],
                }
                for place, name in enumerate(names)
            ],
        }
    }

"""How are a company's figures drawn? Options for the charts of portraits and comparisons, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kejin.app.report_view import RADAR_AXES_MIN
from kejin.app.web.translate import Translate

Option = dict[str, Any]
AXES_MAX = 12  # more cannot be told apart
_HALF = 50.0


def radar_option(standings: Mapping[str, Sequence[Mapping[str, Any]]], t: Translate) -> Option | None:
    """Standing among peers, 0 to 100, of one company (with the peers' median) or of several over each other.

    standings   name of the company -> its rows of report_view. Axes are what all have; None where they are too few.
    """
    kept = [{row["label"]: row["standing"] for row in rows} for rows in standings.values()]
    axes = [label for label in (kept[0] if kept else {}) if all(label in one for one in kept)][:AXES_MAX]
    if len(axes) < RADAR_AXES_MIN:
        return None
    single = len(kept) == 1
    series: list[Option] = [
        {"name": name or t("This company"), "value": [one[label] for label in axes]}
        | ({"areaStyle": {"opacity": 0.25}} if single else {})
        for name, one in zip(standings, kept, strict=True)
    ]
    if single:
        median = {"name": t("Median of the peers"), "value": [_HALF] * len(axes), "lineStyle": {"type": "dashed"}}
        series.append(median | {"symbol": "none"})
    return {
        "tooltip": {},
        "legend": {"bottom": 0, "type": "scroll"},
        "radar": {
            "radius": "62%",
            "center": ["50%", "46%"],
            "indicator": [{"name": label, "max": 100, "min": 0} for label in axes],
            "axisName": {"width": 96, "overflow": "break", "fontSize": 11},
        },
        "series": [{"type": "radar", "data": series}],
    }


def trend_option(trend: Mapping[str, Any]) -> Option:
    """Revenue and R&D as bars, R&D intensity as a line."""
    revenue, spent, intensity = trend["names"]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"bottom": 0},
        "grid": {"left": 56, "right": 48, "top": 36, "bottom": 56},
        "xAxis": {"type": "category", "data": trend["years"]},
        "yAxis": [
            {"type": "value", "name": trend["unit"]},
            {"type": "value", "name": "%", "splitLine": {"show": False}},
        ],
        "series": [
            {"type": "bar", "name": revenue, "data": trend["revenue"]},
            {"type": "bar", "name": spent, "data": trend["rd"]},
            {"type": "line", "name": intensity, "data": trend["intensity"], "yAxisIndex": 1},
        ],
    }


def timeline_option(events: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> Option:
    """A row a kind of event, a mark an event."""
    rows = [kind for kind in reversed(list(kinds)) if any(event["kind"] == kind for event in events)]
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 24, "top": 16, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "category", "data": [kinds[kind] for kind in rows]},
        "series": [
            {
                "type": "scatter",
                "name": kinds[kind],
                "symbolSize": 13,
                "data": [
                    {"name": event["text"], "value": [event["day"], kinds[kind], event["text"]]}
                    for event in events
                    if event["kind"] == kind
                ],
            }
            for kind in rows
        ],
    }

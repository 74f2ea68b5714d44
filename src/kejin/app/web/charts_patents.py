"""How are values of patents drawn? Intervals, parts of the methods, life and quality, as options of plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Option = dict[str, Any]
BARS_MAX = 20


def interval_option(data: Mapping[str, Any]) -> Option:
    """Low, middle and high of each patent on a logarithmic axis; the most valuable on top."""
    rows = [row for row in data["patents"] if row[1] is not None and row[1] > 0][:BARS_MAX]
    words = data["words"]
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 32, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "log", "axisLabel": {"formatter": "@money", "hideOverlap": True}},
        "yAxis": {"type": "category", "inverse": True, "data": [row[0] for row in rows]},
        "series": [
            {
                "type": "boxplot",
                "name": f"{words['low']} / {words['middle']} / {words['high']}",
                "boxWidth": [4, 12],
                "data": [[low, low, middle, high, high] for _, low, middle, high in rows],
            }
        ],
    }


def methods_option(data: Mapping[str, Any]) -> Option:
    """What part each method has in the middle value of each patent, in percent."""
    numbers = [row[0] for row in data["patents"]]
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"bottom": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 40, "containLabel": True},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {"type": "category", "inverse": True, "data": numbers[:BARS_MAX]},
        "series": [
            {"type": "bar", "stack": "parts", "name": one["name"], "data": one["parts"][:BARS_MAX]}
            for one in data["methods"]
        ],
    }


def life_option(data: Mapping[str, Any]) -> Option:
    """Share of the live patents that will be in force in so many years."""
    words = data["words"]
    return {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 40, "top": 24, "bottom": 28},
        "xAxis": {"type": "value", "name": words["years"]},
        "yAxis": {"type": "value", "min": 0, "max": 1, "axisLabel": {"formatter": "@percent"}},
        "series": [
            {"type": "line", "name": words["in_force_share"], "data": data["life"], "areaStyle": {"opacity": 0.2}}
        ],
    }


def quality_option(data: Mapping[str, Any]) -> Option:
    """Mean of each index of quality; one that no patent has is a gap, not a zero."""
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 32, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 1, "axisLabel": {"formatter": "@percent"}},
        "yAxis": {"type": "category", "inverse": True, "data": [one["label"] for one in data["quality"]]},
        "series": [{"type": "bar", "data": [one["mean"] for one in data["quality"]]}],
    }

"""Which pictures does a loan case show? Who pays what if the loan fails, as a waterfall."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kejin.workflows.loan_decision import bearer_label


def sharing_chart(shares_cny: Mapping[str, Decimal], lang: str) -> dict[str, Any] | None:
    """The loss of a failed loan from bearer to bearer; None where nobody bears anything."""
    if not shares_cny:
        return None
    names = [bearer_label(name).of(lang) for name in shares_cny]
    amounts = [float(amount) for amount in shares_cny.values()]
    whole, below = sum(amounts), [0.0]
    for amount in amounts[:-1]:
        below.append(below[-1] + amount)
    total = "损失合计" if lang == "zh" else "Whole loss"
    return {
        "option": {
            "aria": {"enabled": True},
            "grid": {"left": 16, "right": 24, "top": 16, "bottom": 8, "containLabel": True},
            "xAxis": {"type": "value", "axisLabel": {"formatter": "@money"}},
            "yAxis": {"type": "category", "inverse": True, "data": [total, *names]},
            "series": [
                {"type": "bar", "stack": "s", "silent": True, "itemStyle": {"opacity": 0}, "data": [0.0, *below]},
                {
                    "type": "bar",
                    "stack": "s",
                    "label": {"show": True, "position": "inside", "formatter": "@money"},
                    "data": [{"value": whole, "itemStyle": {"color": "#64748b"}}, *amounts],
                },
            ],
        }
    }

"""Charts of money trails: flows from left to right hop by hop, as ECharts options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kejin.app.trace_labels import CLASS_LABELS

# Grave places in reds, proper ones in greens and blues, the rest grey.
_COLOURS = {
    "property": "#c0392b", "securities": "#c0392b", "wealth": "#d35400", "time_deposit": "#d35400",
    "margin": "#d35400", "related_company": "#e67e22", "related_person": "#e67e22", "micro_lender": "#c0392b",
    "other_bank_loan": "#d35400", "off_purpose": "#e67e22", "supplier": "#2471a3", "rd_equipment": "#1e8449",
    "payroll": "#1e8449", "tax": "#1e8449", "own_account": "#5d6d7e",
}  # fmt: skip
_LABELLED_MAX = 60


def flow_option(picture: Mapping[str, Any], lang: str, accounts: str) -> dict[str, Any]:
    """The picture of a case file. Where there are many nodes, only larger ones carry a label; all have a tooltip."""
    nodes = picture["nodes"]
    labelled = sorted((one["fen"] for one in nodes), reverse=True)[:_LABELLED_MAX]
    least = labelled[-1] if len(nodes) > _LABELLED_MAX else 0
    data = []
    for number, one in enumerate(nodes):
        tail = f"…{one['account_id'][-4:]}" if one["account_id"] else f"{one['accounts']} {accounts}"
        data.append(
            {
                "name": f"{number}",
                "depth": one["hop"],
                "value": one["fen"] / 100,
                "itemStyle": {"color": _COLOURS.get(one["place"], "#909497")},
                "label": {
                    "show": one["fen"] >= least,
                    "formatter": f"{CLASS_LABELS[one['place']].of(lang)} {tail}",
                    "fontSize": 10,
                },
            }
        )
    links = [
        {"source": str(one["source"]), "target": str(one["target"]), "value": one["fen"] / 100}
        for one in picture["links"]
    ]
    series = {
        "type": "sankey",
        "data": data,
        "links": links,
        "right": 110,
        "left": 10,
        "top": 10,
        "bottom": 10,
        "nodeWidth": 12,
        "nodeGap": 4,
        "layoutIterations": 16,
        "lineStyle": {"color": "source", "opacity": 0.3},
        "emphasis": {"focus": "adjacency"},
    }
    return {"tooltip": {"trigger": "item", "valueFormatter": "@money"}, "series": [series]}

"""How does the city stand? Companies, stages, clusters, credit by district; small groups are not shown to everyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kejin.app.city_overview import CLUSTER, DISTRICT, STAGE
from kejin.app.shown import STAGES
from kejin.app.web.city_outline import MAP, outline
from kejin.app.web.company_rows import code_word
from kejin.app.web.place_names import cluster_labels, district_labels
from kejin.engines.run_query import rows_of
from kejin.schemes.scheme import Label

if TYPE_CHECKING:
    from kejin.app.web.readers import Reader
    from kejin.app.web.site import Ask

View = dict[str, Any]
SMALLEST_SHOWN = 3  # a way of keeping single companies unrecognisable, not a rule of an authority
SEE_ALL = frozenset({"supervisor"})
_CREDIT = """
WITH known AS (
    SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY loan_id ORDER BY known_on DESC) AS newest
    FROM loan WHERE known_on <= $as_of) WHERE newest = 1 AND granted_on <= $as_of AND due_on >= $as_of
), place AS (
    SELECT company_id, arg_max(district, known_on) AS district FROM company WHERE known_on <= $as_of GROUP BY 1
), house AS (
    SELECT institution_id, arg_max(bank_class, known_on) AS bank_class FROM institution
    WHERE known_on <= $as_of GROUP BY 1
)
SELECT district, CASE WHEN grouping(bank_class) = 1 THEN 'all' ELSE bank_class END AS bank_class,
       count(DISTINCT company_id) AS companies, count(*) AS loans, sum(amount_cny) AS amount_cny
FROM (
    SELECT company_id, amount_cny, coalesce(district, 'other') AS district, coalesce(bank_class, '-') AS bank_class
    FROM known LEFT JOIN place USING (company_id) LEFT JOIN house USING (institution_id)
) GROUP BY GROUPING SETS ((district, bank_class), (district)) ORDER BY 1, 2
"""


def suppressed(rows: list[View], sees_all: bool, count: str = "count") -> list[View]:
    """The rows with small groups hidden: 1 or 2 companies, and one group more where a single one could be computed.

    A hidden row has `hidden` set and neither its count nor its amount. Nought companies are no secret.
    """
    if sees_all:
        return [row | {"hidden": False} for row in rows]
    small = {place for place, row in enumerate(rows) if 0 < row[count] < SMALLEST_SHOWN}
    if len(small) == 1:
        others = [place for place, row in enumerate(rows) if place not in small and row[count] > 0]
        small |= set(sorted(others, key=lambda place: rows[place][count])[:1])
    bare = {count: None, "amount": None, "loans": None}
    return [row | ({"hidden": True} | bare if place in small else {"hidden": False}) for place, row in enumerate(rows)]


def city_view(ask: Ask, folder: Path | None) -> View:
    """Everything that the page shows; counts by group are None where the day was not evaluated."""
    sees_all = ask.person.role in SEE_ALL
    counts: View = {} if folder is None else ask.serving.kept(("city", ask.as_of), lambda one: _counts(one, folder))
    names = _names(ask.lang)
    credit = ask.serving.rows("city_credit", _CREDIT, as_of=ask.as_of)
    per_district = suppressed(_by_district(credit, names), sees_all)
    flows = [row for row in suppressed(_flows(credit, names, ask), sees_all) if not row["hidden"]]
    districts = suppressed(
        [_group(code, names.get(code) or ask.t("not known"), n) for code, n in counts.get(DISTRICT, [])], sees_all
    )
    stages = {str(code): label for code, label in STAGES.items()}
    clusters = dict(cluster_labels(ask))
    return {
        "districts": districts,
        "stages": suppressed(_labelled(counts.get(STAGE, []), stages, ask), sees_all),
        "clusters": suppressed(_labelled(counts.get(CLUSTER, []), clusters, ask), sees_all),
        "credit": per_district,
        "flows": flows,
        "hides": not sees_all,
        "map": {"name": MAP, "outline": outline(names)},
    }


def _counts(reader: Reader, folder: Path) -> View:
    """Companies by district, stage and cluster of an evaluation."""
    file = str(folder / "evaluation.parquet").replace("'", "''")
    found: View = {}
    for column in (DISTRICT, STAGE, CLUSTER):
        sql = f"SELECT {column} AS code, count(*) AS n FROM read_parquet('{file}') GROUP BY 1 ORDER BY n DESC, 1"
        found[column] = [(row["code"], int(row["n"])) for row in rows_of(reader.workspace.backend, sql, {})]
    return found


def _names(lang: str) -> dict[str, str]:
    return {code: label.of(lang) for code, label in district_labels().items()}


def _group(code: Any, label: str | None, count: int, **more: Any) -> View:
    return {"code": code, "label": label or "-", "count": count, "amount": None, "loans": None} | more


def _labelled(rows: list[tuple[Any, int]], labels: dict[str, Label], ask: Ask) -> list[View]:
    found = []
    for code, count in rows:
        label = labels.get(str(code))
        found.append(_group(code, ask.t("not known") if label is None else label.of(ask.lang), count))
    return found


def _by_district(credit: list[View], names: dict[str, str]) -> list[View]:
    """Borrowers and amounts by district: the rows that are summed over classes of banks."""
    return [
        _group(
            row["district"],
            names.get(row["district"]) or str(row["district"]),
            row["companies"],
            amount=row["amount_cny"],
            loans=row["loans"],
        )
        for row in credit
        if _is_total(row)
    ]


def _flows(credit: list[View], names: dict[str, str], ask: Ask) -> list[View]:
    return [
        _group(
            row["bank_class"],
            code_word("institution", "bank_class", row["bank_class"], ask.lang) or "-",
            row["companies"],
            amount=row["amount_cny"],
            loans=row["loans"],
            to=names.get(row["district"]) or str(row["district"]),
        )
        for row in credit
        if not _is_total(row)
    ]


def _is_total(row: View) -> bool:
    return bool(row["bank_class"] == "all")


def map_option(districts: list[View], title: str) -> View:
    """Companies by district; hidden and unknown ones stay uncoloured."""
    data = [{"name": row["label"], "value": row["count"]} for row in districts if row["count"] is not None]
    return {
        "tooltip": {"trigger": "item"},
        "visualMap": {
            "min": 0,
            "max": max([1, *(one["value"] for one in data)]),
            "left": 0,
            "bottom": 0,
            "calculable": True,
        },
        "series": [
            {
                "type": "map",
                "map": MAP,
                "name": title,
                "data": data,
                "label": {"show": True, "fontSize": 10, "textBorderColor": "#fff", "textBorderWidth": 2},
                "aspectScale": 0.92,
            }
        ],
    }


def flow_option(flows: list[View]) -> View | None:
    """From classes of banks to districts, in yuan."""
    if not flows:
        return None
    nodes = dict.fromkeys([*(row["label"] for row in flows), *(row["to"] for row in flows)])
    links = [{"source": row["label"], "target": row["to"], "value": float(row["amount"])} for row in flows]
    return {
        "tooltip": {"trigger": "item", "valueFormatter": "@money"},
        "series": [
            {
                "type": "sankey",
                "left": 8,
                "right": 96,
                "data": [{"name": name} for name in nodes],
                "links": links,
                "lineStyle": {"color": "gradient", "opacity": 0.4},
                "label": {"fontSize": 11},
            }
        ],
    }


def count_option(rows: list[View], name: str) -> View:
    """Groups as bars, the largest on top; a hidden one is a gap."""
    return {
        "tooltip": {"trigger": "item"},
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value"},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [row["label"] for row in rows],
            "axisLabel": {"width": 110, "overflow": "truncate", "interval": 0},
        },
        "series": [{"type": "bar", "name": name, "data": [row["count"] for row in rows]}],
    }

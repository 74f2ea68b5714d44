"""The page of a whole city: answers by title, stages, clusters, districts, distributions, standing, data gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kejin import __version__
from kejin.app.city_figures import (
    Box,
    answers_of,
    best_first,
    boxes_of,
    counts_of,
    median_of,
    missing_shares,
    numbers_of,
    sampled,
    titles_held,
)
from kejin.app.page_files import write_page
from kejin.app.page_words import words_of
from kejin.app.shown import STAGES, input_label, table_label, table_of
from kejin.facts.tables import ALL_TABLES
from kejin.schemes.scheme import Label
from kejin.units import percent_text, value_text

if TYPE_CHECKING:
    import pyarrow as pa

    from kejin.workflows.evaluation_rules import EvaluationRules

POINTS_MAX = 1_500
TOP_ROWS = 20
LISTED_MAX = 5_000  # companies that can be looked up in the page
INPUTS_SHOWN = 25
STAGE, CLUSTER, DISTRICT = "life_cycle__stage_code", "cluster_code", "district"
_COLUMNS = (
    "company_id",
    "name",
    STAGE,
    CLUSTER,
    DISTRICT,
    "rd_intensity_1y",
    "inventions_in_force",
    "research_standing",
    "patent_standing",
)
View = dict[str, Any]


def write_overview(
    results: Path | pa.Table,
    path: Path,
    lang: str,
    rules: EvaluationRules,
    inputs: Path | pa.Table | None = None,
    company_page: str | None = None,
    synthetic: bool = False,
) -> None:
    """Write the overview of an evaluated city as one file that opens offline.

    results       the Parquet file of a run, or its rows.
    inputs        the inputs of the same run; inputs.parquet beside the results when not given.
    company_page  where a company's page lies, e.g. "companies/{company_id}.html"; no links without it.
    synthetic     say on the page that the city is invented.
    """
    schemes = [scheme.id for scheme in rules.schemes if scheme.kind == "answer"]
    table = _read(results, [*_COLUMNS, *(f"{scheme}__qualifies" for scheme in schemes)])
    if inputs is None and isinstance(results, Path) and (beside := results.with_name("inputs.parquet")).is_file():
        inputs = beside
    gaps = _gaps(inputs, rules, lang)
    view = _view(table, rules, lang, company_page, synthetic) | {"gaps": gaps}
    write_page("overview.html", "overview.js", view, Path(path), single_file=True)


def _read(source: Path | pa.Table, columns: Sequence[str] | None) -> pa.Table:
    """Only the columns that are needed, so that a city of millions fits."""
    if not isinstance(source, Path):
        return source if columns is None else source.select([c for c in columns if c in source.column_names])
    import pyarrow.parquet as pq

    there = set(pq.read_schema(source).names)
    return pq.read_table(source, columns=None if columns is None else [c for c in columns if c in there])


def _view(table: pa.Table, rules: EvaluationRules, lang: str, company_page: str | None, synthetic: bool) -> View:
    words = words_of(lang)
    answering = [scheme for scheme in rules.schemes if scheme.kind == "answer"]
    titles = titles_held(table, [scheme.id for scheme in answering])
    clusters = _cluster_rows(table, rules, lang, words)
    groups = [row["code"] for row in clusters if row["code"]]
    names = {row["code"]: row["label"] for row in clusters}
    boxes = {
        column: [_box(box, names) for box in boxes_of(table, column, CLUSTER, groups)] if groups else []
        for column in ("rd_intensity_1y", "inventions_in_force")
    }
    standing = _standing(table, titles)
    companies = _companies(table, titles, names, lang)
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "t": words,
        "title": words["overview"],
        "synthetic": synthetic,
        "foot": words["page_foot"].format(version=__version__),
        "days": [
            (words["as_of"], str(rules.as_of)),
            (words["known_on"], str(rules.known_on)),
            (words["edition"], rules.edition[:12]),
        ],
        "tiles": _tiles(table, titles, words, lang),
        "schemes": [_scheme_row(table, scheme.id, scheme.label, lang) for scheme in answering],
        "stages": _stage_rows(table, words, lang),
        "clusters": clusters,
        "districts": _district_rows(table, words, lang),
        "intensity": [_shown_box(box, "ratio", lang) for box in boxes["rd_intensity_1y"]],
        "inventions": [_shown_box(box, "count", lang) for box in boxes["inventions_in_force"]],
        "standing_note": words["sampled"].format(n=f"{len(standing['points']):,}", all=f"{standing['known']:,}"),
        "quadrants": _quadrants(table, lang),
        "top": companies[:TOP_ROWS],
        "company_page": company_page or "",
        "more": words["listed_first"].format(n=f"{LISTED_MAX:,}") if len(table) > LISTED_MAX else "",
        "absent": [error.part("what", lang) for _, error in rules.absent],
        "data": {
            "intensity": boxes["rd_intensity_1y"],
            "inventions": boxes["inventions_in_force"],
            "standing": standing["points"],
            "companies": companies,
            "page": company_page,
            "words": {
                name: words[name]
                for name in ("missing", "found", "research_standing", "patent_standing", "known_values", "titles_count")
            },
        },
    }


def _tiles(table: pa.Table, titles: Any, words: Mapping[str, str], lang: str) -> list[View]:
    inventions = numbers_of(table, "inventions_in_force")
    known = ~np.isnan(inventions)
    held = int((inventions[known] > 0).sum())
    middle = median_of(numbers_of(table, "rd_intensity_1y"))
    any_title = int((titles > 0).sum())
    return [
        {"label": words["evaluated"], "value": f"{len(table):,}", "note": words["companies"]},
        {"label": words["any_title"], "value": f"{any_title:,}", "note": _share(any_title, len(table))},
        {"label": words["with_patents"], "value": f"{held:,}", "note": _share(held, int(known.sum()))},
        {"label": words["median_intensity"], "value": value_text(middle, "ratio", lang), "note": ""},
    ]


def _share(part: int, whole: int) -> str:
    return percent_text(part / whole, 1) if whole else ""


def _scheme_row(table: pa.Table, scheme: str, label: Label, lang: str) -> View:
    answers, whole = answers_of(table, scheme), max(len(table), 1)
    return {
        "label": label.of(lang),
        "yes": answers.yes,
        "no": answers.no,
        "open": answers.open,
        "shares": {name: 100.0 * getattr(answers, name) / whole for name in ("yes", "no", "open")},
    }


def _rows(counts: Mapping[Any, int], labels: Mapping[Any, str], unknown: str) -> list[View]:
    """Codes with their names and counts, missing last."""
    whole, most = max(sum(counts.values()), 1), max(counts.values(), default=1)
    ordered = sorted(counts.items(), key=lambda pair: (pair[0] is None, -pair[1], str(pair[0])))
    return [
        {
            "code": code or "",
            "label": unknown if code is None else labels.get(code, str(code)),
            "missing": code is None,
            "count": count,
            "share": percent_text(count / whole, 1),
            "width": 100.0 * count / most,
        }
        for code, count in ordered
    ]


def _stage_rows(table: pa.Table, words: Mapping[str, str], lang: str) -> list[View]:
    rows = _rows(counts_of(table, STAGE), {c: name.of(lang) for c, name in STAGES.items()}, words["unknown"])
    return sorted(rows, key=lambda row: (row["missing"], row["code"]))


def _cluster_rows(table: pa.Table, rules: EvaluationRules, lang: str, words: Mapping[str, str]) -> list[View]:
    labels = {code: label.of(lang) for code, label in rules.clusters.items()}
    return _rows(counts_of(table, CLUSTER), labels, words["unknown"])


def _district_rows(table: pa.Table, words: Mapping[str, str], lang: str) -> list[View]:
    choices = ALL_TABLES["company"].column(DISTRICT).choices or ()
    labels = {choice.code: choice.zh if lang == "zh" else choice.en for choice in choices}
    return _rows(counts_of(table, DISTRICT), labels, words["unknown"])


def _box(box: Box, names: Mapping[str, str]) -> View:
    return {"label": names[box.group], "known": box.known, "q": None if box.quantiles is None else list(box.quantiles)}


def _shown_box(box: View, unit: str, lang: str) -> View:
    quantiles = box["q"] or [None] * 5
    return {"label": box["label"], "known": box["known"], "texts": [value_text(q, unit, lang) for q in quantiles]}


def _standing(table: pa.Table, titles: Any) -> View:
    research, patents = numbers_of(table, "research_standing"), numbers_of(table, "patent_standing")
    known = ~(np.isnan(research) | np.isnan(patents))
    rows = sampled(known, POINTS_MAX)
    names = table["name"].take(rows).to_pylist()
    points = [
        [round(100 * float(x), 1), round(100 * float(y), 1), int(t), name]
        for x, y, t, name in zip(research[rows], patents[rows], titles[rows], names, strict=True)
    ]
    return {"known": int(known.sum()), "points": points}


def _quadrants(table: pa.Table, lang: str) -> list[tuple[str, int]]:
    """The scatter as a table: companies above and below the middle of their peers in both."""
    research, patents = numbers_of(table, "research_standing"), numbers_of(table, "patent_standing")
    words = words_of(lang)
    r, p = words["research"], words["patents"]
    rows = []
    for high_r in (True, False):
        for high_p in (True, False):
            chosen = ((research >= 0.5) if high_r else (research < 0.5)) & (
                (patents >= 0.5) if high_p else (patents < 0.5)
            )
            signs = ("≥" if high_r else "<", "≥" if high_p else "<")
            rows.append((f"{r} {signs[0]} 50, {p} {signs[1]} 50", int(chosen.sum())))
    missing = int((np.isnan(research) | np.isnan(patents)).sum())
    return [*rows, (words["missing"], missing)]


def _companies(table: pa.Table, titles: Any, clusters: Mapping[str, str], lang: str) -> list[list[Any]]:
    """The best companies: code, name, cluster, stage, titles, standing in research and in patents (0 to 100)."""
    order = best_first(table, titles)[:LISTED_MAX]
    chosen = table.take(order)
    standing = [
        [None if np.isnan(v) else round(100 * float(v)) for v in numbers_of(chosen, name)]
        for name in ("research_standing", "patent_standing")
    ]
    stages = [STAGES[code].of(lang) if code in STAGES else None for code in chosen[STAGE].to_pylist()]
    names = [clusters.get(code) if code else None for code in chosen[CLUSTER].to_pylist()]
    columns = (chosen["company_id"].to_pylist(), chosen["name"].to_pylist(), names, stages, titles[order].tolist())
    return [list(row) for row in zip(*columns, *standing, strict=True)]


def _gaps(inputs: Path | pa.Table | None, rules: EvaluationRules, lang: str) -> list[View]:
    """The inputs that are most often missing."""
    if inputs is None:
        return []
    shares = missing_shares(_read(inputs, list(rules.program.inputs)), rules.program.inputs)
    return [
        {
            "label": input_label(name, lang),
            "table": table_label(table_of(name), lang),
            "share": percent_text(share, 1),
            "width": 100.0 * share,
        }
        for name, share in list(shares.items())[:INPUTS_SHOWN]
        if share > 0
    ]

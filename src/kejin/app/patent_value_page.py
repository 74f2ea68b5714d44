"""One portfolio's page: intervals, what each method said, how long the patents live, their quality, what is missing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kejin import __version__
from kejin.app.page_files import write_page
from kejin.app.page_words import words_of
from kejin.app.value_words import INDICES, METHODS, MISSING, PAGE, REASONS, words
from kejin.units import money_text, percent_text

if TYPE_CHECKING:
    import pyarrow as pa

    from kejin.workflows.value_patents import ValuationRun

SHOWN_MAX = 40
POOLED = tuple(method for method in METHODS if method != "cost")
View = dict[str, Any]


def write_patent_values(rows: pa.Table, whole: pa.Table, run: ValuationRun, path: Path, lang: str) -> None:
    """Write the page of one company's portfolio as one file that opens offline.

    rows, whole   of value_patents.values_of for the company.
    """
    write_page("patent_values.html", "patent_values.js", page_view(rows, whole, run, lang), Path(path), True)


def page_view(rows: pa.Table, whole: pa.Table, run: ValuationRun, lang: str) -> View:
    """Everything that the page shows, in words and numbers."""
    texts = dict(words_of(lang)) | {name: label.of(lang) for name, label in PAGE.items()}
    listed = sorted(rows.to_pylist(), key=lambda row: (-(row["value_cny_mid"] or 0.0), row["publication_number"]))
    live = [row for row in listed if row["in_force"] or row["pending"]]
    (portfolio,) = whole.to_pylist()
    shown = live[:SHOWN_MAX]
    life, quality, parts = _life(live), _quality(live, lang), _parts(live, lang)
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "t": texts,
        "title": texts["page_title"],
        "company": portfolio["company_id"],
        "days": [(texts["as_of"], str(run.as_of)), (texts["edition"], run.edition[:12])],
        "tiles": _tiles(portfolio, live, texts, lang),
        "patents": [_patent(row, texts, lang) for row in shown],
        "more": texts["listed_first"].format(n=len(shown), all=len(live)) if len(live) > len(shown) else "",
        "ended": len(listed) - len(live),
        "parts": [{**one, "share": percent_text(one["part"], 0, lang)} for one in parts],
        "life": [{"year": year, "share": percent_text(share, 0, lang)} for year, share in life],
        "quality": [{**one, "text": percent_text(one["mean"], 0, lang)} for one in quality],
        "missing": _missing(live, lang),
        "findings": [finding.part("what", lang) for finding in run.findings],
        "unverified": ", ".join(run.unverified),
        "foot": texts["page_foot"].format(version=__version__),
        "data": {
            "patents": [
                [row["publication_number"], *(row[f"value_cny_{end}"] for end in ("low", "mid", "high"))]
                for row in shown
                if row["value_cny_mid"] is not None
            ],
            "methods": [{"name": METHODS[method].of(lang), "parts": _of_method(shown, method)} for method in POOLED],
            "life": life,
            "quality": quality,
            "words": {name: texts[name] for name in ("low", "middle", "high", "in_force_share", "missing", "years")},
        },
    }


def _tiles(portfolio: View, live: list[View], texts: dict[str, str], lang: str) -> list[View]:
    tiles = [
        {"label": texts[f"portfolio_{end}"], "value": money_text(portfolio[f"value_cny_{end}"], lang), "note": ""}
        for end in ("low", "mid", "high")
    ]
    tiles[0]["note"] = texts["sum_of_lows"].format(amount=money_text(portfolio["sum_cny_low"], lang))
    pledged = sum(1 for row in live if row["pledges"])
    note = texts["pledged_count"].format(n=pledged)
    return [*tiles, {"label": texts["live_patents"], "value": f"{len(live):,}", "note": note}]


def _patent(row: View, texts: dict[str, str], lang: str) -> View:
    methods = []
    for method, name in METHODS.items():
        if row[f"{method}_cny_mid"] is None:
            continue
        part = row.get(f"{method}_part")
        amounts = [money_text(row[f"{method}_cny_{end}"], lang) for end in ("low", "mid", "high")]
        shown = texts["floor"] if part is None else percent_text(part, 0, lang)
        methods.append({"name": name.of(lang), "amounts": amounts, "part": shown})
    return {
        "number": row["publication_number"],
        "amounts": [money_text(row[f"value_cny_{end}"], lang) for end in ("low", "mid", "high")],
        "reasons": words(row["reasons"], REASONS, lang),
        "missing": words(row["missing"], MISSING, lang),
        "methods": methods,
    }


def _of_method(rows: list[View], method: str) -> list[float]:
    return [round(100 * (row[f"{method}_part"] or 0.0), 1) for row in rows if row["value_cny_mid"] is not None]


def _parts(rows: list[View], lang: str) -> list[View]:
    """Each method's part of the middle values added up."""
    total = sum(row["value_cny_mid"] or 0.0 for row in rows)
    found = []
    for method in POOLED:
        amount = sum((row["value_cny_mid"] or 0.0) * (row[f"{method}_part"] or 0.0) for row in rows)
        heard = sum(1 for row in rows if row[f"{method}_cny_mid"] is not None)
        found.append({"name": METHODS[method].of(lang), "part": amount / total if total else 0.0, "heard": heard})
    return found


def _life(rows: list[View]) -> list[tuple[int, float]]:
    """Share of the live patents that will be in force in so many years."""
    years = sorted(int(name[9:-1]) for name in (rows[0] if rows else {}) if name.startswith("in_force_"))
    if not rows:
        return []
    return [(0, 1.0), *((year, sum(row[f"in_force_{year}y"] or 0.0 for row in rows) / len(rows)) for year in years)]


def _quality(rows: list[View], lang: str) -> list[View]:
    """Mean of each index over the live patents that have it; None where none has."""
    found = []
    for name, label in INDICES.items():
        known = [row[name] for row in rows if row[name] is not None]
        mean = sum(known) / len(known) if known else None
        found.append({"label": label.of(lang), "mean": mean, "known": len(known)})
    return found


def _missing(rows: list[View], lang: str) -> list[View]:
    """How many live patents lack which input."""
    counts = Counter(code for row in rows for code in row["missing"].split("; ") if code)
    return [
        {"label": MISSING[code].of(lang), "count": count, "width": 100.0 * count / len(rows)}
        for code, count in counts.most_common()
    ]

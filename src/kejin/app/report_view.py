"""What stands where on a company's page? The profile as texts and numbers for the template; nothing is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kejin import __version__
from kejin.app.page_words import words_of
from kejin.app.profile_text import source_groups
from kejin.app.shown import (
    MARKS,
    input_value,
    is_synthetic,
    line_needed,
    line_value,
    logic_text,
    needed_gates,
    points_text,
    rule_title,
    shown_value,
    span_text,
    stage_text,
    table_label,
    verdict_of,
)
from kejin.evaluation.profile import FigureShown, Profile, change_text
from kejin.schemes.explain import Answer, Change, Line
from kejin.units import CNY_PER_WAN, CNY_PER_YI, FEN_PER_CNY, percent_text, value_text

CHANGES_SHOWN = 4
KEYS_SHOWN = 20
YEARS = 4
RADAR_AXES_MIN = 3
FULL_MARK = 100.0
View = dict[str, Any]
Row = tuple[Any, ...]  # a page has hundreds of rows, and templates unpack a tuple faster than they look names up
_MARK_WORDS = {True: "passes", False: "fails", None: "undecided"}
_MARK_CLASSES = {True: "yes", False: "no", None: "open"}


def report_view(profile: Profile, lang: str) -> View:
    """Everything that the template of a company's page shows."""
    words = words_of(lang)
    trend = _trend(profile, lang, words)
    standings = _standings(profile.figures, lang)
    return {
        "lang": "zh-CN" if lang == "zh" else "en",
        "t": words,
        "name": profile.name,
        "company_id": profile.company_id,
        "days": _days(profile, words),
        "synthetic": is_synthetic(profile),
        "foot": words["page_foot"].format(version=__version__),
        "identity": [
            (figure.label.of(lang), shown_value(figure.value, figure.unit, lang), figure.value is None)
            for figure in profile.identity
            if figure.name != "company_id" and figure.group != "standing"
        ],
        "tiles": _tiles(profile, lang, words),
        "answers": [_answer(answer, profile, lang, words) for answer in profile.answers],
        "stage": None if profile.stage is None else _answer(profile.stage, profile, lang, words),
        "stage_text": stage_text(profile.stage, lang),
        "standings": standings,
        "trend": trend,
        "strengths": [one.text.of(lang) for one in profile.strengths],
        "weaknesses": [one.text.of(lang) for one in profile.weaknesses],
        "missing": [one.text.of(lang) for one in profile.missing],
        "groups": _figure_groups(profile, lang, words),
        "inputs_count": len(profile.inputs),
        "sources": _sources(profile, lang, words),
        "unverified": [(rule_title(rule, lang), rule) for rule in profile.unverified],
        "absent": [label.of(lang) for label in profile.absent],
        "charts": _charts(standings, trend),
        "values": {name: input_value(name, value, lang) for name, value in profile.inputs.items() if value is not None},
    }


def _days(profile: Profile, words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (words["as_of"], str(profile.as_of)),
        (words["known_on"], str(profile.known_on)),
        (words["edition"], profile.edition[:12]),
    ]


def _tiles(profile: Profile, lang: str, words: Mapping[str, str]) -> list[View]:
    """The few figures a reader looks for first."""
    asked = [answer for answer in profile.answers if answer.kind == "answer"]
    of_all = words["of_all"].format(all=len(asked))
    yes = sum(answer.qualifies is True for answer in asked)
    undecided = sum(answer.qualifies is None for answer in asked)
    tiles = [
        {"label": words["qualifies_count"], "value": str(yes), "note": of_all, "missing": False},
        {"label": words["open_count"], "value": str(undecided), "note": of_all, "missing": False},
        _tile(words["stage"], None if _stage_is_open(profile) else stage_text(profile.stage, lang), lang),
    ]
    for figure in profile.identity:
        if figure.group == "standing":
            value = percent_text(float(figure.value), 0) if isinstance(figure.value, int | float) else None
            tiles.append(_tile(figure.label.of(lang), value, lang))
    for name in ("rd_intensity_1y", "inventions_in_force"):
        found = next((figure for figure in profile.figures if figure.name == name), None)
        if found is not None:
            value = None if found.value is None else shown_value(found.value, found.unit, lang)
            tiles.append(_tile(found.label.of(lang), value, lang))
    return tiles


def _stage_is_open(profile: Profile) -> bool:
    return profile.stage is None or profile.stage.stage_code is None


def _tile(label: str, value: str | None, lang: str) -> View:
    return {"label": label, "value": value_text(value, "text", lang), "note": "", "missing": value is None}


# ── titles ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(answer: Answer, profile: Profile, lang: str, words: Mapping[str, str]) -> View:
    needed = needed_gates(answer)
    must: list[Row] = []
    ways: list[Row] = []
    items: list[Row] = []
    for number, line in enumerate(answer.lines):
        row = _line(f"{answer.scheme}.{number}", line, lang, words)
        if line.kind != "gate":
            items.append(row)
        elif line.name in needed or answer.kind != "answer":
            must.append(row)
        else:
            ways.append(row)
    verdict = verdict_of(answer)
    said = answer.kind == "answer"  # a score without a yes or no is said by its bar
    sentence = next((one.text.of(lang) for one in profile.titles if said and answer.scheme in one.rests_on), "")
    unverified = len(answer.unverified)
    return {
        "id": answer.scheme,
        "label": answer.label.of(lang),
        "version": answer.version,
        "verdict": verdict,
        "word": words[verdict],
        "score": _score(answer, lang, words),
        "sentence": sentence,
        "parts": [
            (words["gates"], must, False),
            (words["other_ways"], ways, answer.qualifies is True),
            (words["items"], items, False),
        ],
        "changes": _changes(answer, lang, words),
        "logic": logic_text(answer, lang),
        "notes": [note.of(lang) for note in answer.notes],
        "unverified": words["unverified_count"].format(n=unverified) if unverified else "",
    }


def _score(answer: Answer, lang: str, words: Mapping[str, str]) -> View | None:
    """The score bar in percent of its full length; the mark where the scheme asks for a least score."""
    low, high = answer.score_low, answer.score_high
    if low is None or high is None:
        return None
    marks = sum(line.maximum or 0.0 for line in answer.lines if line.kind == "item")
    full = max(high, FULL_MARK if marks >= FULL_MARK else marks, 1.0)
    asked = next((line for line in answer.lines if _asks_for_score(line, answer)), None)
    return {
        "text": span_text(low, high),
        "low": 100.0 * low / full,
        "open": 100.0 * (high - low) / full,
        "full": f"{full:g}",
        "mark": None if asked is None or asked.threshold is None else 100.0 * asked.threshold / full,
        "needed": "" if asked is None else words["score_needed"].format(needed=line_needed(asked, lang)),
    }


def _asks_for_score(line: Line, answer: Answer) -> bool:
    return (
        line.kind == "gate" and line.unit == "point" and line.value == answer.score_low and line.threshold is not None
    )


def _line(key: str, line: Line, lang: str, words: Mapping[str, str]) -> Row:
    """A line of a scheme; where it comes from stands in the lineage under its key."""
    value = line_value(line, lang)
    gate = line.kind == "gate"
    return (
        key,
        _MARK_CLASSES[line.passes] if gate else line.kind,
        MARKS[line.passes] if gate else "",
        words[_MARK_WORDS[line.passes]] if gate else "",
        line.label.of(lang),
        value,
        value == words["missing"],
        line_needed(line, lang),
        points_text(line),
    )


def _changes(answer: Answer, lang: str, words: Mapping[str, str]) -> list[tuple[str, str]]:
    """The changes that would decide the answer; where none alone does, the nearest one of each unmet condition."""
    if answer.qualifies is True or answer.kind == "stage":
        return []
    nearest: dict[str, Change] = {}
    lines = [line for line in answer.lines if line.kind != "gate" or line.passes is not True]
    candidates = answer.decisive or tuple(change for line in lines for change in line.changes)
    for change in candidates:  # the same input may reach several edges; the nearest is enough
        kept = nearest.get(change.column)
        if kept is None or _distance(change) < _distance(kept):
            nearest[change.column] = change
    return [(change_text(change, lang), _effect(change, words)) for change in list(nearest.values())[:CHANGES_SHOWN]]


def _effect(change: Change, words: Mapping[str, str]) -> str:
    if change.decides:
        return words["alone"]
    return words["gains"].format(gains=f"{change.gains:.3g}") if change.gains else ""


def _distance(change: Change) -> float:
    return abs(change.more or 0.0)


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _figure_groups(profile: Profile, lang: str, words: Mapping[str, str]) -> list[View]:
    groups: dict[str, list[Row]] = {}
    for figure in profile.figures:
        groups.setdefault(figure.group, []).append(_figure(figure, lang, words))
    return [{"title": words.get(name, name), "rows": rows} for name, rows in groups.items()]


def _figure(figure: FigureShown, lang: str, words: Mapping[str, str]) -> Row:
    standing = _standing(figure)
    too_few = figure.peers is not None and standing is None and figure.value is not None
    return (
        figure.name,
        figure.label.of(lang),
        shown_value(figure.value, figure.unit, lang),
        figure.value is None,
        "" if standing is None else f"{standing:.0f}",
        words["few_peers_n"].format(n=figure.peers) if too_few else _peers(figure, lang),
    )


def _peers(figure: FigureShown, lang: str) -> str:
    if figure.percentile is None or figure.peers is None:
        return ""
    return f"{figure.peers} 家" if lang == "zh" else f"{figure.peers}"


def _standing(figure: FigureShown) -> float | None:
    """0 to 100, 100 the best; missing where the value is, or where there are too few peers."""
    if figure.percentile is None or figure.higher_is_better is None:
        return None
    return 100.0 * (figure.percentile if figure.higher_is_better else 1.0 - figure.percentile)


def _standings(figures: Sequence[FigureShown], lang: str) -> list[View]:
    return [
        {
            "label": figure.label.of(lang),
            "group": figure.group,
            "standing": round(standing, 1),
            "peers": figure.peers,
            "peers_text": f"{figure.peers}家" if lang == "zh" else f"n={figure.peers}",
            "value": shown_value(figure.value, figure.unit, lang),
        }
        for figure in figures
        if (standing := _standing(figure)) is not None
    ]


# ── years ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _trend(profile: Profile, lang: str, words: Mapping[str, str]) -> View | None:
    """Revenue and R&D of the last years, oldest first; None where neither is known for any year."""
    rows = []
    last = profile.inputs.get("report_year") or _report_year(profile)
    for back in reversed(range(YEARS)):
        revenue, spent = (profile.inputs.get(f"{name}_fen_y{back}") for name in ("revenue", "rd_expense"))
        year = str(int(last) - back) if last else words["year_before"].format(k=back) if back else words["last_year"]
        share = spent / revenue if spent is not None and revenue else None
        rows.append(
            {
                "year": year,
                "revenue": revenue,
                "rd": spent,
                "revenue_text": value_text(revenue, "fen", lang),
                "rd_text": value_text(spent, "fen", lang),
                "intensity": None if share is None else round(100.0 * share, 2),
                "intensity_text": value_text(share, "ratio", lang),
            }
        )
    while rows and rows[0]["revenue"] is None and rows[0]["rd"] is None:
        rows.pop(0)
    names = [words["revenue"], words["rd"], words["intensity"]]
    return {"rows": rows, "scale": _scale(rows, lang), "names": names} if rows else None


def _report_year(profile: Profile) -> float | None:
    shown = next((figure.value for figure in profile.identity if figure.name == "report_year"), None)
    return float(shown) if isinstance(shown, str) and shown.isdigit() else None


def _scale(rows: Sequence[View], lang: str) -> tuple[str, float]:
    """A unit of money for the axis, and how many fen it is."""
    most = max(abs(row[name] or 0.0) for row in rows for name in ("revenue", "rd"))
    if lang != "zh":
        return "CNY million", 1e6 * FEN_PER_CNY
    large = most >= float(CNY_PER_YI) * FEN_PER_CNY
    name, unit = ("亿元", CNY_PER_YI) if large else ("万元", CNY_PER_WAN)
    return name, float(Decimal(unit)) * FEN_PER_CNY


def _charts(standings: Sequence[View], trend: View | None) -> View:
    """What the script draws: numbers only, and texts that it never reads as markup."""
    charts: View = {"bars": standings}
    if len(standings) >= RADAR_AXES_MIN:
        charts["radar"] = standings
    if trend is not None:
        name, unit = trend["scale"]
        charts["trend"] = {
            "unit": name,
            "years": [row["year"] for row in trend["rows"]],
            "revenue": [_scaled(row["revenue"], unit) for row in trend["rows"]],
            "rd": [_scaled(row["rd"], unit) for row in trend["rows"]],
            "intensity": [row["intensity"] for row in trend["rows"]],
            "names": trend["names"],
        }
    return charts


def _scaled(fen: float | None, unit: float) -> float | None:
    """Missing stays missing, so that the chart leaves a gap."""
    return None if fen is None else round(fen / unit, 4)


def _sources(profile: Profile, lang: str, words: Mapping[str, str]) -> list[View]:
    keys: dict[tuple[str, str], list[str]] = {}
    for row in profile.sources:
        own = {name: value for name, value in row.key.items() if name != "company_id"}
        keys.setdefault((row.table, row.source), []).append(" · ".join(own.values()) or profile.company_id)
    views = []
    for group in source_groups(profile):
        listed = keys[group.table, group.source]
        more = len(listed) - KEYS_SHOWN
        views.append(
            {
                "table": table_label(group.table, lang),
                "name": group.table,
                "source": group.source,
                "rows": group.rows,
                "known_on": str(group.known_on),
                "keys": ", ".join(listed[:KEYS_SHOWN]),
                "more": words["more_rows"].format(n=more) if more > 0 else "",
            }
        )
    return views

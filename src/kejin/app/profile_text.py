"""One company's profile in a terminal: as plain lines, as Rich tables, and whole as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kejin.app.shown import (
    CONFIDENCES,
    MARKS,
    VERDICTS,
    cite_text,
    document_text,
    input_label,
    input_value,
    is_synthetic,
    line_formula,
    line_needed,
    line_value,
    logic_text,
    points_text,
    rule_title,
    shown_value,
    span_text,
    stage_text,
    step_names,
    table_label,
    table_of,
    verdict_of,
)
from kejin.evaluation.profile import FigureShown, Profile, Sentence, change_text
from kejin.rule_values import Citation
from kejin.schemes.explain import Answer, Change, Line
from kejin.schemes.scheme import Label
from kejin.units import percent_text, value_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_TEXTS = {
    "zh": {
        "as_of": "截至 {as_of}；规则按 {known_on} 所知；规则版本 {edition}",
        "synthetic": "虚构数据：来自模拟城市，企业并不存在。",
        "identity": "企业概况",
        "stage": "生命周期阶段：{stage}",
        "titles": "资质与评价",
        "score": "得分 {score}",
        "needed": "需 {needed}",
        "points": "{points} 分",
        "change": "可改变结果：{change}{effect}",
        "decides": "（仅此一项即可符合）",
        "gains": "（+{gains:g} 分）",
        "rule": "依据 {cite}",
        "no_rule": "依据 评价体系条件，无规则数值",
        "strengths": "优势",
        "weaknesses": "短板",
        "missing": "缺失数据",
        "none": "无",
        "sources": "数据来源",
        "source": "{table}：{rows} 行，最晚获知 {known_on}；{source}",
        "unverified": "未核实的规则",
        "absent": "当日未生效",
        "figures": "指标与同业位次",
        "standing": "同业 {percent}（{peers} 家）",
        "no_standing": "同业不足或数值缺失，无位次",
        "colon": "：",
        "stop": "；",
        "columns": ("", "条件 / 项目", "数值", "要求", "得分", "依据"),
    },
    "en": {
        "as_of": "as of {as_of}; rules as known on {known_on}; edition {edition}",
        "synthetic": "Synthetic data from an invented city: this company does not exist.",
        "identity": "The company",
        "stage": "Stage of the life cycle: {stage}",
        "titles": "Titles and scores",
        "score": "score {score}",
        "needed": "{needed} needed",
        "points": "{points} points",
        "change": "would change it: {change}{effect}",
        "decides": " (this alone is enough)",
        "gains": " (+{gains:g} points)",
        "rule": "rule: {cite}",
        "no_rule": "rule: a condition of the scheme without a figure",
        "strengths": "Strengths",
        "weaknesses": "Weaknesses",
        "missing": "Missing data",
        "none": "none",
        "sources": "Sources",
        "source": "{table}: {rows} rows, last known on {known_on}; {source}",
        "unverified": "Unverified rules",
        "absent": "Not in force on the day",
        "figures": "Figures and standing among peers",
        "standing": "peers: {percent} ({peers} companies)",
        "no_standing": "no standing: too few peers or no value",
        "colon": ": ",
        "stop": "; ",
        "columns": ("", "condition / item", "value", "needed", "points", "rule"),
    },
}
CHANGES_SHOWN = 3  # a line; JSON has them all
_STYLES = {"yes": "bold green", "no": "bold red", "open": "bold yellow", "score": "bold cyan"}
_MARK_STYLES = {True: "green", False: "red", None: "yellow"}


def profile_lines(profile: Profile, lang: str) -> list[str]:
    """The whole profile as plain lines: identity, stage, every gate and item, what is missing, where it came from."""
    texts = _texts(lang)
    lines = [*_head(profile, lang), "", _heading(texts["identity"])]
    lines += [f"  {row}" for row in _identity_lines(profile, lang)]
    lines += ["", _heading(texts["stage"].format(stage=stage_text(profile.stage, lang)))]
    if profile.stage is not None:
        lines += _answer_lines(profile.stage, lang)
    lines += ["", _heading(texts["titles"])]
    for answer in profile.answers:
        lines += [answer_head(answer, lang), *_answer_lines(answer, lang)]
    lines += ["", _heading(texts["figures"]), *(f"  {row}" for row in _figure_lines(profile, lang))]
    for title, rows in _closing(profile, lang):
        lines += ["", _heading(title), *(f"  {row}" for row in rows or [texts["none"]])]
    return lines


def print_profile(profile: Profile, lang: str, console: Console) -> None:
    """The profile on a terminal, with a table a scheme. Text from facts is never read as markup."""
    from rich.text import Text

    texts = _texts(lang)
    name, *rest = _head(profile, lang)
    console.print(Text(name, style="bold"))
    for row in rest:
        console.print(Text(row, style="dim"))
    console.print()
    for row in _identity_lines(profile, lang):
        console.print(Text("  " + row))
    console.print()
    console.print(Text(texts["stage"].format(stage=stage_text(profile.stage, lang)), style="bold"))
    if profile.stage is not None:
        console.print(_table(profile.stage, lang))
    for answer in profile.answers:
        console.print()
        console.print(Text(answer_head(answer, lang), style=_STYLES[verdict_of(answer)]))
        console.print(_table(answer, lang))
        for row in _change_rows(answer, lang):
            console.print(Text(f"  → {row}", style="cyan"))
    console.print()
    console.print(Text(texts["figures"], style="bold"))
    console.print(_figure_table(profile, lang))
    for title, rows in _closing(profile, lang):
        console.print()
        console.print(Text(title, style="bold"))
        for row in rows or [texts["none"]]:
            console.print(Text("  " + row))


def answer_head(answer: Answer, lang: str) -> str:
    """A scheme's name and version with its answer and score."""
    texts, verdict = _texts(lang), verdict_of(answer)
    said = "" if verdict == "score" else VERDICTS[verdict].of(lang)
    if answer.score_low is not None and answer.score_high is not None:
        score = texts["score"].format(score=span_text(answer.score_low, answer.score_high))
        said = texts["stop"].join(filter(None, (said, score)))
    return f"{answer.label.of(lang)} [{answer.version}]{texts['colon']}{said}"


def _texts(lang: str) -> dict[str, Any]:
    return _TEXTS["zh" if lang == "zh" else "en"]


def _heading(text: str) -> str:
    return f"── {text} ──"


def _head(profile: Profile, lang: str) -> list[str]:
    texts = _texts(lang)
    days = texts["as_of"].format(as_of=profile.as_of, known_on=profile.known_on, edition=profile.edition[:12])
    return [profile.name, profile.company_id, days, *([texts["synthetic"]] if is_synthetic(profile) else [])]


def _identity_lines(profile: Profile, lang: str) -> Iterator[str]:
    for figure in profile.identity:
        yield f"{figure.label.of(lang)}{_texts(lang)['colon']}{shown_value(figure.value, figure.unit, lang)}"


def _answer_lines(answer: Answer, lang: str) -> list[str]:
    texts, rows = _texts(lang), []
    for line in answer.lines:
        parts = [part for part in (line_value(line, lang), _needed(line, lang), _points(line, lang)) if part]
        mark = MARKS[line.passes] if line.kind == "gate" else "·"
        indent = "    " if line.kind == "measure" else "  "
        rows.append(f"{indent}{mark} {line.label.of(lang)}{texts['colon']}{texts['stop'].join(parts)}".rstrip("：: "))
        rows += [f"{indent}    {_cited(cite, lang)}" for cite in line.cites]
        if not line.cites and line.kind == "gate":
            rows.append(f"{indent}    {texts['no_rule']}")
    return rows + [f"  → {row}" for row in _change_rows(answer, lang)]


def _needed(line: Line, lang: str) -> str:
    needed = line_needed(line, lang)
    return str(_texts(lang)["needed"].format(needed=needed)) if needed else ""


def _points(line: Line, lang: str) -> str:
    points = points_text(line)
    return str(_texts(lang)["points"].format(points=points)) if points else ""


def _cited(cite: Citation, lang: str) -> str:
    return f"{_texts(lang)['rule'].format(cite=cite_text(cite, lang))} [{cite.rule}]"


def _change_rows(answer: Answer, lang: str) -> list[str]:
    """What would change the answer: single changes that decide it first, then the nearest ones of each line."""
    if answer.qualifies is True or answer.kind == "stage":
        return []
    decisive = answer.decisive[:CHANGES_SHOWN]
    found = dict.fromkeys(_change_row(change, lang) for change in decisive)
    for line in answer.lines:
        nearest = sorted(line.changes, key=lambda change: abs(change.more or 0.0))
        found |= dict.fromkeys(_change_row(change, lang) for change in nearest[:1])
    return list(found)


def _change_row(change: Change, lang: str) -> str:
    texts = _texts(lang)
    effect = texts["decides"] if change.decides else texts["gains"].format(gains=change.gains) if change.gains else ""
    return str(texts["change"].format(change=change_text(change, lang), effect=effect))


def _figure_lines(profile: Profile, lang: str) -> Iterator[str]:
    texts = _texts(lang)
    for figure in profile.figures:
        value = shown_value(figure.value, figure.unit, lang)
        yield f"{figure.label.of(lang)}{texts['colon']}{value}{texts['stop']}{_standing(figure, lang)}".rstrip("；; ")


def _standing(figure: FigureShown, lang: str) -> str:
    texts = _texts(lang)
    if figure.percentile is None:
        return str(texts["no_standing"]) if figure.peers is not None else ""
    return str(texts["standing"].format(percent=percent_text(figure.percentile, 0), peers=figure.peers))


def _closing(profile: Profile, lang: str) -> list[tuple[str, list[str]]]:
    texts = _texts(lang)
    return [
        (texts["strengths"], [one.text.of(lang) for one in profile.strengths]),
        (texts["weaknesses"], [one.text.of(lang) for one in profile.weaknesses]),
        (texts["missing"], [one.text.of(lang) for one in profile.missing]),
        (texts["sources"], [_source_line(group, lang) for group in source_groups(profile)]),
        (texts["unverified"], [f"{rule_title(rule, lang)} [{rule}]" for rule in profile.unverified]),
        *([(texts["absent"], [label.of(lang) for label in profile.absent])] if profile.absent else []),
    ]


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """The rows of one table and source: how many, and when the last of them became known."""

    table: str
    source: str
    rows: int
    known_on: Any


def source_groups(profile: Profile) -> list[SourceGroup]:
    """The sources of a profile by table, in order of table and source."""
    counted = Counter((row.table, row.source) for row in profile.sources)
    latest: dict[tuple[str, str], Any] = {}
    for row in profile.sources:
        key = (row.table, row.source)
        latest[key] = max(latest.get(key, row.known_on), row.known_on)
    return [
        SourceGroup(table, source, counted[table, source], latest[table, source]) for table, source in sorted(counted)
    ]


def _source_line(group: SourceGroup, lang: str) -> str:
    return str(
        _texts(lang)["source"].format(
            table=table_label(group.table, lang), rows=group.rows, known_on=group.known_on, source=group.source
        )
    )


# ── Rich ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _table(answer: Answer, lang: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for number, column in enumerate(_texts(lang)["columns"]):
        table.add_column(column, overflow="fold", justify="right" if number in {2, 4} else "left")
    for line in answer.lines:
        mark = Text(MARKS[line.passes], _MARK_STYLES[line.passes]) if line.kind == "gate" else Text("·", "dim")
        label = ("  " if line.kind == "measure" else "") + line.label.of(lang)
        cells = (label, line_value(line, lang), line_needed(line, lang), points_text(line))
        cites = Text("\n".join(dict.fromkeys(_short_cite(cite, lang) for cite in line.cites)), "dim")
        table.add_row(mark, *(Text(cell) for cell in cells), cites)
    return table


def _short_cite(cite: Citation, lang: str) -> str:
    sure = "" if cite.verified else f" [{CONFIDENCES['unverified'].of(lang)}]"
    return f"{document_text(cite.document, lang)} {cite.article}{sure}"


def _figure_table(profile: Profile, lang: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left"):
        table.add_column(overflow="fold", justify=justify)
    for figure in profile.figures:
        table.add_row(
            *map(_plain, (figure.label.of(lang), shown_value(figure.value, figure.unit, lang), _standing(figure, lang)))
        )
    return table


def _plain(text: str) -> Text:
    from rich.text import Text

    return Text(text)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def profile_json(profile: Profile, lang: str) -> dict[str, Any]:
    """Everything in the profile for programs. Missing is null; amounts are whole fen beside their text; days ISO."""
    return {
        "company_id": profile.company_id,
        "name": profile.name,
        "as_of": profile.as_of.isoformat(),
        "known_on": profile.known_on.isoformat(),
        "edition": profile.edition,
        "synthetic": is_synthetic(profile),
        "identity": [_figure_json(figure, lang) for figure in profile.identity],
        "stage": None if profile.stage is None else _answer_json(profile.stage, lang),
        "answers": [_answer_json(answer, lang) for answer in profile.answers],
        "figures": [_figure_json(figure, lang) for figure in profile.figures],
        "inputs": [_input_json(name, value, lang) for name, value in profile.inputs.items()],
        "strengths": _sentences_json(profile.strengths, lang),
        "weaknesses": _sentences_json(profile.weaknesses, lang),
        "missing": _sentences_json(profile.missing, lang),
        "titles": _sentences_json(profile.titles, lang),
        "sources": [
            {"table": row.table, "key": dict(row.key), "known_on": row.known_on.isoformat(), "source": row.source}
            for row in profile.sources
        ],
        "unverified": list(profile.unverified),
        "absent": [label.of(lang) for label in profile.absent],
    }


def _number(value: Any) -> Any:
    """JSON has no NaN: missing is null."""
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124


def _figure_json(figure: FigureShown, lang: str) -> dict[str, Any]:
    return {
        "name": figure.name,
        "label": figure.label.of(lang),
        "unit": figure.unit,
        "value": figure.value.of(lang) if isinstance(figure.value, Label) else _number(figure.value),
        "text": shown_value(figure.value, figure.unit, lang),
        "group": figure.group,
        "higher_is_better": figure.higher_is_better,
        "percentile": _number(figure.percentile),
        "peers": figure.peers,
        "inputs": list(figure.inputs),
    }


def _input_json(name: str, value: Any, lang: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": input_label(name, lang),
        "table": table_of(name),
        "value": _number(value),
        "text": input_value(name, value, lang),
    }


def _answer_json(answer: Answer, lang: str) -> dict[str, Any]:
    return {
        "scheme": answer.scheme,
        "version": answer.version,
        "label": answer.label.of(lang),
        "kind": answer.kind,
        "qualifies": answer.qualifies,
        "verdict": verdict_of(answer),
        "score": None if answer.score_low is None else {"low": answer.score_low, "high": answer.score_high},
        "stage_code": answer.stage_code,
        "logic": logic_text(answer, lang),
        "lines": [_line_json(line, lang, step_names(answer, lang)) for line in answer.lines],
        "decisive": [_change_json(change, lang) for change in answer.decisive],
        "missing": list(answer.missing),
        "notes": [note.of(lang) for note in answer.notes],
        "unverified": list(answer.unverified),
    }


def _line_json(line: Line, lang: str, names: dict[str, str]) -> dict[str, Any]:
    return {
        "name": line.name,
        "label": line.label.of(lang),
        "kind": line.kind,
        "value": _number(line.value),
        "unit": line.unit,
        "text": line_value(line, lang),
        "threshold": line.threshold,
        "comparison": line.comparison if line.threshold is not None else None,
        "passes": line.passes,
        "points": None if line.points_low is None else {"low": line.points_low, "high": line.points_high},
        "maximum": line.maximum,
        "formula": line_formula(line, lang, names),
        "reads": list(line.reads),
        "missing": list(line.missing),
        "changes": [_change_json(change, lang) for change in line.changes],
        "cites": [_cite_json(cite, lang) for cite in line.cites],
    }


def _change_json(change: Change, lang: str) -> dict[str, Any]:
    return {
        "input": change.column,
        "label": change.label.of(lang),
        "unit": change.unit,
        "now": _number(change.now),
        "needed": change.needed,
        "more": change.more,
        "gains": change.gains,
        "decides": change.decides,
        "text": change_text(change, lang),
        "needed_text": value_text(change.needed, change.unit, lang),
    }


def _cite_json(cite: Citation, lang: str) -> dict[str, Any]:
    return {
        "rule": cite.rule,
        "title": rule_title(cite.rule, lang),
        "document": cite.document,
        "document_title": document_text(cite.document, lang),
        "article": cite.article,
        "printed": cite.printed,
        "confidence": cite.confidence,
        "in_force_from": cite.in_force_from.isoformat(),
        "in_force_until": cite.in_force_until.isoformat(),
        "overridden_by": cite.overridden_by,
    }


def _sentences_json(sentences: tuple[Sentence, ...], lang: str) -> list[dict[str, Any]]:
    return [{"text": one.text.of(lang), "rests_on": list(one.rests_on)} for one in sentences]

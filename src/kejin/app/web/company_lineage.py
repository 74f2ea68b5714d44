"""Where does a figure of a portrait come from? Its formula, rules with citation, inputs and the rows behind them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kejin.app.lineage import lineage_json
from kejin.app.shown import input_label, input_value, table_label, table_of
from kejin.app.web.sections import FIGURE_SECTIONS, tables_behind
from kejin.evaluation.profile import Profile, SourceRow

if TYPE_CHECKING:
    from kejin.app.web.site import Ask

View = dict[str, Any]
ROWS_SHOWN = 60
_PATENT_TABLES = ("patent", "patent_event", "patent_citation")


def lineage_of(ask: Ask, profile: Profile, figure: str) -> View | None:
    """The lineage of a figure (`rd_intensity_1y`), a line of a scheme (`high_tech.3`) or an input; None for others."""
    lang = ask.lang
    whole: View = ask.serving.kept(
        ("lineage", profile.as_of, profile.edition, profile.known_on, lang, _parts(profile)),
        lambda _: json.loads(lineage_json(profile, lang)),
    )
    found = whole["lines"].get(figure) or whole["figures"].get(figure)
    if found is None and figure in profile.inputs:
        found = {"formula": "", "inputs": [figure]}
    if found is None:
        return None
    tables = tables_behind(found["inputs"]) or (_PATENT_TABLES if found.get("note") else ())
    rows = [row for row in profile.sources if row.table in tables]
    return {
        "label": _label(profile, figure, lang),
        "formula": found["formula"],
        "note": found.get("note", ""),
        "inputs": [_input(profile, name, lang) for name in found["inputs"]],
        "cites": [whole["cites"][number] for number in found.get("cites", ())],
        "rows": [_row(row, lang) for row in rows[:ROWS_SHOWN]],
        "more": max(0, len(rows) - ROWS_SHOWN),
    }


def _parts(profile: Profile) -> tuple[Any, ...]:
    """What of a profile there is: a consent may not cover all of it."""
    return tuple(one.name for one in profile.figures), len(profile.answers), profile.stage is None


def section_of(profile: Profile, figure: str) -> str | None:
    """The section of a portrait in which a figure, or a line of a scheme, is shown; None for an input or nothing."""
    found = next((one for one in profile.figures if one.name == figure), None)
    if found is not None:
        return FIGURE_SECTIONS[found.group]
    answers = (*profile.answers, *(() if profile.stage is None else (profile.stage,)))
    scheme = figure.rpartition(".")[0]
    return "titles" if any(one.scheme == scheme for one in answers) else None


def figure_choices(profile: Profile, lang: str) -> list[tuple[str, str]]:
    """Every figure and input by its name and label: what may be asked about or objected to."""
    figures = [(one.name, one.label.of(lang)) for one in profile.figures]
    seen = {name for name, _ in figures}
    inputs = [(name, input_label(name, lang)) for name in profile.inputs if name not in seen]
    return [*figures, *sorted(inputs, key=lambda pair: pair[1])]


def _input(profile: Profile, name: str, lang: str) -> tuple[str, str, bool, str]:
    """An input by its label, value, whether it is missing, and tables."""
    value = profile.inputs.get(name)
    return input_label(name, lang), input_value(name, value, lang), value is None, table_label(table_of(name), lang)


def _label(profile: Profile, figure: str, lang: str) -> str:
    for one in profile.figures:
        if one.name == figure:
            return one.label.of(lang)
    scheme, _, number = figure.rpartition(".")
    answers = profile.answers if profile.stage is None else (*profile.answers, profile.stage)
    for answer in answers:
        if answer.scheme == scheme and number.isdigit() and int(number) < len(answer.lines):
            return f"{answer.label.of(lang)} · {answer.lines[int(number)].label.of(lang)}"
    return input_label(figure, lang)


def _row(row: SourceRow, lang: str) -> View:
    key = " · ".join(f"{value}" for name, value in row.key.items() if name != "company_id")
    return {
        "table": table_label(row.table, lang),
        "name": row.table,
        "key": key or row.key.get("company_id", ""),
        "known_on": row.known_on,
        "source": row.source,
    }

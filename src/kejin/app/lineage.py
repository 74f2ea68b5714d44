"""Where does each figure come from? Formula, inputs and rules of every line, once for all companies of a day.

Pages of one day share it; a page adds only the values of its own company.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from kejin.app.formula_text import formula_text
from kejin.app.page_words import words_of
from kejin.app.shown import (
    CONFIDENCES,
    cite_text,
    input_label,
    line_formula,
    span_of,
    step_names,
    table_label,
    table_of,
)
from kejin.evaluation.profile import FigureShown, Profile
from kejin.evaluation.research_indicators import RESEARCH_INDICATORS
from kejin.rule_values import Citation
from kejin.schemes.explain import Answer

_PAGE_WORDS = (
    "formula",
    "inputs",
    "rule",
    "no_rule",
    "overridden",
    "missing",
    "input",
    "value",
    "table",
    "median",
)
_kept: dict[tuple[Any, ...], str] = {}


def lineage_json(profile: Profile, lang: str) -> str:
    """The lineage as JSON that may stand in a script; companies of the same day, rules and figures share one text."""
    answers = _answers(profile)
    key = (
        lang,
        profile.as_of,
        profile.known_on,
        profile.edition,
        tuple((answer.scheme, answer.version, len(answer.lines)) for answer in answers),
        tuple(figure.name for figure in profile.figures),
    )
    if key not in _kept:
        text = json.dumps(_lineage(profile, lang), ensure_ascii=False, separators=(",", ":"))
        _kept[key] = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return _kept[key]


@cache
def lineage_name(text: str, lang: str) -> str:
    """A file name that changes with the content, so that pages of several days can share a folder."""
    return f"lineage_{lang}_{hashlib.sha256(text.encode('utf-8')).hexdigest()[:12]}.js"


def _answers(profile: Profile) -> tuple[Answer, ...]:
    return profile.answers if profile.stage is None else (*profile.answers, profile.stage)


def _lineage(profile: Profile, lang: str) -> dict[str, Any]:
    cites: dict[Citation, int] = {}
    lines = {}
    for answer in _answers(profile):
        names = step_names(answer, lang)
        for number, line in enumerate(answer.lines):
            lines[f"{answer.scheme}.{number}"] = {
                "formula": line_formula(line, lang, names),
                "inputs": list(line.reads),
                "cites": [cites.setdefault(cite, len(cites)) for cite in line.cites],
            }
    words = words_of(lang)
    formulas = {one.name: formula_text(one.expression, lang) for one in RESEARCH_INDICATORS}
    return {
        "lines": lines,
        "figures": {
            figure.name: _figure(figure, formulas, profile, words["from_patents"]) for figure in profile.figures
        },
        "cites": [_cite(cite, lang) for cite in cites],
        "inputs": {name: [input_label(name, lang), table_label(table_of(name), lang)] for name in profile.inputs},
        "words": {name: words[name] for name in _PAGE_WORDS},
    }


def _figure(figure: FigureShown, formulas: dict[str, str], profile: Profile, from_patents: str) -> dict[str, Any]:
    """A figure of the research program has a formula; one of the portfolio comes from the rows of its patents."""
    known = [name for name in figure.inputs if name in profile.inputs]
    return {"formula": formulas.get(figure.name, ""), "inputs": known, "note": "" if known else from_patents}


def _cite(cite: Citation, lang: str) -> dict[str, Any]:
    sure = CONFIDENCES[cite.confidence].of(lang) if cite.confidence in CONFIDENCES else cite.confidence
    return {
        "text": cite_text(cite, lang),
        "rule": cite.rule,
        "note": f"{span_of(cite, lang)} · {sure}",
        "overridden": cite.overridden_by is not None,
    }

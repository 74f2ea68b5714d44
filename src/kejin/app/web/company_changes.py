"""What changed between two days, and how do companies differ? Two profiles side by side, and up to five."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kejin.app.page_words import words_of
from kejin.app.shown import shown_value, table_label, verdict_of
from kejin.app.web.sections import FIGURE_SECTIONS
from kejin.app.web.translate import Translate
from kejin.evaluation.profile import Profile

View = dict[str, Any]
COMPARED_MAX = 5


def changes_between(before: Profile, after: Profile, lang: str) -> View:
    """Answers, figures and rows that are not the same on two days; what stayed is counted only."""
    titles = _title_changes(before, after, lang)
    old = {figure.name: figure for figure in before.figures}
    figures = []
    for figure in after.figures:
        was = old.get(figure.name)
        if was is None or was.value == figure.value:
            continue
        shown = [shown_value(one.value, one.unit, lang) for one in (was, figure)]
        gone = [one.value is None for one in (was, figure)]
        figures.append((figure.name, figure.label.of(lang), *shown, *gone))
    rows = _new_rows(before, after, lang)
    return {
        "titles": titles,
        "figures": figures,
        "rows": rows,
        "same_figures": len(after.figures) - len(figures),
        "rules_differ": before.edition != after.edition,
    }


def _title_changes(before: Profile, after: Profile, lang: str) -> list[View]:
    old = {answer.scheme: answer for answer in before.answers}
    found = []
    for answer in after.answers:
        was = old.get(answer.scheme)
        words = (None if was is None else verdict_of(was), verdict_of(answer))
        scores = (None if was is None else (was.score_low, was.score_high), (answer.score_low, answer.score_high))
        if words[0] != words[1] or scores[0] != scores[1]:
            found.append({"label": answer.label.of(lang), "was": words[0], "now": words[1], "scores": scores})
    return found


def _new_rows(before: Profile, after: Profile, lang: str) -> list[tuple[str, int, Any]]:
    """Rows known on the later day that were not on the earlier, by table, with the newest day of knowledge."""
    seen = {(row.table, tuple(row.key.items()), row.known_on) for row in before.sources}
    fresh = [row for row in after.sources if (row.table, tuple(row.key.items()), row.known_on) not in seen]
    counts = Counter(row.table for row in fresh)
    newest = {name: max(row.known_on for row in fresh if row.table == name) for name in counts}
    return [(table_label(name, lang), count, newest[name]) for name, count in counts.most_common()]


def compared(profiles: Sequence[Profile], lang: str, hidden: Mapping[str, Collection[str]] | None = None) -> View:
    """A row a title and a row a figure, a column a company; figures that nobody has are left out.

    hidden   company -> sections that its consent does not cover: their cells say so. Rows come from every profile,
             since one of which a section is not covered has none of its figures.
    """
    closed = [frozenset((hidden or {}).get(one.company_id, ())) for one in profiles]
    titles = []
    for answer in {answer.scheme: answer for one in profiles for answer in one.answers}.values():
        cells = [
            "not_covered" if "titles" in closed[place] else _answer_of(one, answer.scheme)
            for place, one in enumerate(profiles)
        ]
        titles.append((answer.label.of(lang), cells))
    groups: dict[str, list[Any]] = {}
    by_name: list[Mapping[str, Any]] = [{figure.name: figure for figure in one.figures} for one in profiles]
    not_shown = words_of(lang)["not_covered"]
    for figure in {figure.name: figure for one in profiles for figure in one.figures}.values():
        found = [one.get(figure.name) for one in by_name]
        if all(one is None or one.value is None for one in found):
            continue
        shown = [
            (not_shown, True)
            if FIGURE_SECTIONS[figure.group] in closed[place]
            else (shown_value(None if one is None else one.value, figure.unit, lang), one is None or one.value is None)
            for place, one in enumerate(found)
        ]
        groups.setdefault(figure.group, []).append((figure.name, figure.label.of(lang), shown))
    return {"titles": titles, "groups": groups}


def _answer_of(profile: Profile, scheme: str) -> str:
    found = next((answer for answer in profile.answers if answer.scheme == scheme), None)
    return "open" if found is None else verdict_of(found)


def check_count(count: int, t: Translate) -> str | None:
    """What to say where too few or too many companies are asked for; None where the number will do."""
    if count < 2:
        return t("Choose two to five companies.")
    return t("No more than five companies can be compared.") if count > COMPARED_MAX else None

"""What is there to say about one company? Its profile: answers, figures with their standing, strengths, gaps.

Every sentence names the figures that it rests on, and every figure the inputs and tables that it came from, so that a
reader can follow each number back to its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kejin.evaluation.inputs import input_of
from kejin.schemes.explain import Answer, Change, Line
from kejin.schemes.scheme import Label, Unit
from kejin.units import percent_text, value_text

STRONG, WEAK = 0.75, 0.25  # quarters of the peers; a way of speaking, not a rule


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One figure of the profile.

    value       a name in both languages where it has one in each: a district, a cluster.
    percentile  0..1 among the peers; missing where the value is or where there are too few peers.
    inputs      the input columns that it is computed from.
    """

    name: str
    label: Label
    unit: Unit
    value: float | bool | str | Label | None
    group: str
    higher_is_better: bool | None = None
    percentile: float | None = None
    peers: int | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement in both languages, with the names of the figures, answers or inputs that it rests on."""

    text: Label
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row that figures came from: its table, key, the day it was known and who said so."""

    table: str
    key: Mapping[str, str]
    known_on: date
    source: str


@dataclass(frozen=True)
class Profile:
    """Everything said of one company on one day."""

    company_id: str
    name: str
    as_of: date
    known_on: date
    edition: str
    identity: tuple[FigureShown, ...]
    stage: Answer | None
    answers: tuple[Answer, ...]
    figures: tuple[FigureShown, ...]
    inputs: Mapping[str, Any]
    sources: tuple[SourceRow, ...] = ()
    unverified: tuple[str, ...] = ()
    absent: tuple[Label, ...] = ()
    strengths: tuple[Sentence, ...] = field(default=())
    weaknesses: tuple[Sentence, ...] = field(default=())
    missing: tuple[Sentence, ...] = field(default=())
    titles: tuple[Sentence, ...] = field(default=())


def strengths_and_weaknesses(figures: Iterable[FigureShown]) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Sentences for figures in the best and the worst quarter of the peers, the most extreme first."""
    strong: list[tuple[float, Sentence]] = []
    weak: list[tuple[float, Sentence]] = []
    for figure in figures:
        if figure.percentile is None or figure.higher_is_better is None:
            continue
        standing = figure.percentile if figure.higher_is_better else 1.0 - figure.percentile
        if standing >= STRONG:
            strong.append((-standing, _standing_sentence(figure, standing)))
        elif standing <= WEAK:
            weak.append((standing, _standing_sentence(figure, standing)))
    return tuple(s for _, s in sorted(strong, key=_first)), tuple(s for _, s in sorted(weak, key=_first))


def _first(pair: tuple[float, Sentence]) -> float:
    return pair[0]


def _standing_sentence(figure: FigureShown, standing: float) -> Sentence:
    zh_value, en_value = (value_text(figure.value, figure.unit, lang) for lang in ("zh", "en"))
    if standing >= STRONG:
        zh, en = f"优于{percent_text(standing, 0)}的同业", f"better than {percent_text(standing, 0)} of the peers"
    else:
        zh, en = (
            f"仅优于{percent_text(standing, 0)}的同业",
            f"better than only {percent_text(standing, 0)} of the peers",
        )
    return Sentence(
        Label(
            f"{figure.label.zh}为{zh_value}，在{figure.peers}家同集群、同阶段、同规模企业中{zh}。",
            f"{figure.label.en} is {en_value}, {en} ({figure.peers} companies of the same cluster, stage and size).",
        ),
        (figure.name,),
    )


def title_sentences(answers: Iterable[Answer]) -> tuple[Sentence, ...]:
    """One sentence a scheme: the answer, the score, and what stands in the way or is missing."""
    return tuple(_title_sentence(answer) if answer.kind == "answer" else _score_sentence(answer) for answer in answers)


def _score_sentence(answer: Answer) -> Sentence:
    """For a scheme that gives points and no yes or no."""
    span = "–" if answer.score_low is None or answer.score_high is None else _span(answer.score_low, answer.score_high)
    zh, en = f"{answer.label.zh}：得分{span}", f"{answer.label.en}: score {span}"
    if answer.missing and answer.score_low != answer.score_high:
        zh += "（尚缺" + "、".join(_label(name).zh for name in answer.missing[:3]) + "）"
        en += " (not known: " + ", ".join(_label(name).en for name in answer.missing[:3]) + ")"
    return Sentence(Label(zh + "。", en + "."), (answer.scheme,))


def _title_sentence(answer: Answer) -> Sentence:
    zh, en = [], []
    if answer.score_low is not None and answer.score_high is not None:
        zh.append(f"得分{_span(answer.score_low, answer.score_high)}")
        en.append(f"score {_span(answer.score_low, answer.score_high)}")
    if answer.qualifies is False:
        failing = [line for line in answer.lines if line.kind == "gate" and line.passes is False]
        for line in failing[:3]:
            zh.append(_failing(line, "zh"))
            en.append(_failing(line, "en"))
    if answer.qualifies is None and answer.missing:
        zh.append("尚缺" + "、".join(_label(name).zh for name in answer.missing[:3]))
        en.append("not known: " + ", ".join(_label(name).en for name in answer.missing[:3]))
    for change in answer.decisive[:1]:
        zh.append("若" + change_text(change, "zh") + "即可符合")
        en.append(change_text(change, "en") + " would be enough")
    verdicts = {True: ("符合", "qualifies"), False: ("不符合", "does not qualify"), None: ("尚不能确定", "open")}
    verdict = verdicts[answer.qualifies]
    return Sentence(
        Label(
            f"{answer.label.zh}：{verdict[0]}" + (f"（{'；'.join(zh)}）" if zh else "") + "。",
            f"{answer.label.en}: {verdict[1]}" + (f" ({'; '.join(en)})" if en else "") + ".",
        ),
        (answer.scheme,),
    )


def _span(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g}–{high:.4g}"


def _failing(line: Line, lang: str) -> str:
    shown = line.label.of(lang)
    if line.threshold is None or line.value is None:
        return f"{shown}未满足" if lang == "zh" else f"{shown} not met"
    value, needed = value_text(line.value, line.unit, lang), value_text(line.threshold, line.unit, lang)
    signs = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
    text = (
        f"{shown} {value}，需{signs[line.comparison]}{needed}"
        if lang == "zh"
        else (f"{shown} {value}, {signs[line.comparison]} {needed} needed")
    )
    if line.changes and line.changes[0].more is not None:
        text += f"：{change_text(line.changes[0], lang)}" if lang == "zh" else f": {change_text(line.changes[0], lang)}"
    return text


def change_text(change: Change, lang: str) -> str:
    """A change as a person says it: how much more (or less) of what, or the value needed where nothing is known."""
    label = change.label.of(lang)
    if change.more is None:
        needed = value_text(change.needed, change.unit, lang)
        return f"{label}达到{needed}" if lang == "zh" else f"{label} of {needed}"
    amount = value_text(abs(change.more), change.unit, lang)
    if lang == "zh":
        return f"{label}{'再增加' if change.more >= 0 else '减少'}{amount}"
    return f"{amount} {'more' if change.more >= 0 else 'less'} of {label}"


def missing_sentences(
    answers: Iterable[Answer], loaded: Iterable[str], titles: Mapping[str, Label] | None = None
) -> tuple[Sentence, ...]:
    """What is not known, by table, with the schemes that it would help to decide.

    titles   table -> its name in both languages; a table without one is called by its code.
    """
    there, named = set(loaded), titles or {}
    by_table: dict[str, dict[str, set[str]]] = {}
    for answer in answers:
        if answer.qualifies is None and answer.kind == "answer":
            for name in answer.missing:
                by_table.setdefault(input_of(name).table, {}).setdefault(name, set()).add(answer.scheme)
    sentences = []
    for table, names in sorted(by_table.items()):
        zh = "、".join(_label(name).zh for name in sorted(names))
        en = ", ".join(_label(name).en for name in sorted(names))
        parts = [part.strip() for part in table.split(",")]
        absent = not any(part in there for part in parts)
        titled = [named.get(part, Label(part, part)) for part in parts]
        zh_table, en_table = "、".join(one.zh for one in titled), ", ".join(one.en for one in titled)
        sentences.append(
            Sentence(
                Label(
                    f"缺少{zh}" + (f"（尚未载入《{zh_table}》）。" if absent else f"（《{zh_table}》中没有）。"),
                    f"Not known: {en}"
                    + (f" (table “{en_table}” is not loaded)." if absent else f" (not in “{en_table}”)."),
                ),
                tuple(sorted(names)),
            )
        )
    return tuple(sentences)


def _label(name: str) -> Label:
    return input_of(name).label

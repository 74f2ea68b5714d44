"""`kejin rules`: list the rules, show one beside its text, compare two days or editions, check every file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.dates import OPEN, parse_day
from kejin.errors import InputError, KejinError, Lang, UseError
from kejin.policy.check_rules import check_rules
from kejin.policy.compare_rules import (
    Difference,
    Entries,
    differences,
    edition_record,
    entries_of,
    entries_on,
    in_force_answers,
    read_edition,
    rule_record,
)
from kejin.policy.in_force import InForce
from kejin.policy.rule_book import RuleBook
from kejin.policy.show_value import answer_lines, value_lines

if TYPE_CHECKING:
    from rich.table import Table

    from kejin.policy.rule_files import DatedValue, RuleFile

app = typer.Typer(
    name="rules",
    help="What do the rules say, since when, and where is it written?",
    no_args_is_help=True,
    add_completion=False,
)

SHIPPED = "shipped"
_EDITION_LETTERS_MIN = 8
_LINES_SHOWN = 3
_CELL_LETTERS = 40
_PIPE_WIDTH = 160
_TEXTS = {
    "en": {
        "rule": "rule",
        "title": "title",
        "value": "value",
        "days": "in force",
        "confidence": "confidence",
        "printed": "as printed",
        "document": "document",
        "article": "article",
        "change": "change",
        "added": "added",
        "removed": "removed",
        "changed": "changed",
        "text_seen": "text seen",
        "secondary": "secondary",
        "unverified": "UNVERIFIED",
        "open": "open",
        "where": "where",
        "overrides": "overrides",
        "exception": "exception",
        "from_overlay": "from the overlay",
        "edition": "edition {edition}, {count:,} rules",
        "overlaid": "overlay: {overridden:,} rules replaced, {added:,} added",
        "same": "no difference",
        "right": "{count:,} rules and {sources:,} sources checked, edition {edition}",
        "wrong": "{count:,} findings",
        "more": "… {count:,} more",
        "none": "no rule",
        "before": "before",
        "after": "after",
    },
    "zh": {
        "rule": "规则",
        "title": "名称",
        "value": "值",
        "days": "有效期间",
        "confidence": "可信度",
        "printed": "原文",
        "document": "文件",
        "article": "条款",
        "change": "变化",
        "added": "新增",
        "removed": "删除",
        "changed": "修改",
        "text_seen": "见原文",
        "secondary": "转述",
        "unverified": "待核",
        "open": "长期",
        "where": "条件",
        "overrides": "覆盖",
        "exception": "例外",
        "from_overlay": "来自机构覆盖层",
        "edition": "版本 {edition}，共 {count:,} 条规则",
        "overlaid": "机构覆盖层：替换 {overridden:,} 条，新增 {added:,} 条",
        "same": "没有差异",
        "right": "已检查 {count:,} 条规则、{sources:,} 个来源文件，版本 {edition}",
        "wrong": "发现 {count:,} 处问题",
        "more": "……另有 {count:,} 项",
        "none": "没有规则",
        "before": "之前",
        "after": "之后",
    },
}

DayOption = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Only what is in force that day.")]
KnownOption = Annotated[
    str | None, typer.Option("--known-on", metavar="YYYY-MM-DD", help="As known that day; the as-of day if left out.")
]
OverlayOption = Annotated[
    Path | None,
    typer.Option("--overlay", metavar="DIR", help="An institution's own rules, laid over the shipped ones."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
LangOption = Annotated[Lang, typer.Option("--lang", help="zh or en.")]


@app.command("list")
def list_rules(
    prefix: Annotated[
        str, typer.Argument(metavar="[PREFIX]", help="Beginning of the name, e.g. titles/tech_sme.")
    ] = "",
    as_of: DayOption = None,
    known_on: KnownOption = None,
    overlay: OverlayOption = None,
    as_json: JsonOption = False,
    lang: LangOption = "zh",
) -> None:
    """Which rules are there? With --as-of only those that say something on the day, with what they say."""
    with _sentences(lang, as_json):
        book = RuleBook.shipped(overlay)
        names = [name for name in book.names if name.startswith(prefix)]
        if as_of is None:
            if known_on is not None:
                raise UseError("policy.known_without_day")
            if as_json:
                _print_json(edition_record(book, names))
            else:
                _print(_all_table(book, names, lang))
        else:
            day, known = parse_day(as_of), _day_or_none(known_on)
            answers = [one for name in names for one in in_force_answers(book, name, day, known)]
            if as_json:
                _print_json({"edition": book.edition, "values": [one.as_record() for one in answers]})
            else:
                _print(_day_table(answers, lang))
        _say_edition(book, len(names), lang)


@app.command("show")
def show_rule(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the rule, e.g. titles/tech_sme/score_min.")],
    as_of: DayOption = None,
    known_on: KnownOption = None,
    overlay: OverlayOption = None,
    as_json: JsonOption = False,
    lang: LangOption = "zh",
) -> None:
    """What does one rule say? Every dated value beside its text, document, article and confidence."""
    with _sentences(lang, as_json):
        book = RuleBook.shipped(overlay)
        if as_of is not None:
            day, known = parse_day(as_of), _day_or_none(known_on)
            found = [one.in_force for one in reversed(book.alternatives(name, day, known))]
            if as_json:
                _print_json({"edition": book.edition, "values": [one.as_record() for one in found]})
            else:
                for one in found:
                    _print_answer(one, lang)
        elif known_on is not None:
            raise UseError("policy.known_without_day")
        elif as_json:
            _print_json({"edition": book.edition, "rule": name, **rule_record(book, name)})
        else:
            _print_rule(book, name, lang)


@app.command("diff")
def diff_rules(
    left: Annotated[
        str, typer.Argument(metavar="LEFT", help="A day, an overlay folder, a saved edition, or 'shipped'.")
    ],
    right: Annotated[str, typer.Argument(metavar="[RIGHT]", help="The same; 'shipped' if left out.")] = SHIPPED,
    prefix: Annotated[str, typer.Option("--prefix", help="Only rules whose names begin so.")] = "",
    overlay: OverlayOption = None,
    as_json: JsonOption = False,
    lang: LangOption = "zh",
) -> None:
    """What changed between two days (values in force) or two editions (all dated values)?

    An edition is saved with `kejin rules list --json > edition.json`.
    """
    with _sentences(lang, as_json):
        days = [_as_day(text) for text in (left, right)]
        if (days[0] is None) != (days[1] is None):
            raise UseError("policy.diff_mixed", left=left, right=right)
        if days[0] is not None and days[1] is not None:
            book = RuleBook.shipped(overlay)
            compared = differences(entries_on(book, days[0]), entries_on(book, days[1]))
        else:
            compared = differences(_edition(left), _edition(right))
        found = [one for one in compared if one.name.startswith(prefix)]
        if as_json:
            _print_json({"left": left, "right": right, "differences": [one.as_record() for one in found]})
        elif found:
            _print_differences(found, lang)
        else:
            _say(_TEXTS[lang]["same"])


@app.command("check")
def check_files(overlay: OverlayOption = None, as_json: JsonOption = False, lang: LangOption = "zh") -> None:
    """Is every rule file right? Shape, sources, days without gap or overlap, bands, exceptions. Status 1 if not."""
    with _sentences(lang, as_json):
        book = RuleBook.shipped(overlay)
        findings = check_rules(book)
        edition = None if findings else book.edition
        if as_json:
            _print_json({"edition": edition, "findings": [one.as_json(lang) for one in findings]})
        for one in findings:
            _say(one.text(lang) + "\n")
        if findings:
            _say(_TEXTS[lang]["wrong"].format(count=len(findings)))
        else:
            counts = {"count": len(book.names), "sources": len(book.source_names), "edition": book.edition[:12]}
            _say(_TEXTS[lang]["right"].format(**counts))
    raise typer.Exit(1 if findings else 0)


# ── reading what was asked ───────────────────────────────────────────────────────────────────────────────────────────


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else parse_day(text)


def _as_day(text: str) -> date | None:
    """The day that the text writes; None when it is something else."""
    try:
        return parse_day(text)
    except InputError:
        return None


def _edition(text: str) -> Entries:
    """The entries of an edition: shipped, a folder laid over it, a saved file, or the beginning of its hash."""
    if text == SHIPPED:
        return entries_of(RuleBook.shipped())
    path = Path(text)
    if path.is_dir():
        return entries_of(RuleBook.shipped(path))
    if path.is_file():
        return read_edition(path)
    if len(text) >= _EDITION_LETTERS_MIN and RuleBook.shipped().edition.startswith(text):
        return entries_of(RuleBook.shipped())
    raise InputError("policy.edition_unknown", text=text)


# ── printing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _sentences(lang: Lang, as_json: bool) -> Iterator[None]:
    """Errors as sentences on stderr (with --json also as JSON on stdout), and their exit status."""
    try:
        yield
    except KejinError as error:
        if as_json:
            _print_json({"error": error.as_json(lang)})
        _say(error.text(lang))
        raise typer.Exit(error.exit_status) from None


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print(what: Any) -> None:
    from rich.console import Console

    plain = not sys.stdout.isatty()  # a pipe has no width of its own
    Console(width=_PIPE_WIDTH if plain else None).print(what, soft_wrap=False)


def _say_edition(book: RuleBook, count: int, lang: Lang) -> None:
    _say(_TEXTS[lang]["edition"].format(edition=book.edition[:12], count=count))
    if book.overlay is not None:
        counts = {"overridden": len(book.overridden), "added": len(book.added)}
        _say(_TEXTS[lang]["overlaid"].format(**counts))


def _new_table(lang: Lang, *columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(_TEXTS[lang][column], overflow="fold", no_wrap=column in ("rule", "confidence"))
    return table


def _folder_row(table: Table, name: str, above: str) -> str:
    """A line for the folder where it changes; the folder of the name."""
    folder = name.rpartition("/")[0]
    if folder != above:
        _row(table, f"{folder}/")
    return folder


def _row(table: Table, *cells: str) -> None:
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells))


def _all_table(book: RuleBook, names: list[str], lang: Lang) -> Table:
    table = _new_table(lang, "rule", "title", "days", "confidence")
    folder = ""
    for name in names:
        folder = _folder_row(table, name, folder)
        rule = book.rule(name)
        days = "; ".join(_span(one.from_, one.last_day, lang) for one in rule.values)
        confidences = dict.fromkeys(_TEXTS[lang][one.confidence] for one in rule.values)
        _row(table, f"  {name.rpartition('/')[2]}", rule.title.names().of(lang), days, ", ".join(confidences))
    return table


def _day_table(answers: list[InForce], lang: Lang) -> Table:
    table = _new_table(lang, "rule", "title", "value", "confidence")
    folder = ""
    for one in answers:
        folder = _folder_row(table, one.name, folder)
        name = "  " + one.name.rpartition("/")[2] + (f" ({one.exception})" if one.exception else "")
        value = _short(answer_lines(one, lang), lang)
        _row(table, name, one.title.of(lang), value, _TEXTS[lang][one.confidence])
    return table


def _short(lines: list[str], lang: Lang) -> str:
    """The first lines of a value, cut to the width of a cell; `kejin rules show` gives the whole."""
    shown = [line if len(line) <= _CELL_LETTERS else line[: _CELL_LETTERS - 1] + "…" for line in lines[:_LINES_SHOWN]]
    if len(lines) > _LINES_SHOWN:
        shown.append(_TEXTS[lang]["more"].format(count=len(lines) - _LINES_SHOWN))
    return "\n".join(shown)


def _span(first: date, last: date, lang: Lang) -> str:
    return f"{first} – {_TEXTS[lang]['open'] if last == OPEN else last}"


def _print_rule(book: RuleBook, name: str, lang: Lang) -> None:
    rule = book.rule(name)
    typer.echo(f"{name}\n{rule.title.names().of(lang)} ({rule.kind}, {rule.unit})")
    if rule.note:
        typer.echo(rule.note.names().of(lang))
    for dated in rule.values:
        _print_dated(book, rule, dated, lang)
    for label, exception in rule.exceptions.items():
        texts = _TEXTS[lang]
        typer.echo(f"\n{texts['exception']} {label}: {exception.title.names().of(lang)}")
        typer.echo(f"{texts['where']} {exception.where}; {texts['overrides']} {', '.join(exception.overrides)}")
        for dated in exception.values:
            _print_dated(book, rule, dated, lang)


def _print_dated(book: RuleBook, rule: RuleFile, dated: DatedValue, lang: Lang) -> None:
    document = book.document(dated.document)
    typer.echo(f"\n{_span(dated.from_, dated.last_day, lang)}")
    _print_parts(
        {
            "value": value_lines(rule, dated.value, lang),
            "printed": [dated.printed],
            "document": [" ".join(filter(None, (document.title.of(lang), document.number)))],
            "article": [dated.article],
            "confidence": [_TEXTS[lang][dated.confidence]],
        },
        dated.note.names().of(lang) if dated.note else None,
        lang,
    )


def _print_answer(one: InForce, lang: Lang) -> None:
    label = f" ({_TEXTS[lang]['exception']} {one.exception})" if one.exception else ""
    overlay = f" [{_TEXTS[lang]['from_overlay']}]" if one.origin == "overlay" else ""
    typer.echo(f"{one.name}{label}{overlay}\n{one.title.of(lang)}\n{_span(one.since, one.until, lang)}")
    _print_parts(
        {
            "value": answer_lines(one, lang),
            "printed": [one.printed],
            "document": [" ".join(filter(None, (one.document.title.of(lang), one.document.number)))],
            "article": [one.article],
            "confidence": [_TEXTS[lang][one.confidence]],
        },
        one.note.of(lang) if one.note else None,
        lang,
    )


def _print_parts(parts: dict[str, list[str]], note: str | None, lang: Lang) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, lines in parts.items():
        grid.add_row(Text(_TEXTS[lang][label], style="dim"), Text("\n".join(lines)))
    if note:
        grid.add_row("", Text(note))
    _print(grid)


def _print_differences(found: list[Difference], lang: Lang) -> None:
    texts = _TEXTS[lang]
    for one in found:
        typer.echo(f"{texts[one.change]}  {one.name}")
        for line in one.left:
            if line not in one.right:
                typer.echo(f"  - {line}")
        for line in one.right:
            if line not in one.left:
                typer.echo(f"  + {line}")

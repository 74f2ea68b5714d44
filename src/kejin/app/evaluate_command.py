"""`kejin evaluate`: titles, scores, stage, indicators and reasons, for every company or for one."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.dates import parse_day
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.workflows.evaluate_companies import EvaluationRun, Evaluator
    from kejin.workflows.workspace import Workspace

_TEXTS = {
    "en": {
        "rules": "looking rules up",
        "patents": "patents",
        "companies": "companies",
        "hashes": "content hashes",
        "journal": "journal",
        "done": "{companies:,} companies evaluated as of {as_of}; rules {edition}; journal entry {entry}",
        "file": "result: {path}",
        "absent": "not in force on this day: {text}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "scheme": "scheme",
        "yes": "yes",
        "no": "no",
        "open": "open",
        "shown": "the first {shown} of {all:,} companies; --out FILE.xlsx writes them all",
    },
    "zh": {
        "rules": "查阅规则",
        "patents": "专利",
        "companies": "企业",
        "hashes": "内容哈希",
        "journal": "日志",
        "done": "已评价 {companies:,} 家企业，截至 {as_of}；规则版本 {edition}；日志第 {entry} 条",
        "file": "结果：{path}",
        "absent": "当日无有效规则：{text}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "scheme": "评价体系",
        "yes": "符合",
        "no": "不符合",
        "open": "待定",
        "shown": "仅显示 {all:,} 家中的前 {shown} 家；--out 文件.xlsx 可写出全部",
    },
}


def evaluate(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    company: Annotated[str | None, typer.Option("--company", help="Unified social credit code: one profile.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the table to .csv, .parquet, .xlsx or .json.")
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a page: one company, or the overview.")] = None,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", help="With --company: NAME=VALUE of an input, repeatable.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Evaluate every company of a workspace, or show one company's profile with reasons."""
    from kejin.workflows.workspace import Workspace

    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    known = None if known_on is None else parse_day(known_on)
    if what_if and company is None:
        raise UseError("app.what_if_needs_company")
    with Workspace.open(workspace) as opened:
        language: Lang = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        if company is None:
            _every(opened, day, known, actor or getpass.getuser(), out, report, as_json, language)
        else:
            _one(opened, company, day, known, what_if or [], out, report, as_json, language)


def _language(asked: str | None, default: Lang) -> Lang:
    if asked is None:
        return default
    if asked not in ("zh", "en"):
        raise UseError("app.language_unknown", lang=asked)
    return "zh" if asked == "zh" else "en"


def _every(
    workspace: Workspace,
    day: date,
    known: date | None,
    actor: str,
    out: Path | None,
    report: Path | None,
    as_json: bool,
    lang: Lang,
) -> None:
    from kejin.engines.run_query import read_parquet
    from kejin.workflows.evaluate_companies import evaluate_companies

    texts = _TEXTS[lang]
    with _progress() as bar:
        task = bar.add_task(texts["rules"], total=5)

        def show(step: str, done: int, steps: int) -> None:
            bar.update(task, description=texts[step], completed=done, total=steps)

        run = evaluate_companies(workspace, day, actor, show, known)
        bar.update(task, completed=5)
    results = read_parquet(workspace.backend, run.path)
    if out is not None:
        from kejin.app.write_table import write_table

        write_table(results, out, lang, rules=run.rules)
    if report is not None:
        from kejin.app.city_overview import write_overview

        write_overview(run.path, report, lang, run.rules)
    summary = _summary(run, results, lang)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2, default=str))
    else:
        _print_summary(summary, run, lang, out)


def _summary(run: EvaluationRun, results: Any, lang: Lang) -> dict[str, Any]:
    """How many companies have which answer, by scheme."""
    from kejin.workflows.evaluate_companies import answer_counts

    labels = {scheme.id: scheme.label.of(lang) for scheme in run.rules.schemes}
    return {
        "as_of": run.rules.as_of,
        "known_on": run.rules.known_on,
        "edition": run.rules.edition,
        "companies": run.companies,
        "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence,
        "file": str(run.path),
        "schemes": [row | {"title": labels[row["scheme"]]} for row in answer_counts(results, run.rules)],
        "absent": [error.part("what", lang) for _, error in run.rules.absent],
        "unverified": list(run.rules.unverified),
    }


def _print_summary(summary: dict[str, Any], run: EvaluationRun, lang: Lang, out: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    texts = _TEXTS[lang]
    table = Table(texts["scheme"], *(texts[name] for name in ("yes", "no", "open")))
    for row in summary["schemes"]:
        table.add_row(row["title"], *(f"{row[name]:,}" for name in ("yes", "no", "open")))
    Console(file=sys.stdout).print(table)
    entry = summary["journal_entry"]
    typer.echo(
        texts["done"].format(
            companies=run.companies, as_of=run.rules.as_of, edition=run.rules.edition[:12], entry=entry
        ),
        err=True,
    )
    typer.echo(texts["file"].format(path=out or run.path), err=True)
    for text in summary["absent"]:
        typer.echo(texts["absent"].format(text=text), err=True)
    if run.rules.unverified:
        typer.echo(texts["unverified"].format(names=", ".join(run.rules.unverified)), err=True)


def _one(
    workspace: Workspace,
    company: str,
    day: date,
    known: date | None,
    changes: list[str],
    out: Path | None,
    report: Path | None,
    as_json: bool,
    lang: Lang,
) -> None:
    from rich.console import Console

    from kejin.app.profile_text import print_profile, profile_json
    from kejin.workflows.company_profile import Profiler
    from kejin.workflows.evaluate_companies import Evaluator

    evaluator = Evaluator(workspace, day, known)
    evaluator.check()
    profiler = Profiler(evaluator)
    _prepare(evaluator, lang)
    profile = profiler.profile(company, _changes(changes))
    if report is not None:
        from kejin.app.report_page import write_report

        write_report(profile, report, lang, single_file=True)
    if out is not None:
        if out.suffix != ".json":
            raise UseError("app.profile_only_json", path=out)
        out.write_text(json.dumps(profile_json(profile, lang), ensure_ascii=False, indent=2), "utf-8")
    if as_json:
        typer.echo(json.dumps(profile_json(profile, lang), ensure_ascii=False, indent=2))
    else:
        print_profile(profile, lang, Console(file=sys.stdout))


def _prepare(evaluator: Evaluator, lang: Lang) -> None:
    """The standing among peers needs the whole run once; it is kept in the workspace for the next question."""
    with _progress() as bar:
        bar.add_task(_TEXTS[lang]["companies"], total=None)
        evaluator.results()


def _changes(words: list[str]) -> dict[str, float | bool | str]:
    """NAME=VALUE words as inputs; amounts are whole fen. Raises UseError app.what_if_wrong."""
    from kejin.evaluation.inputs import input_of

    found: dict[str, float | bool | str] = {}
    for word in words:
        name, sign, text = word.partition("=")
        try:
            unit = input_of(name).unit
            if unit == "flag":
                found[name] = {"yes": True, "true": True, "no": False, "false": False}[text.lower()]
            else:
                found[name] = text if unit == "text" else float(text)
        except (KeyError, ValueError) as error:
            raise UseError("app.what_if_wrong", word=word, name=name if sign else word) from error
    return found


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )

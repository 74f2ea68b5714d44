"""`kejin demo`: a synthetic city, everything computed on it, pages that open offline, and a short tour."""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.city import LAST_DAY
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.app.company_pages import Glance
    from kejin.workflows.evaluate_companies import EvaluationRun

CITY, WORKSPACE, REPORTS, COMPANIES = "city", "workspace", "reports", "companies"
SINGLE_FILES = 3
FACTS_NAMED = 3
PAGES_MAX = 5_000
_TEXTS = {
    "en": {
        "loading": "loading facts",
        "evaluating": "evaluating",
        "pages": "writing pages",
        "reused_city": "the city is there already and is used again",
        "reused_facts": "its facts are loaded already; nothing changed",
        "made": "A synthetic city of {companies:,} companies (seed {seed}); every name in it is invented.",
        "loaded": "{rows:,} rows of facts loaded, {rejected:,} rejected.",
        "evaluated": "{companies:,} companies evaluated as of {as_of}; rule edition {edition}; journal entry {entry}.",
        "answers": "  {label}: {yes:,} yes, {no:,} no, {open:,} open",
        "look": "Three companies worth a look:",
        "many": "{name}\n    qualifies for {titles}",
        "near": "{name}\n    not yet {scheme}: {change} would be enough",
        "open": "{name}\n    {scheme} is open; not known: {facts}",
        "opens": "Open in a browser (no network needed):",
        "try": "Try next:",
        "joined": ", ",
    },
    "zh": {
        "loading": "载入事实",
        "evaluating": "评价",
        "pages": "写出页面",
        "reused_city": "城市已存在，直接使用",
        "reused_facts": "事实已载入，没有变化",
        "made": "模拟城市，{companies:,} 家企业（种子 {seed}）；所有名称均为虚构。",
        "loaded": "已载入 {rows:,} 行事实，拒绝 {rejected:,} 行。",
        "evaluated": "已评价 {companies:,} 家企业，截至 {as_of}；规则版本 {edition}；日志第 {entry} 条。",
        "answers": "  {label}：符合 {yes:,}，不符合 {no:,}，待定 {open:,}",
        "look": "值得一看的三家企业：",
        "many": "{name}\n    符合：{titles}",
        "near": "{name}\n    尚不符合{scheme}：{change}即可",
        "open": "{name}\n    {scheme}待定；尚缺：{facts}",
        "opens": "用浏览器打开（无需联网）：",
        "try": "接下来可以试试：",
        "joined": "、",
    },
}


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What was loaded, now or in an earlier demo."""

    rows: int
    rejected: int


def demo(
    directory: Annotated[Path, typer.Argument(help="Directory for the city, the workspace and the pages.")],
    companies: Annotated[int, typer.Option("--companies", help="Number of companies, 50 to 5,000,000.")] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed and number give the same city.")] = 1,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Start the web application at the end, or stop after the tour.")
    ] = True,
    lang: Annotated[
        str | None, typer.Option("--lang", help="zh or en; by the system's language when left out.")
    ] = None,
) -> None:
    """Make a synthetic city, load it, evaluate every company and write pages that open offline."""
    language = _language(lang)
    texts = _TEXTS[language]
    _city(directory, companies, seed, language)
    loaded, run, counts = _evaluated(directory, language)
    glances = _pages(directory, run, language)
    typer.echo(texts["made"].format(companies=companies, seed=seed))
    typer.echo(texts["loaded"].format(rows=loaded.rows, rejected=loaded.rejected))
    entry = "-" if run.entry is None else run.entry.sequence
    typer.echo(
        texts["evaluated"].format(
            companies=run.companies, as_of=run.rules.as_of, edition=run.rules.edition[:12], entry=entry
        )
    )
    for line in counts:
        typer.echo(line)
    _tour(directory, glances, language)
    if serve:
        from kejin.app.demo_serve import serve_demo

        serve_demo(directory / WORKSPACE, language)


def _language(lang: str | None) -> Lang:
    asked = ("zh" if os.environ.get("LANG", "").startswith("zh") else "en") if lang is None else lang
    if asked not in ("zh", "en"):
        raise UseError("app.language_unknown", lang=asked)
    return "zh" if asked == "zh" else "en"


def _say(text: str) -> None:
    typer.echo(text, err=True)


# ── city, facts, evaluation ──────────────────────────────────────────────────────────────────────────────────────────


def _city(directory: Path, companies: int, seed: int, lang: Lang) -> None:
    """The city of this size and seed; one that is there is used again, another one is left alone.

    Raises UseError app.demo_other_city.
    """
    from kejin.app.city_command import city_with_progress

    page = directory / CITY / "city.json"
    if page.is_file():
        found = json.loads(page.read_text("utf-8"))
        if (found["companies"], found["seed"]) != (companies, seed):
            raise UseError(
                "app.demo_other_city",
                directory=directory,
                companies=companies,
                seed=seed,
                found_companies=found["companies"],
                found_seed=found["seed"],
            )
        _say(_TEXTS[lang]["reused_city"])
        return
    beside = directory / f"{CITY}.part"  # what an interrupted demo left is thrown away
    shutil.rmtree(beside, ignore_errors=True)
    city_with_progress(beside, companies, seed, None, lang)
    beside.rename(directory / CITY)


def _evaluated(directory: Path, lang: Lang) -> tuple[_Loaded, EvaluationRun, list[str]]:
    """Load the city where that was not done, and evaluate it."""
    from kejin.workflows.evaluate_companies import evaluate_companies
    from kejin.workflows.workspace import Workspace

    place = directory / WORKSPACE
    there = (place / "kejin.toml").is_file()
    opened = Workspace.open(place, read_only=False) if there else Workspace.create(place, language=lang)
    with opened as workspace:
        loaded = _load(workspace, directory, lang)
        with _bar(_TEXTS[lang]["evaluating"]) as update:
            run = evaluate_companies(
                workspace, LAST_DAY, getpass.getuser(), lambda _step, done, steps: update(done, steps)
            )
        return loaded, run, _counts(run, lang)


def _load(workspace: Any, directory: Path, lang: Lang) -> _Loaded:
    """Facts of the city in the workspace; a note beside it says that they are all there."""
    from kejin.workflows.load_facts import load_facts

    note = directory / WORKSPACE / "demo.json"
    if note.is_file():
        _say(_TEXTS[lang]["reused_facts"])
        return _Loaded(**json.loads(note.read_text("utf-8")))
    with _bar(_TEXTS[lang]["loading"]) as update:
        report = load_facts(
            workspace, [directory / CITY / "facts"], progress=lambda _file, done, files: update(done, files)
        )
    loaded = _Loaded(report.rows_loaded, report.rows_rejected)
    note.write_text(json.dumps({"rows": loaded.rows, "rejected": loaded.rejected}), "utf-8")
    return loaded


def _counts(run: EvaluationRun, lang: Lang) -> list[str]:
    import pyarrow.parquet as pq

    from kejin.app.city_figures import answers_of

    answering = [scheme for scheme in run.rules.schemes if scheme.kind == "answer"]
    table = pq.read_table(run.path, columns=[f"{scheme.id}__qualifies" for scheme in answering])
    lines = []
    for scheme in answering:
        found = answers_of(table, scheme.id)
        lines.append(
            _TEXTS[lang]["answers"].format(label=scheme.label.of(lang), yes=found.yes, no=found.no, open=found.open)
        )
    return lines


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pages(directory: Path, run: EvaluationRun, lang: Lang) -> list[Glance]:
    """The overview, a page a company, and a few single files to send around. Returns what stands out."""
    import pyarrow.parquet as pq

    from kejin.app.city_overview import write_overview
    from kejin.app.company_pages import page_name, write_company_pages

    reports = directory / REPORTS
    write_overview(
        run.path,
        reports / "index.html",
        lang,
        run.rules,
        company_page=f"{COMPANIES}/{{company_id}}.html",
        synthetic=True,
    )
    company_ids = pq.read_table(run.path, columns=["company_id"])["company_id"].to_pylist()
    # In a large city nobody opens every page, and the web application shows them all.
    company_ids = company_ids[:PAGES_MAX]
    with _bar(_TEXTS[lang]["pages"]) as update:
        glances = write_company_pages(
            directory / WORKSPACE,
            run.rules.as_of,
            company_ids,
            reports / COMPANIES,
            lang,
            lambda done: update(done, len(company_ids)),
        )
    chosen = [glance for _, glance in worth_a_look(glances)]
    _single_files(directory, run, [glance.company_id for glance in chosen[:SINGLE_FILES]], lang, page_name)
    return glances


def _single_files(
    directory: Path, run: EvaluationRun, company_ids: Sequence[str], lang: Lang, page_name: Callable[[str], str]
) -> None:
    from kejin.app.report_page import write_report
    from kejin.workflows.company_profile import Profiler
    from kejin.workflows.evaluate_companies import Evaluator
    from kejin.workflows.workspace import Workspace

    with Workspace.open(directory / WORKSPACE) as workspace:
        for profile in Profiler(Evaluator(workspace, run.rules.as_of)).profiles(company_ids):
            write_report(profile, directory / REPORTS / page_name(profile.company_id), lang, single_file=True)


def worth_a_look(glances: Sequence[Glance]) -> list[tuple[str, Glance]]:
    """Up to three different companies: of many titles, short of little money, open for few missing facts."""
    found: dict[str, tuple[str, Glance]] = {}

    def take(kind: str, ordered: Sequence[Glance]) -> None:
        first = next((one for one in ordered if one.company_id not in found), None)
        if first is not None:
            found[first.company_id] = (kind, first)

    take("near", sorted((one for one in glances if one.near), key=lambda one: (one.distance, one.company_id)))
    open_ones = [one for one in glances if one.lacking is not None and one.lacking[1]]
    take("open", sorted(open_ones, key=lambda one: (len(one.lacking[1]) if one.lacking else 0, one.company_id)))
    held = (one for one in glances if one.titles)
    take("many", sorted(held, key=lambda one: (-len(one.titles), -one.compared, one.company_id)))
    order = ("many", "near", "open")
    return sorted(found.values(), key=lambda pair: order.index(pair[0]))


def _tour(directory: Path, glances: Sequence[Glance], lang: Lang) -> None:
    """What there is to see, on standard output."""
    from kejin.app.company_pages import page_name

    texts = _TEXTS[lang]
    chosen = worth_a_look(glances)
    typer.echo(f"\n{texts['look']}")
    for kind, one in chosen:
        scheme, change = one.near or ("", "")
        lacking, facts = one.lacking or ("", ())
        if kind == "open":
            scheme = lacking
        named = texts["joined"].join(facts[:FACTS_NAMED]) + ("…" if len(facts) > FACTS_NAMED else "")
        titles = texts["joined"].join(one.titles)
        typer.echo("  " + texts[kind].format(name=one.name, titles=titles, scheme=scheme, change=change, facts=named))
    reports = directory / REPORTS
    typer.echo(f"\n{texts['opens']}")
    for path in (reports / "index.html", *(reports / page_name(one.company_id) for _, one in chosen)):
        typer.echo(f"  {path}")
    typer.echo(f"\n{texts['try']}")
    place = directory / WORKSPACE
    company = chosen[0][1].company_id if chosen else ""
    typer.echo(f"  kejin evaluate {place} --as-of {LAST_DAY} --company {company}")
    typer.echo(f"  kejin evaluate {place} --as-of {LAST_DAY} --out {directory / 'evaluation.xlsx'}")
    typer.echo("  kejin rules show titles/tech_sme/rd_to_sales_points")
    typer.echo(f"  kejin journal verify {place}")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error; nothing where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    with progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)

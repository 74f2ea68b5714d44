"""`kejin value-patents`: low, middle and high value of every patent and portfolio, of one of them, or what moved."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.app.value_words import EFFECTS, METHODS, MISSING, REASONS, value_labels, words
from kejin.dates import parse_day
from kejin.errors import Lang, UseError
from kejin.units import money_text, percent_text

if TYPE_CHECKING:
    from kejin.workflows.value_patents import ValuationRun
    from kejin.workflows.workspace import Workspace

PATENTS_SHOWN = 30
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "rules": "looking rules up",
        "patents": "patents",
        "values": "values",
        "hashes": "content hashes",
        "journal": "journal",
        "done": "{rows:,} patents of {companies:,} companies valued as of {as_of}; rules {edition}; entry {entry}",
        "file": "patents: {path}; portfolios: {beside}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "advice": "Values are advice with an 80% interval; a person decides.",
        "finding": "finding: {text}",
        "portfolio": "portfolio",
        "shown": "the first {shown} of {all:,} patents; --out FILE.xlsx writes them all",
        "missing": "missing: {names}",
        "moved": "{patents:,} patents on {after}, {new:,} of them new since {before}; {alerts:,} pledges not covered",
        "uncovered": "not covered",
    },
    "zh": {
        "rules": "查阅规则",
        "patents": "专利",
        "values": "估值",
        "hashes": "内容哈希",
        "journal": "日志",
        "done": "已对 {companies:,} 家企业的 {rows:,} 件专利估值，截至 {as_of}；规则版本 {edition}；日志第 {entry} 条",
        "file": "专利：{path}；组合：{beside}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "advice": "价值为建议，附80%区间；由人决定。",
        "finding": "发现：{text}",
        "portfolio": "组合",
        "shown": "仅显示 {all:,} 件中的前 {shown} 件；--out 文件.xlsx 可写出全部",
        "missing": "缺失：{names}",
        "moved": "{after} 共 {patents:,} 件专利，其中 {new:,} 件为 {before} 以后新增；{alerts:,} 项质押覆盖不足",
        "uncovered": "覆盖不足",
    },
}
_HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "head": ("patent", "low", "middle", "high", "reasons"),
        "method": ("method", "low", "middle", "high", "part"),
        "total": ("portfolios", "low, sum", "middle, sum", "high, sum"),
        "moves": ("patent", "before", "now", "largest effect", "pledge"),
    },
    "zh": {
        "head": ("专利", "低值", "中值", "高值", "理由"),
        "method": ("方法", "低值", "中值", "高值", "占比"),
        "total": ("组合数", "低值合计", "中值合计", "高值合计"),
        "moves": ("专利", "前次", "本次", "最大影响", "质押"),
    },
}


def value_patents(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    company: Annotated[str | None, typer.Option("--company", help="Unified social credit code: one portfolio.")] = None,
    patent: Annotated[str | None, typer.Option("--patent", help="Publication number: one patent.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="An earlier day: what moved from it, and why.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the table to .csv, .parquet, .xlsx or .json.")
    ] = None,
    portfolios: Annotated[
        Path | None, typer.Option("--portfolios", help="Write the table of portfolios, likewise.")
    ] = None,
    amortisation: Annotated[
        int | None,
        typer.Option("--amortisation-years", help="Add the tax benefit of writing the price off over so many years."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a page of the portfolio; with --company.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Value every patent of a workspace, with reasons and an 80% interval, or show one portfolio or patent."""
    from kejin.workflows.workspace import Workspace

    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    known = None if known_on is None else parse_day(known_on)
    if report is not None and company is None:
        raise UseError("app.report_needs_company")
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        if since is not None:
            _moved(opened, parse_day(since), day, company, patent, out, as_json, language)
            return
        asked = company is not None or patent is not None
        run = _run(opened, day, known, actor or getpass.getuser(), language, recall=asked, amortisation=amortisation)
        rows, whole = _rows(opened, run, company, patent)
        if out is not None:
            _write(rows, out, language)
        if portfolios is not None:
            _write(whole, portfolios, language)
        if report is not None:
            from kejin.app.patent_value_page import write_patent_values

            write_patent_values(rows, whole, run, report, language)
        if as_json:
            typer.echo(
                json.dumps(_as_json(run, rows, whole, company, patent), ensure_ascii=False, indent=2, default=str)
            )
        elif company is None and patent is None:
            _print_whole(run, whole, language)
        else:
            _print_rows(rows, whole, patent, language)
        _print_notes(run, language)


def _run(
    workspace: Workspace,
    day: date,
    known: date | None,
    actor: str,
    lang: Lang,
    *,
    recall: bool,
    amortisation: int | None,
) -> ValuationRun:
    """A new run; or for a question about one company or patent the one that is kept, where there is one."""
    from kejin.workflows.value_patents import STEPS, value_or_recall, value_patents

    with _progress() as bar:
        task = bar.add_task(_TEXTS[lang]["rules"], total=len(STEPS))

        def show(step: str, done: int, steps: int) -> None:
            bar.update(task, description=_TEXTS[lang][step], completed=done, total=steps)

        act = value_or_recall if recall else value_patents
        return act(workspace, day, actor, show, known, amortisation)


def _rows(workspace: Workspace, run: ValuationRun, company: str | None, patent: str | None) -> tuple[Any, Any]:
    """The patents and portfolios asked for, as Arrow tables. Raises as value_of."""
    from kejin.workflows.value_patents import values_of

    return values_of(workspace, run, company, patent)


def _write(table: Any, path: Path, lang: Lang) -> None:
    from kejin.app.write_table import write_table

    write_table(table, path, lang, value_labels())


def _as_json(run: ValuationRun, rows: Any, whole: Any, company: str | None, patent: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "as_of": run.as_of,
        "edition": run.edition,
        "patents": run.rows,
        "companies": run.companies,
        "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence,
        "files": {"patents": str(run.patents), "portfolios": str(run.portfolios)},
        "findings": [finding.as_json() for finding in run.findings],
        "unverified": list(run.unverified),
    }
    if company is not None or patent is not None:
        found |= {"values": rows.to_pylist(), "portfolio": whole.to_pylist()}
    return found


def _print_whole(run: ValuationRun, whole: Any, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEADS[lang]["total"])
    sums = [sum(x for x in whole[f"value_cny_{end}"].to_pylist() if x is not None) for end in ("low", "mid", "high")]
    table.add_row(f"{len(whole):,}", *(money_text(amount, lang) for amount in sums))
    Console(file=sys.stdout).print(table)
    texts = _TEXTS[lang]
    entry = None if run.entry is None else run.entry.sequence
    done = texts["done"].format(
        rows=run.rows, companies=run.companies, as_of=run.as_of, edition=run.edition[:12], entry=entry
    )
    typer.echo(done, err=True)
    typer.echo(texts["file"].format(path=run.patents, beside=run.portfolios), err=True)


def _print_rows(rows: Any, whole: Any, patent: str | None, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    texts, console = _TEXTS[lang], Console(file=sys.stdout)
    table = Table(*_HEADS[lang]["head"])
    table.columns[0].no_wrap = True
    listed = sorted(rows.to_pylist(), key=lambda row: -(row["value_cny_mid"] or 0.0))
    for row in listed[:PATENTS_SHOWN]:
        amounts = [money_text(row[f"value_cny_{end}"], lang) for end in ("low", "mid", "high")]
        table.add_row(row["publication_number"], *amounts, "; ".join(words(row["reasons"], REASONS, lang)))
    if patent is None:
        for row in whole.to_pylist():
            amounts = [money_text(row[f"value_cny_{end}"], lang) for end in ("low", "mid", "high")]
            table.add_row(texts["portfolio"], *amounts, "", style="bold")
    console.print(table)
    if len(listed) > PATENTS_SHOWN:
        typer.echo(texts["shown"].format(shown=PATENTS_SHOWN, all=len(listed)), err=True)
    if patent is not None:
        _print_methods(listed[0], lang, console)


def _print_methods(row: dict[str, Any], lang: Lang, console: Any) -> None:
    from rich.table import Table

    table = Table(*_HEADS[lang]["method"])
    for method, name in METHODS.items():
        if row[f"{method}_cny_mid"] is None:
            continue
        amounts = [money_text(row[f"{method}_cny_{end}"], lang) for end in ("low", "mid", "high")]
        part = row.get(f"{method}_part")
        table.add_row(name.of(lang), *amounts, "" if part is None else percent_text(part, 0, lang))
    console.print(table)
    if row["missing"]:
        console.print(_TEXTS[lang]["missing"].format(names="; ".join(words(row["missing"], MISSING, lang))))


def _moved(
    workspace: Workspace,
    before: date,
    after: date,
    company: str | None,
    patent: str | None,
    out: Path | None,
    as_json: bool,
    lang: Lang,
) -> None:
    from kejin.workflows.revalue_patents import revalue_patents
    from kejin.workflows.value_patents import rows_asked

    with _progress() as bar:
        bar.add_task(_TEXTS[lang]["values"], total=None)
        found = revalue_patents(workspace, before, after)
    rows = rows_asked(found.table, company, patent, after)
    if out is not None:
        _write(rows, out, lang)
    texts = _TEXTS[lang]
    counts = {"patents": found.patents, "new": found.new, "alerts": found.alerts}
    if as_json:
        shown = rows.to_pylist() if company or patent else [row for row in rows.to_pylist() if row["uncovered"]]
        body = {"before": before, "after": after, **counts, "rows": shown}
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2, default=str))
        return
    _print_moves(rows.to_pylist(), lang)
    typer.echo(texts["moved"].format(before=before, after=after, **counts), err=True)


def _print_moves(rows: list[dict[str, Any]], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEADS[lang]["moves"])
    table.columns[0].no_wrap = True
    for row in sorted(rows, key=lambda row: (not row["uncovered"], -abs(row["change_cny"] or 0.0)))[:PATENTS_SHOWN]:
        effects = {step: row[f"effect_{step}_cny"] or 0.0 for step in EFFECTS}
        step = max(effects, key=lambda one: abs(effects[one]))
        largest = f"{EFFECTS[step].of(lang)} {money_text(effects[step], lang)}" if effects[step] else ""
        table.add_row(
            row["publication_number"],
            money_text(row["value_cny_mid_before"], lang),
            money_text(row["value_cny_mid"], lang),
            largest,
            _TEXTS[lang]["uncovered"] if row["uncovered"] else "",
        )
    Console(file=sys.stdout).print(table)


def _print_notes(run: ValuationRun, lang: Lang) -> None:
    texts = _TEXTS[lang]
    for finding in run.findings:
        typer.echo(texts["finding"].format(text=finding.part("what", lang)), err=True)
    if run.unverified:
        typer.echo(texts["unverified"].format(names=", ".join(run.unverified)), err=True)
    typer.echo(texts["advice"], err=True)


def _language(asked: str | None, default: Lang) -> Lang:
    if asked is None:
        return default
    if asked not in ("zh", "en"):
        raise UseError("app.language_unknown", lang=asked)
    return "zh" if asked == "zh" else "en"


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

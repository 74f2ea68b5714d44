"""`kejin watch`: early warnings on every borrower, within the alert budget, with their causes."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from kejin.app.evaluate_command import _language, _progress
from kejin.dates import parse_day
from kejin.errors import Lang

if TYPE_CHECKING:
    from kejin.workflows.watch_companies import WatchRun

_SHOWN = 20
_TEXTS = {
    "en": {
        "rules": "looking rules up", "rows": "reading months", "hazard": "hazard", "journal": "journal",
        "done": "{companies:,} borrowers watched as of {as_of}, {alerts:,} alerts; rules {edition}; "
                "journal entry {entry}",
        "file": "companies: {path}", "signals": "signals: {path}",
        "drift": "inputs that have moved (PSI): {names}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "advice": "an alert asks a person to look; it is no judgement, and no alert is no proof that all is well",
        "columns": ("company", "stage", "default next month", "line", "causes"),
        "shown": "the {shown} likeliest of {all:,} alerts; --out FILE.xlsx writes all companies",
    },
    "zh": {
        "rules": "查阅规则", "rows": "读取月度资料", "hazard": "风险率", "journal": "日志",
        "done": "已监测 {companies:,} 家借款企业，截至 {as_of}，预警 {alerts:,} 家；规则版本 {edition}；"
                "日志第 {entry} 条",
        "file": "企业：{path}", "signals": "信号：{path}",
        "drift": "分布发生变化的指标（PSI）：{names}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "advice": "预警是请人查看的提示，不是结论；没有预警不等于没有问题",
        "columns": ("企业", "阶段", "下月违约概率", "预警线", "主要原因"),
        "shown": "仅显示 {all:,} 家预警中概率最高的 {shown} 家；--out 文件.xlsx 可写出全部企业",
    },
}  # fmt: skip


def watch(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one row a company to .csv, .parquet, .xlsx or .json.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Warn early: the probability of a first default next month for every borrower, alerts within a budget, causes."""
    from kejin.workflows.watch_companies import CompanyWatch, watch_companies
    from kejin.workflows.workspace import Workspace

    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    known = None if known_on is None else parse_day(known_on)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        with _progress() as bar:
            task = bar.add_task(_TEXTS[language]["rules"], total=4)

            def show(step: str, done: int, steps: int) -> None:
                bar.update(task, description=str(_TEXTS[language][step]), completed=done, total=steps)

            run = watch_companies(CompanyWatch(opened, day, known), actor or getpass.getuser(), show)
        _show(run, out, as_json, language)


def _show(run: WatchRun, out: Path | None, as_json: bool, lang: Lang) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(run.path)
    if out is not None:
        from kejin.app.monitoring_labels import watch_labels
        from kejin.app.write_table import write_table

        write_table(table, out, lang, watch_labels(), cast(Any, run.rules))
    first = run.rules.warning.drift_index_from.number("watch", "value")
    moved = {name: round(value, 4) for name, value in run.drift.items() if value >= first}
    summary = {
        "as_of": run.rules.as_of, "known_on": run.rules.known_on, "edition": run.rules.edition,
        "companies": run.companies, "alerts": run.alerts, "moved_inputs": moved, "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence, "file": str(run.path),
        "signals_file": str(run.signals_path), "unverified": list(run.rules.unverified),
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2, default=str))
    else:
        _print(run, [row for row in table.to_pylist() if row["alert"]], summary, lang)


def _print(run: WatchRun, alerts: list[dict[str, Any]], summary: dict[str, Any], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    from kejin.app.monitoring_labels import INDICATOR_NAMES, STAGE_NAMES
    from kejin.units import percent_text

    texts: Any = _TEXTS[lang]
    table = Table(*texts["columns"])
    for row in alerts[:_SHOWN]:
        causes = [INDICATOR_NAMES[one].of(lang) for one in row["causes"].split(",") if one]
        figures = (percent_text(row[name]) for name in ("default_probability_1m", "alert_line"))
        between = "；" if lang == "zh" else "; "
        table.add_row(row["company_id"], STAGE_NAMES[row["stage"]].of(lang), *figures, between.join(causes))
    Console(file=sys.stdout).print(table)
    if len(alerts) > _SHOWN:
        typer.echo(texts["shown"].format(shown=_SHOWN, all=len(alerts)), err=True)
    edition, entry = run.rules.edition[:12], summary["journal_entry"]
    told = {"companies": run.companies, "as_of": run.rules.as_of, "alerts": run.alerts}
    typer.echo(texts["done"].format(**told, edition=edition, entry=entry), err=True)
    if summary["moved_inputs"]:
        typer.echo(texts["drift"].format(names=", ".join(summary["moved_inputs"])), err=True)
    typer.echo(texts["advice"], err=True)
    typer.echo(texts["file"].format(path=run.path), err=True)
    typer.echo(texts["signals"].format(path=run.signals_path), err=True)
    if run.rules.unverified:
        typer.echo(texts["unverified"].format(names=", ".join(run.rules.unverified)), err=True)

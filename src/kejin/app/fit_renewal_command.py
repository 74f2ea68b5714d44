"""`kejin fit-renewal`: what do renewals say of the value and the life of patents?"""

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
    from kejin.workflows.fit_renewal import FittedModels

_TEXTS = {
    "en": {
        "rules": "looking rules up",
        "events": "renewals",
        "returns": "fitting returns",
        "lives": "fitting lives",
        "journal": "journal",
        "parameter": "parameter",
        "value": "estimate",
        "interval": "90% interval",
        "bound": "on its bound",
        "done": "{rows:,} patents, {lapses:,} lapses, seen until {seen}; rules {edition}; journal entry {entry}",
        "level": "level of values uncertain by a factor of {factor:.1f} (90%)",
        "file": "model: {path}",
        "skipped": "left out: {text}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
    },
    "zh": {
        "rules": "查阅规则",
        "events": "续展数据",
        "returns": "拟合收益",
        "lives": "拟合存续",
        "journal": "日志",
        "parameter": "参数",
        "value": "估计值",
        "interval": "90%区间",
        "bound": "位于边界",
        "done": "{rows:,} 件专利，{lapses:,} 件因未缴年费终止，观察至 {seen}；规则版本 {edition}；日志第 {entry} 条",
        "level": "价值水平的不确定性约为 {factor:.1f} 倍（90%）",
        "file": "模型：{path}",
        "skipped": "未使用：{text}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
    },
}
_LABELS = {
    "intercept": {"en": "ln of the first year's return, average patent", "zh": "首年收益对数（平均专利）"},
    "sd_log": {"en": "spread among patents alike (ln)", "zh": "同类专利收益离散度（对数）"},
    "decay": {"en": "decay of the return a year", "zh": "收益年衰减率"},
    "decision_sd_log": {"en": "noise of decisions (ln)", "zh": "缴费决策离散度（对数）"},
}


def fit_renewal(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    events: Annotated[
        Path | None, typer.Option("--events", help="CSV or Parquet file of renewals; else the workspace's patents.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    prior: Annotated[
        bool, typer.Option("--prior/--no-prior", help="Hold spread and decay near the rule's figures, or not.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the parameters to .csv, .parquet, .xlsx or .json.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Fit the models of patents' value and life on renewals; they are kept in the workspace for value-patents."""
    from kejin.workflows.fit_renewal import STEPS, fit_renewal_models
    from kejin.workflows.workspace import Workspace

    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        texts = _TEXTS[language]
        with _progress() as bar:
            task = bar.add_task(texts["rules"], total=len(STEPS))

            def show(step: str, done: int, steps: int) -> None:
                bar.update(task, description=texts[step], completed=done, total=steps)

            run = fit_renewal_models(
                opened, day, events_file=events, use_prior=prior, actor=actor or getpass.getuser(), progress=show
            )
    if out is not None:
        _write(run, out, language)
    if as_json:
        typer.echo(json.dumps(_summary(run), ensure_ascii=False, indent=2, default=str))
    else:
        _print(run, language)


def _language(asked: str | None, default: Lang) -> Lang:
    if asked is None:
        return default
    if asked not in ("zh", "en"):
        raise UseError("app.language_unknown", lang=asked)
    return "zh" if asked == "zh" else "en"


def _write(run: FittedModels, out: Path, lang: Lang) -> None:
    import pyarrow as pa

    from kejin.app.write_table import write_table

    write_table(pa.Table.from_pylist(run.renewal.parameters()), out, lang)


def _summary(run: FittedModels) -> dict[str, Any]:
    return {
        "model": str(run.path),
        "about": run.renewal.about,
        "parameters": run.renewal.parameters(),
        "invalid_yearly": run.life.invalid_yearly,
        "kinds_with_own_life": sorted(run.life.kinds),
        "edition": run.edition,
        "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence,
        "unverified": list(run.unverified),
    }


def _print(run: FittedModels, lang: Lang) -> None:
    import math

    from rich.console import Console
    from rich.table import Table

    texts, about = _TEXTS[lang], run.renewal.about
    table = Table(texts["parameter"], texts["value"], texts["interval"])
    for row in run.renewal.parameters():
        name = _LABELS.get(row["name"], {}).get(lang, row["name"])
        known = row["low_90"] is not None
        interval = f"{row['low_90']:.3f} – {row['high_90']:.3f}" if known else texts["bound"]
        table.add_row(name, f"{row['value']:.3f}", interval)
    Console(file=sys.stdout).print(table)
    entry = None if run.entry is None else run.entry.sequence
    done = texts["done"].format(
        rows=about["rows"], lapses=about["lapses"], seen=about["seen_until"], edition=run.edition[:12], entry=entry
    )
    typer.echo(done, err=True)
    typer.echo(texts["level"].format(factor=math.exp(1.645 * about["level_sd_log"])), err=True)
    typer.echo(texts["file"].format(path=run.path), err=True)
    if left_out := [f"{reason} {count:,}" for reason, count in about["skipped"].items() if count]:
        typer.echo(texts["skipped"].format(text=", ".join(left_out)), err=True)
    if run.unverified:
        typer.echo(texts["unverified"].format(names=", ".join(run.unverified)), err=True)


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

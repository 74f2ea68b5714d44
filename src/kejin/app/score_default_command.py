"""`kejin score-default`: the probability of default within a year, of every company or of one, with reasons."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.app.evaluate_command import _language, _progress
from kejin.app.fit_default_command import Actor, AsJson, AsOf, Language, Workspace_, _day
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.workflows.score_default import CompanyScore

_TEXTS = {
    "en": {
        "scoring": "features and scores",
        "done": "{companies:,} companies scored as of {as_of} with version {version}; journal entry {entry}",
        "file": "result: {path}",
        "probability": "probability of default within a year",
        "interval": "{level:.0%} interval",
        "points": "points",
        "reason": "costs most points",
        "value": "value",
        "lost": "points lost",
        "missing": "missing: {names}",
    },
    "zh": {
        "scoring": "特征与评分",
        "done": "已为 {companies:,} 家企业评分，截至 {as_of}，版本 {version}；日志第 {entry} 条",
        "file": "结果：{path}",
        "probability": "一年内违约概率",
        "interval": "{level:.0%} 区间",
        "points": "分数",
        "reason": "主要失分项",
        "value": "数值",
        "lost": "失分",
        "missing": "缺失：{names}",
    },
}


def score_default(
    workspace: Workspace_,
    company: Annotated[str | None, typer.Option("--company", help="Unified social credit code: one company.")] = None,
    as_of: AsOf = None,
    version: Annotated[str | None, typer.Option("--version", help="The version; the one in use by default.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the table to .csv, .parquet, .xlsx or .json.")
    ] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Score every company with the registered default model, or one company with reasons."""
    from kejin.workflows.workspace import Workspace

    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        if company is None:
            _every(opened, as_of, version, out, actor or getpass.getuser(), as_json, language)
        else:
            if out is not None and out.suffix != ".json":
                raise UseError("app.profile_only_json", path=out)
            _one(opened, company, as_of, version, out, as_json, language)


def _every(
    workspace: Any, as_of: str | None, version: str | None, out: Path | None, actor: str, as_json: bool, lang: Lang
) -> None:
    from kejin.engines.run_query import read_parquet
    from kejin.workflows.score_default import score_companies

    texts, day = _TEXTS[lang], _day(as_of)
    with _progress() as bar:
        bar.add_task(texts["scoring"], total=None)
        run = score_companies(workspace, day, actor, version)
    rows = read_parquet(workspace.backend, run.path)
    if out is not None:
        from kejin.app.write_table import write_table

        write_table(rows, out, lang)
    entry = None if run.entry is None else run.entry.sequence
    if as_json:
        content = {
            "as_of": day,
            "companies": run.companies,
            "version": run.model.version,
            "model_hash": run.model.model_hash,
            "file": str(run.path),
            "journal_entry": entry,
            "notices": [notice.as_json(lang) for notice in run.notices],
            "unverified": list(run.model.unverified),
        }
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
        return
    if out is None:
        _print_first(rows)
    done = texts["done"].format(companies=run.companies, as_of=day, version=run.model.version, entry=entry)
    typer.echo(done, err=True)
    typer.echo(texts["file"].format(path=out or run.path), err=True)
    for notice in run.notices:
        typer.echo(notice.part("what", lang), err=True)


def _print_first(rows: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    names = ("company_id", "default_probability_1y", "points", "reason_1", "reason_2")
    shown = [name for name in names if name in rows.columns]
    table = Table(*shown)
    for row in (
        rows.select(*shown)
        .order_by(rows.default_probability_1y.desc(), rows.company_id)
        .limit(20)
        .to_pyarrow()
        .to_pylist()
    ):
        table.add_row(*(f"{row[name]:.2%}" if name.startswith("default") else str(row[name] or "") for name in shown))
    Console(file=sys.stdout).print(table)


def _one(
    workspace: Any, company: str, as_of: str | None, version: str | None, out: Path | None, as_json: bool, lang: Lang
) -> None:
    from kejin.workflows.score_default import score_company

    found = score_company(workspace, _day(as_of), company, version)
    content = company_json(found, lang)
    if out is not None:
        out.write_text(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n", "utf-8")
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=str))
        return
    _print_one(found, content, lang)


def company_json(found: CompanyScore, lang: Lang) -> dict[str, Any]:
    """One company's score as plain values."""
    score, card = found.score, found.scorecard
    return {
        "company_id": found.company_id,
        "as_of": found.as_of,
        "version": found.model.version,
        "model_hash": found.model.model_hash,
        "default_probability_1y": score.default_probability_1y,
        "default_probability_1y_low": score.default_probability_1y_low,
        "default_probability_1y_high": score.default_probability_1y_high,
        "interval": card.interval,
        "points": score.points,
        "reasons": [
            {
                "feature": name,
                "label": card.feature(name).label(lang),
                "value": found.features.get(name),
                "points_lost": lost,
            }
            for name, lost in zip(score.reasons, score.points_lost, strict=True)
        ],
        "missing": list(score.missing),
        "notices": [notice.as_json(lang) for notice in found.notices],
        "unverified": list(found.model.unverified),
    }


def _print_one(found: CompanyScore, content: dict[str, Any], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    texts, score = _TEXTS[lang], found.score
    console = Console(file=sys.stdout)
    level = texts["interval"].format(level=found.scorecard.interval)
    low, high = score.default_probability_1y_low, score.default_probability_1y_high
    console.print(f"{texts['probability']}: {score.default_probability_1y:.2%} ({level}: {low:.2%} - {high:.2%})")
    console.print(f"{texts['points']}: {score.points}")
    table = Table(texts["reason"], texts["value"], texts["lost"])
    for row in content["reasons"]:
        value = row["value"]
        shown = "-" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)
        table.add_row(row["label"], shown, str(row["points_lost"]))
    console.print(table)
    if score.missing:
        names = ", ".join(found.scorecard.feature(name).label(lang) for name in score.missing)
        console.print(texts["missing"].format(names=names))
    for notice in found.notices:
        typer.echo(notice.part("what", lang), err=True)

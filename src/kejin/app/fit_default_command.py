"""`kejin fit-default` and `kejin models`: fit and register a default model, validate it, retire it."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.app.evaluate_command import _language, _progress
from kejin.dates import parse_day
from kejin.errors import Lang, UseError

if TYPE_CHECKING:
    from kejin.credit.registered_model import RegisteredModel
    from kejin.workflows.default_panel import Panel
    from kejin.workflows.workspace import Workspace

TEXTS = {
    "en": {
        "rules": "looking rules up",
        "panel": "facts of {detail}",
        "scorecard": "scorecard",
        "challenger": "challenger",
        "judge": "judging on later rows",
        "register": "register",
        "done": "version {version} registered as not validated; journal entry {entry}",
        "files": "{folder}",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "next": "next: read the report, then let another person run kejin models validate",
        "scorecard_row": "scorecard",
        "challenger_row": "challenger (boosting)",
        "financial_alone": "financial ratios alone",
        "financial_research_patent": "financial ratios, R&D and patents",
        "what": "out of time",
        "rows": "rows",
        "defaults": "defaults",
        "rate": "rate",
        "mean": "mean probability",
        "slope": "slope",
        "version": "version",
        "owner": "owner",
        "validated": "validated",
        "until": "valid until",
        "retired": "retired",
    },
    "zh": {
        "rules": "查阅规则",
        "panel": "{detail} 的事实",
        "scorecard": "评分卡",
        "challenger": "挑战者模型",
        "judge": "以更晚样本检验",
        "register": "登记",
        "done": "版本 {version} 已登记（未验证）；日志第 {entry} 条",
        "files": "{folder}",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "next": "下一步：阅读报告，由另一人执行 kejin models validate",
        "scorecard_row": "评分卡",
        "challenger_row": "挑战者（提升树）",
        "financial_alone": "仅财务比率",
        "financial_research_patent": "财务比率加研发与专利",
        "what": "跨期检验",
        "rows": "样本",
        "defaults": "违约",
        "rate": "违约率",
        "mean": "平均概率",
        "slope": "校准斜率",
        "version": "版本",
        "owner": "责任人",
        "validated": "验证日",
        "until": "有效至",
        "retired": "退役日",
    },
}
app = typer.Typer(help="The register of models: list, show, validate, retire.", no_args_is_help=True)
Workspace_ = Annotated[Path, typer.Argument(help="Workspace directory.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")]
Actor = Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
Language = Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")]


def fit_default(
    workspace: Workspace_,
    as_of: AsOf = None,
    version: Annotated[str | None, typer.Option("--version", help="Name of the version; DAY.N by default.")] = None,
    long_run_rate: Annotated[
        float | None, typer.Option("--long-run-rate", help="Mean probability over the cycle, e.g. 0.02.")
    ] = None,
    features: Annotated[
        Path | None, typer.Option("--features", help="CSV or Parquet feature table instead of the workspace's facts.")
    ] = None,
    reject_inference: Annotated[
        bool,
        typer.Option("--reject-inference", help="Count the table's refused applicants with guessed outcomes."),
    ] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write the validation report: .html or .pdf.")] = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """Fit a default model on the facts of a day, judge it on later rows, and register it as not validated."""
    from kejin.workflows.fit_default import STEPS
    from kejin.workflows.fit_default import fit_default as fit
    from kejin.workflows.workspace import Workspace

    day = _day(as_of)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        texts = TEXTS[language]
        with _progress() as bar:
            task = bar.add_task(texts["rules"], total=len(STEPS))

            def show(step: str, detail: str) -> None:
                bar.update(task, description=texts[step].format(detail=detail), completed=STEPS.index(step))

            panel = None if features is None else _panel(opened, features, day)
            run = fit(
                opened,
                day,
                actor or getpass.getuser(),
                version,
                long_run_rate,
                "fuzzy" if reject_inference else "none",
                progress=show,
                panel=panel,
            )
        if report is not None:
            from kejin.app.default_model_report import write_model_report

            write_model_report(run.model, run.fitted.scorecard, run.validation, report, language)
        if as_json:
            content = {"model": run.model.as_dict(), "validation": run.validation, "journal_entry": run.entry.sequence}
            typer.echo(json.dumps(content, ensure_ascii=False, indent=2, default=float))
            return
        _print_figures(run.validation, texts)
        typer.echo(texts["done"].format(version=run.model.version, entry=run.entry.sequence), err=True)
        if run.unverified:
            typer.echo(texts["unverified"].format(names=", ".join(run.unverified)), err=True)
        typer.echo(texts["next"], err=True)


def _panel(workspace: Workspace, features: Path, day: date) -> Panel:
    from kejin.workflows.feature_file import panel_of_file
    from kejin.workflows.fit_default import model_rules

    definition, _, _ = model_rules(workspace, day)
    return panel_of_file(features.resolve(), day, int(definition.horizon_months.value))


@app.command("list")
def list_models(workspace: Workspace_, as_of: AsOf = None, as_json: AsJson = False, lang: Language = None) -> None:
    """Every version with owner, validation and what must be said about its use on the day."""
    from kejin.workflows.default_models import registered_models
    from kejin.workflows.workspace import Workspace

    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        _show_models(registered_models(opened), _day(as_of), as_json, language)


@app.command("show")
def show_model(
    workspace: Workspace_,
    version: Annotated[str | None, typer.Option("--version", help="The version; the one in use by default.")] = None,
    as_of: AsOf = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write the validation report: .html or .pdf.")] = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """One version: its record, its figures, and its report as a file."""
    from kejin.workflows.default_models import model_in_use, scorecard_of, validation_of
    from kejin.workflows.workspace import Workspace

    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        model = model_in_use(opened, _day(as_of), version)
        validation = validation_of(opened, model)
        if report is not None:
            from kejin.app.default_model_report import write_model_report

            write_model_report(model, scorecard_of(opened, model), validation, report, language)
        if as_json:
            content = {"model": model.as_dict(), "validation": validation}
            typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
            return
        _show_models((model,), _day(as_of), False, language)
        _print_figures(validation, TEXTS[language])


@app.command("validate")
def validate(
    workspace: Workspace_,
    version: Annotated[str, typer.Option("--version", help="The version that was examined.")],
    as_of: AsOf = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """A person other than the owner has read the report and stands for the model."""
    from kejin.workflows.default_models import validate_model
    from kejin.workflows.fit_default import model_rules
    from kejin.workflows.workspace import Workspace

    day = _day(as_of)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        _, rules, _ = model_rules(opened, day)
        model = validate_model(opened, version, day, actor or getpass.getuser(), rules)
        _show_models((model,), day, as_json, language)


@app.command("retire")
def retire(
    workspace: Workspace_,
    version: Annotated[str, typer.Option("--version", help="The version.")],
    as_of: AsOf = None,
    actor: Actor = None,
    as_json: AsJson = False,
    lang: Language = None,
) -> None:
    """From the day on the version is not to be used."""
    from kejin.workflows.default_models import retire_model
    from kejin.workflows.workspace import Workspace

    day = _day(as_of)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        model = retire_model(opened, version, day, actor or getpass.getuser())
        _show_models((model,), day, as_json, language)


def _day(text: str | None) -> date:
    return date.today() if text is None else parse_day(text)  # noqa: DTZ011 — the user's own day is meant


def _show_models(models: tuple[RegisteredModel, ...], day: date, as_json: bool, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    if as_json:
        rows = [one.as_dict() | {"notices": [notice.as_json(lang) for notice in one.notices(day)]} for one in models]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    texts = TEXTS[lang]
    names = ("version", "owner", "validated", "until", "retired")
    table = Table(*(texts[name] for name in names), "AUC")
    for one in models:
        area = one.figures.get("auc")
        shown = "-" if not area else f"{area['value']:.3f} ({area['low']:.3f}-{area['high']:.3f})"
        days = (one.validated_on, one.valid_until, one.retired_on)
        table.add_row(one.version, one.owner, *("-" if day is None else str(day) for day in days), shown)
    Console(file=sys.stdout).print(table)
    for one in models:
        for notice in one.notices(day):
            typer.echo(notice.part("what", lang), err=True)


def _print_figures(validation: Any, texts: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    names = ("what", "rows", "defaults", "rate", "mean")
    table = Table(*(texts[name] for name in names), "AUC", "KS", texts["slope"])
    for name in ("scorecard", "challenger", "financial_research_patent", "financial_alone"):
        one = validation.get(name)
        if one is None:
            continue
        label = texts.get(f"{name}_row", texts.get(name, name))
        area, ks, line = one.get("auc"), one.get("ks"), one.get("line")
        table.add_row(
            label,
            f"{one['rows']:,}",
            f"{one['defaults']:,}",
            f"{one['rate']:.2%}" if "rate" in one else "-",
            f"{one['probability_mean']:.2%}" if "probability_mean" in one else "-",
            "-" if area is None else f"{area['value']:.3f} ({area['low']:.3f}-{area['high']:.3f})",
            "-" if ks is None else f"{ks['value']:.3f}",
            "-" if line is None else f"{line['slope']:.2f} (±{1.96 * line['slope_error']:.2f})",
        )
    Console(file=sys.stdout).print(table)


def refuse_suffix(path: Path) -> None:
    """Raises UseError app.report_suffix for a report that is neither .html nor .pdf."""
    if path.suffix not in (".html", ".pdf"):
        raise UseError("app.report_suffix", path=path)

"""`kejin trace-funds`: where the money of each loan went, and the case file of one loan."""

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
from kejin.errors import Lang, UseError
from kejin.units import from_fen, money_text, percent_text

if TYPE_CHECKING:
    from kejin.workflows.trace_funds import FundTracing, TraceRun

_SHOWN = 20
_NAMES_SHOWN = 5
_TABLE_WIDTH = 150
_TEXTS = {
    "en": {
        "rules": "looking rules up", "rows": "reading transfers", "traces": "tracing", "signals": "signals",
        "base_rate": "chance base rate", "journal": "journal",
        "done": "{traced:,} of {loans:,} loans traced as of {as_of}; misuse to be looked into: {proposed:,}; "
                "rules {edition}; journal entry {entry}",
        "file": "loans: {path}", "steps": "steps: {path}", "case": "case file: {path}",
        "unseen": "{count:,} loans have no payment out among the transfers: nothing is said of them",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "advice": "findings are advice for a person; no finding is no proof that all is well",
        "columns": ("loan", "paid out", "strength", "typologies", "flags", "in sight", "returned", "by chance",
        "grade"), "shown": "the {shown} strongest of {all:,} loans; --out FILE.xlsx writes them all",
    },
    "zh": {
        "rules": "查阅规则", "rows": "读取流水", "traces": "追踪", "signals": "迹象", "base_rate": "偶然回流基准",
        "journal": "日志",
        "done": "已追踪 {loans:,} 笔贷款中的 {traced:,} 笔，截至 {as_of}；需人工核查挪用 {proposed:,} 笔；"
                "规则版本 {edition}；日志第 {entry} 条",
        "file": "贷款：{path}", "steps": "步骤：{path}", "case": "案卷：{path}",
        "unseen": "{count:,} 笔贷款在流水中没有放款记录，不作判断",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "advice": "以上为供人工判断的提示；没有提示不等于没有问题",
        "columns": ("借据", "放款", "强度", "类型", "旗标", "可见", "回流", "偶然", "分类建议"),
        "shown": "仅显示 {all:,} 笔中迹象最强的 {shown} 笔；--out 文件.xlsx 可写出全部",
    },
}  # fmt: skip


def trace_funds(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    loan: Annotated[str | None, typer.Option("--loan", help="Number of one loan.")] = None,
    rule: Annotated[
        str, typer.Option("--rule", help="Rule of attribution: lifo, loan_first, pro_rata, fifo, lowest_balance.")
    ] = "lifo",
    since: Annotated[str | None, typer.Option("--since", help="Only loans granted on this day or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Follow money to the end of this day only.")] = None,
    max_hops: Annotated[
        int | None, typer.Option("--max-hops", help="Transfers in a row to follow; the rule's when not given.")
    ] = None,
    window_days: Annotated[
        int | None, typer.Option("--window-days", help="Days to follow; the rule's when not given.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one row a loan to .csv, .parquet, .xlsx or .json.")
    ] = None,
    steps: Annotated[
        Path | None, typer.Option("--steps", help="Write one row a step of the trace, in the same kinds of files.")
    ] = None,
    case: Annotated[
        Path | None, typer.Option("--case", help="With --loan: write its case file to .json, .xlsx or .html.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Follow the money of every loan, or of one, through the transfers known on a day."""
    from kejin.workflows.loan_tracing import TraceOptions
    from kejin.workflows.trace_funds import FundTracing
    from kejin.workflows.workspace import Workspace

    _check_use(rule, max_hops, window_days, loan, case)
    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    known, first, last = (None if text is None else parse_day(text) for text in (known_on, since, until))
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        options = TraceOptions(cast(Any, rule), max_hops, window_days, last)
        tracing = FundTracing(opened, day, options, loan, first, known)
        run = _run(tracing, actor or getpass.getuser(), language)
        _write_files(tracing, run, out, steps, case, language)
        summary = _summary(tracing, run, language)
        if as_json:
            typer.echo(json.dumps(summary, ensure_ascii=False, indent=2, default=str))
        else:
            _print(tracing, run, summary, language)


def _check_use(rule: str, max_hops: int | None, window_days: int | None, loan: str | None, case: Path | None) -> None:
    from kejin.monitoring.trace import RULES

    if rule not in RULES:
        raise UseError("monitoring.rule_unknown", rule=rule, known=", ".join(RULES))
    for name, value, most in (("--max-hops", max_hops, 64), ("--window-days", window_days, 3660)):
        if value is not None and not 0 <= value <= most:
            raise UseError("monitoring.bound_impossible", option=name, value=value, most=most)
    if case is not None and loan is None:
        raise UseError("monitoring.case_needs_loan")


def _run(tracing: FundTracing, actor: str, lang: Lang) -> TraceRun:
    from kejin.workflows.trace_funds import STEPS, trace_funds

    with _progress() as bar:
        task = bar.add_task(_TEXTS[lang]["rules"], total=len(STEPS))

        def show(step: str, done: int, steps: int) -> None:
            bar.update(task, description=_TEXTS[lang][step], completed=done, total=steps)

        return trace_funds(tracing, actor, show)


def _write_files(
    tracing: FundTracing, run: TraceRun, out: Path | None, steps: Path | None, case: Path | None, lang: Lang
) -> None:
    from kejin.app.trace_labels import loan_labels, step_labels
    from kejin.app.write_table import write_table
    from kejin.engines.run_query import read_parquet

    for source, path, labels in ((run.path, out, loan_labels()), (run.steps_path, steps, step_labels())):
        if path is not None:
            write_table(read_parquet(tracing.workspace.backend, source), path, lang, labels, cast(Any, run.rules))
    if case is not None:
        from kejin.app.case_file import write_case_file
        from kejin.workflows.case_file import case_file

        write_case_file(case_file(tracing, run), case, lang)


def _summary(tracing: FundTracing, run: TraceRun, lang: Lang) -> dict[str, Any]:
    import pyarrow.parquet as pq

    table = pq.read_table(run.path)
    rows = table.to_pylist() if tracing.loan is not None else []
    return {
        "as_of": run.rules.as_of,
        "known_on": run.rules.known_on,
        "edition": run.rules.edition,
        "rule": tracing.options.rule,
        "hops_max": tracing.tracer.bounds.hops_max,
        "window_days": tracing.tracer.window_days,
        "dust_cny": str(from_fen(tracing.tracer.bounds.dust_fen)),
        "loans": run.loans,
        "traced": run.traced,
        "misuse_proposed": sum(1 for one in table["misuse_proposed"].to_pylist() if one),
        "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence,
        "file": str(run.path),
        "steps_file": str(run.steps_path),
        "findings": [error.as_json(lang) for error in run.findings],
        "unverified": list(run.rules.unverified),
        "advice": _TEXTS[lang]["advice"],
    } | ({"loan": rows[0]} if rows else {})


def _print(tracing: FundTracing, run: TraceRun, summary: dict[str, Any], lang: Lang) -> None:
    import pyarrow.parquet as pq
    from rich.console import Console
    from rich.table import Table

    from kejin.app.trace_labels import GRADE_LABELS

    texts: Any = _TEXTS[lang]
    rows = [row for row in pq.read_table(run.path).to_pylist() if row["status"] == "traced"]
    rows.sort(key=lambda row: (-row["evidence_strength"], row["loan_id"]))
    table = Table(box=None, header_style="bold", padding=(0, 1))
    for name in texts["columns"]:
        table.add_column(name, no_wrap=True)
    for row in rows[:_SHOWN]:
        table.add_row(
            row["loan_id"], money_text(from_fen(row["paid_out_fen"]), lang), f"{row['evidence_strength']:.2f}",
            row["typologies"].upper(), row["flags"].upper(), percent_text(row["visible_share"], 0, lang),
            money_text(from_fen(row["returned_fen"]), lang), money_text(from_fen(row["returned_by_chance_fen"]), lang),
            GRADE_LABELS[row["grade_at_least"]].of(lang) or "-",
        )  # fmt: skip
    # One line a loan, also where the terminal is narrow or the output goes to a file.
    console = Console(file=sys.stdout, width=max(Console().width, _TABLE_WIDTH))
    console.print(table)
    if tracing.loan is not None and rows:
        _print_band(rows[0], console, lang)
    if len(rows) > _SHOWN:
        typer.echo(texts["shown"].format(shown=_SHOWN, all=len(rows)), err=True)
    typer.echo(
        texts["done"].format(
            traced=run.traced, loans=run.loans, as_of=run.rules.as_of, proposed=summary["misuse_proposed"],
            edition=run.rules.edition[:12], entry=summary["journal_entry"],
        ),
        err=True,
    )  # fmt: skip
    if run.loans > run.traced:
        typer.echo(texts["unseen"].format(count=run.loans - run.traced), err=True)
    for error in run.findings:
        typer.echo(error.text(lang), err=True)
    typer.echo(texts["advice"], err=True)
    typer.echo(texts["file"].format(path=run.path), err=True)
    typer.echo(texts["steps"].format(path=run.steps_path), err=True)
    if run.rules.unverified:
        shown = [*run.rules.unverified[:_NAMES_SHOWN], *(["…"] if len(run.rules.unverified) > _NAMES_SHOWN else [])]
        names = f"{len(run.rules.unverified)}: {', '.join(shown)}"
        typer.echo(texts["unverified"].format(names=names), err=True)


def _print_band(row: dict[str, Any], console: Any, lang: Lang) -> None:
    """At least and at most, over all rules of attribution, for every place that speaks of misuse."""
    from rich.table import Table

    from kejin.app.trace_labels import CLASS_LABELS

    head = ("去向", "所选规则", "至少", "至多") if lang == "zh" else ("place", "rule chosen", "at least", "at most")
    table = Table(*head)
    for name, label in CLASS_LABELS.items():
        if row.get(f"{name}_most_fen"):
            cells = (row[f"{name}_{part}_fen"] for part in ("reached", "least", "most"))
            table.add_row(label.of(lang), *(money_text(from_fen(fen), lang) for fen in cells))
    console.print(table)

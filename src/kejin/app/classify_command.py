"""`kejin classify`: the five-class grade of every loan, or of one, with reasons and rules."""

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
from kejin.errors import InputError, Lang

if TYPE_CHECKING:
    from kejin.workflows.classify_loans import ClassifyRun

_SHOWN = 20
_TEXTS = {
    "en": {
        "rules": "looking rules up", "grades": "grading", "journal": "journal",
        "done": "{loans:,} loans as of {as_of}; rules {edition}; journal entry {entry}",
        "file": "loans: {path}",
        "open": "{count:,} loans stay open, because something is not known: missing is not normal",
        "no_events": "no --events file: misuse, restructuring, impairment that people confirmed are no reasons here",
        "unverified": "unverified rules used (kejin rules show NAME): {names}",
        "proposals": ("loan", "grade now at least", "if confirmed", "suspicion"),
        "proposed": "{count:,} loans of which tracing suspects misuse, not confirmed: no part of the grades above; "
        "confirm or dismiss with --events (misuse_confirmed, misuse_dismissed)",
        "no_trace": "no kejin trace-funds run is known by this day: misuse was not looked for",
        "traces": "findings from tracing: journal entries {entries}",
        "advice": "grades are proposals; a person decides",
        "columns": ("loan", "grade", "at least", "balance", "reasons"),
        "shown": "the {shown} strictest of {all:,} loans; --out FILE.xlsx writes them all",
    },
    "zh": {
        "rules": "查阅规则", "grades": "分类", "journal": "日志",
        "done": "{loans:,} 笔贷款，截至 {as_of}；规则版本 {edition}；日志第 {entry} 条",
        "file": "贷款：{path}",
        "open": "{count:,} 笔贷款因资料缺失而待定：缺失不等于正常",
        "no_events": "未给出 --events 文件：经人确认的挪用、重组、减值不在理由之内",
        "unverified": "所用规则中未经核实的（kejin rules show 名称）：{names}",
        "proposals": ("借据", "目前至少", "若经确认", "疑点"),
        "proposed": "{count:,} 笔贷款经追踪疑似挪用，尚待确认，未计入上述分类；"
        "请用 --events 确认或排除（misuse_confirmed、misuse_dismissed）",
        "no_trace": "截至该日没有 kejin trace-funds 的运行：未查资金去向",
        "traces": "追踪结论取自日志第 {entries} 条",
        "advice": "分类为建议，由人决定",
        "columns": ("借据", "分类", "至少", "余额", "理由"),
        "shown": "仅显示 {all:,} 笔中最严的 {shown} 笔；--out 文件.xlsx 可写出全部",
    },
}  # fmt: skip


def classify(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    loan: Annotated[str | None, typer.Option("--loan", help="Show one loan; all are graded all the same.")] = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", help="CSV of what people confirmed: loan_id, event, since_on, share."),
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day YYYY-MM-DD; today when not given.")] = None,
    known_on: Annotated[
        str | None, typer.Option("--known-on", help="Rules as known on this day; the as-of day when not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one row a loan to .csv, .parquet, .xlsx or .json.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who asks; the login name when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; the workspace's language by default.")] = None,
) -> None:
    """Propose the five-class grade of every loan known on a day, with reasons and the rules they rest on."""
    from kejin.workflows.classify_loans import LoanClassifier, classify_loans, read_events
    from kejin.workflows.workspace import Workspace

    day = date.today() if as_of is None else parse_day(as_of)  # noqa: DTZ011 — the user's own day is meant
    known = None if known_on is None else parse_day(known_on)
    given = [] if events is None else _events(events, read_events)
    with Workspace.open(workspace) as opened:
        language = _language(lang, opened.language)
        for notice in opened.notices:
            typer.echo(notice, err=True)
        with _progress() as bar:
            task = bar.add_task(_TEXTS[language]["rules"], total=3)

            def show(step: str, done: int, steps: int) -> None:
                bar.update(task, description=str(_TEXTS[language][step]), completed=done, total=steps)

            run = classify_loans(LoanClassifier(opened, day, given, known), actor or getpass.getuser(), show)
        _show(run, loan, out, as_json, events is not None, language)


def _events(path: Path, read: Any) -> Any:
    try:
        return read(path)
    except (OSError, UnicodeDecodeError) as error:
        from kejin.monitoring.five_classes import EVENTS

        raise InputError("monitoring.event_unreadable", path=path, line=0, known=", ".join(EVENTS)) from error


def _show(run: ClassifyRun, loan: str | None, out: Path | None, as_json: bool, with_events: bool, lang: Lang) -> None:
    import pyarrow.parquet as pq

    from kejin.workflows.classify_loans import counts, finding_counts

    table = pq.read_table(run.path)
    if out is not None:
        from kejin.app.monitoring_labels import grade_labels
        from kejin.app.write_table import write_table

        write_table(table, out, lang, grade_labels(), cast(Any, run.rules))
    rows = table.to_pylist()
    if loan is not None:
        rows = [row for row in rows if row["loan_id"] == loan]
        if not rows:
            raise InputError("monitoring.grade_loan_unknown", loan=loan, as_of=run.rules.as_of)
    grades, statuses, missing = counts(run.path)
    summary = {
        "as_of": run.rules.as_of, "known_on": run.rules.known_on, "edition": run.rules.edition, "loans": run.loans,
        "grades": grades, "statuses": statuses, "not_known": missing, "findings": finding_counts(run.path),
        "trace_entries": list(run.traces), "result_hash": run.result_hash,
        "journal_entry": None if run.entry is None else run.entry.sequence, "file": str(run.path),
        "unverified": list(run.rules.unverified), **({"loan": rows[0]} if loan is not None else {}),
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2, default=str))
    else:
        _print(run, rows, summary, with_events, lang)


def _print(run: ClassifyRun, rows: list[dict[str, Any]], summary: dict[str, Any], events: bool, lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    from kejin.app.monitoring_labels import GRADE_NAMES, STATUS_NAMES
    from kejin.monitoring.five_classes import GRADES
    from kejin.units import from_fen, money_text

    texts: Any = _TEXTS[lang]
    tally = Table("五级分类" if lang == "zh" else "grade", "笔数" if lang == "zh" else "loans")
    for name in GRADES:
        tally.add_row(GRADE_NAMES[name].of(lang), f"{summary['grades'].get(name, 0):,}")
    for name in ("open", "settled"):
        tally.add_row(STATUS_NAMES[name].of(lang), f"{summary['statuses'].get(name, 0):,}")
    console = Console(file=sys.stdout)
    console.print(tally)
    live = [row for row in rows if row["grade_at_least"] is not None]
    live.sort(key=lambda row: (-GRADES.index(row["grade_at_least"]), row["loan_id"]))
    table = Table(*texts["columns"])
    for row in live[:_SHOWN]:
        names = [GRADE_NAMES[row[one]].of(lang) if row[one] else "?" for one in ("grade", "grade_at_least")]
        owed = "?" if row["balance_fen"] is None else money_text(from_fen(row["balance_fen"]), lang)
        table.add_row(row["loan_id"], *names, owed, row[f"reason_{lang}"])
    console.print(table)
    if len(live) > _SHOWN:
        typer.echo(texts["shown"].format(shown=_SHOWN, all=len(live)), err=True)
    _print_proposals(run, rows, console, lang)
    edition = run.rules.edition[:12]
    typer.echo(texts["done"].format(loans=run.loans, as_of=run.rules.as_of, edition=edition,
                                    entry=summary["journal_entry"]), err=True)  # fmt: skip
    if summary["statuses"].get("open"):
        typer.echo(texts["open"].format(count=summary["statuses"]["open"]), err=True)
    if not events:
        typer.echo(texts["no_events"], err=True)
    typer.echo(texts["advice"], err=True)
    typer.echo(texts["file"].format(path=run.path), err=True)
    if run.rules.unverified:
        typer.echo(texts["unverified"].format(names=", ".join(run.rules.unverified)), err=True)


def _print_proposals(run: ClassifyRun, rows: list[dict[str, Any]], console: Any, lang: Lang) -> None:
    """What tracing proposes, apart from the grades: a suspicion is no reason until a person confirms it."""
    from rich.table import Table

    from kejin.app.monitoring_labels import GRADE_NAMES

    texts: Any = _TEXTS[lang]
    proposed = [row for row in rows if row["finding"] == "proposed"]
    if proposed:
        table = Table(*texts["proposals"])
        for row in proposed[:_SHOWN]:
            names = [GRADE_NAMES[row[one]].of(lang) for one in ("grade_at_least", "grade_proposed")]
            table.add_row(row["loan_id"], *names, row[f"proposal_{lang}"])
        console.print(table)
        typer.echo(texts["proposed"].format(count=len(proposed)), err=True)
    if run.traces:
        typer.echo(texts["traces"].format(entries=", ".join(map(str, run.traces))), err=True)
    else:
        typer.echo(texts["no_trace"], err=True)

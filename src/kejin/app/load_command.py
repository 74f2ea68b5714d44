"""`kejin load`: check files and load the good rows into a workspace."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from kejin.app.write_excel import write_rejected, write_template
from kejin.dates import parse_day
from kejin.errors import Lang, UseError
from kejin.workflows.load_facts import LoadReport, load_facts
from kejin.workflows.load_facts import Progress as TellProgress
from kejin.workflows.workspace import Workspace, is_new

FINDINGS_SHOWN = 20
_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "written": "Template written: {path}",
        "more": "... and {number:,} more; --rejected FILE.xlsx writes them down, --json prints them.",
        "refused": "Nothing was loaded: --strict was given and something is wrong.",
    },
    "zh": {
        "written": "模板已写出:{path}",
        "more": "……另有 {number:,} 条;可用 --rejected FILE.xlsx 写出,或用 --json 打印。",
        "refused": "使用了 --strict 且存在问题,没有装载任何数据。",
    },
}


def load(
    workspace: Annotated[
        Path | None, typer.Argument(help="Workspace directory; a new or empty one becomes a workspace.")
    ] = None,
    paths: Annotated[list[Path] | None, typer.Argument(help="CSV, Parquet or Excel files, or directories.")] = None,
    mapping: Annotated[str | None, typer.Option(help="A mapping file, or the name of one that comes along.")] = None,
    known_on: Annotated[
        str | None, typer.Option(help="Day from which the rows could be known, where a file does not say it.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Load nothing when anything is wrong.")] = False,
    rejected: Annotated[
        Path | None, typer.Option(help="Write the rows that did not load, with reasons, to this .xlsx or .csv.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="Write an empty workbook to fill in, and stop.")] = None,
    tables: Annotated[str | None, typer.Option(help="Tables of the template, separated by commas.")] = None,
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="Language of the output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check files and load their good rows in one transaction; bad rows come back with reasons."""
    if template is not None:
        chosen = [name.strip() for name in tables.split(",") if name.strip()] if tables else None
        write_template(template, chosen)
        sys.stderr.write(_WORDS[lang or "zh"]["written"].format(path=template) + "\n")
        return
    if workspace is None or not paths:
        raise UseError("facts.nothing_to_load")
    if rejected is not None and rejected.suffix.lower() not in (".xlsx", ".csv"):
        raise UseError("facts.rejected_kind", path=rejected)
    day = None if known_on is None else parse_day(known_on)
    report, language = _load(workspace, paths, mapping, day, strict, lang)
    if rejected is not None:
        write_rejected(rejected, report, language)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(language), ensure_ascii=False, indent=2) + "\n")
    else:
        print_report(report, language)
    if report.exit_status:
        raise typer.Exit(report.exit_status)


def _load(
    directory: Path, paths: list[Path], mapping: str | None, known_on: date | None, strict: bool, lang: Lang | None
) -> tuple[LoadReport, Lang]:
    opened = (
        Workspace.create(directory, language=lang or "zh")
        if is_new(directory)
        else Workspace.open(directory, read_only=False)
    )
    with opened as workspace:
        language = lang or workspace.language
        for notice in workspace.notices:
            sys.stderr.write(notice + "\n")
        with _progress() as tell:
            report = load_facts(workspace, paths, mapping=mapping, known_on=known_on, strict=strict, progress=tell)
    return report, language


@contextmanager
def _progress() -> Iterator[TellProgress]:
    """A bar on a terminal; nothing where stderr is not one."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def tell(file: str, done: int, total: int) -> None:
            bar.update(task, description=file, completed=done, total=total)

        yield tell


def print_report(report: LoadReport, lang: Lang) -> None:
    """The counts of each file as a table, then the first findings as sentences."""
    zh = lang == "zh"
    heads = (
        ("文件", "表", "读取", "装载", "拒绝", "未变")
        if zh
        else ("file", "table", "read", "loaded", "rejected", "unchanged")
    )
    grid = RichTable(*heads)
    for source in report.sources:
        numbers = (source.read, source.loaded, source.rejected, source.unchanged)
        grid.add_row(source.file, source.table, *(f"{number:,}" for number in numbers))
    Console(file=sys.stdout).print(grid)
    for finding in report.findings.kept[:FINDINGS_SHOWN]:
        sys.stderr.write(finding.text(lang) + "\n")
    hidden = sum(report.findings.counts.values()) - min(FINDINGS_SHOWN, len(report.findings.kept))
    if hidden > 0:
        sys.stderr.write(_WORDS[lang]["more"].format(number=hidden) + "\n")
    if report.refused:
        sys.stderr.write(_WORDS[lang]["refused"] + "\n")

"""The command `kejin city`: a synthetic city written to a directory, with a progress bar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kejin.city import CityReport, write_city
from kejin.errors import Lang

_WORDS = {
    "en": {
        "working": "writing a synthetic city",
        "done": "{companies} invented companies in {directory} ({tables} tables, {rows} rows of facts)",
        "truth": "the hidden truth is in {directory}; never load it as facts",
        "note": "everything in it is synthetic: no company, person or institution exists",
    },
    "zh": {
        "working": "正在写入虚拟城市",
        "done": "已在 {directory} 写入 {companies} 家虚构企业({tables} 张表,{rows} 行事实)",
        "truth": "隐藏真值在 {directory},切勿作为事实载入",
        "note": "全部内容均为虚构:其中的企业、个人和机构都不存在",
    },
}


def city(
    directory: Annotated[Path, typer.Argument(help="Directory to write to: new, empty, or holding an earlier city.")],
    companies: Annotated[int, typer.Option("--companies", help="Number of companies, 50 to 5,000,000.")] = 2_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed and size give the same bytes.")] = 1,
    tables: Annotated[str, typer.Option("--tables", help="Only these tables, separated by commas.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="en or zh.")] = "en",
) -> None:
    """Write a synthetic city: facts/*.parquet, and the hidden truth apart from them."""
    language: Lang = "zh" if lang == "zh" else "en"
    chosen = [name.strip() for name in tables.split(",") if name.strip()] or None
    report = city_with_progress(directory, companies, seed, chosen, language)
    words, console = _WORDS[language], Console(stderr=True)
    rows = sum(report.facts_rows.values())
    console.print(
        words["done"].format(
            companies=f"{report.companies:,}", directory=directory, tables=len(report.facts_rows), rows=f"{rows:,}"
        )
    )
    if report.truth_rows:
        console.print(words["truth"].format(directory=directory / "truth"))
    console.print(words["note"])


def city_with_progress(
    directory: Path, companies: int, seed: int, tables: list[str] | None = None, lang: Lang = "en"
) -> CityReport:
    """Write a city and show how far it is on the terminal (standard error); raises InputError as write_city does."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(_WORDS[lang]["working"], total=None)
        return write_city(
            directory,
            companies,
            seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            tables=tables,
        )

"""`kejin backup` and `kejin restore`: a workspace in one file, checked by its journal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from kejin.errors import Lang

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "backed_up": "{files} files, {size:,} bytes written to {file}; the journal of {entries} entries is whole.",
        "restored": "{files} files restored from {file}; the journal of {entries} entries is whole.",
        "without_cases": "{files} files, {size:,} bytes in {file}.",
        "postgresql": "Cases and journal are on PostgreSQL (KEJIN_DATABASE): back them up with pg_dump, "
        "restore them with pg_restore; this file holds facts, settings, rules and models only.",
        "secret": "The file holds people's records and the key of the webhooks: keep it as you keep the workspace.",
    },
    "zh": {
        "backed_up": "已将 {files} 个文件（{size:,} 字节）写入 {file}；日志 {entries} 条，校验完整。",
        "restored": "已从 {file} 恢复 {files} 个文件；日志 {entries} 条，校验完整。",
        "without_cases": "{file} 中有 {files} 个文件（{size:,} 字节）。",
        "postgresql": "案件与日志在 PostgreSQL（KEJIN_DATABASE）中：请用 pg_dump 与 pg_restore 备份和恢复；"
        "本文件只含数据、设置、规则与模型。",
        "secret": "文件含人员记录与通知密钥：请按工作区同等要求保管。",
    },
}


def backup(
    workspace: Annotated[Path, typer.Argument(help="Workspace directory.")],
    file: Annotated[Path, typer.Argument(help="File to write, e.g. kejin-2026-11-26.zip.")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; Chinese by default.")] = None,
) -> None:
    """Back up a workspace into one file, also while it is served; the journal is verified."""
    from kejin.workflows.backup import back_up

    language = _language(lang)
    with _progress() as tell:
        made = back_up(workspace, file, tell)
    _say(made, "backed_up", as_json, language)


def restore(
    file: Annotated[Path, typer.Argument(help="A file of kejin backup.")],
    workspace: Annotated[Path, typer.Argument(help="New or empty directory that becomes the workspace.")],
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")] = False,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; Chinese by default.")] = None,
) -> None:
    """Restore a workspace from a backup; files and journal are verified before it is there."""
    from kejin.workflows.backup import restore as take_back

    language = _language(lang)
    with _progress() as tell:
        made = take_back(file, workspace, tell)
    _say(made, "restored", as_json, language)


def _say(made: Any, act: str, as_json: bool, lang: Lang) -> None:
    if as_json:
        typer.echo(json.dumps(made.as_json(), ensure_ascii=False, indent=2))
        return
    texts = _TEXTS[lang]
    name = act if made.cases == "sqlite" else "without_cases"
    typer.echo(texts[name].format(files=made.files, size=made.size, file=made.file, entries=made.entries), err=True)
    if made.cases != "sqlite":
        typer.echo(texts["postgresql"], err=True)
    if act == "backed_up":
        typer.echo(texts["secret"], err=True)


def _language(lang: str | None) -> Lang:
    return "en" if lang == "en" else "zh"


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal; nothing where stderr is not one."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, of: bar.update(task, description=name, completed=done, total=of)

"""`kejin journal`: list, show, verify, replay, export and anchor the journal of a workspace."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kejin.dates import parse_day
from kejin.errors import KejinError, Lang
from kejin.journal import Entry, ExportFile, Journal, Replayed, Verification, keep_anchor, read_anchor, replay, verify

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(
    name="journal",
    help="What was decided, on what, by whom: look it up, check it, do it again.",
    no_args_is_help=True,
    add_completion=False,
)

_CASES_FILE = "cases.sqlite"
_SETTINGS_FILE = "kejin.toml"
_SHOWN_BY_DEFAULT = 20
_TABLE_WIDTH = 160
_TEXTS = {
    "en": {
        "whole": "whole: {entries:,} entries, {algorithm}, last {sequence} {hash}",
        "broken": "not whole: {count:,} findings in {entries:,} entries",
        "more": "… and {count:,} more findings",
        "unanchored": "no anchor: entries cut off at the end would leave no trace (kejin journal anchor)",
        "anchored": "anchored to entry {sequence}",
        "replayed": "{equal:,} equal, {different:,} different, {cannot:,} could not be replayed",
        "equal": "equal",
        "different": "DIFFERENT",
        "cannot": "cannot",
        "exported": "{count:,} entries written to {path}",
        "anchor": "anchor of entry {sequence} written to {path}; keep it where the journal's writers cannot reach it",
        "none": "no entries",
        "number": "no.",
        "time": "time (UTC)",
        "act": "act",
        "actor": "actor (role)",
        "subject": "subject",
        "as_of": "as of",
    },
    "zh": {
        "whole": "完整：{entries:,} 条，{algorithm}，最后第 {sequence} 条 {hash}",
        "broken": "不完整：{entries:,} 条中发现 {count:,} 处问题",
        "more": "……另有 {count:,} 处问题",
        "unanchored": "没有锚点：末尾的条目被截去时不会留下痕迹（kejin journal anchor）",
        "anchored": "锚定到第 {sequence} 条",
        "replayed": "{equal:,} 条相同，{different:,} 条不同，{cannot:,} 条无法重放",
        "equal": "相同",
        "different": "不同",
        "cannot": "无法重放",
        "exported": "已将 {count:,} 条写入 {path}",
        "anchor": "第 {sequence} 条的锚点已写入 {path}；请存放在日志写入者无法触及的地方",
        "none": "没有条目",
        "number": "编号",
        "time": "时间（UTC）",
        "act": "事项",
        "actor": "经办人（角色）",
        "subject": "对象",
        "as_of": "基准日",
    },
}

_WorkspaceReplayer = Callable[[Path, Entry], str]
WorkspacePath = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Workspace directory.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
LangOption = Annotated[Lang | None, typer.Option("--lang", help="zh or en; the workspace's own language if left out.")]
ActOption = Annotated[str | None, typer.Option("--act", help="Only this act.")]
FirstOption = Annotated[int, typer.Option("--first", min=1, help="First entry.")]
LastOption = Annotated[int | None, typer.Option("--last", min=1, help="Last entry.")]


@app.command("list")
def list_entries(
    workspace: WorkspacePath,
    act: ActOption = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Only this person or program.")] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="Only this company, loan ...")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Only this day.")] = None,
    newest: Annotated[int, typer.Option("--newest", min=1, help="How many, counted from the end.")] = _SHOWN_BY_DEFAULT,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Which entries are there? One line each, the newest last."""
    language = _language(workspace, lang)
    with _sentences(language, as_json), _journal(workspace) as journal:
        day = parse_day(as_of) if as_of else None
        found = list(journal.find(act=act, actor=actor, subject=subject, as_of=day, newest=newest))
        if as_json:
            _print_json([_summary(entry) for entry in found])
        elif found:
            _print_table(found, language)
        else:
            _say(_TEXTS[language]["none"])


@app.command("show")
def show_entry(
    workspace: WorkspacePath,
    sequence: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the entry.")],
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """What does one entry say? Whole, with its hashes; --json gives the line of the export."""
    language = _language(workspace, lang)
    with _sentences(language, as_json), _journal(workspace) as journal:
        entry = journal.get(sequence)
        whole = {"previous_hash": entry.previous_hash, "entry_hash": entry.entry_hash, "body": json.loads(entry.body)}
        if as_json:
            _print_json(whole)
        else:
            typer.echo(json.dumps(_unmarked(whole), ensure_ascii=False, indent=2))


@app.command("verify")
def verify_journal(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Workspace directory, or an exported file.")],
    anchor: Annotated[list[Path] | None, typer.Option("--anchor", help="Anchor file; may be given again.")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Was anything changed, removed, inserted, moved or cut off? Exit status 1 if so."""
    language = _language(workspace, lang)
    with _sentences(language, as_json):
        anchors = [read_anchor(path) for path in anchor or ()]
        if workspace.is_file():
            with _progress() as on_progress:
                checked = verify(ExportFile(workspace), anchors, on_progress)
        else:
            with _journal(workspace) as journal, _progress(journal.head().sequence) as on_progress:
                checked = verify(journal, anchors, on_progress)
        _report(checked, as_json, language)
    raise typer.Exit(0 if checked.ok else 1)


@app.command("replay")
def replay_journal(
    workspace: WorkspacePath,
    first: FirstOption = 1,
    last: LastOption = None,
    act: ActOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Does each decision, done again, give the same result? Exit status 1 if one differs or fails."""
    language = _language(workspace, lang)
    counts = {"equal": 0, "different": 0, "cannot": 0}
    failed = False
    with _sentences(language, as_json), _journal(workspace) as journal:
        for replayed in replay(journal.find(first=first, last=last, act=act), _replayers(workspace)):
            counts[replayed.outcome] += 1
            failed |= _failed(replayed)
            if as_json:
                typer.echo(json.dumps(replayed.as_json(language), ensure_ascii=False))
            else:
                outcome = _TEXTS[language][replayed.outcome]
                typer.echo(f"{replayed.sequence:>8}  {outcome}  {replayed.act}  {replayed.reason(language)}".rstrip())
        _say(_TEXTS[language]["replayed"].format(**counts))
    raise typer.Exit(1 if failed else 0)


@app.command("export")
def export_journal(
    workspace: WorkspacePath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.jsonl", help="File to write.")],
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Write all entries as JSON lines that anyone can check without Kejin."""
    language = _language(workspace, lang)
    with _sentences(language, as_json), _journal(workspace) as journal:
        count = journal.export(out)
        if as_json:
            _print_json({"entries": count, "path": str(out)})
        _say(_TEXTS[language]["exported"].format(count=count, path=out))


@app.command("anchor")
def anchor_journal(
    workspace: WorkspacePath,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.json", help="File to write; else stdout.")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Check the journal, then write its head for keeping elsewhere; an older anchor in FILE must still hold."""
    language = _language(workspace, lang)
    with _sentences(language, as_json), _journal(workspace) as journal:
        if out is None:
            anchor = journal.anchor()
            checked = journal.verify([anchor])
        else:
            anchor, checked = keep_anchor(journal, out)
        if not checked.ok:
            _report(checked, as_json, language)
            raise typer.Exit(1)
        if out is None or as_json:
            typer.echo(anchor.encoded().decode())
        if out is not None:
            _say(_TEXTS[language]["anchor"].format(sequence=anchor.sequence, path=out))


# ── what the commands share ──────────────────────────────────────────────────────────────────────────────────────────


def _journal(workspace: Path) -> Journal:
    return Journal.open(workspace / _CASES_FILE, create=False)


def _language(workspace: Path, lang: Lang | None) -> Lang:
    """The language asked for, else the workspace's, else Chinese as in a new workspace."""
    if lang is not None:
        return lang
    try:
        settings = tomllib.loads((workspace / _SETTINGS_FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return "zh"
    return "en" if settings.get("language") == "en" else "zh"


@contextmanager
def _sentences(language: Lang, as_json: bool) -> Iterator[None]:
    """Errors as sentences on stderr (with --json also as JSON on stdout), and their exit status."""
    try:
        yield
    except KejinError as error:
        if as_json:
            _print_json({"error": error.as_json(language)})
        _say(error.text(language))
        raise typer.Exit(error.exit_status) from None


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def _progress(total: int | None = None) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal; nothing where output goes elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar: Progress = Progress(console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)


def _summary(entry: Entry) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "time": entry.time.isoformat(),
        "act": entry.act,
        "actor": entry.actor,
        "role": entry.role,
        "subject": entry.subject,
        "as_of": entry.as_of.isoformat() if entry.as_of else None,
        "refers_to": list(entry.refers_to),
        "result_hash": entry.result_hash,
        "entry_hash": entry.entry_hash,
    }


def _print_table(entries: Iterable[Entry], language: Lang) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    texts = _TEXTS[language]
    table = Table(box=None, header_style="bold", padding=(0, 1))
    for name in ("number", "time", "act", "actor", "subject", "as_of"):
        table.add_column(texts[name], no_wrap=True)
    for entry in entries:
        cells = (
            str(entry.sequence),
            _second(entry.time),
            entry.act,
            f"{entry.actor} ({entry.role})",
            entry.subject or "",
            entry.as_of.isoformat() if entry.as_of else "",
        )
        table.add_row(*(Text(cell) for cell in cells))
    # One line an entry, also where the terminal is narrow or the output goes to a file.
    Console(width=max(Console().width, _TABLE_WIDTH)).print(table)


def _second(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(" ", timespec="seconds")


def _unmarked(value: Any) -> Any:
    """A value for reading: decimals, floats, days and times as their text, without the marks."""
    if isinstance(value, dict):
        key = next(iter(value), "")
        return value[key] if key.startswith("$") else {name: _unmarked(item) for name, item in value.items()}
    return [_unmarked(item) for item in value] if isinstance(value, list) else value


def _report(checked: Verification, as_json: bool, language: Lang) -> None:
    texts = _TEXTS[language]
    if as_json:
        _print_json(_verification_json(checked, language))
    for finding in checked.findings:
        typer.echo(f"{finding.code}  {finding.text(language)}", err=as_json)
    if more := checked.findings_total - len(checked.findings):
        _say(texts["more"].format(count=more))
    if checked.ok and checked.settings and checked.head:
        head, algorithm = checked.head, checked.settings.algorithm
        line = texts["whole"].format(
            entries=checked.entries, algorithm=algorithm, sequence=head.sequence, hash=head.entry_hash
        )
    else:
        line = texts["broken"].format(count=checked.findings_total, entries=checked.entries)
    typer.echo(line, err=as_json)
    if checked.anchored_to is None:
        _say(texts["unanchored"])
    else:
        _say(texts["anchored"].format(sequence=checked.anchored_to))


def _verification_json(checked: Verification, language: Lang) -> dict[str, object]:
    settings, head = checked.settings, checked.head
    return {
        "ok": checked.ok,
        "entries": checked.entries,
        "journal_id": settings.journal_id if settings else None,
        "algorithm": settings.algorithm if settings else None,
        "head": {"sequence": head.sequence, "entry_hash": head.entry_hash} if head else None,
        "anchored_to": checked.anchored_to,
        "findings_total": checked.findings_total,
        "findings": [finding.as_json(language) for finding in checked.findings],
    }


def _replayers(workspace: Path) -> dict[str, Callable[[Entry], str]]:
    """How the acts of this installation are done again, bound to the workspace."""
    replayers: dict[str, _WorkspaceReplayer] = {}
    for place in ("kejin.workflows.replayers", "kejin.casework.replayers", "kejin.casework.matters"):
        try:
            replayers |= import_module(place).REPLAYERS
        except ModuleNotFoundError as error:
            if error.name != place:
                raise

    def bound(replayer: _WorkspaceReplayer) -> Callable[[Entry], str]:
        return lambda entry: replayer(workspace, entry)

    return {act: bound(replayer) for act, replayer in replayers.items()}


def _failed(replayed: Replayed) -> bool:
    """A person's act cannot be replayed and is no failure; a difference, or a replay that breaks off, is one."""
    absent = replayed.problem is not None and replayed.problem.code == "journal.replayer_absent"
    return replayed.outcome != "equal" and not absent

"""`kejin journal`: output, languages and exit statuses."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from journal_samples import Ticking, make_journal, put, raw, record, tampering
from typer.testing import CliRunner

from kejin.app.journal_command import app
from kejin.journal import Entry, Journal

FORMAT_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "journal_format.md"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "kejin.toml").write_text('format = 1\nlanguage = "en"\n')
    make_journal(tmp_path / "cases.sqlite", 30)
    return tmp_path


def run(*arguments: object, status: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def hurt(workspace: Path, sequence: int) -> None:
    with tampering(workspace / "cases.sqlite") as connection:
        body = raw(connection, "body", sequence)
        assert body
        put(connection, "body", sequence, body.replace(b"refuse", b"accept"))


def test_list(workspace: Path) -> None:
    assert len(run("list", workspace).stdout.splitlines()) == 21
    listed = json.loads(run("list", workspace, "--act", "value_patents", "--newest", 2, "--json").stdout)
    assert [entry["sequence"] for entry in listed] == [27, 30]
    assert "编号" in run("list", workspace, "--lang", "zh").stdout
    assert run("list", workspace, "--act", "nothing").stdout == ""
    assert "not a day" in run("list", workspace, "--as-of", "soon", status=1).stderr


def test_show(workspace: Path) -> None:
    shown = json.loads(run("show", workspace, 3).stdout)
    assert shown["body"]["inputs"]["amount_cny"] == "3000"
    exact = json.loads(run("show", workspace, 3, "--json").stdout)
    assert exact["body"]["inputs"]["amount_cny"] == {"$decimal": "3000"}
    assert "no entry 31" in run("show", workspace, 31, status=1).stderr
    run("show", workspace, "three", status=2)


def test_verify(workspace: Path) -> None:
    result = run("verify", workspace)
    assert result.stdout.startswith("whole: 30 entries, sha256, last 30")
    assert "no anchor" in result.stderr
    hurt(workspace, 7)
    result = run("verify", workspace, status=1)
    assert "journal.entry_changed" in result.stdout
    assert "Entry 7" in result.stdout
    checked = json.loads(run("verify", workspace, "--json", "--lang", "zh", status=1).stdout)
    assert not checked["ok"]
    assert checked["findings"] == [
        {"code": "journal.entry_changed", "sequence": 7, "what": "第 7 条被改动：哈希与内容不符。"},
        {"code": "journal.link_broken", "sequence": 8, "what": "第 8 条与前一条不衔接。"},
    ]
    assert "Entry 7" in run("list", workspace, "--newest", 30, status=1).stderr


def test_verify_by_anchor(workspace: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.json"
    run("anchor", workspace, "--out", anchor)
    assert json.loads(anchor.read_text())["sequence"] == 30
    assert "anchored to entry 30" in run("verify", workspace, "--anchor", anchor).stderr
    with tampering(workspace / "cases.sqlite") as connection:
        connection.execute("DELETE FROM journal_entry WHERE sequence > 20")
        connection.commit()
    run("verify", workspace)
    assert "entries_cut_off" in run("verify", workspace, "--anchor", anchor, status=1).stdout
    before = anchor.read_bytes()
    assert "entries_cut_off" in run("anchor", workspace, "--out", anchor, status=1).stdout
    assert anchor.read_bytes() == before, "a cut journal must not replace the anchor that shows it"
    anchor.write_text("{}")
    assert "anchor_unreadable" in run("verify", workspace, "--anchor", anchor, status=1).stderr


def test_anchor_on_stdout_moves_on(workspace: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.json"
    anchor.write_text(run("anchor", workspace).stdout)
    with Journal.open(workspace / "cases.sqlite", clock=Ticking()) as journal:
        journal._clock = lambda: next(journal.entries(30)).time
        journal.append(record(31))
    run("anchor", workspace, "--out", anchor)
    assert json.loads(anchor.read_text())["sequence"] == 31


def test_no_anchor_of_a_broken_journal(workspace: Path, tmp_path: Path) -> None:
    hurt(workspace, 3)
    assert "entry_changed" in run("anchor", workspace, status=1).stdout
    run("anchor", workspace, "--out", tmp_path / "anchor.json", status=1)
    assert not (tmp_path / "anchor.json").exists()


def test_export(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "journal.jsonl"
    assert json.loads(run("export", workspace, "--out", out, "--json").stdout)["entries"] == 30
    assert len(out.read_bytes().splitlines()) == 31
    run("verify", out)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cases.sqlite", "journal.jsonl", "kejin.toml"]
    assert "file_unwritable" in run("export", workspace, "--out", tmp_path / "no" / "x.jsonl", status=1).stderr
    before = out.read_bytes()
    out.write_bytes(before.replace(b"refuse", b"accept", 1))
    assert "entry_changed" in run("verify", out, status=1).stdout
    hurt(workspace, 9)
    out.write_bytes(before)
    run("export", workspace, "--out", out, status=1)
    assert out.read_bytes() == before, "a failed export leaves the older file as it was"


def test_the_checker_of_the_format_page(workspace: Path, tmp_path: Path) -> None:
    """The program printed in the documentation accepts an export and refuses every kind of change."""
    code = re.findall(r"```python\n(.*?)```", FORMAT_PAGE.read_text("utf-8"), flags=re.DOTALL)
    namespace: dict[str, object] = {}
    exec(compile(code[0], "journal_format.md", "exec"), namespace)
    check = namespace["check"]
    assert callable(check)
    out = tmp_path / "journal.jsonl"
    for algorithm in ("sha256", "sm3"):
        path = make_journal(tmp_path / f"{algorithm}.sqlite", 5, algorithm)
        with Journal.open(path) as journal:
            journal.export(out)
            assert check(out) == (5, journal.head().entry_hash)
    original = out.read_bytes()
    lines = original.splitlines(keepends=True)
    planted = [original[:at] + bytes([original[at] ^ 1]) + original[at + 1 :] for at in range(0, len(original), 5)]
    planted += [b"".join(lines[:3] + lines[4:]), b"".join([*lines[:2], lines[3], lines[2], *lines[4:]])]
    for changed in planted:
        out.write_bytes(changed)
        with pytest.raises((AssertionError, ValueError, KeyError)):
            check(out)


def test_replay(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("kejin.workflows.replayers")
    seen: list[Path] = []

    def again(path: Path, entry: Entry) -> str:
        seen.append(path)
        return entry.result_hash if entry.sequence != 5 else "0" * 64

    module.REPLAYERS = {"assess_loan": again}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kejin.workflows.replayers", module)
    result = run("replay", workspace, "--last", 4)
    assert "3 equal, 0 different, 1 could not be replayed" in result.stderr
    assert "does not know how to replay" in result.stdout
    assert seen == [workspace] * 3
    lines = run("replay", workspace, "--first", 5, "--last", 5, "--json", "--lang", "zh", status=1).stdout.splitlines()
    assert json.loads(lines[0])["outcome"] == "different"
    assert "不同" in json.loads(lines[0])["reason"]
    module.REPLAYERS = {"assess_loan": lambda path, entry: {}["x"]}  # type: ignore[attr-defined]
    run("replay", workspace, "--last", 1, status=1)


def test_replay_where_nothing_can_be_replayed(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kejin.workflows.replayers", ModuleType("kejin.workflows.replayers"))
    sys.modules["kejin.workflows.replayers"].REPLAYERS = {}  # type: ignore[attr-defined]
    assert "0 equal, 0 different, 30" in run("replay", workspace).stderr


def test_no_journal(tmp_path: Path) -> None:
    for command in ("list", "verify", "replay", "anchor"):
        result = run(command, tmp_path, status=1)
        assert "没有日志" in result.stderr
    assert not list(tmp_path.iterdir()), "looking must not make a journal"
    error = json.loads(run("list", tmp_path, "--json", "--lang", "en", status=1).stdout)["error"]
    assert error["code"] == "journal.store_absent"
    run("verify", status=2)

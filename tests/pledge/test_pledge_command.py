"""`kejin pledge` as people type it: sentences, tables, exit status, both languages, files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from pledge_workspace import OWNER
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.errors import KejinError

CHECK = ("--loan-amount", "1,000,000", "--term-months", "36", "--as-of", "2026-06-30")


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(whole_app(), ["pledge", *(str(word) for word in words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_check_in_the_terminal_as_json_and_as_a_file(pledge_path: Path, tmp_path: Path) -> None:
    asked = ("check", pledge_path, "--patent", "CN1B", "--patent", "CN8B", *CHECK, "--route", "negotiated")
    asked += ("--value", "CN1B=5000000", "--value", "CN8B=5000000")
    status, out, err = run(*asked, "--lang", "zh")
    assert status == 0
    assert "不可质押" in out
    assert "尚未解除" in "".join(out.split()).replace("│", "")
    assert "patents/pledge/ratio" in err, "unverified rules are named"
    file = tmp_path / "checks.csv"
    status, out, _ = run(*asked, "--json", "--lang", "en", "--out", file)
    found = json.loads(out)
    assert (found["answer"], found["pledge_cny"]) == ("no", "750000.00")
    assert found["reasons"][0]["code"] == "pledged_already"
    assert found["journal_entry"] == 2
    with file.open(encoding="utf-8-sig") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["code"] for row in rows if row["code"]] == ["pledged_already", "loan_above_pledge_value"]


@pytest.mark.slow
def test_the_whole_way_by_command(pledge_path: Path, tmp_path: Path) -> None:
    draft = ("--patent", "CN1B", "--loan-amount", "500000", "--term-months", "36", "--route", "negotiated")
    _, out, _ = run("draft", pledge_path, *draft, "--value", "5000000", "--on", "2026-06-30", "--pledgee", "演示银行",
                    "--actor", "zhang", "--json")  # fmt: skip
    (case,) = json.loads(out)
    name = case["case"]
    assert (case["state"], case["terms"]["pledgor_id"]) == ("drafted", OWNER)
    _, out, _ = run("documents", pledge_path, name, "--out", tmp_path / "papers")
    assert len(list((tmp_path / "papers").iterdir())) == 4
    signed = json.loads((tmp_path / "papers" / f"{name}-contract.json").read_text("utf-8"))["contract_hash"]
    day = ("--on", "2026-07-01")
    signers = ("--pledgor-signer", "王五", "--pledgee-signer", "赵六", "--contract-hash", signed)
    run("sign", pledge_path, name, *signers, *day, "--actor", "zhang")
    with pytest.raises(KejinError, match="pledge_one_person"):
        run("approve", pledge_path, name, *day, "--actor", "zhang")
    run("approve", pledge_path, name, *day, "--actor", "li")
    run("file", pledge_path, name, *day, "--actor", "zhang")
    _, out, _ = run("approve", pledge_path, name, *day, "--actor", "li", "--lang", "en")
    assert "the office's answer" in out
    _, out, _ = run("collect", pledge_path, *day, "--actor", "li", "--lang", "en")
    assert "registered" in out
    _, out, _ = run("status", pledge_path, name, "--lang", "en")
    assert "change" in out
    assert "release" in out
    run("change", pledge_path, name, "--until", "2029-12-31", *day, "--actor", "zhang")
    run("reject", pledge_path, name, "--reason", "材料不全", *day, "--actor", "li")
    _, out, _ = run("cover", pledge_path, "--as-of", "2026-12-01", "--json", "--outstanding", f"{name}=750000.01")
    (row,) = json.loads(out)
    assert (row["alerts"], row["pledge_cny"]) == ("cover_below_minimum", "750000.00")
    assert row["alert_text"] == "质押价值不足以覆盖贷款"
    run("release", pledge_path, name, "--reason", "结清", *day, "--actor", "zhang")
    run("approve", pledge_path, name, *day, "--actor", "li")
    run("collect", pledge_path, name, *day, "--actor", "li")
    _, out, _ = run("status", pledge_path, "--json")
    assert [one["state"] for one in json.loads(out)] == ["released"]
    assert run("status", pledge_path, "--as-of", "2026-06-29", "--json")[1].strip() == "[]"
    for words, header in (((), "编号"), (("--as-of", "2026-06-29"), "编号")):
        run("status", pledge_path, *words, "--out", tmp_path / "cases.xlsx", "--lang", "zh")
        first = openpyxl.load_workbook(tmp_path / "cases.xlsx").worksheets[0]
        assert first["A1"].value == header, "headers are Chinese, also of a table without rows"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--value", "abc"), "app.pledge_word_wrong"),
        (("--value", "1.234"), "app.pledge_word_wrong"),
        (("--value", "1", "--value", "2"), "app.pledge_word_wrong"),
        (("--value", "=5"), "app.pledge_word_wrong"),
        (("--value", "-5"), "valuation.pledge_value_negative"),
        (("--consent", "CN2B"), "workflows.pledge_patent_unasked"),
        (("--patent", "CN404B"), "workflows.patent_unknown"),
        (("--lang", "fr"), "app.language_unknown"),
        (("--as-of", "yesterday"), "dates.not_a_day"),
    ],
)
def test_wrong_words_are_sentences(pledge_home: Path, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(KejinError) as caught:
        run("check", pledge_home, "--patent", "CN1B", *CHECK, "--route", "negotiated", *words)
    assert caught.value.code == code
    assert all("{" not in caught.value.text(lang) for lang in ("zh", "en"))


def test_a_case_that_is_not_there(pledge_path: Path) -> None:
    with pytest.raises(KejinError, match="pledge_case_unknown"):
        run("status", pledge_path, "PLG-2026-000009")

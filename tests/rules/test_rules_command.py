"""kejin rules on the command line: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rule_tree import write_tree
from typer.testing import CliRunner, Result

from kejin.app.rules_command import app
from kejin.policy import RuleBook

NAME = "life_cycle/start_up_age_years_max"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """An institution that calls a company of eight years a start-up."""
    book = RuleBook.shipped()
    text = book.text_of(book.file_of(NAME)).replace('value: "5"', 'value: "8"')
    return write_tree(tmp_path / "own", {NAME: text}, {})


def test_check_says_that_all_is_right() -> None:
    result = run("check", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"edition": RuleBook.shipped().edition, "findings": []}


def test_check_finds_a_planted_fault_and_ends_with_1(overlay: Path) -> None:
    path = overlay / "rules" / f"{NAME}.yaml"
    path.write_text(path.read_text("utf-8").replace('"8"', "8"), "utf-8")
    result = run("check", "--overlay", str(overlay), "--lang", "en")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error[policy.decimal_unquoted]" in result.stderr
    assert "line 7" in result.stderr
    found = json.loads(run("check", "--overlay", str(overlay), "--json").stdout)["findings"]
    assert [one["code"] for one in found] == ["policy.decimal_unquoted"]


def test_list_by_prefix_and_day() -> None:
    result = run("list", "titles/star_board", "--as-of", "2024-04-30", "--json")
    values = {(one["rule"], one["exception"]): one["value"] for one in json.loads(result.stdout)["values"]}
    assert values["titles/star_board/rd_total_cny_min", None] == "80000000"
    assert values["titles/star_board/rd_to_revenue_min", "software_company"] == "0.10"
    assert all(name.startswith("titles/star_board/") for name, _ in values)
    table = run("list", "titles/star_board", "--as-of", "2024-04-30", "--lang", "en")
    assert "80,000,000 CNY" in table.stdout
    assert "UNVERIFIED" in table.stdout
    assert "edition" in table.stderr


def test_show_prints_the_text_beside_the_value() -> None:
    result = run("show", "titles/star_board/rd_total_cny_min")
    for text in ("60,000,000 元", "80,000,000 元", "6000万元", "2024-04-29", "科创属性评价指引", "见原文"):
        assert text in result.stdout
    english = run("show", "titles/star_board/rd_total_cny_min", "--as-of", "2024-04-30", "--lang", "en")
    assert "80,000,000 CNY" in english.stdout
    assert "60,000,000" not in english.stdout


def test_known_on_shows_what_was_known() -> None:
    name = "titles/specialised_sme/version"
    late = run("show", name, "--as-of", "2026-04-01", "--json")
    early = run("show", name, "--as-of", "2026-04-01", "--known-on", "2026-01-15", "--json")
    assert json.loads(late.stdout)["values"][0]["value"] == "2026"
    assert json.loads(early.stdout)["values"][0]["value"] == "2022"


def test_diff_of_two_days() -> None:
    result = run("diff", "2024-04-29", "2024-04-30", "--prefix", "titles/star_board", "--json")
    found = {one["rule"]: (one["left"], one["right"]) for one in json.loads(result.stdout)["differences"]}
    assert found["titles/star_board/revenue_growth_min"] == (["0.20 ratio"], ["0.25 ratio"])
    assert "titles/star_board/rd_staff_share_min" not in found
    assert run("diff", "2024-05-01", "2024-05-02").stderr.strip() == "没有差异"


def test_diff_of_editions(overlay: Path, tmp_path: Path) -> None:
    saved = tmp_path / "edition.json"
    saved.write_text(run("list", "--json").stdout, "utf-8")
    assert json.loads(run("diff", str(saved), "--json").stdout)["differences"] == []
    changed = json.loads(run("diff", str(saved), str(overlay), "--json").stdout)["differences"]
    assert [(one["rule"], one["change"]) for one in changed] == [(NAME, "changed")]
    assert run("diff", RuleBook.shipped().edition[:12]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["show", "titles/no_such_rule"], 1, "policy.rule_unknown"),
        (["show", "titles/tech_sme/score_min", "--as-of", "2001-01-01"], 1, "policy.nothing_in_force"),
        (["show", "titles/tech_sme/score_min", "--as-of", "yesterday"], 1, "dates.not_a_day"),
        (["list", "--known-on", "2024-01-01"], 2, "policy.known_without_day"),
        (["list", "--overlay", "nowhere"], 1, "policy.overlay_missing"),
        (["diff", "2024-01-01", "shipped"], 2, "policy.diff_mixed"),
        (["diff", "0123456789abcdef", "shipped"], 1, "policy.edition_unknown"),
        (["diff", "README.md", "shipped"], 1, "policy.edition_unreadable"),
    ],
)
def test_errors_are_sentences_with_a_status(
    arguments: list[str], status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    result = run(*arguments, "--json", "--lang", "en")
    assert result.exit_code == status
    assert json.loads(result.stdout)["error"]["code"] == code
    assert f"error[{code}]" in result.stderr
    assert "Traceback" not in result.output


def test_wrong_use_ends_with_2() -> None:
    assert run("show").exit_code == 2
    assert run("list", "--lang", "fr").exit_code == 2

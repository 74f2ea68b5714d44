"""`kejin evaluate` and the Python face on a small workspace: output, exit status, wrong words, replay."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import kejin
from kejin.app.command_line import whole_app
from kejin.city import write_city
from kejin.errors import InputError, UseError
from kejin.journal import Journal
from kejin.workflows.evaluate_companies import TABLES_READ
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

DAY = "2026-06-30"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 120 invented companies."""
    home = tmp_path_factory.mktemp("evaluated")
    write_city(home / "city", 120, 9, tables=TABLES_READ)
    with Workspace.create(home / "workspace") as made:
        assert load_facts(made, [home / "city"]).rows_rejected == 0
    return home / "workspace"


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(whole_app(), [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def company(workspace: Path) -> str:
    code, out, _ = _run("evaluate", workspace, "--as-of", DAY, "--json", "--lang", "en")
    assert code == 0
    return str(pq.read_table(json.loads(out)["file"], columns=["company_id"])["company_id"][0])


def test_summary_as_json_counts_every_company_once(workspace: Path) -> None:
    code, out, _ = _run("evaluate", workspace, "--as-of", DAY, "--json", "--lang", "en")
    summary = json.loads(out)
    assert code == 0
    assert summary["companies"] > 100
    for scheme in summary["schemes"]:
        assert scheme["yes"] + scheme["no"] + scheme["open"] == summary["companies"]
    assert {"tech_sme", "high_tech", "specialised_sme", "little_giant"} <= {s["scheme"] for s in summary["schemes"]}
    assert any(name.startswith("life_cycle/") for name in summary["unverified"])
    assert any("innovative_sme" in sentence for sentence in summary["absent"])


def test_each_run_is_in_the_journal_and_replays_equal(workspace: Path) -> None:
    before = _entries(workspace)
    assert _run("evaluate", workspace, "--as-of", DAY, "--actor", "王")[0] == 0
    with Journal.open(workspace / "cases.sqlite") as journal:
        entry = journal.get(before + 1)
    assert (entry.act, entry.actor, str(entry.as_of)) == ("evaluate_companies", "王", DAY)
    assert entry.row_counts["company"] > 100
    assert any(rule.name == "titles/tech_sme/score_min" for rule in entry.rules_used)
    code, out, _ = _run("journal", "replay", workspace, "--first", before + 1, "--json")
    assert code == 0
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["equal"]


def _entries(workspace: Path) -> int:
    with Journal.open(workspace / "cases.sqlite") as journal:
        return sum(1 for _ in journal.entries())


def test_profile_in_both_languages(workspace: Path, company: str) -> None:
    code, out, _ = _run("evaluate", workspace, "--as-of", DAY, "--company", company, "--lang", "zh")
    assert code == 0
    assert "科技型中小企业" in out
    assert "国科发政〔2017〕115号" in out
    code, out, _ = _run("evaluate", workspace, "--as-of", DAY, "--company", company, "--lang", "en")
    assert code == 0
    assert "Technology SME" in out


def test_profile_as_json_names_rules_inputs_and_sources(workspace: Path, company: str, tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    code, _, _ = _run("evaluate", workspace, "--as-of", DAY, "--company", company, "--out", file)
    assert code == 0
    profile = json.loads(file.read_text("utf-8"))
    text = json.dumps(profile, ensure_ascii=False)
    assert "titles/tech_sme/rd_to_sales_points" in text
    assert "annual_report" in text


def test_what_if_moves_the_score(workspace: Path, company: str) -> None:
    words = ("evaluate", workspace, "--as-of", DAY, "--company", company, "--json")
    changed = [*words, "--what-if", "tech_staff_y0=30", "--what-if", "staff_total_y0=100"]
    _, before, _ = _run(*words)
    _, after, _ = _run(*changed)
    assert before != after


def test_table_out_and_overview_page(workspace: Path, tmp_path: Path) -> None:
    table, page = tmp_path / "all.csv", tmp_path / "overview.html"
    code, _, _ = _run("evaluate", workspace, "--as-of", DAY, "--out", table, "--report", page, "--lang", "zh")
    assert code == 0
    assert len(table.read_text("utf-8-sig").splitlines()) > 100
    assert page.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "error", "code"),
    [
        (("--as-of", "1999-01-01"), InputError, "workflows.nothing_to_evaluate"),
        (("--as-of", "yesterday"), InputError, "dates.not_a_day"),
        (("--as-of", DAY, "--company", "91440300000000000X"), InputError, "workflows.company_unknown"),
        (("--as-of", DAY, "--what-if", "tech_staff_y0=1"), UseError, "app.what_if_needs_company"),
        (("--as-of", DAY, "--company", "x", "--what-if", "nothing=1"), UseError, "app.what_if_wrong"),
        (("--as-of", DAY, "--lang", "fr"), UseError, "app.language_unknown"),
    ],
)
def test_wrong_words_are_sentences(workspace: Path, words: tuple[str, ...], error: type, code: str) -> None:
    with pytest.raises(error) as raised:
        _run("evaluate", workspace, *words)
    assert raised.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in raised.value.text(lang)


def test_python_face(workspace: Path, company: str) -> None:
    with kejin.open(workspace) as opened:
        table = opened.evaluate(as_of=DAY)
        assert len(table) == table.to_arrow().num_rows == len(table.to_pandas())
        assert "tech_sme__qualifies" in table.columns
        assert "rows ×" in repr(table)
        assert "<table>" in table._repr_html_()
        assert opened.profile(company, as_of=DAY).company_id == company
        assert len(opened.facts("company", as_of="1990-01-01")) == 0

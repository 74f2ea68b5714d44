"""`kejin value-patents` and the Python face on a small workspace: values, portfolio, moves, page, replay, bad words."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from browser import Looker
from typer.testing import CliRunner

import kejin
from kejin.app import page_files
from kejin.app.command_line import whole_app
from kejin.city import write_city
from kejin.engines.run_query import to_parquet
from kejin.errors import InputError, UseError
from kejin.workflows.load_facts import load_facts
from kejin.workflows.valuation_result import patent_table
from kejin.workflows.value_patents import TABLES_READ, Valuer
from kejin.workflows.workspace import Workspace

DAY, EARLIER = "2026-06-30", "2025-06-30"
DISCOUNT = 0.12, 0.25  # the range of the rule valuation/discount_rate


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 200 invented companies."""
    home = tmp_path_factory.mktemp("valued")
    write_city(home / "city", 200, 9, tables=TABLES_READ)
    with Workspace.create(home / "workspace") as made:
        assert load_facts(made, [home / "city"]).rows_rejected == 0
    return home / "workspace"


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(whole_app(), [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def run(workspace: Path) -> dict[str, Any]:
    code, out, _ = _run("value-patents", workspace, "--as-of", DAY, "--json", "--lang", "en")
    assert code == 0
    return dict(json.loads(out))


@pytest.fixture(scope="module")
def largest(run: dict[str, Any]) -> dict[str, Any]:
    """The portfolio with the most patents that were valued."""
    rows = pq.read_table(run["files"]["portfolios"]).to_pylist()
    return dict(max(rows, key=lambda row: row["patents_valued"]))


def test_every_patent_has_an_ordered_interval_and_ended_ones_are_worth_nothing(run: dict[str, Any]) -> None:
    rows = pq.read_table(run["files"]["patents"]).to_pylist()
    assert len(rows) == run["patents"] > 100
    for row in rows:
        assert 0 <= row["value_cny_low"] <= row["value_cny_mid"] <= row["value_cny_high"]
        alive = row["in_force"] or row["pending"]
        assert (row["value_cny_high"] > 0) == (alive and "family_counted_once" not in row["reasons"])
        assert alive or row["reasons"] == "ended"
        if row["pending"]:
            assert row["value_cny_low"] == 0
        if alive:
            parts = [row[f"{method}_part"] for method in ("renewal", "income", "market", "real_option")]
            assert sum(parts) == pytest.approx(1.0, abs=1e-5)
    missing = [row for row in rows if "quality" in row["missing"].split("; ")]
    assert missing
    assert all(row["market_cny_mid"] > 0 for row in missing if row["left_years"] > 0)
    assert any(name == "valuation/kind_weight" for name in run["unverified"])


def test_portfolios_hold_the_bound_of_diversification(run: dict[str, Any]) -> None:
    for row in pq.read_table(run["files"]["portfolios"]).to_pylist():
        assert row["sum_cny_low"] - 0.01 <= row["value_cny_low"] <= row["value_cny_high"] <= row["sum_cny_high"] + 0.01


def test_the_run_is_in_the_journal_and_replays_equal(workspace: Path, run: dict[str, Any]) -> None:
    sequence = run["journal_entry"]
    code, out, _ = _run("journal", "replay", workspace, "--first", sequence, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["outcome"] == "equal"


def test_the_amortisation_benefit_is_a_switch_that_is_journalled_and_replayed(
    workspace: Path, run: dict[str, Any], largest: dict[str, Any]
) -> None:
    """Written off over 10 years in mid-year, 25% tax, the profile's middle discount rate: one factor on the income."""
    code, out, _ = _run("value-patents", workspace, "--as-of", DAY, "--amortisation-years", 10, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["result_hash"] != run["result_hash"]
    assert found["files"] != run["files"]
    plain, more = (
        {row["publication_number"]: row["income_cny_mid"] for row in pq.read_table(one["files"]["patents"]).to_pylist()}
        for one in (run, found)
    )
    low, high = DISCOUNT
    rate = (low + high) / 2
    factor = 1 / (1 - 0.25 / 10 * sum((1 + rate) ** (0.5 - year) for year in range(1, 11)))
    heard = [number for number, value in plain.items() if value]
    assert len(heard) > 50
    for number in heard:
        assert more[number] == pytest.approx(factor * plain[number], rel=1e-6, abs=0.02)
    code, out, _ = _run("journal", "show", workspace, found["journal_entry"], "--json")
    assert json.loads(out)["body"]["inputs"] == {"patents": "all", "amortisation_years": 10}
    code, out, _ = _run("journal", "replay", workspace, "--first", found["journal_entry"], "--json")
    assert json.loads(out.splitlines()[0])["outcome"] == "equal"
    with kejin.open(workspace) as opened:
        rows = opened.value_patents(DAY, company=largest["company_id"], amortisation_years=10).to_arrow().to_pylist()
    assert {row["publication_number"]: row["income_cny_mid"] for row in rows}.items() <= more.items()
    for years in (0, 21):
        with pytest.raises(InputError, match="cannot be written off"):
            _run("value-patents", workspace, "--as-of", DAY, "--amortisation-years", years)


@pytest.mark.slow
def test_facts_known_later_change_nothing(workspace: Path, tmp_path: Path) -> None:
    """The valuation of an earlier day from the whole workspace, and from one that holds only what was known then."""
    day = date.fromisoformat(EARLIER)
    with Workspace.open(workspace) as opened:
        valuer = Valuer(opened, day)
        with valuer.parts() as keep:
            whole = patent_table(valuer.values(keep))
        for name in sorted(valuer.loaded):
            (tmp_path / "facts" / name).mkdir(parents=True)
            to_parquet(valuer.facts.table(name), tmp_path / "facts" / name / "part-0.parquet")
        assert opened.facts(date.fromisoformat(DAY)).table("patent").count().to_pyarrow().as_py() > len(whole)
    with Workspace.create(tmp_path / "then") as made:
        assert load_facts(made, [tmp_path / "facts"]).rows_rejected == 0
        valuer = Valuer(made, day)
        with valuer.parts() as keep:
            then = patent_table(valuer.values(keep))
    assert then.equals(whole)


def test_one_portfolio_and_one_patent(workspace: Path, largest: dict[str, Any], tmp_path: Path) -> None:
    company = largest["company_id"]
    code, out, err = _run(
        "value-patents", workspace, "--as-of", DAY, "--company", company, "--lang", "zh", "--out", tmp_path / "p.xlsx"
    )
    assert code == 0
    assert "组合" in out
    assert "由人决定" in err
    assert (tmp_path / "p.xlsx").stat().st_size > 5_000
    code, out, _ = _run("value-patents", workspace, "--as-of", DAY, "--company", company, "--json")
    values = json.loads(out)["values"]
    assert {row["company_id"] for row in values} == {company}
    number = max(values, key=lambda row: row["value_cny_mid"])["publication_number"]
    code, out, _ = _run("value-patents", workspace, "--as-of", DAY, "--patent", number, "--lang", "en")
    assert code == 0
    assert "Renewal" in out
    assert "Market" in out


def test_wrong_words(workspace: Path, largest: dict[str, Any], run: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No patent CN0 is known"):
        _run("value-patents", workspace, "--as-of", DAY, "--patent", "CN0")
    rows = pq.read_table(run["files"]["patents"]).to_pylist()
    other = next(row for row in rows if row["company_id"] != largest["company_id"])
    with pytest.raises(InputError, match="belongs to"):
        _run(
            "value-patents", workspace, "--as-of", DAY, "--patent", other["publication_number"],
            "--company", largest["company_id"],
        )  # fmt: skip
    with pytest.raises(InputError, match="No patent of company"):
        _run("value-patents", workspace, "--as-of", DAY, "--company", "91440399M00000000X")
    with pytest.raises(InputError, match="No patent was known"):
        _run("value-patents", workspace, "--as-of", "1999-01-01")
    with pytest.raises(UseError, match="--report needs --company"):
        _run("value-patents", workspace, "--as-of", DAY, "--report", tmp_path / "x.html")


@pytest.mark.slow
def test_what_moved_adds_up(workspace: Path, tmp_path: Path) -> None:
    code, out, _ = _run(
        "value-patents", workspace, "--as-of", DAY, "--since", EARLIER, "--json", "--out", tmp_path / "moves.parquet"
    )
    assert code == 0
    found = json.loads(out)
    assert found["new"] > 0
    rows = pq.read_table(tmp_path / "moves.parquet").to_pylist()
    old = [row for row in rows if row["change_cny"] is not None]
    assert len(rows) - len(old) == found["new"]
    steps = [name for name in rows[0] if name.startswith("effect_")]
    for row in old:
        assert sum(row[name] for name in steps) == pytest.approx(row["change_cny"], abs=0.06)
        assert row["value_cny_mid"] - row["value_cny_mid_before"] == pytest.approx(row["change_cny"], abs=0.03)
    assert any(row["effect_life_cny"] < 0 for row in old)
    for row in rows:
        assert row["uncovered"] == bool(row["secured_cny"] and row["value_cny_low"] < row["secured_cny"])


def test_from_python(workspace: Path, largest: dict[str, Any]) -> None:
    with kejin.open(workspace) as opened:
        values = opened.value_patents(DAY, company=largest["company_id"])
        whole = opened.value_patents(DAY, company=largest["company_id"], portfolios=True)
        assert "value_cny_low" in values.columns
        assert len(whole) == 1
        assert any("unverified" in note for note in values.notes)
        assert "publication_number" in repr(values)


@pytest.mark.skipif(page_files.chart_library() is None, reason="the chart library was not fetched at set-up")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_offline_with_its_charts(
    looking_at: Looker, workspace: Path, largest: dict[str, Any], tmp_path: Path, lang: str
) -> None:
    page = tmp_path / "page.html"
    _run(
        "value-patents", workspace, "--as-of", DAY, "--company", largest["company_id"], "--lang", lang, "--report", page
    )
    with looking_at(page) as seen:
        assert seen.complaints == []
        assert len(seen.colours()) == 4
        assert min(seen.colours()) > 4
        assert seen.overflow() <= 0


@pytest.mark.parametrize("width", [390, 1280])
def test_no_amount_is_cut_and_no_number_broken(
    looking_at: Looker, workspace: Path, largest: dict[str, Any], tmp_path: Path, width: int
) -> None:
    """Every cell of the table of patents lies inside the page, and a patent takes a few lines at most."""
    page = tmp_path / "page.html"
    _run(
        "value-patents", workspace, "--as-of", DAY, "--company", largest["company_id"], "--lang", "en", "--report", page
    )
    with looking_at(page) as seen:
        seen.page.set_viewport_size({"width": width, "height": 900})
        cells = seen.page.evaluate(
            "() => [...document.querySelectorAll('#patents > tbody > tr > td')].map("
            "(cell) => { const box = cell.getBoundingClientRect(); return [box.left, box.right, box.height]; })"
        )
        assert len(cells) >= 10
        assert all(left >= 0 and right <= width for left, right, _ in cells)
        assert max(height for _, _, height in cells) < 120


def test_the_page_says_what_it_shows(workspace: Path, largest: dict[str, Any], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    _run(
        "value-patents", workspace, "--as-of", DAY, "--company", largest["company_id"], "--lang", "en", "--report", page
    )
    text = page.read_text("utf-8")
    for words in ("80% interval of each patent", "Life curve", "What is missing", "Unverified rules used", "Renewal"):
        assert words in text
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert len(data["patents"]) > 0
    assert all(low <= middle <= high for _, low, middle, high in data["patents"])
    assert data["life"][0] == [0, 1.0]

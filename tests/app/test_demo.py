"""The demo from nothing: everything is made, found again on a second run, and never mixed with another city."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from browser import Looker
from typer.testing import CliRunner

from kejin.app import company_pages
from kejin.app.company_pages import Glance
from kejin.app.demo_command import demo, worth_a_look
from kejin.errors import UseError

COMPANIES = 60
app = typer.Typer()
app.command()(demo)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    directory = tmp_path_factory.mktemp("demo") / "town"
    result = CliRunner().invoke(app, [str(directory), "--companies", str(COMPANIES), "--no-serve", "--lang", "zh"])
    assert result.exit_code == 0, result.output
    return directory, result.stdout


@pytest.mark.slow
def test_a_page_for_every_company_and_a_tour(made: tuple[Path, str]) -> None:
    directory, said = made
    assert len(list((directory / "reports" / "companies").glob("*.html"))) == COMPANIES
    assert (directory / "workspace" / "kejin.toml").is_file()
    assert "虚构" in said
    assert "kejin journal verify" in said
    named = [line.strip() for line in said.splitlines() if line.strip().endswith(".html")]
    assert 2 <= len(named) <= 4
    assert all(Path(name).is_file() for name in named)


@pytest.mark.slow
def test_pages_of_the_demo_open(made: tuple[Path, str], looking_at: Looker) -> None:
    directory, _ = made
    with looking_at(directory / "reports" / "index.html") as seen:
        assert seen.complaints == []
        assert "虚构数据" in (seen.page.text_content(".banner") or "")
        seen.page.locator("#companies tbody a").first.click()
        seen.page.wait_for_load_state()
        assert seen.complaints == []
        assert "91440" in (seen.page.text_content(".code") or "")


@pytest.mark.slow
def test_a_second_run_uses_what_is_there(made: tuple[Path, str]) -> None:
    directory, said = made
    before = (directory / "workspace" / "facts.duckdb").stat().st_mtime_ns
    result = CliRunner().invoke(app, [str(directory), "--companies", str(COMPANIES), "--no-serve", "--lang", "zh"])
    assert result.exit_code == 0, result.output
    assert "城市已存在" in result.stderr
    assert (directory / "workspace" / "facts.duckdb").stat().st_mtime_ns == before
    tour = said.index("值得一看")
    assert result.stdout[result.stdout.index("值得一看") :] == said[tour:]


def test_another_city_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    page = tmp_path / "city" / "city.json"
    page.write_text(json.dumps({"companies": 99, "seed": 7}), "utf-8")
    result = CliRunner().invoke(app, [str(tmp_path), "--companies", "60"])
    assert isinstance(result.exception, UseError)
    assert result.exception.code == "app.demo_other_city"
    assert "99" in result.exception.text("zh")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["city", "city.json"]


@pytest.mark.slow
def test_several_processes_write_the_same_pages(
    made: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, _ = made
    done = directory / "reports" / "companies"
    ids = [path.stem for path in done.glob("*.html")][:12]
    monkeypatch.setattr(company_pages, "ALONE_MAX", 1)
    monkeypatch.setattr(company_pages, "SHARE", 5)
    from kejin.city import LAST_DAY

    counts: list[int] = []
    glances = company_pages.write_company_pages(
        directory / "workspace", LAST_DAY, ids, tmp_path / "pages", "zh", counts.append
    )
    assert [one.company_id for one in glances] == sorted(ids)
    assert counts[-1] == 12
    for one in ids:
        assert (tmp_path / "pages" / f"{one}.html").read_bytes() == (done / f"{one}.html").read_bytes()


def test_three_different_companies_are_worth_a_look() -> None:
    glances = [
        Glance("a", "A", ("t1", "t2", "t3"), ("t4", "more"), 0.5, None),
        Glance("b", "B", ("t1",), ("t2", "a little more"), 0.01, None),
        Glance("c", "C", (), None, float("inf"), ("t1", ("one",))),
        Glance("d", "D", (), None, float("inf"), ("t1", ("one", "two"))),
    ]
    assert [(kind, one.company_id) for kind, one in worth_a_look(glances)] == [
        ("many", "a"),
        ("near", "b"),
        ("open", "c"),
    ]
    assert worth_a_look([]) == []

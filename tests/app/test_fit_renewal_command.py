"""`kejin fit-renewal` on an event table and on a workspace: output, journal, replay, as-of, wrong input."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.city import write_city
from kejin.errors import InputError, UseError
from kejin.workflows.fit_renewal import fit_renewal_models, models_of
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

DAY = "2026-06-30"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of 150 invented companies with their patents."""
    home = tmp_path_factory.mktemp("renewal")
    write_city(home / "city", 150, 4, tables=["company", "patent", "patent_event"])
    with Workspace.create(home / "workspace") as made:
        assert load_facts(made, [home / "city"]).rows_rejected == 0
    return home / "workspace"


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An event table in days: 400 patents granted after three years, a fifth of the living lapse each year."""
    path = tmp_path_factory.mktemp("events") / "events.csv"
    rng = np.random.default_rng(5)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filed_on", "granted_on", "ended_on", "end_reason", "owner_kind", "claims"])
        for number in range(400):
            university = number % 2 == 0
            life = 3 + int(rng.geometric(0.28 if university else 0.16))
            ended, reason = (f"{2000 + life}-03-01", "fee_unpaid") if life < 20 else ("", "")
            claims = "" if number % 17 == 0 else str(1 + int(rng.poisson(5)))
            writer.writerow(
                ["2000-03-01", "2003-02-01", ended, reason, "university" if university else "company", claims]
            )
    return path


def _run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(whole_app(), [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_an_event_table_is_fitted_kept_and_replayed(workspace: Path, events: Path, tmp_path: Path) -> None:
    out = tmp_path / "parameters.csv"
    code, text, _ = _run(
        "fit-renewal", workspace, "--events", events, "--as-of", DAY, "--out", out, "--json", "--lang", "en"
    )
    assert code == 0
    found = json.loads(text)
    values = {row["name"]: row["value"] for row in found["parameters"]}
    assert (
        values["owner_kind=university"] < 0 if "owner_kind=university" in values else values["owner_kind=company"] > 0
    )
    assert found["about"]["rows"] == 400
    assert "valuation/renewal/prior" in found["unverified"]
    assert out.read_text("utf-8-sig").startswith('"name"')
    model, life, origin = models_of(workspace)
    assert origin == found["result_hash"]
    assert model.about["data_sha256"]
    assert set(life.kinds) == {"invention"}
    code, text, _ = _run("journal", "replay", workspace, "--act", "fit_renewal", "--json", "--lang", "en")
    assert code == 0
    events.write_text(events.read_text("utf-8") + "2001-01-01,2003-01-01,,,company,3\n", "utf-8")
    code, text, _ = _run("journal", "replay", workspace, "--act", "fit_renewal", "--json", "--lang", "en")
    assert code == 1
    assert "not the one that the fit used" in text


def test_the_workspaces_own_patents_in_chinese(workspace: Path) -> None:
    code, text, said = _run("fit-renewal", workspace, "--as-of", DAY, "--lang", "zh")
    assert code == 0
    assert "收益年衰减率" in text
    assert "未经核实" in said
    assert "价值水平的不确定性" in said


def test_what_became_known_later_changes_nothing(workspace: Path) -> None:
    """The fit as of an earlier day is the same on a store that knows more by now as on one that does not."""
    early = date(2022, 12, 31)
    with Workspace.open(workspace) as opened:
        facts = opened.facts(early)
        known = facts.table("patent").filter(facts.table("patent").known_on > early).count().to_pyarrow().as_py()
        assert known == 0
        first = fit_renewal_models(opened, early)
        again = fit_renewal_models(opened, early)
    assert first.result_hash == again.result_hash
    assert first.renewal.about["seen_until"] <= "2022-12-31"


def test_without_a_fit_the_shipped_models_answer(tmp_path: Path) -> None:
    model, life, origin = models_of(tmp_path)
    assert origin == "shipped"
    assert model.about["rows"] > 1_000
    assert life.renewal is not None
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "current.json").write_text("{}", "utf-8")
    with pytest.raises(InputError) as caught:
        models_of(tmp_path)
    assert caught.value.code == "valuation.model_file_wrong"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.txt", "", "workflows.event_file_kind"),
        ("absent.csv", None, "workflows.event_file_unread"),
        ("a.csv", "filed_on,granted_on\n2000-01-01,2003-01-01\n", "workflows.event_columns_missing"),
        (
            "a.csv",
            "filed_on,granted_on,ended_on,end_reason\n2000-01-01,soon,,\n",
            "workflows.event_column_wrong",
        ),
        (
            "a.csv",
            "filed_on,granted_on,ended_on,end_reason,claims\n2000-01-01,1999-01-01,,,3\n",
            "valuation.grant_before_filing",
        ),
        (
            "a.csv",
            "first_fee_year,last_paid_year,lapsed\n3,21,1\n",
            "valuation.fee_year_beyond_term",
        ),
        (
            "a.csv",
            "first_fee_year,last_paid_year,lapsed\n3,9,1\n",
            "valuation.too_few_lapses",
        ),
        (
            "a.csv",
            "first_fee_year,last_paid_year,lapsed,claims\n" + "3,9,1,0\n" * 40,
            "valuation.count_wrong",
        ),
    ],
)
def test_bad_event_tables_are_refused_in_words(
    workspace: Path, tmp_path: Path, name: str, text: str | None, code: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises((InputError, UseError)) as caught:
        _run("fit-renewal", workspace, "--events", path, "--as-of", DAY)
    assert caught.value.code == code
    assert "{" not in caught.value.text("en") + caught.value.text("zh")


def test_a_workspace_without_patents_says_so(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "empty").close()
    with pytest.raises(InputError) as caught:
        _run("fit-renewal", tmp_path / "empty", "--as-of", DAY)
    assert caught.value.code == "workflows.no_patents"

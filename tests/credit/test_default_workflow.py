"""From facts to a registered model and a score that can be replayed, on a small city; and what it may never know."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import kejin.policy
from kejin.app.command_line import whole_app
from kejin.city import write_city
from kejin.credit.default_features import FEATURES
from kejin.engines.result_hash import arrow_hash
from kejin.errors import InputError
from kejin.journal import Journal
from kejin.workflows import default_panel
from kejin.workflows import fit_default as fit_workflow
from kejin.workflows.default_models import model_in_use, registered_models, scorecard_of, validate_model
from kejin.workflows.default_panel import observation_days
from kejin.workflows.fit_default import fit_default, model_rules
from kejin.workflows.load_facts import load_facts
from kejin.workflows.score_default import replay, score_companies, score_company
from kejin.workflows.workspace import Workspace

AS_OF = date(2026, 9, 30)
SETTINGS = Path("credit") / "default_model" / "settings.yaml"
TABLES = (
    "company", "annual_report", "staffing", "social_insurance_month", "tax_month", "invoice", "equity_round", "patent",
    "court_case", "penalty", "institution", "loan", "loan_state", "research_project",
)  # fmt: skip


def test_observation_days_leave_a_whole_horizon_between() -> None:
    fitting, judging = observation_days(date(2026, 8, 31), 12, 3, 3)
    assert judging == date(2025, 8, 31)
    assert fitting == (date(2024, 2, 29), date(2024, 5, 31), date(2024, 8, 31))
    fitting, judging = observation_days(date(2026, 2, 28), 12, 2, 6)
    assert judging == date(2025, 2, 28)
    assert fitting == (date(2023, 8, 31), date(2024, 2, 29))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of a few thousand companies, loaded, with a fitted model; one day to fit on by a rule of its own."""
    folder = tmp_path_factory.mktemp("default")
    write_city(folder / "city", companies=4000, seed=5, tables=TABLES)
    shipped = Path(kejin.policy.__file__).parent / "rules" / SETTINGS
    own = folder / "workspace_rules" / "rules" / SETTINGS
    own.parent.mkdir(parents=True)
    text = shipped.read_text("utf-8")
    # Some hundreds of borrowers on one day hold a dozen defaults: the shipped figures ask for more than they can tell.
    smaller = {"observation_days": ("6", "1"), "bin_defaults_min": ("10", "3"), "information_value_noise": ("5", "1")}
    for name, (shipped_figure, own_figure) in smaller.items():
        given = f'{name}: "{shipped_figure}"'
        assert given in text
        text = text.replace(given, f'{name}: "{own_figure}"')
    own.write_text(text, "utf-8")
    (folder / "workspace_rules" / "sources").mkdir()
    with Workspace.create(folder / "workspace", overlay="../workspace_rules") as workspace:
        load_facts(workspace, [folder / "city" / "facts"])
    with Workspace.open(folder / "workspace") as workspace:
        fit_default(workspace, AS_OF, "maker", long_run_rate=0.03)
    return folder / "workspace"


@pytest.mark.slow
def test_fit_register_score_replay(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Workspace.open(city) as workspace:
        (model,) = registered_models(workspace)
        card = scorecard_of(workspace, model)
        assert card.provenance["judging_day"] == "2025-08-31"
        assert max(card.provenance["fitting_days"]) <= "2024-08-31"
        assert model.risk_grade == "high"
        assert "credit/default_model/settings" in model.unverified
        run = score_companies(workspace, AS_OF, "analyst")
        assert [notice.code for notice in run.notices] == ["credit.model_not_validated", "credit.model_person_decides"]
        rows = pq.read_table(run.path).to_pylist()
        assert run.companies == len(rows) > 1000
        for row in rows[:: len(rows) // 3]:
            one = score_company(workspace, AS_OF, row["company_id"]).score
            assert row["default_probability_1y"] == pytest.approx(one.default_probability_1y, rel=1e-10)
            assert row["points"] == one.points
        with pytest.raises(InputError) as caught:
            score_company(workspace, AS_OF, "914403990000000000")
        assert caught.value.code == "workflows.company_unknown"
        assert run.entry is not None
    assert replay(city, run.entry) == run.entry.result_hash
    with Workspace.open(city) as workspace, Journal.open(workspace.cases_path) as journal:
        (fitted,) = journal.find(act=fit_workflow.ACT)
    assert fitted.inputs["long_run_rate"] == 0.03
    assert fitted.result_hash == model.model_hash
    _, rules, _ = _rules(city)
    with Workspace.open(city) as workspace:
        with pytest.raises(InputError) as caught:
            validate_model(workspace, model.version, AS_OF, "maker", rules)
        assert caught.value.code == "credit.validator_is_owner"
        validate_model(workspace, model.version, date(2026, 10, 8), "checker", rules)
        used = model_in_use(workspace, date(2027, 10, 8))
        assert [notice.code for notice in used.notices(date(2027, 10, 8))] == ["credit.model_person_decides"]
        assert used.notices(date(2027, 10, 9))[0].code == "credit.model_validation_ended"


@pytest.mark.slow
def test_a_fit_is_replayed_and_a_changed_fact_shows(city: Path, tmp_path: Path) -> None:
    """The same facts give the same model, bit for bit; one other figure of one borrower gives another."""
    app, runner = whole_app(), CliRunner()
    done = runner.invoke(app, ["journal", "replay", str(city), "--act", fit_workflow.ACT, "--json"])
    assert done.exit_code == 0, done.output
    shutil.copytree(city.parent / "workspace_rules", tmp_path / "workspace_rules")
    shutil.copytree(city, tmp_path / "workspace")
    with duckdb.connect(tmp_path / "workspace" / "facts.duckdb") as facts:
        borrower = facts.execute(
            "SELECT company_id FROM annual_report JOIN loan USING (company_id) JOIN loan_state USING (loan_id)"
            " WHERE fiscal_year = 2024 AND month_end = DATE '2025-08-31' AND balance_cny > 0 AND overdue_days = 0"
            " AND five_class = 'normal' AND total_liabilities_cny > 0 ORDER BY company_id LIMIT 1"
        ).fetchone()
        assert borrower is not None
        facts.execute(
            "UPDATE annual_report SET total_liabilities_cny = total_liabilities_cny + 1"
            " WHERE fiscal_year = 2024 AND company_id = ?",
            borrower,
        )
    changed = str(tmp_path / "workspace")
    done = runner.invoke(app, ["journal", "replay", changed, "--act", fit_workflow.ACT, "--json"])
    assert done.exit_code == 1, done.output
    assert json.loads(done.stdout.splitlines()[0])["outcome"] == "different", done.stdout


def test_the_hash_of_a_panel_knows_no_order_and_no_empty_slots() -> None:
    """Arrow leaves what lies under a missing value undefined; neither that nor the order of rows is content."""
    plain = pa.table({"company_id": ["a", "b", "c"], "ratio": [0.1, None, 0.3]})
    under = pa.Array.from_buffers(
        pa.float64(), 3, [pa.py_buffer(b"\x05"), pa.array([0.1, 9.9, 0.3], pa.float64()).buffers()[1]]
    )
    other = pa.table({"ratio": under, "company_id": ["a", "b", "c"]}).take([2, 0, 1])
    assert other["ratio"].to_pylist() == [0.3, 0.1, None]
    found = arrow_hash(plain, "panel")
    assert arrow_hash(pa.table({"ratio": under, "company_id": ["a", "b", "c"]}), "panel") == found
    assert arrow_hash(other, "panel") == found
    changed = pa.table({"company_id": ["a", "b", "c"], "ratio": [0.1, None, 0.30000000000000004]})
    assert arrow_hash(changed, "panel") != found


def _rules(city: Path):  # type: ignore[no-untyped-def]
    with Workspace.open(city) as workspace:
        return model_rules(workspace, AS_OF)


@pytest.mark.slow
def test_commands_and_reports(city: Path, tmp_path: Path) -> None:
    app, runner = whole_app(), CliRunner()
    for name in ("report.html", "report.pdf"):
        done = runner.invoke(
            app, ["models", "show", str(city), "--as-of", "2026-09-30", "--report", str(tmp_path / name)]
        )
        assert done.exit_code == 0, done.output
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "模型卡" in page
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    done = runner.invoke(app, ["models", "list", str(city), "--as-of", "2026-09-30", "--json"])
    assert json.loads(done.stdout)[0]["owner"] == "maker"
    out = tmp_path / "scores.parquet"
    done = runner.invoke(
        app, ["score-default", str(city), "--as-of", "2026-09-30", "--out", str(out), "--lang", "en", "--json"]
    )
    assert json.loads(done.stdout)["notices"][0]["code"].startswith("credit.model_")
    company = pq.read_table(out)["company_id"][0].as_py()
    done = runner.invoke(app, ["score-default", str(city), "--company", company, "--as-of", "2026-09-30", "--json"])
    found = json.loads(done.stdout)
    assert 0 < found["default_probability_1y_low"] <= found["default_probability_1y"] < 1


def test_without_a_model_the_error_says_what_to_do(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w") as workspace:
        with pytest.raises(InputError) as caught:
            score_companies(workspace, AS_OF)
        assert caught.value.code == "credit.model_missing"
        with pytest.raises(InputError) as caught:
            fit_default(workspace, AS_OF, "maker")
        assert caught.value.code == "workflows.panel_empty"


def test_nothing_of_the_truth_is_read() -> None:
    """No file of the model names a table that the city keeps apart; the outcome is no feature."""
    from kejin.city.tables import TRUTH_TABLES

    package = Path(default_panel.__file__).parents[1]
    files = [*(package / "credit").glob("*.py"), *(package / "workflows").glob("*default*.py")]
    assert len(files) > 10
    hidden = [(file.name, name) for file in files for name in TRUTH_TABLES if name in file.read_text("utf-8")]
    assert hidden == []
    assert default_panel.OUTCOME not in {feature.name for feature in FEATURES}
    assert all(feature.label_zh and feature.label_en for feature in FEATURES)

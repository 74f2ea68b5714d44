"""A default model from a feature table: fitted, replayed, with refused applicants counted where the table has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.errors import KejinError
from kejin.journal import Journal
from kejin.workflows.default_models import registered_models, scorecard_of
from kejin.workflows.feature_file import panel_of_file
from kejin.workflows.fit_default import fit_default, replay
from kejin.workflows.workspace import Workspace

AS_OF = date(2026, 9, 30)
DAYS = (date(2023, 12, 31), date(2024, 6, 30), date(2025, 6, 30))
LENT, REFUSED = 2400, 600


def table() -> pa.Table:
    """Three days of borrowers whose liabilities and bills tell of default, and applicants refused for both."""
    rng = np.random.default_rng(4)
    count = LENT + REFUSED
    refused = np.arange(count) >= LENT
    debt = rng.normal(0.5, 0.2, count) + 0.3 * refused
    bills = rng.poisson(0.6 + 1.5 * refused).astype(float)
    chance = 1 / (1 + np.exp(3.6 - 3.0 * (debt - 0.5) - 0.7 * bills))
    hit = rng.random(count) < chance
    trade = rng.choice(["chips", "drugs", "robots"], count)
    return pa.table(
        {
            "company_id": [f"C{k:05d}" for k in range(count)],
            "observed_on": pa.array([DAYS[k % 3] for k in range(count)], pa.date32()),
            "debt_ratio": debt,
            "unpaid_bills": bills,
            "trade": trade,
            "defaulted": pa.array([None if r else bool(h) for r, h in zip(refused, hit, strict=True)], pa.bool_()),
            "refused": refused,
        }
    )


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    pq.write_table(table(), tmp_path / "rows.parquet")
    Workspace.create(tmp_path / "w").close()
    return tmp_path / "rows.parquet"


def test_fitted_at_the_command_line_and_replayed(rows: Path, tmp_path: Path) -> None:
    """With the refused the model learns of more rows and says so; another file under the same name is found out."""
    app, runner = whole_app(), CliRunner()
    command = ["fit-default", str(tmp_path / "w"), "--as-of", "2026-09-30", "--features", str(rows), "--json"]
    assert (done := runner.invoke(app, command)).exit_code == 0, done.output
    assert json.loads(done.stdout)["validation"]["scorecard"]["rows"] == LENT / 3
    assert (done := runner.invoke(app, [*command, "--reject-inference"])).exit_code == 0, done.output
    with Workspace.open(tmp_path / "w") as workspace:
        plain, with_refused = registered_models(workspace)
        cards = [scorecard_of(workspace, one).provenance for one in (plain, with_refused)]
    assert [card["reject_inference"] for card in cards] == ["none", "fuzzy"]
    assert cards[1]["rejects"] == REFUSED * 2 / 3
    assert cards[1]["rows"] == cards[0]["rows"] + 2 * cards[1]["rejects"]
    with Workspace.open(tmp_path / "w") as workspace, Journal.open(workspace.cases_path) as journal:
        entries = list(journal.find(act="fit_default"))
    for entry in entries:
        assert replay(tmp_path / "w", entry) == entry.result_hash
    changed = table().set_column(3, "unpaid_bills", pa.array(np.zeros(LENT + REFUSED)))
    pq.write_table(changed, rows)
    with pytest.raises(KejinError) as caught:
        replay(tmp_path / "w", entries[1])
    assert caught.value.code == "workflows.feature_file_changed"


def test_the_order_of_rows_is_no_content(rows: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(table().take(np.random.default_rng(1).permutation(LENT + REFUSED)), other)
    one, two = (panel_of_file(path, AS_OF, 12) for path in (rows, other))
    assert one.data_hash == two.data_hash
    assert one.rows.equals(two.rows)
    assert one.fitting_days == DAYS[:2]
    assert one.judging_day == DAYS[2]
    assert {feature.name: feature.kind for feature in one.features} == {
        "debt_ratio": "numeric",
        "trade": "categorical",
        "unpaid_bills": "numeric",
    }
    assert next(feature for feature in one.features if feature.name == "debt_ratio").trend == "rising"


def test_the_switch_without_refused_is_a_sentence(rows: Path, tmp_path: Path) -> None:
    """From facts nobody knows who was refused; nor from a table in which nobody was."""
    app, runner = whole_app(), CliRunner()
    command = ["fit-default", str(tmp_path / "w"), "--as-of", "2026-09-30", "--reject-inference", "--lang", "en"]
    for more in ([], ["--features", str(rows)]):
        pq.write_table(table().slice(0, LENT), rows)
        done = runner.invoke(app, [*command, *more])
        assert done.exit_code != 0
        assert isinstance(done.exception, KejinError)
        assert done.exception.code == "workflows.rejects_unknown"
        for lang in ("en", "zh"):
            assert "refused" in done.exception.text(lang)
    panel = panel_of_file(rows, AS_OF, 12)
    with Workspace.open(tmp_path / "w") as workspace:
        assert fit_default(workspace, AS_OF, "maker", panel=panel).model.version == "2026-09-30.1"


def _set(name: str, values: Any) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: rows.set_column(rows.column_names.index(name), name, values)


BAD: list[tuple[Callable[[pa.Table], pa.Table], str]] = [
    (lambda rows: rows.drop_columns(["defaulted"]), "workflows.feature_columns_missing"),
    (lambda rows: rows.drop_columns(["refused"]), "workflows.feature_outcome_missing"),
    (_set("defaulted", pa.array([True] * (LENT + REFUSED))), "workflows.feature_outcome_of_refused"),
    (_set("defaulted", pa.array([2] * (LENT + REFUSED))), "workflows.feature_column_wrong"),
    (_set("observed_on", pa.array(["soon"] * (LENT + REFUSED))), "workflows.feature_column_wrong"),
    (_set("company_id", pa.nulls(LENT + REFUSED, pa.string())), "workflows.feature_column_wrong"),
    (_set("observed_on", pa.array([date(2024, 6, 30)] * (LENT + REFUSED))), "workflows.panel_empty"),
    (
        _set("observed_on", pa.array([date(2024 + k % 2 * 2, 6, 30) for k in range(LENT + REFUSED)])),
        "workflows.feature_days_late",
    ),
]


@pytest.mark.parametrize(("spoil", "code"), BAD, ids=[f"{n}-{code}" for n, (_, code) in enumerate(BAD)])
def test_a_table_that_cannot_be_used_is_refused(
    tmp_path: Path, spoil: Callable[[pa.Table], pa.Table], code: str
) -> None:
    pq.write_table(spoil(table()), tmp_path / "rows.parquet")
    with pytest.raises(KejinError) as caught:
        panel_of_file(tmp_path / "rows.parquet", AS_OF, 12)
    assert caught.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in caught.value.text(lang)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    for name, code in (("rows.txt", "workflows.feature_file_kind"), ("rows.csv", "workflows.feature_file_unread")):
        with pytest.raises(KejinError) as caught:
            panel_of_file(tmp_path / name, AS_OF, 12)
        assert caught.value.code == code

"""Bad transfers from file to answer, by the commands alone: each is named in a sentence, and tracing goes on."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kejin.app.command_line import whole_app
from kejin.workflows.money_facts import TABLES_READ
from kejin.workflows.workspace import Workspace

RUN = CliRunner()


def spoiled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every kind of bad transfer once, made from good ones; each has a number that says what is wrong with it."""
    good = rows[len(rows) // 2]

    def like(number: str, **changes: Any) -> dict[str, Any]:
        balances = {name: None for name in good if name.endswith("_balance_cny")}
        return {**good, **balances, "transfer_id": number, **changes}

    late = good["happened_at"] + timedelta(days=4_000)
    return [
        like("BAD-ZERO", amount_cny=Decimal("0.00")),
        like("BAD-NEGATIVE", amount_cny=Decimal("-5.00")),
        like("BAD-SELF", to_account_id=good["from_account_id"]),
        like("BAD-ACCOUNT", to_account_id="NO-SUCH-ACCOUNT"),
        like("BAD-CURRENCY", currency="USD"),
        like("BAD-CLOCK", happened_at=late),
        like("BAD-OLD", happened_at=good["happened_at"] - timedelta(days=20_000)),
        {**good, "transfer_id": "BAD-BALANCE", "amount_cny": Decimal("1.00"),
         "from_balance_cny": Decimal("123456789.00")},
        good,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def told(money_city: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `kejin load` and `kejin trace-funds` say of such a file."""
    folder = tmp_path_factory.mktemp("spoiled")
    shutil.copytree(money_city / "facts", folder / "facts")
    path = folder / "facts/transfer/part-00000.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    # Out of order, too: the file's halves change places.
    half = len(rows) // 2
    pq.write_table(pa.Table.from_pylist([*rows[half:], *rows[:half], *spoiled(rows)], schema=table.schema), path)
    with Workspace.create(folder / "workspace", language="en"):
        pass
    paths = [str(folder / "facts" / name) for name in TABLES_READ]
    loaded = RUN.invoke(whole_app(), ["load", str(folder / "workspace"), *paths, "--lang", "en"])
    words = ["trace-funds", str(folder / "workspace"), "--as-of", "2026-09-30"]
    traced = RUN.invoke(whole_app(), [*words, "--json", "--lang", "en"])
    chinese = RUN.invoke(whole_app(), [*words, "--lang", "zh"])
    return {"load": loaded, "trace": traced, "zh": chinese}


def test_every_bad_row_is_named_and_the_rest_is_traced(told: dict[str, Any]) -> None:
    for name in ("load", "trace", "zh"):
        done = told[name]
        assert done.exception is None or isinstance(done.exception, SystemExit), (name, done.output)
        assert "Traceback" not in done.output
    summary = json.loads(told["trace"].stdout)
    assert summary["traced"] == summary["loans"] > 0
    said = told["load"].output + json.dumps(summary["findings"])
    for row in ("BAD-ZERO", "BAD-SELF", "BAD-ACCOUNT", "BAD-CURRENCY", "BAD-OLD", "BAD-BALANCE"):
        assert row in said, row
    # The negative amount and the time after the row was known never get in; the doubled row is kept once.
    for code in ("facts.out_of_range", "facts.after_known_on", "facts.row_repeated"):
        assert code in said, code
    codes = {one["code"] for one in summary["findings"]}
    assert "monitoring.balance_breaks" in codes

"""One company's rows are found by an index once a table is large, and the index never changes an answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from kejin.engines import fact_store
from kejin.engines.source_rows import source_rows
from kejin.facts.uscc import check_characters
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

FIRSTS = [f"91440300{number:09d}" for number in range(40)]
IDS = [first + last for first, last in zip(FIRSTS, check_characters(FIRSTS), strict=True)]


def rows(path: Path, ids: list[str], known_on: date, name: str) -> Path:
    table = {
        "company_id": ids,
        "name": [f"{name}{number}" for number in range(len(ids))],
        "known_on": pa.array([known_on] * len(ids)),
        "source": [name] * len(ids),
    }
    parquet.write_table(pa.table(table), path)
    return path


def indexes(workspace: Workspace) -> set[str]:
    found = workspace.store.connection.execute("SELECT index_name FROM duckdb_indexes()").fetchall()
    return {row[0] for row in found}


def test_rows_are_the_same_with_and_without_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rows(tmp_path / "company.parquet", IDS, date(2026, 1, 1), "old")
    (tmp_path / "later").mkdir()
    later = rows(tmp_path / "later" / "company.parquet", IDS[:7], date(2026, 3, 1), "new")
    found = {}
    for smallest in (10, 10_000):
        monkeypatch.setattr(fact_store, "INDEXED_FROM_ROWS", smallest)
        with Workspace.create(tmp_path / f"workspace{smallest}") as workspace:
            for file in (first, later):  # the second load adds to an index that is there
                assert load_facts(workspace, [file]).exit_status == 0
            assert ("company_of_company" in indexes(workspace)) == (smallest == 10)
            found[smallest] = [
                source_rows(workspace.backend, ["company"], [company], day, 50)
                for company in (*IDS, "91440300000000999X")
                for day in (date(2025, 12, 31), date(2026, 2, 1), date(2026, 3, 1))
            ]
    assert found[10] == found[10_000]
    # By hand: nothing before the first day, one row after, the newer of two where there are two.
    assert [len(answer) for answer in found[10][:3]] == [0, 1, 1]
    assert [answer[0]["source"] for answer in found[10][1:3]] == ["old", "new"]
    assert found[10][-1] == []


def test_a_table_that_is_small_has_none(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "workspace") as workspace:
        assert (
            load_facts(workspace, [rows(tmp_path / "company.parquet", IDS, date(2026, 1, 1), "old")]).exit_status == 0
        )
        assert indexes(workspace) == set()

"""Properties of the whole evaluation: days, order, partitions, missing facts."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from whole_evaluation import differences, evaluate

AS_OF = date(2025, 9, 30)


def _tables(city: Path) -> dict[str, pa.Table]:
    return {folder.name: pq.read_table(folder) for folder in sorted((city / "facts").iterdir())}


def _write(directory: Path, tables: dict[str, pa.Table], parts: int = 1) -> Path:
    for name, table in tables.items():
        folder = directory / "facts" / name
        folder.mkdir(parents=True)
        size = -(-table.num_rows // parts) or 1
        for part in range(parts):
            pq.write_table(table.slice(part * size, size), folder / f"part-{part}.parquet")
    return directory


@pytest.fixture(scope="module")
def expected(small_city: Path) -> pa.Table:
    return evaluate(small_city, AS_OF)


def test_facts_known_later_change_nothing(small_city: Path, expected: pa.Table, tmp_path: Path) -> None:
    """Only rows known by the day are left: the answer is the same as with everything that came later."""
    known = {
        name: table.filter(pc.less_equal(table["known_on"], pa.scalar(AS_OF)))
        for name, table in _tables(small_city).items()
    }
    assert any(known[name].num_rows < table.num_rows for name, table in _tables(small_city).items())
    assert differences(expected, evaluate(_write(tmp_path, known), AS_OF)) == []


def test_a_fact_known_earlier_does_change_the_answer(small_city: Path, expected: pa.Table, tmp_path: Path) -> None:
    """The comparison is able to see a change: without the staff of a year the answers differ."""
    tables = _tables(small_city)
    tables["staffing"] = tables["staffing"].slice(0, 0)
    assert differences(expected, evaluate(_write(tmp_path, tables), AS_OF)) != []


def test_order_and_partition_of_rows_change_nothing(small_city: Path, expected: pa.Table, tmp_path: Path) -> None:
    random.seed(5)
    shuffled = {
        name: table.take(random.sample(range(table.num_rows), table.num_rows))
        for name, table in _tables(small_city).items()
    }
    assert differences(expected, evaluate(_write(tmp_path, shuffled, parts=3), AS_OF)) == []


def test_specialised_sme_changes_on_the_first_of_april_2026(small_city: Path) -> None:
    """The 2022 gates are asked until 2026-03-31, those of 2026 from the next day."""
    before, after = evaluate(small_city, date(2026, 3, 31)), evaluate(small_city, date(2026, 4, 1))
    assert "specialised_sme__score__low" in before.column_names
    old = {name for name in before.column_names if name.startswith("specialised_sme__")}
    new = {name for name in after.column_names if name.startswith("specialised_sme__")}
    assert old != new
    assert "specialised_sme__prior_title" in new
    assert "specialised_sme__prior_title" not in old


def test_nothing_loaded_leaves_everything_open(small_city: Path, tmp_path: Path) -> None:
    """With the register alone nothing qualifies for lack of facts, and no missing amount reads as 0."""
    only = {"company": _tables(small_city)["company"]}
    from kejin.engines.parquet_facts import facts_from_parquet
    from kejin.engines.run_query import to_arrow
    from kejin.workflows.evaluation_query import evaluation_table, inputs_table
    from kejin.workflows.evaluation_rules import rules_of_day

    rules, view = rules_of_day(AS_OF), facts_from_parquet(_write(tmp_path, only), AS_OF)
    inputs = inputs_table(view, rules, ("company",), None)
    result = to_arrow(evaluation_table(inputs, rules))
    assert result.num_rows > 100
    for scheme in ("tech_sme", "high_tech", "innovative_sme", "specialised_sme", "star_board"):
        assert True not in result[f"{scheme}__qualifies"].to_pylist()
    assert result["tech_sme__score__low"].to_pylist() == [0.0] * result.num_rows
    assert result["tech_sme__score__high"].to_pylist() == [100.0] * result.num_rows
    for name in ("rd_expense_fen", "rd_intensity_1y", "inventions_in_force", "citation_percentile_mean"):
        assert result[name].null_count == result.num_rows


def test_city_can_be_copied(small_city: Path, tmp_path: Path) -> None:
    """The evaluation reads nothing but the facts: without the city's other files it is the same."""
    shutil.copytree(small_city / "facts", tmp_path / "facts")
    assert not (tmp_path / "truth").exists()
    assert evaluate(tmp_path, AS_OF).num_rows > 0

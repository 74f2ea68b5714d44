"""Hidden truth stands in truth/ only: no facts column has its name, and none carries its values."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import kejin.city
from kejin.facts.tables import ALL_TABLES

SHARED = {  # identifiers that join truth to facts, and amounts that are facts of their own in other tables
    "company_id", "loan_id", "policy_id", "publication_number", "transfer_id", "amount_cny",
}  # fmt: skip


def leaks(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> list[str]:
    """Truth columns that facts carry by name, or whose numbers a facts column repeats."""
    found = []
    seen: dict[str, set[float]] = {}
    for name, rows in facts.items():
        for column in rows.schema.names:
            if pa.types.is_floating(rows.schema.field(column).type):
                seen[f"{name}.{column}"] = set(rows[column].drop_null().to_numpy().tolist())
    for table, rows in truth.items():
        for column in rows.schema.names:
            if column in SHARED:
                continue
            found += [
                f"{table}.{column} named in {name}" for name, other in facts.items() if column in other.schema.names
            ]
            if pa.types.is_floating(rows.schema.field(column).type):
                values = set(rows[column].drop_null().to_numpy().tolist()) - {0.0, 1.0}
                found += [f"{table}.{column} in {name}" for name, other in seen.items() if len(values & other) > 3]
    return found


def test_truth_is_not_in_facts(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    assert set(truth) >= {"company_quality", "default_intensity", "patent_value", "loan_label", "misuse_path"}
    assert leaks(facts, truth) == []


def test_a_planted_leak_is_seen(facts: dict[str, pa.Table], truth: dict[str, pa.Table]) -> None:
    quality = truth["company_quality"]
    named = facts | {"title": facts["title"].append_column("luck", pa.array(np.zeros(facts["title"].num_rows)))}
    assert any("luck named in title" in one for one in leaks(named, truth))
    copied = pa.table({"points": quality["research_ability"]})
    assert any("research_ability in copy.points" in one for one in leaks(facts | {"copy": copied}, truth))


def test_truth_has_no_table_of_facts(truth: dict[str, pa.Table]) -> None:
    assert not set(truth) & set(ALL_TABLES)


def imported(source: str) -> set[str]:
    """The modules that a source imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def foreign(source: str) -> set[str]:
    """kejin's folders that the city may not import."""
    allowed = ("kejin.city", "kejin.facts", "kejin.errors", "kejin.units", "kejin.dates")
    return {name for name in imported(source) if name.startswith("kejin") and not name.startswith(allowed)}


@pytest.mark.parametrize("path", sorted(Path(kejin.city.__file__).parent.glob("*.py")), ids=lambda path: path.name)
def test_city_imports_facts_only(path: Path) -> None:
    assert foreign(path.read_text("utf-8")) == set()


def test_a_planted_import_is_seen() -> None:
    assert foreign("def f():\n    from kejin.evaluation import stages\n") == {"kejin.evaluation"}

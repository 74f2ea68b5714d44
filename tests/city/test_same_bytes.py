"""The same seed and size give the same bytes, whatever tables are asked for; another seed gives others."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kejin.city import write_city
from kejin.facts.tables import ALL_TABLES


def hashes(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.glob("*/*/*.parquet"))
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("small") / "city"
    write_city(directory, 300, 7)
    return directory


def test_same_seed_same_bytes(small: Path, tmp_path: Path) -> None:
    write_city(tmp_path / "again", 300, 7)
    again = hashes(tmp_path / "again")
    assert len(again) >= len(ALL_TABLES)
    assert again == hashes(small)


@pytest.mark.parametrize(
    "tables",
    [("patent",), ("annual_report", "staffing"), ("transfer", "company"), ("loan_state",), ("patent_citation",)],
)
def test_fewer_tables_same_bytes(tables: tuple[str, ...], small: Path, tmp_path: Path) -> None:
    write_city(tmp_path / "some", 300, 7, tables=tables)
    some, whole = hashes(tmp_path / "some"), hashes(small)
    assert {path.split("/")[1] for path in some} == set(tables)
    assert some == {path: whole[path] for path in some}


def test_other_seed_other_bytes(small: Path, tmp_path: Path) -> None:
    write_city(tmp_path / "other", 300, 8, tables=("company", "patent", "loan", "transfer"))
    whole = hashes(small)
    for path, digest in hashes(tmp_path / "other").items():
        assert digest != whole[path], path


def test_parts_are_written_apart_and_share_the_city(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = write_city(
        tmp_path / "two", 10_060, 3, lambda done, total: calls.append((done, total)), ("company", "institution")
    )
    assert calls == [(1, 2), (2, 2)]
    assert report.parts == 2
    assert sorted(path.name for path in (tmp_path / "two/facts/company").iterdir()) == [
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    assert [path.name for path in (tmp_path / "two/facts/institution").iterdir()] == ["part-00000.parquet"]

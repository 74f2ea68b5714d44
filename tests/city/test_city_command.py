"""The command and the refusals of the city, in plain sentences."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from kejin.app.city_command import city
from kejin.city import write_city
from kejin.errors import InputError, texts_of

app = typer.Typer()
app.command()(city)


def test_command_writes_a_city(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, [str(tmp_path / "c"), "--companies", "60", "--seed", "4", "--tables", "company, title", "--lang", "zh"]
    )
    assert done.exit_code == 0, done.output
    page = json.loads((tmp_path / "c/city.json").read_text("utf-8"))
    assert page["synthetic"] is True
    assert (page["companies"], page["seed"], page["last_day"]) == (60, 4, "2026-09-30")
    assert sorted(path.name for path in (tmp_path / "c/facts").iterdir()) == ["company", "title"]
    assert "虚构" in done.output


@pytest.mark.parametrize(
    ("companies", "seed", "tables", "code"),
    [
        (3, 1, None, "city.size_impossible"),
        (5_000_001, 1, None, "city.size_impossible"),
        (100, -1, None, "city.seed_impossible"),
        (100, 1, ("nonsense",), "city.table_unknown"),
    ],
)
def test_refusals(companies: int, seed: int, tables: tuple[str, ...] | None, code: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_city(tmp_path / "c", companies, seed, tables=tables)
    assert caught.value.code == code
    assert not (tmp_path / "c").exists()


def test_another_last_day(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_city(tmp_path / "c", 60, 1, last_day=date(2031, 1, 1))
    assert caught.value.code == "city.day_impossible"
    for day in (date(2025, 1, 31), date(2026, 12, 31)):
        write_city(tmp_path / "c", 200, 1, last_day=day)
        assert json.loads((tmp_path / "c/city.json").read_text("utf-8"))["last_day"] == day.isoformat()
        for table in ("annual_report", "patent", "transfer", "tax_month"):
            rows = pq.read_table(tmp_path / "c/facts" / table)
            assert rows.num_rows > 0
            assert pc.max(rows["known_on"]).as_py() <= day


def test_other_data_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError) as caught:
        write_city(tmp_path, 60, 1)
    assert caught.value.code == "city.directory_not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_earlier_city_is_replaced(tmp_path: Path) -> None:
    write_city(tmp_path / "c", 10_050, 1, tables=("company", "title"))
    write_city(tmp_path / "c", 60, 2, tables=("company",))
    assert [path.name for path in (tmp_path / "c/facts/company").iterdir()] == ["part-00000.parquet"]
    assert not list((tmp_path / "c/facts").glob("title/*.parquet"))


def test_a_disk_that_refuses_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(InputError) as caught:
        write_city(tmp_path / "file" / "below", 60, 1)
    assert caught.value.code == "city.directory_unwritable"


def test_sentences_exist_in_both_languages() -> None:
    for code, languages in texts_of("city").items():
        for lang in ("en", "zh"):
            assert {"what", "why", "do"} <= set(languages[lang]), code

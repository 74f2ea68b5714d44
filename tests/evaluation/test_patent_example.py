"""The example on real patents: it runs, and the page shows what it prints."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import ibis
import pytest

import kejin.engines.on_duckdb  # noqa: F401  gives Ibis the names that it expects
from kejin.evaluation.technology_fields import with_field
from kejin.workflows.evaluation_rules import rules_of_day

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "examples" / "patents_of_shenzhen" / "evaluate_patents.py"
PAGE = ROOT / "docs" / "models" / "patent_portfolio.md"
AS_OF = date(2026, 3, 31)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # the script and its argument are ours
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.mark.real_data
def test_the_page_shows_what_the_command_prints(shared_data: Path) -> None:
    done = _run(str(shared_data / "patstat_cn"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in PAGE.read_text("utf-8")
    ranked = [line for line in done.stdout.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert len(ranked) > 20
    means = [float(line.split("|")[5].strip().rstrip("%")) for line in ranked]
    assert means == sorted(means, reverse=True)


def test_a_wrong_directory_gets_a_sentence(tmp_path: Path) -> None:
    done = _run(str(tmp_path / "nowhere"))
    assert done.returncode == 1
    assert done.stderr.startswith("error[")
    assert "Traceback" not in done.stderr
    assert _run().returncode == 2


@pytest.mark.real_data
def test_our_fields_agree_with_those_of_the_extract(shared_data: Path) -> None:
    """The field that the extract weighs most is nearly always among the fields of the patent's own symbols."""
    connection = ibis.duckdb.connect()
    folder = shared_data / "patstat_cn"
    symbols = connection.read_parquet(folder / "patent_cpc.parquet")
    entries = rules_of_day(AS_OF).rights.field_by_ipc.entries
    ours = with_field(symbols, entries, "cpc_class_symbol")
    ours = ours.filter(ours.field.notnull()).select("appln_id", "field").distinct()
    ours = connection.create_table("ours", ours)
    theirs = connection.read_parquet(folder / "patent_field.parquet").filter(ibis._.weight == 1.0)
    theirs = theirs.select("appln_id", field=theirs.techn_field_nr.cast("int64")).semi_join(ours, "appln_id")
    theirs = connection.create_table("theirs", theirs)
    agreeing = theirs.semi_join(ours, ["appln_id", "field"]).count().to_pyarrow().as_py()
    assert agreeing / theirs.count().to_pyarrow().as_py() > 0.9

"""How many rows a second are loaded with all checks? Companies, annual reports and patents, from Parquet and from CSV.

    python benchmarks/load.py [--rows 1000000] [--runs 3] [--folder DIR]

Prints rows a second of each run from lowest to highest, rows a second of processor time (which tells what a busy
machine hides), and the highest memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from kejin.facts.tables import ALL_TABLES
from kejin.facts.uscc import check_characters
from kejin.workflows.load_facts import load_facts
from kejin.workflows.workspace import Workspace

REPORTS_A_COMPANY = 3
TABLES = ("company", "annual_report", "patent")


def days(first: str, offsets: np.ndarray) -> pa.Array:
    """Days after a first one."""
    return pa.array((np.datetime64(first) + offsets).astype("datetime64[D]"))


def amounts(fen: np.ndarray) -> pa.Array:
    """Amounts in CNY of whole fen."""
    halves = np.stack([fen, np.zeros_like(fen)], 1)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [None, pa.py_buffer(halves.tobytes())])


def company_rows(ids: np.ndarray, chance: np.random.Generator) -> pa.Table:
    count = len(ids)
    return pa.table(
        {
            "company_id": ids,
            "name": np.char.add("企业", ids),
            "established_on": days("2005-01-01", chance.integers(0, 5_000, count)),
            "registered_capital_cny": amounts(chance.integers(10**8, 10**10, count)),
            "known_on": days("2024-01-01", np.zeros(count, int)),
            "source": np.full(count, "benchmark"),
        }
    )


def report_rows(ids: np.ndarray, count: int, chance: np.random.Generator) -> pa.Table:
    columns = {
        "company_id": np.repeat(ids, REPORTS_A_COMPANY)[:count],
        "fiscal_year": np.tile([2021, 2022, 2023], len(ids))[:count],
        "basis": np.full(count, "audited"),
    }
    for column in ALL_TABLES["annual_report"].own_columns[3:]:
        columns[column.name] = amounts(chance.integers(10**9, 10**11, count))
    for limit in ALL_TABLES["annual_report"].at_most:
        columns[limit.part] = columns[limit.whole]
    columns["known_on"] = days("2024-06-30", np.zeros(count, int))
    columns["source"] = np.full(count, "benchmark")
    return pa.table(columns)


def patent_rows(ids: np.ndarray, count: int, chance: np.random.Generator) -> pa.Table:
    filed = chance.integers(0, 4_500, count)
    numbers = np.arange(count).astype(str)
    symbols = np.array(["H04L 12/28", "G06F 17/30", "A61K 31/00", "H01L 21/02"])
    return pa.table(
        {
            "publication_number": np.char.add("CN", numbers),
            "company_id": chance.choice(ids, count),
            "application_number": np.char.add("CN2010", numbers),
            "office": np.full(count, "CN"),
            "patent_kind": chance.choice(["invention", "utility_model"], count),
            "is_pct": chance.random(count) < 0.1,
            "filed_on": days("2010-01-01", filed),
            "published_on": days("2010-01-01", filed + 300),
            "granted_on": days("2010-01-01", filed + 600),
            "ipc_main": chance.choice(symbols, count),
            "ipc_all": np.char.add(np.char.add(chance.choice(symbols, count), "; "), chance.choice(symbols, count)),
            "family_id": np.char.add("F", numbers),
            "family_size": chance.integers(1, 9, count),
            "claims": chance.integers(5, 20, count),
            "independent_claims": chance.integers(1, 5, count),
            "forward_citations": chance.integers(0, 50, count),
            "inventor_count": chance.integers(1, 6, count),
            "how_obtained": np.full(count, "own"),
            "known_on": days("2024-06-30", np.zeros(count, int)),
            "source": np.full(count, "benchmark"),
        }
    )


def write_files(folder: Path, count: int) -> None:
    """Each table as Parquet and as CSV."""
    chance = np.random.default_rng(20260630)
    firsts = [f"91440300{number:09d}" for number in range(-(-count // REPORTS_A_COMPANY))]
    ids = np.array([first + last for first, last in zip(firsts, check_characters(firsts), strict=True)])
    tables = {
        "company": company_rows(ids, chance),
        "annual_report": report_rows(ids, count, chance),
        "patent": patent_rows(ids, count, chance),
    }
    for name, rows in tables.items():
        # Row groups of the size that DuckDB, Spark and the city write: each can be read by a processor of its own.
        parquet.write_table(rows, folder / f"{name}.parquet", row_group_size=122_880)
        csv.write_csv(rows, folder / f"{name}.csv")


def measure(folder: Path, ending: str) -> dict[str, tuple[float, float]]:
    """Rows a second, and rows a second of processor time, of each table loaded into a new workspace."""
    speeds = {}
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        Workspace.create(Path(place) / "workspace") as workspace,
    ):
        for name in TABLES:
            began, processor = time.perf_counter(), time.process_time()
            report = load_facts(workspace, [folder / f"{name}{ending}"])
            seconds, processor = time.perf_counter() - began, time.process_time() - processor
            assert report.exit_status == 0, [finding.text() for finding in report.findings.kept][:3]
            speeds[name] = (report.rows_loaded / seconds, report.rows_loaded / processor)
    return speeds


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--rows", type=int, default=1_000_000)
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--folder", type=Path, default=None)
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
        folder = Path(place)
        write_files(folder, chosen.rows)
        print(f"{chosen.rows:,} rows; {os.cpu_count()} processors; load before {os.getloadavg()[0]:.1f}")
        for ending in (".parquet", ".csv"):
            runs = [measure(folder, ending) for _ in range(chosen.runs)]
            for name in TABLES:
                speeds = sorted(run[name][0] for run in runs)
                of_processor = max(run[name][1] for run in runs)
                megabytes = (folder / f"{name}{ending}").stat().st_size / 1e6
                each = " ".join(f"{speed:,.0f}" for speed in speeds)
                wide = len(ALL_TABLES[name].columns)
                print(
                    f"{ending:9} {name:14} {wide:2} columns {megabytes:6.0f} MB  rows/s {each};"
                    f" a processor alone {of_processor:,.0f}"
                )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"highest memory {peak:.1f} GiB; load after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

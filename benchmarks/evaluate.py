"""How fast is evaluation, and against what? One run, printed as figures and as ratios.

    python benchmarks/evaluate.py [--companies 1000000] [--folder DIR] [--openfisca PYTHON] [--only PART ...]

Parts: `city` (the whole evaluation, Parquet to Parquet), `titles` (two titles by Kejin and by hand-written Polars),
`openfisca` (one title on arrays in memory, by Kejin's query and by OpenFisca-core), `load` (loading with all checks),
`one` (one company's profile on a workspace of 100,000). Each measurement is a process of its own, so that memory is
that of the work alone. OpenFisca-core is under the AGPL and no dependency: name an interpreter that has it and NumPy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from kejin.city import write_city
from kejin.workflows.evaluate_companies import TABLES_READ

HERE = Path(__file__).resolve().parent
AS_OF = date(2026, 9, 30)
PARTS = ("city", "titles", "openfisca", "load", "one")
TARGETS = {"city_s": 60.0, "city_gib": 6.0, "of_polars": 2.0, "of_openfisca": 5.0, "rows_s": 200_000, "one_ms": 150.0}


def child(script: str, *words: object, python: str = sys.executable) -> Any:
    """What the last line of a script says, as JSON. Raises CalledProcessError where the script fails."""
    command = [python, str(HERE / script), *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def city_of(folder: Path, companies: int, tables: tuple[str, ...] | None) -> Path:
    """The synthetic city of this size, written once; the seed is part of the name."""
    place = folder / f"city-{companies}-{'all' if tables is None else 'read'}"
    if not (place / "city.json").is_file():
        print(f"writing a city of {companies:,} companies ...", flush=True)
        write_city(place, companies, 1, tables=tables)
    return place


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def whole_city(city: Path, folder: Path, runs: int) -> None:
    """All schemes, indicators, patents and peers of every company."""
    found = [child("whole_city.py", city, AS_OF, folder / "whole") for _ in range(runs)]
    seconds = sorted(run["seconds"] for run in found)
    peak = max(run["peak_gib"] for run in found)
    best = min(found, key=lambda run: run["seconds"])
    steps = ", ".join(f"{name} {value:.1f}" for name, value in best["steps"].items())
    print(f"whole city: {' '.join(f'{one:.1f}' for one in seconds)} s; processor {best['processor_s']:.0f} s; {steps}")
    print(f"  time {verdict(seconds[0] <= TARGETS['city_s'])} (60 s), memory {peak:.1f} GiB", end=" ")
    print(f"{verdict(peak <= TARGETS['city_gib'])} (6 GB)", flush=True)


def two_titles(city: Path, folder: Path, runs: int) -> None:
    """Kejin and Polars in turn, so that a busy minute hits both."""
    found: dict[str, list[dict[str, float]]] = {"kejin": [], "polars": []}
    for _ in range(runs):
        for name, rows in found.items():
            rows.append(child("two_titles.py", name, city, AS_OF, folder / f"titles-{name}.parquet"))
    for name, rows in found.items():
        seconds = " ".join(f"{row['seconds']:.1f}" for row in rows)
        processor, peak = min(row["processor_s"] for row in rows), max(row["peak_gib"] for row in rows)
        print(f"two titles by {name}: {seconds} s; processor {processor:.0f} s; {peak:.1f} GiB")
    ratios = [k["seconds"] / p["seconds"] for k, p in zip(found["kejin"], found["polars"], strict=True)]
    middle = statistics.median(ratios)
    each = " ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    print(f"  Kejin / Polars {each}: {verdict(middle <= TARGETS['of_polars'])} (2 at most)", flush=True)


def against_openfisca(folder: Path, python: str, companies: int) -> None:
    """科技型中小企业 on figures that are all known: answers compared, then the times."""
    figures = folder / "openfisca.npz"
    ours = child("tech_sme_arrays.py", figures, companies, 5)
    peer = child("peers_openfisca.py", figures, 5, python=python)
    same = child("tech_sme_arrays.py", figures, "compare")
    calculating, with_inputs = min(peer["calculate_s"]), min(peer["set_and_calculate_s"])
    mine = min(ours["seconds"])
    query = min(ours["query_s"])
    print(f"科技型中小企业 on {companies:,} rows in memory: Kejin {mine:.3f} s on arrays, {query:.3f} s as a query")
    print(f"  OpenFisca {calculating:.3f} s, with inputs set {with_inputs:.3f} s; other answers: {same['different']:,}")
    ratio = calculating / mine
    print(f"  OpenFisca / Kejin {ratio:.1f}: {verdict(ratio >= TARGETS['of_openfisca'])} (5 at least)", flush=True)


def loading(folder: Path, rows: int, runs: int) -> None:
    """Companies, annual reports and patents from Parquet and CSV; load.py prints every run."""
    command = [sys.executable, str(HERE / "load.py"), "--rows", str(rows), "--runs", str(runs), "--folder", str(folder)]
    subprocess.run(command, check=True)


def one_company(folder: Path, companies: int) -> None:
    """Profiles of companies drawn by chance, one after the other, with compiled queries kept."""
    found = child("one_company.py", city_of(folder, companies, TABLES_READ), AS_OF, folder / f"one-{companies}")
    print(f"one profile of {companies:,} companies: median {found['median_ms']:.0f} ms, 95th percentile", end=" ")
    print(f"{found['p95_ms']:.0f} ms: {verdict(found['p95_ms'] <= TARGETS['one_ms'])} (150 ms)")
    print(f"  one what-if through all schemes: {found['what_if_us']:.0f} µs", flush=True)


def measure(chosen: argparse.Namespace, folder: Path) -> None:
    parts = chosen.only or PARTS
    print(f"{os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}, as of {AS_OF}")
    if {"city", "titles"} & set(parts):
        city = city_of(folder, chosen.companies, TABLES_READ)
        if "city" in parts:
            whole_city(city, folder, chosen.runs)
        if "titles" in parts:
            two_titles(city, folder, chosen.runs)
    if "openfisca" in parts:
        if chosen.openfisca is None:
            print("OpenFisca is left out: name an interpreter that has openfisca-core with --openfisca")
        else:
            against_openfisca(folder, chosen.openfisca, chosen.companies)
    if "load" in parts:
        loading(folder, chosen.companies, chosen.runs)
    if "one" in parts:
        one_company(folder, min(chosen.companies, 100_000))
    print(f"load after {os.getloadavg()[0]:.1f}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--companies", type=int, default=1_000_000)
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--folder", type=Path, default=None, help="where cities and results are kept for another run")
    words.add_argument("--openfisca", default=None, help="a Python interpreter that has openfisca-core")
    words.add_argument("--only", nargs="+", choices=PARTS, default=None)
    chosen = words.parse_args()
    if chosen.folder is not None:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        measure(chosen, chosen.folder)
        return
    with tempfile.TemporaryDirectory() as place:
        measure(chosen, Path(place))


if __name__ == "__main__":
    main()

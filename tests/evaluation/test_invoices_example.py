"""The example on real invoices, against counts made over the files themselves."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "invoices_of_companies"))

import load_invoices

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

FILES = (
    ("labelled_output_invoices", "购方单位代号"),
    ("labelled_input_invoices", "销方单位代号"),
    ("unlabelled_output_invoices", "购方单位代号"),
    ("unlabelled_input_invoices", "销方单位代号"),
)


def _known(directory: Path, day: date) -> tuple[int, int]:
    """Companies, and different invoices (company, direction, number, other side, day), dated up to the day."""
    companies, invoices = set(), set()
    for name, other_side in FILES:
        table = pq.read_table(directory / f"{name}.parquet", columns=["企业代号", "发票号码", other_side, "开票日期"])
        for company, number, other, issued in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if str(issued)[:10].replace("/", "-") <= day.isoformat():
                companies.add(company)
                invoices.add((company, "output" in name, number, other, str(issued)[:10]))
    return len(companies), len(invoices)


def test_invoices_known_by_day(shared_data: Path) -> None:
    lines = load_invoices.tables(shared_data / "cumcm2020c")
    first = [cell.strip().replace(",", "") for cell in lines[2].strip("|").split("|")]
    companies, invoices = _known(shared_data / "cumcm2020c", date(2017, 12, 31))
    assert first[0] == "2017-12-31"
    assert (int(first[1]), int(first[2])) == (companies, invoices)
    # Nothing is known that a title needs, so none is given and none is refused.
    answers = [line for line in lines if line.startswith(("| tech_sme", "| high_tech"))]
    assert [line.split("|")[2:] for line in answers] == [[" 0 ", " 0 ", " 425 ", ""]] * 2

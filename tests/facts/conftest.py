"""What the tests of facts share: a workspace, files to load, and credit codes made without the code under test."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kejin.workflows.load_facts import LoadReport, load_facts
from kejin.workflows.workspace import Workspace

# Written out from GB 32100-2015, not imported.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
TODAY = date(2026, 6, 30)
LATE = date(2026, 6, 1)

Row = dict[str, Any]
Load = Callable[..., LoadReport]


def credit_code(number: int) -> str:
    """A valid credit code."""
    first = f"91440300{number:09d}"
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first, WEIGHTS, strict=True))
    return first + ALPHABET[(31 - total % 31) % 31]


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> Path:
    """A CSV file."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def company_rows(count: int, known_on: str = "2024-01-31") -> list[list[str]]:
    """Rows of COMPANY_HEADER."""
    return [[credit_code(number), f"公司{number}", "2015-06-01", "5000000", known_on] for number in range(1, count + 1)]


COMPANY_HEADER = ["company_id", "name", "established_on", "registered_capital_cny", "known_on"]


def found(report: LoadReport) -> set[tuple[str, int | None, str | None]]:
    """(code, row, column) of what was kept, without notes."""
    return {(one.code, one.row, one.column) for one in report.findings.kept if one.severity != "note"}


def codes(report: LoadReport) -> set[str]:
    """The codes of errors and warnings."""
    return {one.code for one in report.findings.kept if one.severity != "note"}


def rows_of(workspace: Workspace, table: str, as_of: date = LATE) -> list[Row]:
    """The rows of a table as of a day, in order of their text."""
    rows: list[Row] = workspace.facts(as_of).table(table).to_pyarrow().to_pylist()
    return sorted(rows, key=str)


@pytest.fixture(scope="session")
def made_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace that is made once."""
    path = tmp_path_factory.mktemp("made") / "workspace"
    Workspace.create(path).close()
    return path


@pytest.fixture(scope="session")
def made_companies(made_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with five companies, known since 2010, that is made once."""
    folder = tmp_path_factory.mktemp("companies")
    shutil.copytree(made_workspace, folder / "workspace")
    rows = [[row[0], row[1], "2010-01-31"] for row in company_rows(5)]
    with Workspace.open(folder / "workspace", read_only=False) as opened:
        file = write_csv(folder / "company.csv", ["company_id", "name", "known_on"], rows)
        assert load_facts(opened, [file], today=TODAY).rows_loaded == 5
    return folder / "workspace"


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace of one's own, open for writing; with five companies where the test asks for companies."""
    made = "made_companies" if "companies" in request.fixturenames else "made_workspace"
    shutil.copytree(request.getfixturevalue(made), tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace", read_only=False) as opened:
        yield opened


@pytest.fixture
def load(workspace: Workspace) -> Load:
    """Loads files into the workspace on a fixed day."""

    def run(*paths: Path, **options: Any) -> LoadReport:
        return load_facts(workspace, paths, **({"today": TODAY} | options))

    return run


@pytest.fixture
def companies() -> list[str]:
    """Credit codes of the five companies that the workspace then has."""
    return [row[0] for row in company_rows(5)]

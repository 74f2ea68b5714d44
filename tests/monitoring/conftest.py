"""A small city's money for all tests of the folder, and a workspace of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kejin.city import write_city
from kejin.workflows.load_facts import load_facts
from kejin.workflows.money_facts import TABLES_READ
from kejin.workflows.workspace import Workspace

AS_OF = date(2026, 9, 30)


@pytest.fixture(scope="session")
def money_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("money_city") / "city"
    write_city(directory, 400, 7)
    return directory


@pytest.fixture(scope="session")
def money_workspace(money_city: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("money") / "workspace"
    with Workspace.create(path, language="en") as workspace:
        load_facts(workspace, [money_city / "facts" / name for name in (*TABLES_READ, "loan_state")])
    return path

"""A small synthetic city that the tests of the evaluation share."""

from __future__ import annotations

from pathlib import Path

import pytest

from kejin.city import write_city


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of 300 companies, facts only of what an evaluation reads."""
    from kejin.workflows.evaluate_companies import TABLES_READ

    directory = tmp_path_factory.mktemp("city")
    write_city(directory, 300, 7, tables=TABLES_READ)
    return directory

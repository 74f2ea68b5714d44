"""One city of 2,000 companies for all tests of the folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejin.city import write_city


@pytest.fixture(scope="session")
def city_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("city") / "city"
    write_city(directory, 2_000, 20)
    return directory


def read_folder(folder: Path) -> dict[str, pa.Table]:
    return {path.name: pq.read_table(path) for path in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def facts(city_directory: Path) -> dict[str, pa.Table]:
    return read_folder(city_directory / "facts")


@pytest.fixture(scope="session")
def truth(city_directory: Path) -> dict[str, pa.Table]:
    return read_folder(city_directory / "truth")

"""What every test shares: where the public data lie, what is skipped where, and how Hypothesis searches."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# The same examples on every run and every machine; no deadline, because a busy machine is not a wrong answer.
settings.register_profile("kejin", deadline=None, derandomize=True, database=None)
settings.load_profile("kejin")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this machine cannot run."""
    no_data = (
        None if SHARED_DATA.is_dir() else pytest.mark.skip(reason="the public data sets are not beside the project")
    )
    no_spark = None if _spark_is_here() else pytest.mark.skip(reason="Java or the spark extra is absent")
    for item in items:
        if no_data is not None and item.get_closest_marker("real_data"):
            item.add_marker(no_data)
        if no_spark is not None and item.get_closest_marker("spark"):
            item.add_marker(no_spark)


def _spark_is_here() -> bool:
    return shutil.which("java") is not None and importlib.util.find_spec("pyspark") is not None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; tests that use it are marked real_data."""
    return SHARED_DATA


@pytest.fixture(scope="session")
def spark_session() -> Iterator[object]:
    """One Spark for all tests that need it: starting it takes longer than most of them."""
    from kejin.engines.on_spark import local_session

    spark = local_session(memory="3g")
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()

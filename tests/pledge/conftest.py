"""One small workspace for all tests of pledges; each test that writes gets a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pledge_workspace import make_workspace


@pytest.fixture(scope="session")
def pledge_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("pledge"))


@pytest.fixture
def pledge_path(pledge_home: Path, tmp_path: Path) -> Path:
    """A workspace of its own, without any case yet."""
    return Path(shutil.copytree(pledge_home, tmp_path / "workspace"))

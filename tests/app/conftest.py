"""The headless browser of all tests, on pages that lie on disk."""

from __future__ import annotations

from typing import Any

import pytest
from browser import Looker


@pytest.fixture(scope="session")
def looking_at(browser: Any) -> Looker:
    """Opens pages that lie on disk; the test is skipped where there is no Chromium."""
    return Looker(browser)
